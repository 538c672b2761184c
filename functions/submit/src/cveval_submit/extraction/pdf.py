"""PDF through pypdf, in the order of the content streams, or column by column where these go row by row."""

from io import BytesIO

from pypdf import PageObject, PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError

from cveval.domain.errors import UnreadableDocument
from cveval_submit.extraction.annotations import appearances
from cveval_submit.extraction.budget import Budget, over_limit
from cveval_submit.extraction.columns import by_column
from cveval_submit.extraction.fonts import Fonts
from cveval_submit.extraction.grounds import Area
from cveval_submit.extraction.ink import dictionary
from cveval_submit.extraction.layers import Layers
from cveval_submit.extraction.masks import Masks
from cveval_submit.extraction.visibility import Shared, Visibility

MAX_PAGES = 500

_LOCKED = "is encrypted: remove the password (save or print it as a new PDF) and use that"
_DAMAGED = "is a damaged PDF: export it again and use that"


def read_pdf(content: bytes) -> tuple[list[str], frozenset[str]]:
    """The text of every page and the warnings about hidden text and mixed columns.

    Raises:
        UnreadableDocument: encrypted, truncated, damaged, or over a limit.
    """
    # pypdf mends what is cut off, silently and without the last pages; half a CV would be rated as a whole one.
    if not any(mark in content.rstrip(b"\0\t\n\r ")[-2_048:] for mark in (b"%%EOF", b"startxref")):
        raise UnreadableDocument("is a truncated PDF (its end is missing): export it again or fetch it whole")
    try:
        return _read(content)
    except (UnreadableDocument, MemoryError):
        raise
    except (DependencyError, FileNotDecryptedError) as error:
        raise UnreadableDocument(_LOCKED) from error
    except LimitReachedError as error:
        raise over_limit(error) from error
    except Exception as error:  # pypdf.errors says so: broken PDF files might cause any exception
        raise UnreadableDocument(_DAMAGED) from error


def _read(content: bytes) -> tuple[list[str], frozenset[str]]:
    # It tries the empty password by itself (only printing or copying was to be restricted) and raises at the first page.
    reader = PdfReader(BytesIO(content))
    pages = len(reader.pages)
    if pages > MAX_PAGES:
        raise UnreadableDocument(f"has {pages:,} pages; at most {MAX_PAGES} are read: shorten it")
    if pages == 0:
        raise UnreadableDocument(_DAMAGED)
    texts, warnings = [], set[str]()
    budget = Budget()
    shared = Shared(Fonts(), Layers(reader), Masks(budget), budget)
    for page in reader.pages:
        text, found = _read_page(page, shared)
        texts.append(text)
        warnings |= found
    budget.spend(0)  # of what the last form was refused for
    return texts, frozenset(warnings)


def _read_page(page: PageObject, shared: Shared) -> tuple[str, set[str]]:
    box, resources = _box(page), dictionary(page.get("/Resources"))

    def read(watch: Visibility) -> tuple[str, Visibility]:
        text = page.extract_text(visitor_operand_before=watch.before, visitor_operand_after=watch.after)
        return text, watch

    text, watch = read(Visibility(box, resources, shared))
    covered, by_pictures = watch.covered()
    if watch.is_scan and (watch.dropped_invisible or (covered and by_pictures)):
        # Text in no ink, or under the picture of a page, is what OCR leaves: it is the document's only text.
        text, watch = read(Visibility(box, resources, shared, keep_invisible=True))
        watch.warnings.add("possibly_hidden_text:ocr_layer")
    elif covered:
        text, watch = read(Visibility(box, resources, shared, covered=covered))
    order = by_column(watch.runs)
    text = order.text or text
    if order.is_doubtful:
        watch.warnings.add("low_quality:mixed_columns")
    for annotation, place, base in appearances(page):
        own = dictionary(annotation.get("/Resources")) or resources
        filled = Visibility(place, own, shared, base)
        text += "\n" + page.extract_xform_text(
            annotation, visitor_operand_before=filled.before, visitor_operand_after=filled.after
        )
        watch.warnings |= filled.warnings
    # ISO 32000-1, table D.2, note 3: unused codes of WinAnsi show a bullet; writers use this one, pypdf passes it on.
    return text.replace("\x7f", "•"), watch.warnings


def _box(page: PageObject) -> Area:
    box = page.cropbox
    return (float(box.left), float(box.bottom), float(box.right), float(box.top))
