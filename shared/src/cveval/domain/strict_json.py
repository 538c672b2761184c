"""JSON without its loose ends: what two readers could understand differently is refused."""

import json


class NotJson(ValueError):
    """`str(error)` ends a sentence that begins with what was read: "is no JSON from character 7 on: …"."""


def parse_json(text: str | bytes) -> object:
    """A JSON text as a value.

    Raises:
        NotJson: also for a name that stands twice in one object, for NaN and Infinity, and for nesting without end.
    """
    try:
        return _DECODER.decode(text if isinstance(text, str) else text.decode("utf-8-sig"))
    except NotJson:
        raise
    except RecursionError:
        raise NotJson("is nested too deeply: flatten it") from None
    except json.JSONDecodeError as error:
        raise NotJson(f"is no JSON from character {error.pos} on: {error.msg}") from None
    except UnicodeDecodeError:
        raise NotJson("is no JSON in UTF-8") from None
    except ValueError:
        # Python refuses integers of thousands of digits.
        raise NotJson("holds a number that is too long") from None


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise NotJson(f"has {twice[:60]!a} twice in one object: leave one out")
    return value


def _refused(constant: str) -> object:
    raise NotJson(f"holds {constant}, which is no JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_without_doubles, parse_constant=_refused)
