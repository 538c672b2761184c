"""Colour spaces of PDF: what components stand for, as far as that can be told without a profile or a printer."""

from collections.abc import Sequence
from typing import Any

from pypdf.generic import ArrayObject, DictionaryObject, StreamObject, TextStringObject

from cveval_submit.extraction.colours import WHITE, Colour

_COMPONENTS = {
    "/DeviceGray": 1, "/CalGray": 1, "/G": 1, "/DeviceRGB": 3, "/CalRGB": 3, "/RGB": 3, "/DeviceCMYK": 4, "/CMYK": 4,
}  # fmt: skip
_D65 = (0.9505, 1.0, 1.089)
_TO_RGB = (
    (3.2406, -1.5372, -0.4986),
    (-0.9689, 1.8758, 0.0415),
    (0.0557, -0.2040, 1.0570),
)  # fmt: skip
"""From XYZ to linear sRGB (IEC 61966-2-1)."""


def colour_of(components: Sequence[float]) -> Colour | None:
    """Gray (1), RGB (3) or CMYK (4 components) as red, green, blue."""
    match components:
        case [gray]:
            return (gray, gray, gray)
        case [red, green, blue]:
            return (red, green, blue)
        case [cyan, magenta, yellow, black]:
            return ((1 - cyan) * (1 - black), (1 - magenta) * (1 - black), (1 - yellow) * (1 - black))
        case _:
            return None


def colour_in(space: Any, components: Sequence[float]) -> Colour | None:
    """None: a pattern, or a space that is not computed here."""
    family, details = _parts(space)
    if family in {"/Indexed", "/I"} and len(details) >= 3:
        return _looked_up(details, int(components[0]))
    return _direct(family, details, components)


def first_colour(space: Any) -> Colour | None:
    """What a space begins with."""
    family, details = _parts(space)
    match family:
        case "/Indexed" | "/I" | "/DeviceGray" | "/CalGray" | "/G":
            return colour_in(space, [0.0])
        case "/DeviceCMYK" | "/CMYK":
            return colour_in(space, [0.0, 0.0, 0.0, 1.0])
        case "/Separation":
            return colour_in(space, [1.0])
        case "/DeviceN":
            return colour_in(space, [1.0] * len(details[0].get_object()))
        case "/Pattern":
            return None
        case _:
            return colour_in(space, [0.0, 0.0, 0.0])


def is_inkless(space: Any) -> bool:
    """Whether painting in a space leaves nothing on the page."""
    family, details = _parts(space)
    return family == "/Separation" and details[:1] == ["/None"]


def _parts(space: Any) -> tuple[Any, list[Any]]:
    found = space.get_object() if space is not None else None
    return (
        (found[0].get_object(), list(found[1:])) if isinstance(found, ArrayObject) and found else (found, [])
    )


def _direct(family: Any, details: list[Any], components: Sequence[float]) -> Colour | None:
    """Any space but an index."""
    match family:
        case "/ICCBased":
            return colour_of(components)
        case "/Lab" if len(components) == 3:
            return _from_lab(components)
        case "/Separation" | "/DeviceN" if len(details) >= 3:
            return _tinted(details, components)
        case _:
            return colour_of(components) if family in _COMPONENTS else None


def _looked_up(details: list[Any], index: int) -> Colour | None:
    base, last, table = (detail.get_object() for detail in details[:3])
    family, inner = _parts(base)
    size = _size(family, inner)
    raw = _bytes(table)[min(max(index, 0), int(last)) * size :][:size]
    shares = [byte / 255 for byte in raw]
    if family == "/Lab" and len(shares) == 3:
        low_a, high_a, low_b, high_b = _range(inner[0].get_object())
        shares = [
            100 * shares[0],
            low_a + shares[1] * (high_a - low_a),
            low_b + shares[2] * (high_b - low_b),
        ]
    return _direct(family, inner, shares) if size and len(shares) == size else None


def _size(family: Any, details: list[Any]) -> int:
    """How many components a colour has."""
    match family:
        case "/ICCBased":
            return int(details[0].get_object()["/N"])
        case "/Lab":
            return 3
        case "/Separation":
            return 1
        case "/DeviceN":
            return len(details[0].get_object())
        case _:
            return _COMPONENTS.get(family, 0)


def _bytes(table: Any) -> bytes:
    if isinstance(table, StreamObject):
        return table.get_data()
    return table.original_bytes if isinstance(table, TextStringObject) else bytes(table)


def _range(entries: DictionaryObject) -> list[float]:
    given = _numbers(entries, "/Range", [])
    return given if len(given) == 4 else [-100.0, 100.0, -100.0, 100.0]


def _numbers(entries: DictionaryObject, key: str, default: list[float]) -> list[float]:
    found: Any = entries.get(key)
    return default if found is None else [float(number) for number in found.get_object()]


def _from_lab(components: Sequence[float]) -> Colour:
    """CIE L*a*b* as sRGB, the space's own white taken for paper's."""
    light, a, b = components
    middle = (light + 16) / 116
    x, y, z = (
        white * (part**3 if part > 6 / 29 else 3 * (6 / 29) ** 2 * (part - 4 / 29))
        for white, part in zip(_D65, (middle + a / 500, middle, middle - b / 200), strict=True)
    )
    red, green, blue = (_gamma(min(max(row[0] * x + row[1] * y + row[2] * z, 0.0), 1.0)) for row in _TO_RGB)
    return (red, green, blue)


def _gamma(linear: float) -> float:
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055


def _tinted(details: list[Any], tints: Sequence[float]) -> Colour | None:
    """Spot inks, by their stand-in; no ink at all is paper, also where the function to it is a program."""
    components = _applied(details[2].get_object(), tints)
    if components is None:
        return WHITE if not any(tints) else None
    family, inner = _parts(details[1])
    return None if family in {"/Separation", "/DeviceN"} else _direct(family, inner, components)


def _applied(function: Any, inputs: Sequence[float]) -> list[float] | None:
    """A function of PDF: exponential (type 2), or sampled in bytes (type 0, the nearest sample); None for others."""
    match function.get("/FunctionType"):
        case 2:
            start, end = (_numbers(function, *default) for default in (("/C0", [0.0]), ("/C1", [1.0])))
            share = min(max(inputs[0], 0.0), 1.0) ** float(function["/N"])
            return [low + share * (high - low) for low, high in zip(start, end, strict=True)]
        case 0 if function["/BitsPerSample"] == 8:
            place, stride = 0, 1
            for share, size in zip(inputs, function["/Size"], strict=True):
                place += round(min(max(share, 0.0), 1.0) * (int(size) - 1)) * stride
                stride *= int(size)
            limits = _numbers(function, "/Range", [])
            count = len(limits) // 2
            samples = function.get_data()[place * count :][:count]
            return [
                low + sample / 255 * (high - low)
                for sample, low, high in zip(samples, limits[::2], limits[1::2], strict=True)
            ]
        case _:
            return None
