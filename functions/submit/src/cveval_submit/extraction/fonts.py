"""What a run of text says and how long it is, by its font."""

from collections.abc import Iterable
from typing import Any

from pypdf.generic import DictionaryObject, NameObject
from pypdf.generic._font import Font

_NARROW_SPACE = 200.0
"""Thousandths of an em, for fonts without a space of their own; pypdf takes the same."""


class Fonts:
    """The fonts of one document, parsed once each."""

    def __init__(self) -> None:
        self._fonts: dict[int, tuple[DictionaryObject, Font | None]] = {}

    def read(self, resource: DictionaryObject, pieces: Iterable[Any]) -> tuple[str, float, int, int]:
        """The text, its length in ems, and how many characters and spaces it has. Pieces are strings and TJ's offsets."""
        font = self._font(resource)
        text, length, characters, spaces = [], 0.0, 0, 0
        for piece in pieces:
            if isinstance(piece, (str, bytes)) and not isinstance(piece, NameObject):
                read, width = _decoded(font, piece)
                text.append(read)
                length += width
                characters += len(read)
                spaces += read.count(" ")
            elif isinstance(piece, (int, float)):
                length -= float(piece)
                if font is not None and -piece >= _space_of(font) * 0.475:
                    text.append(" ")
        return "".join(text), length / 1000 * _scale_of(resource), characters, spaces

    def _font(self, resource: DictionaryObject) -> Font | None:
        # The resource is kept with its font, so that no other object gets its id.
        if id(resource) not in self._fonts:
            try:
                font = Font.from_font_resource(resource)
            except (AttributeError, TypeError):
                font = None
            self._fonts[id(resource)] = (resource, font)
        return self._fonts[id(resource)][1]


def _decoded(font: Font | None, piece: str | bytes) -> tuple[str, float]:
    """A string as text and its width in thousandths of an em."""
    if font is None or isinstance(piece, str):
        text = piece if isinstance(piece, str) else piece.decode("latin-1")
        return text, len(text) * 500.0
    if isinstance(font.encoding, str):
        codes = text = piece.decode(font.encoding, "replace")
    else:
        codes = piece.decode("latin-1")
        text = "".join(font.encoding.get(byte, chr(byte)) for byte in piece)
    return "".join(font.character_map.get(char, char) for char in text), font.get_text_width(codes)


def _scale_of(resource: DictionaryObject) -> float:
    """A Type 3 font brings its own scale; the others have a thousand units to the em."""
    matrix = resource.get("/FontMatrix")
    return 1000 * float(matrix[0]) if resource.get("/Subtype") == "/Type3" and matrix else 1.0


def _space_of(font: Font) -> float:
    return font.space_width if font.character_widths.get(font.space_char) else _NARROW_SPACE
