"""Word documents: every w:t in reading order, without what is deleted, doubled or hidden."""

import re
from dataclasses import dataclass, field, replace

from cveval.domain.errors import UnreadableDocument
from cveval_submit.extraction.colours import WHITE, from_hex
from cveval_submit.extraction.look import TINY, Look, is_lost
from cveval_submit.extraction.package import Package
from cveval_submit.extraction.styles import Styles
from cveval_submit.extraction.theme import Theme
from cveval_submit.extraction.wordml import number, short, value

# Deleted text, the second copy of what Word 2007 cannot draw (text boxes), and the old formatting of tracked changes (that
# of a run stands where no owner takes it in).
_SKIPPED = frozenset({"w:del", "w:moveFrom", "mc:Fallback", "w:pPrChange", "w:tcPrChange", "w:tblPrChange"})
# What may stand between a property and the w:pPr, w:tcPr, w:trPr, w:tblPr or w:r that it belongs to.
_BETWEEN = frozenset(
    {"w:rPr", "w:numPr", "w14:textFill", "w14:textOutline", "w14:solidFill", "w14:srgbClr", "w14:schemeClr"}
)
_PROPERTIES = _BETWEEN | {"w:pPr", "w:tcPr", "w:trPr", "w:tblPr"}
_BREAKS = {"w:tab": "\t", "w:ptab": "\t", "w:br": "\n", "w:cr": "\n", "w:noBreakHyphen": "-", "w:sym": " "}

_EMU = 12_700
"""English metric units in a point."""
_SHAPES = frozenset({"wp:anchor", "wp:inline", "v:shape", "v:rect", "v:roundrect", "v:oval"})
_NO_SIZE = re.compile(r"(?:^|;)\s*(?:width|height)\s*:\s*0*(?:\.\d*|[01](?:\.\d*)?)(?:pt|px)?\s*(?:;|$)")
_NOT_SHOWN = re.compile(r"(?:^|;)\s*(?:visibility\s*:\s*hidden|display\s*:\s*none)\s*(?:;|$)")


def read_docx(content: bytes) -> tuple[str, frozenset[str]]:
    """The text and the warnings about hidden text: headers, body, notes, footers.

    Raises:
        UnreadableDocument: damaged, hostile, or over a limit.
    """
    package = Package(content)
    main = package.main_part()
    if main is None:
        raise UnreadableDocument("is a DOCX without its main part: save it again from a word processor")
    theme = Theme()
    for part in package.related(main, "theme"):
        package.parse(part, theme)
    styles = Styles(theme)
    for part in package.related(main, "styles"):
        package.parse(part, styles)
    parts = [
        *package.related(main, "header"),
        main,
        *package.related(main, "footnotes", "endnotes", "footer"),
    ]
    story = Story(styles)
    for part in parts:
        package.parse(part, story)
        story.text.append("\n")
    return "".join(story.text), frozenset(story.warnings)


@dataclass(slots=True)
class _Frame:
    """One container of paragraphs: the body, a table cell, a text box."""

    parts: list[str] = field(default_factory=list)
    after_paragraph: list[str] = field(default_factory=list)
    """Text boxes anchored in the open paragraph: read when it ends."""
    base: Look = field(default_factory=Look)
    """What cell, row, table and page say of the text in them."""
    in_shape: bool = False
    paragraph: Look = field(default_factory=Look)
    run: Look = field(default_factory=Look)
    bullet_due: bool = False


@dataclass(slots=True)
class _Row:
    look: Look
    cells: list[str] = field(default_factory=list)


class Story:
    """Hears a part's elements and writes its text."""

    def __init__(self, styles: Styles) -> None:
        self.warnings: set[str] = set()
        self._styles = styles
        self._frames = [_Frame(base=styles.defaults)]
        self._path: list[str] = []
        self._skipping = 0
        self._rows: list[_Row] = []
        self._tables: list[Look] = []
        self._shapes: list[Look] = []
        self._letters: list[str] | None = None

    @property
    def text(self) -> list[str]:
        return self._frames[0].parts

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = short(tag)
        if self._skipping or name in _SKIPPED:
            self._skipping += 1
        elif self._is_in_properties():
            self._note(name, attributes)
        else:
            self._open(name, attributes)
        self._path.append(name)

    def end(self, _tag: str) -> None:
        name = self._path.pop()
        if self._skipping:
            self._skipping -= 1
        elif not self._is_in_properties():
            self._close(name)

    def _is_in_properties(self) -> bool:
        return bool(self._path) and self._path[-1] in _PROPERTIES

    def data(self, text: str) -> None:
        if self._letters is not None:
            self._letters.append(text)

    def _note(self, name: str, attributes: dict[str, str]) -> None:
        """A property belongs to the nearest owner; a w:rPr inside w:pPr formats only the paragraph mark."""
        depth = len(self._path) - 1
        while depth > 0 and self._path[depth] in _BETWEEN:
            depth -= 1
        frame = self._frames[-1]
        match self._path[depth]:
            case "w:r":
                look = frame.run
            case "w:pPr" if "w:rPr" not in self._path[depth:]:
                look = frame.paragraph
            case "w:tcPr":
                look = frame.base
            case "w:trPr" if self._rows:
                look = self._rows[-1].look
            case "w:tblPr" if self._tables:
                look = self._tables[-1]
            case _:
                return
        look.note(self._path, name, attributes, self._styles.theme)
        if look is frame.paragraph:
            frame.bullet_due = bool(self._styled("paragraph", look).listed)

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        frame = self._frames[-1]
        match name:
            case "w:background":
                frame.base = Look(ground=from_hex(value(attributes, "color") or "")).over(frame.base)
            case "w:p":
                frame.paragraph, frame.bullet_due = Look(), False
            case "w:r":
                frame.run = Look()
            case "w:t":
                self._letters = []
            case "w:tbl":
                self._tables.append(Look())
            case "w:tr":
                self._rows.append(_Row(Look()))
            case "w:tc":
                self._frames.append(_Frame(base=self._cell_look(frame), in_shape=frame.in_shape))
            case "w:txbxContent":
                self._frames.append(_Frame(base=self._box_look(frame), in_shape=True))
            case _ if name in _BREAKS and self._path and self._path[-1] == "w:r":
                frame.parts.append(_BREAKS[name])
            case _:
                self._open_shape(name, attributes)

    def _open_shape(self, name: str, attributes: dict[str, str]) -> None:
        if name in _SHAPES:
            self._shapes.append(_shape_look(attributes))
        elif self._shapes and name in {"wp:extent", "a:ext", "wp:docPr"}:
            self._shapes[-1] = _drawn_look(name, attributes).over(self._shapes[-1])

    def _cell_look(self, around: _Frame) -> Look:
        table = self._styled("table", self._tables[-1]) if self._tables else Look()
        return (self._rows[-1].look if self._rows else Look()).over(table).over(around.base)

    def _box_look(self, around: _Frame) -> Look:
        """A box is hidden with what holds it, but stands on a ground of its own."""
        look = Look(vanish=around.base.vanish, tiny=around.base.tiny)
        for shape in self._shapes:
            look = shape.over(look)
        return look.over(replace(self._styles.defaults, ground=None))

    def _close(self, name: str) -> None:
        match name:
            case "w:t":
                self._write(" ".join("".join(self._letters or ()).splitlines()))
                self._letters = None
            case "w:p":
                frame = self._frames[-1]
                frame.parts += ["\n", *frame.after_paragraph]
                frame.after_paragraph.clear()
            case "w:txbxContent":
                box = self._frames.pop()
                self._frames[-1].after_paragraph += box.parts
            case "w:tc":
                cell = self._frames.pop()
                if self._rows:
                    self._rows[-1].cells.append("".join(cell.parts).strip("\n"))
            case "w:tr":
                cells = self._rows.pop().cells
                # A cell of several lines is a column of the layout: its neighbour begins on a line of its own.
                self._frames[-1].parts += [("\n" if "\n" in "".join(cells) else "\t").join(cells), "\n"]
            case "w:tbl":
                self._tables.pop()
            case _ if name in _SHAPES:
                self._shapes.pop()

    def _write(self, text: str) -> None:
        frame = self._frames[-1]
        if text.strip() and self._is_hidden(frame, text):
            return
        if frame.bullet_due and text.strip():
            frame.parts.append("• ")
            frame.bullet_due = False
        frame.parts.append(text)

    def _is_hidden(self, frame: _Frame, text: str) -> bool:
        character = self._styled("character", frame.run)
        look = character.over(self._styled("paragraph", frame.paragraph)).over(frame.base)
        is_white = all(is_lost(ink, WHITE) for ink in look.inks)
        ground = look.ground
        if is_white and ground is None and frame.in_shape:
            # A shape's fill is drawing language that is not read here: most white text on one is meant to be seen.
            self.warnings.add("possibly_hidden_text:white")
            ground = "unknown"
        if look.vanish or look.never_shown or (look.off_screen and any(char.isalpha() for char in text)):
            self.warnings.add("hidden_text:vanish")
        elif look.is_tiny:
            self.warnings.add("hidden_text:tiny")
        elif look.is_off_page:
            self.warnings.add("hidden_text:off_page")
        elif look.is_stacked:
            self.warnings.add("hidden_text:stacked")
        elif all(is_lost(ink, ground or WHITE) for ink in look.inks):
            self.warnings.add("hidden_text:white" if is_white else "hidden_text:background")
        else:
            return False
        return True

    def _styled(self, kind: str, direct: Look) -> Look:
        return direct.over(self._styles.look(kind, direct.style))


def _shape_look(attributes: dict[str, str]) -> Look:
    """What a shape of the old language (VML) says in its style; those of the new one say it further in."""
    style = attributes.get("style", "").lower()
    return Look(
        vanish=True if _NOT_SHOWN.search(style) else None, tiny=True if _NO_SIZE.search(style) else None
    )


def _drawn_look(name: str, attributes: dict[str, str]) -> Look:
    if name == "wp:docPr":
        return Look(vanish=True if attributes.get("hidden") in {"1", "true"} else None)
    sides = [number(attributes.get(side)) for side in ("cx", "cy")]
    # Within a group, a shape is measured in units of the group's own: only nothing is certain there.
    least = TINY * _EMU if name == "wp:extent" else 0
    return Look(tiny=True if any(side is not None and side <= least for side in sides) else None)
