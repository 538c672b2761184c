"""Sentences that are one frame, filled in again and again: "Worked with X and Y", "Worked with Z and …"."""

from cveval_evaluate.local.text import Sentence

BEGINNING, MOST_BEGUN_ALIKE = 2, 2
SHARE_OF_ITS_OWN = 1.5
"""Words of its own for each of what was asked. Of the labelled CVs and reports one in thirty has three sentences of six words that
begin with the same two; each has enough of its own."""


class Frames:
    """Sees the sentences of one document that have words of what was asked, in order."""

    def __init__(self) -> None:
        self._begun: dict[tuple[str, ...], int] = {}

    def has(self, sentence: Sentence, *, own: int, asked: int) -> bool:
        """Does it begin with the same two words as two before it, and say little but words of what was asked?"""
        beginning = sentence.lower[:BEGINNING]
        # A Counter would call a method for each beginning that is new, as most are.
        begun = self._begun[beginning] = self._begun.get(beginning, 0) + 1
        return begun > MOST_BEGUN_ALIKE and own < SHARE_OF_ITS_OWN * asked
