"""Entries of a stream and records: an entry has Kafka's binary form, a field for each header."""

from collections.abc import Mapping

from redis.typing import EncodableT, FieldT

from cveval.domain.events import RawRecord
from cveval.queue.kafka.records import Written, moment_of

KEY, VALUE = "key", "value"
LARGEST_OFFSET, LARGEST_PARTITION = 2**63 - 1, 2**31 - 1


def to_fields(record: Written) -> dict[FieldT, EncodableT]:
    """An entry's fields: the headers as they are, and `key` and `value`, left out where they are null."""
    fields: dict[FieldT, EncodableT] = {name: value for name, value in record.headers if value is not None}
    if record.key is not None:
        fields[KEY] = record.key
    if record.value is not None:
        fields[VALUE] = record.value
    return fields


def to_raw_record(stream: str, entry_id: bytes, fields: Mapping[bytes, bytes]) -> RawRecord:
    """An entry as the record that it is elsewhere: the milliseconds of its id are the offset, the number within them the partition."""
    # Redis' ids are unsigned, and anybody may choose one.
    milliseconds, number = map(int, entry_id.split(b"-"))
    return RawRecord(
        topic=stream,
        partition=min(number, LARGEST_PARTITION),
        offset=min(milliseconds, LARGEST_OFFSET),
        timestamp=moment_of(milliseconds),
        key=fields.get(KEY.encode()),
        value=fields.get(VALUE.encode()),
        headers=tuple(
            (name.decode(errors="replace"), value)
            for name, value in fields.items()
            if name not in (KEY.encode(), VALUE.encode())
        ),
    )
