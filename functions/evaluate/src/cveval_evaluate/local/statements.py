"""What says within a sentence how old its author is, where from, of which gender and family, or what an author may work on.

The same words of somebody else, or of a thing, are work: "patients aged 65", "the EU citizen portal".
"""

import re
from collections.abc import Iterator

from cveval_evaluate.local.function_words import STOPWORDS
from cveval_evaluate.local.names import is_role
from cveval_evaluate.local.origin import COUNTRIES, NATIONALITIES
from cveval_evaluate.local.text import Span, in_small_letters, without_spans, words

_PLACE = r"(?:the )?[A-Z][\w'’.-]*(?<![.])(?:,? (?:(?:of|and) )?(?:the )?[A-Z][\w'’-]+){0,3}"
_COUNTRY = rf"(?:the )?(?:{COUNTRIES})\b(?! [A-Z])"
_TOWNS = r"(?:[A-Z][\w’-]+,? (?:in )?)?"
"""In front of its country."""
_CHILDREN = r"(?:no|a|\d|one|two|three|four|five) (?:child(?:ren)?|kids?|sons?|daughters?|girls?|boys?|toddlers?|teenagers?|twins)"
_LINE_BEFORE = 40
_NOT_THE_AUTHOR = re.compile(
    r"(?<![\w'’-])(?:(?!(?:was|has|is|his|always|this|years|thus)\b)[a-z][a-z-]+[a-rt-z]s|children|people|men|women|staff|youth|child|patient|pupil|student|"
    r"codebase|code|system|software|platform|application|warehouse|service|machine|mainframe|project|product|company|idea|team|tool|program|programme|that|which)"
    r" (?:(?:is|was|are|were|over|about|nearly|almost) ){0,2}\Z"
)
_OF_THE_FAMILY = re.compile(
    r"\b(?:[Mm]arried|[Dd]ivorced|[Ww]idowed|[Ss]ingle|[Mm]y|[Ff]ather|[Mm]other|I have)\b"
)
_ENDS_A_CLAUSE = re.compile(r"[^\w \t+#'’-]")
LONGEST_CLAUSE = 60
MOST_BEFORE_A_NOUN = 4
_GOES_ON = STOPWORDS | frozenset(
    ["based", "living", "eligible", "looking", "seeking", "able", "entitled", "resident", "residing", "holder", "permitted", "authorised",
     "authorized", "allowed", "status", "holding", "born", "currently", "since", "valid", "until", "available", "required", "needed", "free"]
)  # fmt: skip
"""After what says something of a person; a noun instead makes it say something of a thing."""
_PERSONS = frozenset(
    ["man", "woman", "male", "female", "citizen", "national", "person", "individual", "professional", "graduate", "student",
     "father", "mother", "parent", "adult"]
)  # fmt: skip
_OF_LANGUAGES = frozenset(
    ["teacher", "tutor", "lecturer", "professor", "instructor", "trainer", "translator", "interpreter", "editor", "proofreader", "writer", "linguist"]
)  # fmt: skip
_SUBJECT = re.compile(r"(?:\bI am|\bI['’]m|\b[Hh]e is|\b[Ss]he is) (?:an? |the )?\Z")
_WORKS = re.compile(
    r" (?:tests?|suites?|bots?|apps?|campaigns?|projects?|brands?|shows?|series|challenges?|competitions?|awards?)\b"
)
_IN_A_TITLE = re.compile(r"[A-Za-z] \Z")
_MONTHS = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
    "On ",
    "In ",
    "At ",
)


def _before(text: str, found: re.Match[str]) -> str:
    return text[max(0, found.start() - _LINE_BEFORE) : found.start()]


def _is_of_others(text: str, found: re.Match[str]) -> bool:
    """Is the noun before it not the author: children, patients, a codebase?"""
    before = _before(text, found)
    return bool(_NOT_THE_AUTHOR.search(before)) and not _OF_THE_FAMILY.search(before)


def _is_of_a_thing(text: str, found: re.Match[str]) -> bool:
    """Does a noun follow that is no person, so that it only says what kind of a thing it is (an EU citizen portal)?"""
    if _SUBJECT.search(_before(text, found)):
        return False
    if found[0].endswith(("citizens", "nationals")):
        return True
    following = text[found.end() : found.end() + LONGEST_CLAUSE]
    if following[:1] != " ":
        return False
    has_noun = False
    for word in words(_ENDS_A_CLAUSE.split(following, maxsplit=1)[0])[:MOST_BEFORE_A_NOUN]:
        if word in _GOES_ON:
            break
        if word.lower() in _PERSONS or is_role(word):
            return False
        has_noun = has_noun or word[0].islower()
    return has_noun


def _is_in_a_title(text: str, found: re.Match[str]) -> bool:
    """Is it a part of a name: Born Digital?"""
    following = text[found.start() + len("born ") : found.end()]
    return (
        found[0].startswith("Born ")
        and following[:1].isupper()
        and not following.startswith(_MONTHS)
        and bool(_IN_A_TITLE.search(_before(text, found)))
    )


def _is_of_a_language(_: str, found: re.Match[str]) -> bool:
    """Is it no nationality, or one that a language is named after as well ("as a German teacher")?"""
    return found["nationality"].lower() not in NATIONALITIES or not (
        found["person"] in _PERSONS or (is_role(found["person"]) and found["person"] not in _OF_LANGUAGES)
    )


def _is_a_work(text: str, found: re.Match[str]) -> bool:
    """Is it a thing that is named after somebody, which says nothing of anybody?"""
    return bool(_WORKS.match(text, found.end()))


_PERSONAL = tuple(
    # statements within a sentence or a line, each with what must be in the text for it to be worth a search, and what makes it none
    (hints, re.compile(pattern, flags), unless)
    for hints, pattern, flags, unless in [
        (
            ("r old", "s old", "r-old", "s-old"),
            r"\b\d{2}[ -](?:years?|yrs)[ -]old\b",
            re.IGNORECASE,
            (_is_of_others, _is_of_a_thing),
        ),
        (
            ("years of age", "i am ", "i'm ", "i’m ", " jahre alt"),
            (
                r"\b(?:i am |i['’]m )?\d{2} years of age\b|\bi(?: am|['’]m) \d{2}(?=\s*(?:[.,;!|]|$| and\b))|"
                r"\b\d{2} jahre alt\b(?:, (?:verheiratet|ledig|geschieden|verwitwet)\b)?"
            ),
            re.IGNORECASE | re.MULTILINE,
            (_is_of_others,),
        ),
        (
            ("age ", "aged ", "age: "),
            r"\b(?<![-–])age(?:d|:)? \d{2}\b(?![-–%])(?: years\b(?! (?:of|in|as)\b))?",
            re.IGNORECASE,
            (_is_of_others,),
        ),
        (
            ("y/o", " yo", "y.o."),
            r"\b[1-9]\d ?(?:y/o|yo|y\.o\.)(?!\w)",
            re.IGNORECASE,
            (),
        ),
        (
            ("in my ", "in his ", "in her ", "in their "),
            (
                r"\bin (?:my|his|her|their) (?:(?:early|mid|late)[ -])?(?:twenties|thirties|forties|fifties|sixties|seventies|"
                r"['’]?[2-7]0['’]?s)\b"
            ),
            re.IGNORECASE,
            (_is_of_others,),
        ),
        (
            ("born", "geboren", "geb.", " né", "\nné", "lahir"),
            (
                r"\b(?:(?:born|geboren|née?|lahir)\b|geb\.)(?:,? (?:on|in|am|le|at))? (?:[^.;|\n]|(?<=\d)\.){0,40}?(?:19|20)\d\d"
                rf"(?:[-/.]\d{{1,2}}){{0,2}}(?:,? (?:in|at) (?-i:{_PLACE}))?|\bborn (?:and (?:raised|bred) )?in (?-i:{_PLACE})"
            ),
            re.IGNORECASE,
            (_is_of_others, _is_in_a_title),
        ),
        (
            ("birth", "dob", "d.o.b"),
            (
                r"\b(?:(?:date|year) of birth|birth ?(?:date|day)|birth(?=:?\s\d)|d\.?o\.?b\b\.?):?\s{1,3}"
                r"(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|[^;|•\n]{0,20}?(?:19|20)\d\d(?:[-/.]\d{1,2}){0,2})"
            ),
            re.IGNORECASE,
            (),
        ),
        (
            ("/h", "/ h", "/th", "/ th"),
            r"(?:\b(?:she|he|they)\s?/\s?|(?m:^[ \t]*/)\s?)(?:hers?|him|his|them|theirs?)(?:\s?/\s?\w{2,6})?\b",
            re.IGNORECASE,
            (),
        ),
        (
            (" national", "nationality", "citizen", "passport", "native of "),
            (
                rf"\b(?:[Nn]ational|[Cc]itizen|[Nn]ative) of {_PLACE}|"
                r"(?:\b(?:E[EC]?[UA]|U[KS]A?|[Dd]ual)|\b(?:[A-Z]\.){2,3}) (?:national|citizen|nationality|citizenship|passport)s?\b|"
                r"\b[A-Z][a-z]{2,14}(?:ese|ish|an|ch|i|ic|ss) (?:national|citizen|nationality|citizenship|passport)\b|"
                r"\b(?:[Nn]ationality|NATIONALITY|[Cc]itizenship):? [A-Z][\w-]+"
            ),
            re.NOFLAG,
            (_is_of_a_thing,),
        ),
        (
            (" descent", " origin", " heritage", " ancestry", " parentage", " by birth", "riginally from "),
            (
                r"\b[Oo]f (?:mixed )?[A-Z][\w-]{2,20}(?:,? (?:and |or )?[A-Z][\w-]{2,20}){0,2} (?:descent|origins?|heritage|ancestry|parentage)\b|"
                r"\b[A-Z][a-z]{2,20}(?: [A-Z][a-z]{2,20})? by birth\b|"
                rf"\b(?:(?<!\w )|(?<=\b[Aa]m )|(?<=['’]m )|(?<=\b[Cc]ome )|(?<=\b[Ii]s ))[Oo]riginally from {_PLACE}"
            ),
            re.NOFLAG,
            (_is_of_others,),
        ),
        (
            # who moved; not what was moved ("moved the service to the UK"), nor from which firm to which
            ("came ", "moved ", "located ", "migrated ", "arrived in"),
            (
                rf"(?:\bI (?:(?:have|first|then|later) )?|^[^\w\n]*|[.!?] |\band )(?:[Cc]ame|(?:[Rr]e|[Ii]m|[Ee])?[Mm](?:oved|igrated)|[Rr]elocated|[Aa]rrived)"
                rf"(?: (?:to|from|in) {_TOWNS}{_COUNTRY}){{1,2}}(?: (?:in|since) (?:19|20)\d\d)?"
            ),
            re.MULTILINE,
            (_is_of_a_thing,),
        ),
        (
            (" up in ", "was raised in ", "i come from "),
            rf"\b(?:I come from|I was raised in|(?:I (?:was )?)?(?:[Gg]rew|[Gg]rown|brought) up in) {_PLACE}",
            re.NOFLAG,
            (_is_of_others,),
        ),
        (
            ("as a", "i am ", "i'm ", "i’m "),
            r"\b(?:[Aa]s|I am|I['’]m) an? (?P<nationality>[A-Z][a-z]+)(?= (?:[a-z]+ed |young |senior |junior )?(?P<person>[a-z]+))",
            re.NOFLAG,
            (_is_of_a_language,),
        ),
        (
            ("smok",),
            r"\bnon[- ]?smok(?:er|ing)\b",
            re.IGNORECASE,
            (_is_of_others, _is_of_a_thing),
        ),
        (
            # by which a register or a state knows somebody
            ("pin ", "pin:", "passport", "registration n", "mc n"),
            (
                r"(?:\bpin(?: number| no\.?)?|\b(?:(?<=passport )|(?<=registration )|(?<=nmc )|(?<=gmc ))(?:number|no\.?|nr\.?)):? "
                r"(?=[a-z-]{0,3}\d(?:[a-z-]?\d){4})[a-z\d][a-z\d-]{5,13}\b"
            ),
            re.IGNORECASE,
            (),
        ),
        (
            ("zealand",),
            r"\bNew Zealand(?:er\b| (?:national|citizen|nationality|citizenship|passport)\b)",
            re.NOFLAG,
            (_is_of_a_thing,),
        ),
        (
            ("gender", "religion", "marital", "pronouns"),
            r"\b(?:gender(?: identity)?|religion|marital status|pronouns): [^;|•,.\n]{1,30}",
            re.IGNORECASE,
            (),
        ),
        (
            ("permit", "visa "),
            (
                r"\b(?:holds? |with |valid |an? |(?-i:UK|US|EU) |unrestricted ){0,3}(?:work(?:ing)? (?:permit|visa)|residence permit|visa (?:status|holder|"
                r"sponsorship|required|not required))\b(?:(?::| until| valid| holder| (?:not )?(?:required|needed))[^;|•,.\n]{0,24})?"
            ),
            re.IGNORECASE,
            (_is_of_a_thing,),
        ),
        (
            ("father", "mother", " parent", "dad ", "mum ", "mom "),
            rf"[FfMmPpDd](?<!\w.)(?:ather|other|arent|ad|um|om) (?:of|to) (?:{_CHILDREN}|an?|\d|one|two|three|four|five)\b",
            re.NOFLAG,
            (_is_of_a_thing,),
        ),
        (
            ("child", " kids", " sons", "daughter"),
            rf"\b(?:(?:married|divorced|widowed|single)(?: with| and)?,? )?{_CHILDREN}\b(?=\W*$|[,;|])",
            re.IGNORECASE | re.MULTILINE,
            (),
        ),
        (
            ("mr", "ms", "mx"),
            (
                r"M(?<!\w.)(?:rs?|s|x)\.? (?!Office|Excel|Word|Project|SQL|Access|Teams|Power|Azure|Outlook)"
                r"[A-Z][\w'’-]{1,30}(?: [A-Z][\w'’-]{1,30})?"
            ),
            re.NOFLAG,
            (_is_a_work,),
        ),
    ]
)
_HINTS = tuple(dict.fromkeys(hint for hints, *_ in _PERSONAL for hint in hints))


def without_statements(text: str) -> str:
    """A CV without what it says of its author's person."""
    lower = in_small_letters(text)
    # To cut something out leaves no hint that was not there.
    present = {*filter(lower.__contains__, _HINTS)}
    for hints, pattern, unless in _PERSONAL:
        if present.isdisjoint(hints):
            continue
        near = [place for hint in hints if hint in present for place in _near(lower, hint)]
        found = [
            match.span()
            for place in near
            for match in pattern.finditer(text, *place)
            if not any(is_none(text, match) for is_none in unless)
        ]
        if found:
            text = without_spans(text, found)
            lower = in_small_letters(text)
    return text


def _near(lower: str, hint: str) -> Iterator[Span]:
    """The lines with a hint, each with the next: to search them alone is much faster."""
    reached = 0
    while (found := lower.find(hint, reached)) >= 0:
        end_of_line = lower.find("\n", found + len(hint)) + 1 or len(lower)
        yield lower.rfind("\n", 0, found) + 1, lower.find("\n", end_of_line) + 1 or len(lower)
        # On with the next line: one may have a hint a hundred thousand times.
        reached = end_of_line
