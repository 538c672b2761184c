"""What the scores are worth, on labelled samples: floors with a margin, not the figures of the day (`make eval` prints those)."""

from functools import cache

import pytest

from tests.quality import measures
from tests.quality.cheating import ALTERED_PASTES, DISORDERED_PASTES, INVENTED, PASTES, STUFFINGS
from tests.quality.labelled import briefs, cvs, jobs, reports
from tests.quality.measures import Figures

MEASURES = {measure.__name__: cache(measure) for measure in measures.MEASURES}


def figures(measure: str) -> Figures:
    """Measured once a process: tests of a measure that takes long are a group of pytest-xdist, so that one of them measures it."""
    return MEASURES[measure]()


def test_there_are_at_least_forty_cvs_over_twelve_occupations_and_real_posts() -> None:
    assert len(cvs()) >= 40
    assert len(jobs()) == len({cv.occupation for cv in cvs()} - {None}) == 12
    assert {(report.brief, report.grade) for report in reports()} >= {
        (brief, grade) for brief in briefs() for grade in ("strong", "solid", "partial", "thin", "padded")
    }


@pytest.mark.parametrize(
    ("figure", "floor"),
    [
        ("AUC of similarity, own CVs against others", 0.94),
        ("AUC of similarity, own CVs against near misses", 0.85),
        ("AUC of match rate, own CVs against others", 0.90),
        ("AUC of match rate, own CVs against near misses", 0.70),
    ],
)
def test_a_jobs_own_cvs_score_above_the_others(figure: str, floor: float) -> None:
    assert figures("separation")[figure] >= floor


@pytest.mark.parametrize(
    ("better", "worse", "floor"),
    [
        ("fitting", "junior", 0.85),
        ("fitting", "near", 0.80),
        ("fitting", "none", 0.90),
        ("junior", "none", 0.70),
        ("near", "none", 0.65),
    ],
)
def test_the_better_cv_has_the_higher_match_rate(better: str, worse: str, floor: float) -> None:
    assert figures("wins_of_cvs")[f"wins of {better} over {worse}"] >= floor


@pytest.mark.parametrize(
    ("better", "worse", "floor"),
    [
        ("strong", "solid", 0.70),
        ("solid", "partial", 0.75),
        ("partial", "thin", 0.85),
        ("partial", "padded", 0.85),
        ("strong", "padded", 1.0),
        ("solid", "padded", 1.0),
    ],
)
def test_the_better_report_has_the_higher_project_score(better: str, worse: str, floor: float) -> None:
    assert figures("wins_of_reports")[f"wins of {better} over {worse} reports"] >= floor


def test_a_report_on_another_brief_keeps_hardly_a_point() -> None:
    found = figures("reports_on_another_brief")
    assert found["wins of a good report on its own brief over the same on another"] == 1.0
    assert found["good reports, mean project score on another brief"] <= 3.2
    assert found["good reports, mean project score on their own brief"] >= 4.5


def test_a_report_gains_next_to_nothing_by_a_brief_in_other_words_or_order_or_a_list_of_cues() -> None:
    most = {
        "brief every second word in varied frames": 1.2,
        "brief pasted with every second word changed": 0.9,
        "brief words shuffled among many others": 0.5,
    }
    for cheat, gain in figures("cheated_reports").items():
        assert gain <= most.get(cheat.removesuffix(": mean gain"), 0.3), cheat


def test_length_alone_does_not_explain_the_project_score() -> None:
    found = figures("length_and_grade")
    assert found["project score and length, r"] <= 0.5
    assert found["project score and grade, length held constant"] >= 0.75


@pytest.mark.slow
@pytest.mark.xdist_group("swapped_names")
def test_another_name_and_gender_change_no_match_rate() -> None:
    assert figures("swapped_names")["name swap, match rate"] == 0.0


@pytest.mark.slow
@pytest.mark.xdist_group("swapped_names")
def test_another_name_changes_no_similarity_unless_it_is_a_word_and_then_hardly() -> None:
    assert figures("swapped_names")["name swap, similarity"] <= 0.002


@pytest.mark.slow
@pytest.mark.xdist_group("pasted_jobs")
@pytest.mark.parametrize("paste", [cheat.__name__.replace("_", " ") for cheat in PASTES])
def test_the_job_description_pasted_into_a_wrong_cv_lifts_it_not_above_the_median_right_one(
    paste: str,
) -> None:
    assert figures("pasted_jobs")[f"{paste}: lifted above the median right one"] <= 0.005
    assert figures("pasted_jobs")[f"{paste}: mean gain"] <= 0.005


@pytest.mark.slow
@pytest.mark.xdist_group("jobs_pasted_into_right_cvs")
@pytest.mark.parametrize("paste", [cheat.__name__.replace("_", " ") for cheat in PASTES])
def test_a_right_cv_keeps_what_it_has_without_the_job_description_that_is_pasted_into_it(paste: str) -> None:
    found = figures("jobs_pasted_into_right_cvs")
    assert abs(found[f"right CV, {paste}: mean change"]) <= 0.005
    assert found[f"right CV, {paste}: worst change"] >= (-0.13 if "chunks" in paste else -0.02)


@pytest.mark.slow
@pytest.mark.xdist_group("altered_jobs")
@pytest.mark.parametrize("paste", [cheat.__name__.replace("_", " ") for cheat in ALTERED_PASTES])
def test_changing_or_moving_words_of_a_pasted_job_description_hardly_helps(paste: str) -> None:
    assert figures("altered_jobs")[f"{paste}: lifted above the median right one"] <= 0.10
    assert figures("altered_jobs")[f"{paste}: mean gain"] <= 0.10


@pytest.mark.slow
@pytest.mark.xdist_group("disordered_jobs")
@pytest.mark.parametrize("paste", [cheat.__name__.replace("_", " ") for cheat in DISORDERED_PASTES])
def test_the_words_of_a_job_description_in_another_order_or_every_second_hardly_help(paste: str) -> None:
    assert figures("disordered_jobs")[f"{paste}: lifted above the median right one"] <= 0.02
    assert figures("disordered_jobs")[f"{paste}: mean gain"] <= 0.05


@pytest.mark.slow
@pytest.mark.xdist_group("small_shares_of_jobs")
@pytest.mark.parametrize(
    ("share", "lifted", "gain"),
    [
        ("every third word in frames", 0.01, 0.01),
        ("every fifth word in frames", 0.05, 0.07),
        ("every fifth word in varied frames", 0.08, 0.13),
        ("every second word in varied frames", 0.01, 0.09),
    ],
)
def test_a_small_share_of_the_words_helps_as_much_as_is_said(share: str, lifted: float, gain: float) -> None:
    found = figures("small_shares_of_jobs")
    assert found[f"{share}: lifted above the median right one"] <= lifted
    assert found[f"{share}: mean gain"] <= gain


def test_no_honest_document_is_taken_for_a_copy_nor_nearly() -> None:
    assert set(figures("honest_documents").values()) == {0.0}
    assert max(figures("likeness_of_honest_documents").values()) <= 0.9


@pytest.mark.slow
@pytest.mark.xdist_group("stuffed_keywords")
@pytest.mark.parametrize("stuffing", [cheat.__name__.replace("_", " ") for cheat in STUFFINGS])
def test_keyword_stuffing_gains_next_to_nothing(stuffing: str) -> None:
    assert figures("stuffed_keywords")[f"{stuffing}: mean gain"] <= 0.04
    assert figures("stuffed_keywords")[f"{stuffing}: lifted above the median right one"] <= 0.02


@pytest.mark.slow
@pytest.mark.xdist_group("stuffed_keywords")
def test_a_list_of_skills_gains_nothing_in_any_cv() -> None:
    assert figures("stuffed_keywords")["skills listed: largest gain"] <= 0


@pytest.mark.slow
@pytest.mark.xdist_group("invented_sentences")
@pytest.mark.parametrize("invented", [cheat.__name__.replace("_", " ") for cheat in INVENTED])
def test_invented_sentences_help_as_much_as_is_said(invented: str) -> None:
    within = {"2": 0.22, "3": 0.32, "5": 0.46}
    lifted = figures("invented_sentences")[f"{invented}: lifted above the median right one"]
    assert lifted <= (within[invented[0]] if "newest" in invented else 0.08)


@pytest.mark.slow
@pytest.mark.xdist_group("translated_cvs")
@pytest.mark.parametrize(
    ("translation", "gain"), [("translated", 0.0), ("translated with skills put in", 0.17)]
)
def test_a_wrong_cv_gains_nothing_by_a_language_that_is_not_read(translation: str, gain: float) -> None:
    found = figures("translated_cvs")
    assert found[f"{translation}: mean gain"] <= gain
    assert found[f"{translation}: lifted above the median right one"] <= 0.005


def test_every_process_gives_the_same_bytes_whatever_its_hash_seed_and_order() -> None:
    assert figures("repeated_runs") == {"different outcomes of runs": 1.0}
