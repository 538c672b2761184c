"""PDF: what is refused, and which text nobody sees."""

import zlib
from collections.abc import Callable

import pytest
from reportlab.pdfgen.canvas import Canvas

from cveval.domain.errors import UnreadableDocument
from cveval_submit.extraction.reading import read
from cveval_submit.extraction.visibility import MAX_COVERS
from tests.documents.forge import filled, in_mode, line, pdf, picture, raw_pdf, stream, together


def hidden(content: bytes) -> tuple[str, tuple[str, ...]]:
    document = read(content)
    return document.text, tuple(warning for warning in document.warnings if "hidden_text" in warning)


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


def bomb() -> bytes:
    packed = zlib.compress(b"BT /F1 12 Tf (Ada) Tj ET\n" + b" " * 80_000_000, 9)
    return stream(packed, b"/Type /XObject /Subtype /Form /Filter /FlateDecode")


@pytest.mark.parametrize(
    "content",
    [
        b"/Fm1 Do",
        b"BT /F1 12 Tf 50 300 Td (Ada) Tj ET /Fm1 Do",
        b"/Fm1 Do BT /F1 12 Tf 50 300 Td (Ada) Tj ET",
    ],
)
def test_a_stream_that_inflates_beyond_the_parsers_cap_is_refused_with_the_limit(content: bytes) -> None:
    with pytest.raises(UnreadableDocument, match="inflates to more than 75 MB, which is the limit"):
        read(raw_pdf(content, b"/XObject << /Fm1 5 0 R >>", bomb()))


def test_a_page_that_inflates_beyond_the_parsers_cap_is_refused_with_the_limit() -> None:
    made = raw_pdf(b"", b"", bomb()).replace(b"/Contents 6 0 R", b"/Contents 5 0 R")
    with pytest.raises(UnreadableDocument, match="inflates to more than 75 MB, which is the limit"):
        read(made)


def test_an_array_beyond_the_parsers_cap_is_refused_with_the_limits() -> None:
    with pytest.raises(UnreadableDocument, match="arrays of 100,000"):
        read(raw_pdf(b"BT /F1 12 Tf [" + b"0 " * 100_001 + b"] TJ ET", b""))


def test_operators_are_counted_over_all_pages_and_forms_and_masks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cveval_submit.extraction.budget.MAX_OPERATORS", 100)
    drawing = b"0 0 m 9 9 l S " * 15
    form = stream(drawing, b"/Type /XObject /Subtype /Form /BBox [0 0 400 400] " + FONT)
    resources = b"/XObject << /Fm1 5 0 R >> /ExtGState << /G1 << /SMask << /S /Luminosity /G 5 0 R >> >> >>"
    assert shown(SEEN + drawing, resources, form) == ("seen", ())
    for more in (b"/Fm1 Do", b"/Fm1 Do /Fm1 Do", b"/G1 gs"):
        with pytest.raises(UnreadableDocument, match="more than 100 drawing operators, which is the limit"):
            shown(SEEN + drawing + drawing[:-14] + more, resources, form)
    with pytest.raises(UnreadableDocument, match="more than 100 drawing operators"):
        read(pdf(*[line("a page of a few operators")] * 20))


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


def test_white_on_a_form_without_resources_is_kept_and_reported_as_doubtful() -> None:
    entries = b"/Type /XObject /Subtype /Form /BBox [0 0 400 400]"
    content, resources = b"/Fm1 Do 1 g " + SEEN, b"/XObject << /Fm1 5 0 R >>"
    bar = stream(b"0 g 0 0 120 400 re f", entries)
    assert shown(content, resources, bar) == ("seen", ("possibly_hidden_text:white",))
    with pytest.raises(UnreadableDocument, match="hidden_text:white"):
        shown(content, resources, stream(b" ", entries))


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


FONT = b"/Resources << /Font << /F1 4 0 R >> >>"
SEEN = b"BT /F1 12 Tf 50 300 Td (seen) Tj ET "
"""Drawn first, in black."""


def shown(content: bytes, resources: bytes = b"", *objects: bytes) -> tuple[str, tuple[str, ...]]:
    return hidden(raw_pdf(content, resources, *objects))


def at(x: float, y: float, text: str = "unseen") -> bytes:
    return b"BT /F1 12 Tf %d %d Td (%s) Tj ET " % (x, y, text.encode())


def test_text_in_the_colour_of_the_ground_is_left_out_whatever_the_colour() -> None:
    page = b"0.2 0.3 0.6 rg 0 0 400 400 re f "
    assert shown(page + b"1 g " + SEEN + b"0.2 0.3 0.6 rg " + at(50, 200)) == (
        "seen",
        ("hidden_text:background",),
    )


@pytest.mark.parametrize("mode", [b"1 Tr 1 G ", b"2 Tr 1 G 1 g ", b"5 Tr 1 G "])
def test_white_outlines_on_paper_are_left_out(mode: bytes) -> None:
    assert shown(SEEN + mode + at(50, 200)) == ("seen", ("hidden_text:white",))


def test_white_letters_with_a_dark_outline_are_seen() -> None:
    assert shown(b"2 Tr 1 g 0 G " + SEEN) == ("seen", ())


def test_light_grey_is_seen() -> None:
    assert shown(b"0.9 g " + SEEN) == ("seen", ())


SPACES = (
    b"/ColorSpace << /Profile [/ICCBased 5 0 R] /Table [/Indexed /DeviceRGB 1 <336699FFFFFF>] /Named [/Indexed /DeviceGray 1 6 0 R] "
    b"/Lab [/Lab << /WhitePoint [0.9642 1 0.8249] >>] /Pale [/Indexed [/Lab << /WhitePoint [1 1 1] /Range [-128 127 -128 127] >>] 0 <FF8080>] "
    b"/Spot [/Separation /Gold /DeviceCMYK 7 0 R] /Odd [/Separation /Odd /DeviceGray 8 0 R] /Sampled [/Separation /Red /DeviceRGB 9 0 R] "
    b"/Program [/Separation /Blue /DeviceRGB 10 0 R] /Inks [/DeviceN [/Cyan /Black] /DeviceCMYK 10 0 R] /None [/Separation /None /DeviceGray 8 0 R] "
    b"/Self 11 0 R >>"
)
SPACE_OBJECTS = (
    stream(b"profile", b"/N 3"),
    stream(b"\x00\xf7"),
    b"<< /FunctionType 2 /Domain [0 1] /C0 [0 0 0 0] /C1 [0 0.2 0.9 0.1] /N 1 >>",
    b"<< /FunctionType 2 /Domain [0 1] /N 1 >>",
    stream(
        b"\xff\xff\xff\xc0\x00\x00",
        b"/FunctionType 0 /Domain [0 1] /Range [0 1 0 1 0 1] /Size [2] /BitsPerSample 8",
    ),
    stream(b"{ 1 exch sub dup 1 }", b"/FunctionType 4 /Domain [0 1] /Range [0 1 0 1 0 1]"),
    b"[/Separation /Self 11 0 R 8 0 R]",
)


@pytest.mark.parametrize(
    "colour",
    [
        b"0.95 g",
        b"0.98 0.97 1 rg",
        b"0.02 0 0.03 0 k",
        b"/Profile cs 0.96 0.96 0.96 sc",
        b"/Table cs 1 sc",
        b"/Named cs 1 sc",
        b"/Lab cs 99 0 1 sc",
        b"/Pale cs",
        b"/Spot cs 0.02 scn",
        b"/Odd cs",
        b"/Sampled cs 0 scn",
        b"/Program cs 0 scn",
        b"/Inks cs 0 0 scn",
        b"/Spot cs 1 scn 1 g",
    ],
)
def test_white_and_nearly_white_are_known_in_every_colour_space(colour: bytes) -> None:
    found = shown(SEEN + colour + b" " + at(50, 200), SPACES, *SPACE_OBJECTS)
    assert found == ("seen", ("hidden_text:white",))


@pytest.mark.parametrize(
    "colour",
    [
        b"/Table cs",
        b"/Table cs 0 sc",
        b"/Named cs",
        b"/Lab cs",
        b"/Lab cs 60 60 40 sc",
        b"/Spot cs",
        b"/Spot cs 0.9 scn",
        b"/Odd cs 0.5 scn",
        b"/Sampled cs",
        b"/Program cs",
        b"/Program cs 0.1 scn",
        b"/Inks cs 0 1 scn",
        b"/Self cs 1 scn",
        b"/Missing cs 1 scn",
        b"1 g /Pattern cs",
        b"1 1 0 rg",
    ],
)
def test_every_other_colour_is_seen_and_so_is_one_that_is_not_known(colour: bytes) -> None:
    assert shown(colour + b" " + SEEN, SPACES, *SPACE_OBJECTS) == ("seen", ())


def test_an_ink_called_none_leaves_no_letters() -> None:
    content = SEEN + b"/None cs 1 scn " + at(50, 200)
    assert shown(content, SPACES, *SPACE_OBJECTS) == ("seen", ("hidden_text:transparent",))


@pytest.mark.parametrize(
    ("mode", "colour"),
    [
        (b"/Screen", b"0 g"),
        (b"/Lighten", b"0.2 0.4 0.6 rg"),
        (b"/ColorDodge", b"0 g"),
        (b"/Multiply", b"1 g"),
    ],
)
def test_ink_that_a_blend_mode_loses_in_the_paper_is_left_out(mode: bytes, colour: bytes) -> None:
    states = b"/ExtGState << /G1 << /BM [%s /Normal] >> >>" % mode
    assert shown(SEEN + colour + b" /G1 gs " + at(50, 200), states) == ("seen", ("hidden_text:white",))


@pytest.mark.parametrize(
    ("mode", "content"),
    [
        (b"/Multiply", b"/G1 gs 0 g "),
        (b"/Overlay", b"0.6 g 0 0 400 400 re f /G1 gs 0 g "),
        (b"/Screen", b"0 g 0 0 400 400 re f /G1 gs 1 g "),
        (b"/Difference", b"/G1 gs 1 g "),
        (b"/Luminosity", b"/G1 gs 1 g "),
    ],
)
def test_what_a_blend_mode_leaves_to_be_seen_is_kept(mode: bytes, content: bytes) -> None:
    assert shown(content + SEEN, b"/ExtGState << /G1 << /BM %s >> >>" % mode) == ("seen", ())


def test_white_on_a_dark_area_that_is_multiplied_onto_the_paper_is_meant_to_be_seen() -> None:
    states = b"/ExtGState << /G1 << /BM /Multiply >> >>"
    assert shown(b"q /G1 gs 0 0 0.4 rg 0 0 400 400 re f Q 1 g " + SEEN, states) == ("seen", ())


def test_letters_so_transparent_that_they_are_nearly_paper_are_left_out() -> None:
    states = b"/ExtGState << /G1 << /ca 0.07 >> >>"
    assert shown(SEEN + b"/G1 gs " + at(50, 200), states) == ("seen", ("hidden_text:white",))


def masked(mask: bytes, kind: bytes = b"/Luminosity", entries: bytes = b"") -> tuple[str, tuple[str, ...]]:
    """Text through a soft mask with this content; /Im1 is a black picture, /Im2 a white one."""
    image = b"/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray"
    return shown(
        SEEN + b"/G1 gs " + at(50, 200),
        b"/ExtGState << /G1 << /SMask << /S %s /G 5 0 R %s >> >> >>" % (kind, entries),
        stream(
            mask,
            b"/Type /XObject /Subtype /Form /BBox [0 0 400 400] /Resources << /XObject << /Im1 6 0 R /Im2 7 0 R >> >>",
        ),
        stream(b"\x00", image),
        stream(b"\xff", image),
    )


@pytest.mark.parametrize(
    ("mask", "kind"),
    [
        (b"", b"/Luminosity"),
        (b"", b"/Alpha"),
        (b"0 g 0 0 400 400 re f", b"/Luminosity"),
        (b"q 400 0 0 400 0 0 cm /Im1 Do Q", b"/Luminosity"),
    ],
)
def test_text_through_a_mask_that_lets_nothing_through_is_left_out(mask: bytes, kind: bytes) -> None:
    assert masked(mask, kind) == ("seen", ("hidden_text:transparent",))


@pytest.mark.parametrize(
    ("mask", "kind", "entries"),
    [
        (b"1 g 0 0 400 400 re f", b"/Luminosity", b""),
        (b"0 g 0 0 400 400 re f", b"/Alpha", b""),
        (b"/Im2 Do", b"/Luminosity", b""),
        (b"/Im1 Do", b"/Alpha", b""),
        (b"/Sh1 sh", b"/Luminosity", b""),
        (b"", b"/Luminosity", b"/BC [1]"),
        (b"", b"/Luminosity", b"/TR 8 0 R"),
    ],
)
def test_text_through_any_other_mask_is_kept(mask: bytes, kind: bytes, entries: bytes) -> None:
    assert masked(mask, kind, entries) == ("seen\nunseen", ())


def test_a_mask_ends_with_the_next() -> None:
    states = b"/ExtGState << /G1 << /SMask << /S /Alpha /G 5 0 R >> >> /G2 << /SMask /None >> >>"
    form = stream(b"", b"/Type /XObject /Subtype /Form /BBox [0 0 400 400]")
    assert shown(b"/G1 gs /G2 gs " + SEEN, states, form) == ("seen", ())


@pytest.mark.parametrize(
    "bar",
    [
        b"0 0 0.4 RG 120 w 60 0 m 60 400 l S",
        b"0 0 0.4 RG 120 w 60 400 m 60 0 l s",
        b"0 0 0.4 RG 60 w 30 0 60 400 re S",
        b"q 120 0 0 1 0 0 cm 0 0 0.4 RG 12 w 0.5 0 m 0.5 400 l S Q",
        b"0 0 0.4 RG 40 w 0 305 m 400 305 l S",
        b"0 0 0.4 RG 90 w 2 J 80 320 m 80 380 l S",
    ],
    ids=["bar", "closed", "frame", "scaled", "banner", "caps"],
)
def test_white_on_a_thick_line_is_meant_to_be_seen(bar: bytes) -> None:
    assert shown(bar + b" 1 g " + SEEN) == ("seen", ())


@pytest.mark.parametrize(
    "line",
    [
        b"1 w 0 303 m 400 303 l S",
        b"0.4 G 90 w 200 0 m 200 400 l S",
        b"1 G 90 w 60 0 m 60 400 l S",
        b"90 w 60 0 m 60 400 l n",
        b"90 w 80 340 m 80 380 l S",
    ],
    ids=["thin", "elsewhere", "white", "not painted", "too short"],
)
def test_white_beside_a_line_is_left_out(line: bytes) -> None:
    assert shown(line + b" 1 g " + at(50, 300) + b"0 g " + at(50, 200, "seen")) == (
        "seen",
        ("hidden_text:white",),
    )


def test_a_slanted_or_dashed_line_leaves_white_text_in_doubt() -> None:
    for band in (b"90 w 0 250 m 400 350 l S ", b"90 w [9 3] 0 d 60 0 m 60 400 l S "):
        assert shown(band + b"1 g " + SEEN) == ("seen", ("possibly_hidden_text:white",))


@pytest.mark.parametrize("paint", [b"0 g 0 0 400 400 re f", b"400 0 0 400 0 0 cm /Im1 Do"])
@pytest.mark.parametrize("state", [b"/G1 gs ", b"/G2 gs "])
def test_what_is_not_seen_is_no_ground_for_white(paint: bytes, state: bytes) -> None:
    states = b"/ExtGState << /G1 << /ca 0 >> /G2 << /SMask << /S /Alpha /G 5 0 R >> >> >> /XObject << /Im1 6 0 R >>"
    form = stream(b"", b"/Type /XObject /Subtype /Form /BBox [0 0 400 400]")
    image = stream(b"\x00", b"/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray")
    content = b"q " + state + paint + b" Q 1 g " + at(50, 200) + b"0 g " + SEEN
    assert shown(content, states, form, image) == ("seen", ("hidden_text:white",))


def test_text_under_a_later_thick_line_is_left_out() -> None:
    assert shown(SEEN + at(50, 200) + b"1 G 40 w 0 205 m 400 205 l S") == ("seen", ("hidden_text:covered",))


def test_a_clip_that_leaves_next_to_nothing_of_the_letters_cuts_them_off() -> None:
    sliver = b"q 51 200 1 1 re W n " + at(50, 200) + b"Q "
    assert shown(SEEN + sliver) == ("seen", ("hidden_text:clipped",))


def test_letters_slanted_until_they_are_flat_are_tiny() -> None:
    flat = b"BT /F1 12 Tf 1 0 1 0.01 50 200 Tm (unseen) Tj ET"
    assert shown(SEEN + flat) == ("seen", ("hidden_text:tiny",))
    italic = b"BT /F1 12 Tf 1 0 0.3 1 50 300 Tm (seen) Tj ET"
    assert shown(italic) == ("seen", ())


@pytest.mark.parametrize(
    "showing",
    [
        b"(paid by a long headline on it) Tj",
        b"[(paid ) (by) -300 (a lo) 20 (ng headline on it)] TJ",
        b"(paid by a long headline on it) '",
        b'0.1 0 (paid by a long headline on it) "',
    ],
)
def test_of_white_text_only_the_words_on_a_dark_ground_are_kept(showing: bytes) -> None:
    banner = b"0 g 100 190 90 30 re f 1 g BT /F1 12 Tf 60 200 Td "
    text, warnings = shown(banner + showing + b" ET")
    assert (text.split(), warnings) == (["a", "long", "headline"], ("hidden_text:white",))


def test_of_text_in_the_colour_of_an_area_the_words_beside_it_are_kept() -> None:
    area = b"0.4 g 106 190 200 30 re f 0.4 g "
    assert shown(area + at(60, 200, "beside it unseen unseen")) == ("beside it", ("hidden_text:background",))


def test_a_white_headline_whose_ground_ends_with_it_is_kept_whole() -> None:
    banner = b"0 g 58 190 140 30 re f 1 g "
    assert shown(banner + at(60, 200, "a long headline on a bar")) == ("a long headline on a bar", ())


@pytest.mark.parametrize(
    "spacing",
    [
        b"-5.5 Tc (letters on each other) Tj",
        b"-40 Tw (letters that stand on each other) Tj",
        b'0 -5.5 (letters on each other) "',
        b"[(l) 230 (e) 530 (t) 260 (t) 260 (e) 530 (r) 320] TJ",
    ],
)
def test_letters_drawn_on_top_of_each_other_are_left_out_and_reported(spacing: bytes) -> None:
    stacked = b"BT /F1 12 Tf 50 200 Td " + spacing + b" ET"
    assert shown(SEEN + stacked) == ("seen", ("hidden_text:stacked",))


@pytest.mark.parametrize(
    "spacing",
    [
        b"-1.5 Tc (seen) Tj",
        b"-2 Tw (seen) Tj",
        b"[(seen) 2300 (seen)] TJ",
        b"-9 Tc (ab) Tj",
        b"[(seen) 2300] TJ",
    ],
)
def test_letters_that_stand_close_or_are_drawn_twice_are_kept(spacing: bytes) -> None:
    text, warnings = shown(b"BT /F1 12 Tf 50 200 Td " + spacing + b" ET")
    assert warnings == ()
    assert text


def test_text_under_a_later_area_is_left_out_and_reported() -> None:
    assert shown(SEEN + at(50, 200) + b"1 g 40 190 300 40 re f") == ("seen", ("hidden_text:covered",))
    outline = b"1 g 40 190 m 340 190 l 340 230 l 40 230 l h f"
    assert shown(SEEN + at(50, 200) + outline) == ("seen", ("hidden_text:covered",))


@pytest.mark.parametrize(
    "area",
    [
        b"40 190 10 40 re f",
        b"40 190 300 1 re f",
        b"q 0 0 10 10 re W n 40 190 300 40 re f Q",
        b"q 0 0 m 400 0 l 200 400 l h W n 40 190 300 40 re f Q",
        b"/G1 gs 40 190 300 40 re f",
        b"/G2 gs 40 190 300 40 re f",
        b"40 190 m 340 190 l 200 230 l h f",
        b"0.9 0.1 -0.1 0.9 0 0 cm 40 190 300 40 re f",
        b"40 190 300 40 re S",
    ],
    ids=[
        "part",
        "line",
        "clipped away",
        "odd clip",
        "translucent",
        "blending",
        "triangle",
        "turned",
        "stroke",
    ],
)
def test_text_that_a_later_area_covers_only_perhaps_is_kept(area: bytes) -> None:
    states = b"/ExtGState << /G1 << /ca 0.3 >> /G2 << /BM /Multiply >> >>"
    assert shown(at(50, 200, "seen") + b"1 1 0 rg " + area, states) == ("seen", ())


@pytest.mark.parametrize(
    "cover",
    [
        b"40 190 20 40 re 60 190 300 40 re f",
        b"40 190 20 40 re f 55 190 300 40 re f",
        b"40 190 300 13 re f 40 203 300 30 re f",
        b"40 190 m 60 190 l 60 230 l 40 230 l h f 40 w 60 210 m 360 210 l S",
        b"51 190 300 40 re f",
        b"40 200 300 40 re f",
    ],
    ids=["side by side", "overlapping", "stacked", "bar and line", "a point late", "above the baseline"],
)
def test_a_cover_in_pieces_or_with_a_crack_at_its_edge_is_a_cover(cover: bytes) -> None:
    assert shown(SEEN + at(50, 200) + b"1 g 1 G " + cover) == ("seen", ("hidden_text:covered",))


@pytest.mark.parametrize(
    "cover",
    [
        b"40 190 15 40 re f 70 190 300 40 re f",
        b"40 190 15 40 re f " * 9,
        b"40 206 300 40 re f",
        b"40 160 300 41 re f",
    ],
    ids=["gap", "the same place again and again", "upper edge", "descenders"],
)
def test_text_that_can_be_read_between_covers_is_kept(cover: bytes) -> None:
    assert shown(SEEN + at(50, 200) + b"1 g " + cover) == ("seen\nunseen", ())


def test_endless_covers_over_every_word_spend_the_budget() -> None:
    pieces = b"".join(b"%d 190 3 40 re f " % (x % 25 + 48) for x in range(MAX_COVERS))
    with pytest.raises(UnreadableDocument, match="operators"):
        shown(at(50, 200) * 200 + pieces)


def test_a_hair_of_an_outline_does_not_show_white_letters() -> None:
    assert shown(SEEN + b"1 g 0 G 2 Tr 0.001 w " + at(50, 200)) == ("seen", ("hidden_text:white",))
    scaled = b"1 g 0 G 2 Tr 0.01 0 0 0.01 0 0 cm 1 w BT /F1 1200 Tf 5000 20000 Td (unseen) Tj ET"
    assert shown(SEEN + scaled) == ("seen", ("hidden_text:white",))
    assert shown(SEEN + b"0 G 1 Tr 0.001 w " + at(50, 200)) == ("seen", ("hidden_text:transparent",))
    assert shown(SEEN + b"1 g 0 G 2 Tr 0.3 w " + at(50, 200)) == ("seen\nunseen", ())


def test_text_under_a_later_picture_is_left_out_unless_the_picture_is_transparent() -> None:
    def covered_by(entries: bytes) -> tuple[str, tuple[str, ...]]:
        image = stream(
            b"\x00", b"/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 " + entries
        )
        content = SEEN + at(50, 200) + b"q 300 0 0 40 40 190 cm /Im1 Do Q"
        return shown(content, b"/XObject << /Im1 5 0 R >>", image)

    assert covered_by(b"/ColorSpace /DeviceGray") == ("seen", ("hidden_text:covered",))
    assert covered_by(b"/ColorSpace /DeviceGray /Mask [0 0]") == ("seen\nunseen", ())


def test_the_text_of_a_scan_may_lie_under_its_picture() -> None:
    assert hidden(pdf(together(line("scanned"), picture()))) == (
        "scanned",
        ("possibly_hidden_text:ocr_layer",),
    )


def test_text_that_is_clipped_away_is_left_out_and_reported() -> None:
    clipped = b"q 0 0 400 100 re W n " + at(50, 200) + b"Q " + SEEN
    assert shown(clipped) == ("seen", ("hidden_text:clipped",))
    partly = b"q 60 0 400 400 re W n " + at(50, 200, "half") + b"Q "
    assert shown(partly) == ("half", ())


def test_what_a_form_draws_beyond_its_box_is_clipped() -> None:
    form = stream(SEEN + at(50, 20), b"/Type /XObject /Subtype /Form /BBox [0 200 400 400] " + FONT)
    assert shown(b"/Fm1 Do", b"/XObject << /Fm1 5 0 R >>", form) == ("seen", ("hidden_text:clipped",))


def test_text_without_opacity_is_left_out_and_reported() -> None:
    states = b"/ExtGState << /G1 << /ca 0 >> /G2 << /ca 0.4 >> >>"
    assert shown(SEEN + b"q /G1 gs " + at(50, 200) + b"Q /G2 gs " + at(50, 100, "faint"), states) == (
        "seen\nfaint",
        ("hidden_text:transparent",),
    )


def test_white_on_a_translucent_dark_area_is_seen() -> None:
    states = b"/ExtGState << /G1 << /ca 0.8 >> /G2 << /ca 0.01 >> >>"
    area = b" gs 0 g 0 0 400 400 re f Q 1 g "
    assert shown(b"q /G1" + area + SEEN, states) == ("seen", ())
    with pytest.raises(UnreadableDocument, match="hidden_text:white"):
        shown(b"q /G2" + area + SEEN, states)


def test_text_squeezed_to_nothing_is_left_out_and_reported() -> None:
    assert shown(SEEN + b"5 Tz " + at(50, 200)) == ("seen", ("hidden_text:tiny",))


def layered(
    content: bytes, configuration: bytes, properties: bytes = b"/MC1 5 0 R"
) -> tuple[str, tuple[str, ...]]:
    """Object 5 is a layer, 6 a membership in it."""
    made = raw_pdf(
        content,
        b"/Properties << " + properties + b" >> /XObject << /Fm1 7 0 R >>",
        b"<< /Type /OCG /Name (Layer) >>",
        b"<< /Type /OCMD /OCGs [5 0 R] >>",
        stream(at(50, 200), b"/Type /XObject /Subtype /Form /BBox [0 0 400 400] /OC 5 0 R " + FONT),
    )
    catalog = b"/Type /Catalog"
    layers = b" /OCProperties << /OCGs [5 0 R] /D << " + configuration + b" >> >>"
    return hidden(made.replace(catalog, catalog + layers, 1))


MARKED = b"/OC /MC1 BDC /Span BMC " + at(50, 200) + b"EMC EMC "


@pytest.mark.parametrize("content", [SEEN + MARKED, MARKED + SEEN, SEEN + b"/Fm1 Do"])
@pytest.mark.parametrize("configuration", [b"/OFF [5 0 R]", b"/BaseState /OFF"])
def test_text_on_a_layer_that_is_off_is_left_out_and_reported(content: bytes, configuration: bytes) -> None:
    assert layered(content, configuration) == ("seen", ("hidden_text:layer_off",))


def test_a_layer_is_off_through_a_membership_too() -> None:
    assert layered(SEEN + MARKED, b"/OFF [5 0 R]", b"/MC1 6 0 R") == ("seen", ("hidden_text:layer_off",))


@pytest.mark.parametrize("configuration", [b"", b"/ON [5 0 R]", b"/BaseState /OFF /ON [5 0 R]"])
def test_text_on_a_layer_that_is_on_is_read(configuration: bytes) -> None:
    assert layered(SEEN + MARKED, configuration) == ("seen\nunseen", ())


def test_an_area_on_a_layer_that_is_off_is_no_ground_and_covers_nothing() -> None:
    area = b"/OC /MC1 BDC 0 g 0 0 400 400 re f EMC "
    assert layered(SEEN + area, b"/OFF [5 0 R]") == ("seen", ())
    assert layered(SEEN + area + b"1 g " + at(50, 200), b"/OFF [5 0 R]") == ("seen", ("hidden_text:white",))


def with_field(
    look: bytes, *, entries: bytes = b"", flags: int = 4, kind: bytes = b"/Subtype /Widget /FT /Tx"
) -> tuple[str, tuple[str, ...]]:
    """A page with an annotation of this appearance."""
    made = raw_pdf(
        SEEN,
        b"",
        stream(look, b"/Type /XObject /Subtype /Form /BBox [0 0 100 20] " + FONT + entries),
        b"<< /Type /Annot %s /F %d /Rect [50 100 150 120] /AP << /N 5 0 R >> >>" % (kind, flags),
    )
    return hidden(made.replace(b"/MediaBox", b"/Annots [6 0 R] /MediaBox", 1))


@pytest.mark.parametrize(
    "kind", [b"/Subtype /Widget /FT /Tx", b"/Subtype /Widget /FT /Ch", b"/Subtype /FreeText"]
)
def test_what_was_typed_into_a_form_or_a_note_is_read(kind: bytes) -> None:
    assert with_field(at(2, 5, "typed"), kind=kind) == ("seen\ntyped", ())


def test_a_field_that_is_not_shown_and_the_face_of_a_button_are_not_read() -> None:
    assert with_field(at(2, 5), flags=2) == ("seen", ())
    assert with_field(at(2, 5), flags=32) == ("seen", ())
    assert with_field(at(2, 5), kind=b"/Subtype /Widget /FT /Btn") == ("seen", ())


def test_hidden_text_in_a_field_is_left_out_and_reported() -> None:
    assert with_field(b"1 g " + at(2, 5)) == ("seen", ("hidden_text:white",))
    assert with_field(at(2, 60)) == ("seen", ("hidden_text:off_page",))


def test_an_area_that_was_painted_first_covers_nothing() -> None:
    assert shown(SEEN + b"1 1 0 rg 40 190 300 40 re f 0 g " + at(50, 200, "over")) == ("seen\nover", ())


def test_only_the_latest_areas_are_asked_what_they_cover_so_that_a_page_of_endless_ones_ends() -> None:
    cover, elsewhere = b"40 190 300 40 re f ", b"0 0 30 30 re f "
    assert shown(SEEN + at(50, 200) + cover + elsewhere * (MAX_COVERS - 1)) == (
        "seen",
        ("hidden_text:covered",),
    )
    assert shown(SEEN + at(50, 200) + cover + elsewhere * MAX_COVERS) == ("seen\nunseen", ())
