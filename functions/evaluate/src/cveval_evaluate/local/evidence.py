"""Quotes: passages that stand in the document word for word, short enough to be read."""

from collections.abc import Iterable
from typing import Literal

from cveval.domain.evaluations import Quote
from cveval_evaluate.local.sections import heading
from cveval_evaluate.local.text import CUT, Sentence

MOST = 3
LONGEST = 240


def quotes(document: Literal["cv", "project"], passages: Iterable[Sentence]) -> tuple[Quote, ...]:
    """At most three different ones, each at most 240 characters, cut at a word."""
    found: list[str] = []
    for passage in passages:
        text = quotable(passage)
        if text and text not in found:
            found.append(text)
        if len(found) == MOST:
            break
    return tuple(Quote(document, text) for text in found)


def quotable(passage: Sentence) -> str:
    """The longest piece of a passage from which nothing was cut; of that, what is within the limit, up to a whole word.

    Empty for the heading of a section, which shows nothing.
    """
    text = passage.text
    if heading(text) is not None:
        return ""
    piece = (max(text.split(CUT), key=len) if CUT in text else text).strip(" ,;|·\t\r\n")
    if len(piece) <= LONGEST:
        return piece
    short = piece[:LONGEST]
    return short.rsplit(None, 1)[0] if " " in short.strip() else short
