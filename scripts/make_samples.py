"""Make the sample candidates' PDF and DOCX files from scripts/samples/: `.venv/bin/python scripts/make_samples.py`.

The same sources give the same bytes on every run. The plain text samples are files of their own beside the results.

A source is Markdown of six kinds of lines: `#` name, `##` section, `### role | dates`, `- ` item, `| a | b |` table row,
`> ` text box; anything else is a paragraph, and `=====` ends the sidebar.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    FrameBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

SOURCES = Path(__file__).parent / "samples"
TARGET = Path(__file__).parents[1] / "deploy/local/src/cveval_local/samples"
SIDEBAR = "====="


@dataclass(frozen=True, slots=True)
class Line:
    kind: str
    text: str


def lines_of(source: str) -> Iterator[Line]:
    for raw in source.splitlines():
        mark, _, text = raw.partition(" ")
        if mark in {"#", "##", "###", "-", "|", ">"}:
            yield Line(mark, text.strip())
        elif raw.strip():
            yield Line("", raw)


# -- PDF ----------------------------------------------------------------------------------------------------------------


class Look:
    """Paragraph styles in one size and one accent colour."""

    def __init__(self, size: float, accent: str) -> None:
        body = ParagraphStyle("body", fontName="Helvetica", fontSize=size, leading=size * 1.35)
        colour = HexColor(accent)
        bold = ParagraphStyle("bold", body, fontName="Helvetica-Bold")
        self.styles = {
            "": body,
            "-": ParagraphStyle("item", body, leftIndent=10, bulletIndent=1, spaceBefore=1.5),
            "#": ParagraphStyle("name", bold, fontSize=size * 2.2, leading=size * 2.9, textColor=colour),
            "##": ParagraphStyle(
                "section",
                bold,
                fontSize=size * 1.25,
                leading=size * 1.6,
                textColor=colour,
                spaceBefore=8,
                spaceAfter=2,
            ),
            "###": ParagraphStyle("role", bold, spaceBefore=5),
            "dates": ParagraphStyle("dates", body, alignment=TA_RIGHT, spaceBefore=5),
        }

    def flow(self, lines: Iterator[Line]) -> Iterator[Flowable]:
        for line in lines:
            text = escape(line.text)
            if line.kind == "###" and " | " in text:
                role, dates = text.split(" | ")
                pair = [Paragraph(role, self.styles["###"]), Paragraph(dates, self.styles["dates"])]
                yield Table(
                    [pair],
                    colWidths=["68%", "32%"],
                    style=[
                        ("LEFTPADDING", (0, 0), (-1, -1), 0),
                        ("RIGHTPADDING", (0, 0), (-1, -1), 0),
                        ("TOPPADDING", (0, 0), (-1, -1), 3),
                        ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
                    ],
                )
            else:
                yield Paragraph(text, self.styles[line.kind], bulletText="•" if line.kind == "-" else None)


def pdf(source: str, *, title: str, accent: str, size: float = 9.5) -> bytes:
    """One column on A4."""
    left, bottom = 22 * mm, 18 * mm
    frame = Frame(left, bottom, A4[0] - 2 * left, A4[1] - 2 * bottom, 0, 0, 0, 0)
    return _build([PageTemplate("page", [frame])], list(Look(size, accent).flow(lines_of(source))), title)


def pdf_with_sidebar(source: str, *, title: str, accent: str) -> bytes:
    """A tinted column on the left third, the career on the right."""
    first, second = source.split(SIDEBAR)
    width, edge = A4[0] / 3, 10 * mm
    side = Frame(0, 0, width, A4[1], edge, edge, edge / 2, edge)
    career = Frame(width, 0, A4[0] - width, A4[1], edge, edge, edge, edge)

    def tint(canvas: object, _document: object) -> None:
        canvas.setFillColor(HexColor("#e6eef2"))  # type: ignore[attr-defined]
        canvas.rect(0, 0, width, A4[1], stroke=0, fill=1)  # type: ignore[attr-defined]

    look = Look(9, accent)
    story = [*look.flow(lines_of(first)), FrameBreak(), Spacer(0, 1), *look.flow(lines_of(second))]
    return _build([PageTemplate("page", [side, career], onPage=tint)], story, title)


def _build(pages: list[PageTemplate], story: list[Flowable], title: str) -> bytes:
    out = BytesIO()
    document = BaseDocTemplate(
        out, pagesize=A4, pageTemplates=pages, title=title, author="cveval samples", invariant=1
    )
    document.build(story)
    return out.getvalue()


# -- DOCX ---------------------------------------------------------------------------------------------------------------

_NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)
_FORMATS = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def docx(source: str) -> bytes:
    """A Word document with styles, a bulleted list, a table and, where `>` lines stand, a text box."""
    parts = {
        "[Content_Types].xml": f"""<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/word/document.xml" ContentType="{_FORMATS}.document.main+xml"/>
<Override PartName="/word/styles.xml" ContentType="{_FORMATS}.styles+xml"/>
<Override PartName="/word/numbering.xml" ContentType="{_FORMATS}.numbering+xml"/></Types>""",
        "_rels/.rels": _relationships(("officeDocument", "word/document.xml")),
        "word/_rels/document.xml.rels": _relationships(
            ("styles", "styles.xml"), ("numbering", "numbering.xml")
        ),
        "word/document.xml": f"<w:document {_NAMESPACES}><w:body>{''.join(_blocks(list(lines_of(source))))}"
        '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/>'
        '<w:pgMar w:top="1000" w:right="1200" w:bottom="1000" w:left="1200" w:header="600" w:footer="600" w:gutter="0"/>'
        "</w:sectPr></w:body></w:document>",
        "word/styles.xml": f"<w:styles {_NAMESPACES}>{_STYLES}</w:styles>",
        "word/numbering.xml": f"""<w:numbering {_NAMESPACES}><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0">
<w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/><w:pPr><w:ind w:left="360" w:hanging="240"/></w:pPr></w:lvl>
</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>""",
    }
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, xml in parts.items():
            archive.writestr(ZipInfo(name, (2024, 1, 1, 0, 0, 0)), _HEAD + xml, ZIP_DEFLATED)
    return out.getvalue()


def _style(name: str, run: str, paragraph: str = "") -> str:
    return (
        f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{name}"/>'
        f"<w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>"
    )


_STYLES = (
    '<w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Calibri" w:hAnsi="Calibri"/><w:sz w:val="21"/></w:rPr>'
    "</w:rPrDefault></w:docDefaults>"
    + _style("Name", '<w:b/><w:color w:val="7A2E5D"/><w:sz w:val="44"/>')
    + _style(
        "Section",
        '<w:b/><w:color w:val="7A2E5D"/><w:sz w:val="26"/>',
        '<w:spacing w:before="200" w:after="60"/>',
    )
    + _style(
        "Role", "<w:b/>", '<w:tabs><w:tab w:val="right" w:pos="9500"/></w:tabs><w:spacing w:before="120"/>'
    )
    + _style("Item", "", '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>')
)
_WORD_STYLES = {"#": "Name", "##": "Section", "###": "Role", "-": "Item"}


def _blocks(lines: list[Line]) -> Iterator[str]:
    box = [line.text for line in lines if line.kind == ">"]
    rows = [line.text for line in lines if line.kind == "|"]
    for line in lines:
        if line.kind == ">":
            if line.text == box[0]:
                yield _text_box(box)
        elif line.kind == "|":
            if line.text == rows[0]:
                yield _table([[cell.strip() for cell in row.rstrip("|").split("|")] for row in rows])
        else:
            yield _paragraph(line.text, _WORD_STYLES.get(line.kind))


def _paragraph(text: str, style: str | None = None, *, bold: bool = False) -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    look = "<w:rPr><w:b/></w:rPr>" if bold else ""
    runs = "<w:r><w:tab/></w:r>".join(
        f'<w:r>{look}<w:t xml:space="preserve">{escape(piece)}</w:t></w:r>' for piece in text.split(" | ")
    )
    return f"<w:p>{properties}{runs}</w:p>"


def _table(rows: list[list[str]]) -> str:
    borders = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:color="B9A3B1"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    widths = (1800, 6400, 1200)
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    body = "".join(
        "<w:tr>"
        + "".join(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{_paragraph(cell, bold=number == 0)}</w:tc>'
            for width, cell in zip(widths, row, strict=True)
        )
        + "</w:tr>"
        for number, row in enumerate(rows)
    )
    return f"<w:tbl><w:tblPr><w:tblBorders>{borders}</w:tblBorders></w:tblPr><w:tblGrid>{columns}</w:tblGrid>{body}</w:tbl>"


def _text_box(texts: list[str]) -> str:
    """As Word writes it: a shape, and for old versions the same text again in VML."""
    content = f"<w:txbxContent>{''.join(_paragraph(text) for text in texts)}</w:txbxContent>"
    width, height = 5_900_000, 560_000
    return (
        '<w:p><w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing>'
        '<wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{width}" cy="{height}"/><wp:docPr id="1" name="Text box 1"/>'
        '<a:graphic><a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><wps:wsp>'
        f'<wps:cNvSpPr txBox="1"/><wps:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:solidFill><a:srgbClr val="F4ECF1"/></a:solidFill></wps:spPr>'
        f"<wps:txbx>{content}</wps:txbx><wps:bodyPr/></wps:wsp></a:graphicData></a:graphic></wp:inline></w:drawing></mc:Choice>"
        '<mc:Fallback><w:pict><v:shape style="width:464pt;height:44pt">'
        f"<v:textbox>{content}</v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )


def _relationships(*targets: tuple[str, str]) -> str:
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        + "".join(
            f'<Relationship Id="rId{number}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
            for number, (kind, target) in enumerate(targets, 1)
        )
        + "</Relationships>"
    )


def samples() -> dict[str, bytes]:
    """Every made file by its name."""
    ada, bruno, clara, report = (
        (SOURCES / f"{name}.md").read_text("utf-8")
        for name in ("ada-sampleton", "bruno-placeholder", "clara-exemplar", "strong-report")
    )
    return {
        "ada-sampleton.pdf": pdf(ada, title="Ada Sampleton", accent="#1d4f76"),
        "bruno-placeholder.pdf": pdf_with_sidebar(bruno, title="Bruno Placeholder", accent="#2f6b4f"),
        "clara-exemplar.docx": docx(clara),
        "strong-report.pdf": pdf(report, title="Project report", accent="#333333", size=10),
    }


def main() -> None:
    for name, content in samples().items():
        (TARGET / name).write_bytes(content)
        print(f"{TARGET.name}/{name}: {len(content):,} bytes")


if __name__ == "__main__":
    main()
