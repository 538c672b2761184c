"""The program that forks a reader for each document: the parsers are loaded once, and no document ever enters its memory.

    python -m cveval_submit.extraction.fork_server <bytes of memory> <seconds of computing> <seconds in all>

Standard input is a socket. It says READY on it; from then on every message brings two descriptors: a document's channel, which only
its reader keeps, and a lifeline, which only this server keeps. When the other end of a lifeline is shut, the reader is killed;
when a reader is gone, how it ended is written to its lifeline (as in `subprocess`: negative is a signal). After the end of standard
input it takes no more and ends with its last reader, so nothing outlives a parent that was killed.
"""

import gc
import os
import resource
import selectors
import signal
import socket
import sys
from contextlib import suppress

from cveval_submit.extraction import child

READY = b"ready\n"
MAX_DESCRIPTORS = 256
"""A reader closes all that it does not need: so many at most."""
_WARM_UP = b"""%PDF-1.4
1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj
2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj
3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >> endobj
4 0 obj << /Length 36 >> stream
BT /F 9 Tf 9 9 Td (Warming up) Tj ET
endstream endobj
5 0 obj << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> endobj
trailer << /Root 1 0 R >>
startxref
0
%%EOF"""
"""A document of our own; reading it loads what the parsers load late."""


def main() -> None:
    # Some event loops hand down more than they were told to.
    os.closerange(3, MAX_DESCRIPTORS)
    child.be_silent()
    from cveval_submit.extraction.reading import read  # noqa: PLC0415 - silent first

    read(_WARM_UP)
    # What is here now is shared with every reader: their collections need not touch it.
    gc.collect()
    gc.freeze()
    resource.setrlimit(resource.RLIMIT_NOFILE, (MAX_DESCRIPTORS, MAX_DESCRIPTORS))
    control = socket.socket(fileno=os.dup(0))
    control.sendall(READY)
    ForkServer(control, child.Confinement(*map(float, sys.argv[1:4]))).serve()


class ForkServer:
    def __init__(self, control: socket.socket, confinement: child.Confinement) -> None:
        self._control = control
        self._confinement = confinement
        self._lifelines: dict[int, socket.socket] = {}
        """By the reader's process id."""
        self._selector = selectors.DefaultSelector()

    def serve(self) -> None:
        """Until nobody can ask any more and the last reader is gone."""
        deaths, waker = socket.socketpair()
        for end in (deaths, waker):
            end.setblocking(False)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._selector.register(deaths, selectors.EVENT_READ)
        self._selector.register(self._control, selectors.EVENT_READ)
        is_open = True
        while is_open or self._lifelines:
            for key, _ in self._selector.select():
                if key.fileobj is self._control:
                    is_open = self._take()
                elif key.fileobj is deaths:
                    deaths.recv(4_096)
                else:
                    self._kill(key.data)
            self._reap()

    def _take(self) -> bool:
        """Fork a reader for one document; False when there will be no more."""
        try:
            message, descriptors, _, _ = socket.recv_fds(self._control, 1, 2)
        except ConnectionResetError:
            message, descriptors = b"", []
        if not message:
            self._selector.unregister(self._control)
            return False
        channel, lifeline = descriptors
        # Where no process can be had this server ends, and a new one is started for the next document.
        pid = os.fork()
        if pid == 0:
            child.become_reader(channel, self._confinement, MAX_DESCRIPTORS)
        # Said by both, so that the group exists before either needs it.
        with suppress(OSError):
            os.setpgid(pid, pid)
        self._lifelines[pid] = socket.socket(fileno=lifeline)
        self._selector.register(self._lifelines[pid], selectors.EVENT_READ, pid)
        os.close(channel)
        return True

    def _kill(self, pid: int) -> None:
        self._selector.unregister(self._lifelines[pid])
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)

    def _reap(self) -> None:
        for pid in list(self._lifelines):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended:
                continue
            # Whatever it may have started, against its limits, ends with it.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
            with self._lifelines.pop(pid) as lifeline, suppress(OSError):
                with suppress(KeyError):
                    self._selector.unregister(lifeline)
                lifeline.send(b"%d" % os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
