"""What a job post asks for, item by item: to show to people what answers it, it counts nothing.

What every post says (communication, teamwork, deadlines), what no CV tells (shifts, the right to work) and what a firm offers is no item.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import compress
from typing import NamedTuple

from cveval_evaluate.local.outline import Passage
from cveval_evaluate.local.skills import named_in
from cveval_evaluate.local.text import NUMBER_WORDS, Sentence, stem, words
from cveval_evaluate.local.tfidf import Index, Vector, index_of, vector

MOST_ITEMS = 25
FEWEST_TELLING = 2
"""Words of an item that asks for soft skills among others, beside these."""

SHARE_OF_SKILLS = 0.25
"""Of an item's words that the name of one skill makes up, where it is what is asked for."""


def _stems(listed: str) -> frozenset[str]:
    return frozenset(map(stem, listed.split()))


_ASKING_WORDS = (
    # how much and how surely something is asked for, not what; as they are written, like the next: relational is not related
    "experience experiences experienced know knows knowledge ability abilities able skill skills skilled strong excellent good great high proven solid demonstrated demonstrable minimum "
    "least year years preferred preferably required require requires requirement requirements desirable essential desired advantage plus ideal ideally similar "
    "related relevant equivalent role candidate candidates work working understanding familiarity familiar proficiency proficient background track record evidence "
    "commitment willing willingness include includes including ensure across various successful within other carry out field recent clear written spoken fluent "
    # and how many and how long
    f"{' '.join(NUMBER_WORDS)} day days week weeks month months hour hours time times daily weekly monthly quarterly annual annually"
)
_SOFT_WORDS = (
    # to create, to care and analytics are work
    "communication communicate communicator interpersonal organisational organizational organised organized detail details attention motivated "
    "motivation enthusiastic enthusiasm flexible flexibility independently independent initiative deadline deadlines pressure fast-paced environment "
    "environments multitask multi-task multitasking player teamwork leadership hands-on approach attitude positive passion passionate "
    "expectations verbal oral orally self-starter self-motivated energetic reliable friendly caring nature personality problem-solving problem "
    "problems solve solving solver analytical creative dynamic ambitious proactive adaptable curious can-do meet prioritise prioritize thinking thinker "
    "collaborate collaboration collaborative cross-functional effectively superb outstanding ambiguity"
)
_ASKING, _SOFT = frozenset(_ASKING_WORDS.split()), frozenset(_SOFT_WORDS.split())
DEGREES = _stems(
    "degree diploma bachelor bachelors bachelor's bachelor’s master masters master's master’s graduate undergraduate postgraduate phd doctorate "
    "bsc bn bsn ba beng bs llb msc msn ma meng ms mba llm mres mphil dphil pgce hons honours honors"
)
_DEGREE = re.compile(
    # not a high degree of care, nor master data
    r"\b(?:degrees?(?! of\b)|diplomas?|bachelor|ph\.?d|doctorate|bsc|bsn|beng|llb|msc|mba|pgce|master['’]?s (?:degree|in|of))\b",
    re.IGNORECASE,
)
_EXPERIENCE = stem("experience")
_NUMBER = rf"(?:\d{{1,2}}|{'|'.join(NUMBER_WORDS)})"
_YEARS = re.compile(
    # not of a plan, a child or the past
    rf"(?<!\baged )(?<!\blast )(?<!\bpast )\b({_NUMBER})\s?(?:\(\d{{1,2}}\)\s?)?\+?\s?(?:(?:-|–|to|or)\s?(?:{_NUMBER}|more)\s?\+?\s?)?(?:full )?"
    r"(?:years?|yrs?)\b(?!['’]?[ -](?:old|ago|of age|plan|contract)\b)",
    re.IGNORECASE,
)
_NO_ITEM = re.compile(
    # what a firm is and offers, how to apply, and what a CV need not say
    r"^\W*(?:(?:we|our|us|the (?:company|team|firm))\b(?!.*\b(?:require|expect|need|look(?:ing)? for|seek|want)\b)|(?:what (?:we|you['’]ll|you will|you) (?:offer|get|receive)|benefits?|perks|salary|pay|hours|please)\b|"
    r"to apply\b|apply (?:now|by|via|online|here)\b|[£$€])|\boffers? (?!of\b)|\bright to work\b|\b(?:authori[sz]ed|eligible) to work\b|"
    r"\bopportunity to\b|\byou will (?:get|receive|gain|learn)\b|[?:]$|"
    r"\b(?:dbs|background|criminal record) checks?\b|\bwilling(?:ness)? to (?:work|travel|relocate)\b|\b(?:nights|weekends)\b",
    re.IGNORECASE,
)
_ASKED_IN_PROSE = re.compile(
    # of the words of a requirement those that a firm seldom says of itself
    r"\b(?:you|you['’]ll|candidates?|must|require[sd]?|requirements?|qualif\w+|skills?|experience|knowledge|degree|ability|proficien\w+|familiar\w*)\b",
    re.IGNORECASE,
)
_WISHED = re.compile(
    r"\b(?:plus|bonus|advantage|advantageous|asset|desirable|desired|prefer(?:red|ably)|ideal(?:ly)?|nice[ -]to[ -]have|good to have|optional)\b",
    re.IGNORECASE,
)


class Item(NamedTuple):
    """One thing that a post asks for."""

    text: str
    words: Vector
    """The words that tell what is asked for, of length 1."""
    skills: frozenset[str]
    is_of_skills: bool
    """Does it name several, or with one a quarter of these words? "Prepare the annual budget with the head of finance" asks for more."""
    is_degree: bool
    is_experience: bool
    years: int
    """Of experience, of alternatives the fewest; 0 where none are asked for."""
    is_wish: bool


@dataclass(frozen=True, slots=True)
class Requirements:
    """The items of a post, ready to be answered."""

    items: tuple[Item, ...]
    most_telling: tuple[frozenset[str], ...]
    """Of each the words that weigh most."""
    index: Index
    """Of those that ask for no degree."""


def requirements_in(told: Iterable[tuple[Sentence, Passage, bool]]) -> Requirements:
    """The first 25 items of a post, each once: what stands where it asks for something (given for each sentence), or asks by its words."""
    items: dict[str, Item] = {}
    for sentence, passage, is_asked in told:
        if len(items) == MOST_ITEMS:
            break
        may_ask = is_asked or bool(_ASKED_IN_PROSE.search(sentence.text))
        if may_ask and not passage.is_above and not _NO_ITEM.search(sentence.text):
            items.update((item.text, item) for item in _items(sentence, passage))
    return Requirements(
        tuple(items.values()),
        tuple(_most_telling(item.words) for item in items.values()),
        _with_twins(index_of([{} if item.is_degree else item.words for item in items.values()])),
    )


def _with_twins(index: Index) -> Index:
    """Registered and registration, administered and administration have stems of their own: each finds the other."""
    twins = {
        word.removesuffix("r") if word.endswith("istr") else f"{word}r": places
        for word, places in index.items()
        if word.endswith(("ist", "istr"))
    }
    return {**twins, **index}


def _years(number: str) -> int:
    return int(number) if number.isdigit() else NUMBER_WORDS.index(number.lower()) + 1


def _most_telling(words: Vector) -> frozenset[str]:
    most = max(words.values())
    return frozenset(word for word, weight in words.items() if weight == most)


def _items(sentence: Sentence, passage: Passage) -> Iterator[Item]:
    asked, telling = (
        {*sentence.content}.difference(compress(sentence.stems, map(left_out.__contains__, sentence.lower)))
        for left_out in (_ASKING, _ASKING | _SOFT)
    )
    if telling and (telling == asked or len(telling) >= FEWEST_TELLING):
        skills = named_in(sentence)
        of_skills = {stem(word) for name in skills.values() for word in words(name)}
        yield Item(
            sentence.text,
            vector(sorted(telling)),
            frozenset(skills),
            len(skills) > 1 or len(telling & of_skills) >= SHARE_OF_SKILLS * len(telling),
            # with figures it asks for years as well, or instead
            bool(_DEGREE.search(sentence.text)) and not any(map(str.isdigit, sentence.text)),
            _EXPERIENCE in sentence.stems,
            min(map(_years, _YEARS.findall(sentence.text)), default=0),
            any(map(_WISHED.search, (sentence.text, passage.lead, passage.heading))),
        )
