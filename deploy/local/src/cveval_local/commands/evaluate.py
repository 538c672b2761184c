"""`evaluate`: files in, result out, without a server and without a database."""

from pathlib import Path

import click

from cveval_local.commands.running import command, json_option, print_json

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.option("--cv", required=True, type=FILE, help="PDF, DOCX or text.")
@click.option("--project", required=True, type=FILE, help="The project report: PDF, DOCX or text.")
@click.option(
    "--job", type=FILE, help="The job description, as text; left out: the one that ships with cveval."
)
@click.option("--brief", type=FILE, help="The case-study brief, as text; left out: the one that ships.")
@click.option("--rubric", type=FILE, help="How much each parameter counts, as JSON; or a text for an LLM.")
@json_option
@command
async def evaluate(
    cv: Path, project: Path, job: Path | None, brief: Path | None, rubric: Path | None, *, as_json: bool
) -> None:
    """Evaluate one candidate here and now; nothing is stored.

    \b
    Example:
      cveval evaluate --cv cv.pdf --project report.docx --job job.txt --json
    """  # noqa: D301
    from cveval_local.evaluating import evaluate_files, read_rubric, result_of  # noqa: PLC0415 - quick --help
    from cveval_local.showing import print_candidate  # noqa: PLC0415

    in_force = read_rubric(rubric)
    shown = result_of(await evaluate_files(cv, project, job, brief, in_force), in_force)
    if as_json:
        print_json(shown)
    else:
        print_candidate(cv.name, shown)
