"""Which text of a PDF page a reader of the paper would not see, and where the rest stands.

pypdf shows its operators to `Visibility.before` as it extracts; text that nobody sees is blanked there, in the operands.
Matrices are PDF's six numbers; coordinates are those of the page, in points.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, sqrt
from typing import Any

from pypdf.errors import LimitReachedError, PyPdfError
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    StreamObject,
    TextStringObject,
)

from cveval_submit.extraction.budget import Budget
from cveval_submit.extraction.colours import WHITE, Colour, looks_like
from cveval_submit.extraction.fonts import Fonts, Letter
from cveval_submit.extraction.grounds import (
    Area,
    Cover,
    Grounds,
    Matrix,
    Path,
    common,
    corners,
    painted,
    share,
    share_of_all,
    times,
)
from cveval_submit.extraction.ink import Ink, Paint, dictionary, entry
from cveval_submit.extraction.layers import Layers
from cveval_submit.extraction.masks import Masks
from cveval_submit.extraction.operators import BUILDING, ENDING, FILLING, MOVING, SHOWING, STROKING

TINY = 2.0
"""Points: smaller text is for machines."""
FAINT = 0.05
"""Text that covers its ground by less than this share is not seen."""
STACKED = 0.3
"""Letters that are drawn together to less than this share of their width lie on top of each other."""
FEWEST_STACKED = 3
"""Two letters on top of each other are an accent or a logo."""
MOSTLY = 0.9
"""Letters are covered from this share on: no reader makes words of what is left at an edge."""
CUT_OFF = 0.1
"""Text of which a clip leaves a smaller part is not read."""
SCAN_SHARE = 0.5
"""A picture over this share of its page makes the page a scan."""

MAX_COVERS = 500
"""Only the latest are kept."""
COVERS_COMPARED = 50
"""So many pairs of covers take as long as an operator."""

_INVISIBLE_MODES = frozenset({3, 7})
_COVERING = frozenset({"/Normal", "/Compatible"})
"""Modes of blending."""
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_UNIT: Area = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Run:
    """Text that one operator shows, with the box of its letters. `number` counts all runs of the page."""

    number: int
    text: str
    area: Area
    body: Area
    """From the baseline to the height of small letters: without it nothing can be read, whatever is seen above and below."""
    size: float
    is_upright: bool
    font: str


@dataclass(frozen=True, slots=True)
class Shared:
    """What the pages of one document have in common."""

    fonts: Fonts
    layers: Layers
    masks: Masks
    budget: Budget


@dataclass(slots=True)
class _Caller:
    """What a form gives back when it ends."""

    ink: Ink
    saved: list[Ink]
    resources: DictionaryObject
    base: Matrix
    off: int


class Visibility:
    """Watches one page or appearance."""

    def __init__(
        self,
        page: Area,
        resources: DictionaryObject,
        shared: Shared,
        base: Matrix = _IDENTITY,
        *,
        keep_invisible: bool = False,
        covered: frozenset[int] = frozenset(),
    ) -> None:
        """`keep_invisible` is for scans: text in render mode 3 then counts as seen. `covered`: the runs that `covered()` found."""
        self.warnings: set[str] = set()
        self.runs: list[Run] = []
        self.dropped_invisible = False
        self.is_scan = False
        self._keep_invisible = keep_invisible
        self._left_out = covered
        self._page, self._resources, self._shared = page, resources, shared
        self._base = base
        self._ink = Ink()
        self._saved: list[Ink] = []
        self._callers: list[_Caller] = []
        self._marks: list[bool] = []
        self._off = 0
        """How many of the open marks and forms are on a layer that is switched off."""
        self._pen = 0.0
        self._shown = 0
        self._paints: tuple[Paint, ...] = ()
        """Of the last run."""
        self._is_lost_in_part = False
        """Perhaps: of the last run that is not lost as a whole, since white letters are seen only where something darker lies under them."""
        self._path = Path()
        self._clips = False
        self._grounds = Grounds()
        self._covers: deque[Cover] = deque(maxlen=MAX_COVERS)

    def covered(self) -> tuple[frozenset[int], bool]:
        """The numbers of the runs that something opaque was painted over, in one piece or several, and whether it was always a picture.

        Raises:
            UnreadableDocument: the document's budget is spent.
        """
        found: dict[int, bool] = {}
        for run in self.runs:
            over = [c for c in self._covers if run.number < c.after and not _is_beyond(run.body, c.area, 0)]
            if any(_is_within(run.body, cover.area) for cover in over) or self._are_over(run.body, over):
                found[run.number] = all(cover.is_picture for cover in over)
        return frozenset(found), all(found.values())

    def _are_over(self, body: Area, covers: Sequence[Cover]) -> bool:
        self._shared.budget.spend(len(covers) ** 2 // COVERS_COMPARED)
        return share_of_all([cover.area for cover in covers], body) >= MOSTLY

    def before(self, operator: bytes, operands: list[Any], cm: Sequence[float], tm: Sequence[float]) -> None:
        """Hear an operator before pypdf runs it; blank its text if nobody would see it.

        Raises:
            UnreadableDocument: the document's budget is spent.
        """
        self._shared.budget.spend(1)
        # In a form pypdf's matrix starts anew.
        to_page = times((cm[0], cm[1], cm[2], cm[3], cm[4], cm[5]), self._base)
        try:
            if operator in SHOWING:
                if hidden := self._show(
                    operator, operands, (tm[0], tm[1], tm[2], tm[3], tm[4], tm[5]), to_page
                ):
                    self.warnings.add(hidden)
                    operands[-1] = ArrayObject() if operator == b"TJ" else TextStringObject("")
            elif operator in BUILDING:
                self._path.follow(operator, operands, to_page)
            elif operator in ENDING:
                self._end_path(operator, to_page)
            else:
                self._follow(operator, operands, to_page)
        except LimitReachedError as error:
            self._shared.budget.refuse(error)
        except (TypeError, ValueError, LookupError, ArithmeticError, AttributeError, PyPdfError):
            # A malformed operator paints nothing; pypdf steps over it as well.
            return

    def after(
        self, operator: bytes, _operands: list[Any], _cm: Sequence[float], _tm: Sequence[float]
    ) -> None:
        """Hear that a form is done: what it set ends with it."""
        if operator == b"Do" and self._callers:
            caller = self._callers.pop()
            self._ink, self._saved, self._resources = caller.ink, caller.saved, caller.resources
            self._base, self._off = caller.base, caller.off

    def _follow(self, operator: bytes, operands: list[Any], to_page: Matrix) -> None:  # noqa: C901 - one case an operator
        match operator:
            case b"q":
                self._saved.append(self._ink.copy())
            case b"Q" if self._saved:
                self._ink = self._saved.pop()
            case b"W" | b"W*":
                self._clips = True
            case b"sh":
                self._grounds.paint(self._ink.clip, None)
            case b"INLINE IMAGE":
                self._paint_picture(dictionary(None), to_page)
            case b"BMC" | b"BDC":
                self._marks.append(operator == b"BDC" and self._is_off(operands))
                self._off += self._marks[-1]
            case b"EMC" if self._marks:
                self._off -= self._marks.pop()
            case b"Do":
                self._enter(operands, to_page)
            case b"gs":
                self._ink.set(operator, operands, self._resources)
                if mask := entry(self._resources, "/ExtGState", operands[0]).get("/SMask"):
                    self._ink.is_masked_out = self._shared.masks.is_empty(mask)
            case _:
                if operator in MOVING:
                    self._pen = 0.0
                self._ink.set(operator, operands, self._resources)

    def _is_off(self, operands: list[Any]) -> bool:
        return operands[0] == "/OC" and self._shared.layers.hides(
            dictionary(self._resources.get("/Properties")), operands[1]
        )

    # -- text -----------------------------------------------------------------------------------------------------------

    def _show(self, operator: bytes, operands: list[Any], text: Matrix, to_page: Matrix) -> str | None:
        """Note a run where it stands; the warning if nobody sees it."""
        ink = self._ink
        if operator in {b"'", b'"'}:
            if operator == b'"':
                ink.word_spacing, ink.spacing = float(operands[0]), float(operands[1])
            text, self._pen = times((1, 0, 0, 1, 0, -ink.leading), text), 0.0
        pieces = operands[-1] if isinstance(operands[-1], list) else [operands[-1]]
        shown, ems, own, characters, spaces = self._shared.fonts.read(ink.font, pieces)
        spacing = ink.spacing * characters + ink.word_spacing * spaces
        length = (ems * ink.size + spacing) * ink.stretch
        start, self._pen = self._pen, self._pen + length
        number, self._shown = self._shown, self._shown + 1
        if not shown.strip(" \x00"):
            return None
        matrix = times(text, to_page)
        # From below the baseline to the height of most letters.
        area = corners((start, -0.1 * ink.size, start + length, 0.6 * ink.size), matrix)
        body = corners((start, 0.0, start + length, 0.5 * ink.size), matrix)
        size = abs(ink.size) * hypot(matrix[2], matrix[3])
        self._paints = ink.paints(_scale(to_page))
        hidden = self._why_hidden(number, area, size, self._least(matrix))
        # An offset after each letter is spacing, too; a single one may draw a word twice.
        drawn = (ems if len(pieces) > characters else own) * ink.size + spacing
        if hidden is None and characters >= FEWEST_STACKED and abs(drawn) < STACKED * abs(own * ink.size):
            hidden = "hidden_text:stacked"
        if hidden is None and self._is_lost_in_part:
            hidden, shown = self._leave_out_lost_words(operator, operands, pieces, matrix, start)
        if hidden is None:
            is_upright = matrix[0] > 0 and matrix[3] > 0 and abs(matrix[1]) + abs(matrix[2]) < matrix[0] / 100
            font = str(ink.font.get("/BaseFont", ""))
            self.runs.append(Run(number, shown, area, body, size, is_upright, font))
        return hidden

    def _least(self, matrix: Matrix) -> float:
        """An em's width or height on the page, whichever is less; slanted flat, letters have a long side and no height."""
        along, across = self._ink.stretch * hypot(matrix[0], matrix[1]), hypot(matrix[2], matrix[3])
        area = self._ink.stretch * (matrix[0] * matrix[3] - matrix[1] * matrix[2])
        return abs(self._ink.size * area) / max(abs(along), across, 1e-9)

    def _why_hidden(self, number: int, area: Area, size: float, smallest: float) -> str | None:  # noqa: PLR0911 - one way of hiding each
        ink = self._ink
        if self._off:
            return "hidden_text:layer_off"
        if number in self._left_out:
            return "hidden_text:covered"
        if ink.mode in _INVISIBLE_MODES and not self._keep_invisible:
            self.dropped_invisible = True
            return "hidden_text:invisible"
        # A Type 3 font brings its own scale: its size says nothing.
        if smallest < TINY and ink.font.get("/Subtype") != "/Type3":
            return "hidden_text:tiny"
        if _is_beyond(area, self._page, size):
            return "hidden_text:off_page"
        if _is_beyond(area, ink.clip, 0) or _is_cut_off(area, ink.clip):
            return "hidden_text:clipped"
        if ink.is_masked_out:
            return "hidden_text:transparent"
        if ink.mode not in _INVISIBLE_MODES and all(paint.opacity < FAINT for paint in self._paints):
            return "hidden_text:transparent"
        return self._why_blended(area)

    def _why_blended(self, area: Area) -> str | None:
        """Whether every colour of the letters is seen as that of what lies under them."""
        self._is_lost_in_part = False
        if self._ink.mode in _INVISIBLE_MODES:
            return None
        paints = self._paints
        grounds = [
            self._grounds.under(area[0] + share * (area[2] - area[0]), (area[1] + area[3]) / 2)
            for share in (0.02, 0.5, 0.98)
        ]
        lost = [all(self._is_lost(paint, ground) for paint in paints) for ground in grounds]
        if all(lost):
            is_paper = all(ground is not None and looks_like(ground, WHITE) for ground in grounds)
            return "hidden_text:white" if is_paper else "hidden_text:background"
        is_white = all(paint.colour is not None and looks_like(paint.colour, WHITE) for paint in paints)
        self._is_lost_in_part = is_white or any(lost)
        if is_white and None in grounds:
            self.warnings.add("possibly_hidden_text:white")
        return None

    def _leave_out_lost_words(
        self, operator: bytes, operands: list[Any], pieces: list[Any], text: Matrix, start: float
    ) -> tuple[str | None, str]:
        """Take the words that their ground swallows out of an operator; the warning if those are all, and the text that is left."""
        ink, pen, begin, lost = self._ink, start, start, None
        kept: list[list[Any]] = [[] for _ in pieces]
        seen, word = list[str](), list[Letter]()
        end = Letter(0, None, " ", 0.0, is_offset=True)
        for letter in (*self._shared.fonts.letters(ink.font, pieces), end):
            is_part = bool(letter.says.strip())
            if letter.says and not is_part and word:
                middle = times((1, 0, 0, 1, (begin + pen) / 2, 0.25 * ink.size), text)[4:]
                if self._is_lost_at(middle):
                    is_paper = self._grounds.under(*middle) == WHITE
                    lost = "hidden_text:white" if is_paper else "hidden_text:background"
                    self.warnings.add(lost)
                else:
                    for part in word:
                        kept[part.piece].append(part.written)
                    seen += [part.says for part in word]
                word = []
            if is_part:
                begin = begin if word else pen
                word.append(letter)
            elif letter is not end:
                kept[letter.piece].append(letter.written)
                seen.append(letter.says)
            spacing = ink.spacing + ink.word_spacing * (letter.says == " ")
            pen += (letter.ems * ink.size + (0 if letter.is_offset else spacing)) * ink.stretch
        if lost is None:
            return None, "".join(seen)
        if operator == b"TJ":
            operands[-1] = ArrayObject(
                _together(piece, parts) for piece, parts in zip(pieces, kept, strict=True)
            )
        else:
            operands[-1] = _together(pieces[0], kept[0])
        left = "".join(seen)
        return None if left.strip() else lost, left

    def _is_lost_at(self, point: tuple[float, ...]) -> bool:
        ground = self._grounds.under(*point)
        return all(self._is_lost(paint, ground) for paint in self._paints)

    def _is_lost(self, paint: Paint, ground: Colour | None) -> bool:
        if paint.colour is None or ground is None:
            return False
        seen = painted(paint.colour, ground, paint.alpha, self._ink.mode_of_blending)
        return seen is not None and looks_like(seen, ground)

    # -- what lies under and over it ----------------------------------------------------------------------------------

    def _end_path(self, operator: bytes, to_page: Matrix) -> None:
        ink = self._ink
        if operator in FILLING and not self._off:
            for area, is_exact in self._path.areas():
                self._paint(area, ink.fill, is_whole=is_exact)
        width = abs(ink.width) * _scale(to_page)
        # Side bars and banners may be drawn as thick lines; thin ones are no ground to stand on.
        if operator in STROKING and width > TINY and not self._off:
            for area, is_exact in self._path.strokes(width, width / 2 if ink.has_caps else 0.0):
                self._paint(area, ink.stroke, is_whole=is_exact and not ink.is_dashed)
        if self._clips:
            area, is_exact = self._path.bounds()
            ink.clip_to(area, is_exact=is_exact)
        self._path, self._clips = Path(), False

    def _paint(self, area: Area, paint: Paint, *, is_whole: bool) -> None:
        """Lay a paint over an area, or somewhere within it if not over the whole."""
        ink = self._ink
        area = common(area, ink.clip)
        if area[2] <= area[0] or area[3] <= area[1] or paint.opacity == 0 or ink.is_masked_out:
            return
        is_whole = is_whole and ink.clip_is_exact and not ink.is_masked
        colour = paint.colour if is_whole else None
        self._grounds.paint(area, colour, paint.alpha, ink.mode_of_blending)
        if colour is not None and paint.alpha == 1 and ink.mode_of_blending in _COVERING:
            self._cover(area, is_picture=False)

    def _cover(self, area: Area, *, is_picture: bool) -> None:
        # Lines and dots hide no letters.
        if self.runs and area[2] - area[0] > TINY and area[3] - area[1] > TINY:
            self._covers.append(Cover(area, self._shown, is_picture))

    def _paint_picture(self, picture: DictionaryObject, to_page: Matrix) -> None:
        """A picture paints the unit square."""
        ink, area = self._ink, common(corners(_UNIT, to_page), self._ink.clip)
        if ink.is_masked_out or ink.fill.alpha < FAINT:
            return
        self._grounds.paint(area, None)
        self.is_scan = self.is_scan or share(area, self._page) >= SCAN_SHARE
        is_upright = not (to_page[1] or to_page[2])
        is_covering = ink.mode_of_blending in _COVERING and not ink.is_masked
        is_opaque = ink.fill.alpha == 1 and is_covering and ink.clip_is_exact and is_upright
        if picture and is_opaque and not any(key in picture for key in ("/SMask", "/Mask", "/ImageMask")):
            self._cover(area, is_picture=True)

    def _enter(self, operands: list[Any], to_page: Matrix) -> None:
        """A form is a page in the page. `after` leaves it, and a picture as well."""
        self._callers.append(_Caller(self._ink.copy(), self._saved, self._resources, self._base, self._off))
        thing = entry(self._resources, "/XObject", operands[0])
        self._off += self._shared.layers.hides(thing, "/OC")
        if thing.get("/Subtype") == "/Image":
            if not self._off:
                self._paint_picture(thing, to_page)
            return
        # pypdf would pass over a form that inflates beyond its limit, and the document seem whole.
        drawing = thing.get_data() if isinstance(thing, StreamObject) else b""
        own = [float(number) for number in thing.get("/Matrix", ())]
        if len(own) == 6:
            to_page = times((own[0], own[1], own[2], own[3], own[4], own[5]), to_page)
        box = [float(number) for number in thing.get("/BBox", ())]
        if len(box) == 4:
            is_exact = not (to_page[1] or to_page[2])
            self._ink.clip_to(corners((box[0], box[1], box[2], box[3]), to_page), is_exact=is_exact)
        self._base, self._saved = to_page, []
        own_resources = dictionary(thing.get("/Resources"))
        if drawing.strip() and not own_resources and not self._off:
            # pypdf does not read it: what it paints is not known.
            self._grounds.paint(self._ink.clip, None)
        self._resources = own_resources or self._resources


def _together(piece: Any, parts: list[Any]) -> Any:
    """What is left of a piece, of its own type."""
    if isinstance(piece, bytes):
        return ByteStringObject(b"".join(parts))
    return TextStringObject("".join(parts)) if isinstance(piece, str) else piece


def _scale(matrix: Matrix) -> float:
    """How much wider strokes are on the page."""
    return sqrt(abs(matrix[0] * matrix[3] - matrix[1] * matrix[2]))


def _is_beyond(area: Area, frame: Area, margin: float) -> bool:
    """Whether an area lies wholly outside of a frame."""
    return (
        area[2] < frame[0] - margin
        or area[0] > frame[2] + margin
        or area[3] < frame[1] - margin
        or area[1] > frame[3] + margin
    )


def _is_cut_off(area: Area, clip: Area) -> bool:
    has_size = area[2] > area[0] and area[3] > area[1]
    return has_size and share(clip, area) < CUT_OFF


def _is_within(area: Area, frame: Area) -> bool:
    return area[0] >= frame[0] and area[1] >= frame[1] and area[2] <= frame[2] and area[3] <= frame[3]
