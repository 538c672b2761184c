"""Backs up and restores what it made, at once and then every so many seconds, until SIGTERM: `backup.py SECONDS`. Prints each answer as a line of JSON."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime

TIME_TO_CLEAN_UP = 15.0
"""Seconds."""


def main(every: float) -> None:
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    # A shell's background job ignores SIGINT, and what it starts inherits that: then nothing here could be interrupted.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    while True:
        # What failed is tried again in its time; until then the age of the last restored backup tells.
        if run("backup", stopping=stopping):
            run("backup", "verify", stopping=stopping)
        if stopping.wait(every):
            return


def run(*words: str, stopping: threading.Event) -> bool:
    """Whether it went well."""
    if stopping.is_set():
        return False
    # A group of its own: pg_dump and pg_restore hear of the end, too, and a scratch database is dropped.
    process = subprocess.Popen(  # noqa: S603 - the words are ours
        ["cveval", *words, "--json"],  # noqa: S607 - of this image
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    threading.Thread(target=interrupt, args=(process, stopping), daemon=True).start()
    said, error = process.communicate()
    answer = {"answer": json.loads(said)} if not process.returncode else {"error": error.strip()[-4000:]}
    line = {"time": datetime.now(UTC).isoformat(), "command": " ".join(words), "status": process.returncode}
    print(json.dumps({**line, **answer}), flush=True)  # noqa: T201 - its log
    return process.returncode == 0


def interrupt(process: "subprocess.Popen[str]", stopping: threading.Event) -> None:
    stopping.wait()
    # Once more after a while: a child that is just being started can miss the first one, and is waited for then.
    while process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        time.sleep(TIME_TO_CLEAN_UP)


def seconds(setting: str, value: str) -> float:
    """What a setting of .env says, or the end."""
    with suppress(ValueError):
        if 0 < float(value) < threading.TIMEOUT_MAX:
            return float(value)
    sys.exit(f"{setting}: {value!r} is no number of seconds; write 86400")


if __name__ == "__main__":
    main(seconds("CVEVAL_BACKUP_EVERY", sys.argv[1]))
