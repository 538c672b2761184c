"""Results for people: a ranking, and one candidate in full."""

from collections.abc import Mapping, Sequence
from typing import Any

from cveval_local.tables import console, print_table

SHORT = {
    "technical_skills": "skills",
    "experience_level": "exper.",
    "achievements": "achiev.",
    "cultural_fit": "culture",
    "correctness": "correct",
    "code_quality": "quality",
    "resilience": "resil.",
    "documentation": "docs",
    "creativity": "creat.",
}

Shown = Mapping[str, Any]


def print_ranking(candidates: Sequence[tuple[str, Shown]]) -> None:
    """The best first: by match rate, then project score, then name."""
    ranked = rank(candidates)
    rows = [
        [
            place,
            name,
            f"{shown['cv_match_rate']:.2f}",
            f"{shown['project_score']:.2f}",
            *(str(scores_of(shown)[parameter]) for parameter in SHORT),
        ]
        for place, (name, shown) in enumerate(ranked, 1)
    ]
    print_table(
        ["", "candidate", "match", "project", *SHORT.values()], rows, empty="There are no candidates."
    )


def rank(candidates: Sequence[tuple[str, Shown]]) -> list[tuple[str, Shown]]:
    return sorted(candidates, key=lambda c: (-c[1]["cv_match_rate"], -c[1]["project_score"], c[0]))


def scores_of(shown: Shown) -> dict[str, int]:
    """Ratings by parameter."""
    return {rating["parameter"]: rating["score"] for rating in shown["ratings"]}


def print_candidate(name: str, shown: Shown) -> None:
    """Numbers, ratings with reasons and quotes, and the three texts."""
    out = console()
    out.print(
        f"{name}: match rate {shown['cv_match_rate']:.2f}, project score {shown['project_score']:.2f}",
        style="bold",
        markup=False,
    )
    for rating in shown["ratings"]:
        out.print(
            f"\n  {rating['parameter'].replace('_', ' ')}: {rating['score']} of 5 ({rating['weight']:g} %)",
            style="bold",
            markup=False,
        )
        if rating["anchor"] is not None:
            anchor = " ".join(rating["anchor"].split())
            out.print(f"    {rating['score']} means in the rubric: {anchor}", markup=False)
        out.print(f"    {rating['reason']}", markup=False)
        for quote in rating["quotes"]:
            out.print(
                f"    “{' '.join(quote['text'].split())}” ({quote['document']})", style="dim", markup=False
            )
    for title, key in (
        ("CV", "cv_feedback"),
        ("Project", "project_feedback"),
        ("Summary", "overall_summary"),
    ):
        out.print(f"\n  {title}", style="bold", markup=False)
        out.print(f"    {shown[key]}", markup=False)
    for title, key, note in (
        (
            "What the job asks for",
            "job_requirements",
            " (changes no number; “-” is a question, not a verdict)",
        ),
        ("What the brief asks for", "requirements", ""),
    ):
        _print_requirements(title, shown["receipt"]["details"].get(key, []), note)
    for warning in shown["warnings"]:
        out.print(f"\n  Warning: {warning}", markup=False)


def _print_requirements(title: str, requirements: Sequence[Mapping[str, Any]], note: str) -> None:
    """Each with the passage that answers it; an evaluator that does not go through them notes none."""
    out = console()
    if requirements:
        answered = sum(part["covered"] for part in requirements)
        out.print(f"\n  {title}: {answered} of {len(requirements)} found", style="bold", markup=False, end="")
        out.print(note, markup=False)
    for part in requirements:
        out.print(f"    {'+' if part['covered'] else '-'} {' '.join(part['text'].split())}", markup=False)
        if part["quote"]:
            out.print(f"      “{' '.join(part['quote'].split())}”", style="dim", markup=False)
