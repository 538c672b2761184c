"""`submit` and `result`: a client of a running cveval."""

import sys
from pathlib import Path
from typing import Any

import click

from cveval_local.commands.running import JobId, command, json_option, print_json

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
server_option = click.option(
    "--server",
    envvar="CVEVAL_SERVER",
    default="http://127.0.0.1:8080",
    show_default=True,
    help="Where cveval serves.",
)
api_key_option = click.option("--api-key", envvar="CVEVAL_API_KEY", help="Needed where keys exist.")


@click.command()
@click.option("--cv", required=True, type=FILE, help="PDF, DOCX or text.")
@click.option("--project", required=True, type=FILE, help="The project report: PDF, DOCX or text.")
@click.option("--job", type=FILE, help="The job description, as text.")
@click.option("--brief", type=FILE, help="The case-study brief, as text.")
@click.option("--rubric", type=FILE, help="How much each parameter counts, as JSON; or a text for an LLM.")
@click.option("--queue", help="One that CVEVAL_QUEUES names on the server, such as evaluate:bulk.")
@click.option("--key", help="Idempotency-Key: repeated with the same key, a request makes no second job.")
@click.option("--wait", is_flag=True, help="Wait for the result and show it.")
@server_option
@api_key_option
@json_option
@command
async def submit(
    cv: Path,
    project: Path,
    job: Path | None,
    brief: Path | None,
    rubric: Path | None,
    queue: str | None,
    key: str | None,
    server: str,
    api_key: str | None,
    *,
    wait: bool,
    as_json: bool,
) -> None:
    """Upload two documents to a running cveval and request their evaluation.

    \b
    Example:
      cveval submit --cv cv.pdf --project report.pdf --job job.txt --key ada-1 --wait
    """  # noqa: D301
    from cveval.domain.documents import MAX_JOB_DESCRIPTION, MAX_STUDY_CASE_BRIEF  # noqa: PLC0415 - quick --help
    from cveval_local.api import Api  # noqa: PLC0415
    from cveval_local.evaluating import read_rubric, read_text  # noqa: PLC0415

    given = {
        "job_description": read_text(job, MAX_JOB_DESCRIPTION),
        "study_case_brief": read_text(brief, MAX_STUDY_CASE_BRIEF),
        "scoring_rubric": read_rubric(rubric),
        "queue": queue,
    }
    said = {name: text for name, text in given.items() if text is not None}
    async with Api(server, api_key) as api:
        ids = await api.upload(cv, project, key)
        job_id = await api.evaluate({**ids, **said}, key)
        if not wait:
            if as_json:
                print_json({"id": job_id, **ids})
            else:
                click.echo(f"accepted: {job_id}\nits result: cveval result {job_id} --wait 60")
            return
        answer = await api.result_when_finished(job_id)
    _show(cv.name, answer, as_json=as_json)


@click.command()
@click.argument("job_id", type=JobId(), metavar="ID")
@click.option("--wait", type=click.IntRange(0, 3600), default=0, help="Seconds to wait for it.")
@server_option
@api_key_option
@json_option
@command
async def result(job_id: str, wait: int, server: str, api_key: str | None, *, as_json: bool) -> None:
    """Show a job's result.

    \b
    Example:
      cveval result 3f1c2a4e-5b6d-4c7e-8f90-a1b2c3d4e5f6 --wait 60
    """  # noqa: D301
    from cveval_local.api import Api  # noqa: PLC0415 - quick --help

    async with Api(server, api_key) as api:
        answer = await api.result(job_id, wait)
    _show(job_id, answer, as_json=as_json)


def _show(name: str, answer: dict[str, Any], *, as_json: bool) -> None:
    from cveval_local.showing import print_candidate  # noqa: PLC0415 - quick --help

    if as_json:
        print_json(answer)
    elif answer["result"] is not None:
        print_candidate(name, answer["result"])
    elif answer["error"] is not None:
        click.echo(f"failed: {answer['error']['message']} [{answer['error']['code']}]")
    else:
        click.echo(f"{answer['status']}; wait for it with --wait SECONDS")
    if answer["error"] is not None:
        sys.exit(1)
