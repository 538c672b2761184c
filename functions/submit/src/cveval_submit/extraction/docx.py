"""Word documents: every w:t in reading order, without what is deleted, doubled or hidden."""

from dataclasses import dataclass, field

from cveval.domain.errors import UnreadableDocument
from cveval_submit.extraction.package import Package
from cveval_submit.extraction.wordml import UNKNOWN, WHITE, Look, Styles, looks_like, short, value

# Deleted text, the second copy of what Word 2007 cannot draw (text boxes), and the old formatting of tracked changes (that
# of a run stands where no owner takes it in).
_SKIPPED = frozenset({"w:del", "w:moveFrom", "mc:Fallback", "w:pPrChange", "w:tcPrChange", "w:tblPrChange"})
_PROPERTIES = frozenset({"w:rPr", "w:pPr", "w:tcPr", "w:tblPr", "w:numPr"})
_BREAKS = {"w:tab": "\t", "w:ptab": "\t", "w:br": "\n", "w:cr": "\n", "w:noBreakHyphen": "-", "w:sym": " "}


def read_docx(content: bytes) -> tuple[str, frozenset[str]]:
    """The text and the warnings about hidden text: headers, body, notes, footers.

    Raises:
        UnreadableDocument: damaged, hostile, or over a limit.
    """
    package = Package(content)
    main = package.main_part()
    if main is None:
        raise UnreadableDocument("is a DOCX without its main part: save it again from a word processor")
    styles = Styles()
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
    ground: Look = field(default_factory=Look)
    in_shape: bool = False
    paragraph: Look = field(default_factory=Look)
    run: Look = field(default_factory=Look)
    bullet_due: bool = False


class Story:
    """Hears a part's elements and writes its text."""

    def __init__(self, styles: Styles) -> None:
        self.warnings: set[str] = set()
        self._styles = styles
        self._frames = [_Frame()]
        self._path: list[str] = []
        self._skipping = 0
        self._rows: list[list[str]] = []
        self._tables: list[Look] = []
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
        owners = [element for element in self._path[-3:] if element not in {"w:rPr", "w:numPr"}]
        frame = self._frames[-1]
        match owners[-1] if owners else "":
            case "w:r":
                frame.run.note(name, attributes)
            case "w:pPr" if self._path[-1] != "w:rPr":
                frame.paragraph.note(name, attributes)
                frame.bullet_due = bool(self._look_of(frame.paragraph).listed)
            case "w:tcPr":
                frame.ground.note(name, attributes)
            case "w:tblPr" if self._tables:
                self._tables[-1].note(name, attributes)

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        frame = self._frames[-1]
        match name:
            case "w:background":
                colour = (value(attributes, "color") or "auto").upper()
                frame.ground.ground = None if colour == "AUTO" else colour
            case "w:p":
                frame.paragraph, frame.bullet_due = Look(), False
            case "w:r":
                frame.run = Look()
            case "w:t":
                self._letters = []
            case "w:tbl":
                self._tables.append(Look(ground=frame.ground.ground))
            case "w:tr":
                self._rows.append([])
            case "w:tc":
                table = self._look_of(self._tables[-1]) if self._tables else Look()
                self._frames.append(_Frame(ground=Look(ground=table.ground), in_shape=frame.in_shape))
            case "w:txbxContent":
                self._frames.append(_Frame(in_shape=True))
            case _ if name in _BREAKS and self._path and self._path[-1] == "w:r":
                frame.parts.append(_BREAKS[name])

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
                    self._rows[-1].append("".join(cell.parts).strip("\n"))
            case "w:tr":
                cells = self._rows.pop()
                # A cell of several lines is a column of the layout: its neighbour begins on a line of its own.
                self._frames[-1].parts += [("\n" if "\n" in "".join(cells) else "\t").join(cells), "\n"]
            case "w:tbl":
                self._tables.pop()

    def _write(self, text: str) -> None:
        frame = self._frames[-1]
        if text.strip() and self._is_hidden(frame):
            return
        if frame.bullet_due and text.strip():
            frame.parts.append("• ")
            frame.bullet_due = False
        frame.parts.append(text)

    def _is_hidden(self, frame: _Frame) -> bool:
        look = self._look_of(frame.run).over(self._look_of(frame.paragraph))
        ground = look.ground or frame.ground.ground
        is_white = looks_like(look.colour or "", WHITE)
        if is_white and ground is None and frame.in_shape:
            # A shape's fill is drawing language that is not read here: most white text on one is meant to be seen.
            self.warnings.add("possibly_hidden_text:white")
            ground = UNKNOWN
        if look.vanish:
            self.warnings.add("hidden_text:vanish")
        elif look.tiny or look.squeezed:
            self.warnings.add("hidden_text:tiny")
        elif looks_like(look.colour or "", ground or WHITE):
            self.warnings.add("hidden_text:white" if is_white else "hidden_text:background")
        else:
            return False
        return True

    def _look_of(self, direct: Look) -> Look:
        return direct.over(self._styles.look(direct.style))
