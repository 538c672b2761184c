"""`rank`: many CVs against one job, without a server and without a database."""

import csv
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cveval_local.commands.evaluate import FILE
from cveval_local.commands.running import command, json_option, print_json

if TYPE_CHECKING:
    from rich.progress import Progress

    from cveval_local.ranking import Ranked, Unread

FORMULA = ("=", "+", "-", "@", "\t", "\r")
MOST_MISSING = 4
UNRANKED = "–"
REPEATS = "repeats"
OF_A_CANDIDATE = ("cv: ", "project: ")
"""How the warnings begin that differ from one candidate to the next."""


@click.command()
@click.argument("cvs", metavar="CV...", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--job", required=True, type=FILE, help="The job description, as text.")
@click.option(
    "--projects",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A folder of project reports: ada.pdf there goes with the CV ada.docx.",
)
@click.option("--brief", type=FILE, help="The brief that the reports answer; left out: the one that ships.")
@click.option(
    "--rubric",
    type=FILE,
    help="How much each parameter counts, as JSON; any other text is for an LLM, and changes nothing here.",
)
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help='The day that "present" means in the CVs: that of an earlier ranking repeats its numbers; left out: today.',
)
@click.option("--csv", "as_csv", is_flag=True, help="A line for each CV, for spreadsheets.")
@json_option
@command
async def rank(
    cvs: tuple[Path, ...],
    job: Path,
    projects: Path | None,
    brief: Path | None,
    rubric: Path | None,
    as_of: datetime | None,
    *,
    as_csv: bool,
    as_json: bool,
) -> None:
    """Rank CVs (files, or folders of them) against one job, here and now; nothing is stored.

    CVs alone give the match rate alone; with --projects those with a report get a project score too. A CV that is not in English
    follows the others without a rank, since its number must not be compared; where the job description is not, nobody has one. A CV with the
    text of another is ranked and says which file it repeats. Files that cannot be read are named on standard error, and
    the command then exits with 1.

    \b
    Example:
      cveval rank --job job.txt cvs/
      cveval rank --job job.txt --projects reports/ --brief brief.txt cvs/*.pdf --csv > ranking.csv
    """  # noqa: D301
    from cveval.domain.documents import MAX_JOB_DESCRIPTION, MAX_STUDY_CASE_BRIEF  # noqa: PLC0415 - quick --help
    from cveval_local.evaluating import read_rubric, read_text  # noqa: PLC0415
    from cveval_local.ranking import against, find_candidates, rank_candidates  # noqa: PLC0415
    from cveval_submit.handler import STUDY_CASE_BRIEF  # noqa: PLC0415

    if as_csv and as_json:
        raise click.UsageError("--csv and --json exclude each other")
    if brief is not None and projects is None:
        raise click.UsageError(
            "--brief is what project reports answer, and there are none: name their folder too, as in "
            "--projects reports/ --brief brief.txt, or leave --brief out"
        )
    in_force = read_rubric(rubric)
    wanted = against(
        read_text(job, MAX_JOB_DESCRIPTION, has_default=False) or "",
        read_text(brief, MAX_STUDY_CASE_BRIEF) or STUDY_CASE_BRIEF,
        in_force,
        None if as_of is None else as_of.date(),
    )
    candidates, alone = find_candidates(cvs, projects)
    if not candidates:
        raise click.UsageError(f"there is no file in {', '.join(map(str, cvs))}")
    for unused in (
        *_unused_rubric(rubric, in_force),
        *(f"{report}: no CV has this name, so nobody gets it" for report in alone),
    ):
        click.echo(unused, err=True)
    with _progress(len(candidates)) as progress:
        task = progress.add_task("ranking", total=len(candidates))

        def advanced(fault: "Unread | None") -> None:
            progress.advance(task)
            if fault is not None:
                progress.console.print(fault.reason, markup=False, highlight=False)

        ranked, unread = await rank_candidates(candidates, wanted, advanced)
    if as_json:
        print_json(_as_json(ranked, unread, wanted.as_of))
    elif as_csv:
        _write_csv(ranked, unread, wanted.as_of)
    else:
        _print(ranked, wanted.job.skills, wanted.as_of, has_projects=projects is not None)
    if unread:
        click.echo(f"{len(unread)} of {len(candidates)} could not be read; see above", err=True)
        sys.exit(1)


def _unused_rubric(rubric: Path | None, in_force: str | None) -> Iterator[str]:
    from cveval.domain.rubrics import is_structured  # noqa: PLC0415 - quick --help

    if in_force is not None and not is_structured(in_force):
        yield (
            f"{rubric}: a text for an LLM, which changes nothing here; weights that count are given as JSON: "
            '{"cv": {"technical_skills": {"weight": 60}, "achievements": {"weight": 40}}}'
        )


def _progress(total: int) -> "Progress":
    """On standard error, so that the ranking can be piped."""
    from rich.console import Console  # noqa: PLC0415 - quick --help
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True, soft_wrap=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal and total < 2)


def _print(ranked: "Sequence[Ranked]", names: Mapping[str, str], as_of: date, *, has_projects: bool) -> None:
    from cveval_local.showing import SHORT, scores_of  # noqa: PLC0415 - quick --help
    from cveval_local.tables import console, print_table  # noqa: PLC0415

    parameters = [name for name in SHORT if has_projects or name in list(SHORT)[:4]]
    rows = []
    for one in ranked:
        shown, scores = one.shown, scores_of(one.shown)
        numbers = [f"{shown['cv_match_rate']:.2f}"]
        if has_projects:
            numbers.append("" if shown["project_score"] is None else f"{shown['project_score']:.2f}")
        missing = [names[skill] for skill in shown["receipt"]["details"]["missing_skills"]]
        lacks = ", ".join(missing[:MOST_MISSING]) + (" …" if len(missing) > MOST_MISSING else "")
        ratings = [scores.get(name, "") for name in parameters]
        rows.append(
            [one.place or UNRANKED, one.candidate.cv, *numbers, *ratings, lacks, ", ".join(_notes(one))]
        )
    headings = [
        "",
        "CV",
        "match",
        *(["project"] if has_projects else []),
        *(SHORT[name] for name in parameters),
    ]
    print_table([*headings, "not shown", "warnings"], rows, empty="Nobody could be ranked.")
    console().print(
        f'\nmatch: 0.20 (nothing found) to 1.00 · ratings: 1 to 5 · "present" is {as_of} · advice, and no decision · '
        "--json tells quotes and what the warnings mean",
        markup=False,
    )
    for one in ranked:
        if one.repeats is not None:
            console().print(
                f"{one.candidate.cv} {REPEATS} {one.repeats}: the two have the same text", markup=False
            )
    warnings = dict.fromkeys(warning for one in ranked for warning in one.shown["warnings"])
    for warning in (warning for warning in warnings if not warning.startswith(OF_A_CANDIDATE)):
        console().print(warning, markup=False)
    unranked = {one.unranked.partition(": ")[0] for one in ranked if one.unranked}
    if unranked:
        which = "job description" if "job_description" in unranked else "CV"
        console().print(
            f"{UNRANKED}: not ranked, since the {which} is not in English and such numbers must not be compared",
            markup=False,
        )


def _notes(one: "Ranked") -> Iterator[str]:
    """What `document: code: what it means` is about in a candidate's own documents, each code once; and whether it repeats another."""
    own = (warning for warning in one.shown["warnings"] if warning.startswith(OF_A_CANDIDATE))
    yield from dict.fromkeys(warning.split(": ")[1] for warning in own)
    if one.repeats is not None:
        yield REPEATS


def _as_json(ranked: "Iterable[Ranked]", unread: "Iterable[Unread]", as_of: date) -> dict[str, Any]:
    return {
        "as_of": as_of.isoformat(),
        "ranking": [
            {
                "rank": one.place,
                "unranked": one.unranked,
                **_files(one),
                "repeats": _repeated(one),
                **one.shown,
            }
            for one in ranked
        ],
        "unread": [{**_files(one), "reason": one.reason} for one in unread],
    }


def _files(one: "Ranked | Unread") -> dict[str, str | None]:
    project = one.candidate.project
    return {"cv": str(one.candidate.cv), "project": None if project is None else str(project)}


def _repeated(one: "Ranked") -> str | None:
    return None if one.repeats is None else str(one.repeats)


def _write_csv(ranked: "Iterable[Ranked]", unread: "Iterable[Unread]", as_of: date) -> None:
    from cveval_local.showing import SHORT, scores_of  # noqa: PLC0415 - quick --help

    out = csv.writer(sys.stdout)
    skills = ("matched_skills", "listed_skills", "missing_skills")
    out.writerow(
        [
            "rank",
            "cv",
            "project",
            "cv_match_rate",
            "project_score",
            *SHORT,
            *skills,
            "warnings",
            "repeats",
            "unranked",
            "as_of",
            "error",
        ]
    )
    for one in ranked:
        shown, scores, details = one.shown, scores_of(one.shown), one.shown["receipt"]["details"]
        cells = [one.place, *_files(one).values(), shown["cv_match_rate"], shown["project_score"]]
        cells += [scores.get(name) for name in SHORT]
        cells += ["; ".join(details[name]) for name in skills]
        out.writerow(
            [
                _cell(cell)
                for cell in [
                    *cells,
                    "; ".join(shown["warnings"]),
                    _repeated(one),
                    one.unranked,
                    as_of,
                    None,
                ]
            ]
        )
    blank = [None] * (2 + len(SHORT) + len(skills) + 3)
    for fault in unread:
        out.writerow([_cell(cell) for cell in [None, *_files(fault).values(), *blank, as_of, fault.reason]])


def _cell(value: object) -> object:
    """A file's name may be a formula to a spreadsheet: an apostrophe makes it a text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
