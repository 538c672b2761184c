"""Sentences that stand word for word in their document, tokens, and stems."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

MOST_SENTENCES = 3_000
LONGEST_SENTENCE = 600
SHORTEST_WRAPPED = 60

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9+#]*(?:[.'’-][A-Za-z0-9+#]+)*")
_END = re.compile(r"[.!?;](?=\s)")
_LEADING = re.compile(r"[\s●▪·*–—>•◦\uf0b7-]+")
_STEMMER = snowballstemmer.stemmer("english")

STOPWORDS = frozenset(
    [
        "a",
        "about",
        "above",
        "after",
        "again",
        "against",
        "all",
        "also",
        "am",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "because",
        "been",
        "before",
        "being",
        "below",
        "between",
        "both",
        "but",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "doing",
        "down",
        "during",
        "each",
        "etc",
        "few",
        "for",
        "from",
        "further",
        "had",
        "has",
        "have",
        "having",
        "he",
        "her",
        "here",
        "hers",
        "herself",
        "him",
        "himself",
        "his",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "itself",
        "just",
        "may",
        "me",
        "might",
        "more",
        "most",
        "must",
        "my",
        "myself",
        "no",
        "nor",
        "not",
        "now",
        "of",
        "off",
        "on",
        "once",
        "only",
        "or",
        "other",
        "our",
        "ours",
        "ourselves",
        "out",
        "over",
        "own",
        "per",
        "same",
        "shall",
        "she",
        "should",
        "so",
        "some",
        "such",
        "than",
        "that",
        "the",
        "their",
        "theirs",
        "them",
        "themselves",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "through",
        "to",
        "too",
        "under",
        "until",
        "up",
        "us",
        "very",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "who",
        "whom",
        "why",
        "will",
        "with",
        "within",
        "without",
        "would",
        "you",
        "your",
        "yours",
        "yourself",
        "yourselves",
        "using",
        "use",
        "used",
        "via",
    ]
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A passage of a document: `text` stands in it word for word, line breaks included."""

    text: str


def sentences(document: str) -> list[Sentence]:
    """Sentences and lines, without bullets; at most 3,000, each at most 600 characters."""
    found: list[Sentence] = []
    for block in _blocks(document):
        for part in _parts(block):
            text = _LEADING.sub("", part, count=1) if _LEADING.match(part) else part
            text = text[:LONGEST_SENTENCE].strip()
            if text:
                found.append(Sentence(text))
        if len(found) >= MOST_SENTENCES:
            break
    return found[:MOST_SENTENCES]


def _blocks(document: str) -> Iterable[str]:
    """Lines, those that only wrap put together: a long one that ends in the middle of a sentence goes on in the next."""
    block = ""
    for line in document.splitlines(keepends=True):
        if block and not _goes_on(block, line):
            yield block
            block = ""
        block += line
    if block:
        yield block


def _goes_on(block: str, line: str) -> bool:
    last = block.splitlines()[-1].rstrip()
    return len(last) >= SHORTEST_WRAPPED and last[-1] not in ".!?:;" and _continues(line.lstrip())


def _continues(line: str) -> bool:
    return line[:1].isalnum() or line[:1] in "([“\"'"


def _parts(block: str) -> Iterable[str]:
    start = 0
    for end in _END.finditer(block):
        yield block[start : end.end()]
        start = end.end()
    yield block[start:]


def words(text: str) -> list[str]:
    """Words as they are written, C++, C# and Node.js whole."""
    return _WORD.findall(text)


def stems(text: str) -> list[str]:
    """Stems of the words that carry meaning, in order."""
    return [
        stem(word) for word in (w.lower() for w in words(text)) if word not in STOPWORDS and len(word) > 1
    ]


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The English Snowball stem of a lower-case word."""
    return str(_STEMMER.stemWord(word.rstrip(".'’-")))


def share_of_english(text: str) -> float:
    """Which share of the words are English function words: about .35–.45 in prose, .1–.3 in a terse CV, near 0 elsewhere."""
    found = [word.lower() for word in words(text[:20_000])]
    return sum(word in STOPWORDS for word in found) / len(found) if found else 0.0
