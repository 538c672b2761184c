"""Plain text: UTF-8 with or without a byte order mark, UTF-16 with one."""

import codecs
import re

from cveval.domain.errors import UnsupportedDocument

# Form feed and vertical tab are line ends of a kind; every other control says that this is no text.
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def decode(content: bytes) -> str:
    """The text of bytes that are text.

    Raises:
        UnsupportedDocument: the message says what stands in the way.
    """
    is_wide = content.startswith(_UTF16)
    try:
        # Halves of a pictogram, as some editors leave them, are no reason to refuse a text: they go with what nobody sees.
        text = content.decode("utf-16" if is_wide else "utf-8-sig", "surrogatepass")
    except UnicodeDecodeError as error:
        if not is_wide and _CONTROL.search(content.decode("latin-1")):
            raise UnsupportedDocument(
                "is neither PDF nor DOCX nor text: save it as one of these and try again"
            ) from error
        encoding = "UTF-16, as it says of itself" if is_wide else "UTF-8"
        raise UnsupportedDocument(
            f"is text, but not in {encoding} (byte {error.start:,} does not fit): save it as UTF-8 and try again"
        ) from error
    if unseen := _CONTROL.search(text):
        name = "NUL" if unseen[0] == "\x00" else f"U+{ord(unseen[0]):04X}"
        raise UnsupportedDocument(
            f"holds the control character {name} at position {unseen.start():,}, so it is not taken for text: "
            "remove it, or give a PDF or DOCX"
        )
    return text
