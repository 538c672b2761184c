"""One document, whole: sniffed, read by its kind, cleaned."""

from cveval.domain.documents import Extracted
from cveval.domain.errors import UnreadableDocument
from cveval_submit.extraction.docx import read_docx
from cveval_submit.extraction.kinds import Kind
from cveval_submit.extraction.pdf import read_pdf
from cveval_submit.extraction.plain import decode
from cveval_submit.extraction.sniff import sniff
from cveval_submit.extraction.text import clean


def read(content: bytes) -> Extracted:
    """Read untrusted bytes; only ever called in a child process. Messages are predicates: the parent knows the field.

    Raises:
        UnsupportedDocument: neither PDF nor DOCX nor text.
        UnreadableDocument: no text to be had, or a limit is exceeded.
    """
    kind = sniff(content)
    raw, hidden = _read_as(kind, content)
    text, unseen = clean(raw)
    warnings = tuple(sorted(hidden | unseen))
    if not text.strip():
        raise UnreadableDocument(_why_empty(kind, warnings))
    return Extracted(text=text, mime=kind.value, warnings=warnings)


def _read_as(kind: Kind, content: bytes) -> tuple[str, frozenset[str]]:
    match kind:
        case Kind.PDF:
            pages, hidden = read_pdf(content)
            return "\n".join(pages), hidden
        case Kind.DOCX:
            return read_docx(content)
        case Kind.TEXT:
            return decode(content), frozenset()


def _why_empty(kind: Kind, warnings: tuple[str, ...]) -> str:
    if warnings:
        return f"holds only text that nobody can see ({', '.join(warnings)}): make its text visible"
    if kind is Kind.PDF:
        return "holds no text, only pictures (a scan?): run OCR over it, or export it as PDF from its source"
    return "holds no text: upload the document with its content"
