"""Guards that evaluate's test build can do without: the certificate must go red."""

from dataclasses import replace

from cveval.store import leases

GUARDS = (
    "AND jobs.worker = mine.my_name",
    "AND jobs.status || '' = 'processing' AND jobs.attempt = mine.my_attempt -- the fence",
)


def take_away(guard: str) -> None:
    """`fence`: a late completion is taken, whatever became of its job. Nothing: nothing."""
    if guard == "fence":
        text = leases.COMPLETE.text
        for part in GUARDS:
            assert part in text
            text = text.replace(part, "")
        leases.COMPLETE = replace(leases.COMPLETE, text=text)
    elif guard:
        raise SystemExit(f"no such guard: {guard}")
