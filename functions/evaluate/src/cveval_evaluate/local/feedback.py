"""Three short texts, written from the evidence."""

from cveval.domain.evaluations import Parameter, Rating, Scores
from cveval_evaluate.local.cv import CvFindings
from cveval_evaluate.local.project import ProjectFindings

MOST_NAMED = 5
_CV_ADVICE = {
    Parameter.TECHNICAL_SKILLS: "Say where and how the skills that the job asks for were used",
    Parameter.EXPERIENCE_LEVEL: "Give each position its dates",
    Parameter.ACHIEVEMENTS: "Put figures to what was achieved",
    Parameter.CULTURAL_FIT: "Tell how the work was shared, reviewed and taught",
}
_PROJECT_ADVICE = {
    Parameter.CORRECTNESS: "Answer each requirement of the brief, one by one",
    Parameter.CODE_QUALITY: "Describe the structure, the tests and how the code is checked",
    Parameter.RESILIENCE: "Say what happens when a part fails: timeouts, retries, duplicates",
    Parameter.DOCUMENTATION: "Add how to run it, an example and the reasons for the main decisions",
    Parameter.CREATIVITY: "Show what was tried or measured beyond the brief",
}
_NAMES = {
    Parameter.CORRECTNESS: "covering the brief",
    Parameter.CODE_QUALITY: "code quality",
    Parameter.RESILIENCE: "resilience",
    Parameter.DOCUMENTATION: "documentation",
    Parameter.CREATIVITY: "going beyond the brief",
}


def cv_feedback(found: CvFindings) -> str:
    """Skills, experience, achievements, and the weakest point's way out."""
    return " ".join(
        [_skills(found), _experience(found), _achievements(found), _advice(found.ratings, _CV_ADVICE)]
    )


def project_feedback(found: ProjectFindings) -> str:
    """Coverage, the strongest and the weakest side, what is open, and the way out."""
    strongest = max(found.ratings, key=lambda r: r.score)
    weakest = min(found.ratings, key=lambda r: r.score)
    covered = f"The report answers {found.covered} of {len(found.coverage)} requirements of the brief."
    sides = (
        f"Its strongest side is {_NAMES[strongest.parameter]} ({strongest.score} of 5), "
        f"its weakest {_NAMES[weakest.parameter]} ({weakest.score} of 5)."
        if strongest.score > weakest.score
        else f"All sides are rated {weakest.score} of 5."
    )
    open_parts = [part.requirement for part in found.coverage if part.passage is None]
    unanswered = f"Nothing was found on: “{_shortened(open_parts[0])}”." if open_parts else ""
    return " ".join(filter(None, [covered, sides, unanswered, _advice(found.ratings, _PROJECT_ADVICE)]))


def overall_summary(scores: Scores, cv: CvFindings, project: ProjectFindings) -> str:
    """Both numbers with their scales, the main reason for each, and what they are not."""
    fit = _word(
        float(scores.cv_match_rate), ((0.8, "a strong"), (0.6, "a fair"), (0.4, "a partial")), "a weak"
    )
    work = _word(float(scores.project_score), ((8, "strong"), (6, "solid"), (4, "incomplete")), "thin")
    gap = f" What the CV does not show is {_listed(cv.missing)}." if cv.missing else ""
    return (
        f"The CV is {fit} match for the job ({scores.cv_match_rate} on a scale from 0.20, where nothing was found, to 1.00), "
        f"and the project report is {work} ({scores.project_score} of 10, {project.covered} of {len(project.coverage)} "
        f"requirements answered).{gap} The numbers count evidence in the documents; they are advice and no decision."
    )


def _skills(found: CvFindings) -> str:
    if not found.matched and not found.missing:
        return "The job description names no skill that is known here, so the CV was compared with its wording alone."
    if not found.matched:
        return f"None of the skills that the job names is in the CV: {_listed(found.missing)}."
    if not found.missing:
        return f"Every skill that the job names is in the CV: {_listed(found.matched)}."
    return f"The CV shows {_listed(found.matched)}; it does not show {_listed(found.missing)}."


def _experience(found: CvFindings) -> str:
    if not found.experience.months:
        return "No position has dates, so no experience could be counted."
    asked = f", where the job asks for {found.years_asked}" if found.years_asked else ""
    return f"The dated positions add up to {found.experience.years:g} years{asked}."


def _achievements(found: CvFindings) -> str:
    if not found.achievements:
        return "No sentence joins an action with a figure."
    plural = "s join" if found.achievements > 1 else " joins"
    return f"{found.achievements} sentence{plural} an action with a figure."


def _advice(ratings: tuple[Rating, ...], advice: dict[Parameter, str]) -> str:
    weakest = min(ratings, key=lambda r: r.score)
    return "" if weakest.score == 5 else f"{advice[weakest.parameter]}; that would change most."


def _listed(names: tuple[str, ...]) -> str:
    shown = list(names[:MOST_NAMED])
    rest = len(names) - len(shown)
    if rest:
        shown.append(f"{rest} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _shortened(text: str) -> str:
    return text if len(text) <= 120 else text[:120].rsplit(" ", 1)[0] + " …"


def _word(number: float, steps: tuple[tuple[float, str], ...], otherwise: str) -> str:
    return next((word for least, word in steps if number >= least), otherwise)
