"""How Python's cycle collector is set in the functions' processes."""

import gc

ALLOCATIONS = 10_000
"""Net new containers before a look; Python's 700 are fewer than sixteen requests hold, so it looks, and finds nothing, all the time."""


def collect_rarely() -> None:
    """Call once everything is imported: what stays for good is left out of every collection (bench/README.md, submit)."""
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, 10, 10)
