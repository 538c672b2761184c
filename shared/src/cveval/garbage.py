"""How Python's cycle collector is set in the functions and the shim."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

ALLOCATIONS = 10_000
"""Net new containers before a look; Python's 700 are fewer than sixteen requests hold, so it looks, and finds nothing, all the time."""


@contextmanager
def starting() -> Iterator[None]:
    """Around all that a process imports and builds at its start: it stays for good, so nobody looks at it, then or later (bench/README.md)."""
    gc.disable()
    yield
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, 10, 10)
    gc.enable()
