"""What lies under and over a page's text: the areas that were painted, and in which colour."""

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from cveval_submit.extraction.colours import WHITE, Colour, blended, mixed

Matrix = tuple[float, float, float, float, float, float]
Point = tuple[float, float]
Area = tuple[float, float, float, float]
"""Left, bottom, right, top."""

MAX_AREAS = 2_000
"""Only the latest are kept; a page that paints more (a map, a chart) leaves its grounds in doubt."""
_ALMOST = 0.01
"""Points: a line that rises by less is level."""
EVERYWHERE: Area = (float("-inf"), float("-inf"), float("inf"), float("inf"))


@dataclass(slots=True)
class Path:
    """The path under construction, in page coordinates."""

    rectangles: list[Area] = field(default_factory=list)
    outline: list[Point] = field(default_factory=list)
    edges: list[tuple[Point, Point]] = field(default_factory=list)
    """Straight ones."""
    begin: Point = (0.0, 0.0)
    """Where the open subpath began."""
    is_exact: bool = True
    """Every rectangle stands upright, so that its bounding box is itself."""

    def follow(self, operator: bytes, operands: Sequence[Any], to_page: Matrix) -> None:
        numbers = [float(operand) for operand in operands]
        if operator == b"re":
            x, y, width, height = numbers
            self.rectangles.append(corners((x, y, x + width, y + height), to_page))
            self.is_exact = self.is_exact and not (to_page[1] or to_page[2])
            around = [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)]
            self.edges += pairwise(_moved(point, to_page) for point in around)
            return
        points = [_moved(point, to_page) for point in zip(numbers[::2], numbers[1::2], strict=True)]
        if operator == b"m":
            self.begin = points[-1]
        elif operator in {b"l", b"h"} and self.outline:
            self.edges.append((self.outline[-1], points[-1] if points else self.begin))
        self.outline += points
        self.is_exact = self.is_exact and operator in {b"m", b"l", b"h"}

    def areas(self) -> Iterator[tuple[Area, bool]]:
        """What the path encloses, and whether exactly that or something within."""
        for rectangle in self.rectangles:
            yield rectangle, self.is_exact
        if self.outline:
            box = _bounds(self.outline)
            is_box = len(self.outline) in {4, 5} and {*self.outline} == {
                (x, y) for x in box[::2] for y in box[1::2]
            }
            yield box, self.is_exact and is_box

    def strokes(self, width: float, beyond: float) -> Iterator[tuple[Area, bool]]:
        """What straight strokes paint, `beyond` their ends too, and whether exactly that or something within."""
        for (x, y), (to_x, to_y) in self.edges:
            is_level, is_steep = abs(y - to_y) < _ALMOST, abs(x - to_x) < _ALMOST
            wide = beyond if is_level else width / 2
            high = beyond if is_steep else width / 2
            area = (min(x, to_x) - wide, min(y, to_y) - high, max(x, to_x) + wide, max(y, to_y) + high)
            yield area, is_level or is_steep

    def bounds(self) -> tuple[Area, bool]:
        """The box around all, and whether the path is that box."""
        areas = list(self.areas())
        if len(areas) == 1:
            return areas[0]
        return _bounds([point for area, _ in areas for point in (area[:2], area[2:])]), False


@dataclass(frozen=True, slots=True)
class Cover:
    """An area that hides what was painted before it; `after` is how many runs of text those are."""

    area: Area
    after: int
    is_picture: bool


class Grounds:
    """Paper is white; every filled path and picture lies over what came before."""

    def __init__(self) -> None:
        self._areas: deque[tuple[Area, Colour | None]] = deque(maxlen=MAX_AREAS)
        self._forgot = False

    def paint(self, area: Area, colour: Colour | None, alpha: float = 1.0, mode: str = "/Normal") -> None:
        """Lay a colour over an area; None is one that is not known."""
        if (alpha < 1 or mode != "/Normal") and colour is not None:
            under = self.under((area[0] + area[2]) / 2, (area[1] + area[3]) / 2)
            colour = painted(colour, under, alpha, mode)
        self._forgot = self._forgot or len(self._areas) == MAX_AREAS
        self._areas.append((area, colour))

    def under(self, x: float, y: float) -> Colour | None:
        """The colour at a point; None when it cannot be told."""
        for (left, bottom, right, top), colour in reversed(self._areas):
            if left <= x <= right and bottom <= y <= top:
                return colour
        return None if self._forgot else WHITE


def painted(colour: Colour, under: Colour | None, alpha: float, mode: str) -> Colour | None:
    """What is seen of a colour over another; None where that is not known."""
    if under is None:
        return None
    over = blended(colour, under, mode)
    return over and mixed(over, under, alpha)


def times(first: Matrix, then: Matrix) -> Matrix:
    """Both transformations, one after the other."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def corners(area: Area, to_page: Matrix) -> Area:
    """The bounding box of a transformed area."""
    return _bounds([_moved((x, y), to_page) for x in area[::2] for y in area[1::2]])


def _moved(point: Point, to_page: Matrix) -> Point:
    return times((1, 0, 0, 1, *point), to_page)[4:]


def common(one: Area, other: Area) -> Area:
    """Where both are; its right lies left of its left, or its top under its bottom, when that is nowhere."""
    return (
        max(one[0], other[0]),
        max(one[1], other[1]),
        min(one[2], other[2]),
        min(one[3], other[3]),
    )


def share(area: Area, page: Area) -> float:
    """The part of a page that an area takes, from 0 to 1."""
    left, bottom, right, top = common(area, page)
    whole = (page[2] - page[0]) * (page[3] - page[1])
    return (right - left) * (top - bottom) / whole if right > left and top > bottom and whole > 0 else 0.0


def share_of_all(areas: Collection[Area], page: Area) -> float:
    """The part of a page that several areas take together, from 0 to 1; where they overlap, once."""
    taken = 0.0
    for left, right in pairwise(sorted({x for area in areas for x in common(area, page)[::2]})):
        reached = page[1]
        for bottom, top in sorted(area[1::2] for area in areas if area[0] <= left and right <= area[2]):
            higher = min(max(top, reached), page[3])
            taken += (right - left) * (higher - max(min(bottom, higher), reached))
            reached = higher
    whole = (page[2] - page[0]) * (page[3] - page[1])
    return taken / whole if whole > 0 else 0.0


def _bounds(points: Sequence[tuple[float, ...]]) -> Area:
    if not points:
        return (0.0, 0.0, 0.0, 0.0)
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    return (min(xs), min(ys), max(xs), max(ys))
