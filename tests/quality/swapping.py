"""The same CV of somebody else: another name from another culture, and another gender."""

import re

from tests.quality.labelled import Cv

OTHERS = (
    ("Emily", "Walsh"),
    ("Jamal", "Washington"),
    ("Nguyễn", "Thị Hồng"),
    ("José María", "de la Cruz"),
    ("Grace", "Will"),
    ("Mark", "Summers"),
    ("Fatima", "bint Yusuf al-Rashid"),
    ("Wolfgang", "van der Berg"),
    ("Ruby", "Baker"),
    ("Siddhartha", "Venkataraman-Iyer"),
)
"""Among them names that are words, or skills, as well."""
_WORDS = {
    "he": "she",
    "him": "her",
    "his": "her",
    "himself": "herself",
    "she": "he",
    "her": "his",
    "hers": "his",
    "herself": "himself",
    "they": "she",
    "them": "her",
    "their": "her",
    "theirs": "hers",
    "themself": "herself",
    "themselves": "herself",
    "mr": "ms",
    "mrs": "mr",
    "ms": "mr",
    "miss": "mr",
    "mx": "mrs",
    "male": "female",
    "female": "male",
    "man": "woman",
    "woman": "man",
    "men": "women",
    "women": "men",
    "father": "mother",
    "mother": "father",
    "husband": "wife",
    "wife": "husband",
    "son": "daughter",
    "daughter": "son",
    "widow": "widower",
    "widower": "widow",
    "boys": "girls",
    "girls": "boys",
}
_GENDERED = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b", re.IGNORECASE)


def as_somebody_else(cv: Cv, other: tuple[str, str]) -> str:
    """Every way of writing the name replaced in kind, pronouns and words of gender exchanged."""
    given, family = other
    text = cv.text
    for written in sorted(cv.names, key=len, reverse=True):
        new = _in_kind(cv.names[written], written, given, family)
        text = text.replace(written, _cased_as(written, new))
    return _GENDERED.sub(lambda found: _cased_as(found[0], _WORDS[found[0].lower()]), text)


def _in_kind(kind: str, written: str, given: str, family: str) -> str:
    match kind:
        case "full":
            return f"{given} {family}"
        case "family":
            return family
        case "given":
            return given
        case _:  # an address, a user name, a middle name
            return f"{given}.{family}".lower().replace(" ", "") if written.islower() else given


def _cased_as(model: str, text: str) -> str:
    if model.isupper() and len(model) > 1:
        return text.upper()
    if model.islower():
        return text.lower()
    return text[0].upper() + text[1:]
