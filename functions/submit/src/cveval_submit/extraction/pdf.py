"""PDF through pypdf, in the order of the content streams."""

from io import BytesIO

from pypdf import PageObject, PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError

from cveval.domain.errors import UnreadableDocument
from cveval_submit.extraction.visibility import Visibility

MAX_PAGES = 500

_LOCKED = "is encrypted: remove the password (save or print it as a new PDF) and upload that"
_DAMAGED = "is a damaged PDF: export it again and upload that"


def read_pdf(content: bytes) -> tuple[str, frozenset[str]]:
    """The text and the warnings about hidden text.

    Raises:
        UnreadableDocument: encrypted, truncated, damaged, or over a limit.
    """
    # pypdf mends what is cut off, silently and without the last pages; half a CV would be rated as a whole one.
    if not any(mark in content.rstrip(b"\0\t\n\r ")[-2_048:] for mark in (b"%%EOF", b"startxref")):
        raise UnreadableDocument(
            "is a truncated PDF (its end is missing): export it again or repeat the upload"
        )
    try:
        return _read(content)
    except (UnreadableDocument, MemoryError):
        raise
    except (DependencyError, FileNotDecryptedError) as error:
        raise UnreadableDocument(_LOCKED) from error
    except Exception as error:  # pypdf.errors says so: broken PDF files might cause any exception
        raise UnreadableDocument(_DAMAGED) from error


def _read(content: bytes) -> tuple[str, frozenset[str]]:
    # It tries the empty password by itself (only printing or copying was to be restricted) and raises at the first page.
    reader = PdfReader(BytesIO(content))
    pages = len(reader.pages)
    if pages > MAX_PAGES:
        raise UnreadableDocument(f"has {pages:,} pages; at most {MAX_PAGES} are read: shorten it")
    if pages == 0:
        raise UnreadableDocument(_DAMAGED)
    texts, warnings = [], set[str]()
    for page in reader.pages:
        text, found = _read_page(page)
        texts.append(text)
        warnings |= found
    return "\n".join(texts), frozenset(warnings)


def _read_page(page: PageObject) -> tuple[str, set[str]]:
    watch = Visibility(page)
    text = _extract(page, watch)
    if watch.dropped_invisible and watch.is_scan:
        # Text in no ink over a picture of a page is what OCR leaves: it is the document's only text.
        watch = Visibility(page, keep_invisible=True)
        text = _extract(page, watch)
        watch.warnings.add("possibly_hidden_text:ocr_layer")
    return text, watch.warnings


def _extract(page: PageObject, watch: Visibility) -> str:
    text = page.extract_text(visitor_operand_before=watch.before, visitor_operand_after=watch.after)
    # ISO 32000-1, table D.2, note 3: unused codes of WinAnsi show a bullet; writers use this one, pypdf passes it on.
    return text.replace("\x7f", "•")
