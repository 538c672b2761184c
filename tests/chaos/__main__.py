"""Kill everything while jobs flow, then look every accepted job up.

Real Postgres, a real broker, submit, two or more instances of evaluate (with a quick evaluator) and two shims run as processes of their
own. They are killed, paused, cut off and rebalanced in an order that the seed fixes; records that nobody can read and jobs that
always fail are put among the jobs. Then the faults end, everything drains, and each id that a client was given is looked up.

The certificate goes to standard output (and to --output), progress to standard error. Exit code 1: a promise is broken.

Example:
  python -m tests.chaos --jobs 3000 --kills 60
  python -m tests.chaos --jobs 100000 --kills 1000 --seed 7 --output certificate.txt
  python -m tests.chaos --jobs 400 --kills 6 --only pause:evaluate --without fence     must end with exit code 1
"""

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from tests.chaos.faults import BROKER, POSSIBLE, POSTGRES
from tests.chaos.programs import ROOT
from tests.chaos.running import Wish, prove

SCRIPTS = {POSTGRES: "CVEVAL_TEST_POSTGRES_SCRIPT", BROKER: "CVEVAL_TEST_KAFKA_SCRIPT"}
SERVERS = ROOT.parent / "shared/tools/servers"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--jobs", type=int, default=3_000, help="accepted jobs (default: %(default)s)")
    parser.add_argument(
        "--kills", type=int, default=60, help="at least so many SIGKILLs (default: %(default)s)"
    )
    parser.add_argument(
        "--seed", type=int, default=20261125, help="of the faults and their order (default: %(default)s)"
    )
    parser.add_argument("--output", type=Path, help="write the certificate there, too")
    parser.add_argument(
        "--minutes",
        type=float,
        default=60,
        help="faults and new jobs end after this at the latest (default: 60)",
    )
    parser.add_argument("--instances", type=int, default=2, help="of evaluate (default: %(default)s)")
    parser.add_argument(
        "--only", choices=POSSIBLE, help="this fault and no other, so many times as there were kills"
    )
    parser.add_argument("--logs", type=Path, help="a folder for the logs of all programs")
    parser.add_argument(
        "--without", choices=["fence"], default="", help="take this guard away: the certificate must go red"
    )
    asked = parser.parse_args()
    wish = Wish(
        asked.jobs,
        asked.kills,
        asked.seed,
        _scripts(parser),
        _command(asked),
        asked.minutes,
        asked.instances,
        POSSIBLE.get(asked.only),
        asked.logs,
        asked.without,
    )
    try:
        holds, certificate = asyncio.run(_until_stopped(wish))
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit("stopped; everything that was started is taken down")
    print(certificate)
    if asked.output:
        asked.output.write_text(certificate + "\n", encoding="utf-8")
    sys.exit(not holds)


def _command(asked: argparse.Namespace) -> str:
    """What makes this run again; where its files go is nobody's business."""
    names = ("jobs", "kills", "seed", "minutes", "instances", "only", "without")
    words = [f"--{name} {getattr(asked, name)}" for name in names if getattr(asked, name)]
    return " ".join(["python -m tests.chaos", *words])


async def _until_stopped(wish: Wish) -> tuple[bool, str]:
    """SIGTERM is ctrl-C."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await prove(wish)


def _scripts(parser: argparse.ArgumentParser) -> dict[str, str]:
    """The servers' scripts; the ones beside the repository where nothing else is said."""
    found = {}
    for server, variable in SCRIPTS.items():
        beside = SERVERS / ("kafka" if server == BROKER else server)
        found[server] = os.environ.get(variable) or str(beside)
        if not Path(found[server]).is_file():
            parser.error(f"{variable} must name a script that starts, kills, restarts and destroys a server")
    return found


if __name__ == "__main__":
    main()
