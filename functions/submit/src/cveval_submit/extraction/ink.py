"""The part of PDF's graphics state that decides whether text is seen; saved by q, restored by Q."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from pypdf.generic import ArrayObject, DictionaryObject

from cveval_submit.extraction.grounds import BLACK, EVERYWHERE, Area, Colour, colour_of, common

_PLAIN_SPACES = frozenset({"/DeviceGray", "/DeviceRGB", "/DeviceCMYK", "/CalGray", "/CalRGB", "/ICCBased"})


@dataclass(slots=True)
class Paint:
    """The colour of fills or of strokes."""

    colour: Colour | None = BLACK
    """None: a pattern or a colour space that is not computed here."""
    is_plain: bool = True
    """The colour space of sc and scn is gray, RGB or CMYK, if perhaps with a profile."""
    alpha: float = 1.0


@dataclass(slots=True)
class Ink:
    fill: Paint = field(default_factory=Paint)
    stroke: Paint = field(default_factory=Paint)
    blends: bool = False
    """Colours mix in another way than by covering."""
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

    def paints(self) -> tuple[Paint, ...]:
        """What the text's render mode uses."""
        return {
            1: (self.stroke,),
            5: (self.stroke,),
            2: (self.fill, self.stroke),
            6: (self.fill, self.stroke),
        }.get(self.mode, (self.fill,))

    def clip_to(self, area: Area, *, is_exact: bool) -> None:
        self.clip = common(self.clip, area)
        self.clip_is_exact = self.clip_is_exact and is_exact

    def set(self, operator: bytes, operands: Sequence[Any], resources: DictionaryObject) -> None:  # noqa: C901 - one case an operator
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
            case b"gs":
                self._take_in(entry(resources, "/ExtGState", operands[0]))
            case b"g" | b"rg" | b"k":
                self.fill.colour = colour_of([float(component) for component in operands])
            case b"G" | b"RG" | b"K":
                self.stroke.colour = colour_of([float(component) for component in operands])
            case b"cs" | b"CS":
                paint = self.fill if operator == b"cs" else self.stroke
                # Its first colour is black, or whatever a pattern or a spot colour begins with.
                paint.is_plain = _is_plain_space(operands[0], resources)
                paint.colour = BLACK if paint.is_plain else None
            case b"sc" | b"scn" | b"SC" | b"SCN":
                paint = self.fill if operator.islower() else self.stroke
                paint.colour = colour_of([float(number) for number in operands]) if paint.is_plain else None

    def _take_in(self, state: DictionaryObject) -> None:
        self.fill.alpha = float(state.get("/ca", self.fill.alpha))
        self.stroke.alpha = float(state.get("/CA", self.stroke.alpha))
        if (mode := state.get("/BM")) is not None:
            self.blends = mode not in {"/Normal", "/Compatible"}
        if (mask := state.get("/SMask")) is not None:
            self.blends = self.blends or mask != "/None"
        if isinstance(font := state.get("/Font"), ArrayObject):
            self.font, self.size = dictionary(font[0]), float(font[1])


def _is_plain_space(name: Any, resources: DictionaryObject) -> bool:
    space = dictionary(resources.get("/ColorSpace")).get(name, name).get_object()
    family = space[0] if isinstance(space, ArrayObject) else space
    return family in _PLAIN_SPACES


def entry(resources: DictionaryObject, kind: str, name: Any) -> DictionaryObject:
    """A named resource, empty where there is none."""
    return dictionary(dictionary(resources.get(kind)).get(name))


def dictionary(thing: Any) -> DictionaryObject:
    found = thing.get_object() if thing is not None else None
    return found if isinstance(found, DictionaryObject) else DictionaryObject()
