"""What lies under a page's text: the filled areas so far, and whether they are white."""

from collections import deque
from collections.abc import Sequence
from typing import Any

Matrix = tuple[float, float, float, float, float, float]
Area = tuple[float, float, float, float]
"""Left, bottom, right, top."""

MAX_AREAS = 2_000
"""Only the latest are kept; a page that paints more (a map, a chart) leaves its grounds in doubt."""
ALMOST = 0.02
"""So far from white, in any component from 0 to 1, still looks white."""

_FILLING = frozenset({b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*"})
_ENDING = _FILLING | {b"S", b"s", b"n"}
_EVERYWHERE: Area = (float("-inf"), float("-inf"), float("inf"), float("inf"))


class Grounds:
    """Paper is white; every filled path and picture lies over what came before."""

    def __init__(self) -> None:
        self._areas: deque[tuple[Area, bool | None]] = deque(maxlen=MAX_AREAS)
        self._forgot = False
        self._rectangles: list[Area] = []
        self._outline: list[tuple[float, float]] = []

    def paint(self, operator: bytes, operands: Sequence[Any], to_page: Matrix, *, white: bool | None) -> None:
        """Follow a path operator; `white` is the fill's colour (None: not known)."""
        numbers = (
            [float(operand) for operand in operands]
            if operator in {b"re", b"m", b"l", b"c", b"v", b"y"}
            else []
        )
        if operator == b"re":
            x, y, width, height = numbers
            self._rectangles.append(corners((x, y, x + width, y + height), to_page))
        elif numbers:
            self._outline += [
                times((1, 0, 0, 1, x, y), to_page)[4:]
                for x, y in zip(numbers[::2], numbers[1::2], strict=True)
            ]
        elif operator in _FILLING:
            self._fill(white=white)
        elif operator == b"sh":
            self.cover(_EVERYWHERE, white=None)
        elif operator == b"INLINE IMAGE":
            self.cover(corners((0.0, 0.0, 1.0, 1.0), to_page), white=None)
        if operator in _ENDING:
            self._rectangles, self._outline = [], []

    def cover(self, area: Area, *, white: bool | None) -> None:
        self._forgot = self._forgot or len(self._areas) == MAX_AREAS
        self._areas.append((area, white))

    def under(self, x: float, y: float) -> bool | None:
        """Whether the ground at a point is white; None when it cannot be told."""
        for (left, bottom, right, top), white in reversed(self._areas):
            if left <= x <= right and bottom <= y <= top:
                return white
        return None if self._forgot else True

    def _fill(self, *, white: bool | None) -> None:
        for rectangle in self._rectangles:
            self.cover(rectangle, white=white)
        if self._outline:
            xs, ys = [x for x, _ in self._outline], [y for _, y in self._outline]
            # What the outline leaves out of its bounding box is not computed.
            self.cover((min(xs), min(ys), max(xs), max(ys)), white=None)


def whiteness(components: Sequence[float]) -> bool | None:
    """Whether gray (1), RGB (3) or CMYK (4 components) is white to the eye."""
    match len(components):
        case 1 | 3:
            return min(components) >= 1 - ALMOST
        case 4:
            return max(components) <= ALMOST
        case _:
            return None


def times(first: Matrix, then: Matrix) -> Matrix:
    """Both transformations, one after the other."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def corners(area: Area, to_page: Matrix) -> Area:
    """The bounding box of a transformed area."""
    points = [times((1, 0, 0, 1, x, y), to_page)[4:] for x in (area[0], area[2]) for y in (area[1], area[3])]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return (min(xs), min(ys), max(xs), max(ys))
