"""Whether a text is one: told by the shape of its words, in any language, without a dictionary.

A font whose letters cannot be mapped back gives words that no language has: without a vowel, with signs in their middle, of letters
that stand for nothing. Words of other scripts than Latin are not judged, nor are short ones and abbreviations.
"""

import re
import unicodedata
from collections import Counter

from cveval.domain.errors import UnreadableDocument

FEW_WORDS = 20
"""A document with fewer words, or a PDF with fewer on its average page, has perhaps more in its pictures."""
SUSPICIOUS = 0.12
"""A share of unlikely words that no tested language reaches; it is reported …"""
HOPELESS = 0.3
"""… and this one is refused, if there are …"""
ENOUGH = 10
"""… so many words that can be judged."""

SIGNS = 0.4
"""The share of characters that are neither letters nor digits: no text of more than SHORT has so many."""
NAMELESS = 0.08
"""The share of characters that their font gave no name; pictograms stay below it."""
SHORT = 100
"""Characters, space not counted: a shorter text is not judged by shares of them."""

_WORD = re.compile(r"\S+")
_ADDRESS = re.compile(r"\w@\w|://|www\.|\w\.\w|\w[/\\]\w")
_CORE = re.compile(r"\w(?:.*\w)?")
_SIGN_INSIDE = re.compile(r"\w[^\w\s'’`´.\-‐–—/&+:,;·•|()]+\w")
_LINE = re.compile(r"([^\w\s\ufffd])\1+")
_NO_LETTER = re.compile("[\x00-\x08\x0e-\x1f\ufffd\ue000-\uf8ff]")
_VOWELS = frozenset("aeiouyıøæœ")
_LONGEST = 45


def judge(text: str, pages: int) -> frozenset[str]:
    """The warnings that a text earns, as its reader found it: controls are letters that a font gave no name.

    Raises:
        UnreadableDocument: most of its words are none.
    """
    words = [word[0] for word in _WORD.finditer(text)]
    judged = unlikely = 0
    for word, times in Counter(words).items():
        verdict = _is_unlikely(word)
        judged += 0 if verdict is None else times
        unlikely += times if verdict else 0
    share = unlikely / judged if judged >= ENOUGH else 0.0
    if share >= HOPELESS or _is_code("".join(words)):
        raise UnreadableDocument(
            "holds text that no program can read: its fonts lack the table from shapes to letters; "
            "export it again with another program, or run OCR over it"
        )
    warnings = set[str]()
    if share >= SUSPICIOUS:
        warnings.add("low_quality:unlikely_words")
    # Scripts without spaces have words of about two characters.
    wide = sum(unicodedata.east_asian_width(char) == "W" for char in text) // 2
    if len(words) + wide < FEW_WORDS * max(1, pages):
        warnings.add("low_quality:few_words")
    return frozenset(warnings)


def _is_code(text: str) -> bool:
    """Whether a text without space is of signs and of nameless characters. Marks that go with a letter are letters."""
    # A line of dashes is one sign.
    text = _LINE.sub(r"\1", text)
    signs = sum(not char.isalnum() and not unicodedata.category(char).startswith("M") for char in text)
    nameless = len(_NO_LETTER.findall(text))
    return len(text) > SHORT and (signs >= SIGNS * len(text) or nameless >= NAMELESS * len(text))


def _is_unlikely(word: str) -> bool | None:
    """None: too short, an abbreviation, an address, or of another script."""
    if not word.isascii():
        word = "".join(char for char in word if unicodedata.category(char) != "Cf")
    if len(word) < 2 or _ADDRESS.search(word):
        return None
    if _NO_LETTER.search(word):
        return True
    core = _CORE.search(word)
    word = core[0] if core else ""
    letters = [char for char in word if char.isalpha()]
    if len(letters) < 4 or not all(_is_latin(char) for char in letters):
        return None
    if _SIGN_INSIDE.search(word) or len(letters) > _LONGEST:
        return True
    if len(letters) < 6 and sum(char.isupper() for char in letters) > 1:
        return None
    foreign = sum(not char.isascii() for char in letters)
    return foreign > 0.6 * len(letters) or not _VOWELS.intersection(
        unicodedata.normalize("NFD", word.lower())
    )


def _is_latin(char: str) -> bool:
    return char.isascii() or unicodedata.name(char, "").startswith("LATIN")
