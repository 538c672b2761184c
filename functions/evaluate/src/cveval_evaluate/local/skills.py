"""Named skills in a text: a shipped list of names and aliases; short names only as they are written (C, R, Go)."""

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources

from cveval_evaluate.local.text import words

SHORT = 3


@cache
def _names() -> tuple[Mapping[tuple[str, ...], str], int]:
    """Tokens of a name → the skill; and the length of the longest name."""
    raw = json.loads((resources.files("cveval_evaluate.local") / "data" / "skills.json").read_text("utf-8"))
    names: dict[tuple[str, ...], str] = {}
    for skill, aliases in sorted(raw.items()):
        for alias in (skill, *aliases):
            tokens = tuple(alias.split()) if len(alias) <= SHORT else tuple(alias.lower().split())
            names.setdefault(tokens, skill)
    return names, max(map(len, names))


def skills_in(text: str) -> list[str]:
    """The skills that a text names, each once, in alphabetical order."""
    names, longest = _names()
    written = words(text)
    lower = [word.lower() for word in written]
    found: set[str] = set()
    for start in range(len(written)):
        for length in range(min(longest, len(written) - start), 0, -1):
            skill = names.get(tuple(lower[start : start + length])) or names.get(
                tuple(written[start : start + length])
            )
            if skill is not None:
                found.add(skill)
                break
    return sorted(found, key=str.lower)
