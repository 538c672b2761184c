"""Where else in a CV its name is mentioned."""

import re

from cveval_evaluate.local.name_words import PARTICLES
from cveval_evaluate.local.names import SHORTEST_TOKEN, Name, is_word
from cveval_evaluate.local.skills import skill_tokens, skills_in
from cveval_evaluate.local.text import CUT, sentences

_DID = r"is|was|has|had|also|then|now|led|built|ran|wrote|grew|drove|won|taught|may|can|[a-z]{3,12}ed"
_DOES = r"[a-z]{2,12}[a-rt-z]s"
_HIS = rf"(?=['’]s\b|[ \t]*{CUT})"
"""Or beside what was cut already: the rest of a name."""
_BETWEEN = r"[\s.,]+(?:[^\W\d_]\.?\s+)?"
_AGAIN = re.compile(rf"{CUT}(?:['’]s\b|[ \t.]{{1,3}}{CUT})+")


def without_mentions(text: str, name: Name) -> str:
    """Cut out a name wherever it means the person.

    The full name always. A part of it, too, unless it is also a word (Mark, Grace, Will): then only where it is followed by what a
    person does, has a title before it, or is written with a capital in the middle of a sentence. One that is also a skill (Ruby)
    stays only beside another skill.
    """
    tokens = [token.strip(".") for token in name.words]
    telling = [t for t in tokens if len(t) >= SHORTEST_TOKEN and t.lower() not in PARTICLES]
    lower = text.lower()
    mentioned = [token for token in telling if token.lower() in lower]
    if not mentioned:
        return _AGAIN.sub(CUT, text)
    patterns = []
    if len(mentioned) > 1:
        family = next((n for n, t in enumerate(tokens) if n and t.lower() in PARTICLES), len(tokens) - 1)
        ways = [tokens, [*tokens[family:], *tokens[:family]]]
        ways += [tokens[family:]] if len(tokens) - family > 1 else []
        patterns += [f"(?i:{_BETWEEN.join(map(re.escape, way))})" for way in ways]
        if not skill_tokens().isdisjoint(token.lower() for token in mentioned):
            # before a part of it is cut for itself, which would leave the other
            text = re.sub(f"(?<!\\w)(?:{'|'.join(patterns)})(?!\\w)", CUT, text)
    for token in mentioned:
        if token.lower() in skill_tokens():
            text = _without_lonely(text, token)
        patterns += _mentions(token, is_given=token == telling[0])
    found = re.compile(f"(?<!\\w)(?:{'|'.join(patterns)})(?!\\w)")
    return _AGAIN.sub(CUT, found.sub(CUT, text))


def _mentions(token: str, *, is_given: bool) -> list[str]:
    """How a single part of a name is recognised; a family name that is a word (Baker) seldom stands alone."""
    ways = _capitalised(token)
    titled = rf"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof)\.?\s+{ways}"
    if token.lower() in skill_tokens():
        if not is_given:
            return [titled]
        starting = rf"(?:(?m:^)|(?<=[.!?]\s)){ways}(?=\s+{_DOES}\b)"
        return [titled, rf"{ways}(?:{_HIS}|(?=,\s+\d)|(?=\s+(?:{_DID})\b))", starting]
    if not is_word(token):
        return [titled, f"(?i:{re.escape(token)})"]
    if not is_given:
        return [titled, rf"{ways}(?=\s*&\s|[ \t]*{CUT})"]
    acting = rf"{ways}(?:{_HIS}|(?=,\s+(?:as|who|whose|an?|the|\d+)\b)|(?=\s+(?:{_DID}|{_DOES})\b))"
    return [titled, acting, rf"(?<=[a-z]\s){re.escape(token.capitalize())}"]


def _capitalised(token: str) -> str:
    """As written, with a capital or in capitals: in small letters only an ordinary word is written."""
    ways = sorted({token, token.capitalize(), token.title(), token.upper()})
    return f"(?:{'|'.join(map(re.escape, ways))})"


def _without_lonely(text: str, token: str) -> str:
    """Cut a name that is a skill, too, out of the lines that name no other skill."""
    mention = re.compile(rf"(?<!\w){_capitalised(token)}(?!\w)")
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if mention.search(line):
            without = mention.sub(CUT, line)
            if not any(map(skills_in, sentences(without))):
                lines[number] = without
    return "".join(lines)
