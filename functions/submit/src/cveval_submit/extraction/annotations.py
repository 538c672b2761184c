"""What was typed into a PDF's form fields and text notes: it is seen on the page, but is no part of its content."""

from collections.abc import Iterator
from typing import Any

from pypdf import PageObject
from pypdf.generic import ArrayObject, DictionaryObject, EncodedStreamObject, StreamObject

from cveval_submit.extraction.grounds import Area, Matrix, corners, times
from cveval_submit.extraction.ink import dictionary

_UNSEEN = 2 | 32
"""The flags Hidden and NoView."""
_TYPED = frozenset({"/Tx", "/Ch"})
"""Text fields and choices; what buttons look like says nothing."""


def appearances(page: PageObject) -> Iterator[tuple[EncodedStreamObject, Area, Matrix]]:
    """The appearances that a page shows, from top to bottom, each with its place and its way there."""
    annotations = page.get("/Annots")
    found = annotations.get_object() if annotations is not None else None
    shown = [
        (annotation, [float(number) for number in annotation.get("/Rect", ())])
        for annotation in map(dictionary, found if isinstance(found, ArrayObject) else ())
        if _is_typed(annotation) and not int(annotation.get("/F", 0)) & _UNSEEN
    ]
    for annotation, place in sorted(shown, key=lambda one: one[1][1:2], reverse=True):
        look = dictionary(annotation.get("/AP")).get("/N")
        stream = look.get_object() if look is not None else None
        if isinstance(stream, StreamObject) and len(place) == 4:
            yield stream, tuple(place), _onto_page(stream, place)  # type: ignore[misc]  # any stream can be read


def _is_typed(annotation: DictionaryObject) -> bool:
    if annotation.get("/Subtype") == "/FreeText":
        return True
    parent = dictionary(annotation.get("/Parent"))
    return annotation.get("/Subtype") == "/Widget" and annotation.get("/FT", parent.get("/FT")) in _TYPED


def _onto_page(stream: StreamObject, place: list[float]) -> Matrix:
    """ISO 32000-1, 12.5.5: the appearance's box is laid onto the annotation's rectangle."""
    own: Any = [float(number) for number in stream.get("/Matrix", (1, 0, 0, 1, 0, 0))]
    box: Any = [float(number) for number in stream.get("/BBox", (0, 0, 1, 1))]
    left, bottom, right, top = corners(tuple(box), tuple(own))
    wide = (place[2] - place[0]) / (right - left) if right > left else 1.0
    high = (place[3] - place[1]) / (top - bottom) if top > bottom else 1.0
    return times(tuple(own), (wide, 0, 0, high, place[0] - left * wide, place[1] - bottom * high))
