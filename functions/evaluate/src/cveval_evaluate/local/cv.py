"""The four ratings of a CV."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from cveval.domain.evaluations import Parameter, Rating
from cveval_evaluate.local.achievements import STEPS as ACHIEVEMENT_STEPS
from cveval_evaluate.local.achievements import achievements, has_figure, rate_count
from cveval_evaluate.local.amount import highest_rating, limited
from cveval_evaluate.local.career import Block, blocks
from cveval_evaluate.local.claims import is_claim
from cveval_evaluate.local.copying import Original, without_copied
from cveval_evaluate.local.cues import Cue, breadth, cues_in
from cveval_evaluate.local.dates import union
from cveval_evaluate.local.evidence import quotes
from cveval_evaluate.local.identity import without_identity
from cveval_evaluate.local.job import Job
from cveval_evaluate.local.language import Language, language_of
from cveval_evaluate.local.matching import FEWEST_SKILLS, Beside, Match, match, relatedness
from cveval_evaluate.local.skills import skills_in
from cveval_evaluate.local.text import Sentence

AGREEMENT_STEPS = (0.2, 0.4, 0.6, 0.8)
MONTH_STEPS = (12, 24, 36, 60)
CULTURE_STEPS = (1, 3, 5, 8)
AT_MOST_BY_NAMES = 3
"""In another language what is done with a skill cannot be read, nor whether it is more than a list."""
NAMES_OF_A_POSITION = 2
"""Different skills of the job from which on a position in another language bears on it in full; it does by half with one."""
AT_LEAST_WHEN_MET = AT_MOST_WHEN_NOT = 4
AT_MOST_BELOW_HALF = 3
BEARS = 0.5
"""From here on a position bears on the job as far as its achievements are concerned; its months count as far as it does."""


@dataclass(frozen=True, slots=True)
class CvFindings:
    """The ratings, and what feedback is written from."""

    ratings: tuple[Rating, ...]
    highest: int | None
    """What a rating of so short a CV may be at most; None when it is long enough for any."""
    job: Job
    match: Match
    career: tuple[Block, ...]
    """What is claimed, block by block."""
    months: int
    """In positions, each as far as it bears on the job, overlaps counted once."""
    unrelated_months: int
    """In other positions, as far as they add to these."""
    achievements: tuple[Sentence, ...]
    unrelated_achievements: int
    has_figures: bool
    """Also one that makes no achievement."""
    culture: tuple[Cue, ...]
    original: Original
    """What of the CV is its own, without identity."""
    language: Language
    implausible_dates: tuple[str, ...]
    """Ranges of positions that do not count, as they are written."""

    @property
    def is_read(self) -> bool:
        """Could its wording be held against the job's, both being in English and something being asked for?"""
        return self.job.unknown is None and self.language is not Language.ANOTHER


def rate_cv(cv: str, job: Job, as_of: date | None) -> CvFindings:
    """Rate what is left of a CV without its identity and without what it copies from the job description.

    `as_of` is the day the CV was uploaded, which "present" means in it. Raises nothing, whatever the text.
    """
    original = without_copied(without_identity(cv), job.source)
    language = language_of(original.lower)
    english = language is not Language.ANOTHER
    career = [_claimed(block) for block in blocks(original.text, as_of, original.reading)]
    matched = match(job, career)
    weights = [
        _weight(job, block, beside, english=english)
        for block, beside in zip(career, matched.beside, strict=True)
    ]
    related = [block for block, weight in zip(career, weights, strict=True) if weight >= BEARS]
    positions = [block for block in related if block.spans]
    others = [
        block
        for block, weight in zip(career, weights, strict=True)
        if weight < BEARS and block.section != "education"
    ]
    months = months_of(list(zip(career, weights, strict=True)))
    all_months = union([span for block in career for span in block.spans])
    outside_education = (block for block in related if block.section != "education")
    done = achievements(_done(outside_education), by_figure_alone=not english)
    elsewhere = achievements(_done(others), by_figure_alone=not english)
    highest = highest_rating(original)
    culture = cues_in(_told(career), (Parameter.CULTURAL_FIT,))[Parameter.CULTURAL_FIT] if english else []
    return CvFindings(
        ratings=limited(
            (
                _technical(matched, english=english),
                _experienced(months, all_months - months, job, positions, english=english),
                _achieved(done, len(elsewhere), job, english=english),
                _cultural(culture, english=english),
            ),
            highest,
        ),
        highest=highest,
        job=job,
        match=matched,
        career=tuple(career),
        months=months,
        unrelated_months=all_months - months,
        achievements=tuple(done),
        unrelated_achievements=len(elsewhere),
        has_figures=any(
            has_figure(sentence)
            for sentence in _told(block for block in career if block.section != "education")
        ),
        culture=tuple(culture),
        original=original,
        language=language,
        implausible_dates=tuple(text for block in career for text in block.implausible),
    )


def months_of(career: Sequence[tuple[Block, float]]) -> int:
    """Each month counts as far as the position bears on the job which, of those held in it, does most."""
    months, above = 0.0, 0.0
    for weight in sorted({weight for block, weight in career if block.spans}):
        covered = union([span for block, other in career if other >= weight for span in block.spans])
        months += (weight - above) * covered
        above = weight
    return round(months)


def _weight(job: Job, block: Block, beside: Beside, *, english: bool) -> float:
    """How far a part of a CV bears on the job, in [0, 1]: a position by its words, in another language every part by names of skills, too.

    What cannot be read does not count there: otherwise a CV of other work would gain by being translated.
    """
    if english and not block.spans:
        return 1.0
    by_words = relatedness(job, block, beside)
    if english:
        return by_words
    named = {skill for sentence in block.sentences for skill in skills_in(sentence)}.intersection(job.skills)
    return max(by_words, min(1.0, len(named) / NAMES_OF_A_POSITION))


def _claimed(block: Block) -> Block:
    """Without the sentences that deny or wish something, or tell of somebody else's work."""
    claims = tuple(filter(is_claim, block.sentences))
    return block if len(claims) == len(block.sentences) else replace(block, sentences=claims)


def _told(career: Iterable[Block]) -> Iterable[Sentence]:
    return (sentence for block in career for sentence in block.sentences)


def _done(career: Iterable[Block]) -> Iterable[Sentence]:
    """Without the dates and titles of positions, which are no results."""
    return (sentence for block in career for sentence in block.sentences if sentence not in block.head)


def _technical(found: Match, *, english: bool) -> Rating:
    named = f"{len(found.shown)} of the {found.asked} skills that the job names {'is' if len(found.shown) == 1 else 'are'} shown"
    if found.listed:
        named += f", {len(found.listed)} more only named"
    if not english and found.asked >= FEWEST_SKILLS:
        value = found.share_of_names
        reason = f"Not in English, so only names of skills were compared: {len(found.shown) + len(found.listed)} of {found.asked}"
    elif found.asked >= FEWEST_SKILLS:
        value = found.agreement
        reason = (
            f"Words agree with the job's at {found.likelihood:.2f} of 1 (cosine {found.similarity:.3f}); {named} "
            f"({found.share_of_skills:.2f}, where half of them would be 1, and at most as far as the words agree). Two thirds of the one and one third of the other are {value:.2f}"
        )
    else:
        value = found.likelihood
        reason = f"Words agree with the job's at {value:.2f} of 1 (cosine {found.similarity:.3f}); it names too few skills to count them"
    return Rating(
        Parameter.TECHNICAL_SKILLS,
        _at_most(rate_count(value, AGREEMENT_STEPS), english=english),
        f"{reason}; .2, .4, .6 and .8 rate 2 to 5{_and_at_most(english=english)}.",
        quotes("cv", found.evidence),
    )


def _at_most(score: int, *, english: bool) -> int:
    return score if english else min(score, AT_MOST_BY_NAMES)


def _and_at_most(*, english: bool) -> str:
    return "" if english else f"; at most {AT_MOST_BY_NAMES}, since the wording was not read"


def _experienced(months: int, others: int, job: Job, positions: list[Block], *, english: bool) -> Rating:
    asked = job.years_asked
    score = rate_count(months, MONTH_STEPS)
    if job.unknown is not None:
        bear, left = f"have words of the job description, which {job.unknown}", unjudged(others)
    elif english:
        bear, left = "bear on the job", uncounted(others)
    else:
        bear = "name its skills (not in English, so little else could be compared)"
        left = f"{unjudged(others)}, since no skill is named there"
    reason = f"{in_years(months)} in dated positions, as far as they {bear}, overlaps counted once"
    if others:
        reason += f" ({left})"
    reason += "; 1, 2, 3 and 5 years rate 2 to 5"
    if asked is not None:
        met, limit = (
            months >= asked * 12,
            AT_MOST_WHEN_NOT if months * 2 >= asked * 12 else AT_MOST_BELOW_HALF,
        )
        score = max(score, AT_LEAST_WHEN_MET) if met else min(score, limit)
        reason += f", the job asks for {asked}: " + (
            f"met, which rates at least {AT_LEAST_WHEN_MET}"
            if met
            else f"not met, which rates at most {limit}"
        )
    return Rating(
        Parameter.EXPERIENCE_LEVEL,
        _at_most(score, english=english),
        f"{reason}{_and_at_most(english=english)}.",
        quotes("cv", (line for block in positions for line in block.head)),
    )


def _achieved(done: list[Sentence], elsewhere: int, job: Job, *, english: bool) -> Rating:
    what = (
        "with an action and a figure"
        if english
        else "with a figure (not in English, so actions were not looked for)"
    )
    reason = f"{counted(len(done), 'sentence')} {what}; 1, 2, 4 and 6 rate 2 to 5"
    if elsewhere:
        where = (
            "positions that were not judged"
            if job.unknown is not None
            else "positions that do not bear on the job"
            if english
            else "parts that name none of its skills"
        )
        reason += f"; {elsewhere} more in {where} {'does' if elsewhere == 1 else 'do'} not count"
    return Rating(
        Parameter.ACHIEVEMENTS,
        _at_most(rate_count(len(done), ACHIEVEMENT_STEPS), english=english),
        f"{reason}{_and_at_most(english=english)}.",
        quotes("cv", done),
    )


def _cultural(found: list[Cue], *, english: bool) -> Rating:
    if not english:
        reason = "Not in English, so working with others and learning could not be judged: 1 is the floor and no judgement."
        return Rating(Parameter.CULTURAL_FIT, 1, reason)
    points = breadth(found)
    kinds = ", ".join(dict.fromkeys(cue.kind for cue in found)) or "none"
    reason = f"Signs of working with others and of learning, at most two of a kind: {points:g} ({kinds}); 1, 3, 5 and 8 rate 2 to 5."
    return Rating(
        Parameter.CULTURAL_FIT,
        rate_count(points, CULTURE_STEPS),
        reason,
        quotes("cv", (cue.sentence for cue in found)),
    )


def in_years(months: int) -> str:
    years = round(months / 12, 1)
    return "1 year" if years == 1 else f"{years:g} years"


def counted(number: int, noun: str) -> str:
    return f"{number or 'No'} {noun}{'s' if number > 1 else ''}"


def uncounted(months: int) -> str:
    """What is said of time in work of another kind."""
    years = in_years(months)
    return f"{years} more in other work {'does' if years == '1 year' else 'do'} not count"


def unjudged(months: int) -> str:
    """What is said of time in work of which it is not known what it is."""
    years = in_years(months)
    return f"{years} more {'was' if years == '1 year' else 'were'} not judged"
