"""Sentences that stand word for word in their document, words, and stems."""

import re
from collections.abc import Iterable
from itertools import compress
from operator import itemgetter
from sys import intern
from threading import Lock
from typing import NamedTuple

import snowballstemmer

from cveval_evaluate.local.function_words import WEIGHTLESS

CUT = "\x00"
"""Stands where something was taken out of a document (a name, a copied passage); it is no part of any word or quote."""
LONGEST_SENTENCE = 600
SHORTEST_WRAPPED = 60
FEWEST_BEFORE_SEMICOLON = 4
"""Words: fewer ("Introduced Terraform; …") say something only together with what follows."""
LONGEST_WORD = 40
MOST_KEPT = 100_000
NUMBER_WORDS = (
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
)
"""From one on."""

WORD = re.compile(r"[^\W\d_\x00-@\[-`{-\x7f][\w+#A-Za-z]*+(?:[.'’&-][\w+#]++)*+")
"""Possessive, which finds the same in half the time; the ranges of ASCII, which change nothing, save a sixth of the rest."""
_END = re.compile(
    r"[.!?;:•●▪◦\uf0b7](?:(?<!:)(?=\s)|(?<=[a-z]{3}[.!?;:])(?=[A-Z][a-z]+\s)|(?<=[•●▪◦\uf0b7]))"
)
"""Sentences without a space between them ("… our customers.The team …") are usual in job posts, as are bullets within a line."""
_BULLETS = "•●▪◦\uf0b7"
_INITIAL = re.compile(r"[^\W\d_]\.")
"""Of somebody's name; no sentence, and not the language R."""
_LEADING = "●▪·*#–—>•◦\uf0b7-" + "".join(c for c in map(chr, range(0x3001)) if c.isspace())
_STEMMER = snowballstemmer.stemmer("english")
_STEMMING = Lock()
"""The stemmer keeps the word that it works on: two threads in it would raise, or remember each other's stems."""


Span = tuple[int, int]
"""Where a passage begins and ends."""


class Word(NamedTuple):
    """A word in lower case, its stem, and whether it carries meaning that may count."""

    lower: str
    stem: str
    has_weight: bool


class Sentence(NamedTuple):
    """A passage of a document: `text` stands in it word for word, line breaks included, except where it was cut."""

    text: str
    words: tuple[str, ...]
    """As they are written."""
    lower: tuple[str, ...]
    stems: tuple[str, ...]
    """One for each word, those without meaning of their own included."""
    content: tuple[str, ...]
    """Only the stems of words that carry meaning and say nothing of somebody's gender."""


def sentences(document: str) -> list[Sentence]:
    """Sentences and lines, without bullets, each at most 600 characters."""
    found: list[Sentence] = []
    for block in _blocks(document):
        if block.isspace():
            continue
        for part in _parts(block):
            text = part.lstrip(_LEADING)[:LONGEST_SENTENCE].rstrip()
            written = words(text)
            if len(written) > 1 or (written and not _INITIAL.fullmatch(text)):
                lower, stems, has_weight = zip(*read(written), strict=False)
                found.append(Sentence(text, tuple(written), lower, stems, tuple(compress(stems, has_weight))))
    return found


def _blocks(document: str) -> Iterable[str]:
    """Lines, those that only wrap put together: a long one that ends in the middle of a sentence goes on in the next."""
    block: list[str] = []
    for line in document.splitlines(keepends=True):
        if block and not _goes_on(block[-1].rstrip(), line.lstrip()):
            yield "".join(block)
            block = []
        block.append(line)
    if block:
        yield "".join(block)


def _goes_on(last: str, line: str) -> bool:
    return (
        len(last) >= SHORTEST_WRAPPED
        and last[-1] not in ".!?:;"
        and (line[:1].isalnum() or line[:1] in ("(", "[", "“", '"', "'"))
    )


def _parts(block: str) -> Iterable[str]:
    start = 0
    for end in _END.finditer(block):
        if end[0] == ";" and len(words(block[start : end.start()])) < FEWEST_BEFORE_SEMICOLON:
            continue
        cut = end.start() if end[0] in _BULLETS else end.end()
        yield block[start:cut]
        start = cut
    yield block[start:]


def words(text: str) -> list[str]:
    """Words as they are written, C++, C#, R&D and Node.js whole."""
    return WORD.findall(text)


def in_small_letters(text: str) -> str:
    """In lower case and of the same length, which `İ` is not."""
    return text.replace("İ", "I").lower()


def without_spans(text: str, spans: Iterable[Span]) -> str:
    """Cut out spans; of those that overlap, the first in the text, and of those that begin together, the first named."""
    kept, reached = "", 0
    for start, end in sorted(spans, key=itemgetter(0)):
        if start >= reached:
            kept += text[reached:start] + CUT
            reached = end
    return kept + text[reached:]


def stem(word: str) -> str:
    """The English Snowball stem of a word; of one longer than 40 characters, only of its beginning."""
    return _READ[word].stem


def read(written: Iterable[str]) -> list[Word]:
    """Words as `words` gives them."""
    return [*map(_READ.__getitem__, written)]


class _Words(dict[str, Word]):
    """What was read before: a plain dictionary, since one that knows what was used last costs more than the rest of the reading."""

    def __missing__(self, written: str) -> Word:
        if len(self) >= MOST_KEPT:
            self.clear()
        lower = written.lower()
        with _STEMMING:
            of_lower = _STEMMER.stemWord(lower[:LONGEST_WORD].rstrip(".'’&-"))
        word = self[written] = Word(intern(lower), intern(str(of_lower)), lower not in WEIGHTLESS)
        return word


_READ = _Words()
