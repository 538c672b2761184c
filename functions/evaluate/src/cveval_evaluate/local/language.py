"""Is a text English? Its rules are made for English; elsewhere only dates, figures and names of skills can be judged."""

import json
import re
from collections.abc import Iterable, Sequence
from enum import Enum
from functools import cache
from importlib import resources

from cveval_evaluate.local.achievements import VERBS
from cveval_evaluate.local.function_words import WEIGHTLESS
from cveval_evaluate.local.skills import skill_tokens
from cveval_evaluate.local.text import NUMBER_WORDS, Sentence, stem
from cveval_evaluate.local.tfidf import idf_table

READ = 1_000
"""So many words are enough to tell."""
FEWEST_LETTERS = 200
LEAST_ENGLISH, LEAST_OTHER = 0.02, 0.04
"""Prose has a share of .2 and more, a CV of bare phrases about .03."""
FEWEST_WORDS = 5
FEWEST_OTHER = 2
"""Function words of another language: one may be a letter of a product's name (S/4HANA)."""
LEAST_KNOWN, MOST_KNOWN = 0.45, 0.6
"""Of the words of an English CV, be it one line, seven in ten are those of job posts and occupations, are function words or name a skill; of
one in another language, which may have no function words at all, three in ten. From .6 on a text is English without any function word: a
list of skills, or a few short lines."""
_LATIN = re.compile(r"[a-z\u00df-\u024f]+")

_ENGLISH = frozenset(
    # Only words that no other language of the Latin script shares.
    [
        "the",
        "and",
        "for",
        "with",
        "to",
        "from",
        "by",
        "that",
        "this",
        "which",
        "are",
        "were",
        "has",
        "have",
        "had",
        "it",
        "its",
        "my",
        "our",
        "their",
        "be",
        "been",
        "or",
        "not",
        "all",
        "into",
        "than",
        "then",
        "when",
        "who",
        "using",
        "used",
        "through",
        "while",
        "about",
    ]
)
_OTHER = frozenset(
    [
        "der",
        "die",
        "das",
        "und",
        "mit",
        "für",
        "von",
        "im",
        "ist",
        "den",
        "dem",
        "ein",
        "eine",
        "bei",
        "als",
        "auf",
        "zur",
        "zum",
        "le",
        "la",
        "les",
        "des",
        "du",
        "et",
        "une",
        "pour",
        "dans",
        "avec",
        "est",
        "sur",
        "au",
        "aux",
        "en",
        "de",
        "el",
        "los",
        "las",
        "y",
        "con",
        "por",
        "para",
        "una",
        "del",
        "que",
        "se",
        "como",
        "al",
        "un",
        "su",
        "il",
        "e",
        "di",
        "che",
        "per",
        "gli",
        "della",
        "nel",
        "sono",
        "dei",
        "o",
        "os",
        "da",
        "dos",
        "em",
        "uma",
        "com",
        "na",
        "no",
        "ao",
        "het",
        "een",
        "van",
        "en",
        "voor",
        "met",
        "op",
        "te",
        "zijn",
        "yang",
        "dan",
        "untuk",
        "dengan",
        "pada",
        "dari",
        "ini",
        "saya",
        "sebagai",
        "dalam",
        "di",
        "ke",
        "och",
        "att",
        "på",
        "som",
        "av",
        "är",
        "ett",
        "til",
        "og",
        "ve",
        "bir",
        "ile",
        "bu",
        "w",
        "z",
        "na",
        "się",
        "oraz",
        "je",
        "že",
        "s",
        "v",
        "do",
    ]
)
_TELLING = _ENGLISH | _OTHER


class Language(Enum):
    """What a text is, as far as it can be judged here."""

    ENGLISH = "English"
    HARDLY_ENGLISH = "hardly any English sentences"
    """A heap of keywords is that, too: it must not be taken for a language that cannot be judged."""
    ANOTHER = "another language"


def language_of(lower: Sequence[str]) -> Language:
    """By the shares of English function words and of those of other languages, and by the script."""
    found = lower[:READ]
    if not found:
        return Language.ENGLISH
    # All at once, since most words are in neither, and no word is in both.
    telling = [*filter(_TELLING.__contains__, found)]
    of_english = sum(map(_ENGLISH.__contains__, telling))
    english, other = of_english / len(found), (len(telling) - of_english) / len(found)
    letters = "".join(found)
    is_latin = letters.isascii() or 2 * sum(map(len, _LATIN.findall(letters))) >= len(letters)
    if not is_latin:
        return Language.ANOTHER
    if english >= LEAST_ENGLISH and english >= other:
        return Language.ENGLISH
    known = _share_known(found)
    has_others = other >= LEAST_OTHER and len(telling) - of_english >= FEWEST_OTHER
    if (has_others and known < MOST_KNOWN) or (len(found) >= FEWEST_WORDS and known < LEAST_KNOWN):
        return Language.ANOTHER
    return Language.ENGLISH if known >= MOST_KNOWN and not has_others else Language.HARDLY_ENGLISH


def _share_known(lower: Sequence[str]) -> float:
    table, skills, english = idf_table().weights, skill_tokens(), _english_stems()
    known = [
        word in WEIGHTLESS or word in skills or (of_word := stem(word)) in table or of_word in english
        for word in lower
    ]
    return sum(known) / len(lower)


@cache
def _english_stems() -> frozenset[str]:
    """Beside those of the table of document frequencies: rarer ones of occupations, verbs of action and numbers."""
    raw = (resources.files("cveval_evaluate.local") / "data" / "english.json").read_text("utf-8")
    return frozenset([*json.loads(raw)["stems"].split(), *VERBS, *map(stem, NUMBER_WORDS)])


def language_of_all(passages: Iterable[Sentence]) -> Language:
    return language_of([word for passage in passages for word in passage.lower])


def is_very_short(lower: Sequence[str]) -> bool:
    """Too little to rate: about forty words, or as many letters where words have no spaces between them."""
    return len(lower) < FEWEST_LETTERS and sum(map(len, lower)) < FEWEST_LETTERS
