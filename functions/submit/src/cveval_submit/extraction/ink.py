"""The part of PDF's graphics state that decides whether text is seen; saved by q, restored by Q."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from pypdf.generic import ArrayObject, DictionaryObject

from cveval_submit.extraction.colours import BLACK, Colour
from cveval_submit.extraction.grounds import EVERYWHERE, Area, common
from cveval_submit.extraction.spaces import colour_in, colour_of, first_colour, is_inkless

HAIR = 0.1
"""Points: a thinner outline is paler than the paper's grain, in whatever colour."""
_OUTLINED, _FILLED_AND_OUTLINED = frozenset({1, 5}), frozenset({2, 6})
"""Render modes."""


@dataclass(slots=True)
class Paint:
    """The colour of fills or of strokes."""

    colour: Colour | None = BLACK
    """None: a pattern or a colour space that is not computed here."""
    space: Any = None
    """That of sc and scn, if it was named."""
    alpha: float = 1.0

    def set(self, components: Sequence[Any]) -> None:
        numbers = [float(number) for number in components]
        self.colour = colour_of(numbers) if self.space is None else colour_in(self.space, numbers)

    @property
    def opacity(self) -> float:
        return 0.0 if self.space is not None and is_inkless(self.space) else self.alpha


@dataclass(slots=True)
class Ink:
    fill: Paint = field(default_factory=Paint)
    stroke: Paint = field(default_factory=Paint)
    mode_of_blending: str = "/Normal"
    is_masked: bool = False
    """Something is cut out of what is painted, or all of it …"""
    is_masked_out: bool = False
    """… if so it was found."""
    width: float = 1.0
    """Of strokes, in units of the current matrix."""
    has_caps: bool = False
    """Strokes go on beyond their ends."""
    is_dashed: bool = False
    clip: Area = EVERYWHERE
    clip_is_exact: bool = True
    """False: what is painted shows somewhere in `clip`, perhaps not everywhere."""
    font: DictionaryObject = field(default_factory=DictionaryObject)
    size: float = 12.0
    mode: int = 0
    spacing: float = 0.0
    word_spacing: float = 0.0
    stretch: float = 1.0
    leading: float = 0.0

    def copy(self) -> "Ink":
        saved = copy(self)
        saved.fill, saved.stroke = copy(self.fill), copy(self.stroke)
        return saved

    def paints(self, scale: float) -> tuple[Paint, ...]:
        """What the text's render mode uses, on a page where strokes are `scale` times as wide; a hair of an outline shows no letter."""
        stroke = (self.stroke,) if abs(self.width) * scale >= HAIR else ()
        if self.mode in _OUTLINED:
            return stroke
        return (self.fill, *stroke) if self.mode in _FILLED_AND_OUTLINED else (self.fill,)

    def clip_to(self, area: Area, *, is_exact: bool) -> None:
        self.clip = common(self.clip, area)
        self.clip_is_exact = self.clip_is_exact and is_exact

    def set(self, operator: bytes, operands: Sequence[Any], resources: DictionaryObject) -> None:  # noqa: C901, PLR0912 - one case an operator
        """Follow an operator that sets state; others say nothing here."""
        match operator:
            case b"Tr":
                self.mode = int(operands[0])
            case b"Tf":
                self.font = entry(resources, "/Font", operands[0])
                self.size = float(operands[1])
            case b"Tc":
                self.spacing = float(operands[0])
            case b"Tw":
                self.word_spacing = float(operands[0])
            case b"Tz":
                self.stretch = float(operands[0]) / 100
            case b"TL":
                self.leading = float(operands[0])
            case b"TD":
                self.leading = -float(operands[1])
            case b"w":
                self.width = float(operands[0])
            case b"J":
                self.has_caps = int(operands[0]) > 0
            case b"d":
                self.is_dashed = bool(operands[0])
            case b"gs":
                self._take_in(entry(resources, "/ExtGState", operands[0]))
            case b"g" | b"rg" | b"k" | b"G" | b"RG" | b"K":
                paint = self.fill if operator.islower() else self.stroke
                paint.space = None
                paint.set(operands)
            case b"cs" | b"CS":
                paint = self.fill if operator == b"cs" else self.stroke
                paint.space, paint.colour = _space(operands[0], resources), None
                paint.colour = first_colour(paint.space)
            case b"sc" | b"scn" | b"SC" | b"SCN":
                paint = self.fill if operator.islower() else self.stroke
                paint.colour = None  # of a pattern, which is named and no number
                paint.set(operands)

    def _take_in(self, state: DictionaryObject) -> None:
        self.fill.alpha = float(state.get("/ca", self.fill.alpha))
        self.stroke.alpha = float(state.get("/CA", self.stroke.alpha))
        self.width = float(state.get("/LW", self.width))
        if (mode := state.get("/BM")) is not None:
            # Of several, the first that is known.
            self.mode_of_blending = str(mode[0] if isinstance(mode, ArrayObject) else mode)
        if (mask := state.get("/SMask")) is not None:
            self.is_masked, self.is_masked_out = mask != "/None", False
        if isinstance(font := state.get("/Font"), ArrayObject):
            self.font, self.size = dictionary(font[0]), float(font[1])


def _space(name: Any, resources: DictionaryObject) -> Any:
    return dictionary(resources.get("/ColorSpace")).get(name, name).get_object()


def entry(resources: DictionaryObject, kind: str, name: Any) -> DictionaryObject:
    """A named resource, empty where there is none."""
    return dictionary(dictionary(resources.get(kind)).get(name))


def dictionary(thing: Any) -> DictionaryObject:
    found = thing.get_object() if thing is not None else None
    return found if isinstance(found, DictionaryObject) else DictionaryObject()
