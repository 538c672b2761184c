"""Tables and times for people."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from rich.console import Console
from rich.table import Table

_ESCAPED = {n: repr(chr(n))[1:-1] for n in (*range(32), *range(127, 160))}


def console() -> Console:
    """Standard output: colours on a terminal only."""
    return Console(highlight=False, soft_wrap=True)


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Rows under headings, or a sentence where there are none."""
    lines = [tuple("" if cell is None else show_text(str(cell)) for cell in row) for row in rows]
    if not lines:
        console().print(empty, markup=False)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for line in lines:
        table.add_row(*line)
    wide = Console(highlight=False)
    if not wide.is_terminal:
        # Piped into a file or a program: no line is broken.
        wide = Console(highlight=False, width=240)
    wide.print(table, markup=False)


def show_text(text: str) -> str:
    """Control characters are escaped, so that no record and no answer can write to somebody's terminal."""
    return text.translate(_ESCAPED)


def show_time(moment: datetime | None) -> str:
    """Seconds are enough for people; UTC."""
    return "" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def show_duration(span: timedelta) -> str:
    """The two largest units: `3 d 4 h`, `12 s`, `0.04 s`."""
    seconds = abs(span.total_seconds())
    if seconds < 10:
        return f"{seconds:.2f} s"
    parts = []
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        if seconds >= size:
            parts.append(f"{int(seconds // size)} {unit}")
            seconds %= size
    return " ".join(parts[:2])
