"""Guards that evaluate's test build can do without: the certificate must go red."""

from dataclasses import replace

from cveval.store import leases

FENCE = "AND jobs.attempt = mine.my_attempt -- the fence"
NAME = "AND jobs.worker = mine.my_name"


def take_away(guard: str) -> None:
    """`fence`: a late completion is taken. Nothing: nothing."""
    if guard == "fence":
        text = leases.COMPLETE.text
        assert FENCE in text
        assert NAME in text
        leases.COMPLETE = replace(leases.COMPLETE, text=text.replace(FENCE, "").replace(NAME, ""))
    elif guard:
        raise SystemExit(f"no such guard: {guard}")
