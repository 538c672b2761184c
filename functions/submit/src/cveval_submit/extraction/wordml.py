"""WordprocessingML's names, and the formatting that decides whether a reader sees a run's text."""

from dataclasses import dataclass, field

_WORD = (
    "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}",
    "{http://purl.oclc.org/ooxml/wordprocessingml/main}",  # "strict" documents
)
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"

TINY = 4
"""Half-points: at most 2 pt is for machines."""
SQUEEZED = 10
"""Percent of a letter's width."""
ALMOST = 8
"""So far apart, in any of red, green and blue from 0 to 255, two colours still look the same."""
WHITE = "FFFFFF"
UNKNOWN = "?"
"""A ground in a colour that is not computed here."""
_PAPER = frozenset({"background1", "light1", "bg1", "lt1"})


def short(tag: str) -> str:
    """`w:t` for a tag of either Word namespace, `mc:Fallback` likewise, "" for what is neither."""
    namespace, brace, name = tag.partition("}")
    if namespace + brace in _WORD:
        return f"w:{name}"
    return f"mc:{name}" if namespace + brace == _COMPATIBILITY else ""


def value(attributes: dict[str, str], name: str = "val") -> str | None:
    return next((attributes[word + name] for word in _WORD if word + name in attributes), None)


def is_on(attributes: dict[str, str]) -> bool:
    """A toggle such as w:vanish: on unless it says otherwise."""
    return value(attributes) not in {"0", "false", "off"}


def looks_like(one: str, other: str) -> bool:
    """Whether two colours look the same; what is no RRGGBB looks like nothing else."""
    try:
        pairs = [(int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (0, 2, 4)]
    except ValueError:
        return False
    return all(abs(mine - its) <= ALMOST for mine, its in pairs)


@dataclass(slots=True)
class Look:
    """Formatting, as far as it can hide text; None = not said here."""

    vanish: bool | None = None
    colour: str | None = None
    """Of the letters: RRGGBB, or what Word takes so that they stand out."""
    ground: str | None = None
    """What was painted under them: RRGGBB or UNKNOWN."""
    tiny: bool | None = None
    squeezed: bool | None = None
    listed: bool | None = None
    style: str | None = None

    def note(self, tag: str, attributes: dict[str, str]) -> None:
        """Take in one property element of a w:rPr, w:pPr, w:tcPr or w:tblPr."""
        match tag:
            case "w:vanish" | "w:webHidden":
                self.vanish = is_on(attributes)
            case "w:color":
                is_paper = value(attributes, "themeColor") in _PAPER and not value(attributes, "themeShade")
                self.colour = WHITE if is_paper else (value(attributes) or "").upper()
            case "w:sz":
                size = value(attributes) or ""
                self.tiny = size.isascii() and size.isdecimal() and len(size) < 5 and int(size) <= TINY
            case "w:w":
                width = (value(attributes) or "").removesuffix("%")
                self.squeezed = (
                    width.isascii() and width.isdecimal() and len(width) < 5 and int(width) <= SQUEEZED
                )
            case "w:shd":
                fill = (value(attributes, "fill") or "auto").upper()
                is_plain = value(attributes) in {None, "clear", "nil"}
                self.ground = (None if fill == "AUTO" else fill) if is_plain else UNKNOWN
            case "w:highlight":
                self.ground = {"none": None, "white": WHITE}.get(value(attributes) or "none", UNKNOWN)
            case "w:numPr":
                self.listed = True
            case "w:numId":
                self.listed = value(attributes) != "0"
            case "w:pStyle" | "w:rStyle" | "w:tblStyle":
                self.style = value(attributes)

    def over(self, lower: "Look") -> "Look":
        """This formatting on top of another."""
        return Look(
            *(
                mine if (mine := getattr(self, name)) is not None else getattr(lower, name)
                for name in ("vanish", "colour", "ground", "tiny", "squeezed", "listed", "style")
            )
        )


@dataclass(slots=True)
class Styles:
    """Hears word/styles.xml: the look of every named style, and what it is based on."""

    _looks: dict[str, Look] = field(default_factory=dict)
    _based_on: dict[str, str] = field(default_factory=dict)
    _path: list[str] = field(default_factory=list)
    _current: str | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = short(tag)
        if name == "w:style":
            self._current = value(attributes, "styleId") or ""
            self._looks[self._current] = Look()
        elif self._current is not None:
            if name == "w:basedOn":
                self._based_on[self._current] = value(attributes) or ""
            elif "w:tblStylePr" not in self._path:
                self._looks[self._current].note(name, attributes)
            elif name == "w:shd":
                # Of a table's header row, perhaps: any text may stand on it, or not.
                self._looks[self._current].ground = UNKNOWN
        self._path.append(name)

    def end(self, tag: str) -> None:
        self._path.pop()
        if short(tag) == "w:style":
            self._current = None

    def data(self, text: str) -> None:
        """Say nothing."""

    def look(self, style: str | None) -> Look:
        """The look of a style with what it inherits."""
        look, seen = Look(), set[str]()
        while style is not None and style in self._looks and style not in seen:
            seen.add(style)
            look = look.over(self._looks[style])
            style = self._based_on.get(style)
        look.style = None
        return look
