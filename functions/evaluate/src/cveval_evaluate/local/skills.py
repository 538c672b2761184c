"""Named skills in a text: a shipped list of names and aliases.

Short names (C, R, Go) and those that are also everyday words (Spring, Swift) count only as they are written, and C, R and Go only
where the words beside them do not give them another meaning (vitamin C, R & D, go ahead).
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import compress, count
from typing import Any

from cveval_evaluate.local.text import Sentence, words

SHORT = 3
_PREPOSITIONS = tuple((word,) for word in ("to", "the", "a", "an", "through", "into", "at", "of", "over"))
_DENIED = ("not",)
_BESIDE = {
    "C": (
        "vitamin vitamins hepatitis grade grades class category series plan type usb ward section block tier team licence license by mr ms dr",
        "level levels suite grade grades class category licence license section major minor",
    ),
    "R": (
        "figure table toys type category class series section by mr ms dr",
        "d d's us squared number value rating",
    ),
    "Go": (
        "let's let’s no no-go pokemon pokémon",
        "above ahead back further deeper home live lives public beyond green paperless karts kart no-go",
    ),
    "Chef": (
        "head sous executive pastry commis demi private personal junior senior grill a as",
        "de patissier",
    ),
    "Spring": (
        "last this next early late every each since until during hot summer autumn fall winter",
        "term semester season break quarter festival collection cleaning summer autumn fall winter we i",
    ),
    "React": ("", "quickly fast promptly calmly immediately appropriately well"),
    "Swift": ("", "response responses action delivery resolution decisions"),
    "Rust": ("", "removal belt prevention protection"),
    "Spark": ("", "interest curiosity joy plug plugs"),
    "Slack": ("", "time capacity resources"),
    "Storm": ("", "damage drain drains water"),
    "Windows": ("doors", "doors cleaner cleaning"),
    "Parcel": ("", "delivery sorting depot service services shop tracking"),
    "Lean": ("", "on into team"),
}
_OTHERWISE: Mapping[tuple[str, ...], tuple[frozenset[str], frozenset[str]]] = {
    (name,): (frozenset(before.split()), frozenset(after.split()))
    for name, (before, after) in _BESIDE.items()
}
"""What stands before or after a name that then means something else."""
_OF_A_YEAR = re.compile(r"Spring(?: of|,)? (?:(?:19|20)|['’])\d\d\b")
_OF_MACHINES = frozenset(
    ["cookbook", "cookbooks", "server", "servers", "node", "nodes", "infrastructure", "configuration", "provisioning", "deployment", "deployments"]
)  # fmt: skip
"""One of these or another skill is in whatever tells of Chef, which else is who cooks."""
_JOINING = frozenset(["and", "or"])
_BETWEEN = re.compile(r"\s*(?:,|/|,?\s*(?:and/)?or)\s*(?:in |with )?")
_OR_SIMILAR = re.compile(r",? or (?:an?y? )?(?:similar|another|other|comparable|equivalent|related)\b")
_LETTERS = frozenset("ABDEFGHJKLMNOPQSTUVWXYZ")
"""In a row with these, C and R are letters, too (licence A, B and C); I is a word."""
Ways = tuple[tuple[tuple[str, ...], bool, str, str], ...]
Names = Mapping[str, Mapping[str, Ways]]


@cache
def _raw() -> Mapping[str, Any]:
    raw: Mapping[str, Any] = json.loads(
        (resources.files("cveval_evaluate.local") / "data" / "skills.json").read_text("utf-8")
    )
    return raw


@cache
def _names() -> Names:
    """First word → second → (words, whether they must be written so, skill, what the text must have), the longest first.

    Both in lower case; names of a single word are under each second word, and under "" for any other. The last is the whole name in lower case where it begins with what is no part of a word: 3D, .NET.
    """
    raw = _raw()
    as_written = set(raw["as_written"])
    names: dict[str, dict[tuple[str, ...], tuple[bool, str, str]]] = {}
    for skill, aliases in sorted(raw["skills"].items()):
        for alias in (skill, *aliases):
            tokens = tuple(words(alias))
            exact = len(alias) <= SHORT or alias in as_written
            tokens = tokens if exact else tuple(token.lower() for token in tokens)
            marked = "" if alias[0].isalpha() else alias.lower()
            if tokens:
                names.setdefault(tokens[0].lower(), {}).setdefault(tokens, (exact, skill, marked))
    return {first: _by_second_word(ways) for first, ways in names.items()}


def _by_second_word(names: Mapping[tuple[str, ...], tuple[bool, str, str]]) -> Mapping[str, Ways]:
    ways = [(tokens, *names[tokens]) for tokens in sorted(names, key=lambda tokens: (-len(tokens), tokens))]
    seconds = {"", *(tokens[1].lower() for tokens in names if len(tokens) > 1)}
    return {
        second: tuple(way for way in ways if len(way[0]) == 1 or way[0][1].lower() == second)
        for second in seconds
    }


@cache
def kinds_of_skills() -> Mapping[str, frozenset[str]]:
    """Skill → all that are a kind of it or that nobody uses without it, and kinds of these: OAuth for authentication, never the reverse."""
    narrower: Mapping[str, Sequence[str]] = _raw()["narrower"]
    return {skill: frozenset(_below(skill, narrower)) for skill in narrower}


def _below(skill: str, narrower: Mapping[str, Sequence[str]]) -> set[str]:
    found: set[str] = set()
    ahead = [skill]
    while ahead:
        further = [kind for kind in narrower.get(ahead.pop(), ()) if kind not in found]
        found.update(further)
        ahead += further
    return found


@cache
def skill_tokens() -> frozenset[str]:
    """The words, in lower case, that are a skill's whole name."""
    return frozenset(tokens[0].lower() for by_second in _names().values() for tokens, *_ in by_second[""])


def skills_in(sentence: Sentence) -> list[str]:
    """The skills that a sentence names, in its order, each once; "not Java" names none."""
    return [*named_in(sentence)]


def named_in(sentence: Sentence) -> dict[str, str]:
    """The same with the words that name each, as they are written first."""
    names = _names()
    lower = sentence.lower
    found: dict[str, str] = {}
    reached = 0
    for start in compress(count(), map(names.__contains__, lower)):
        by_second = names[lower[start]]
        ways = by_second.get(lower[start + 1], by_second[""]) if start + 1 < len(lower) else by_second[""]
        if not ways or start < reached or lower[start - 1 : start] == _DENIED:
            continue
        for tokens, exact, skill, marked in ways:
            if exact and start == 0 and _goes_on_as_a_sentence(sentence):
                continue
            place = sentence.words if exact else lower
            if place[start : start + len(tokens)] == tokens and (
                not marked or marked in sentence.text.lower()
            ):
                if tokens not in _OTHERWISE or _is_meant(tokens, start, sentence):
                    found.setdefault(
                        skill, skill if marked else " ".join(sentence.words[start : start + len(tokens)])
                    )
                reached = start + len(tokens)
                break
    if "Chef" in found and len(found) == 1 and _OF_MACHINES.isdisjoint(lower):
        del found["Chef"]
    return found


def _is_meant(name: tuple[str, ...], at: int, sentence: Sentence) -> bool:
    """Is a name that may mean something else the skill, by the words beside it?"""
    before = [word for word in sentence.words[max(at - 2, 0) : at] if word not in _JOINING][-1:]
    after = [word for word in sentence.words[at + 1 : at + 3] if word not in _JOINING][:1]
    of_before, of_after = _OTHERWISE[name]
    return (
        not (name == ("Spring",) and _OF_A_YEAR.search(sentence.text))
        and of_before.isdisjoint(map(str.lower, before))
        and of_after.isdisjoint(map(str.lower, after))
        and _LETTERS.isdisjoint(before + after)
    )


def _goes_on_as_a_sentence(sentence: Sentence) -> bool:
    """Does the first word ("Go to …") have its capital only because it is the first?"""
    return sentence.lower[1:2] in _PREPOSITIONS


def alternatives_in(sentence: Sentence) -> list[frozenset[str]]:
    """The skills of which one is enough: "MySQL, PostgreSQL or Oracle", "Python, Go or a similar language"."""
    rows: list[list[str]] = []
    choices: list[list[str]] = []
    reached = 0
    for skill, name in named_in(sentence).items():
        start = sentence.text.find(name, reached)
        if start < 0:
            continue
        between = sentence.text[reached:start]
        is_last = "or" in between
        # "A or B, C or D" are two choices.
        if rows and _BETWEEN.fullmatch(between) and (is_last or rows[-1] not in choices):
            rows[-1].append(skill)
        else:
            rows.append([skill])
            is_last = False
        reached = start + len(name)
        if (is_last or _OR_SIMILAR.match(sentence.text, reached)) and rows[-1] not in choices:
            choices.append(rows[-1])
    return [frozenset(row) for row in choices if len(row) > 1]


def all_skills(passages: Iterable[Sentence]) -> dict[str, str]:
    """The skills of several passages in alphabetical order, with the words that name each first."""
    named: dict[str, str] = {}
    for passage in passages:
        for skill, name in named_in(passage).items():
            named.setdefault(skill, skill if name.lower() == skill.lower() else name)
    return dict(sorted(named.items(), key=lambda one: (one[0].lower(), one[0])))
