"""The Idempotency-Key header: optional, quoted (a structured-field string) or bare."""

import re

from cveval.domain.errors import InvalidRequest

HEADER = "Idempotency-Key"
LONGEST = 255

_BARE = re.compile(r"[\x21-\x7e]+")
_QUOTED = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')


def read_key(header: str | None) -> str | None:
    """The key without its quotes.

    Raises:
        InvalidRequest: empty, too long, or with characters that are not visible ASCII.
    """
    if header is None:
        return None
    value = header.strip()
    quoted = _QUOTED.fullmatch(value)
    if quoted:
        key = re.sub(r"\\(.)", r"\1", quoted[1])
    elif _BARE.fullmatch(value) and not value.startswith('"'):
        key = value
    else:
        raise InvalidRequest(f"{HEADER} is made of visible ASCII characters, bare or in quotes", field=HEADER)
    if not 1 <= len(key) <= LONGEST:
        raise InvalidRequest(
            f"{HEADER} has {len(key)} characters; 1 to {LONGEST} are allowed: use a UUID, for instance",
            field=HEADER,
        )
    return key
