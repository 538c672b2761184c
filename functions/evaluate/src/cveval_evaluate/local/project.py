"""The five ratings of a project report."""

from dataclasses import dataclass

from cveval.domain.evaluations import Materials, Parameter, Rating
from cveval_evaluate.local.achievements import rate_count
from cveval_evaluate.local.cues import Found, cues_in
from cveval_evaluate.local.evidence import quotes
from cveval_evaluate.local.requirements import Coverage, coverage
from cveval_evaluate.local.text import sentences

COVERAGE_STEPS = (0.2, 0.4, 0.6, 0.8)
CUE_STEPS = {
    Parameter.CODE_QUALITY: (1, 3, 6, 9),
    Parameter.RESILIENCE: (1, 3, 6, 9),
    Parameter.DOCUMENTATION: (1, 3, 5, 7),
    Parameter.CREATIVITY: (1, 3, 5, 7),
}
_WHAT = {
    Parameter.CODE_QUALITY: "tests, structure and review",
    Parameter.RESILIENCE: "handling failures",
    Parameter.DOCUMENTATION: "explaining how it is built and used",
    Parameter.CREATIVITY: "going beyond the brief",
}


@dataclass(frozen=True, slots=True)
class ProjectFindings:
    """The ratings, and what feedback is written from."""

    ratings: tuple[Rating, ...]
    coverage: tuple[Coverage, ...]

    @property
    def covered(self) -> int:
        return sum(part.passage is not None for part in self.coverage)


def rate_project(materials: Materials) -> ProjectFindings:
    """Rate a report against the brief. Distinct evidence counts, so length alone gains nothing."""
    report = sentences(materials.project)
    parts = coverage(materials.study_case_brief, report)
    cue_ratings = (_rated(parameter, cues_in(parameter, report)) for parameter in CUE_STEPS)
    return ProjectFindings((_correct(parts), *cue_ratings), tuple(parts))


def _correct(parts: list[Coverage]) -> Rating:
    passages = [part.passage.text for part in parts if part.passage is not None]
    share = len(passages) / len(parts) if parts else 0.0
    score = 1 + sum(share >= step for step in COVERAGE_STEPS)
    reason = (
        f"{len(passages)} of {len(parts)} requirements of the brief are answered; each fifth is one point."
    )
    return Rating(Parameter.CORRECTNESS, score, reason, quotes("project", passages))


def _rated(parameter: Parameter, found: list[Found]) -> Rating:
    steps = CUE_STEPS[parameter]
    names = ", ".join(cue.cue for cue in found[:6]) or "none"
    reason = (
        f"Distinct evidence of {_WHAT[parameter]}: {len(found)} ({names}); "
        f"{', '.join(map(str, steps[:-1]))} and {steps[-1]} rate 2 to 5."
    )
    return Rating(
        parameter,
        rate_count(len(found), steps),
        reason,
        quotes("project", (cue.sentence.text for cue in found)),
    )
