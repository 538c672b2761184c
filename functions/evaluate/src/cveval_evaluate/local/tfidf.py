"""Sublinear TF-IDF over a shipped table of document frequencies.

The table was made from real job posts and occupation descriptions by scripts/build_tables.py; see NOTICE.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

Vector = Mapping[str, float]
Index = Mapping[str, Sequence[tuple[int, float]]]
"""Stem → in which of some texts it is, and its weight there times that in a sentence."""

DIGITS = 9
"""Rounded to before anything is compared, so that the last bit of a machine's logarithm decides nothing."""


@dataclass(frozen=True, slots=True)
class IdfTable:
    """Inverse document frequencies by stem; `unknown` for a stem that the corpus does not have."""

    weights: Mapping[str, float]
    unknown: float
    sha256: str


@cache
def idf_table() -> IdfTable:
    """The shipped table: idf = ln((1 + N) / (1 + df)) + 1."""
    raw = (resources.files("cveval_evaluate.local") / "data" / "idf.json").read_bytes()
    table = json.loads(raw)
    documents = table["documents"]
    weights = {
        stem: round(math.log((1 + documents) / (1 + int(frequency))) + 1, DIGITS)
        for frequency, stems in table["stems"].items()
        for stem in stems.split()
    }
    return IdfTable(weights, max(weights.values()), hashlib.sha256(raw).hexdigest())


def sublinear(count: int) -> float:
    """1 + ln count: the tenth mention says little that the first did not."""
    return 1.0 if count == 1 else round(1 + math.log(count), DIGITS)


def vector(stems: Iterable[str]) -> Vector:
    """Weights by stem, of length 1: (1 + ln tf) · idf."""
    table = idf_table()
    weights = {
        stem: sublinear(count) * table.weights.get(stem, table.unknown)
        for stem, count in _counted(stems).items()
    }
    norm = math.sqrt(math.fsum(weight * weight for weight in weights.values()))
    return {stem: weight / norm for stem, weight in weights.items()} if norm else {}


def index_of(vectors: Sequence[Vector]) -> Index:
    """Where each word of some texts is."""
    known, unknown = idf_table().weights, idf_table().unknown
    index: dict[str, list[tuple[int, float]]] = {}
    for number, weights in enumerate(vectors):
        for word, weight in weights.items():
            index.setdefault(word, []).append((number, known.get(word, unknown) * weight))
    return index


def _counted(stems: Iterable[str]) -> dict[str, int]:
    """A Counter costs more than the few words of a sentence."""
    counts: dict[str, int] = {}
    for stem in stems:
        counts[stem] = counts.get(stem, 0) + 1
    return counts
