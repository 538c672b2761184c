"""Whose CV it is: the name that stands near its top."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from unicodedata import combining, normalize

from cveval_evaluate.local.function_words import STOPWORDS
from cveval_evaluate.local.name_words import AMBIGUOUS_NAMES, NAMES_AND_WORDS, ORGANISATIONS, PARTICLES, ROLES
from cveval_evaluate.local.sections import heading
from cveval_evaluate.local.skills import skill_tokens
from cveval_evaluate.local.text import stem
from cveval_evaluate.local.tfidf import idf_table

TOP = 10
HEAD = 3
"""Lines, in which a town may be taken for a name or a name for a town, so that both are cut out."""
FARTHEST = 40
"""Lines, as far as a side bar may be read before the name."""
LAST = 20
"""Lines, empty ones included, in which whoever wrote it may have signed."""
FEWEST_WORDS = 2
LONGEST_NAME = 60
MOST_TOKENS = 6
SHORTEST_TOKEN = 2
BEGINNING = 3
"""Letters."""
_BEGINNINGS_OF_ROLES = frozenset(role[:BEGINNING] for role in ROLES)

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
    r"nombre|nom|prénom|vorname|nachname|naam|姓名|氏名|이름)(?:\s*[:：–-]\s*|\s{2,}|\s*\t\s*|\s*$)",
    re.IGNORECASE,
)
_DECORATION = re.compile(r"^[\W_]+|[\W_]+$")
_NO_LETTER = re.compile(r"[\W\d_]+")
_SEPARATOR = re.compile(r"\s[|·•–—-]\s|[|·•,;(\t/]|\s{3,}|：|:")
_SPACED = re.compile(r"(?:(?:[^\W\d_]|['’-])[ \t]{1,4}){3,40}[^\W\d_]")
_GAP = re.compile(r"[ \t]{2,}")
_NAME = r"[^\W\d_a-z](?:[^\W\d_]|['’-](?=[^\W\d_])){0,30}"
_FAMILY_FIRST = re.compile(
    rf"((?:[a-z]{{2,3}} )?{_NAME}), ({_NAME}\.?(?: {_NAME}\.?){{0,2}})(?=\s*$|\s{{2,}}|\s*[|·•(–—])"
)
_CREDENTIAL = re.compile(r"[A-Z]{2,5}|[A-Z][A-Za-z]{0,2}[A-Z][a-z]?[A-Za-z]?|Esq\.?|(?:Jr|Sr)\.?")
_INTRODUCTION = re.compile(r"\W*(?:(?:hello|hi),?\s)?(?:my name is|i am|i['’]m|this is)\s+", re.IGNORECASE)
_CAPITALISED = re.compile(r"\W{0,3}([^\W\d_a-z][\w'’.-]{0,30}(?: [^\W\d_a-z][\w'’.-]{0,30}){1,5})")
_IS = re.compile(r"\s+(?:is|has|was|works|builds)\b")
_SIGNED = re.compile(
    r"\W*(?:signed by\s+|(?:signed|signature|(?:yours )?(?:sincerely|faithfully|truly)(?: yours)?|(?:(?:kind|best|warm) )?regards)(?:\W*$|\s*[,:–-]\s*))",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")
_CJK = re.compile(
    r"^[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,6}(?:[ \u3000][\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{1,5})?$"
)
_TOKEN = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f'’`.-]){0,30}")


@dataclass(frozen=True, slots=True)
class Name:
    """As it is written near the top, and its words."""

    written: str
    words: tuple[str, ...]


def names_on(lines: list[str], mail: str) -> list[tuple[int, Name]]:
    """The lines near the top that may have the name, and the names, the likeliest first; `mail` is the local part of the address, if any.

    More than one is no harm: a town beside the name says as little of somebody's work as the name does. But the choice must not
    depend on whether a name is also a word, so a line is judged by its place and its shape before its words.
    """
    labelled = _labelled(lines[:TOP])
    if labelled:
        return [*_in_parts(labelled), *_likely(_candidates(lines[: labelled[0][0]], mail)[0])]
    shaped, confirmed = _candidates(lines, mail)
    parts = shaped[:FEWEST_WORDS] if _are_parts(shaped[:FEWEST_WORDS]) else []
    in_parts = _in_parts(parts)
    candidates = [found for found in shaped if not (_is_skill(found[1]) or found in parts)]
    if confirmed:
        return [*([] if confirmed in parts else [confirmed]), *in_parts, *_likely(candidates)]
    as_in_mail = _as_in(mail, lines[:TOP])
    if as_in_mail is not None:
        return [as_in_mail, *in_parts]
    best = min(candidates, key=lambda found: _rank(found[1]), default=None)
    if best is None:
        return in_parts
    return [*in_parts, best, *_likely(other for other in candidates if other is not best)]


def signed_by(lines: list[str]) -> tuple[int, Name] | None:
    """The name beside, or in the line below, words of a signature, and its line; `lines` are the last ones."""
    for number, line in enumerate(lines):
        signed = _SIGNED.match(line)
        if signed is None:
            continue
        place = number if signed.end() < len(line) else number + 1
        name = _name_in(line[signed.end() :] if place == number else "".join(lines[place : place + 1]))
        if name is not None and len(name.words) >= FEWEST_WORDS and _may_be_a_name(name, is_first=False):
            return place, name
    return None


def _labelled(lines: list[str]) -> list[tuple[int, Name]]:
    """The names beside, or in the line below, a label that says so."""
    found = []
    is_next = False
    for number, line in enumerate(lines):
        if heading(line) in ("experience", "skills", "education"):
            break
        label = _LABEL.match(line)
        name = _name_in(line[label.end() :] if label else line) if label or is_next else None
        if name is not None:
            found.append((number, name))
        is_next = label is not None and label.end() == len(line)
    return found


def _candidates(lines: list[str], mail: str) -> tuple[list[tuple[int, Name]], tuple[int, Name] | None]:
    """What has the shape of a name, up to the first that the address confirms, and that one."""
    candidates: list[tuple[int, Name]] = []
    in_header, confirmed = True, None
    for number, line in enumerate(lines):
        section = heading(line)
        if section == "experience":
            break
        in_header = in_header and number < TOP and section not in ("skills", "education")
        if not in_header and len(line) > LONGEST_NAME:
            continue
        name = _name_in(line)
        if not number and (name is None or any(map(is_role, name.words))):
            name = _introduced(line)
        if name is None or not (in_header or _is_below_a_side_bar(name, lines[number + 1 : number + 2])):
            continue
        if in_header and confirmed is None and _confirmed(name, mail):
            confirmed = (number, name)
            if len(name.words) > 1:
                break
        if _may_be_a_name(name, is_first=not candidates and number <= 1):
            candidates.append((number, name))
    return candidates, confirmed


def _are_parts(candidates: list[tuple[int, Name]]) -> bool:
    """Do a given and a family name stand in two lines, the first below each other?"""
    lines = [n for n, name in candidates if len(name.words) < FEWEST_WORDS and not _CJK.match(name.written)]
    return (
        len(lines) == FEWEST_WORDS
        and lines[1] == lines[0] + 1 < HEAD
        and not all(_is_skill(name) for _, name in candidates)
    )


def _in_parts(found: list[tuple[int, Name]]) -> list[tuple[int, Name]]:
    """Of names of a single word each, all words in each: they are one person's."""
    if any(len(name.words) > 1 for _, name in found):
        return found
    together = tuple(word for _, name in found for word in name.words)
    return [(number, Name(name.written, together)) for number, name in found]


def _is_skill(name: Name) -> bool:
    return all(token.lower() in skill_tokens() for token in name.words)


def _likely(candidates: Iterable[tuple[int, Name]]) -> list[tuple[int, Name]]:
    return [(number, name) for number, name in candidates if number < HEAD and not any(_rank(name))]


def _rank(name: Name) -> tuple[bool, bool, bool]:
    """The lower, the likelier: two words and more, of which one is a name or at least no word, and none is only a skill's."""
    return (
        len(name.words) < FEWEST_WORDS and not _CJK.match(name.written),
        not any(map(_is_nameable, name.words)),
        any(token.lower() in skill_tokens() and token.lower() not in AMBIGUOUS_NAMES for token in name.words),
    )


def _is_nameable(token: str) -> bool:
    return token.lower() in AMBIGUOUS_NAMES or not is_word(token)


def _is_below_a_side_bar(name: Name, below: list[str]) -> bool:
    """Elsewhere than near the top a name has a job's title or a profile below it."""
    return (
        len(name.words) >= FEWEST_WORDS
        and not any(token.lower() in ORGANISATIONS for token in name.words)
        and any(
            heading(line) == "other" or any(map(is_role, _WORD.findall(line)[:MOST_TOKENS])) for line in below
        )
    )


def _introduced(line: str) -> Name | None:
    """In a first line that goes on: "My name is Ruby Lane and …", "Ruby Lane is an engineer", "Ruby Lane Backend Engineer"."""
    start = _INTRODUCTION.match(line)
    begin = start.end() if start else 0
    found = _CAPITALISED.match(line, begin)
    if found is None:
        return None
    tokens, goes_on = found[1].split(), bool(_IS.match(line, found.end(1)))
    roles = [number for number, token in enumerate(tokens) if is_role(token)]
    if roles:
        tokens = (
            tokens[:FEWEST_WORDS]
            if roles[0] >= FEWEST_WORDS and all(map(_is_nameable, tokens[:FEWEST_WORDS]))
            else []
        )
    elif not (start or goes_on):
        tokens = []
    if len(tokens) < FEWEST_WORDS:
        return None
    end = begin
    for token in tokens:
        end = line.index(token, end) + len(token)
    return Name(line[begin:end], tuple(tokens))


def _name_in(line: str) -> Name | None:
    """The first part of a line, if it has the shape of a name."""
    if _NOT_A_NAME.match(line) or heading(line) is not None:
        return None
    line = _TITLES.sub("", _DOCUMENT.sub("", _DECORATION.sub("", line), count=1), count=1)
    if line[1:2].isspace() and _SPACED.fullmatch(line):
        return Name(line, tuple(word.replace(" ", "") for word in _GAP.split(line)))
    reversed_ = _FAMILY_FIRST.match(line) if ", " in line else None
    if reversed_ and not _CREDENTIAL.fullmatch(reversed_[2]):
        return Name(reversed_[0], (*reversed_[2].split(), *reversed_[1].split()))
    written = _SEPARATOR.split(line, maxsplit=1)[0].strip()
    if not written or len(written) > LONGEST_NAME:
        return None
    tokens = [token.strip("\"“”'‘’()") for token in written.split()]
    if _CJK.match(written) or (len(tokens) <= MOST_TOKENS and all(_TOKEN.fullmatch(t) for t in tokens)):
        return Name(written, tuple(tokens))
    return None


def _may_be_a_name(name: Name, *, is_first: bool) -> bool:
    """Every word of it begins with a capital (or has none) or is a particle, and none of them is a role's or a heading's.

    On the first line all may be in small letters.
    """
    small = [t for t in name.words if t[0].islower() and t.lower().partition("-")[0] not in PARTICLES]
    in_small_letters = (
        is_first and len(small) == len(name.words) == FEWEST_WORDS and STOPWORDS.isdisjoint(small)
    )
    return (
        any(len(token) >= SHORTEST_TOKEN for token in name.words)
        and (not small or in_small_letters)
        and not any(is_role(token) or heading(token) for token in name.words)
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


def is_word(token: str) -> bool:
    """Is this part of a name also an ordinary word (Mark, Grace, Will)?"""
    lower = token.lower()
    return lower in NAMES_AND_WORDS or lower in STOPWORDS or stem(lower) in idf_table().weights


def is_role(word: str) -> bool:
    """Does a word say as what somebody works (Engineer, Nurse)?

    A stem of four letters and more begins like its word: most names, which were never read before, need not be stemmed.
    """
    lower = word.lower()
    return lower[:BEGINNING] in _BEGINNINGS_OF_ROLES and stem(lower) in ROLES
