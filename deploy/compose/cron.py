"""Calls a URL at once and then every so many seconds, until SIGTERM: `cron.py URL SECONDS`. Prints each answer as a line of JSON."""

import json
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress
from datetime import UTC, datetime

# Longer than CVEVAL_PURGE_MAX_TIME, after which purge begins nothing further, and four CVEVAL_ARCHIVE_TIMEOUT for what it has begun.
PATIENCE = 330


def main(url: str, every: float) -> None:
    # At once, amid a call, too: purge goes on by itself.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    while True:
        print(json.dumps({"time": datetime.now(UTC).isoformat(), **call(url)}), flush=True)  # noqa: T201 - its log
        time.sleep(every)


def call(url: str) -> dict[str, object]:
    """The status and the body; a failure is said, and the next call comes in its time."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=PATIENCE) as answer:  # noqa: S310 - a URL of ours
            return {"status": answer.status, "answer": json.load(answer)}
    except urllib.error.HTTPError as error:
        return {"status": error.code, "answer": error.read(4000).decode(errors="replace")}
    except (OSError, ValueError) as error:
        return {"error": str(error)}


def seconds(setting: str, value: str) -> float:
    """What a setting of .env says, or the end."""
    with suppress(ValueError):
        if 0 < float(value) < threading.TIMEOUT_MAX:
            return float(value)
    sys.exit(f"{setting}: {value!r} is no number of seconds; write 3600")


if __name__ == "__main__":
    main(sys.argv[1], seconds("CVEVAL_PURGE_EVERY", sys.argv[2]))
