"""A DOCX as a ZIP of XML parts, read piece by piece under limits that count what really comes out."""

import codecs
import zlib
from collections.abc import Iterator
from io import BytesIO
from itertools import chain
from typing import Protocol
from xml.etree import ElementTree as ET
from zipfile import BadZipFile, ZipFile

from cveval.domain.errors import UnreadableDocument

MAX_ENTRIES = 2_000
MAX_INFLATED = 50_000_000
MAX_RATIO = 100
MAX_DEPTH = 256
_RATIO_COUNTS_FROM = 1_000_000
_PIECE = 65_536

_WAY_OUT = "save it again from a word processor, without what is embedded in it, or give a PDF"
_DAMAGED = "is a damaged DOCX: open it in a word processor, save it again and use that"


class Target(Protocol):
    """What hears a part's elements."""

    def start(self, tag: str, attributes: dict[str, str]) -> None: ...
    def end(self, tag: str) -> None: ...
    def data(self, text: str) -> None: ...


class Package:
    """An open archive. All parts read from one package share one budget."""

    def __init__(self, content: bytes) -> None:
        """Open the archive's directory; inflates nothing.

        Raises:
            UnreadableDocument: damaged, or over a limit by what it says of itself.
        """
        try:
            self._archive = ZipFile(BytesIO(content))
        except (BadZipFile, ValueError, NotImplementedError, EOFError) as error:
            raise UnreadableDocument(_DAMAGED) from error
        entries = self._archive.infolist()
        if len(entries) > MAX_ENTRIES:
            raise UnreadableDocument(
                f"is a DOCX of {len(entries):,} parts; at most {MAX_ENTRIES:,} are allowed: {_WAY_OUT}"
            )
        _check_inflated(sum(entry.file_size for entry in entries))
        self._names = {entry.filename for entry in entries}
        self._inflated = 0

    def main_part(self) -> str | None:
        """The name of the Word document's main part, or None if this is no Word document."""
        if "[Content_Types].xml" not in self._names:
            return None
        if "word/document.xml" in self._names:
            return "word/document.xml"
        named = self.related("", "officeDocument")
        # Spreadsheets and slides have an officeDocument too.
        return next((name for name in named if name.endswith(".xml") and name.startswith("word")), None)

    def related(self, part: str, *kinds: str) -> list[str]:
        """The parts of these kinds that a part's relationships name, in their order; "" is the package itself."""
        folder, _, name = part.rpartition("/")
        relationships = f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels"
        if relationships not in self._names:
            return []
        found = _Relationships()
        self.parse(relationships, found)
        targets = [
            target.lstrip("/") if target.startswith("/") or not folder else f"{folder}/{target}"
            for kind, target in found.internal
            if kind.rpartition("/")[2] in kinds
        ]
        return [target for target in dict.fromkeys(targets) if target in self._names]

    def parse(self, part: str, target: Target) -> None:
        """Send a part's elements to the target.

        Raises:
            UnreadableDocument: damaged XML, a DOCTYPE, too deep, or over a limit.
        """
        pieces = self._pieces(part)
        first = next(pieces, b"")
        # The format knows these two; a declaration could name any of Python's codecs, and some of them fail oddly.
        encoding = "utf-16" if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8"
        parser = ET.XMLParser(target=_Guarded(target), encoding=encoding)  # noqa: S314 - _Guarded refuses every DOCTYPE, so no entity exists
        try:
            for piece in chain((first,), pieces):
                parser.feed(piece)
            parser.close()
        except ET.ParseError as error:
            raise UnreadableDocument(_DAMAGED) from error

    def _pieces(self, part: str) -> Iterator[bytes]:
        """A part's bytes as they inflate. The sizes in the directory are the sender's claims: what comes out is counted."""
        packed = max(1, self._archive.getinfo(part).compress_size)
        inflated = 0
        try:
            with self._archive.open(part) as stream:
                while piece := stream.read(_PIECE):
                    inflated += len(piece)
                    self._inflated += len(piece)
                    _check_inflated(self._inflated)
                    if inflated > _RATIO_COUNTS_FROM and inflated > MAX_RATIO * packed:
                        raise UnreadableDocument(
                            f"is a DOCX that inflates to more than {MAX_RATIO} times its size: {_WAY_OUT}"
                        )
                    yield piece
        except (
            BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            RuntimeError,
            OSError,
            ValueError,
        ) as error:
            # RuntimeError is zipfile's word for an entry with a password, ValueError for one before the file's beginning.
            raise UnreadableDocument(_DAMAGED) from error


class _Guarded:
    """Stands before a target: refuses a DOCTYPE at its first word, and nesting that only an attack has."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._depth = 0
        self.data = target.data

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise UnreadableDocument(f"is a DOCX nested deeper than {MAX_DEPTH} elements: {_WAY_OUT}")
        self._target.start(tag, attributes)

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._target.end(tag)

    def doctype(self, _name: str, _public: str | None, _system: str | None) -> None:
        raise UnreadableDocument(
            f"is a DOCX with a DOCTYPE (entities), which no word processor writes: {_WAY_OUT}"
        )


class _Relationships:
    """Collects (type, target) of what lies inside the package."""

    def __init__(self) -> None:
        self.internal: list[tuple[str, str]] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag.endswith("}Relationship") and attributes.get("TargetMode") != "External":
            self.internal.append((attributes.get("Type", ""), attributes.get("Target", "")))

    def end(self, tag: str) -> None:
        """Say nothing; a relationship is its attributes."""

    def data(self, text: str) -> None:
        """Say nothing."""


def _check_inflated(size: int) -> None:
    if size > MAX_INFLATED:
        raise UnreadableDocument(
            f"is a DOCX that inflates to more than {MAX_INFLATED // 1_000_000} MB, which is the limit: {_WAY_OUT}"
        )
