"""The formatting of Word that decides whether a reader sees a run's text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cveval_submit.extraction.colours import BLACK, WHITE, Colour, from_hex, looks_like, mixed, relit
from cveval_submit.extraction.theme import Theme
from cveval_submit.extraction.wordml import is_on, number, value

TINY = 2
"""Points: text of at most this size, or in lines, rows and boxes of at most this height, is for machines."""
SQUEEZED = 10
"""Percent of a letter's width."""
STACKED = 0.35
"""Of a letter's size: where each is drawn back by that much, little over a tenth of the size is left between them."""
USUAL_SIZE = 20
"""Half points: that of text that says nothing of it."""
LEFT_OFF, RIGHT_OFF = -4 * 1440, 17_000
"""Twentieths of a point, from the margin: text that begins so far to the left or right is beside any page."""
BELOW_OFF = 20_200
"""Likewise, of a frame's top."""
RAISED_OFF = 400
"""Half points above or below its line."""
FAINT = 95_000
"""Thousandths of a percent: text that is more transparent is not seen."""

Ink = Colour | Literal["auto", "unknown", "none"]
"""auto: whatever stands out; unknown: a colour that is not computed here; none: letters without ink."""

_HIGHLIGHTS = {
    "black": "000000", "blue": "0000FF", "cyan": "00FFFF", "darkBlue": "000080", "darkCyan": "008080",
    "darkGray": "808080", "darkGreen": "008000", "darkMagenta": "800080", "darkRed": "800000",
    "darkYellow": "808000", "green": "00FF00", "lightGray": "C0C0C0", "magenta": "FF00FF", "red": "FF0000",
    "white": "FFFFFF", "yellow": "FFFF00",
}  # fmt: skip
_FLAT = frozenset({None, "clear", "nil"})


@dataclass(slots=True)
class Look:
    """Formatting, as far as it can hide text; None = not said here."""

    vanish: bool | None = None
    never_shown: bool | None = None
    """w:specVanish: hidden even where hidden text is displayed."""
    off_screen: bool | None = None
    """Hidden when shown as a web page, as the page numbers of a table of contents are."""
    colour: Ink | None = None
    """Of the letters."""
    fill: Ink | None = None
    """Of the letters, in Word since 2010: goes before `colour`."""
    outline: Ink | None = None
    ground: Ink | None = None
    """What was painted under them."""
    tiny: bool | None = None
    squeezed: bool | None = None
    size: int | None = None
    """Half points."""
    spacing: int | None = None
    """What is put between letters, in twentieths of a point."""
    indented_off: bool | None = None
    raised_off: bool | None = None
    framed_off: bool | None = None
    """Whether an indent, a position or a frame of its own puts it beside the page."""
    line: int | None = None
    """The height of a line in twentieths of a point, if `exact`."""
    exact: bool | None = None
    listed: bool | None = None
    style: str | None = None

    def note(self, path: Sequence[str], name: str, attributes: dict[str, str], theme: Theme) -> None:  # noqa: C901, PLR0912 - one case an element
        """Take in one property element, which stands at this path, of a w:rPr, w:pPr, w:tcPr, w:trPr or w:tblPr."""
        match name:
            case "w:vanish" | "w:hidden":
                self.vanish = is_on(attributes)
            case "w:specVanish":
                self.never_shown = is_on(attributes)
            case "w:webHidden":
                self.off_screen = is_on(attributes)
            case "w:color":
                self.colour = theme.named(attributes) or from_hex(value(attributes) or "") or "auto"
            case "w:sz":
                self.size = number(value(attributes))
                self.tiny = self.size is not None and self.size <= 2 * TINY
            case "w:trHeight":
                height = number(value(attributes))
                is_exact = value(attributes, "hRule") == "exact"
                self.tiny = is_exact and height is not None and height <= 20 * TINY
            case "w:spacing":
                line, rule = number(value(attributes, "line")), value(attributes, "lineRule")
                self.line = self.line if line is None else line
                self.exact = self.exact if rule is None else rule == "exact"
                between = number(value(attributes))
                self.spacing = self.spacing if between is None else between
            case "w:ind":
                left = number(value(attributes, "start") or value(attributes, "left"))
                self.indented_off = self.indented_off if left is None else not LEFT_OFF < left < RIGHT_OFF
            case "w:position":
                self.raised_off = abs(number(value(attributes)) or 0) >= RAISED_OFF
            case "w:framePr":
                x, y = (number(value(attributes, side)) or 0 for side in ("x", "y"))
                self.framed_off = not (LEFT_OFF < x < RIGHT_OFF and LEFT_OFF < y < BELOW_OFF)
            case "w:w":
                width = number(value(attributes))
                self.squeezed = width is not None and width <= SQUEEZED
            case "w:shd":
                self.ground = _shade(attributes, theme)
            case "w:highlight":
                marked = _HIGHLIGHTS.get(value(attributes) or "")
                self.ground = from_hex(marked) if marked else None
            case "w:numPr":
                self.listed = True
            case "w:numId":
                self.listed = value(attributes) != "0"
            case "w:pStyle" | "w:rStyle" | "w:tblStyle":
                self.style = value(attributes)
            case _ if name.startswith("w14:"):
                self._note_effect(path, name, attributes, theme)

    def _note_effect(self, path: Sequence[str], name: str, attributes: dict[str, str], theme: Theme) -> None:
        """The fill and the outline of Word 2010; colours of glows and shadows stand elsewhere."""
        said = value(attributes) or ""
        match [*path[-3:], name]:
            case [*_, ("w14:textFill" | "w14:textOutline") as effect]:
                self._ink(effect, "unknown")
            case [*_, effect, "w14:noFill"]:
                self._ink(effect, "none")
            case [*_, effect, "w14:solidFill", "w14:srgbClr"]:
                self._ink(effect, from_hex(said) or "unknown")
            case [*_, effect, "w14:solidFill", "w14:schemeClr"]:
                self._ink(effect, theme.colour(said) or "unknown")
            case [effect, "w14:solidFill", _, change]:
                share = number(said)
                if share is not None:
                    self._change(effect, change, share)

    def _change(self, effect: str, change: str, share: int) -> None:
        """A modification of the colour before it; `share` is in thousandths of a percent."""
        before = self.fill if effect == "w14:textFill" else self.outline
        if change == "w14:alpha" and share > FAINT:  # transparency, unlike in other drawings
            self._ink(effect, "none")
        elif isinstance(before, tuple) and change == "w14:lumMod":
            self._ink(effect, relit(before, share / 100_000))
        elif isinstance(before, tuple) and change == "w14:lumOff":
            self._ink(effect, relit(before, 1, share / 100_000))

    def _ink(self, effect: str, ink: Ink) -> None:
        if effect == "w14:textFill":
            self.fill = ink
        elif effect == "w14:textOutline":
            self.outline = ink

    def over(self, lower: "Look") -> "Look":
        """This formatting on top of another."""
        return Look(
            *(
                mine if (mine := getattr(self, name)) is not None else getattr(lower, name)
                for name in Look.__slots__
            )
        )

    @property
    def inks(self) -> list[Ink]:
        """All that the letters are drawn with."""
        inside = self.fill or self.colour or "auto"
        return [inside] if self.outline is None else [inside, self.outline]

    @property
    def is_tiny(self) -> bool:
        is_flat = bool(self.exact) and self.line is not None and self.line <= 20 * TINY
        return bool(self.tiny or self.squeezed or is_flat)

    @property
    def is_off_page(self) -> bool:
        return bool(self.indented_off or self.raised_off or self.framed_off)

    @property
    def is_stacked(self) -> bool:
        """Do its letters lie on top of each other?"""
        return self.spacing is not None and self.spacing / 20 <= -STACKED * (self.size or USUAL_SIZE) / 2


def is_lost(ink: Ink, ground: Ink) -> bool:
    """Whether letters in this ink cannot be told from their ground."""
    if ink == "none":
        return True
    return isinstance(ink, tuple) and isinstance(ground, tuple) and looks_like(ink, ground)


def _shade(attributes: dict[str, str], theme: Theme) -> Ink | None:
    """None: nothing is painted."""
    pattern, said = value(attributes), value(attributes, "fill") or "auto"
    fill = theme.named(attributes, "themeFill") or from_hex(said)
    if pattern in _FLAT:
        return fill or (None if said == "auto" else "unknown")
    share = 100 if pattern == "solid" else number((pattern or "").removeprefix("pct"))
    if share is None:
        return "unknown"
    ink = theme.named(attributes) or from_hex(value(attributes, "color") or "") or BLACK
    return mixed(ink, fill or WHITE, share / 100)
