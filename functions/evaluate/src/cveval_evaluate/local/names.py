"""Whose CV it is: the name that stands near its top."""

import re
from dataclasses import dataclass
from functools import cache
from unicodedata import combining, normalize

from cveval_evaluate.local.function_words import STOPWORDS
from cveval_evaluate.local.sections import heading
from cveval_evaluate.local.skills import skill_tokens
from cveval_evaluate.local.text import stem
from cveval_evaluate.local.tfidf import idf_table

TOP = 10
LONGEST_NAME = 60
MOST_TOKENS = 6
SHORTEST_TOKEN = 2

PARTICLES = frozenset(
    [
        "van",
        "von",
        "der",
        "den",
        "de",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "das",
        "do",
        "du",
        "la",
        "le",
        "el",
        "al",
        "bin",
        "binti",
        "ibn",
        "bint",
        "ben",
        "abu",
        "ap",
        "af",
        "av",
        "zu",
        "zur",
        "ter",
        "ten",
        "te",
        "y",
        "e",
        "i",
        "und",
        "st",
        "san",
    ]
)
_ROLES = frozenset(
    # The line below a name looks like one, too: "Senior Data Engineer".
    stem(word)
    for word in [
        "engineer",
        "developer",
        "programmer",
        "architect",
        "manager",
        "director",
        "analyst",
        "scientist",
        "designer",
        "consultant",
        "specialist",
        "administrator",
        "officer",
        "assistant",
        "associate",
        "coordinator",
        "executive",
        "representative",
        "researcher",
        "writer",
        "editor",
        "tester",
        "recruiter",
        "lawyer",
        "attorney",
        "accountant",
        "auditor",
        "nurse",
        "teacher",
        "lecturer",
        "professor",
        "technician",
        "intern",
        "trainee",
        "student",
        "graduate",
        "apprentice",
        "supervisor",
        "planner",
        "strategist",
        "producer",
        "marketer",
        "lead",
        "head",
        "chief",
        "principal",
        "senior",
        "junior",
        "staff",
        "freelance",
        "freelancer",
        "president",
        "owner",
        "founder",
        "operator",
        "mechanic",
        "librarian",
        "pharmacist",
        "therapist",
        "physician",
        "advisor",
        "adviser",
        "agent",
        "clerk",
        "cashier",
        "driver",
        "chef",
        "professional",
        "expert",
        "practitioner",
        "engineering",
    ]
)
_WORDS = frozenset(
    # Names that are words of everyday English.
    [
        "mark",
        "grace",
        "will",
        "art",
        "summer",
        "hope",
        "faith",
        "joy",
        "rose",
        "may",
        "june",
        "april",
        "august",
        "dawn",
        "frank",
        "bill",
        "rob",
        "jack",
        "pat",
        "sue",
        "drew",
        "chase",
        "grant",
        "chip",
        "rich",
        "ray",
        "miles",
        "mason",
        "hunter",
        "carter",
        "cooper",
        "parker",
        "tyler",
        "taylor",
        "page",
        "sky",
        "autumn",
        "crystal",
        "pearl",
        "amber",
        "ruby",
        "jade",
        "violet",
        "lily",
        "iris",
        "daisy",
        "ivy",
        "olive",
        "ginger",
        "sage",
        "reed",
        "heath",
        "cliff",
        "clay",
        "stone",
        "forest",
        "rusty",
        "dean",
        "duke",
        "earl",
        "king",
        "prince",
        "major",
        "sterling",
        "christian",
        "victor",
        "mercy",
        "patience",
        "charity",
        "constance",
        "prudence",
        "jasmine",
        "melody",
        "harmony",
        "destiny",
        "angel",
        "star",
        "story",
        "wade",
        "lance",
        "pierce",
        "skip",
        "chuck",
        "buck",
        "gene",
        "guy",
        "herb",
        "penny",
        "holly",
        "robin",
        "dale",
        "glen",
        "brook",
        "banks",
        "fields",
        "wood",
        "woods",
        "hill",
        "rivers",
        "baker",
        "cook",
        "smith",
        "fisher",
        "miller",
        "gardner",
        "porter",
        "turner",
        "carpenter",
        "shepherd",
        "young",
        "long",
        "short",
        "small",
        "little",
        "bright",
        "wise",
        "sharp",
        "strong",
        "good",
        "best",
        "church",
        "house",
        "park",
        "street",
        "bridge",
        "march",
        "day",
        "knight",
        "bishop",
        "abbott",
        "bell",
        "cross",
        "field",
        "marsh",
        "moore",
        "ford",
        "lane",
        "wells",
        "winter",
        "summers",
    ]
)
_TITLES = re.compile(
    r"^(?:(?:dr|prof|mr|mrs|ms|miss|mx|sir|ir|dipl|ing|hj?|drs|eng|rev|capt|captain|commander|col|colonel|maj|major|lt|sgt)\.?"
    r"(?:-?(?:ing|med|phil|rer|nat|jur)\.?)*(?: \(ret(?:ired|\.)?\))?\s+){1,3}",
    re.IGNORECASE,
)
_NOT_A_NAME = re.compile(
    r"^\W*(?:curriculum\s+vit[aæ]e|r[eé]sum[eé]|c\.?v\.?|lebenslauf|hoja de vida|personal (?:details|data|information)|"
    r"contact(?: details)?|page \d+|confidential|application\b.*|bio(?:data)?|daftar riwayat hidup)\W*$",
    re.IGNORECASE,
)
_DOCUMENT = re.compile(
    r"^\W*(?:curriculum\s+vit[aæ]e|r[eé]sum[eé]|cv|lebenslauf)\s*(?:of|for|von|[-–—:|])\s*", re.IGNORECASE
)
_LABEL = re.compile(
    r"^\W*(?:(?:full |candidate'?s? |applicant'?s? |first |given |last |family )?name|candidate|applicant|surname|nama(?: lengkap)?|"
    r"nombre|nom|prénom|vorname|nachname|naam|姓名|氏名|이름)(?:\s*[:：–-]\s*|\s{2,})",
    re.IGNORECASE,
)
_DECORATION = re.compile(r"^[\W_]+|[\W_]+$")
_NO_LETTER = re.compile(r"[\W\d_]+")
_SEPARATOR = re.compile(r"\s[|·•–—-]\s|[|·•,;(\t/]|\s{3,}|：|:")
_CJK = re.compile(
    r"^[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,6}(?:[ \u3000][\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{1,5})?$"
)
_TOKEN = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f'’`.-]){0,30}")


@dataclass(frozen=True, slots=True)
class Name:
    """As it is written near the top, and its words."""

    written: str
    words: tuple[str, ...]


def name_on(lines: list[str], mail: str) -> tuple[int, Name] | None:
    """Which line near the top has the name, and the name; `mail` is the local part of the e-mail address, if any."""
    candidates: list[tuple[int, Name]] = []
    for number, line in enumerate(lines[:TOP]):
        if heading(line) in ("experience", "skills", "education"):
            break
        label = _LABEL.match(line)
        name = _name_in(line[label.end() :] if label else line)
        if name is None:
            continue
        if label or _confirmed(name, mail):
            return number, name
        candidates.append((number, name))
    plain = [found for found in candidates if _may_be_a_name(found[1])]
    likely = next((found for found in plain if not all(map(is_word, found[1].words))), None)
    return _as_in(mail, lines) or likely or (plain[0] if plain else None)


def _name_in(line: str) -> Name | None:
    """The first part of a line, if it has the shape of a name."""
    if _NOT_A_NAME.match(line) or heading(line) is not None:
        return None
    line = _TITLES.sub("", _DOCUMENT.sub("", _DECORATION.sub("", line), count=1), count=1)
    written = _SEPARATOR.split(line, maxsplit=1)[0].strip()
    if not written or len(written) > LONGEST_NAME:
        return None
    tokens = [token.strip("\"“”'‘’()") for token in written.split()]
    if _CJK.match(written) or (len(tokens) <= MOST_TOKENS and all(_TOKEN.fullmatch(t) for t in tokens)):
        return Name(written, tuple(tokens))
    return None


def _may_be_a_name(name: Name) -> bool:
    """Every word of it begins with a capital (or has none) or is a particle, and none of them is a role's."""
    return (
        any(len(token) >= SHORTEST_TOKEN for token in name.words)
        and not any(
            token[0].islower() and token.lower().partition("-")[0] not in PARTICLES for token in name.words
        )
        and not any(stem(token.lower()) in _ROLES for token in name.words)
        and not all(token.lower() in skill_tokens() for token in name.words)
    )


def _confirmed(name: Name, mail: str) -> bool:
    """Does the e-mail address have words of this name?"""
    parts = _parts_of(mail)
    return any(part in parts for token in name.words for part in _parts_of(token))


def _as_in(mail: str, lines: list[str]) -> tuple[int, Name] | None:
    """The words near the top that the e-mail address has, too, where the line is no plain name (a rank, a nickname)."""
    parts = _parts_of(mail)
    for number, line in enumerate(lines):
        found = [word for word in _TOKEN.finditer(line) if not parts.isdisjoint(_parts_of(word[0]))]
        if found:
            written = line[found[0].start() : found[-1].end()]
            if len(written) <= LONGEST_NAME and len(found) > 1:
                return number, Name(written, tuple(word[0] for word in found))
    return None


def _parts_of(name: str) -> frozenset[str]:
    plain = "".join(c for c in normalize("NFKD", name.lower()) if not combining(c))
    return frozenset(part for part in _NO_LETTER.split(plain) if len(part) > SHORTEST_TOKEN)


@cache
def is_word(token: str) -> bool:
    """Is this part of a name also an ordinary word (Mark, Grace, Will)?"""
    lower = token.lower()
    return lower in _WORDS or lower in STOPWORDS or stem(lower) in idf_table().weights


@cache
def is_role(word: str) -> bool:
    """Does a word say as what somebody works (Engineer, Nurse)?"""
    return stem(word.lower()) in _ROLES
