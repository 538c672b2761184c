"""Who somebody is must not change a score: lines that only identify are left out before anything is rated."""

import re

_CONTACT = re.compile(
    r"\S@\S|\bhttps?://|\bwww\.|linkedin\.com|github\.com|(?:\+|\b00)\d[\d ()./-]{6,20}\d|\(\d{3}\)\s?\d{3}"
)
_LABEL = re.compile(
    r"^\W*(?:name|first name|last name|surname|e-?mail|phone|mobile|tel(?:ephone)?|address|date of birth|born|birthday|age|"
    r"gender|sex|nationality|citizenship|marital status|religion|photo|place of birth|pronouns?)\b\s*[:–-]",
    re.IGNORECASE,
)
_NAME = re.compile(r"^(?:[A-Z][\w'’.-]{0,30}\s){1,4}[A-Z][\w'’.-]{0,30}$")
_GENDERED = re.compile(
    r"\b(?:he|she|him|his|hers?|himself|herself|mrs?|ms|miss|mx|they|them|theirs?)\b", re.IGNORECASE
)
TOP = 6
LONGEST_CONTACT_LINE = 160


def without_identity(cv: str) -> str:
    """The CV without its name, contact and personal lines; every other line as it was."""
    lines = cv.splitlines()
    name = _name_of(lines)
    kept = (line for line in lines if not _identifies(line))
    text = "\n".join(kept)
    for word in name:
        # A name is mentioned elsewhere, too.
        text = re.sub(rf"\b{re.escape(word)}\b", "", text)
    return text


def _identifies(line: str) -> bool:
    short = len(line) <= LONGEST_CONTACT_LINE
    return bool(_LABEL.match(line)) or (short and bool(_CONTACT.search(line)))


def _name_of(lines: list[str]) -> list[str]:
    """The words of the first line near the top that looks like a person's name."""
    for line in lines[:TOP]:
        if _NAME.match(line.strip()) and len(line) <= 60:
            return line.split()
    return []


def is_gendered(word: str) -> bool:
    """A pronoun or title: worth nothing in a score."""
    return bool(_GENDERED.fullmatch(word))
