"""What a job asks for, read once however many CVs are compared with it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from cveval_evaluate.local.copying import LONGEST_OF_A_JOB, MOST_LIKE_A_JOB, Source, source_of
from cveval_evaluate.local.language import Language, language_of_all
from cveval_evaluate.local.outline import LONGEST_HEADING, Passage, passages
from cveval_evaluate.local.requirements import Requirements, requirements_in
from cveval_evaluate.local.skills import all_skills, alternatives_in, kinds_of_skills, named_in, skills_in
from cveval_evaluate.local.text import NUMBER_WORDS, Sentence, sentences, stem, words
from cveval_evaluate.local.tfidf import DIGITS, idf_table, vector

TITLE_WEIGHT = 3
LONGEST_TITLE = 80
MOST_WORDS_IN_A_TITLE = 4
"""A first line of more words may be the whole job description."""
MOST_YEARS_ASKED = 20
JOBS_KEPT = 64

_BEARING = re.compile(
    r"require|qualif|skill|experience|knowledge|must|responsib|develop|design|degree|ability|proficien|familiar",
    re.IGNORECASE,
)
_ASKING = re.compile(
    # a heading or a lead of what a candidate brings or will do
    r"(?:minimum |basic |preferred |required |desired |key |main |core |essential |must[- ]have |your |our |the |job |candidate |technical |personal |professional |"
    r"additional |other |hard |soft |and |& |/ )*"
    r"(?:requirements?|qualifications?|skills?(?: (?:and|&) \w+)?|experience|knowledge|competenc(?:e|ies|y)|profile|background|expertise|education|strengths|"
    r"responsibilit(?:y|ies)|duties|tasks?|role|mission|day[- ]to[- ]day|a typical day|must[- ]haves?|nice[- ]to[- ]haves?|pluses|bonus(?: points)?|essentials?|"
    r"desirables?|person specification|expectations)(?: (?:and|&) [\w ]+| for .+| of .+| include[sd]?| are| that .+| required| needed| we .+| you .+)?|"
    r"(?:what|who) (?:we|you|we['’]re|you['’]re|you['’]ll|the) (?!offer|get|receive|are\b.*\bus\b).*|who we (?:need|seek|want).*|about you|you(?:['’]ll| will| should| must| can| also)? (?:also )?"
    r"(?:bring|have|are|need|know|offer|show|like|love|enjoy|ideally).*|you['’](?:re|ve) .*|ideal(?:ly| candidate).*|the ideal candidate.*|as an? .{3,60}you.*|"
    r"(?:we|we['’]re|we are) (?:expect|require|ask|seek|want|need|wish|look(?:ing)?)\b.*|(?:it )?would be (?:nice|great|good|a plus).*|(?:in this role|here),? you.*|"
    r"(?:it['’]s|a|big|also) (?:a )?(?:plus|bonus|advantage).*|good to have|to (?:succeed|be successful|apply|thrive).*you.*"
)
_OFFERING = re.compile(
    r".*\b(?:we offer|(?:you|you['’]ll|you will) (?:get|receive|find)|offers? you|benefits|perks|salary|compensation|pay|our offer|from us)\b.*"
)
"""What a firm gives, also under a heading of what it asks for."""
_ABOUT_THE_FIRM = re.compile(
    r".*\b(?:about (?:us|the (?:company|team))|who we are|what we do|how to apply|apply|contact|location|our (?:company|values|team|stack))\b.*"
)
"""What it is: only its words may ask for something there."""
_BOILERPLATE = re.compile(
    # what every post of a company says; it tells nothing of the work
    r"equal opportunity|without regard to|reasonable accommodation|accommodation request|background check|screening requirement|"
    r"security screening|criminal histor|benefits/perks|citizenship verification|gender identity|sexual orientation",
    re.IGNORECASE,
)
_TITLE_LABEL = re.compile(r"^\W*(?:job |position )?(?:title|position|role|vacancy)\s*[:–-]\s*", re.IGNORECASE)
_NO_TITLE = re.compile(
    r"^\W*(?:job description|about (?:us|the (?:job|role|company|team))|description|overview|summary)\W*$",
    re.IGNORECASE,
)
_SOUGHT = re.compile(
    r"\b(?:looking for|seeking|hiring|recruiting|searching for)\s+(?:an?|our (?:next|first)|experienced)\s+([^.,;:!?\n]{3,60}?)"
    r"\s*(?:\bto\b|\bwho\b|\bwith\b|\bfor\b|\bin\b|\bat\b|\bthat\b|[.,;:!?\n]|$)",
    re.IGNORECASE,
)
_NUMBERS = {word: number for number, word in enumerate(NUMBER_WORDS, start=1)}
_WORDS_OF_AMOUNTS = (
    # how many and how often, in every trade; not what is something else as well (minutes of a meeting, first aid, several and severe)
    "twenty thirty forty fifty hundred thousand million billion dozen half once twice many various "
    "hour hourly day daily night nightly week weekly weekend month monthly quarterly year yearly annual"
)
_AMOUNTS = frozenset(map(stem, (*NUMBER_WORDS, *_WORDS_OF_AMOUNTS.split())))
_YEARS_ASKED = re.compile(
    # "the past 10 years" is history, "10 years of experience" is a demand
    rf"\b(\d{{1,2}}|{'|'.join(_NUMBERS)})\s?(?:\(\d{{1,2}}\)\s?)?\+?\s?(?:(?:-|–|to|or)\s?(?:\d{{1,2}}|more|{'|'.join(_NUMBERS)})\s?\+?\s?)?(?:years?|yrs?\.?)"
    r"(?:['’]?\s{1,3}(?:of|in|as|with|working|professional|relevant|related|industry|hands-on|experience|exp|project|managing|building|otherwise)\b|(?<=\+ years)\W*\Z|"
    r"(?<=\+ yrs)\W*\Z)",
    re.IGNORECASE,
)
_MONTHS_ASKED = re.compile(
    r"\b(\d{2,3})\s?\+?\s?(?:(?:-|–|to)\s?\d{2,3}\s?)?months['’]?\s(?:of )?(?:[a-z-]+ ){0,2}experience\b",
    re.IGNORECASE,
)
_OR = re.compile(r"^\W*(?:or|otherwise|alternatively|and/or)\b|\botherwise\b|\bin lieu\b", re.IGNORECASE)
_WISHED = re.compile(
    r"\b(?:is|are|would be|as) an? (?:big |strong )?(?:plus|bonus|advantage|asset)\b|\bnice to have\b",
    re.IGNORECASE,
)
_BEFORE_A_FIRM = re.compile(
    r"(?:^|\bhere )at\s$|\b(?:join(?:ing)?|about|work(?:ing)? (?:at|for))\s$", re.IGNORECASE
)
_AFTER_A_FIRM = re.compile(
    r"(?: [A-Z][\w&]+){1,2},? (?:is|was|has|[a-z]{2,}s)\b|,? (?:GmbH|Inc|Ltd|LLC|Corp|Corporation)\b|"
    r" (?:was founded|is (?:hiring|looking|growing|an? (?!big|strong|plus|bonus|must|advantage|asset)))\b|['’]s (?:mission|customers|culture)\b"
)
"""Freight moves parcels …, GmbH …, is a …"""


@dataclass(frozen=True, slots=True)
class Job:
    """A job description, ready to be compared with."""

    title: str
    vector: Mapping[str, float]
    """Title thrice and the sentences that bear requirements, by their words, by naming a skill or by their heading; of length 1.

    Without numbers and words of time, which tell of no trade.
    """
    weights: Mapping[str, float]
    """What a stem weighs in a CV: those that neither the table nor the job has are not in it."""
    skills: Mapping[str, str]
    """Those that it names in alphabetical order, and its own words for each."""
    places: Mapping[str, int]
    """Its skills by what their words weigh in its vector: 0 for the one that it is most about."""
    enough: Mapping[str, frozenset[str]]
    """For those of its skills that others are enough for, all these: kinds of it, and alternatives with their kinds."""
    years_asked: int | None
    requirements: Requirements
    source: Source
    has_requirements: bool
    """Its title and the headings of empty sections ask for nothing."""
    language: Language

    @property
    def unknown(self) -> str | None:
        """Why it is not known what the job asks for, as what is said of its description; None where it is."""
        if self.language is Language.ANOTHER:
            return "is not in English and was not read"
        return None if self.has_requirements else "names no requirements"


@lru_cache(maxsize=JOBS_KEPT)
def prepare_job(job_description: str) -> Job:
    """Read a job description. The same text is read once: many CVs are compared with one job."""
    said = [
        (sentence, passage)
        for passage in passages(job_description, _ASKING)
        for sentence in sentences(passage.text)
        if not _BOILERPLATE.search(sentence.text)
    ]
    told = [sentence for sentence, _ in said]
    outlined = [
        (sentence, passage, _is_asked(sentence, passage))
        for sentence, passage in said
        if not _stands_under(_OFFERING, sentence, passage)
    ]
    bearing = [s for s, _, is_asked in outlined if is_asked or _BEARING.search(s.text) or skills_in(s)]
    title = _title(job_description, told)
    counted = [stem for sentence in bearing or told for stem in sentence.content]
    of_title = [stem for sentence in sentences(title) for stem in sentence.content]
    asked = vector(stem for stem in of_title * TITLE_WEIGHT + counted if stem not in _AMOUNTS)
    of_the_work = [*_of_the_work([sentence for sentence, *_ in outlined])]
    skills = all_skills(of_the_work)
    return Job(
        title=title,
        vector=asked,
        weights={**dict.fromkeys(asked, idf_table().unknown), **idf_table().weights},
        skills=skills,
        places={
            skill: place
            for place, skill in enumerate(sorted(skills, key=lambda skill: -_weight(skills[skill], asked)))
        },
        enough=_enough(skills, chain.from_iterable(map(alternatives_in, of_the_work))),
        years_asked=_years_asked(sentence for sentence, *_ in outlined),
        requirements=requirements_in(
            (sentence, passage, is_asked or passage.is_item)
            for sentence, passage, is_asked in outlined
            if not _stands_under(_ABOUT_THE_FIRM, sentence, passage)
        ),
        source=source_of(job_description, LONGEST_OF_A_JOB, MOST_LIKE_A_JOB),
        has_requirements=any(
            len(s.words) > (MOST_WORDS_IN_A_TITLE if s.text == title else 1) or skills_in(s) for s in bearing
        ),
        language=language_of_all(told),
    )


def _enough(skills: Iterable[str], choices: Iterable[frozenset[str]]) -> Mapping[str, frozenset[str]]:
    choices = [*choices]
    found: dict[str, frozenset[str]] = {}
    for skill in skills:
        others = frozenset({skill}.union(*(choice for choice in choices if skill in choice)))
        others = others.union(*(kinds_of_skills().get(other, ()) for other in others)) - {skill}
        if others:
            found[skill] = others
    return found


def _weight(name: str, asked: Mapping[str, float]) -> float:
    return round(max((asked.get(stem(word), 0.0) for word in words(name)), default=0.0), DIGITS)


def _is_asked(sentence: Sentence, passage: Passage) -> bool:
    """Does it stand under or behind a heading or a lead such as "You bring:"?"""
    return (
        not passage.is_above
        and _stands_under(_ASKING, sentence, passage)
        and not _stands_under(_ABOUT_THE_FIRM, sentence, passage)
    )


def _stands_under(pattern: re.Pattern[str], sentence: Sentence, passage: Passage) -> bool:
    """Or behind what begins its own line ("We offer: 25 days of holiday"), which is no heading of the lines below."""
    begins, colon, _ = sentence.text.partition(": ")
    above = (line.rstrip(": ") for line in (passage.lead, passage.heading) if line)
    return any(pattern.fullmatch(line) for line in above if ": " not in line) or bool(
        colon and len(begins) <= LONGEST_HEADING and pattern.fullmatch(begins.lower())
    )


def _of_the_work(told: Sequence[Sentence]) -> Iterator[Sentence]:
    """Leaves out where a skill's name is that of the firm: it then counts where something is required, or beside another skill."""
    naming = [(sentence, named_in(sentence)) for sentence in told]
    about_firms = {
        sentence.text: skill
        for sentence, named in naming
        if len(named) == 1
        for skill, name in named.items()
        if _is_of_a_firm(name, sentence.text)
    }
    firms = {*about_firms.values()}
    for sentence, named in naming:
        is_required = sentence.text not in about_firms and _BEARING.search(sentence.text)
        if len(named) > 1 or firms.isdisjoint(named) or is_required:
            yield sentence


def _is_of_a_firm(name: str, text: str) -> bool:
    before, found, after = text.partition(name)
    return bool(found and (_BEFORE_A_FIRM.search(before) or _AFTER_A_FIRM.match(after)))


def _title(job_description: str, told: list[Sentence]) -> str:
    """The first line, if it is short enough to be one; else what is being looked for."""
    lines = (line.strip() for line in job_description.splitlines())
    first = next((line for line in lines if line and not _NO_TITLE.match(line)), "")
    title = _TITLE_LABEL.sub("", first, count=1)
    if len(title) <= LONGEST_TITLE and not title.endswith((".", "!", "?", ":")):
        return title.strip(" #*|·-–—")
    sought = next(filter(None, (_SOUGHT.search(sentence.text) for sentence in told)), None)
    return sought[1] if sought else ""


def _years_asked(told: Iterable[Sentence]) -> int | None:
    """The most years of experience that a job asks for; of alternatives the fewest, and none that are only a plus.

    Alternatives ("2 years with a PhD, 10 years otherwise") stand in one sentence, or in sentences joined by *or* or *otherwise*.
    """
    asked: list[int] = []
    for sentence in told:
        years = [years for years in _years_in(sentence.text) if 0 < years <= MOST_YEARS_ASKED]
        if not years or _WISHED.search(sentence.text):
            continue
        if asked and _OR.search(sentence.text):
            years.append(asked.pop())
        asked.append(min(years))
    return max(asked, default=None)


def _years_in(text: str) -> Iterator[int]:
    """Each number of years that a sentence asks for; of months whole years."""
    for match in _YEARS_ASKED.finditer(text):
        number = match[1].lower()
        yield _NUMBERS.get(number) or int(number)
    for match in _MONTHS_ASKED.finditer(text):
        yield int(match[1]) // 12
