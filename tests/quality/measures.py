"""What the local evaluator makes of the labelled samples, in figures."""

import hashlib
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from statistics import fmean, median

from cveval.domain.evaluations import Materials, compute_match_rate, compute_scores
from cveval_evaluate.local import CvFindings, assess, prepare_job, rate_cv
from cveval_evaluate.local.brief import prepare_brief
from cveval_evaluate.local.copying import likeness
from cveval_evaluate.local.project import rate_project
from tests.quality.cheating import (
    ALTERED_PASTES,
    CUES_IN_A_REPORT,
    DISORDERED_PASTES,
    INVENTED,
    PASTES,
    SMALL_SHARES,
    STUFFINGS,
    TRANSLATIONS,
    Cheat,
    every_second_word_in_varied_frames,
)
from tests.quality.labelled import AS_OF, GRADES, Cv, Report, briefs, cvs, jobs, reports, standing
from tests.quality.swapping import OTHERS, as_somebody_else

Figures = dict[str, float]
ROOT = Path(__file__).parents[2]


@cache
def found(job: str, cv: Cv) -> CvFindings:
    return rate_cv(cv.text, prepare_job(jobs()[job]), AS_OF)


def rate_of(findings: CvFindings) -> float:
    return float(compute_match_rate(findings.ratings))


def rate(job: str, cv: Cv) -> float:
    return rate_of(found(job, cv))


def similarity(job: str, cv: Cv) -> float:
    return found(job, cv).match.similarity


@cache
def project_score(report: Report, brief: str) -> float:
    materials = Materials(
        cvs()[0].text, report.text, next(iter(jobs().values())), briefs()[brief], as_of=AS_OF
    )
    return float(compute_scores(assess(materials).ratings).project_score)


# -- how well it tells them apart ------------------------------------------------------------------------------------------


def separation() -> Figures:
    """Macro AUC over the jobs: each job's own CVs against those that fit it not at all, and against its near misses."""
    return {
        f"AUC of {name}, own CVs against {against}": fmean(
            auc([number(job, cv) for cv in own(job)], [number(job, cv) for cv in standing_as(kind, job)])
            for job in jobs()
            if standing_as(kind, job)
        )
        for name, number in (("similarity", similarity), ("match rate", rate))
        for kind, against in (("none", "others"), ("near", "near misses"))
    }


def wins_of_cvs() -> Figures:
    """How often the better CV has the higher match rate, over all pairs within a job; a tie is half a win."""
    return {
        f"wins of {better} over {worse}": _wins(
            [
                (
                    [rate(job, cv) for cv in standing_as(better, job)],
                    [rate(job, cv) for cv in standing_as(worse, job)],
                )
                for job in jobs()
            ]
        )
        for better, worse in (
            ("fitting", "junior"),
            ("fitting", "near"),
            ("fitting", "none"),
            ("junior", "none"),
            ("near", "none"),
        )
    }


def wins_of_reports() -> Figures:
    """How often the better report has the higher project score, over all pairs within a brief; a tie is half a win."""
    return {
        f"wins of {better} over {worse} reports": _wins(
            [(_project_scores(brief, better), _project_scores(brief, worse)) for brief in briefs()]
        )
        for better, worse in (
            ("strong", "solid"),
            ("solid", "partial"),
            ("partial", "thin"),
            ("partial", "padded"),
            ("strong", "padded"),
            ("solid", "padded"),
        )
    }


def reports_on_another_brief() -> Figures:
    """What is left of a report's project score where another brief was to be answered; 2 is the floor."""
    good = [report for report in reports() if report.grade in ("strong", "solid")]
    own = [(project_score(r, r.brief), project_score(r, b)) for r in good for b in briefs() if b != r.brief]
    return {
        "wins of a good report on its own brief over the same on another": _wins(
            [([a], [b]) for a, b in own]
        ),
        "good reports, mean project score on their own brief": fmean(a for a, _ in own),
        "good reports, mean project score on another brief": fmean(b for _, b in own),
    }


def cheated_reports() -> Figures:
    """What an altered paste of the brief, or a list of cues, gains in the mean over reports that are not good."""
    poor = [report for report in reports() if GRADES[report.grade] < GRADES["solid"]]

    def gain(cheat: Callable[[str, str], str]) -> float:
        return fmean(
            project_score(replace(r, text=cheat(r.text, briefs()[r.brief])), r.brief)
            - project_score(r, r.brief)
            for r in poor
        )

    return {
        **{
            f"brief {cheat.__name__.replace('_', ' ')}: mean gain": gain(cheat)
            for cheat in (*ALTERED_PASTES, *DISORDERED_PASTES, every_second_word_in_varied_frames)
        },
        "cues listed: mean gain": gain(lambda report, _: f"{report}\n\n{CUES_IN_A_REPORT}"),
    }


def length_and_grade() -> Figures:
    """Is it length or content that the project score follows? Pearson's r, alone and with the other held constant."""
    scores = [project_score(report, report.brief) for report in reports()]
    words = [float(len(report.text.split())) for report in reports()]
    grades = [float(GRADES[report.grade]) for report in reports()]
    by_length, by_grade, between = (
        correlation(scores, words),
        correlation(scores, grades),
        correlation(words, grades),
    )
    return {
        "project score and length, r": by_length,
        "project score and grade, r": by_grade,
        "project score and length, grade held constant": partial(by_length, by_grade, between),
        "project score and grade, length held constant": partial(by_grade, by_length, between),
    }


# -- what must not matter ----------------------------------------------------------------------------------------------------


def swapped_names() -> Figures:
    """The largest difference that another name and gender make, over all CVs and all jobs."""
    rates, similarities = [0.0], [0.0]
    for number, cv in enumerate(cvs()):
        for other in (OTHERS[number % len(OTHERS)], OTHERS[(number * 7 + 3) % len(OTHERS)]):
            text = as_somebody_else(cv, other)
            for job in jobs():
                swapped = rate_cv(text, prepare_job(jobs()[job]), AS_OF)
                rates.append(abs(rate_of(swapped) - rate(job, cv)))
                similarities.append(abs(swapped.match.similarity - similarity(job, cv)))
    return {"name swap, match rate": max(rates), "name swap, similarity": max(similarities)}


def pasted_jobs() -> Figures:
    return _cheated(PASTES)


def jobs_pasted_into_right_cvs() -> Figures:
    """What a right CV's match rate loses by its own job's description, word for word: in the mean, and where it loses most."""
    figures: Figures = {}
    for paste in PASTES:
        changes = [
            rate_of(rate_cv(paste(cv.text, text), prepare_job(text), AS_OF)) - rate(job, cv)
            for job, text in jobs().items()
            for cv in own(job)
        ]
        name = paste.__name__.replace("_", " ")
        figures[f"right CV, {name}: mean change"] = fmean(changes)
        figures[f"right CV, {name}: worst change"] = min(changes)
    return figures


def altered_jobs() -> Figures:
    return _cheated(ALTERED_PASTES)


def disordered_jobs() -> Figures:
    return _cheated(DISORDERED_PASTES)


def small_shares_of_jobs() -> Figures:
    return _cheated(SMALL_SHARES)


def honest_documents() -> Figures:
    """Which share of the honest CVs (with each job) and reports (with their brief) is taken for a copy."""
    return {
        "honest CVs taken for copies": fmean(
            found(job, cv).original.copied_words > 0 for job in jobs() for cv in cvs()
        ),
        "honest reports taken for copies": fmean(
            rate_project(report.text, prepare_brief(briefs()[report.brief])).original.copied_words > 0
            for report in reports()
        ),
    }


def likeness_of_honest_documents() -> Figures:
    """How near honest CVs (with any job) and reports (with their brief) come to the limit from which on they are copies; 1 is it."""
    cvs_with_jobs = [(cv.text, prepare_job(job).source) for job in jobs().values() for cv in cvs()]
    reports_with_briefs = [(r.text, prepare_brief(briefs()[r.brief]).source) for r in reports()]
    return {
        f"{documents} most like their source, share of the limit": max(
            likeness(text, source) / source.most_alike for text, source in pairs
        )
        for documents, pairs in (("honest CVs", cvs_with_jobs), ("honest reports", reports_with_briefs))
    }


def stuffed_keywords() -> Figures:
    return _cheated(STUFFINGS)


def invented_sentences() -> Figures:
    return _cheated(INVENTED)


def translated_cvs() -> Figures:
    return _cheated(TRANSLATIONS)


def _cheated(cheats: Sequence[Cheat]) -> Figures:
    """Per cheat: which share of the wrong CVs gets above the median right one, and what the match rate gains in the mean and at most."""
    figures: Figures = {}
    for cheat in cheats:
        above, gained = [], []
        for job, text in jobs().items():
            prepared = prepare_job(text)
            right = median(rate(job, cv) for cv in own(job))
            for cv in standing_as("none", job):
                cheated = rate_of(rate_cv(cheat(cv.text, text), prepared, AS_OF))
                above.append(cheated > right and cheated > rate(job, cv))
                gained.append(cheated - rate(job, cv))
        name = cheat.__name__.replace("_", " ")
        figures[f"{name}: lifted above the median right one"] = fmean(above)
        figures[f"{name}: mean gain"] = fmean(gained)
        figures[f"{name}: largest gain"] = max(gained)
    return figures


def repeated_runs() -> Figures:
    """How many different outcomes several processes give, whatever their hash seed and the order of the documents."""
    runs = {
        subprocess.run(
            [
                sys.executable,
                "-c",
                f"from tests.quality.measures import digest; print(digest(backwards={backwards}))",
            ],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed, backwards in (("1", False), ("2", True))
    }
    return {"different outcomes of runs": float(len(runs))}


def digest(*, backwards: bool) -> str:
    """Of all that is answered for each report with a CV."""
    pairs = [(report, cvs()[number * 3 % len(cvs())]) for number, report in enumerate(reports())]
    answers = {
        report.name: asdict(
            assess(
                Materials(
                    cv.text,
                    report.text,
                    jobs()[cv.occupation or next(iter(jobs()))],
                    briefs()[report.brief],
                    as_of=AS_OF,
                )
            )
        )
        for report, cv in (reversed(pairs) if backwards else pairs)
    }
    return hashlib.sha256(json.dumps(answers, sort_keys=True).encode()).hexdigest()


MEASURES: tuple[Callable[[], Figures], ...] = (
    separation,
    wins_of_cvs,
    wins_of_reports,
    reports_on_another_brief,
    length_and_grade,
    swapped_names,
    pasted_jobs,
    jobs_pasted_into_right_cvs,
    altered_jobs,
    disordered_jobs,
    small_shares_of_jobs,
    honest_documents,
    likeness_of_honest_documents,
    stuffed_keywords,
    invented_sentences,
    translated_cvs,
    cheated_reports,
    repeated_runs,
)


# -- counting ------------------------------------------------------------------------------------------------------------------


def own(job: str) -> list[Cv]:
    return [cv for cv in cvs() if cv.occupation == job]


def standing_as(kind: str, job: str) -> list[Cv]:
    return [cv for cv in cvs() if standing(cv, job) == kind]


def _project_scores(brief: str, grade: str) -> list[float]:
    return [project_score(r, brief) for r in reports() if r.brief == brief and r.grade == grade]


def auc(right: Sequence[float], wrong: Sequence[float]) -> float:
    """The chance that a right one has the higher number; a tie is half."""
    return _wins([(right, wrong)])


def _wins(groups: Iterable[tuple[Sequence[float], Sequence[float]]]) -> float:
    outcomes = [(a > b) + (a == b) / 2 for better, worse in groups for a in better for b in worse]
    return fmean(outcomes)


def correlation(xs: Sequence[float], ys: Sequence[float]) -> float:
    x, y = fmean(xs), fmean(ys)
    both = sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True))
    return both / math.sqrt(sum((a - x) ** 2 for a in xs) * sum((b - y) ** 2 for b in ys))


def partial(xy: float, xz: float, yz: float) -> float:
    """The correlation of x and y with z held constant."""
    return (xy - xz * yz) / math.sqrt((1 - xz**2) * (1 - yz**2))
