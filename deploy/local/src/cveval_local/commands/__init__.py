"""The command line `cveval`. Heavy imports stand inside the commands: `cveval --help` is quick."""

import os

import click

from cveval_local.commands.archive import archive, hold
from cveval_local.commands.backup import after_restore, backup
from cveval_local.commands.caring import erase, keys, migrate, purge
from cveval_local.commands.client import result, submit
from cveval_local.commands.dead import dead, redrive
from cveval_local.commands.doctor import doctor
from cveval_local.commands.evaluate import evaluate
from cveval_local.commands.jobs import cancel, jobs, why
from cveval_local.commands.rank import rank
from cveval_local.commands.serve import demo, serve


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="cveval-local", prog_name="cveval")
def main() -> None:
    """Evaluate job candidates: CV and project report against a job description and a case-study brief.

    \b
    Example:
      cveval serve                        the whole system in one process
      cveval evaluate --cv cv.pdf --project report.pdf --job job.txt
      cveval rank --job job.txt cvs/      many CVs against one job
      cveval why 3f1c…                    the whole history of one job
    """  # noqa: D301 - click's mark for text that is not wrapped
    # What cveval writes holds CVs: it is for its owner's eyes.
    os.umask(0o077)


for command in (
    serve,
    demo,
    evaluate,
    rank,
    submit,
    result,
    jobs,
    why,
    dead,
    redrive,
    cancel,
    erase,
    purge,
    archive,
    hold,
    backup,
    after_restore,
    keys,
    migrate,
    doctor,
):
    main.add_command(command)
