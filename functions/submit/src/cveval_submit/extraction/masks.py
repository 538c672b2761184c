"""Soft masks that let nothing through."""

from typing import Any

from pypdf.generic import ContentStream, DictionaryObject, NullObject, StreamObject

from cveval_submit.extraction.budget import Budget
from cveval_submit.extraction.colours import BLACK
from cveval_submit.extraction.ink import Ink, dictionary, entry
from cveval_submit.extraction.operators import FILLING, SHOWING, STROKING


class Masks:
    """The soft masks of one document, each looked through once."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._empty: dict[int, tuple[Any, bool]] = {}

    def is_empty(self, mask: Any) -> bool:
        """Whether what is painted through this /SMask is not seen at all; False when in doubt."""
        mask = mask.get_object()
        if not isinstance(mask, DictionaryObject) or "/TR" in mask:
            return False
        # The mask is kept with the answer, so that no other object gets its id.
        if id(mask) not in self._empty:
            self._empty[id(mask)] = (mask, self._is_empty(mask))
        return self._empty[id(mask)][1]

    def _is_empty(self, mask: DictionaryObject) -> bool:
        group = mask.get("/G", NullObject()).get_object()
        if not isinstance(group, StreamObject):
            return False
        is_alpha = mask.get("/S") == "/Alpha"
        if not is_alpha and any(float(component) for component in mask.get("/BC", ())):
            return False
        resources, ink = dictionary(group.get("/Resources")), Ink()
        for operands, operator in ContentStream(group, None, "bytes").operations:
            self._budget.spend(1)
            if operator == b"Do" and _is_black(entry(resources, "/XObject", operands[0])) and not is_alpha:
                continue
            if operator in {b"Do", b"sh", b"INLINE IMAGE"}:
                return False
            paints = [
                paint
                for paint, painting in ((ink.fill, FILLING | SHOWING), (ink.stroke, STROKING))
                if operator in painting
            ]
            if any(is_alpha or paint.colour != BLACK for paint in paints):
                return False
            ink.set(operator, operands, resources)
        return True


def _is_black(picture: DictionaryObject) -> bool:
    return (
        isinstance(picture, StreamObject)
        and picture.get("/Subtype") == "/Image"
        and picture.get("/ColorSpace") in {"/DeviceGray", "/DeviceRGB"}
        and "/Decode" not in picture
        and "/DCTDecode" not in str(picture.get("/Filter", ""))
        and not any(picture.get_data())
    )
