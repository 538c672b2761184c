"""Records of a topic, as people see them."""

from collections.abc import Iterator

from cveval.domain.events import RawRecord
from cveval.store.dead_letters import DeadLetter
from cveval_local.tables import show_text, show_time


def place_of(record: RawRecord) -> str:
    """`topic/partition@offset`."""
    return f"{record.topic}/{record.partition}@{record.offset}"


def tell_record(letter: DeadLetter) -> Iterator[str]:
    """A dead letter with its record; bytes that cannot be printed are escaped."""
    place = place_of(letter.record) if letter.record else f"job {letter.job_id}"
    yield f"{show_time(letter.created_at)}  {place}  {show_text(f'{letter.error_code}: {letter.reason}')}"
    if letter.record is None:
        return
    yield f"  key    {_shown(letter.record.key)}"
    for name, value in letter.record.headers:
        yield f"  header {_shown(name.encode())}: {_shown(value)}"
    yield f"  value  {_shown(letter.record.value)}"


def _shown(value: bytes | None) -> str:
    if value is None:
        return "null"
    # Escaped, so that a record cannot write to somebody's terminal.
    return value.decode(errors="backslashreplace").encode("unicode_escape").decode()
