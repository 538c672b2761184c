"""The program that reads one document: limits first, then the parsers, then the bytes on standard input.

    python -m cveval_submit.extraction.child <bytes of memory> <seconds of computing>

It says READY when its imports are done, then answers one line of JSON: `{"text", "mime", "warnings"}`, or `{"error", "message"}`
with the code of the error. End of input without a byte means that nobody needs it any more.
"""

import json
import logging
import sys
import warnings
from collections.abc import Callable

from cveval.domain.documents import Extracted
from cveval.domain.errors import RejectedError
from cveval_submit.extraction.limits import confine

READY = b"ready\n"
OUT_OF_MEMORY = 3
"""The exit status that says so."""


def main() -> int:
    confine(memory=int(sys.argv[1]), cpu=int(sys.argv[2]))
    # What parsers remark on would quote the document.
    logging.disable()
    warnings.simplefilter("ignore")
    from cveval_submit.extraction.reading import read  # noqa: PLC0415 - no parser before its limits

    _say(READY)
    try:
        content = sys.stdin.buffer.read()
        if content:
            _say(_answer(content, read))
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


def _answer(content: bytes, read: Callable[[bytes], Extracted]) -> bytes:
    try:
        found = read(content)
    except RejectedError as error:
        return json.dumps({"error": error.code, "message": str(error)}).encode()
    return json.dumps({"text": found.text, "mime": found.mime, "warnings": found.warnings}).encode()


def _say(answer: bytes) -> None:
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
