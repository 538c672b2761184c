"""How much a document has to judge by: one of a few lines gets no high number, whatever stands in them."""

from collections.abc import Sequence
from dataclasses import replace

from cveval.domain.evaluations import Rating
from cveval_evaluate.local.copying import Original

LIMITS = ((200, 2), (300, 3))
"""Below so many letters in different words of its own, each rating is at most this. 200 letters are about forty words (in Chinese or
Japanese, which have no spaces, as many characters are more), 300 about seventy."""
ENOUGH = 100
"""Words, which nearly always have as many letters as that."""


def highest_rating(original: Original) -> int | None:
    """What a rating of so short a document may be at most; None when it is long enough for any."""
    own = original.reading.lower
    letters = _letters(own[:ENOUGH])
    if letters < LIMITS[-1][0]:
        letters = _letters(own)
    return next((highest for fewest, highest in LIMITS if letters < fewest), None)


def _letters(own: Sequence[str]) -> int:
    return sum(map(len, set(own)))


def limited(ratings: tuple[Rating, ...], highest: int | None) -> tuple[Rating, ...]:
    """The ratings, those that the document is too short for lowered to its highest, with the reason."""
    if highest is None:
        return ratings
    return tuple(
        rating
        if rating.score <= highest
        else replace(
            rating,
            score=highest,
            reason=f"{rating.reason} So short a document rates at most {highest}, not {rating.score}.",
        )
        for rating in ratings
    )
