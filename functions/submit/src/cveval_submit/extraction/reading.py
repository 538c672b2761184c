"""One document, whole: sniffed, read by its kind, cleaned."""

from cveval.domain.documents import Extracted
from cveval.domain.errors import UnreadableDocument
from cveval_submit.extraction.docx import read_docx
from cveval_submit.extraction.kinds import Kind
from cveval_submit.extraction.pdf import read_pdf
from cveval_submit.extraction.plain import decode
from cveval_submit.extraction.quality import judge
from cveval_submit.extraction.sniff import sniff
from cveval_submit.extraction.text import clean


def read(content: bytes) -> Extracted:
    """Read untrusted bytes; only ever called in a child process. Messages are predicates: the parent knows the field.

    Raises:
        UnsupportedDocument: neither PDF nor DOCX nor text.
        UnreadableDocument: no text to be had, or a limit is exceeded.
    """
    kind = sniff(content)
    pages, hidden = _read_as(kind, content)
    raw = "\n".join(pages)
    text, unseen = clean(raw)
    warnings = hidden | unseen
    if not text.strip():
        raise UnreadableDocument(_why_empty(kind, sorted(warnings)))
    warnings |= judge(raw, len(pages))
    return Extracted(text=text, mime=kind.value, warnings=tuple(sorted(warnings)))


def _read_as(kind: Kind, content: bytes) -> tuple[list[str], frozenset[str]]:
    """The pages as they are found, one where there are none, and what is hidden in them."""
    match kind:
        case Kind.PDF:
            return read_pdf(content)
        case Kind.DOCX:
            text, hidden = read_docx(content)
            return [text], hidden
        case Kind.TEXT:
            return [decode(content)], frozenset()


def _why_empty(kind: Kind, warnings: list[str]) -> str:
    if warnings:
        return f"holds only text that nobody can see ({', '.join(warnings)}): make its text visible"
    if kind is Kind.PDF:
        return "holds no text, only pictures (a scan?): run OCR over it, or export it as PDF from its source"
    return "holds no text: give the document with its content"
