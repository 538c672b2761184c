"""Sentences that stand word for word in their document, words, and stems."""

import re
from collections.abc import Iterable
from itertools import accumulate, chain, compress
from operator import itemgetter
from sys import intern
from threading import Lock
from typing import NamedTuple

import Stemmer

from cveval_evaluate.local.function_words import WEIGHTLESS

CUT = "\x00"
"""Stands where something was taken out of a document (a name, a copied passage); it is no part of any word or quote."""
LONGEST_SENTENCE = 600
SHORTEST_WRAPPED = 60
MOST_LISTED = 7
"""Items of one or two words after each other: more are a list, whatever stands before or after them."""
FEWEST_BEFORE_SEMICOLON = 4
"""Words: fewer ("Introduced Terraform; …") say something only together with what follows."""
LONGEST_WORD = 40
LONGEST_SHORTENED = 8
"""With what may stand before it: the word itself is shorter."""
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
_SHORTENED = (
    # what follows any of these, a small letter or a figure, a small letter
    "e.g i.e approx ca incl excl esp cf vs viz Dr Prof Mr Mrs Ms St",
    "no nos vol fig min max jan feb mar apr jun jul aug sep sept oct nov dec",
    "yr yrs hr hrs mo mos mth mths wk wks p.a etc ltd inc co corp dept univ dist",
)
_ANYTHING, _FIGURE, _SMALL_LETTER = (frozenset(shortened.split()) for shortened in _SHORTENED)
_LIST = re.compile(rf"(?:[^\s,]+(?: [^\s,]+)?, ){{{MOST_LISTED}}}")
_BULLETS = "•●▪◦\uf0b7"
_INITIAL = re.compile(r"[^\W\d_]\.")
"""Of somebody's name; no sentence, and not the language R."""
_LEADING = "●▪·*#–—>•◦\uf0b7-" + "".join(c for c in map(chr, range(0x3001)) if c.isspace())
_STEMMER = Stemmer.Stemmer("english", 0)
"""Without a memory of its own: each word is read once."""
_STEMMING = Lock()
"""The stemmer keeps the word that it works on: two threads in it would raise, or remember each other's stems."""


Span = tuple[int, int]
"""Where a passage begins and ends."""


class Word(NamedTuple):
    """A word, also in lower case, its stem, and whether it carries meaning that may count."""

    written: str
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


class Reading:
    """The words of a document, looked up once for all sentences that are cut from it.

    They are looked up by what stands between white space, a piece: no word goes beyond, and most pieces were looked up before.
    """

    __slots__ = ("_ends", "_has_weight", "_stems", "_written", "lower")

    def __init__(self, document: str) -> None:
        pieces = [*map(_PIECES.__getitem__, document.split())]
        self._ends = [0, *accumulate(map(len, pieces))]
        columns = [*zip(*chain.from_iterable(pieces), strict=False)] or [()] * len(Word._fields)
        self._written, self.lower, self._stems, self._has_weight = columns

    @property
    def content(self) -> list[str]:
        """The stems of the words that carry meaning."""
        return [*compress(self._stems, self._has_weight)]

    def sentence(self, text: str, first: int, last: int) -> "Sentence":
        """The sentence that is made of these pieces, the last exclusive."""
        part = slice(self._ends[first], self._ends[last])
        stems = self._stems[part]
        content = tuple(compress(stems, self._has_weight[part]))
        return Sentence(text, self._written[part], self.lower[part], stems, content)


def sentences(document: str, reading: Reading | None = None, place: int = 0) -> list[Sentence]:
    """Sentences and lines, without bullets, each at most 600 characters.

    Of a document that was read already, or a part of it, `reading` is that and `place` the first piece of the part.
    """
    reading = reading or Reading(document)
    found: list[Sentence] = []
    begins_within = False
    for block in _blocks(document):
        if block.isspace():
            continue
        for part, ends_within in _parts(block):
            pieces = len(part.split())
            if not pieces:
                continue
            text = part.lstrip(_LEADING)[:LONGEST_SENTENCE].rstrip()
            if begins_within or ends_within or len(part) > LONGEST_SENTENCE:
                sentence = Reading(text).sentence(text, 0, len(text.split()))
            else:
                sentence = reading.sentence(text, place, place + pieces)
            if len(sentence.words) > 1 or (sentence.words and not _INITIAL.fullmatch(text)):
                found.append(sentence)
            place += pieces - ends_within
            begins_within = ends_within
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
        # A sentence below a list of keywords would make a sentence of the list.
        and not (line[:1].isupper() and last.count(",") >= MOST_LISTED)
    )


def _parts(block: str) -> Iterable[tuple[str, bool]]:
    """What stands between ends of sentences, and whether a piece goes on in the next part."""
    start = 0
    for end in _END.finditer(block):
        mark = end[0]
        if mark == "." and goes_on_after(block, end.start()):
            continue
        if mark == ";" and len(words(block[start : end.start()])) < FEWEST_BEFORE_SEMICOLON:
            continue
        if mark in _BULLETS:
            cut = end.start()
            goes_on = cut > start and not block[cut - 1].isspace()
        else:
            cut = end.end()
            goes_on = not block[cut].isspace()
        yield block[start:cut], goes_on
        start = cut
    yield block[start:], False


def goes_on_after(text: str, stop: int) -> bool:
    """Is the full stop at this place that of an abbreviation ("5 yrs. of", "Sept. 2019"), after which the sentence goes on?"""
    shortened = text[max(0, stop - LONGEST_SHORTENED) : stop].split()[-1:]
    if not shortened:
        return False
    word = shortened[0].lstrip("([")
    lower = word.lower()
    if word in _ANYTHING or lower in _ANYTHING:
        return True
    if lower not in _FIGURE and lower not in _SMALL_LETTER:
        return False
    following = text[stop + 1 : stop + 3].lstrip()[:1]
    return following.islower() or (lower in _FIGURE and following.isdigit())


def words(text: str) -> list[str]:
    """Words as they are written, C++, C#, R&D and Node.js whole."""
    return WORD.findall(text)


def is_list(sentence: Sentence) -> bool:
    """Does it list eight things and more, each in one word or two?"""
    return sentence.text.count(",") >= MOST_LISTED and bool(_LIST.search(sentence.text))


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


class _Words(dict[str, Word]):
    """What was read before: a plain dictionary, since one that knows what was used last costs more than the rest of the reading."""

    def __missing__(self, written: str) -> Word:
        if len(self) >= MOST_KEPT:
            self.clear()
        lower = written.lower()
        with _STEMMING:
            of_lower = _STEMMER.stemWord(lower[:LONGEST_WORD].rstrip(".'’&-"))
        word = self[written] = Word(written, intern(lower), intern(str(of_lower)), lower not in WEIGHTLESS)
        return word


class _Pieces(dict[str, tuple[Word, ...]]):
    """The words of what stands between white space, most often one with or without a punctuation mark; the same dictionary."""

    def __missing__(self, piece: str) -> tuple[Word, ...]:
        found = tuple([_READ[written] for written in words(piece)])
        if len(piece) <= LONGEST_WORD:
            if len(self) >= MOST_KEPT:
                self.clear()
            self[piece] = found
        return found


_READ = _Words()
_PIECES = _Pieces()
