"""What a forked reader does: limits first, then the document from its channel, then one answer to it.

The answer is a line of JSON: `{"text", "mime", "warnings"}`, or `{"error", "message"}` with the code of the error. End of input
without a byte means that nobody needs it any more.
"""

import json
import logging
import os
import signal
import warnings
from dataclasses import dataclass
from typing import NoReturn

from cveval.domain.errors import RejectedError
from cveval_submit.extraction.limits import confine

OUT_OF_MEMORY = 3
"""The exit status that says so."""


@dataclass(frozen=True, slots=True)
class Confinement:
    """Bytes of memory, seconds of computing, seconds in all."""

    memory: float
    cpu: float
    wall: float


def be_silent() -> None:
    """What parsers remark on would quote the document."""
    logging.disable()
    warnings.simplefilter("ignore")


def become_reader(channel: int, confinement: Confinement, descriptors: int) -> NoReturn:
    """Turn this forked process into the reader of one document, and end it. Descriptors below `descriptors` are closed."""
    status = 1
    try:
        os.setpgid(0, 0)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for standard in (0, 1):
            os.dup2(channel, standard)
        # Other documents' lifelines among them.
        os.closerange(3, descriptors)
        confine(memory=int(confinement.memory), cpu=int(confinement.cpu))
        # The parent's clock is a second ahead of this one, which holds even if parent and server are both gone.
        signal.setitimer(signal.ITIMER_REAL, confinement.wall + 1)
        _answer_one()
        status = 0
    except MemoryError:
        status = OUT_OF_MEMORY
    finally:
        # Never back into the server's loop, whatever happened.
        os._exit(status)


def _answer_one() -> None:
    with open(0, "rb", closefd=False) as document:
        content = document.read()
    if content:
        with open(1, "wb", closefd=False) as answer:
            answer.write(_answer(content))


def _answer(content: bytes) -> bytes:
    from cveval_submit.extraction.reading import read  # noqa: PLC0415 - loaded already, by the server

    try:
        found = read(content)
    except RejectedError as error:
        return json.dumps({"error": error.code, "message": str(error)}).encode()
    return json.dumps({"text": found.text, "mime": found.mime, "warnings": found.warnings}).encode()
