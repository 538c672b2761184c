"""Quotes: passages that stand in the document word for word, short enough to be read."""

from collections.abc import Iterable
from typing import Literal

from cveval.domain.evaluations import Quote

MOST = 3
LONGEST = 240


def quotes(document: Literal["cv", "project"], passages: Iterable[str]) -> tuple[Quote, ...]:
    """At most three different ones, each at most 240 characters, cut at a word."""
    found: list[str] = []
    for passage in passages:
        text = cut(passage)
        if text and text not in found:
            found.append(text)
        if len(found) == MOST:
            break
    return tuple(Quote(document, text) for text in found)


def cut(passage: str) -> str:
    """The beginning of a passage, up to the last whole word within the limit."""
    if len(passage) <= LONGEST:
        return passage
    short = passage[:LONGEST]
    return short.rsplit(" ", 1)[0] if " " in short else short
