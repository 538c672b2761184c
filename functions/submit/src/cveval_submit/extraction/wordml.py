"""WordprocessingML's names, and the formatting that decides whether a reader sees a run's text."""

from dataclasses import dataclass, field

_WORD = (
    "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}",
    "{http://purl.oclc.org/ooxml/wordprocessingml/main}",  # "strict" documents
)
_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"

TINY = 4
"""Half-points: at most 2 pt is for machines."""


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


@dataclass(slots=True)
class Look:
    """Formatting, as far as it can hide text; None = not said here."""

    vanish: bool | None = None
    white: bool | None = None
    tiny: bool | None = None
    shaded: bool | None = None
    listed: bool | None = None
    style: str | None = None

    def note(self, tag: str, attributes: dict[str, str]) -> None:
        """Take in one property element of a w:rPr, w:pPr, w:tcPr or w:tblPr."""
        match tag:
            case "w:vanish" | "w:webHidden":
                self.vanish = is_on(attributes)
            case "w:color":
                self.white = (value(attributes) or "").upper() == "FFFFFF"
            case "w:sz":
                size = value(attributes) or ""
                self.tiny = size.isdecimal() and int(size) <= TINY
            case "w:shd":
                self.shaded = (value(attributes, "fill") or "auto").upper() not in {"AUTO", "FFFFFF"}
            case "w:highlight":
                self.shaded = value(attributes) not in {"none", "white"}
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
                for name in ("vanish", "white", "tiny", "shaded", "listed", "style")
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
            elif name == "w:shd" or "w:tblStylePr" not in self._path:
                # A table style may shade only its header row; any shading makes white text plausible.
                self._looks[self._current].note(name, attributes)
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
