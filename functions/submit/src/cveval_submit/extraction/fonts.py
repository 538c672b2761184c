"""What a run of text says and how long it is, by its font."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from pypdf.generic import DictionaryObject, NameObject
from pypdf.generic._font import Font

_NARROW_SPACE = 200.0
"""Thousandths of an em, for fonts without a space of their own; pypdf takes the same."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """A font as it is needed here. Widths are in thousandths of an em."""

    font: Font
    space: float
    texts: tuple[str, ...]
    """By byte; empty for fonts of several bytes to the letter."""
    widths: tuple[float, ...]

    @classmethod
    def of(cls, font: Font) -> Self:
        space = font.space_width if font.character_widths.get(font.space_char) else _NARROW_SPACE
        if isinstance(font.encoding, str):
            return cls(font, space, (), ())
        names = [font.encoding.get(byte, chr(byte)) for byte in range(256)]
        texts = tuple(font.character_map.get(name, name) for name in names)
        return cls(font, space, texts, tuple(font.get_text_width(chr(byte)) for byte in range(256)))

    def read(self, piece: bytes) -> tuple[str, float]:
        if self.texts:
            return "".join(map(self.texts.__getitem__, piece)), sum(map(self.widths.__getitem__, piece))
        codes = piece.decode(str(self.font.encoding), "replace")
        text = "".join(self.font.character_map.get(char, char) for char in codes)
        return text, self.font.get_text_width(codes)


class Letter(NamedTuple):
    """What moves the pen: a letter of a piece, or one of TJ's offsets."""

    piece: int
    written: Any
    says: str
    """Nothing, or a space where it is wide enough for one, if it is an offset."""
    ems: float
    is_offset: bool


class Fonts:
    """The fonts of one document, parsed once each."""

    def __init__(self) -> None:
        self._fonts: dict[int, tuple[DictionaryObject, _Reading | None]] = {}

    def read(self, resource: DictionaryObject, pieces: Iterable[Any]) -> tuple[str, float, float, int, int]:
        """The text, its length in ems with TJ's offsets and without, and how many characters and spaces it has.

        Pieces are strings and TJ's offsets.
        """
        font = self._font(resource)
        text, length, offsets, characters, spaces = [], 0.0, 0.0, 0, 0
        for piece in pieces:
            if isinstance(piece, (str, bytes)) and not isinstance(piece, NameObject):
                read, width = _read(font, piece)
                text.append(read)
                length += width
                characters += len(read)
                spaces += read.count(" ")
            elif isinstance(piece, (int, float)):
                offsets -= float(piece)
                if font is not None and -piece >= font.space * 0.475:
                    text.append(" ")
        scale = _scale_of(resource) / 1000
        return "".join(text), (length + offsets) * scale, length * scale, characters, spaces

    def letters(self, resource: DictionaryObject, pieces: Iterable[Any]) -> Iterator[Letter]:
        """The same, one by one."""
        font, scale = self._font(resource), _scale_of(resource) / 1000
        for number, piece in enumerate(pieces):
            if isinstance(piece, (int, float)):
                is_space = font is not None and -piece >= font.space * 0.475
                yield Letter(number, piece, " " if is_space else "", -float(piece) * scale, is_offset=True)
            elif isinstance(piece, (str, bytes)) and not isinstance(piece, NameObject):
                for written in _codes(font, piece):
                    says, width = _read(font, written)
                    yield Letter(number, written, says, width * scale, is_offset=False)

    def _font(self, resource: DictionaryObject) -> _Reading | None:
        # The resource is kept with its font, so that no other object gets its id.
        if id(resource) not in self._fonts:
            try:
                font = _Reading.of(Font.from_font_resource(resource))
            except (AttributeError, TypeError):
                font = None
            self._fonts[id(resource)] = (resource, font)
        return self._fonts[id(resource)][1]


def _read(font: _Reading | None, piece: str | bytes) -> tuple[str, float]:
    """A string as text, and its width."""
    if font is not None and isinstance(piece, bytes):
        return font.read(piece)
    text = piece if isinstance(piece, str) else piece.decode("latin-1")
    return text, len(text) * 500.0


def _codes(font: _Reading | None, piece: str | bytes) -> list[str] | list[bytes]:
    """The letters of a string as they are written in it."""
    if font is None or isinstance(piece, str) or font.texts:
        return [piece[at : at + 1] for at in range(len(piece))]  # type: ignore[return-value] # slices of one type
    encoding = str(font.font.encoding)
    return [letter.encode(encoding, "replace") for letter in piece.decode(encoding, "replace")]


def _scale_of(resource: DictionaryObject) -> float:
    """A Type 3 font brings its own scale; the others have a thousand units to the em."""
    matrix = resource.get("/FontMatrix")
    return 1000 * float(matrix[0]) if resource.get("/Subtype") == "/Type3" and matrix else 1.0
