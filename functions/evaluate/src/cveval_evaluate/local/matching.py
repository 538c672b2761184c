"""How far a CV agrees with a job: in its words, and in the skills that the job names.

Everything rests on one rule: *a list counts as far as sentences bear it out*. A bare list of keywords costs nothing to write, so
its words add at most a quarter of what sentences and positions show, and its skills at most half of what these show. A sentence
that is made of the job's words, fills the same frame again, or only repeats another with another skill in it, is a list, too.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import chain

from cveval_evaluate.local.career import Block
from cveval_evaluate.local.context import is_context
from cveval_evaluate.local.frames import Frames
from cveval_evaluate.local.job import MOST_WORDS_IN_A_TITLE, Job
from cveval_evaluate.local.skills import skills_in
from cveval_evaluate.local.text import Sentence
from cveval_evaluate.local.tfidf import DIGITS, sublinear

CENTRE, SLOPE = 0.12, 1 / 0.45
"""Of the logistic on log-cosine. The plain cosines of matching pairs have a median of .10, and .06 lies between them and the rest.
Without names, firms and a post's boilerplate cosines are larger (.21 in the median of the labelled samples that match, .08 of the
others), and the centre moves with them."""
SHORTEST_NORM_OF_POSITION = 15.0
POSITION_CENTRE = 0.06
"""The same for the text of one position, which is short."""
UNRELATED, RELATED = 0.8, 1.6
"""Multiples of what lies between positions that bear on a job and others, up to which one does not and from which one fully does."""
MOST_COUNTED = 3
"""A word that is repeated more often says no more."""
_SUBLINEAR = (0.0, *map(sublinear, range(1, MOST_COUNTED + 1)))
LIST_SHARE = 0.25
LIST_SKILL = 0.25
MOST_LIST_SKILLS = 0.5
"""Skills in lists, as a share of those that are shown."""
MOST_SKILLS_IN_A_SENTENCE = 4
"""A sentence with more of them is a list, whatever stands between. In the labelled CVs one in 900 has as many."""
SHARE_OF_ITS_OWN = 0.25
"""Words of its own for each of the job's: a sentence that has fewer is strung together from what the job says, or repeats another."""
MOST_WORDS_IN_A_HEAD = 20
SHORTEST_NORM = 30.0
"""The length of the vector of a quarter of a page: less text than that is not compared as if it were a whole CV."""
ENOUGH_SKILLS = 0.5
"""Posts name alternatives and wishes: who shows half of the skills shows all that can be expected."""
FEWEST_SKILLS = 3
"""Where a job names fewer skills than this, they say too little to count."""
WEIGHT_OF_SKILLS = 1 / 3


@dataclass(frozen=True, slots=True)
class Match:
    """What a CV shows of what a job asks for."""

    similarity: float
    """The cosine, in [0, 1]."""
    told: float
    """That part of it which sentences and positions show."""
    likelihood: float
    """The same through the logistic, in [0, 1]."""
    shown: tuple[str, ...]
    """Skills that a sentence or a position shows, in the order of the job's list."""
    listed: tuple[str, ...]
    """Skills that only a list names."""
    missing: tuple[str, ...]
    evidence: tuple[Sentence, ...]
    """The sentences that show the most of the job's skills or of its words, before lists; bare titles show nothing."""

    @property
    def asked(self) -> int:
        return len(self.shown) + len(self.listed) + len(self.missing)

    @property
    def share_of_skills(self) -> float:
        """Skills that are shown, those that are only listed as quarters and at most half as much as is shown."""
        points = len(self.shown) + min(LIST_SKILL * len(self.listed), MOST_LIST_SKILLS * len(self.shown))
        return self._of_enough(points)

    @property
    def share_of_names(self) -> float:
        """Skills that are named anywhere: all that can be said where sentences cannot be read."""
        return self._of_enough(len(self.shown) + len(self.listed))

    def _of_enough(self, points: float) -> float:
        return round(min(1.0, points / (ENOUGH_SKILLS * self.asked)), DIGITS) if self.asked else 0.0

    @property
    def agreement(self) -> float:
        """Two thirds words, one third named skills; words alone where the job hardly names skills."""
        if self.asked < FEWEST_SKILLS:
            return self.likelihood
        return round(
            (1 - WEIGHT_OF_SKILLS) * self.likelihood + WEIGHT_OF_SKILLS * self.share_of_skills, DIGITS
        )


def match(job: Job, cv: Iterable[Block]) -> Match:
    """Compare a CV, block by block, with a job.

    A sentence that is written twice counts once; its own words are those that neither the job nor a sentence before it
    with words of the job has.
    """
    told: list[str] = []
    listed: set[str] = set()
    shown_skills: set[str] = set()
    listed_skills: set[str] = set()
    evidence: list[tuple[bool, float, int, Sentence]] = []
    seen: set[tuple[str, ...]] = set()
    said: set[str] = set()
    frames = Frames()
    wanted = frozenset(job.skills)
    for block in cv:
        head = _head(block)
        for sentence in block.sentences:
            if sentence.stems in seen:
                continue
            seen.add(sentence.stems)
            skills = [skill for skill in skills_in(sentence) if skill in wanted]
            of_job = job.vector.keys() & sentence.content
            own = (job.weights.keys() & sentence.content) - of_job - said if of_job else set()
            said |= own
            is_sentence = (
                not (of_job and frames.has(sentence, own=len(own), asked=len(of_job)))
                and len(own) >= SHARE_OF_ITS_OWN * len(of_job)
                and len(skills) <= MOST_SKILLS_IN_A_SENTENCE
                and is_context(sentence)
            )
            if is_sentence or sentence.text in head:
                told += sentence.content
                shown_skills.update(skills)
            else:
                listed.update(sentence.content)
                listed_skills.update(skills)
            if of_job and (is_sentence or skills or len(sentence.words) > MOST_WORDS_IN_A_TITLE):
                weight = math.fsum([job.vector[stem] for stem in of_job])
                evidence.append(
                    (not is_sentence, round(-len(skills) - weight, DIGITS), len(evidence), sentence)
                )
    similarity, in_sentences = _cosines(job, Counter(told), listed)
    return Match(
        similarity=similarity,
        told=in_sentences,
        likelihood=likelihood(similarity),
        shown=tuple(skill for skill in job.skills if skill in shown_skills),
        listed=tuple(skill for skill in job.skills if skill in listed_skills - shown_skills),
        missing=tuple(skill for skill in job.skills if skill not in shown_skills | listed_skills),
        evidence=tuple(sentence for *_, sentence in sorted(evidence)[:6]),
    )


def relatedness(job: Job, block: Block, told: float) -> float:
    """How far a position bears on the job, in [0, 1], by its own few lines and what the whole CV has `told`.

    cosine of the position · cosine of the CV = r · .06 · .12, and the answer is (r - .8) / (1.6 - .8), not below 0 nor above 1: a
    little more or less said changes it a little.
    """
    head = _head(block)
    different = {s.stems: s for s in block.sentences if s.text in head or is_context(s)}
    stems = Counter(chain.from_iterable(sentence.content for sentence in different.values()))
    of_position, _ = _cosines(job, stems, (), shortest=SHORTEST_NORM_OF_POSITION)
    ratio = of_position * told / (POSITION_CENTRE * CENTRE)
    return round(min(1.0, max(0.0, (ratio - UNRELATED) / (RELATED - UNRELATED))), DIGITS)


def _head(block: Block) -> frozenset[str]:
    """Where somebody worked, as what and when is no list, if it is as short as such lines are."""
    return frozenset(line.text for line in block.head if len(line.words) <= MOST_WORDS_IN_A_HEAD)


def likelihood(similarity: float) -> float:
    """That somebody whose CV has this cosine does such work, by a logistic on its logarithm."""
    return (
        round(1 / (1 + math.exp(-SLOPE * math.log(similarity / CENTRE))), DIGITS) if similarity > 0 else 0.0
    )


def _cosines(
    job: Job, told: Counter[str], listed: Collection[str], *, shortest: float = SHORTEST_NORM
) -> tuple[float, float]:
    """Of the job's words with the CV's: all that counts, and that part of it which is no list.

    Words that neither the table nor the job has (names of people, places and firms) have no weight: whom somebody is called
    or has worked for must not change how like the texts are.
    """
    weights = job.weights
    # Compared for each word of a CV, where `min` would take half of the time.
    of_told = {
        stem: (_SUBLINEAR[count] if count < MOST_COUNTED else _SUBLINEAR[-1]) * weights[stem]
        for stem, count in told.items()
        if stem in weights
    }
    of_listed = {stem: weights[stem] for stem in listed if stem in weights and stem not in of_told}
    norm = math.sqrt(math.fsum(w * w for part in (of_told, of_listed) for w in part.values()))
    if not norm:
        return 0.0, 0.0
    by_told = math.fsum(of_told[stem] * job.vector[stem] for stem in job.vector.keys() & of_told.keys())
    by_listed = math.fsum(of_listed[stem] * job.vector[stem] for stem in job.vector.keys() & of_listed.keys())
    norm = max(norm, shortest)
    counted = by_told + min(by_listed, LIST_SHARE * by_told)
    return round(counted / norm, DIGITS), round(by_told / norm, DIGITS)
