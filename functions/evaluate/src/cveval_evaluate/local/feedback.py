"""Three short texts, written from the evidence: what speaks for a candidate, what is missing, what would change it.

What is said and in which order follows from what is most telling of a candidate; the same documents get the same texts.
"""

from collections.abc import Iterator

from cveval.domain.evaluations import Parameter
from cveval_evaluate.local.answers import gaps
from cveval_evaluate.local.cv import CvFindings, in_years
from cveval_evaluate.local.feedback_on_cv import (
    by_change,
    cv_feedback,
    is_short_of_years,
    unproven,
    without_figure,
)
from cveval_evaluate.local.feedback_on_project import (
    nearest,
    project_feedback,
    without_answer,
)
from cveval_evaluate.local.language import Language
from cveval_evaluate.local.matching import FEWEST_SKILLS
from cveval_evaluate.local.project import ProjectFindings
from cveval_evaluate.local.wording import (
    FAIR,
    NAMES,
    STRONG,
    Quoting,
    either,
    in_words,
    joined,
    listed,
    of_years,
    quoted,
    score_of,
)

__all__ = ["cv_feedback", "overall_summary", "project_feedback"]

NEAR_FLOOR = 1.75
"""A mean rating, which makes a match rate of .35 and a project score of 3.5 with equal weights; 1 is the floor."""
MANY = 3
"""Of five ratings, from which on the others are quicker named."""


def overall_summary(cv: CvFindings, project: ProjectFindings) -> str:
    """Both documents in a sentence each, the better one first; what to ask about, and what the numbers are not."""
    verdicts = [_verdict_on_cv(cv), _verdict_on_project(project)]
    if _mean(project) > _mean(cv):
        verdicts.reverse()
    return joined([*verdicts, _to_ask(cv, project), _worth(cv, project)])


def _mean(found: CvFindings | ProjectFindings) -> float:
    return sum(rating.score for rating in found.ratings) / len(found.ratings)


def _verdict_on_cv(found: CvFindings) -> str:
    if found.job.unknown is not None:
        return f"The job description {found.job.unknown}, so how the CV fits could not be judged"
    if found.language is Language.ANOTHER:
        return "The CV could be judged in part only, since it is not in English"
    score = score_of(found.ratings, Parameter.TECHNICAL_SKILLS)
    fit = {5: "very close to", 4: "close to", 3: "partly like", 2: "only distantly like"}.get(score, "unlike")
    has_years = found.months > 0 and not is_short_of_years(found)
    strong = has_years and score_of(found.ratings, Parameter.EXPERIENCE_LEVEL) >= FAIR
    but = "but " if (score >= STRONG and not strong) or (score < FAIR and strong) else ""
    if has_years:
        years = f"with {in_years(found.months)} of experience that bears on it"
    elif found.months:
        years = f"with {of_years(found.months, found.job.years_asked or 0)}"
    else:
        years = "without dated experience that bears on it"
    has_results = found.achievements or found.unrelated_achievements
    link = "but" if strong and not has_results else "and" if found.months else "and with"
    return f"The CV is {fit} what the job describes, {but}{years} {link} {_results(found)}"


def _results(found: CvFindings) -> str:
    """How many results there are, the most telling one where they are a strong side, and those from other work where there are no others."""
    counted = len(found.achievements) or found.unrelated_achievements
    if not counted:
        return "no result in figures"
    told = f"{in_words(counted)} {'result' if counted == 1 else 'results'} in figures"
    if not found.achievements:
        return f"{told} from other work"
    is_strong = score_of(found.ratings, Parameter.ACHIEVEMENTS) >= STRONG
    best = Quoting().first(by_change(found.achievements)) if is_strong else ""
    return f"{told}, such as {best}" if best else told


def _verdict_on_project(found: ProjectFindings) -> str:
    if found.language is Language.ANOTHER:
        return "The project report could not be read, since it is not in English"
    strong = [NAMES[r.parameter] for r in found.ratings if r.score >= STRONG]
    weak = [NAMES[r.parameter] for r in found.ratings if r.score < FAIR]
    others = [NAMES[r.parameter] for r in found.ratings if r.score >= FAIR]
    if len(weak) == len(found.ratings):
        answers = f"answers {_of_requirements(found)} and " if found.covered else ""
        return f"The project report {answers}is weak throughout"
    if others == [NAMES[Parameter.CORRECTNESS]]:
        return (
            f"The project report answers {_of_requirements(found)}, but shows little of how the work was done"
        )
    if len(weak) >= MANY:
        how = "strong" if others == strong else "solid or better" if strong else "solid"
        return f"The project report is {how} in {listed(others)}, but weak in the rest"
    if weak:
        most = f"strong in {listed(strong)}" if strong else "solid for the most part"
        return f"The project report is {most}, but weak in {listed(weak)}"
    return (
        f"The project report is strong in {listed(strong)} and weak in nothing"
        if strong
        else "The project report is solid, without a strong side"
    )


def _of_requirements(found: ProjectFindings) -> str:
    asked = len(found.coverage)
    return f"{found.covered} of the {asked} requirements" if asked > 1 else "the one requirement"


def _to_ask(cv: CvFindings, project: ProjectFindings) -> str:
    """The most telling question that the documents leave open: what a CV claims and does not prove before what one of the two does not say."""
    of_cv = next(filter(None, _unproven_of(cv)), "")
    left_open = without_answer(project) if project.language is not Language.ANOTHER else []
    if left_open and project.covered and not of_cv:
        first = quoted(nearest(left_open, project.told))
        return f"Ask what was done about {first}, which the report leaves open"
    off_topic = "why the report answers nothing of the brief" if left_open and not project.covered else ""
    asked = " and ".join(filter(None, [off_topic, of_cv or next(_unsaid_of(cv), "")]))
    return f"Ask {asked}" if asked else ""


def _unproven_of(cv: CvFindings) -> Iterator[str]:
    """Of a CV that fits: years that are far from enough, skills that are only named, work without results."""
    if not cv.is_read or score_of(cv.ratings, Parameter.TECHNICAL_SKILLS) < FAIR:
        return
    asked = (cv.job.years_asked or 0) * 12
    if cv.months * 2 < asked:
        yield f"what makes up for {in_years(asked - cv.months)} of missing experience"
    if cv.match.asked >= FEWEST_SKILLS and (names := unproven(cv)[1][:2]):
        yield f"what {listed(names)}, only named in the CV, {'was' if len(names) == 1 else 'were'} used for"
    if not cv.achievements:
        done = Quoting().first(without_figure(cv))
        yield f"what came of {done}, which is told without a figure" if done else ""


def _unsaid_of(cv: CvFindings) -> Iterator[str]:
    """What a CV says nothing of, whether it fits or not."""
    if not cv.is_read:
        return
    missing, only_named = unproven(cv) if cv.match.asked >= FEWEST_SKILLS else ([], [])
    if only_named:
        yield f"about work with {either(only_named[:2])}, which the CV only names"
    if missing:
        yield f"about work with {either(missing[:2])}, of which the CV says nothing"
    yield from (f"about {quoted(gap)}, of which the CV has not a word" for gap in gaps(cv))


def _worth(cv: CvFindings, project: ProjectFindings) -> str:
    """What the numbers rest on, and what they are not."""
    of_cv, of_report = (
        len({quote.text for rating in found.ratings for quote in rating.quotes}) for found in (cv, project)
    )
    if of_cv and of_report:
        rest = f"The numbers rest on {_passages(of_cv)} of the CV and {in_words(of_report)} of the report"
    elif of_cv or of_report:
        rest = (
            f"The numbers rest on {_passages(of_cv or of_report)} of the {'CV' if of_cv else 'report'} alone"
        )
    else:
        rest = "Nothing was found in either document that the numbers could rest on"
    return f"{rest}: advice, not a decision; {_floor(cv, project)}"


def _floor(cv: CvFindings, project: ProjectFindings) -> str:
    """What the lowest numbers mean, at length only where one of the two is near."""
    nothing = "which means that nothing was found that counts"
    where = [
        "at" if _mean(found) == 1 else "near" if _mean(found) <= NEAR_FLOOR else "" for found in (cv, project)
    ]
    match where:
        case ["", ""]:
            return "0.20 and 2 mean that nothing was found"
        case [of_cv, ""]:
            return f"the CV's is {of_cv} the floor of 0.20, {nothing}, not that somebody is 20 % suitable (a report's is 2)"
        case ["", of_report]:
            return f"the report's is {of_report} the floor of 2, {nothing} (a CV's is 0.20)"
        case _:
            return f"both are near or at the floor, 0.20 and 2, {nothing}, not that somebody is 20 % suitable"


def _passages(count: int) -> str:
    return f"{in_words(count)} {'passage' if count == 1 else 'passages'}"
