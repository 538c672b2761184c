"""DOCX: reading order, what is refused, and which text nobody sees."""

import pytest

from cveval.domain.errors import UnreadableDocument
from cveval_submit.extraction.package import MAX_DEPTH, MAX_ENTRIES
from cveval_submit.extraction.reading import read
from tests.documents.forge import STRICT, WORD, bomb, docx, paragraph, relationships, run, zipped

WHITE = '<w:color w:val="FFFFFF"/>'
BOX = (
    '<w:r><mc:AlternateContent><mc:Choice Requires="wps"><wps:txbx><w:txbxContent>{0}</w:txbxContent></wps:txbx></mc:Choice>'
    "<mc:Fallback><v:textbox><w:txbxContent>{0}</w:txbxContent></v:textbox></mc:Fallback></mc:AlternateContent></w:r>"
)


def text_of(body: str, **kinds: str) -> str:
    return read(docx(body, related=kinds)).text


def hidden(body: str, **kinds: str) -> tuple[str, tuple[str, ...]]:
    document = read(docx(body, related=kinds))
    return document.text, tuple(warning for warning in document.warnings if "hidden_text" in warning)


def table(*rows: list[str], properties: str = "", cell: str = "") -> str:
    look = f"<w:tcPr>{cell}</w:tcPr>" if cell else ""
    lines = "".join(
        "<w:tr>" + "".join(f"<w:tc>{look}{text}</w:tc>" for text in row) + "</w:tr>" for row in rows
    )
    return f"<w:tbl><w:tblPr>{properties}</w:tblPr>{lines}</w:tbl>"


def test_paragraphs_tabs_and_breaks_are_kept() -> None:
    body = paragraph(
        run("one"),
        "<w:r><w:tab/></w:r>",
        run("two"),
        "<w:r><w:br/></w:r>",
        run("three"),
        "<w:r><w:cr/></w:r>",
        run("four"),
    )
    assert text_of(body + paragraph(run("five"))) == "one\ttwo\nthree\nfour\nfive"


def test_a_tab_stop_is_no_tab() -> None:
    stops = '<w:tabs><w:tab w:val="right" w:pos="9500"/></w:tabs>'
    assert text_of(paragraph(run("one"), properties=stops)) == "one"


def test_table_cells_are_parted_by_tabs_and_rows_by_newlines() -> None:
    rows = [[paragraph(run("a")), paragraph(run("b"))], [paragraph(run("c")), paragraph(run("d"))]]
    assert text_of(table(*rows) + paragraph(run("after"))) == "a\tb\nc\td\nafter"


def test_cells_of_several_lines_are_columns_and_begin_on_lines_of_their_own() -> None:
    column = paragraph(run("a")) + paragraph(run("b"))
    assert text_of(table([column, paragraph(run("c"))])) == "a\nb\nc"


def test_a_table_in_a_table_is_read_in_its_cell() -> None:
    inner = table([paragraph(run("b")), paragraph(run("c"))])
    assert text_of(table([paragraph(run("a")) + inner, paragraph(run("d"))])) == "a\nb\tc\nd"


def test_a_text_box_is_read_once_after_the_paragraph_that_holds_it() -> None:
    box = BOX.format(paragraph(run("in the box")))
    assert text_of(paragraph(run("before"), box, run(" and after"))) == "before and after\nin the box"


def test_headers_notes_and_footers_are_read_around_the_body() -> None:
    kinds = {kind: paragraph(run(kind)) for kind in ("footer", "endnotes", "footnotes", "header")}
    assert text_of(paragraph(run("body")), **kinds).split() == [
        "header",
        "body",
        "footer",
        "endnotes",
        "footnotes",
    ]


def test_list_items_keep_a_bullet_from_their_paragraph_or_its_style() -> None:
    direct = paragraph(run("one"), run(" item"), properties='<w:numPr><w:numId w:val="1"/></w:numPr>')
    styled = paragraph(run("two"), properties='<w:pStyle w:val="Item"/>')
    plain = paragraph(
        run("three"), properties='<w:pStyle w:val="Item"/><w:numPr><w:numId w:val="0"/></w:numPr>'
    )
    styles = '<w:style w:styleId="Item"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
    assert text_of(direct + styled + plain, styles=styles) == "• one item\n• two\nthree"


def test_deleted_text_is_not_read_and_inserted_text_is() -> None:
    changed = f"<w:del>{run('deleted')}</w:del><w:moveFrom>{run('moved')}</w:moveFrom><w:ins>{run('inserted')}</w:ins>"
    assert text_of(paragraph(changed)) == "inserted"


def test_a_strict_document_is_read_like_any_other() -> None:
    assert read(docx(paragraph(run("Ada")), namespace=STRICT)).text == "Ada"


def test_the_main_part_may_have_another_name() -> None:
    main = f'<w:document xmlns:w="{WORD}"><w:body>{paragraph(run("Ada"))}</w:body></w:document>'
    parts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relationships({"officeDocument": "/word/document2.xml"}),
        "word/document2.xml": main,
    }
    assert read(zipped({name: xml.encode() for name, xml in parts.items()})).text == "Ada"


# -- hidden text ------------------------------------------------------------------------------------------------------


def filled(colour: str) -> str:
    return f"<w14:textFill><w14:solidFill>{colour}</w14:solidFill></w14:textFill>"


OUTLINED = '<w14:textOutline><w14:solidFill><w14:srgbClr w14:val="000000"/></w14:solidFill></w14:textOutline>'


@pytest.mark.parametrize(
    ("properties", "warning"),
    [
        ("<w:vanish/>", "hidden_text:vanish"),
        (WHITE, "hidden_text:white"),
        ('<w:color w:val="ffffff"/><w:shd w:fill="FFFFFF"/>', "hidden_text:white"),
        ('<w:color w:val="FDFDFD"/>', "hidden_text:white"),
        ('<w:color w:val="000000" w:themeColor="background1"/>', "hidden_text:white"),
        (WHITE + '<w:highlight w:val="white"/>', "hidden_text:white"),
        ('<w:color w:val="1F3864"/><w:shd w:val="clear" w:fill="1F3864"/>', "hidden_text:background"),
        ('<w:sz w:val="4"/>', "hidden_text:tiny"),
        ('<w:w w:val="1"/>', "hidden_text:tiny"),
        ('<w:spacing w:val="-100"/><w:sz w:val="22"/>', "hidden_text:stacked"),
        ('<w:spacing w:val="-100"/>', "hidden_text:stacked"),
        ('<w:position w:val="1600"/>', "hidden_text:off_page"),
        ('<w:position w:val="-1600"/>', "hidden_text:off_page"),
        ('<w:rStyle w:val="Ghost"/>', "hidden_text:vanish"),
        ("<w:specVanish/>", "hidden_text:vanish"),
        ("<w:webHidden/>", "hidden_text:vanish"),
        ('<w:color w:val="F2F2F2"/>', "hidden_text:white"),
        ('<w:color w:val="FEFEFE"/>', "hidden_text:white"),
        ('<w:color w:val="FFFFE0"/>', "hidden_text:white"),
        ('<w:color w:val="1A2F55"/><w:shd w:val="clear" w:fill="1F3864"/>', "hidden_text:background"),
        ('<w:color w:val="FFFF00"/><w:highlight w:val="yellow"/>', "hidden_text:background"),
        (WHITE + '<w:shd w:val="pct5" w:fill="FFFFFF" w:color="auto"/>', "hidden_text:white"),
        ('<w:color w:val="1F3864"/><w:shd w:val="solid" w:color="1F3864"/>', "hidden_text:background"),
        ('<w:color w:val="000000" w:themeColor="light1"/>', "hidden_text:white"),
        ('<w:color w:val="000000" w:themeColor="background1" w:themeShade="F2"/>', "hidden_text:white"),
        ('<w:color w:val="000000" w:themeColor="text1" w:themeTint="0D"/>', "hidden_text:white"),
        ('<w:shd w:val="clear" w:themeFill="text1"/><w:color w:val="000000"/>', "hidden_text:background"),
        (filled('<w14:srgbClr w14:val="FFFFFF"/>'), "hidden_text:white"),
        ('<w:color w:val="000000"/>' + filled('<w14:schemeClr w14:val="bg1"/>'), "hidden_text:white"),
        (
            filled(
                '<w14:schemeClr w14:val="tx1"><w14:lumMod w14:val="5000"/><w14:lumOff w14:val="95000"/></w14:schemeClr>'
            ),
            "hidden_text:white",
        ),
        (
            filled('<w14:srgbClr w14:val="000000"><w14:alpha w14:val="100000"/></w14:srgbClr>'),
            "hidden_text:white",
        ),
        ("<w14:textFill><w14:noFill/></w14:textFill>", "hidden_text:white"),
        (WHITE + "<w14:textOutline><w14:noFill/></w14:textOutline>", "hidden_text:white"),
    ],
)
def test_hidden_text_is_left_out_and_reported(properties: str, warning: str) -> None:
    styles = (
        '<w:style w:styleId="Spirit"><w:rPr><w:vanish/></w:rPr></w:style>'
        '<w:style w:styleId="Ghost"><w:basedOn w:val="Spirit"/></w:style>'
    )
    assert hidden(paragraph(run("seen"), run("unseen", properties)), styles=styles) == ("seen", (warning,))


@pytest.mark.parametrize(
    "properties",
    [
        '<w:vanish w:val="0"/>',
        '<w:sz w:val="12"/>',
        '<w:color w:val="auto"/>',
        WHITE + '<w:shd w:fill="1F3864"/>',
        WHITE + '<w:highlight w:val="black"/>',
        WHITE + '<w:shd w:val="pct50" w:fill="FFFFFF" w:color="000000"/>',
        '<w:color w:val="BFBFBF" w:themeColor="background1" w:themeShade="BF"/>',
        '<w:color w:val="1F3864"/>',
        '<w:w w:val="80"/>',
        "<w:rPrChange><w:rPr><w:vanish/></w:rPr></w:rPrChange>",
        '<w:rStyle w:val="Loop"/>',
        '<w:color w:val="D9D9D9"/>',
        '<w:color w:val="FFFF00"/>',
        '<w:color w:val="C00000"/><w:shd w:val="clear" w:fill="006C00"/>',
        WHITE + filled('<w14:srgbClr w14:val="000000"/>'),
        WHITE + "<w14:textFill><w14:gradFill/></w14:textFill>",
        WHITE + OUTLINED,
        '<w14:glow><w14:srgbClr w14:val="FFFFFF"/></w14:glow>',
        filled('<w14:srgbClr w14:val="000000"><w14:alpha w14:val="50000"/></w14:srgbClr>'),
        '<w:spacing w:val="2"/>',
        '<w:spacing w:val="-20"/>',
        '<w:spacing w:val="-100"/><w:sz w:val="72"/>',
        '<w:position w:val="-12"/>',
        '<w:specVanish w:val="0"/>',
    ],
)
def test_what_only_looks_hidden_is_kept_without_a_warning(properties: str) -> None:
    styles = '<w:style w:styleId="Loop"><w:basedOn w:val="Loop"/></w:style>'
    assert hidden(paragraph(run("seen", properties)), styles=styles) == ("seen", ())


def style(name: str, properties: str, *, kind: str = "paragraph", more: str = "") -> str:
    return f'<w:style w:type="{kind}" w:styleId="{name}" {more}>{properties}</w:style>'


DEFAULT = 'w:default="1"'
PLAIN = '<w:color w:val="000000"/><w:sz w:val="22"/><w:vanish w:val="0"/>'
"""Says of itself that it is seen."""


@pytest.mark.parametrize(
    ("look", "warning"),
    [
        ("<w:vanish/>", "hidden_text:vanish"),
        (WHITE, "hidden_text:white"),
        ('<w:color w:val="F2F2F2"/>', "hidden_text:white"),
        ('<w:sz w:val="2"/>', "hidden_text:tiny"),
        (filled('<w14:schemeClr w14:val="lt1"/>'), "hidden_text:white"),
    ],
)
@pytest.mark.parametrize(
    "styles",
    [
        "<w:docDefaults><w:rPrDefault><w:rPr>{}</w:rPr></w:rPrDefault></w:docDefaults>",
        style("Normal", "<w:rPr>{}</w:rPr>", more=DEFAULT),
        style("Any", "<w:rPr>{}</w:rPr>", kind="character", more=DEFAULT),
        style("Base", "<w:rPr>{}</w:rPr>") + style("Normal", '<w:basedOn w:val="Base"/>', more=DEFAULT),
    ],
    ids=["document", "paragraph", "character", "based on"],
)
def test_text_without_a_style_inherits_what_hides_it(styles: str, look: str, warning: str) -> None:
    seen = PLAIN + filled('<w14:srgbClr w14:val="000000"/>')
    body = paragraph(run("seen", seen), run("unseen"))
    assert hidden(body, styles=styles.format(look)) == ("seen", (warning,))


def test_a_style_of_its_own_takes_a_paragraph_out_of_the_default_style_but_not_out_of_the_documents_defaults() -> (
    None
):
    normal = style("Normal", f"<w:rPr>{WHITE}</w:rPr>", more=DEFAULT)
    own = style("Own", "<w:rPr/>")
    styled = paragraph(run("seen"), properties='<w:pStyle w:val="Own"/>')
    assert hidden(styled + paragraph(run("unseen")), styles=normal + own) == ("seen", ("hidden_text:white",))
    missing = paragraph(run("unseen"), properties='<w:pStyle w:val="Missing"/>')
    assert hidden(styled + missing, styles=normal + own) == ("seen", ("hidden_text:white",))
    defaults = f"<w:docDefaults><w:rPrDefault><w:rPr>{WHITE}</w:rPr></w:rPrDefault></w:docDefaults>"
    body = paragraph(run("seen", PLAIN)) + styled.replace("seen", "unseen")
    assert hidden(body, styles=defaults + own) == ("seen", ("hidden_text:white",))


def test_a_style_of_tables_hides_the_text_of_its_cells() -> None:
    styles = style("Ghost", f"<w:rPr>{WHITE}</w:rPr>", kind="table")
    body = table([paragraph(run("unseen"))], properties='<w:tblStyle w:val="Ghost"/>')
    assert hidden(body + paragraph(run("seen")), styles=styles) == ("seen", ("hidden_text:white",))


def test_a_theme_says_what_its_colours_are() -> None:
    theme = (
        '<a:clrScheme><a:lt1><a:sysClr val="window" lastClr="101010"/></a:lt1>'
        '<a:accent1><a:srgbClr val="FFFFFF"/></a:accent1></a:clrScheme>'
    )
    body = paragraph(
        run("seen", '<w:color w:val="FFFFFF" w:themeColor="background1"/>'),
        run("unseen", '<w:color w:val="000000" w:themeColor="accent1"/>'),
    )
    assert hidden(body, theme=theme) == ("seen", ("hidden_text:white",))


@pytest.mark.parametrize(
    ("properties", "styles"),
    [
        ('<w:spacing w:line="2" w:lineRule="exact"/>', ""),
        (
            '<w:pStyle w:val="Flat"/><w:spacing w:line="40"/>',
            style("Flat", '<w:pPr><w:spacing w:line="240" w:lineRule="exact"/></w:pPr>'),
        ),
        ("", style("Flat", '<w:pPr><w:spacing w:line="20" w:lineRule="exact"/></w:pPr>', more=DEFAULT)),
    ],
    ids=["direct", "exact by its style", "by the default style"],
)
def test_a_line_of_no_height_is_left_out_and_reported(properties: str, styles: str) -> None:
    high = '<w:spacing w:line="240" w:lineRule="auto"/>'
    body = paragraph(run("seen"), properties=high) + paragraph(run("unseen"), properties=properties)
    assert hidden(body, styles=styles) == ("seen", ("hidden_text:tiny",))


@pytest.mark.parametrize(
    "properties",
    [
        '<w:ind w:left="-12000"/>',
        '<w:ind w:start="30000"/>',
        '<w:pStyle w:val="Aside"/><w:ind w:firstLine="300"/>',
        '<w:framePr w:w="3000" w:hAnchor="page" w:vAnchor="page" w:x="-9000" w:y="1"/>',
        '<w:framePr w:x="20000"/>',
        '<w:framePr w:y="30000"/>',
    ],
)
def test_a_paragraph_beside_the_page_is_left_out_and_reported(properties: str) -> None:
    styles = style("Aside", '<w:pPr><w:ind w:left="-12000"/></w:pPr>')
    body = paragraph(run("unseen"), properties=properties) + paragraph(run("seen"))
    assert hidden(body, styles=styles) == ("seen", ("hidden_text:off_page",))


@pytest.mark.parametrize(
    "properties",
    [
        '<w:ind w:left="-2880" w:hanging="400"/>',
        '<w:ind w:left="9000"/>',
        '<w:pStyle w:val="Aside"/><w:ind w:left="0"/>',
        '<w:framePr w:w="3000" w:hAnchor="page" w:x="8000" w:y="14000"/>',
        '<w:framePr w:xAlign="right"/>',
    ],
)
def test_an_indented_or_framed_paragraph_on_the_page_is_kept(properties: str) -> None:
    styles = style("Aside", '<w:pPr><w:ind w:left="-12000"/></w:pPr>')
    assert hidden(paragraph(run("seen"), properties=properties), styles=styles) == ("seen", ())


def test_a_line_that_may_grow_is_seen() -> None:
    for rule in ("auto", "atLeast"):
        low = f'<w:spacing w:line="2" w:lineRule="{rule}"/>'
        assert hidden(paragraph(run("seen"), properties=low)) == ("seen", ())


@pytest.mark.parametrize(
    ("properties", "warning"),
    [
        ('<w:trHeight w:val="2" w:hRule="exact"/>', "hidden_text:tiny"),
        ("<w:hidden/>", "hidden_text:vanish"),
        ('<w:trHeight w:val="2" w:hRule="atLeast"/>', None),
    ],
)
def test_a_row_of_no_height_is_left_out_and_reported(properties: str, warning: str | None) -> None:
    rows = table([paragraph(run("unseen"))]).replace("<w:tr>", f"<w:tr><w:trPr>{properties}</w:trPr>")
    found = hidden(paragraph(run("seen")) + rows + table([paragraph(run("after"))]))
    assert found == (("seen\n\nafter", (warning,)) if warning else ("seen\nunseen\nafter", ()))


def test_text_in_the_colour_of_its_cell_or_paragraph_is_left_out() -> None:
    shade, same = '<w:shd w:val="clear" w:fill="1F3864"/>', '<w:color w:val="203864"/>'
    unseen = paragraph(run("unseen", same))
    for body in (table([unseen], cell=shade), paragraph(run("unseen", same), properties=shade)):
        assert hidden(paragraph(run("seen")) + body) == ("seen", ("hidden_text:background",))


def test_page_numbers_that_only_a_web_page_leaves_out_are_kept() -> None:
    assert hidden(paragraph(run("Results "), run("12", "<w:webHidden/>"))) == ("Results 12", ())


def drawn(frame: str, text: str) -> str:
    box = f"<wps:txbx><w:txbxContent>{paragraph(run(text))}</w:txbxContent></wps:txbx>"
    return paragraph(f"<w:r><w:drawing><wp:anchor>{frame.format(box)}</wp:anchor></w:drawing></w:r>")


@pytest.mark.parametrize(
    ("box", "warning"),
    [
        (drawn('<wp:extent cx="0" cy="900000"/>{}', "unseen"), "hidden_text:tiny"),
        (drawn('<wp:extent cx="900000" cy="25400"/>{}', "unseen"), "hidden_text:tiny"),
        (
            drawn('<wps:spPr><a:xfrm><a:ext cx="0" cy="0"/></a:xfrm></wps:spPr>{}', "unseen"),
            "hidden_text:tiny",
        ),
        (drawn('<wp:docPr hidden="1"/>{}', "unseen"), "hidden_text:vanish"),
        (
            paragraph(
                '<w:r><w:pict><v:shape style="position:absolute;width:0;height:9pt"><v:textbox><w:txbxContent>'
                f"{table([paragraph(run('unseen'))])}</w:txbxContent></v:textbox></v:shape></w:pict></w:r>"
            ),
            "hidden_text:tiny",
        ),
    ],
    ids=["extent", "two points", "shape", "hidden", "old shape"],
)
def test_the_text_of_a_box_without_size_is_left_out_and_reported(box: str, warning: str) -> None:
    seen = drawn('<wp:extent cx="900000" cy="900000"/><a:ext cx="5000" cy="5000"/>{}', "seen")
    assert hidden(box + seen) == ("seen", (warning,))


def test_a_box_inherits_the_documents_defaults() -> None:
    styles = '<w:docDefaults><w:rPrDefault><w:rPr><w:w w:val="1"/></w:rPr></w:rPrDefault></w:docDefaults>'
    body = paragraph(run("seen", '<w:w w:val="100"/>')) + drawn("{}", "unseen")
    assert hidden(body, styles=styles) == ("seen", ("hidden_text:tiny",))


def test_the_old_format_of_a_tracked_change_counts_for_nothing() -> None:
    shade = '<w:shd w:fill="000000"/>'
    was_list = '<w:pPrChange><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:pPrChange>'
    assert hidden(paragraph(run("seen"), properties=was_list)) == ("seen", ())
    rows = [[paragraph(run("seen"), run("unseen", WHITE))]]
    was_dark_cell = f"<w:tcPrChange><w:tcPr>{shade}</w:tcPr></w:tcPrChange>"
    assert hidden(table(*rows, cell=was_dark_cell)) == ("seen", ("hidden_text:white",))
    was_dark_table = f"<w:tblPrChange><w:tblPr>{shade}</w:tblPr></w:tblPrChange>"
    assert hidden(table(*rows, properties=was_dark_table)) == ("seen", ("hidden_text:white",))


def test_the_format_of_the_paragraph_mark_hides_nothing() -> None:
    assert hidden(paragraph(run("seen"), properties="<w:rPr><w:vanish/></w:rPr>")) == ("seen", ())


def test_white_on_a_shaded_paragraph_cell_table_or_page_is_meant_to_be_seen() -> None:
    shade = '<w:shd w:val="clear" w:fill="1F3864"/>'
    white = paragraph(run("seen", WHITE))
    assert hidden(paragraph(run("seen", WHITE), properties=shade)) == ("seen", ())
    assert hidden(table([white], cell=shade)) == ("seen", ())
    assert hidden(table([white], properties=shade)) == ("seen", ())
    styles = f'<w:style w:styleId="Dark"><w:tblStylePr><w:tcPr>{shade}</w:tcPr></w:tblStylePr></w:style>'
    assert hidden(table([white], properties='<w:tblStyle w:val="Dark"/>'), styles=styles) == ("seen", ())
    assert hidden('<w:background w:color="000000"/>' + white) == ("seen", ())


def test_dark_text_in_a_table_whose_style_shades_its_header_row_in_the_same_colour_is_seen() -> None:
    shade = '<w:shd w:val="clear" w:fill="1F3864"/>'
    styles = f'<w:style w:styleId="Dark"><w:tblStylePr><w:tcPr>{shade}</w:tcPr></w:tblStylePr></w:style>'
    dark = paragraph(run("seen", '<w:color w:val="1F3864"/>'))
    assert hidden(table([dark], properties='<w:tblStyle w:val="Dark"/>'), styles=styles) == ("seen", ())


def test_white_on_a_white_run_in_a_dark_paragraph_is_left_out() -> None:
    look = WHITE + '<w:shd w:val="clear" w:fill="FFFFFF"/>'
    body = paragraph(
        run("seen", WHITE), run("unseen", look), properties='<w:shd w:val="clear" w:fill="000000"/>'
    )
    assert hidden(body) == ("seen", ("hidden_text:white",))


def test_a_symbol_parts_words() -> None:
    symbol = '<w:r><w:sym w:font="Wingdings" w:char="F028"/></w:r>'
    assert text_of(paragraph(run("Phone"), symbol, run("555"))) == "Phone 555"


def test_the_shade_of_one_cell_ends_with_it() -> None:
    shaded = table([paragraph(run("seen", WHITE))], cell='<w:shd w:fill="000000"/>')
    assert hidden(shaded + paragraph(run("unseen", WHITE))) == ("seen", ("hidden_text:white",))


def test_white_in_a_shape_is_kept_and_reported_as_doubtful() -> None:
    box = BOX.format(paragraph(run("title", WHITE)))
    assert hidden(paragraph(run("seen"), box)) == ("seen\ntitle", ("possibly_hidden_text:white",))


# -- hostile ----------------------------------------------------------------------------------------------------------

XXE = '<!DOCTYPE w:document [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
LAUGHS = (
    '<!DOCTYPE w:document [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
)


@pytest.mark.parametrize(
    ("doctype", "entity"), [(XXE, "&x;"), (LAUGHS, "&a9;"), ("<!DOCTYPE w:document>", "")]
)
def test_a_doctype_is_refused_in_the_document(doctype: str, entity: str) -> None:
    with pytest.raises(UnreadableDocument, match=r"DOCTYPE \(entities\)"):
        read(docx(paragraph(run(f"Ada {entity}")), head=doctype))


@pytest.mark.parametrize("part", ["word/styles.xml", "word/header.xml", "word/_rels/document.xml.rels"])
def test_a_doctype_is_refused_in_every_part_that_is_read(part: str) -> None:
    parts = {
        "[Content_Types].xml": b"<Types/>",
        "word/document.xml": f'<w:document xmlns:w="{WORD}">{paragraph(run("Ada"))}</w:document>'.encode(),
        "word/_rels/document.xml.rels": relationships(
            {"styles": "styles.xml", "header": "header.xml"}
        ).encode(),
        "word/styles.xml": b"<s/>",
        "word/header.xml": b"<h/>",
    }
    with pytest.raises(UnreadableDocument, match="DOCTYPE"):
        read(zipped(parts | {part: b"<!DOCTYPE x>" + parts[part]}))


def test_a_docx_of_700_kb_that_inflates_to_195_mb_is_refused() -> None:
    with pytest.raises(UnreadableDocument, match="more than 50 MB, which is the limit"):
        read(bomb(195_000_000))


def test_a_docx_that_lies_about_its_size_is_no_further_inflated_than_it_says() -> None:
    honest = bomb(195_000_000)
    size = (195_000_000 + honest_overhead()).to_bytes(4, "little")
    lying = honest.replace(size, (1_000).to_bytes(4, "little"))
    assert lying != honest
    with pytest.raises(UnreadableDocument, match="damaged DOCX"):
        read(lying)


def honest_overhead() -> int:
    return len(f'<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>')


def test_a_part_that_inflates_a_hundredfold_is_refused_below_the_total_too() -> None:
    with pytest.raises(UnreadableDocument, match="more than 100 times its size"):
        read(bomb(40_000_000))


def test_parts_read_again_count_again() -> None:
    filler = "".join(f"<!--{number:032d}-->" for number in range(450_000))
    parts = {
        "[Content_Types].xml": "<Types/>",
        "word/document.xml": f'<w:document xmlns:w="{WORD}">{paragraph(run("Ada"))}</w:document>',
        "word/_rels/document.xml.rels": relationships(
            dict.fromkeys(("styles", "header", "footer"), "big.xml")
        ),
        "word/big.xml": f"<x>{filler}</x>",
    }
    with pytest.raises(UnreadableDocument, match="more than 50 MB"):
        read(zipped({name: xml.encode() for name, xml in parts.items()}))


def test_too_many_parts_are_refused_with_the_limit() -> None:
    with pytest.raises(UnreadableDocument, match="at most 2,000 are allowed"):
        read(zipped({f"word/{number}": b"" for number in range(MAX_ENTRIES + 1)}))


def test_nesting_that_no_document_has_is_refused() -> None:
    deep = "<w:sdt>" * MAX_DEPTH + "</w:sdt>" * MAX_DEPTH
    with pytest.raises(UnreadableDocument, match="nested deeper than 256"):
        read(docx(deep))


@pytest.mark.parametrize("name", ["w:tbl", "w:tr", "w:tc", "w:txbxContent", "w:p"])
def test_a_container_among_properties_is_none(name: str) -> None:
    assert text_of(paragraph(run("Ada", f"<{name}/>"), properties=f"<{name}/>")) == "Ada"


@pytest.mark.parametrize("declared", ["nonsense", "utf-7", "idna", "rot13", "undefined"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_part_is_utf_8_or_utf_16_whatever_it_declares(declared: str, encoding: str) -> None:
    xml = f'<?xml version="1.0" encoding="{declared}"?><w:document xmlns:w="{WORD}">{paragraph(run("Größe"))}</w:document>'
    assert (
        read(zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": xml.encode(encoding)})).text
        == "Größe"
    )


def test_an_entry_before_the_beginning_of_the_file_is_damage() -> None:
    whole = docx(paragraph(run("Ada")))
    end = whole.rindex(b"PK\x05\x06")
    start = int.from_bytes(whole[end + 16 : end + 20], "little")
    shifted = whole[: end + 16] + (start + 90).to_bytes(4, "little") + whole[end + 20 :]
    with pytest.raises(UnreadableDocument, match="damaged DOCX"):
        read(shifted)


def test_broken_xml_and_broken_archives_are_damaged_documents() -> None:
    whole = docx(paragraph(run("Ada")))
    for broken in (docx("<w:p>"), whole[: len(whole) // 2], whole.replace(b"PK\x01\x02", b"PK\x09\x09")):
        with pytest.raises(UnreadableDocument, match="damaged DOCX"):
            read(broken)
