"""Three short texts, written from the evidence: what speaks for a candidate, what is missing, what would change it."""

from collections.abc import Collection, Iterable, Sequence

from cveval.domain.evaluations import HIGHEST_RATING, Parameter, Rating
from cveval_evaluate.local.achievements import has_action, has_figure
from cveval_evaluate.local.answers import gaps
from cveval_evaluate.local.context import is_context
from cveval_evaluate.local.cues import kinds_of
from cveval_evaluate.local.cv import AT_MOST_BY_NAMES, CvFindings, in_years
from cveval_evaluate.local.evidence import quotable
from cveval_evaluate.local.job import Job
from cveval_evaluate.local.language import Language
from cveval_evaluate.local.matching import FEWEST_SKILLS
from cveval_evaluate.local.project import WHAT, ProjectFindings
from cveval_evaluate.local.text import CUT, NUMBER_WORDS, Sentence

MOST_NAMED = 5
MOST_MET_OTHERWISE = 2
MOST_GAPS = 2
LONGEST_QUOTE = 110
STRONG, FAIR = 4, 3
ENOUGH_TO_ASK = 6
"""Words."""
_NUMBERS = ("no", *NUMBER_WORDS[:12])


def cv_feedback(found: CvFindings) -> str:
    """How the CV fits the job, experience, achievements, what is missing, and what to change."""
    if found.job.unknown is not None:
        return _without_a_measure(found)
    return _joined(_fit(found), _experience(found), _achievements(found), _gaps(found), _to_change(found))


def project_feedback(found: ProjectFindings) -> str:
    """What is answered, the strongest side, what is open, and what to change."""
    if found.language is Language.ANOTHER:
        return _joined(
            "The report is not in English and could not be read, so what it answers of the brief is not known",
            "Only names and figures were judged, and the project score says little",
            "A version in English would let it be held against the brief",
        )
    return _joined(_covered(found), _strongest(found), _open(found), _to_add(found))


def overall_summary(cv: CvFindings, project: ProjectFindings) -> str:
    """Both documents in a sentence each, what to ask about, and what the numbers are not."""
    return _joined(
        _verdict_on_cv(cv),
        _verdict_on_project(project),
        _to_ask(cv, project),
        _worth(cv, project),
    )


# -- the CV --------------------------------------------------------------------------------------------------------------


def _without_a_measure(found: CvFindings) -> str:
    """Where a job description asks for nothing or was not read, that is no gap of the candidate's."""
    years, results = (
        found.months + found.unrelated_months,
        len(found.achievements) + found.unrelated_achievements,
    )
    return _joined(
        f"The job description {found.job.unknown}, so the CV cannot be held against it, and the match rate says little",
        f"The CV has dated positions of {in_years(years)}" if years else "",
        f"{_number(results).capitalize()} {'result is' if results == 1 else 'results are'} backed by figures"
        if results
        else "",
        "To compare candidates, the job description should name the tasks, the skills and the years of experience that the work takes"
        if found.job.language is not Language.ANOTHER
        else "A job description in English would let candidates be compared",
        "Until then the CV is better read than ranked",
    )


def _fit(found: CvFindings) -> str:
    score = _score(found.ratings, Parameter.TECHNICAL_SKILLS)
    title = _shortened(found.job.title)
    job = f"“{title}”" if title else "the job"
    if found.language is Language.ANOTHER:
        names = _in_its_words(found.job, found.match.shown + found.match.listed)
        named = f"it names {_listed(names)}" if names else "it names none of the skills that the job asks for"
        is_short = found.highest is not None and found.highest < AT_MOST_BY_NAMES
        short = f"; it is so short, too, that it rates at most {found.highest} of 5" if is_short else ""
        return f"The CV is not in English, so only dates, figures and names of skills could be judged; {named}{short}"
    if found.highest is not None:
        shows = (
            f"; it shows {_listed(_in_its_words(found.job, found.match.shown))}" if found.match.shown else ""
        )
        return f"The CV is so short that it rates at most {found.highest} of 5 against {job}{shows}"
    how = (
        f"What the CV tells is close to {job}"
        if score >= STRONG
        else f"The CV has a good part of what {job} asks for"
        if score == FAIR
        else f"The CV and {job} have some ground in common"
        if score > 1
        else f"The CV tells of other work than {job}"
    )
    if found.match.shown:
        return f"{how}: it shows {_listed(_in_its_words(found.job, found.match.shown))}"
    best = _quoted(found.match.evidence)
    return f"{how}; the nearest passage is {best}" if best and score > 1 else how


def _experience(found: CvFindings) -> str:
    asked = found.job.years_asked
    was_read = found.language is not Language.ANOTHER
    others = (
        f"; {in_years(found.unrelated_months)} more {'are in other work' if was_read else 'were not judged'}"
        if found.unrelated_months >= 12
        else ""
    )
    if not found.months:
        if found.unrelated_months and not was_read:
            return f"Whether its dated positions ({in_years(found.unrelated_months)}) bear on this job was not judged"
        if found.unrelated_months:
            return f"Its dated positions ({in_years(found.unrelated_months)}) do not bear on this job"
        return "No position has dates that could be added up, so no experience counts"
    years = f"Positions that {'bear on it' if was_read else 'name skills of it'} add up to {in_years(found.months)}"
    if asked is None:
        return years + others
    if found.months >= asked * 12:
        return f"{years}, and {asked} {'is' if asked == 1 else 'are'} asked for{others}"
    return f"{years} of the {asked} that are asked for{others}"


def _achievements(found: CvFindings) -> str:
    done = found.achievements
    if not done:
        elsewhere = found.unrelated_achievements
        if elsewhere and found.language is Language.ANOTHER:
            return "What came of the work was not judged"
        return (
            f"{_number(elsewhere).capitalize()} {'result with figures comes' if elsewhere == 1 else 'results with figures come'} from other work"
            if elsewhere
            else "Its figures stand in no sentence of five words with a verb that says what was done"
            if found.has_figures
            else "No sentence says in figures what was achieved"
        )
    best = _quoted(sorted(done, key=_figures))
    if len(done) == 1:
        return f"One result is backed by a figure: {best}" if best else "One result is backed by a figure"
    return f"{_number(len(done)).capitalize()} results are backed by figures" + (
        f", such as {best}" if best else ""
    )


def _figures(sentence: Sentence) -> tuple[int, int]:
    """The sentence with the most figures first, the shorter of two."""
    return -sum(map(str.isdigit, sentence.text)), len(sentence.text)


def _gaps(found: CvFindings) -> str:
    missing, listed = (_in_its_words(found.job, s) for s in (found.match.missing, found.match.listed))
    copied = "passages copied from the job description did not count" if found.original.copied_words else ""
    if found.language is Language.ANOTHER:
        return copied.capitalize()
    if found.match.asked < FEWEST_SKILLS:
        return "; ".join(filter(None, [_unsaid(found), copied]))
    parts = []
    if found.match.met_otherwise:
        parts.append(_met_otherwise(found))
    if missing:
        parts.append(f"nothing is said of {_listed(missing)}")
    if listed:
        parts.append(f"{_listed(listed)} {'is' if len(listed) == 1 else 'are'} only named, not shown at work")
    if copied:
        parts.append(copied)
    return "; ".join(parts)


def _unsaid(found: CvFindings) -> str:
    """Where a job names too few skills to tell by them, the first two things that it asks for and the CV has no word of."""
    unsaid = [f"“{_shortened(gap)}”" for gap in gaps(found)[:MOST_GAPS]]
    return f"not a word is said of {_either(unsaid)}" if unsaid and found.highest is None else ""


def _met_otherwise(found: CvFindings) -> str:
    """By which other skills the first few are met: "for relational databases and SQL it names PostgreSQL"."""
    by_other: dict[str, list[str]] = {}
    for skill, other in found.match.met_otherwise.items():
        by_other.setdefault(other, []).append(skill)
    met = [
        f"for {_listed(_in_its_words(found.job, skills))} it names {other}"
        for other, skills in by_other.items()
    ]
    return " and ".join(met[:MOST_MET_OTHERWISE])


def _to_change(found: CvFindings) -> str:
    """What would change the lowest rating; dates can be added to a CV, years cannot."""
    if found.language is Language.ANOTHER:
        return "A version in English would let the wording be judged as well"
    undated = not found.months and not found.unrelated_months
    weakest = min(
        (r for r in found.ratings if undated or r.parameter is not Parameter.EXPERIENCE_LEVEL),
        key=lambda rating: rating.score,
    )
    if weakest.score == HIGHEST_RATING:
        return ""
    match weakest.parameter:
        case Parameter.TECHNICAL_SKILLS:
            return _skills_to_show(found)
        case Parameter.EXPERIENCE_LEVEL:
            return "Each position should say when it began and ended, and in two lines what the work was"
        case Parameter.ACHIEVEMENTS:
            plain = _quoted(
                s for s in found.match.evidence if is_context(s) and has_action(s) and not has_figure(s)
            )
            return (
                f"A figure would make a result of {plain}: how much, how many or how fast"
                if plain
                else "What came of the work should be told in figures: what changed, by how much, for how many"
            )
        case _:
            shown = {cue.kind for cue in found.culture}
            return f"A line from daily work could tell of {_either(_absent(Parameter.CULTURAL_FIT, shown))}"


def _skills_to_show(found: CvFindings) -> str:
    asked = found.match.asked >= FEWEST_SKILLS
    missing, listed = (_in_its_words(found.job, s) for s in (found.match.missing, found.match.listed))
    if asked and listed:
        return (
            f"If {_listed(listed[:2])} came up at work, a sentence should say what for and with what result"
        )
    if asked and missing:
        return f"If there was any work with {_either(missing[:2])}, it should be told where it was done"
    best = _quoted(found.match.evidence)
    title = _shortened(found.job.title)
    return f"What comes nearest{f' to “{title}”' if title else ''} should be told at more length" + (
        f", beginning with {best}" if best else ""
    )


# -- the project report ---------------------------------------------------------------------------------------------------


def _covered(found: ProjectFindings) -> str:
    asked = len(found.coverage)
    if not asked:
        return "The brief asks for nothing that a report could answer"
    if not found.covered:
        copied = " in words of its own" if found.original.copied_words else ""
        return f"The report answers none of the {asked} requirements of the brief{copied}"
    covered = (
        f"The report answers all {asked} requirements of the brief"
        if found.covered == asked
        else f"The report answers {found.covered} of the {asked} requirements of the brief"
    )
    if found.original.copied_words:
        covered += "; what it repeats of the brief word for word did not count"
    return covered


def _strongest(found: ProjectFindings) -> str:
    best = max(found.ratings[1:], key=lambda rating: rating.score)
    if best.score == 1:
        return "It gives hardly any evidence of how the work was done"
    cues = sorted(found.cues[best.parameter], key=lambda cue: -cue.worth)
    kinds = list(dict.fromkeys(cue.kind for cue in cues))
    strength = "strongest" if best.score >= FAIR else "least weak"
    quoted = _quoted(cue.sentence for cue in cues)
    return f"It is {strength} in {WHAT[best.parameter]} ({_listed(kinds)})" + (
        f": {quoted}" if quoted else ""
    )


def _open(found: ProjectFindings) -> str:
    missing = [part.requirement for part in found.coverage if part.passage is None]
    if not missing:
        return "Nothing that the brief asks for is left open" if found.coverage else ""
    first = f"“{_shortened(missing[0])}”"
    if len(missing) == 1:
        return f"The one requirement without an answer is {first}"
    return f"Without an answer are {first} and {_number(len(missing) - 1)} more"


def _to_add(found: ProjectFindings) -> str:
    """What would change the lowest rating: an answer, or the kinds of evidence of which there is none."""
    weakest = min(found.ratings, key=lambda rating: rating.score)
    if weakest.score == HIGHEST_RATING:
        return ""
    if weakest.parameter is Parameter.CORRECTNESS:
        missing = [part.requirement for part in found.coverage if part.passage is None]
        if not missing:
            return "The brief gives nothing to go by, so say what the task was and how it was met"
        then = f", and then “{_shortened(missing[1])}”" if len(missing) > 1 else ""
        return f"That should be answered first, with what was done and what came of it{then}"
    absent = _absent(weakest.parameter, {cue.kind for cue in found.cues[weakest.parameter]})
    return f"On {WHAT[weakest.parameter]} it should say more, beginning with {' and '.join(absent)}"


# -- both -------------------------------------------------------------------------------------------------------------------


def _verdict_on_cv(found: CvFindings) -> str:
    if found.job.unknown is not None:
        return f"The job description {found.job.unknown}, so how the CV fits could not be judged"
    score = _score(found.ratings, Parameter.TECHNICAL_SKILLS)
    years = _score(found.ratings, Parameter.EXPERIENCE_LEVEL)
    if found.language is Language.ANOTHER:
        return "The CV could be judged in part only, since it is not in English"
    fit = {5: "very close to", 4: "close to", 3: "partly like", 2: "only distantly like"}.get(score, "unlike")
    experience = (
        f"with {in_years(found.months)} of experience that bears on it"
        if found.months
        else "without dated experience that bears on it"
    )
    but = "but " if (score >= STRONG) != (years >= STRONG) else ""
    return f"The CV is {fit} what the job describes, {but}{experience}"


def _verdict_on_project(found: ProjectFindings) -> str:
    if found.language is Language.ANOTHER:
        return "The project report could not be read, since it is not in English"
    ratings = {rating.parameter: rating.score for rating in found.ratings}
    strong = [WHAT[parameter] for parameter, score in ratings.items() if score >= STRONG]
    weak = [WHAT[parameter] for parameter, score in ratings.items() if score < FAIR]
    if strong and weak:
        return f"The project report is strong in {_listed(strong)} and weak in {_listed(weak)}"
    if strong:
        return f"The project report is strong in {_listed(strong)}"
    return (
        f"The project report is weak in {_listed(weak)}"
        if weak
        else "The project report is solid, without a strong side"
    )


def _to_ask(cv: CvFindings, project: ProjectFindings) -> str:
    """What a conversation should settle: what the documents leave open."""
    open_points = []
    unproven = _in_its_words(cv.job, cv.match.listed + cv.match.missing)
    if cv.language is not Language.ANOTHER and cv.match.asked >= FEWEST_SKILLS and unproven:
        open_points.append(f"whether there is experience with {_listed(unproven[:3])}")
    missing = [part.requirement for part in project.coverage if part.passage is None]
    if missing and project.language is not Language.ANOTHER:
        open_points.append(f"what was done about “{_shortened(_substantial(missing))}”")
    return f"Worth asking is {' and '.join(open_points)}" if open_points else ""


def _worth(cv: CvFindings, project: ProjectFindings) -> str:
    """What the numbers rest on, and what they are not."""
    of_cv, of_report = (
        len({quote.text for rating in found.ratings for quote in rating.quotes}) for found in (cv, project)
    )
    rest = (
        f"The numbers rest on {_passages(of_cv)} of the CV and {_passages(of_report)} of the report that are quoted"
        if of_cv and of_report
        else f"The numbers rest on {_passages(of_cv or of_report)} of the {'CV' if of_cv else 'report'} alone"
        if of_cv or of_report
        else "Nothing was found in either document that the numbers could rest on"
    )
    return (
        f"{rest}, and they are advice, not a decision: 0.20 and 2 are the floor, which says that nothing was found and not that "
        "somebody is 20 % suitable"
    )


def _passages(count: int) -> str:
    return f"{_number(count)} {'passage' if count == 1 else 'passages'}"


def _substantial(missing: Sequence[str]) -> str:
    """The first requirement that says enough to ask about, if one does."""
    return next((text for text in missing if len(text.split()) >= ENOUGH_TO_ASK), missing[0])


# -- words -------------------------------------------------------------------------------------------------------------------


def _absent(parameter: Parameter, shown: Collection[str]) -> list[str]:
    """The first two kinds of evidence of which there is none; the first two at all where each kind has some."""
    return ([kind for kind in kinds_of(parameter) if kind not in shown] or kinds_of(parameter))[:2]


def _in_its_words(job: Job, skills: Iterable[str]) -> list[str]:
    """Skills as the job names them: who reads "data pipelines" there is not asked for ETL."""
    return [job.skills[skill] for skill in skills]


def _either(names: Sequence[str]) -> str:
    return " or ".join(names)


def _score(ratings: Iterable[Rating], parameter: Parameter) -> int:
    return next(rating.score for rating in ratings if rating.parameter is parameter)


def _quoted(passages: Iterable[Sentence]) -> str:
    first = next(filter(None, map(quotable, passages)), "")
    return f"“{_shortened(first)}”" if first else ""


def _shortened(text: str) -> str:
    text = " ".join(text.replace(CUT, " ").split()).rstrip(".;,:")
    return (
        text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE].rsplit(" ", 1)[0].rstrip(".;,:") + " …"
    )


def _listed(names: Sequence[str]) -> str:
    shown = list(names[:MOST_NAMED])
    rest = len(names) - len(shown)
    if rest:
        shown.append(f"{_number(rest)} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else f"{count:,}"


def _joined(*sentences: str) -> str:
    return " ".join(f"{sentence[0].upper()}{sentence[1:]}." for sentence in sentences if sentence)
