"""The outline of a job description or a brief: which passage is an item of a list, and under which heading it stands."""

import re
from collections.abc import Iterator
from typing import NamedTuple

LONGEST_HEADING = 60
LONGEST_LEAD = 160
_BULLET = r"[-*+•●▪◦·–—>\uf0b7]"
_NUMBER = r"\(?(?:\d{1,2}(?:\.\d{1,2})*[.)]|\d{1,2}(?:\.\d{1,2})+|[a-z]\))"
_ITEM = re.compile(rf"[ \t]*(?:(?P<bullet>{_BULLET})|{_NUMBER})[ \t]+(?=\S)")
_MARKUP = "#*_ \t"


class Passage(NamedTuple):
    """An item of a list, or lines of prose that stand together."""

    text: str
    """Without the number or the bullet of an item."""
    heading: str
    """The last line before it that reads like one, in lower case and without its number; it may be empty, like the next."""
    lead: str
    """The last line since then that ends with a colon."""
    is_item: bool
    is_above: bool = False
    """Is it a heading or a lead itself?"""


def passages(document: str, known_headings: re.Pattern[str] | None = None) -> Iterator[Passage]:
    """The passages of a document in order, headings and leads included.

    A heading is short and does not end like a sentence. It follows an empty line (but not right below one that is known), is
    followed by an item or is known; one with a number ("1. The API") is followed by bullets and is no item of a numbered list.
    """
    lines = [line for line in document.splitlines(keepends=True) if line.strip()]
    after_a_gap = _after_gaps(document)
    heading = lead = ""
    block, is_item, in_numbers, after_known = "", False, False, False
    for line, gap, following in zip(lines, after_a_gap, [*lines[1:], ""], strict=False):
        item, next_item = _ITEM.match(line), _ITEM.match(following)
        text = line[item.end() if item else 0 :].strip(_MARKUP + "\n\r").lower()
        is_known = bool(known_headings and known_headings.fullmatch(text.rstrip(": ")))
        is_numbered = bool(item and not item["bullet"])
        opens = _is_short(text) and (
            is_numbered and (is_known or (not in_numbers and bool(next_item and next_item["bullet"])))
            if item
            else (gap and not after_known) or is_known or bool(next_item) or line.lstrip().startswith("#")
        )
        in_numbers = is_numbered and not opens if item or opens else in_numbers
        after_known = opens and is_known
        leads = not opens and not item and text.endswith(":") and len(text) <= LONGEST_LEAD
        if block and (item or opens or leads or gap):
            yield Passage(block, heading, lead, is_item)
            block, is_item = "", False
        if opens and not text.endswith(":"):
            heading, lead = text, ""
        elif opens or leads:
            lead = text
        if opens or leads:
            yield Passage(line, heading, lead, is_item=False, is_above=True)
            continue
        block += line[item.end() :] if item else line
        is_item = is_item or bool(item)
    if block:
        yield Passage(block, heading, lead, is_item)


def _after_gaps(document: str) -> list[bool]:
    """Of each line that is not empty, whether it is the first or follows one that is."""
    found, gap = [], True
    for line in document.splitlines():
        if line.strip():
            found.append(gap)
        gap = not line.strip()
    return found


def _is_short(text: str) -> bool:
    return 0 < len(text) <= LONGEST_HEADING and text[-1] not in ".!?;,"
