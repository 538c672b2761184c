"""The four ratings of a CV."""

import math
from dataclasses import dataclass

from cveval.domain.evaluations import Materials, Parameter, Rating
from cveval_evaluate.local.achievements import STEPS as ACHIEVEMENT_STEPS
from cveval_evaluate.local.achievements import achievements, rate_count
from cveval_evaluate.local.cues import cues_in
from cveval_evaluate.local.evidence import quotes
from cveval_evaluate.local.experience import Experience, experience, years_asked
from cveval_evaluate.local.identity import is_gendered, without_identity
from cveval_evaluate.local.requirements import job_profile
from cveval_evaluate.local.skills import skills_in
from cveval_evaluate.local.text import Sentence, sentences, stems, words
from cveval_evaluate.local.tfidf import cosine, vector

CENTRE, SLOPE = 0.06, 1 / 0.45
"""Of the logistic on log-cosine: a matching pair has a cosine around .10, one that does not around .03."""
CULTURE_STEPS = (1, 3, 5, 8)


@dataclass(frozen=True, slots=True)
class CvFindings:
    """The ratings, and what feedback is written from."""

    ratings: tuple[Rating, ...]
    matched: tuple[str, ...]
    missing: tuple[str, ...]
    experience: Experience
    years_asked: int | None
    achievements: int
    similarity: float
    has_requirements: bool


def rate_cv(materials: Materials) -> CvFindings:
    """Rate what is left of a CV without its identity."""
    text = without_identity(materials.cv)
    passages = sentences(text)
    wanted, has_requirements = job_profile(materials.job_description)
    of_cv = [stem for word in words(text) if not is_gendered(word) for stem in stems(word)]
    similarity = cosine(vector(wanted), vector(of_cv))
    asked, has = skills_in(materials.job_description), skills_in(text)
    matched = tuple(skill for skill in asked if skill in has)
    found = experience(text, materials.as_of)
    years = years_asked(materials.job_description)
    done = achievements(passages)
    culture = cues_in(Parameter.CULTURAL_FIT, passages)
    ratings = (
        _technical(similarity, matched, len(asked), passages),
        _experienced(found, years),
        _achieved(done),
        Rating(
            Parameter.CULTURAL_FIT,
            rate_count(len(culture), CULTURE_STEPS),
            f"{_counted(len(culture), 'cue')} of working with others and of learning; 1, 3, 5 and 8 rate 2 to 5.",
            quotes("cv", (cue.sentence.text for cue in culture)),
        ),
    )
    missing = tuple(skill for skill in asked if skill not in has)
    return CvFindings(
        ratings, matched, missing, found, years, len(done), round(similarity, 4), has_requirements
    )


def _technical(similarity: float, matched: tuple[str, ...], asked: int, cv: list[Sentence]) -> Rating:
    likelihood = 1 / (1 + math.exp(-SLOPE * math.log(similarity / CENTRE))) if similarity > 0 else 0.0
    score = min(5, 1 + int(round(likelihood, 9) * 5))
    names = f", {len(matched)} of {asked} named skills" if asked else ""
    reason = (
        f"The CV's vocabulary agrees with the job's at {likelihood:.2f} of 1{names}; each fifth is one point."
    )
    return Rating(Parameter.TECHNICAL_SKILLS, score, reason, quotes("cv", _showing(matched, cv)))


def _showing(skills: tuple[str, ...], cv: list[Sentence]) -> list[str]:
    """The sentences that name the most of these skills."""
    wanted = set(skills)
    counted = [(len(wanted.intersection(skills_in(s.text))), -n, s.text) for n, s in enumerate(cv)]
    return [text for count, _, text in sorted(counted, reverse=True) if count]


def _experienced(found: Experience, asked: int | None) -> Rating:
    years = found.years
    score = rate_count(found.months, (12, 24, 36, 60))
    reason = f"{years:g} years in dated positions, overlaps counted once; 1, 2, 3 and 5 years rate 2 to 5"
    if asked is not None:
        reason += f", the job asks for {asked}"
        if found.months >= asked * 12:
            score = max(score, 4)
            reason += ": met, which rates at least 4"
        else:
            score = min(score, 4)
            reason += ": not met, which rates at most 4"
    return Rating(Parameter.EXPERIENCE_LEVEL, score, reason + ".", quotes("cv", found.lines))


def _achieved(done: list[Sentence]) -> Rating:
    score = rate_count(len(done), ACHIEVEMENT_STEPS)
    reason = f"{_counted(len(done), 'sentence')} with an action and a figure; 1, 2, 4 and 6 rate 2 to 5."
    return Rating(Parameter.ACHIEVEMENTS, score, reason, quotes("cv", (s.text for s in done)))


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count or 'no'} {noun}s"
