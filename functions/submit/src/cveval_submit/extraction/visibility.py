"""Which text of a PDF page a reader of the paper would not see.

pypdf shows its operators to `Visibility.before` as it extracts; text that nobody sees is blanked there, in the operands.
Matrices are PDF's six numbers; coordinates are those of the page, in points.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from math import hypot
from typing import Any

from pypdf import PageObject
from pypdf.generic import ArrayObject, DictionaryObject, TextStringObject

from cveval_submit.extraction.grounds import Area, Grounds, Matrix, corners, times, whiteness

TINY = 2.0
"""Points: smaller text is for machines."""
SCAN_SHARE = 0.5
"""A picture over this share of its page makes the page a scan."""

_SHOWING = frozenset({b"Tj", b"TJ", b"'", b'"'})
_INVISIBLE_MODES = frozenset({3, 7})
_PLAIN_SPACES = frozenset({"/DeviceGray", "/DeviceRGB", "/DeviceCMYK", "/CalGray", "/CalRGB", "/ICCBased"})
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(slots=True)
class _Ink:
    """The part of the graphics state that decides; saved by q, restored by Q."""

    white: bool | None = False
    """None: a pattern or a colour space that is not computed here."""
    mode: int = 0
    size: float = 12.0
    plain_space: bool = True
    """The colour space of sc and scn is gray, RGB or CMYK, if perhaps with a profile."""
    scales_itself: bool = False
    """A Type 3 font brings its own scale: its size says nothing."""


class Visibility:
    """Watches one page. `keep_invisible` is for scans: text in render mode 3 then counts as seen."""

    def __init__(self, page: PageObject, *, keep_invisible: bool = False) -> None:
        self.warnings: set[str] = set()
        self.dropped_invisible = False
        self.is_scan = False
        self._keep_invisible = keep_invisible
        box = page.cropbox
        self._page: Area = (float(box.left), float(box.bottom), float(box.right), float(box.top))
        self._ink = _Ink()
        self._saved: list[_Ink] = []
        self._resources = _dictionary(page.get("/Resources"))
        self._base: Matrix = _IDENTITY
        self._callers: list[tuple[_Ink, list[_Ink], DictionaryObject, Matrix]] = []
        self._grounds = Grounds()

    def before(self, operator: bytes, operands: list[Any], cm: Sequence[float], tm: Sequence[float]) -> None:
        """Hear an operator before pypdf runs it; blank its text if nobody would see it."""
        # In a form pypdf's matrix starts anew.
        to_page = times((cm[0], cm[1], cm[2], cm[3], cm[4], cm[5]), self._base)
        try:
            if operator in _SHOWING:
                hidden = self._why_hidden(
                    operands, times((tm[0], tm[1], tm[2], tm[3], tm[4], tm[5]), to_page)
                )
                if hidden is not None:
                    self.warnings.add(f"hidden_text:{hidden}")
                    operands[-1] = ArrayObject() if operator == b"TJ" else TextStringObject("")
            elif operator == b"Do":
                self._enter(operands, to_page)
            else:
                self._set(operator, operands)
                self._grounds.paint(operator, operands, to_page, white=self._ink.white)
        except (TypeError, ValueError, IndexError, OverflowError):
            # A malformed operator paints nothing; pypdf steps over it as well.
            return

    def after(
        self, operator: bytes, _operands: list[Any], _cm: Sequence[float], _tm: Sequence[float]
    ) -> None:
        """Hear that a form is done: what it set ends with it."""
        if operator == b"Do" and self._callers:
            self._ink, self._saved, self._resources, self._base = self._callers.pop()

    def _set(self, operator: bytes, operands: list[Any]) -> None:
        ink = self._ink
        match operator:
            case b"q":
                self._saved.append(copy(ink))
            case b"Q" if self._saved:
                self._ink = self._saved.pop()
            case b"Tr":
                ink.mode = int(operands[0])
            case b"Tf":
                font = _dictionary(_dictionary(self._resources.get("/Font")).get(operands[0]))
                ink.size, ink.scales_itself = float(operands[1]), font.get("/Subtype") == "/Type3"
            case b"g" | b"rg" | b"k":
                ink.white = whiteness([float(component) for component in operands])
            case b"cs":
                # Its first colour is black, or whatever a pattern or a spot colour begins with.
                ink.plain_space = self._is_plain_space(operands[0])
                ink.white = False if ink.plain_space else None
            case b"sc" | b"scn":
                ink.white = whiteness([float(number) for number in operands]) if ink.plain_space else None

    def _is_plain_space(self, name: Any) -> bool:
        space = _dictionary(self._resources.get("/ColorSpace")).get(name, name).get_object()
        family = space[0] if isinstance(space, ArrayObject) else space
        return family in _PLAIN_SPACES

    def _why_hidden(self, operands: list[Any], matrix: Matrix) -> str | None:
        ink, shown = self._ink, _shown(operands)
        if not shown.strip(b" \x00"):
            return None
        size = abs(ink.size) * hypot(matrix[2], matrix[3])
        if ink.mode in _INVISIBLE_MODES and not self._keep_invisible:
            self.dropped_invisible = True
            return "invisible"
        if size < TINY and not ink.scales_itself:
            return "tiny"
        if self._is_off_page(matrix, ink.size * len(shown) / 2, size):
            return "off_page"
        if ink.white and ink.mode in {0, 4}:
            # A little above the baseline, where the letters are.
            seat = (matrix[4] + matrix[2] * ink.size * 0.3, matrix[5] + matrix[3] * ink.size * 0.3)
            ground = self._grounds.under(*seat)
            if ground:
                return "white"
            if ground is None:
                self.warnings.add("possibly_hidden_text:white")
        return None

    def _is_off_page(self, matrix: Matrix, length: float, margin: float) -> bool:
        """Whether the line's beginning and its estimated end lie beyond the same edge."""
        left, bottom, right, top = self._page
        xs = (matrix[4], matrix[4] + matrix[0] * length)
        ys = (matrix[5], matrix[5] + matrix[1] * length)
        return (
            max(xs) < left - margin
            or min(xs) > right + margin
            or max(ys) < bottom - margin
            or min(ys) > top + margin
        )

    def _enter(self, operands: list[Any], to_page: Matrix) -> None:
        """A picture paints its unit square; a form is a page in the page. `after` leaves it."""
        self._callers.append((copy(self._ink), self._saved, self._resources, self._base))
        thing = _dictionary(_dictionary(self._resources.get("/XObject")).get(operands[0]))
        if thing.get("/Subtype") == "/Image":
            area = corners((0.0, 0.0, 1.0, 1.0), to_page)
            self._grounds.cover(area, white=None)
            self.is_scan = self.is_scan or _share(area, self._page) >= SCAN_SHARE
            return
        own = [float(number) for number in thing.get("/Matrix", ())]
        if len(own) == 6:
            to_page = times((own[0], own[1], own[2], own[3], own[4], own[5]), to_page)
        self._base, self._saved = to_page, []
        self._resources = _dictionary(thing.get("/Resources")) or self._resources


def _shown(operands: list[Any]) -> bytes:
    pieces = operands[-1] if isinstance(operands[-1], list) else [operands[-1]]
    return b"".join(
        piece if isinstance(piece, bytes) else piece.encode("utf-8", "replace")
        for piece in pieces
        if isinstance(piece, (bytes, str))
    )


def _share(area: Area, page: Area) -> float:
    width = min(area[2], page[2]) - max(area[0], page[0])
    height = min(area[3], page[3]) - max(area[1], page[1])
    whole = (page[2] - page[0]) * (page[3] - page[1])
    return width * height / whole if width > 0 and height > 0 and whole > 0 else 0.0


def _dictionary(thing: Any) -> DictionaryObject:
    found = thing.get_object() if thing is not None else None
    return found if isinstance(found, DictionaryObject) else DictionaryObject()
