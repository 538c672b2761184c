"""Where else in a CV its name is mentioned.

Patterns are fixed and looked for only beside the name: to compile some for each name would take longer than to search.
"""

import re
from collections.abc import Iterator, Sequence

from cveval_evaluate.local.name_words import PARTICLES
from cveval_evaluate.local.names import SHORTEST_TOKEN, Name, is_word
from cveval_evaluate.local.skills import skill_tokens, skills_in
from cveval_evaluate.local.text import CUT, Span, in_small_letters, sentences, without_spans

_DID = r"(?:is|was|has|had|also|then|now|led|built|ran|wrote|grew|drove|won|taught|may|can|[a-z]{3,12}ed)"
_DOES = r"[a-z]{2,12}[a-rt-z]s"
_HIS = rf"['’]s\b|[ \t]*{CUT}"
"""Or beside what was cut already: the rest of a name."""
_IS_THE_SKILLED = re.compile(rf"{_HIS}|,\s+\d|\s+{_DID}\b")
_IS_THE_PERSON = re.compile(rf"{_HIS}|,\s+(?:as|who|whose|an?|the|\d+)\b|\s+(?:{_DID}|{_DOES})\b")
_IS_THE_FAMILY = re.compile(rf"\s*&\s|[ \t]*{CUT}")
_LEADS = re.compile(
    r"['’]s (?:team|work|role|career)\b|\s+(?:(?:then|also|has|had) )?(?:led|managed|built|wrote|ran|taught|won|trained|mentored|designed|"
    r"developed|founded|joined|supervised|coached|presented|organi[sz]ed)\b"
)
"""What only a person does: banks and pages, too, are loaded, grow or fail."""
_DOES_SOMETHING = re.compile(rf"\s+{_DOES}\b")
_IN_A_SENTENCE = re.compile(r"(?<=[a-z]\s)")
_BEGINS_A_SENTENCE = re.compile(r"^|(?<=[.!?]\s)", re.MULTILINE)
_TITLE = re.compile(r"(?<!\w)(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof)\.?\s+\Z")
FARTHEST_TITLE = 20
"""Characters before a name, white space included."""
_GAP = re.compile(r"[\s.,]+")
_INITIAL = re.compile(r"[^\W\d_]\.?\s+")
_AGAIN = re.compile(
    rf"{CUT}(?:['’]s\b|[ \t.]{{1,3}}{CUT}|, (?:[1-7]\d|single|married|engaged|divorced|widowed)(?=[,.;)]))+"
)
"""What else of the person stands right behind a name: "…, 32, married, is able to start in May"."""


def without_mentions(text: str, name: Name) -> str:
    """Cut out a name wherever it means the person.

    The full name always. A part of it, too, unless it is also a word (Mark, Grace, Will): then only where it is followed by what a
    person does, has a title before it, or is written with a capital in the middle of a sentence. One that is also a skill (Ruby)
    stays only beside another skill.
    """
    tokens = [token for word in name.words if (token := word.strip("."))]
    telling = [t for t in tokens if len(t) >= SHORTEST_TOKEN and t.lower() not in PARTICLES]
    lower = in_small_letters(text)
    mentioned = [token for token in telling if in_small_letters(token) in lower]
    ways: list[list[str]] = []
    if len(mentioned) > 1:
        family = next((n for n, t in enumerate(tokens) if n and t.lower() in PARTICLES), len(tokens) - 1)
        ways = [tokens, [*tokens[family:], *tokens[:family]]]
        ways += [tokens[family:]] if len(tokens) - family > 1 else []
    skills = [token for token in mentioned if token.lower() in skill_tokens()]
    if skills:
        # the full name first: to cut a part of it for itself would leave the other
        text = without_spans(text, (span for way in ways for span in _in_full(lower, way)))
        for token in skills:
            text = _without_lonely(text, token)
        lower = in_small_letters(text)
    spans = [span for way in ways for span in _in_full(lower, way)]
    spans += [span for t in mentioned for span in _in_part(text, lower, t, is_given=t == telling[0])]
    return _AGAIN.sub(CUT, without_spans(text, spans))


def _places(lower: str, token: str) -> Iterator[Span]:
    """Where a word stands in a text that is in lower case."""
    token = in_small_letters(token)
    start = lower.find(token)
    while start >= 0:
        end = start + len(token)
        if not any(c.isalnum() or c == "_" for c in lower[max(0, start - 1) : start] + lower[end : end + 1]):
            yield start, end
        start = lower.find(token, end)


def _in_full(lower: str, way: Sequence[str]) -> Iterator[Span]:
    """Where all words of a name stand after each other, with at most an initial between two of them."""
    following = [dict(_places(lower, token)) for token in way[1:]]
    for start, end in _places(lower, way[0]):
        reached = end
        for ends in following:
            gap = _GAP.match(lower, reached)
            initial = _INITIAL.match(lower, gap.end()) if gap else None
            reached = (initial and ends.get(initial.end())) or (gap and ends.get(gap.end())) or 0
            if not reached:
                break
        else:
            yield start, reached


def _in_part(text: str, lower: str, token: str, *, is_given: bool) -> Iterator[Span]:
    """Where a single part of a name means the person; a family name that is a word (Baker) seldom stands alone."""
    ways = _capitalised(token)
    is_skill = token.lower() in skill_tokens()
    may_be_a_word = is_word(token) or _is_written_small(text, token)
    for start, end in _places(lower, token):
        is_written_so = text[start:end] in ways
        title = _TITLE.search(text, max(0, start - FARTHEST_TITLE), start) if is_written_so else None
        if title:
            yield title.start(), end
        elif is_written_so and not is_given and _LEADS.match(text, end):
            yield start, end
        elif is_skill:
            begins = _BEGINS_A_SENTENCE.match(text, start) and _DOES_SOMETHING.match(text, end)
            if is_given and is_written_so and (begins or _IS_THE_SKILLED.match(text, end)):
                yield start, end
        elif (
            not may_be_a_word
            or (is_written_so and (_IS_THE_PERSON if is_given else _IS_THE_FAMILY).match(text, end))
            or (is_given and text[start:end] == token.capitalize() and _IN_A_SENTENCE.match(text, start))
        ):
            yield start, end


def _is_written_small(text: str, token: str) -> bool:
    """Does the CV use it as a word (a ward, for a nurse of that name)?"""
    small = token.lower()
    return small != token and any(text[start:end] == small for start, end in _places(text, small))


def _capitalised(token: str) -> frozenset[str]:
    """As written, with a capital or in capitals: in small letters only an ordinary word is written."""
    return frozenset({token, token.capitalize(), token.title(), token.upper()})


def _without_lonely(text: str, token: str) -> str:
    """Cut a name that is a skill, too, out of the lines that name no other skill."""
    ways = _capitalised(token)
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        found = [
            (start, end) for start, end in _places(in_small_letters(line), token) if line[start:end] in ways
        ]
        if found:
            without = without_spans(line, found)
            if not any(map(skills_in, sentences(without))):
                lines[number] = without
    return "".join(lines)
