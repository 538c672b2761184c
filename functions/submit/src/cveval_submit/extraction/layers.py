"""Optional content: the layers of a PDF that its default configuration does not show."""

from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from cveval_submit.extraction.ink import dictionary


class Layers:
    def __init__(self, reader: PdfReader) -> None:
        properties = dictionary(reader.root_object.get("/OCProperties"))
        default = dictionary(properties.get("/D"))
        self._off = _ids(default.get("/OFF"))
        if default.get("/BaseState") == "/OFF":
            self._off |= _ids(properties.get("/OCGs")) - _ids(default.get("/ON"))

    def hides(self, owner: DictionaryObject, key: str) -> bool:
        """Whether the group, or membership in groups, that an entry names is switched off."""
        if not self._off or key not in owner:
            return False
        group, named = owner.raw_get(key), dictionary(owner.get(key))
        if named.get("/Type") != "/OCMD":
            return _id(group) in self._off
        # A membership with an expression is not computed: what is in doubt counts as seen.
        groups = _ids(named.raw_get("/OCGs")) if "/OCGs" in named and "/VE" not in named else set()
        match named.get("/P", "/AnyOn"):
            case "/AllOn":
                return bool(groups & self._off)
            case "/AnyOn":
                return bool(groups) and groups <= self._off
            case _:
                return False


def _ids(groups: Any) -> set[int]:
    """The object numbers of a group, or of an array of them."""
    found = groups.get_object() if groups is not None else None
    if isinstance(found, ArrayObject):
        return {number for group in found if (number := _id(group)) is not None}
    return {number} if (number := _id(groups)) is not None else set()


def _id(group: Any) -> int | None:
    return group.idnum if isinstance(group, IndirectObject) else None
