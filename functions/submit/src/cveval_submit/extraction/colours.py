"""When two colours look the same."""

import colorsys
import re
from collections.abc import Callable

Colour = tuple[float, float, float]
"""Red, green, blue (sRGB), from 0 to 1."""

WHITE: Colour = (1.0, 1.0, 1.0)
BLACK: Colour = (0.0, 0.0, 0.0)

MIN_CONTRAST = 1.2
"""Letters with less contrast to their ground are not seen: F2F2F2 on white has 1.12, E6E6E6 1.25, and 4.5 is good to read."""
SAME_HUE = 0.2
"""Colours further apart in red, green or blue differ to the eye without any contrast: red on green, or yellow on white."""

_HEX = re.compile("[0-9A-Fa-f]{6}")


def looks_like(one: Colour, other: Colour) -> bool:
    return (
        all(abs(mine - its) <= SAME_HUE for mine, its in zip(one, other, strict=True))
        and contrast(one, other) < MIN_CONTRAST
    )


def contrast(one: Colour, other: Colour) -> float:
    """From 1 to 21, by the Web Content Accessibility Guidelines 2.2."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (min(max(part, 0.0), 1.0) for part in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def mixed(over: Colour, under: Colour, alpha: float) -> Colour:
    red, green, blue = (alpha * mine + (1 - alpha) * its for mine, its in zip(over, under, strict=True))
    return (red, green, blue)


def relit(colour: Colour, factor: float, offset: float = 0.0) -> Colour:
    """With a lightness (of hue, lightness and saturation) that is multiplied and moved, as themes do."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*colour)
    return colorsys.hls_to_rgb(hue, min(max(factor * lightness + offset, 0.0), 1.0), saturation)


def from_hex(written: str) -> Colour | None:
    """RRGGBB; None for anything else."""
    if not _HEX.fullmatch(written):
        return None
    red, green, blue = (int(written[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return (red, green, blue)


def _hard(over: float, under: float) -> float:
    return 2 * over * under if over <= 0.5 else 1 - 2 * (1 - over) * (1 - under)


_BLENDS: dict[str, Callable[[float, float], float]] = {
    "/Normal": lambda over, _: over,
    "/Compatible": lambda over, _: over,
    "/Multiply": lambda over, under: over * under,
    "/Screen": lambda over, under: over + under - over * under,
    "/Darken": min,
    "/Lighten": max,
    "/Difference": lambda over, under: abs(over - under),
    "/Exclusion": lambda over, under: over + under - 2 * over * under,
    "/Overlay": lambda over, under: _hard(under, over),
    "/HardLight": _hard,
    "/ColorDodge": lambda over, under: 0.0 if under <= 0 else 1.0 if over >= 1 else min(1.0, under / (1 - over)),
    "/ColorBurn": lambda over, under: 1.0 if under >= 1 else 0.0 if over <= 0 else 1 - min(1.0, (1 - under) / over),
}  # fmt: skip
"""ISO 32000-1, table 136, for one component: the colour that is painted, and what lies under it."""


def blended(over: Colour, under: Colour, mode: str) -> Colour | None:
    """None: a mode that is not computed here."""
    blend = _BLENDS.get(mode)
    if blend is None:
        return None
    red, green, blue = (blend(mine, its) for mine, its in zip(over, under, strict=True))
    return (red, green, blue)
