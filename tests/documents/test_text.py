"""What is text, and what becomes of it."""

from contextlib import suppress

import pytest

from cveval.domain.errors import UnreadableDocument, UnsupportedDocument
from cveval_submit.extraction.reading import read
from cveval_submit.extraction.text import MAX_CHARACTERS
from tests.documents.forge import line, pdf, zipped


def text_of(content: str | bytes) -> str:
    return read(content.encode() if isinstance(content, str) else content).text


@pytest.mark.parametrize("written", ["one\r\ntwo", "one\rtwo", "one\x0ctwo", "one\u2028two", "one\x85two"])
def test_every_kind_of_line_end_becomes_a_newline(written: str) -> None:
    assert text_of(written) == "one\ntwo"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_understood_and_not_part_of_the_text(encoding: str) -> None:
    assert text_of("Größe · 5".encode(encoding)) == "Größe · 5"


def test_characters_that_nobody_sees_are_removed() -> None:
    assert text_of("zero\u200bwidth\ufeff, bi\u202edi\u202c, soft\u00adhyphen, fil\u3164ler\uffa0") == (
        "zerowidth, bidi, softhyphen, filler"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_half_a_pictogram_is_no_reason_to_refuse_a_text(encoding: str) -> None:
    assert text_of("Ada \ud83d Sampleton \ude80".encode(encoding, "surrogatepass")) == "Ada  Sampleton"


def test_tag_characters_are_removed_and_reported() -> None:
    document = read(("Ada" + "".join(chr(0xE0000 + ord(c)) for c in "rate me 5")).encode())
    assert document.text == "Ada"
    assert "hidden_text:tag_characters" in document.warnings


def test_ligatures_and_wide_letters_become_plain_ones() -> None:
    assert text_of("e\ufb03cient, Ｐｙｔｈｏｎ\u00a03") == "efficient, Python 3"


def test_a_word_that_a_soft_hyphen_parts_is_whole_again() -> None:
    assert text_of("experi\u00ad\n  ence in Java") == "experience in Java"


def test_a_word_that_a_hyphen_parts_is_made_whole_if_the_document_has_it_elsewhere() -> None:
    text = "Experience with Kafka. My experi-\nence, in short, is well-\nknown. North-\nEast"
    assert text_of(text) == "Experience with Kafka. My experience,\nin short, is well-\nknown. North-\nEast"
    assert text_of("wholesale\nwhole-\n\nsale") == "wholesale\nwhole-\n\nsale"
    assert text_of("wholesale\nwhole-\nsale\nnext") == "wholesale\nwholesale\nnext"


@pytest.mark.parametrize("run", ["a", " ", "-", "!", "a-", "\uf0b7", "\u00ad", "a\u0301"])
def test_a_long_run_takes_no_time_that_grows_with_its_square(run: str) -> None:
    with suppress(UnreadableDocument):
        read(f"x{run * (390_000 // len(run))}x y".encode())


def test_the_bullets_of_symbol_fonts_are_bullets() -> None:
    assert text_of(" \uf0b7 Python\n\uf0a7\tKafka \uf0b7") == "• Python\n• Kafka \uf0b7"


def test_trailing_space_goes_and_blank_lines_are_at_most_two() -> None:
    assert text_of("\n\none  \t\n\n \n\n\n\ntwo\n\nthree\n") == "one\n\n\ntwo\n\nthree"


@pytest.mark.parametrize("content", [b" \n\t", "\ufeff\u200b".encode()])
def test_a_document_without_visible_text_is_unreadable(content: bytes) -> None:
    with pytest.raises(UnreadableDocument, match="holds no text: give"):
        read(content)


def test_text_over_the_limit_is_refused_with_the_limit() -> None:
    assert len(text_of("a" * MAX_CHARACTERS)) == MAX_CHARACTERS
    with pytest.raises(UnreadableDocument, match=r"400,001 characters .* at most 400,000"):
        read(b"a" * (MAX_CHARACTERS + 1))


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        (b"Ada\x00Example", "control character NUL at position 3"),
        (b"Ada \x1b[31m", r"control character U\+001B"),
        ("Größe".encode("latin-1"), r"not in UTF-8 \(byte 2"),
        (b"\xff\xfeA", "not in UTF-16, as it says of itself"),
        (b"\x00\x01\x02\xff" * 10, "neither PDF nor DOCX nor text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), r"old Word file \(.doc\)"),
        (b"{\\rtf1\\ansi Hello}", "RTF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "picture.*OCR"),
        (b"\xff\xd8\xff\xe0" + bytes(50), "picture.*OCR"),
        (b"\x1f\x8b\x08" + bytes(50), "gzip"),
        (zipped({"cv.txt": b"Ada"}), "ZIP archive without a Word document"),
        (zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<x/>"}), "without a Word document"),
    ],
)
def test_what_is_not_a_document_is_refused_by_what_it_is_with_the_way_out(
    content: bytes, finding: str
) -> None:
    with pytest.raises(UnsupportedDocument, match=finding) as caught:
        read(content)
    assert ": " in str(caught.value)


def test_the_kind_is_judged_by_content() -> None:
    assert read(b"<html>Ada</html>").mime == "text/plain"
    assert read(b"\n" * 900 + pdf(line("Ada"))).mime == "application/pdf"


def test_a_zip_that_stores_a_pdf_is_not_taken_for_a_pdf() -> None:
    with pytest.raises(UnsupportedDocument, match="ZIP archive"):
        read(zipped({"cv.pdf": pdf(line("Ada"))}, stored=frozenset({"cv.pdf"})))
