"""How far a CV agrees with a job: in its words, and in the skills that the job names.

What costs nothing to write counts as far as the rest bears it out: what is claimed outside dated positions adds at most half of what
these show, and a bare list of keywords nothing; nor does it count against anybody. A sentence that is made of the job's words, fills
the same frame again, or only repeats another with another skill in it, is a list, too.
"""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from cveval_evaluate.local.achievements import begins_with_action, has_action
from cveval_evaluate.local.career import Block
from cveval_evaluate.local.context import is_context
from cveval_evaluate.local.frames import Frames
from cveval_evaluate.local.function_words import STOPWORDS
from cveval_evaluate.local.job import MOST_WORDS_IN_A_TITLE, Job
from cveval_evaluate.local.skills import skills_in
from cveval_evaluate.local.text import Sentence, is_list
from cveval_evaluate.local.tfidf import DIGITS, sublinear

CENTRE, SLOPE = 0.12, 1 / 0.45
"""Of the logistic on log-cosine. The plain cosines of matching pairs have a median of .10, and .06 lies between them and the rest.
Without names, firms and a post's boilerplate cosines are larger (.21 in the median of the labelled samples that match, .08 of the
others), and the centre moves with them."""
SHORTEST_NORM_OF_POSITION = 15.0
POSITION_CENTRE = 0.06
"""The same for the text of one position, which is short."""
UNRELATED, RELATED = 0.7, 1.4
"""Multiples of what lies between positions that bear on a job and others, up to which one does not and from which one fully does; the lower
since words of amount and time count no longer."""
MOST_OF_A_LINE = 3
"""Times what the other lines of a position show of the job. Of the labelled positions that fit a job and have more than two lines, one in
fifteen has a line that shows more."""
MOST_OF_A_WORD = 0.5
"""The same of a word that is said once, times what the other words show: the labelled CVs that fit have none with more."""
FEW_BESIDE, ENOUGH_BESIDE = 10, 20
"""Words with meaning beside these up to which they tell too little to limit it, and from which on they do."""
MOST_COUNTED = 3
"""A word that is repeated more often says no more."""
CLAIM_SHARE = 0.5
"""What is claimed outside dated positions, in words and in skills, as a share of what these show."""
FEW_AT_WORK, ENOUGH_AT_WORK = 40, 80
"""Words with meaning in dated positions: with fewer (a career's start, projects without dates) all that is claimed elsewhere counts,
with more only that share, between them in proportion."""
MOST_SKILLS_IN_A_SENTENCE, MOST_AFTER_A_VERB = 4, 7
"""A sentence with more of them is a list, whatever stands between; in the labelled CVs one in 900 has as many. One that begins with what was
done may name more: "Built Go services on Kubernetes and AWS with PostgreSQL and Kafka for billing"."""
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
_TELLING = STOPWORDS - {"and", "or"}


class _Times(dict[int, float]):
    """What a word counts by how often it is told: looked up for each word of a CV, where a function would take most of the time."""

    def __missing__(self, count: int) -> float:
        return self[MOST_COUNTED]


_TIMES = _Times({0: 0.0, **{count: sublinear(count) for count in range(1, MOST_COUNTED + 1)}})


class Beside(NamedTuple):
    """What the rest of a CV tells beside one block of it."""

    similarity: float
    """The cosine of the CV without the block, in [0, 1]."""
    has_itself: bool
    """Where the other dated positions say too little, it is that of the whole CV."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a CV shows of what a job asks for."""

    similarity: float
    """The cosine, in [0, 1]."""
    beside: tuple[Beside, ...]
    """For each block."""
    likelihood: float
    """The same through the logistic, in [0, 1]."""
    free_claims: float
    """The share of what is claimed outside dated positions that counts though they do not bear it out."""
    shown: tuple[str, ...]
    """Skills that a dated position shows, or a sentence where dated positions say little, in the order of the job's list."""
    listed: tuple[str, ...]
    """Skills that are only named: in a list, or claimed outside dated positions."""
    claimed: int
    """So many of these a sentence claims."""
    missing: tuple[str, ...]
    met_otherwise: Mapping[str, str]
    """Skills that it does not name, each with the first of those it names that is enough for the job: an alternative, or a kind of it."""
    named: Mapping[str, Sentence]
    """Every skill that it names, the job's and others, with the first sentence that does."""
    evidence: tuple[Sentence, ...]
    """The sentences that show the most of the job's skills or of its words, before lists; bare titles show nothing."""

    @property
    def asked(self) -> int:
        return len(self.shown) + len(self.listed) + len(self.missing) + len(self.met_otherwise)

    @property
    def share_of_skills(self) -> float:
        """Skills that are shown, those that are only claimed as far as these bear them out; at most as the words agree."""
        points = _with_claims(len(self.shown), self.claimed, self.free_claims)
        return min(self.likelihood, self._of_enough(points))

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


def match(job: Job, cv: Sequence[Block]) -> Match:
    """Compare a CV, block by block, with a job.

    A sentence that is written twice counts once; its own words are those that neither the job nor a sentence before it
    with words of the job has.
    """
    told: list[list[str]] = [[] for _ in cv]
    shown_skills: set[str] = set()
    claimed_skills: set[str] = set()
    listed_skills: set[str] = set()
    evidence: list[tuple[bool, float, int, Sentence]] = []
    seen: set[tuple[str, ...]] = set()
    said: set[str] = set()
    frames = Frames()
    named_anywhere: dict[str, Sentence] = {}
    wanted = frozenset(job.skills)
    for block, told_here in zip(cv, told, strict=True):
        head = _head(block)
        named = shown_skills if block.spans else claimed_skills
        for sentence in block.sentences:
            if sentence.stems in seen:
                continue
            seen.add(sentence.stems)
            skills = skills_in(sentence)
            if skills:
                for skill in skills:
                    named_anywhere.setdefault(skill, sentence)
                skills = [skill for skill in skills if skill in wanted]
            of_job = job.vector.keys() & sentence.content
            own = (job.weights.keys() & sentence.content) - of_job - said if of_job else set()
            said |= own
            lists = (
                (
                    len(skills) > MOST_SKILLS_IN_A_SENTENCE
                    and (len(skills) > MOST_AFTER_A_VERB or not begins_with_action(sentence))
                )
                or (bool(of_job) and frames.has(sentence, own=len(own), asked=len(of_job)))
                or is_list(sentence)
            )
            is_sentence = not lists and len(own) >= SHARE_OF_ITS_OWN * len(of_job) and is_context(sentence)
            if is_sentence or sentence.text in head:
                told_here.extend(sentence.content)
                named.update(skills)
            else:
                is_of_work = skills and block.spans and not lists and _tells(sentence, own)
                (named if is_of_work else listed_skills).update(skills)
            if of_job and (is_sentence or skills or len(sentence.words) > MOST_WORDS_IN_A_TITLE):
                weight = math.fsum([job.vector[stem] for stem in of_job])
                evidence.append(
                    (not is_sentence, round(-len(skills) - weight, DIGITS), len(evidence), sentence)
                )
    at_work = [here for block, here in zip(cv, told, strict=True) if block.spans]
    elsewhere = [stem for block, here in zip(cv, told, strict=True) if not block.spans for stem in here]
    words_at_work = sum(map(len, at_work))
    free_claims = 1 - _between(words_at_work, FEW_AT_WORK, ENOUGH_AT_WORK)
    similarity = _told(job, at_work, elsewhere, free_claims)
    if free_claims == 1:
        shown_skills |= claimed_skills
    claimed_skills -= shown_skills
    listed_skills = (listed_skills | claimed_skills) - shown_skills
    unnamed = [skill for skill in job.skills if skill not in named_anywhere]
    instead = {
        skill: next(filter(job.enough[skill].__contains__, named_anywhere), None)
        for skill in unnamed
        if skill in job.enough
    }
    met_otherwise = {skill: other for skill, other in instead.items() if other is not None}
    return Match(
        similarity=similarity,
        beside=tuple(
            Beside(
                min(
                    similarity,
                    _told(job, [other for other in at_work if other is not here], elsewhere, free_claims),
                ),
                has_itself=False,
            )
            if block.spans and words_at_work - len(here) >= FEW_AT_WORK
            else Beside(similarity, has_itself=True)
            for block, here in zip(cv, told, strict=True)
        ),
        likelihood=likelihood(similarity),
        free_claims=free_claims,
        shown=tuple(skill for skill in job.skills if skill in shown_skills),
        listed=tuple(skill for skill in job.skills if skill in listed_skills),
        claimed=len(claimed_skills),
        missing=tuple(skill for skill in unnamed if skill not in met_otherwise),
        met_otherwise=met_otherwise,
        named=named_anywhere,
        evidence=tuple(sentence for *_, sentence in sorted(evidence)[:6]),
    )


def relatedness(job: Job, block: Block, beside: Beside) -> float:
    """How far a position bears on the job, in [0, 1], by its own few lines and what the rest of the CV tells, as `Match` has it.

    cosine of the position · cosine of the rest = r · .06 · .12, and the answer is (r - .7) / (1.4 - .7), not below 0 nor above 1: a
    little more or less said changes it a little. Where the position is in the rest, too, what one line of it adds beyond `_spread`
    counts in neither: it would tell both what the position is about and what the rest of the CV is.
    """
    head = _head(block)
    different = {s.stems: s for s in block.sentences if s.text in head or is_context(s)}
    lines = [sentence.content for sentence in different.values()]
    stems = Counter(chain.from_iterable(lines))
    shown = _weighed(job, stems)
    of_position = round(shown / _norm(job, stems, SHORTEST_NORM_OF_POSITION), DIGITS)
    ratio = of_position * beside.similarity / (POSITION_CENTRE * CENTRE)
    if beside.has_itself and ratio > UNRELATED:
        ratio *= _spread(job, lines, stems, shown) ** 2
    return _between(ratio, UNRELATED, RELATED)


def _spread(job: Job, lines: Sequence[tuple[str, ...]], told: Counter[str], shown: float) -> float:
    """How much of what a position shows of the job is left, in [0, 1], if no line and no word adds more than it may.

    A line at most three times what the others show, a word that is said once at most half of what the others do, as far as these
    are enough to tell what the position is about.
    """
    total = told.total()
    word = max(
        [job.weights[stem] * job.vector[stem] for stem in job.vector.keys() & told.keys() if told[stem] == 1],
        default=0.0,
    )
    by_a_word = max(0.0, word - MOST_OF_A_WORD * (shown - word)) / shown
    best, others = 0.0, 0
    for line in lines:
        added = math.fsum(
            [
                (_TIMES[told[stem]] - _TIMES[told[stem] - line.count(stem)])
                * job.weights[stem]
                * job.vector[stem]
                for stem in job.vector.keys() & line
            ]
        )
        if added > best:
            best, others = added, total - len(line)
    by_a_line = max(0.0, best - MOST_OF_A_LINE * (shown - best)) / shown
    return 1 - max(
        _between(others, FEW_BESIDE, ENOUGH_BESIDE) * by_a_line,
        _between(total - 1, FEW_BESIDE, ENOUGH_BESIDE) * by_a_word,
    )


def _between(value: float, none: float, fully: float) -> float:
    """How far a value has come from where nothing counts to where all does, in [0, 1]."""
    return round(min(1.0, max(0.0, (value - none) / (fully - none))), DIGITS)


def _tells(sentence: Sentence, own: Collection[str]) -> bool:
    """Does a line of a position say what was done, if in few words, or what with ("Python microservices for billing")?"""
    return has_action(sentence) or bool(own and not _TELLING.isdisjoint(sentence.lower))


def _with_claims(at_work: float, claims: float, free: float) -> float:
    """What dated positions show, with what is claimed outside as far as they bear it out or are too few to do so."""
    return at_work + max(min(claims, CLAIM_SHARE * at_work), free * claims)


def _head(block: Block) -> frozenset[str]:
    """Where somebody worked, as what and when is no list, if it is as short as such lines are."""
    return frozenset(line.text for line in block.head if len(line.words) <= MOST_WORDS_IN_A_HEAD)


def likelihood(similarity: float) -> float:
    """That somebody whose CV has this cosine does such work, by a logistic on its logarithm."""
    return (
        round(1 / (1 + math.exp(-SLOPE * math.log(similarity / CENTRE))), DIGITS) if similarity > 0 else 0.0
    )


def _told(job: Job, at_work: Sequence[Sequence[str]], elsewhere: Sequence[str], free_claims: float) -> float:
    """The cosine of the job's words with those that sentences tell."""
    told = Counter(chain.from_iterable(at_work))
    shown = _weighed(job, told)
    told.update(elsewhere)
    claimed = _weighed(job, told) - shown
    return round(_with_claims(shown, claimed, free_claims) / _norm(job, told, SHORTEST_NORM), DIGITS)


def _weighed(job: Job, told: Counter[str]) -> float:
    """The job's words among these, each with its weight in both."""
    return math.fsum(
        [
            _TIMES[told[stem]] * job.weights[stem] * job.vector[stem]
            for stem in job.vector.keys() & told.keys()
        ]
    )


def _norm(job: Job, told: Counter[str], shortest: float) -> float:
    """The length of a text's vector.

    Words that neither the table nor the job has (names of people, places and firms) have no weight: whom somebody is called
    or has worked for must not change how like the texts are.
    """
    weights = job.weights
    lengths = [_TIMES[count] * weights[stem] for stem, count in told.items() if stem in weights]
    return max(math.sqrt(math.fsum([length * length for length in lengths])), shortest)
