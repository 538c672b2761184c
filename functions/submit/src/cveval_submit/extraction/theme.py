"""The colours that a Word document names after its theme."""

from cveval_submit.extraction.colours import BLACK, WHITE, Colour, from_hex, relit
from cveval_submit.extraction.wordml import short, value

_SLOTS = {
    "background1": "lt1", "bg1": "lt1", "light1": "lt1", "text1": "dk1", "tx1": "dk1", "dark1": "dk1",
    "background2": "lt2", "bg2": "lt2", "light2": "lt2", "text2": "dk2", "tx2": "dk2", "dark2": "dk2",
    "hyperlink": "hlink", "followedHyperlink": "folHlink",
}  # fmt: skip
"""By the names of w:themeColor and w14:schemeClr; accents are called the same everywhere."""


class Theme:
    """Hears word/theme/theme1.xml; without it, paper is white and text black."""

    def __init__(self) -> None:
        self._colours = {"lt1": WHITE, "dk1": BLACK}
        self._path: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = short(tag)
        if name in {"a:srgbClr", "a:sysClr"} and self._path[-2:-1] == ["a:clrScheme"]:
            colour = from_hex(attributes.get("lastClr") or attributes.get("val") or "")
            if colour is not None:
                self._colours[self._path[-1].removeprefix("a:")] = colour
        self._path.append(name)

    def end(self, _tag: str) -> None:
        self._path.pop()

    def data(self, text: str) -> None:
        """Say nothing."""

    def colour(self, name: str) -> Colour | None:
        return self._colours.get(_SLOTS.get(name, name))

    def named(self, attributes: dict[str, str], kind: str = "theme") -> Colour | None:
        """What `w:themeColor` and its like say (`kind`: theme or themeFill), with their tint or shade of 00 to FF."""
        name = value(attributes, "themeColor" if kind == "theme" else kind)
        colour = self.colour(name) if name else None
        if colour is None:
            return None
        shade, tint = (_share(value(attributes, kind + change)) for change in ("Shade", "Tint"))
        return relit(relit(colour, shade), tint, 1 - tint)


def _share(written: str | None) -> float:
    try:
        return min(int(written or "FF", 16), 255) / 255
    except ValueError:
        return 1.0
