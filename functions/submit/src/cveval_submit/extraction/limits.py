"""What one reader may use for one document."""

import resource
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    queue: timedelta = timedelta(seconds=10)
    """Waiting for a place; kept by the parent. With the computing it stays within half a minute."""
    wall: timedelta = timedelta(seconds=30)
    """From the document's first byte to the answer's last; kept by the parent, and a second later by the kernel."""
    cpu: int = 20
    """Whole seconds of computing; kept by the kernel."""
    memory: int = 1_000_000_000
    """Bytes of address space, about 60 MB of which are Python and the parsers; kept by the kernel."""


def confine(memory: int, cpu: int) -> None:
    """Bind this process, for good, to so much memory (bytes) and computing (seconds); no core, no file, no child of its own.

    Call it before the document is read. macOS refuses some of these (address space): what remains is the parent's clock.
    """
    ceilings = (
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_NPROC, 0, 0),
        # SIGXCPU at the soft limit tells the parent why; SIGKILL a second later ends who ignores it.
        (resource.RLIMIT_CPU, cpu, cpu + 1),
        (resource.RLIMIT_AS, memory, memory),
    )
    for which, soft, hard in ceilings:
        try:
            resource.setrlimit(which, (soft, hard))
        except (ValueError, OSError):
            continue
