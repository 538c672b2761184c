"""What lies under and over a page's text: the areas that were painted, and in which colour."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

Matrix = tuple[float, float, float, float, float, float]
Area = tuple[float, float, float, float]
"""Left, bottom, right, top."""
Colour = tuple[float, float, float]
"""Red, green, blue, from 0 to 1."""

MAX_AREAS = 2_000
"""Only the latest are kept; a page that paints more (a map, a chart) leaves its grounds in doubt."""
ALMOST = 0.03
"""So far apart, in any component from 0 to 1, two colours still look the same."""
WHITE: Colour = (1.0, 1.0, 1.0)
BLACK: Colour = (0.0, 0.0, 0.0)
EVERYWHERE: Area = (float("-inf"), float("-inf"), float("inf"), float("inf"))


@dataclass(slots=True)
class Path:
    """The path under construction, in page coordinates."""

    rectangles: list[Area] = field(default_factory=list)
    outline: list[tuple[float, float]] = field(default_factory=list)
    is_exact: bool = True
    """Every rectangle stands upright, so that its bounding box is itself."""

    def follow(self, operator: bytes, operands: Sequence[Any], to_page: Matrix) -> None:
        numbers = [float(operand) for operand in operands]
        if operator == b"re":
            x, y, width, height = numbers
            self.rectangles.append(corners((x, y, x + width, y + height), to_page))
            self.is_exact = self.is_exact and not (to_page[1] or to_page[2])
        else:
            self.outline += [
                times((1, 0, 0, 1, x, y), to_page)[4:]
                for x, y in zip(numbers[::2], numbers[1::2], strict=True)
            ]
            self.is_exact = self.is_exact and operator in {b"m", b"l"}

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

    def paint(self, area: Area, colour: Colour | None, alpha: float = 1.0) -> None:
        """Lay a colour over an area; None is one that is not known."""
        if alpha < 1 and colour is not None:
            under = self.under((area[0] + area[2]) / 2, (area[1] + area[3]) / 2)
            colour = None if under is None else _mixed(colour, under, alpha)
        self._forgot = self._forgot or len(self._areas) == MAX_AREAS
        self._areas.append((area, colour))

    def under(self, x: float, y: float) -> Colour | None:
        """The colour at a point; None when it cannot be told."""
        for (left, bottom, right, top), colour in reversed(self._areas):
            if left <= x <= right and bottom <= y <= top:
                return colour
        return None if self._forgot else WHITE


def colour_of(components: Sequence[float]) -> Colour | None:
    """Gray (1), RGB (3) or CMYK (4 components) as red, green, blue."""
    match components:
        case [gray]:
            return (gray, gray, gray)
        case [red, green, blue]:
            return (red, green, blue)
        case [cyan, magenta, yellow, black]:
            return tuple((1 - ink) * (1 - black) for ink in (cyan, magenta, yellow))  # type: ignore[return-value]
        case _:
            return None


def looks_like(one: Colour, other: Colour) -> bool:
    return all(abs(mine - its) <= ALMOST for mine, its in zip(one, other, strict=True))


def _mixed(over: Colour, under: Colour, alpha: float) -> Colour:
    return tuple(alpha * mine + (1 - alpha) * its for mine, its in zip(over, under, strict=True))  # type: ignore[return-value]


def times(first: Matrix, then: Matrix) -> Matrix:
    """Both transformations, one after the other."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def corners(area: Area, to_page: Matrix) -> Area:
    """The bounding box of a transformed area."""
    return _bounds([times((1, 0, 0, 1, x, y), to_page)[4:] for x in area[::2] for y in area[1::2]])


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


def _bounds(points: Sequence[tuple[float, ...]]) -> Area:
    if not points:
        return (0.0, 0.0, 0.0, 0.0)
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    return (min(xs), min(ys), max(xs), max(ys))
