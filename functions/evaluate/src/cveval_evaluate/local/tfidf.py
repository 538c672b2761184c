"""Sublinear TF-IDF over a shipped table of document frequencies, and the cosine of two texts.

The table was made from real job posts and occupation descriptions by scripts/build_tables.py; see NOTICE.
"""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

Vector = Mapping[str, float]


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
        stem: math.log((1 + documents) / (1 + int(frequency))) + 1
        for frequency, stems in table["stems"].items()
        for stem in stems.split()
    }
    return IdfTable(weights, max(weights.values()), hashlib.sha256(raw).hexdigest())


def vector(stems: Iterable[str]) -> Vector:
    """Weights by stem, of length 1: (1 + ln tf) · idf."""
    table = idf_table()
    weights = {
        stem: (1 + math.log(count)) * table.weights.get(stem, table.unknown)
        for stem, count in sorted(Counter(stems).items())
    }
    norm = math.sqrt(math.fsum(weight * weight for weight in weights.values()))
    return {stem: weight / norm for stem, weight in weights.items()} if norm else {}


def cosine(one: Vector, other: Vector) -> float:
    """Between 0 (nothing in common) and 1; exactly the same on every machine."""
    shorter, longer = sorted((one, other), key=len)
    return math.fsum(weight * longer[stem] for stem, weight in shorter.items() if stem in longer)
