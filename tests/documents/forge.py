"""Documents made for one purpose each: broken, hostile, or with something in them that nobody should see.

Write examples of them to a folder, to look at or to upload: `python -m tests.documents.forge FOLDER`
"""

import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Literal
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_NAMESPACES = (
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)


# -- PDF --------------------------------------------------------------------------------------------------------------


def pdf(*draw: Callable[[Canvas], object], password: str | None = None, owner: str | None = None) -> bytes:
    """One page for each drawing."""
    out = BytesIO()
    encrypt = None
    if password is not None:
        encrypt = StandardEncryption(password, ownerPassword=owner, canPrint=0)
    canvas = Canvas(out, pagesize=(400, 400), invariant=1, encrypt=encrypt)
    for page in draw:
        page(canvas)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def line(text: str, x: float = 50, y: float = 300, size: float = 12) -> Callable[[Canvas], None]:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", size)
        canvas.drawString(x, y, text)

    return draw


def picture(x: float = 0, y: float = 0, width: float = 400, height: float = 400) -> Callable[[Canvas], None]:
    def draw(canvas: Canvas) -> None:
        canvas.drawImage(ImageReader(Image.new("RGB", (8, 8), "black")), x, y, width, height)

    return draw


def together(*draw: Callable[[Canvas], object]) -> Callable[[Canvas], None]:
    """Several drawings on one page, each with a graphics state of its own."""

    def page(canvas: Canvas) -> None:
        for one in draw:
            canvas.saveState()
            one(canvas)
            canvas.restoreState()

    return page


def filled(grey: float, draw: Callable[[Canvas], object]) -> Callable[[Canvas], None]:
    """A drawing in a shade from 0 (black) to 1 (white)."""

    def page(canvas: Canvas) -> None:
        canvas.setFillGray(grey)
        draw(canvas)

    return page


def in_mode(mode: Literal[0, 3, 7], text: str) -> Callable[[Canvas], None]:
    """A line in one of PDF's text render modes (3: no ink)."""

    def page(canvas: Canvas) -> None:
        written = canvas.beginText(50, 200)
        written.setTextRenderMode(mode)
        written.textOut(text)
        canvas.drawText(written)

    return page


Placed = tuple[float, float, str]
"""Left, baseline, text; in 9 points."""


def placed(*texts: Placed) -> bytes:
    """A page of texts where they are to stand, drawn in this order."""
    shown = [
        f"BT /F1 9 Tf 1 0 0 1 {left:.2f} {baseline:.2f} Tm ({text}) Tj ET" for left, baseline, text in texts
    ]
    return raw_pdf("\n".join(shown).encode("cp1252"), b"")


def larger(text: str) -> str:
    """A heading among texts that are placed."""
    return f") Tj /F1 12 Tf ({text}) Tj /F1 9 Tf ("


def column(text: str, left: float, top: float = 330, leading: float = 12) -> list[Placed]:
    """Lines one below the other; an empty one is a gap."""
    return [(left, top - number * leading, text) for number, text in enumerate(text.split("\n")) if text]


def row_by_row(*columns: list[Placed]) -> list[Placed]:
    """Columns as a converter draws them that goes by height on the page."""
    return sorted((one for column in columns for one in column), key=lambda one: (-one[1], one[0]))


def raw_pdf(content: bytes, resources: bytes, *objects: bytes) -> bytes:
    """One page (400 × 400) with this content stream; `objects` get the numbers from 5 on, number 4 is Helvetica as /F1."""
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 400] /Resources << "
        + (resources if b"/Font" in resources else b"/Font << /F1 4 0 R >> " + resources)
        + b" >> /Contents %d 0 R >>" % (5 + len(objects)),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        *objects,
        stream(content),
    ]
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, start)
    return bytes(out)


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), entries, content)


# -- DOCX -------------------------------------------------------------------------------------------------------------


def zipped(parts: dict[str, bytes], *, stored: frozenset[str] = frozenset()) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content, ZIP_STORED if name in stored else ZIP_DEFLATED)
    return out.getvalue()


def docx(body: str, *, namespace: str = WORD, head: str = "", related: dict[str, str] | None = None) -> bytes:
    """A document with this body; `related` maps a kind (`header`, `styles`, …) to the XML inside that part's root."""
    related = related or {}
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "word/document.xml": f'<?xml version="1.0" encoding="UTF-8"?>{head}'
        f'<w:document xmlns:w="{namespace}" {_NAMESPACES}><w:body>{body}</w:body></w:document>',
        "word/_rels/document.xml.rels": relationships({kind: f"{kind}.xml" for kind in related}),
    }
    for kind, inner in related.items():
        parts[f"word/{kind}.xml"] = f'<w:root xmlns:w="{namespace}" {_NAMESPACES}>{inner}</w:root>'
    return zipped({name: xml.encode() for name, xml in parts.items()})


def relationships(targets: dict[str, str]) -> str:
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        + "".join(
            f'<Relationship Id="r{number}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
            for number, (kind, target) in enumerate(targets.items())
        )
        + "</Relationships>"
    )


def run(text: str, properties: str = "") -> str:
    look = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{look}<w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*runs: str, properties: str = "") -> str:
    look = f"<w:pPr>{properties}</w:pPr>" if properties else ""
    return f"<w:p>{look}{''.join(runs)}</w:p>"


def bomb(inflated: int) -> bytes:
    """A DOCX of 0.7 MB whose main part inflates to so many bytes."""
    text = b" " * inflated
    main = b'<w:document xmlns:w="%s"><w:body><w:p><w:r><w:t>' % WORD.encode() + text
    parts = {
        "[Content_Types].xml": b"<Types/>",
        "word/document.xml": main,
        "word/media/image1.bin": bytes(500_000),
    }
    return zipped(parts, stored=frozenset({"word/media/image1.bin"}))


# -- examples ---------------------------------------------------------------------------------------------------------

HEADLINE = (90.0, 360.0, "Ada Sampleton, who builds data platforms")
CAREER = """Built the ingestion service that reads ten
million events a day and writes them to
storage in three regions.
Cut the cost of queries by 40 % with a
cache that survives restarts.
Led a team of five engineers through the
move to containers."""
STUDIES = """Wrote a thesis about the scheduling of
batch jobs on shared clusters and the
fairness of queues.
Taught a course on databases to thirty
students in two semesters, with an exam
that nobody failed."""
SKILLS = """Skills
Python
PostgreSQL
Kafka
Languages
English
German"""
BULLETS = """Experience
\u2022 Built the ingestion service for events
\u2022 Cut the cost of queries by a cache
\u2022 Led a team of five engineers
\u2022 Wrote the tests of the billing service
\u2022 Ran the rota of the people on call
\u2022 Moved three services to containers"""
LEFT, MIDDLE, EDGE = 30.0, 215.0, 380.0


def in_columns(left: str = CAREER, right: str = STUDIES, *, middle: float = MIDDLE) -> bytes:
    """A headline over two columns, drawn row by row."""
    return placed(HEADLINE, *row_by_row(column(left, LEFT), column(right, middle)))


def _hidden_pdf() -> bytes:
    return pdf(
        together(
            line("A visible line of this page"),
            filled(1, line("white on paper", y=280)),
            line("one point high", y=260, size=1),
            in_mode(3, "in no ink"),
            line("beside the page", x=900),
        )
    )


def _hidden_docx() -> bytes:
    return docx(
        paragraph(
            run("A visible line"),
            run(" vanished", "<w:vanish/>"),
            run(" white", '<w:color w:val="FFFFFF"/>'),
            run(" two points high", '<w:sz w:val="4"/>'),
        )
    )


def _hidden_by_styles() -> bytes:
    """Nothing in the text itself says that it is hidden."""
    styles = (
        '<w:docDefaults><w:rPrDefault><w:rPr><w:color w:val="F2F2F2"/></w:rPr></w:rPrDefault></w:docDefaults>'
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:rPr><w:sz w:val="22"/></w:rPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="Flat"><w:pPr><w:spacing w:line="2" w:lineRule="exact"/></w:pPr></w:style>'
    )
    black = '<w:color w:val="000000"/>'
    return docx(
        paragraph(run("A visible line", black))
        + paragraph(run("nearly white by the document's defaults"))
        + paragraph(run("a line of no height", black), properties='<w:pStyle w:val="Flat"/>')
        + paragraph(run("theme white", '<w:color w:val="000000" w:themeColor="light1"/>')),
        related={"styles": styles},
    )


def _hidden_by_colour() -> bytes:
    shown = "BT /F1 12 Tf 50 {} Td ({}) Tj ET "
    return raw_pdf(
        (
            shown.format(300, "A visible line")
            + "q 0.95 g "
            + shown.format(280, "nearly white")
            + "/Spot cs 0 scn "
            + shown.format(260, "a spot ink without ink")
            + "0 g /Screen gs "
            + shown.format(240, "black, and lost in the paper")
            + "Q /Mask gs "
            + shown.format(220, "through a mask that lets nothing through")
        ).encode(),
        b"/ColorSpace << /Spot [/Separation /Gold /DeviceGray << /FunctionType 2 /Domain [0 1] /C0 [1] /C1 [0] /N 1 >>] >> "
        b"/ExtGState << /Screen << /BM /Screen >> /Mask << /SMask << /S /Alpha /G 5 0 R >> >> >>",
        stream(b"", b"/Type /XObject /Subtype /Form /BBox [0 0 400 400]"),
    )


def _hidden_in_part() -> bytes:
    """White from a dark bar onto the paper, and letters on top of each other."""
    shown = "BT /F1 12 Tf 50 {} Td {} ET "
    return raw_pdf(
        (
            shown.format(300, "(A visible line) Tj")
            + "0 g 40 270 62 20 re f 1 g "
            + shown.format(275, "(on the bar and beside it) Tj")
            + "0 g "
            + shown.format(240, "-6 Tc (letters on top of each other) Tj")
        ).encode(),
        b"",
    )


def _hidden_beside_the_page() -> bytes:
    aside = '<w:framePr w:w="3000" w:hAnchor="page" w:vAnchor="page" w:x="-9000" w:y="1"/>'
    return docx(
        paragraph(
            run("A visible line"),
            run(" raised off the page", '<w:position w:val="1600"/>'),
            run(" letters on top of each other", '<w:spacing w:val="-120"/><w:sz w:val="22"/>'),
        )
        + paragraph(run("indented off the page"), properties='<w:ind w:left="-12000"/>')
        + paragraph(run("in a frame beside the page"), properties=aside)
    )


def _line_as_side_bar() -> bytes:
    bar = b"0.1 0.2 0.4 RG 120 w 60 0 m 60 400 l S "
    side = b"1 g BT /F1 12 Tf 20 300 Td (white on the bar) Tj ET "
    return raw_pdf(bar + side + b"0 g BT /F1 12 Tf 140 300 Td (black beside it) Tj ET", b"")


EXAMPLES: dict[str, Callable[[], bytes]] = {
    "hidden-text.pdf": _hidden_pdf,
    "hidden-by-colour.pdf": _hidden_by_colour,
    "white-on-a-line-as-side-bar.pdf": _line_as_side_bar,
    "hidden-text.docx": _hidden_docx,
    "hidden-by-styles.docx": _hidden_by_styles,
    "hidden-in-part.pdf": _hidden_in_part,
    "hidden-beside-the-page.docx": _hidden_beside_the_page,
    "two-columns-row-by-row.pdf": in_columns,
    "sidebar-row-by-row.pdf": lambda: in_columns(SKILLS, CAREER, middle=120),
    "sidebar-beside-bullets-row-by-row.pdf": lambda: in_columns(SKILLS, BULLETS, middle=120),
    "sidebar-at-the-right-row-by-row.pdf": lambda: in_columns(BULLETS, SKILLS, middle=250),
    "encrypted.pdf": lambda: pdf(line("Ada Example"), password="secret"),
    "scan-without-text.pdf": lambda: pdf(picture()),
    "truncated.pdf": lambda: pdf(line("Ada Example"))[:-200],
    "too-many-pages.pdf": lambda: pdf(*[line("page")] * 501),
    "bomb-of-195-mb.docx": lambda: bomb(195_000_000),
    "doctype.docx": lambda: docx(paragraph(run("Ada")), head="<!DOCTYPE w:document>"),
}


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in EXAMPLES.items():
        (folder / name).write_bytes(make())
        print(folder / name)  # noqa: T201 - a command


if __name__ == "__main__":
    main(Path(sys.argv[1]))
