"""Documents that nobody wrote: real ones with bytes changed, and made-up structures of both formats."""

from functools import cache
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.documents.forge import (
    RELATIONS,
    docx,
    in_columns,
    paragraph,
    raw_pdf,
    relationships,
    run,
    stream,
    zipped,
)

SAMPLES = Path(__file__).parents[2] / "deploy/local/src/cveval_local/samples"
MAX_EDITS = 12

_FORM = stream(
    b"BT /F1 9 Tf 5 5 Td (in a form) Tj ET",
    b"/Type /XObject /Subtype /Form /BBox [0 0 99 99] /Matrix [1 0 0 1 9 9] /Resources << /Font << /F1 4 0 R >> >>",
)
_OBJECTS = (
    _FORM,
    stream(
        b"\x00",
        b"/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray",
    ),
    b"<< /Type /OCG /Name (Layer) >>",
    stream(
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <FF> endcodespacerange "
        b"2 beginbfrange <20> <40> <0020> <41> <5A> [<0041> <D83DDE00>] endbfrange 1 beginbfchar <61> <00660066> endbfchar endcmap"
    ),
    b"<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /ToUnicode 8 0 R /DescendantFonts [10 0 R] >>",
    (
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /X /DW 500 /W [1 [500 600] 5 9 700] "
        b"/FontDescriptor << /Type /FontDescriptor /Flags 4 >> >>"
    ),
    (
        b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 9 9] /FontMatrix [.1 0 0 .1 0 0] /CharProcs << /a 5 0 R >> "
        b"/Encoding << /Differences [65 /a /b] >> /FirstChar 65 /LastChar 66 /Widths [9 9] >>"
    ),
    stream(b"\x00\xff\x80\xff", b"/FunctionType 0 /Domain [0 1] /Range [0 1] /Size [4] /BitsPerSample 8"),
    b"<< /Type /Annot /Subtype /Widget /FT /Tx /F 4 /Rect [9 9 99 99] /AP << /N 5 0 R >> >>",
)
_RESOURCES = (
    b"/Font << /F1 4 0 R /F2 9 0 R /F3 11 0 R >> /XObject << /Fm1 5 0 R /Im1 6 0 R >> /Properties << /MC1 7 0 R >> "
    b"/ExtGState << /G1 << /ca .5 /BM /Multiply >> /G2 << /ca 0 /Font [4 0 R 9] >> "
    b"/G3 << /SMask << /S /Luminosity /G 5 0 R >> /BM [/Screen] /LW 50 >> >> "
    b"/ColorSpace << /C1 [/ICCBased 5 0 R] /C2 [/Indexed [/Lab << >>] 1 (\\377\\200)] /C3 [/Separation /X /DeviceGray 12 0 R] "
    b"/C4 [/DeviceN [/X /Y] /DeviceCMYK << /FunctionType 2 /N -1 >>] /C5 [/Lab] >>"
)
_OPERANDS = st.sampled_from(
    [
        b"0", b"1", b"-1", b"0.5", b"9", b"12", b"400", b"1e9", b"-99999999999999999999", b".", b"--5", b"nan",
        b"/F1", b"/F2", b"/F3", b"/Fm1", b"/Im1", b"/G1", b"/G2", b"/G3", b"/C1", b"/C2", b"/C3", b"/C4", b"/C5", b"/MC1", b"/OC", b"/Pattern", b"/",
        b"(text)", b"(a longer text of words)", b"<0041>", b"<4>", b"(\\377\\000)", b"()", b"[(a) -500 (b)]", b"[]",
        b"[[(a)]]", b"<< /A 1 >>", b"true", b"null",
    ]
)  # fmt: skip
_OPERATORS = st.sampled_from(
    b"BT ET Tj TJ ' \" Td TD Tm T* Tf Tc Tw Tz TL Tr Ts q Q cm w J d re m l c v y h f F f* B b S s n W W* g G rg RG k K cs CS sc scn SC "
    b"SCN gs Do sh BDC BMC EMC BI ID EI d0 d1 BX x".split()
)
_OPERATIONS = st.builds(
    lambda operands, operator: b" ".join([*operands, operator]), st.lists(_OPERANDS, max_size=6), _OPERATORS
)
_ELEMENTS = [
    "w:p",
    "w:r",
    "w:t",
    "w:rPr",
    "w:pPr",
    "w:tbl",
    "w:tr",
    "w:tc",
    "w:tblPr",
    "w:tcPr",
    "w:txbxContent",
    "w:tab",
    "w:br",
    "w:cr",
    "w:sym",
    "w:numPr",
    "w:numId",
    "w:pStyle",
    "w:rStyle",
    "w:vanish",
    "w:color",
    "w:sz",
    "w:shd",
    "w:highlight",
    "w:del",
    "w:ins",
    "w:sdt",
    "w:background",
    "mc:AlternateContent",
    "mc:Choice",
    "mc:Fallback",
    "wps:txbx",
    "v:textbox",
    "w:pPrChange",
    "w:hyperlink",
    "w:docDefaults",
    "w:style",
    "w:basedOn",
    "w:spacing",
    "w:trPr",
    "w:trHeight",
    "w14:textFill",
    "w14:solidFill",
    "w14:schemeClr",
    "w14:lumOff",
    "wp:anchor",
    "wp:extent",
    "a:clrScheme",
    "a:lt1",
    "a:srgbClr",
]
_VALUES = st.sampled_from(
    ["", "0", "1", "4", "-1", "FFFFFF", "000000", "auto", "none", "Ghost", "9" * 30, "&#x110000;", "é"]
)


@cache
def _originals() -> list[bytes]:
    files = [path.read_bytes() for path in sorted(SAMPLES.iterdir()) if path.suffix != ".json"]
    styled = docx(
        paragraph(run("Ada", "<w:vanish/>")), related={"styles": "<w:style/>", "header": paragraph(run("x"))}
    )
    return [*files, in_columns(), styled, _pdf([b"BT /F2 9 Tf (AB) Tj ET /Fm1 Do /OC /MC1 BDC EMC"])]


def _pdf(operations: list[bytes]) -> bytes:
    content = raw_pdf(b"\n".join(operations), _RESOURCES, *_OBJECTS)
    return content.replace(b"/MediaBox", b"/Annots [13 0 R] /MediaBox", 1).replace(
        b"/Type /Catalog", b"/Type /Catalog /OCProperties << /D << /OFF [7 0 R] >> >>", 1
    )


_EDITS = st.lists(
    st.tuples(
        st.floats(0, 1, exclude_max=True),
        st.sampled_from(["replace", "insert", "delete", "repeat", "swap"]),
        st.one_of(st.binary(min_size=1, max_size=8), _OPERANDS),
    ),
    max_size=MAX_EDITS,
)


def _edited(content: bytes, edits: list[tuple[float, str, bytes]]) -> bytes:
    for place, kind, piece in edits:
        at = int(place * len(content))
        rest = {
            "replace": piece + content[at + len(piece) :],
            "insert": piece + content[at:],
            "delete": content[at + 16 * len(piece) :],
            "repeat": content[max(0, at - 200) :],
            "swap": content[at + 40 : at + 80] + content[at : at + 40] + content[at + 80 :],
        }[kind]
        content = content[:at] + rest
    return content


def _element(name: str, value: str, inner: str) -> str:
    return (
        f'<{name} w:val="{value}" w14:val="{value}" w:fill="{value}" w:themeColor="accent1" w:themeTint="{value}" w:line="{value}" '
        f'w:lineRule="exact" w:styleId="{value}" w:type="paragraph" w:default="1" cx="{value}" val="{value}">{inner}</{name}>'
    )


_BODIES = st.recursive(
    st.sampled_from(
        ["", "text", "&#8203;", "&amp;", "<w:t>text</w:t>", "</w:p>", "<!-- x -->", "<![CDATA[x]]>"]
    ),
    lambda inner: st.builds(
        lambda name, value, parts: _element(name, value, "".join(parts)),
        st.sampled_from(_ELEMENTS),
        _VALUES,
        st.lists(inner, max_size=4),
    ),
    max_leaves=25,
)


def _part(body: str) -> bytes:
    return f'<w:document xmlns:w="{RELATIONS}" xmlns:mc="m" xmlns:wps="p" xmlns:v="v" xmlns:w14="x" xmlns:wp="y" xmlns:a="z">{body}</w:document>'.encode()


_NAMES = st.sampled_from(
    [
        "[Content_Types].xml",
        "word/document.xml",
        "word/_rels/document.xml.rels",
        "_rels/.rels",
        "word/styles.xml",
        "../x",
        "x" * 300,
    ]
)
_PARTS = st.one_of(
    st.binary(max_size=40),
    st.just(
        relationships(
            {"styles": "styles.xml", "header": "document.xml", "officeDocument": "../word/document.xml"}
        ).encode()
    ),
    st.just(f'<x Type="{RELATIONS}/header"/>'.encode()),
    _BODIES.map(_part),
)


DOCUMENTS: SearchStrategy[bytes] = st.one_of(
    st.builds(
        lambda number, edits: _edited(_originals()[number % len(_originals())], edits),
        st.integers(0, 99),
        _EDITS,
    ),
    st.builds(
        lambda operations, edits: _edited(_pdf(operations), edits), st.lists(_OPERATIONS, max_size=25), _EDITS
    ),
    st.lists(_OPERATIONS, max_size=40).map(_pdf),
    st.builds(
        lambda body, header: docx(body, related={"header": header, "styles": header, "theme": header}),
        _BODIES,
        _BODIES,
    ),
    st.dictionaries(_NAMES, _PARTS, max_size=6).map(zipped),
    st.builds(lambda body, edits: _edited(docx(body), edits), _BODIES, _EDITS),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
)
