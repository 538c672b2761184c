"""Which requirements of a brief a report answers, and by which sentence."""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, groupby
from typing import NamedTuple

from cveval_evaluate.local.brief import SHARED_STEMS, Brief
from cveval_evaluate.local.cues import has_something_of_its_own
from cveval_evaluate.local.report import Done
from cveval_evaluate.local.text import Sentence, stem
from cveval_evaluate.local.tfidf import DIGITS, Index, idf_table

COVERED_FROM = 0.10
"""A cosine between a requirement and a passage; a report on something else reaches it for one requirement in fifteen."""
ANSWERS_ALONE_FROM = 0.12
"""One with a line that stands for itself, which has no neighbours to bear it out."""
NAMED_FROM = 0.35
"""One with a heading of a single word: of the headings of labelled reports ten reach it with their own brief, six with one of three others."""
FEWEST_MORE = 2
"""Words with content that a requirement does not have: a sentence with fewer, and without a figure, only says again what was asked."""
FEWEST_BELOW, FEWEST_MORE_BELOW = 6, 3
"""Words in all, and such words, of a sentence that answers what the heading above it names: it need not say any of that again."""
_SAYING_NOTHING = (
    # whom and what there is in general
    "anybody anyone anything everybody everyone everything everywhere nobody nothing somebody someone something person world life today everyday "
    "thing things part parts point points aspect aspects topic topics subject issue issues matter matters question questions fact way ways kind sort area areas "
    "idea ideas approach chapter paragraph lot lots amount sense respect regard "
    # what is thought of it
    "important importance interesting interest essential crucial key vital central major main significant relevant necessary useful valuable great good better "
    "best nice excellent perfect wonderful exciting fascinating fantastic special real really true truly certainly clear clearly obvious obviously different "
    "various many several whole entire general overall big large small new modern innovative holistic sustainable passion pleasure love joy fun happy glad proud "
    # and what is done by saying so
    "think thought believe feel say said tell talk mention consider considered discuss discussed describe described detail details "
    "make makes made take takes give gives come comes go goes get gets see seen look looks want become always never often very most much"
)
SAYING_NOTHING = frozenset(map(stem, _SAYING_NOTHING.split()))
"""Words of any subject: what is said in them alone, below a heading, answers nothing."""

WHOLLY_FROM = 0.5
"""A cosine between a requirement and a sentence that says no more than that it is done."""
_NOW = frozenset(["now", "already"])
_BE = frozenset(["is", "are", "was", "were", "been"])


class Coverage(NamedTuple):
    """One requirement, and the passage that answers it best (None: not covered)."""

    requirement: str
    passage: Sentence | None


def coverage(brief: Brief, report: Sequence[Done]) -> tuple[Coverage, ...]:
    """For each requirement the sentence of the report that agrees most with it, if it is answered.

    Whether it is, is told by a sentence with its neighbours, since an answer seldom repeats in one sentence what was asked; or by the
    heading above it, which may say what was asked so that the answer need not, and whose text is quoted before others. A sentence that only says that it is done in the words in
    which it was asked is believed as often as others answer: otherwise a brief that is written again as done would be a report.
    """
    best = [0.0] * len(brief.requirements)
    telling: dict[int, list[_Answers]] = {}
    claiming: dict[int, list[_Answers]] = {}
    answers = [_answers(brief.index, done.sentence) for done in report]
    for place, here in enumerate(answers):
        if not here.words:
            continue
        near = answers[max(0, place - 1) : place + 2]
        norm = math.sqrt(math.fsum([one.square for one in near]))
        for number, words in here.words.items():
            fewest = brief.shared[number]
            if not here.tells(number):
                asked = brief.asked_as[number]
                if asked and len(words) >= fewest and here.claims(number, asked):
                    claiming.setdefault(number, []).append(here)
                continue
            telling.setdefault(number, []).append(here)
            if len(words) >= fewest or _shared(near, number) >= fewest:
                dot = math.fsum([one.weights.get(number, 0.0) for one in near])
                best[number] = max(best[number], round(dot / norm, DIGITS))
    below, under = _under_headings(brief, report, answers)
    passages = [
        _most_telling(
            number,
            [one for one in below.get(number, ()) if number in one.words and one.tells(number)]
            or [*telling.get(number, ()), *claiming.get(number, ())],
        )
        if cosine >= COVERED_FROM
        else _most_telling(number, under.get(number, ()))
        for number, cosine in enumerate(best)
    ]
    believed = sum(passage is not None for passage in passages)
    for number in [number for number in sorted(claiming) if passages[number] is None][:believed]:
        passages[number] = _most_telling(number, claiming[number])
    return tuple(map(Coverage, brief.requirements, passages))


def best_lines(
    index: Index, most_telling: Sequence[frozenset[str]], lines: Iterable[Sentence]
) -> Mapping[int, Sentence]:
    """The answers of lines of which each stands for itself, as those of a CV.

    Each has two words in common with a requirement, or one of its most telling words and twice the cosine. One that says no more than
    was asked ("NMC registration") is an answer there.
    """
    best: dict[int, float] = {}
    answers: dict[int, Sentence] = {}
    for line in lines:
        if index.keys().isdisjoint(line.content):
            continue
        here = _answers(index, line)
        for number, words in here.words.items():
            if len(words) < SHARED_STEMS and words[0] not in most_telling[number]:
                continue
            enough = ANSWERS_ALONE_FROM if len(words) >= SHARED_STEMS else 2 * ANSWERS_ALONE_FROM
            cosine = here.agreement(number)[1]
            if cosine >= enough and cosine > best.get(number, 0.0):
                best[number], answers[number] = cosine, line
    return answers


def _shared(near: Sequence["_Answers"], number: int) -> int:
    """How many different words of a requirement neighbouring sentences have together."""
    return len(set(chain.from_iterable([one.words[number] for one in near if number in one.words])))


def _under_headings(
    brief: Brief, report: Sequence[Done], answers: Sequence["_Answers"]
) -> tuple[Mapping[int, Sequence["_Answers"]], Mapping[int, Sequence["_Answers"]]]:
    """For each requirement that a heading agrees with by itself, the sentences below it, and those that say more than it asks, and nothing again."""
    found: dict[int, list[_Answers]] = {}
    telling: dict[int, list[_Answers]] = {}
    said = set[str]()
    for heading, both in groupby(zip(report, answers, strict=True), key=lambda both: both[0].heading):
        below = [one for _, one in both]
        if heading:
            above = _answers(brief.index, heading)
            for number, words in above.words.items():
                if (
                    above.agreement(number)[1] >= COVERED_FROM
                    if len(words) >= brief.shared[number]
                    else above.names(number, brief)
                ):
                    found.setdefault(number, []).extend(below)
                    telling.setdefault(number, []).extend(
                        one for one in below if one.tells_below(number, said)
                    )
        said.update(*[one.sentence.content for one in below])
    return found, telling


def _most_telling(number: int, answers: Sequence["_Answers"]) -> Sentence | None:
    """The sentence that agrees most with a requirement by itself, one that has a single word of it only for want of others."""
    return max(answers, key=lambda one: one.agreement(number)).sentence if answers else None


class _Answers(NamedTuple):
    """What one sentence has in common with each requirement."""

    sentence: Sentence
    weights: Mapping[int, float]
    words: Mapping[int, Sequence[str]]
    square: float
    """Of the sentence's own length as a vector."""
    different: int
    """How many words it has, whether they were asked for or not."""

    def agreement(self, number: int) -> tuple[int, float]:
        """How many words it has in common with a requirement, as far as these are asked for, and the cosine."""
        shared = min(SHARED_STEMS, len(self.words.get(number, ())))
        return shared, round(
            self.weights.get(number, 0.0) / math.sqrt(self.square), DIGITS
        ) if shared else 0.0

    def names(self, number: int, brief: Brief) -> bool:
        """Is it a heading of one word with meaning ("Monitoring"), which no other requirement has and this one is about?"""
        return (
            self.different == 1
            and self.words[number][0] in brief.telling[number]
            and len(brief.index[self.words[number][0]]) == 1
            and self.agreement(number)[1] >= NAMED_FROM
        )

    def tells_below(self, number: int, said: set[str]) -> bool:
        """Is it an answer below a heading that names what is asked, with words that were not said before?"""
        more = {*self.sentence.content}.difference(said, self.words.get(number, ()), SAYING_NOTHING)
        return len(self.sentence.words) >= FEWEST_BELOW and len(more) >= FEWEST_MORE_BELOW

    def tells(self, number: int) -> bool:
        """Does it say more than a requirement asks, or give a figure or code? "The risks and the mitigations are these" does not."""
        return self.different - len(self.words[number]) >= FEWEST_MORE or has_something_of_its_own(
            self.sentence
        )

    def claims(self, number: int, asked: frozenset[str]) -> bool:
        """Does it say that what was asked, in these words, is done: with "now", by what, in the past or as what is, where `asked` does not?"""
        own, words = self.words[number], self.sentence.lower
        if self.agreement(number)[1] < WHOLLY_FROM:
            return False
        if not (_NOW - asked).isdisjoint(words[1:]):
            return True
        if any(word not in own and word not in SAYING_NOTHING for word in self.sentence.content):
            return True
        return any(
            word.endswith("ed")
            and of in own
            and (word not in asked or not (_BE - asked).isdisjoint(words[max(0, place - 2) : place]))
            for place, (word, of) in enumerate(zip(words, self.sentence.stems, strict=True))
        )


def _answers(index: Index, sentence: Sentence) -> _Answers:
    known, unknown = idf_table().weights, idf_table().unknown
    weights: dict[int, float] = {}
    words: dict[int, list[str]] = {}
    different = dict.fromkeys(sentence.content)
    square = 0.0
    for weight in [known.get(word, unknown) for word in different]:
        square += weight * weight
    # Most words are not the brief's.
    for word in [word for word in different if word in index]:
        for number, product in index[word]:
            if number in weights:
                weights[number] += product
                words[number].append(word)
            else:
                weights[number] = product
                words[number] = [word]
    return _Answers(sentence, weights, words, square, len(different))
