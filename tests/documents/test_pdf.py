"""PDF: what is refused, and which text nobody sees."""

import zlib
from collections.abc import Callable

import pytest
from reportlab.pdfgen.canvas import Canvas

from cveval.domain.errors import UnreadableDocument
from cveval_submit.extraction.reading import read
from tests.documents.forge import filled, in_mode, line, pdf, picture, raw_pdf, stream, together


def hidden(content: bytes) -> tuple[str, tuple[str, ...]]:
    document = read(content)
    return document.text, document.warnings


def rectangle(x: float, y: float, width: float, height: float) -> Callable[[Canvas], object]:
    return lambda canvas: canvas.rect(x, y, width, height, stroke=0, fill=1)


def test_pages_and_lines_are_kept_in_order() -> None:
    content = pdf(together(line("first", y=300), line("second", y=280)), line("third"))
    assert read(content).text.split("\n") == ["first", "second", "", "third"]


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        (pdf(line("Ada"), password="secret"), "is encrypted: remove the password"),
        (pdf(line("Ada"))[:-200], r"truncated PDF \(its end is missing\)"),
        (pdf(picture()), "only pictures .* run OCR"),
        (pdf(lambda canvas: None), "run OCR"),
        (b"%PDF-1.7\nnothing else\n%%EOF", "damaged PDF: export it again"),
        (b"%PDF-1.7\ntrailer << /Root 1 0 R >>\nstartxref\n0\n%%EOF", "damaged PDF"),
        (pdf(*[line("page")] * 1_000), r"has 1,000 pages; at most 500"),
    ],
)
def test_a_pdf_without_readable_text_is_refused_with_the_way_out(content: bytes, finding: str) -> None:
    with pytest.raises(UnreadableDocument, match=finding):
        read(content)


def test_a_pdf_with_an_empty_password_is_read() -> None:
    """Only printing was to be restricted."""
    assert read(pdf(line("Ada"), password="", owner="owner")).text == "Ada"


def test_a_stream_that_inflates_beyond_the_parsers_cap_is_refused() -> None:
    packed = zlib.compress(b"BT /F1 12 Tf (Ada) Tj ET\n" + b" " * 80_000_000, 9)
    content = raw_pdf(b"/Fm1 Do", b"/XObject << /Fm1 5 0 R >>", stream(packed, b"/Filter /FlateDecode"))
    with pytest.raises(UnreadableDocument):
        read(content)


def test_text_without_ink_is_left_out_and_reported() -> None:
    assert hidden(pdf(together(line("seen"), in_mode(3, "unseen")))) == ("seen", ("hidden_text:invisible",))


def test_the_text_that_ocr_leaves_over_a_scan_is_kept_and_reported() -> None:
    assert hidden(pdf(together(in_mode(3, "scanned"), picture()))) == (
        "scanned",
        ("possibly_hidden_text:ocr_layer",),
    )


def test_text_without_ink_beside_a_small_picture_is_no_scan() -> None:
    content = pdf(together(line("seen"), in_mode(3, "unseen"), picture(0, 0, 50, 50)))
    assert hidden(content) == ("seen", ("hidden_text:invisible",))


def test_tiny_text_is_left_out_and_reported_whatever_makes_it_tiny() -> None:
    def scaled(canvas: Canvas) -> None:
        canvas.scale(0.1, 0.1)
        line("unseen", 500, 500, 12)(canvas)

    for tiny in (line("unseen", size=1.5), scaled):
        assert hidden(pdf(together(line("seen"), tiny))) == ("seen", ("hidden_text:tiny",))


def test_small_print_is_kept() -> None:
    assert hidden(pdf(line("footnote", size=5))) == ("footnote", ())


@pytest.mark.parametrize(("x", "y"), [(-500, 300), (450, 300), (50, -100), (50, 900)])
def test_text_beside_the_page_is_left_out_and_reported(x: float, y: float) -> None:
    content = pdf(together(line("seen"), line("unseen", x, y)))
    assert hidden(content) == ("seen", ("hidden_text:off_page",))


def test_text_that_begins_before_the_page_and_reaches_into_it_is_kept() -> None:
    assert hidden(pdf(line("a long headline over the whole page", x=-20))) == (
        "a long headline over the whole page",
        (),
    )


@pytest.mark.parametrize(
    "white", [b"1 g", b"1 1 1 rg", b"0 0 0 0 k", b"/DeviceRGB cs 1 1 1 sc", b"/Cs1 cs 1 1 1 scn"]
)
def test_white_on_paper_is_left_out_and_reported_in_every_colour_space(white: bytes) -> None:
    content = raw_pdf(
        b"BT /F1 12 Tf 50 300 Td (seen) Tj 0 -20 Td " + white + b" (unseen) Tj ET",
        b"/ColorSpace << /Cs1 [/ICCBased 5 0 R] >>",
        stream(b"profile", b"/N 3"),
    )
    assert hidden(content) == ("seen", ("hidden_text:white",))


@pytest.mark.parametrize(
    "showing", [b"(unseen) Tj", b"[(un) -20 (seen)] TJ", b"(unseen) '", b'0 0 (unseen) "']
)
def test_every_operator_that_shows_text_is_watched(showing: bytes) -> None:
    content = raw_pdf(b"BT /F1 12 Tf 14 TL 50 300 Td (seen) Tj T* 1 g " + showing + b" ET", b"")
    assert hidden(content) == ("seen", ("hidden_text:white",))


def test_white_on_a_dark_rectangle_is_meant_to_be_seen() -> None:
    banner = together(filled(0, rectangle(0, 280, 400, 60)), filled(1, line("banner", y=300)))
    assert hidden(pdf(banner)) == ("banner", ())


def test_white_beside_the_dark_rectangle_is_left_out() -> None:
    page = together(line("seen"), filled(0, rectangle(0, 0, 400, 60)), filled(1, line("unseen", y=200)))
    assert hidden(pdf(page)) == ("seen", ("hidden_text:white",))


def test_white_on_a_white_rectangle_over_a_dark_one_is_left_out() -> None:
    grounds = together(filled(0, rectangle(0, 0, 400, 400)), filled(1, rectangle(0, 150, 400, 100)))
    page = together(grounds, filled(1, line("seen")), filled(1, line("unseen", y=200)))
    assert hidden(pdf(page)) == ("seen", ("hidden_text:white",))


def test_a_page_with_more_areas_than_are_kept_leaves_white_text_in_doubt() -> None:
    pattern = b"0 g 0 0 400 400 re f " + b"0 0 1 1 re f " * 2_000
    content = raw_pdf(pattern + b"1 g BT /F1 12 Tf 50 300 Td (title) Tj ET", b"")
    assert hidden(content) == ("title", ("possibly_hidden_text:white",))


def test_a_font_that_brings_its_own_scale_is_not_judged_by_its_size() -> None:
    glyph = stream(b"500 0 0 0 10 10 d1 0 0 10 10 re f")
    font = (
        b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 10 10] /FontMatrix [1 0 0 1 0 0] /CharProcs << /A 5 0 R >> "
        b"/Encoding << /Type /Encoding /Differences [65 /A] >> /FirstChar 65 /LastChar 65 /Widths [10] >>"
    )
    content = raw_pdf(b"BT /F3 1 Tf 50 300 Td (A) Tj ET", b"/Font << /F3 6 0 R >>", glyph, font)
    assert hidden(content) == ("A", ())


def test_white_on_a_picture_is_kept_and_reported_as_doubtful() -> None:
    assert hidden(pdf(together(picture(), filled(1, line("title"))))) == (
        "title",
        ("possibly_hidden_text:white",),
    )


def test_a_colour_ends_with_its_saved_state_and_with_its_form() -> None:
    content = raw_pdf(
        b"q 1 g Q /Fm1 Do BT /F1 12 Tf 50 300 Td (seen) Tj ET",
        b"/XObject << /Fm1 5 0 R >>",
        stream(
            b"1 g",
            b"/Type /XObject /Subtype /Form /BBox [0 0 400 400] /Resources << /Font << /F1 4 0 R >> >>",
        ),
    )
    assert hidden(content) == ("seen", ())


def test_text_in_a_form_is_judged_where_the_form_stands() -> None:
    form = stream(
        b"BT /F1 12 Tf 0 0 Td (in the form) Tj ET",
        b"/Type /XObject /Subtype /Form /BBox [0 0 400 400] /Matrix [1 0 0 1 50 0] /Resources << /Font << /F1 4 0 R >> >>",
    )
    seen = raw_pdf(b"q 1 0 0 1 0 200 cm /Fm1 Do Q", b"/XObject << /Fm1 5 0 R >>", form)
    assert hidden(seen) == ("in the form", ())
    beside = raw_pdf(
        b"BT /F1 12 Tf 50 300 Td (seen) Tj ET q 1 0 0 1 900 200 cm /Fm1 Do Q",
        b"/XObject << /Fm1 5 0 R >>",
        form,
    )
    assert hidden(beside) == ("seen", ("hidden_text:off_page",))


def test_a_pdf_whose_text_is_all_hidden_says_so() -> None:
    with pytest.raises(UnreadableDocument, match=r"only text that nobody can see \(hidden_text:white\)"):
        read(pdf(filled(1, line("unseen"))))
