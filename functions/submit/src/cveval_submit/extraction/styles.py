"""The named styles of a Word document."""

from cveval_submit.extraction.look import Look
from cveval_submit.extraction.theme import Theme
from cveval_submit.extraction.wordml import short, value


class Styles:
    """Hears word/styles.xml: the look of every style, what it is based on, and what holds without one."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.defaults = Look()
        """Of the whole document (w:docDefaults): under every style."""
        self._looks: dict[str, Look] = {}
        self._based_on: dict[str, str] = {}
        self._default: dict[str, str] = {}
        """The style of paragraphs, characters and tables that name none."""
        self._inherited: dict[tuple[str, str | None], Look] = {}
        self._path: list[str] = []
        self._current = ""
        self._target: Look | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = short(tag)
        if name == "w:docDefaults":
            self._target = self.defaults
        elif name == "w:style":
            self._current = value(attributes, "styleId") or ""
            self._target = self._looks[self._current] = Look()
            if value(attributes, "default") in {"1", "true", "on"}:
                self._default.setdefault(value(attributes, "type") or "paragraph", self._current)
        elif self._target is not None:
            if name == "w:basedOn":
                self._based_on[self._current] = value(attributes) or ""
            elif "w:tblStylePr" not in self._path:
                self._target.note(self._path, name, attributes, self.theme)
            elif name == "w:shd":
                # Of a table's header row, perhaps: any text may stand on it, or not.
                self._target.ground = "unknown"
        self._path.append(name)

    def end(self, _tag: str) -> None:
        if self._path.pop() in {"w:style", "w:docDefaults"}:
            self._target = None

    def data(self, text: str) -> None:
        """Say nothing."""

    def look(self, kind: str, style: str | None) -> Look:
        """The look of a style with what it inherits, but for the document's defaults; `kind` is paragraph, character or table."""
        if (kind, style) not in self._inherited:
            named = style if style in self._looks else self._default.get(kind)
            self._inherited[kind, style] = self._inherit(named)
        return self._inherited[kind, style]

    def _inherit(self, style: str | None) -> Look:
        look, seen = Look(), set[str]()
        while style is not None and style in self._looks and style not in seen:
            seen.add(style)
            look = look.over(self._looks[style])
            style = self._based_on.get(style)
        look.style = None
        return look
