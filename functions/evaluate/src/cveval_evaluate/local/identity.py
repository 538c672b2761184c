"""Who somebody is must not change a score: what only identifies is cut out before anything is rated or quoted."""

import re
from collections.abc import Iterable, Iterator

from cveval_evaluate.local.mentions import without_mentions
from cveval_evaluate.local.names import FARTHEST, LAST, TOP, is_role, names_on, signed_by
from cveval_evaluate.local.origin import without_origin
from cveval_evaluate.local.sections import heading
from cveval_evaluate.local.statements import without_statements
from cveval_evaluate.local.text import CUT, in_small_letters, words

_MAIL = re.compile(r"[^\s@<>()\[\]|,;:]{1,64}@[^\s@<>()\[\]|,;]{1,255}")
_TOOLS = r"(?:socket\.io|draw\.io|crates\.io|heroku\.com|salesforce\.com|monday\.com|force\.com)(?:/v?\d[\d.]*)?(?![\w/-]|\.\w)"
"""Their names are addresses."""
_ADDRESS_ON_THE_WEB = re.compile(
    rf"\bhttps?://\S+|\bwww\.\S+|\b(?!(?<!\.){_TOOLS})(?:[\w-]{{1,63}}\.){{1,4}}(?:com|org|net|io|dev|me|edu|example|info|eu|uk|de|id|in)/\S+|"
    rf"\b(?:linkedin|github|gitlab|twitter|xing|behance)\.com\S*|\b(?!(?<!\.){_TOOLS})(?-i:(?:[a-z0-9-]{{2,63}}\.){{1,3}}(?:com|org|example|me|dev|info|eu|uk|de))\b",
    re.IGNORECASE,
)
_ON_THE_WEB = re.compile(r"://|w\.|W\.|\.(?:com|org|net|io|dev|me|edu|example|info|eu|uk|de|id|in)\b")
"""Looked for first, since the search for a whole address is slow."""
_PHONE = re.compile(
    r"[+(\d](?<![\w.,].)(?:(?:(?<=\+)|(?<=0)0)\d[\d ()./-]{6,20}\d|(?<=\()\d{2,5}\)\s?\d{3,4}[ -]?\d{3,4}|"
    r"(?<=\d)\d{2}[-. ]\d{3}[-. ]\d{3,4}|(?<=0)\d{2,4}[ /-]\d{3,4}[ -]?\d{3,4}|(?<=0)\d(?:[ .]\d\d){4}|(?<=\d)\d{4} \d{5}|"
    r"(?<=\d)(?!\d{2,8}0{5})\d{9,11}(?! (?:new |unique |[a-z]+ly )?[a-z]{3,}s\b))(?!\w|[.,]\d)"
)
"""Begins with its first character, which is quickly found; what it is and what stands before it is looked at then. The last is a number without
any groups; a round one, or one of many things, is a figure."""
_LABELS = (
    r"name|(?:full|first|last|given|family|middle|maiden|preferred|candidate|applicant|father|mother|spouse|husband|wife)[ '’]?s? ?name|"
    r"surname|(?:home |postal |current |permanent )?address|(?:date|year|place|country) of birth|d\.?o\.?b\.?|born|birth ?(?:day|date|place)|"
    r"birth|age|gender(?: identity)?|sex|sexual orientation|nationality|citizenship|country of origin|ethnicity|ethnic origin|"
    r"(?:marital|civil|family|relationship) status|religion|photo(?:graph)?|pronouns?|passport(?: no\.?| number)?|visa status|work permit|"
    r"right to work|height|weight|disability|military service|geburtsdatum|geburtsort|geboren(?: am)?|nationalität|staatsangehörigkeit|"
    r"staatsbürgerschaft|familienstand|anschrift|adresse|geschlecht|konfession|date de naissance|lieu de naissance|nationalité|état civil|"
    r"âge|sexe|fecha de nacimiento|nacionalidad|estado civil|edad|sexo|género|gênero|dirección|data di nascita|nazionalità|stato civile|"
    r"sesso|indirizzo|data de nascimento|nacionalidade|geboortedatum|nationaliteit|geslacht|jenis kelamin|agama|umur|usia|alamat|"
    r"kewarganegaraan|tempat[, /]{1,3}tanggal lahir|tanggal lahir|status perkawinan"
)
_MORE_LABELS = r"e-?mail|phone|mobile|cell|tel(?:ephone)?|fax|contact|race|children|picture|visa|telefon|teléfono|no\.? ?hp"
"""They may head a row or a list of something else, so that what they label must stand beside them (or is known by itself)."""
_LABELLED = re.compile(
    rf"^\W*(?:(?P<plain>{_LABELS})|{_MORE_LABELS})"
    r"(?:(?P<alone>(?(plain)\W*$|(?!)))|\b(?:\W{0,3}[:：–-](?!\w)|\s{2,}\S|(?(plain)\W{0,3}\t|(?!))))"
)
"""This and what may stand in a header are searched in lower case, which is much faster than without regard to case."""
_STREETS = r"street|st|road|rd|avenue|ave|lane|ln|boulevard|blvd|crescent|mews"
_STREETS_AND_WORDS = r"drive|terrace|close|court|place|square|row|way|hill|gardens"
"""Only where they are written as a name: "3 years in a row" and "a 9 day close" are work."""
_KINDS_OF_STREETS = rf"{_STREETS}|{_STREETS_AND_WORDS}"
_WITH_A_POSTCODE = "view|grove|park|walk|parade|quay|rise|vale|green|mount|wharf|drove|circus|approach|bank|croft|meadows?|heights|path|side|end|dale"
"""Kinds of streets, too, but words of many other things."""
_STREET = re.compile(
    r"^.{0,40}(?:\d{1,5}[a-z]?[ ,]+(?:[^\W\d_][\w'’.-]*[ ]){0,4}?(?:"
    rf"{_STREETS})\b|"
    r"\b(?:flat|apt|apartment|suite|unit|p\.?o\.? box)\.? (?:\d\w{0,4}|[a-z])\b|"
    r"\w{2,30}(?:str\.|straße|strasse|gasse|weg|straat|laan) \d{1,4}|\b(?:rue|calle|via|avenida|jalan|jl\.?) \w+)"
)
"""In lower case."""
_STREET_AS_A_NAME = re.compile(
    rf".{{0,40}}\b\d{{1,5}}[a-zA-Z]?[ ,]+(?:[^\W\d_a-z][\w'’.-]*[ ]){{1,4}}?(?i:{_STREETS_AND_WORDS})\b"
)
_IN_A_STREET = re.compile(
    rf"\W(?:(?:{_KINDS_OF_STREETS}|flat|apt|apartment|suite|unit|box|rue|calle|via|avenida|jalan|jl)\b|"
    r"\d(?<=(?:tr\.|aße|sse|weg|aat|aan) \d))"
)
"""Looked for first, since the search for a whole street is slow, with a space before the line."""
_STATUS = re.compile(
    r"\W*+(?:male|female|man|woman|m|f|non-?binary|smoker|transgender|married|single|divorced|widowed|"
    r"verheiratet|ledig|geschieden|verwitwet|männlich|weiblich|célibataire|mariée?|casad[oa]|solter[oa]|divorciad[oa]|masculino|femenino|"
    r"(?:single|working|proud|full-time|stay-at-home|expectant) (?:father|mother|parent|dad|mum|mom)|"
    r"(?:[a-z]{2,9} )?(?:work permit|visa)|\d{2}(?: (?:jahre(?: alt)?|ans|años|anni|anos|jaar|tahun))?)\W*+$"
)
_PARTS = re.compile(r"([|·•;,/](?:(?<!/)|(?<!\d/)|(?!\d)))")
"""Not at the slash of a date: its month would be taken for an age. Begins with the character itself, which is quickly found."""
_ENDS_OF_A_STREET = re.compile(r"[|·•;,]")
_ENDS_OF_AN_ADDRESS = frozenset("|·•;")
_STREET_ALONE = re.compile(
    rf"\W*\d{{1,5}}[a-zA-Z]?(?:[-–/]\d{{1,4}})? (?:[^\W\d_a-z][\w'’.-]{{1,30}} ){{1,4}}(?i:{_KINDS_OF_STREETS}|{_WITH_A_POSTCODE})\.?\s*|"
    r"\W*[^\W\d_a-z][^\W\d_]{1,30}(?:str\.|straße|strasse|gasse|weg|straat|laan|allee|platz) \d{1,4}[a-z]?\s*|"
    r"\W*\d{1,4}(?: bis)?,? (?:rue|avenue|boulevard|place|quai) [^|;\n]{2,40}\s*"
)
"""A whole part of a line, anywhere in a document, where a sentence may have a number and a road, too."""
_MAY_BE_A_STREET = re.compile(
    r"\d(?:[a-zA-Z]?(?:[-–/]\d{1,4})? [^\W\d_a-z]|(?: bis)?,? (?:rue|avenue|boulevard|place|quai) |"
    r"(?<=(?:tr\.|aße|sse|weg|aat|aan|lee|atz) \d))"
)
"""Looked for first: it begins with a figure, which is quickly found."""
_TO_A_POSTCODE = 2
"""Lines below a street in which its postcode may stand."""
_POSTCODE = re.compile(r"\b(?:\d{5,6}|\d{4} ?[a-z]{2}|[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2})\b")
LONGEST_HEADER = 120
LONGEST_VALUE = 60
"""Characters of what stands in the line below its label."""


def without_identity(cv: str) -> str:
    """The CV with its name, contact data and personal lines cut out; everything else as it was."""
    mail = _MAIL.search(cv) if "@" in cv else None
    lines = cv.splitlines(keepends=True)
    top = [number for number, line in enumerate(lines) if not line.isspace()][:FARTHEST]
    found = names_on([lines[number] for number in top], mail[0].partition("@")[0] if mail else "")
    for place, name in found:
        lines[top[place]] = lines[top[place]].replace(name.written, CUT, 1)
    end = [number for number in range(max(0, len(lines) - LAST), len(lines)) if not lines[number].isspace()]
    signed = signed_by([lines[number] for number in end])
    if signed is not None:
        place, name = signed
        lines[end[place]] = lines[end[place]].replace(name.written, CUT, 1)
        found = [*found, signed]
    text = "".join(_without_labelled(lines))
    text = without_statements(_PHONE.sub(CUT, text))
    text = _without_addresses(_without_status(text))
    for _, name in found:
        text = without_mentions(text, name)
    return text


def _without_labelled(lines: Iterable[str]) -> Iterator[str]:
    """Lines without those that a label says to be personal, be the label in the same line or in one above.

    Where several labels stand below each other, as many lines that follow are what they label.
    """
    waiting = 0
    for line in lines:
        found = _LABELLED.match(in_small_letters(line))
        if found:
            waiting = waiting + 1 if found["alone"] is not None else 0
            yield CUT + "\n"
        elif waiting and not line.isspace() and "@" not in line and not _PHONE.search(line):
            is_value = len(line) <= LONGEST_VALUE and heading(line) is None
            waiting = waiting - 1 if is_value else 0
            yield CUT + "\n" if is_value else _without_contact(line)
        else:
            yield _without_contact(line)


def _without_contact(line: str) -> str:
    if "@" in line:
        line = _MAIL.sub(CUT, line)
    return _ADDRESS_ON_THE_WEB.sub(CUT, line) if _ON_THE_WEB.search(line) else line


def _without_status(text: str) -> str:
    """Streets, age, gender and marital status stand near the top, in parts of a line."""
    lines = text.splitlines(keepends=True)
    near = [number for number, line in enumerate(lines) if not line.isspace()][:TOP]
    for place, number in enumerate(near):
        line = without_origin(lines[number]) if len(lines[number]) <= LONGEST_HEADER else lines[number]
        if line != lines[number] and not any(_ends_the_head(lines[above]) for above in near[:place]):
            lines[number] = line
    below_a_street, in_head = False, True
    for number in near:
        line = lines[number]
        if heading(line) is not None:
            in_head = not _ends_the_head(line)
        if len(line) > LONGEST_HEADER:
            below_a_street = False
        elif below_a_street and _POSTCODE.search(in_small_letters(line)):
            lines[number], below_a_street = CUT + "\n", False
        else:
            lines[number], below_a_street = _header(line, in_head=in_head)
    return "".join(lines)


def _without_addresses(text: str) -> str:
    """Wherever they stand, streets with a postcode in the same line or in one of the next two."""
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if len(line) > LONGEST_HEADER or not _MAY_BE_A_STREET.search(line):
            continue
        if any(map(_STREET_ALONE.fullmatch, _ENDS_OF_A_STREET.split(line))):
            below = lines[number + 1 : number + 1 + _TO_A_POSTCODE]
            reach = next(
                (n for n, near in enumerate([line, *below]) if _has_postcode(near, is_street=not n)), None
            )
            if reach is not None:
                lines[number] = _header(line, in_head=True, has_postcode=True)[0]
                lines[number + 1 : number + 1 + reach] = [CUT + "\n"] * reach
    return "".join(lines)


def _has_postcode(line: str, *, is_street: bool) -> bool:
    """A line below a street is the town's only if it is short."""
    return (is_street or len(line) <= LONGEST_VALUE) and bool(_POSTCODE.search(in_small_letters(line)))


def _ends_the_head(line: str) -> bool:
    return heading(line) is not None and "contact" not in line.lower()


def _header(line: str, *, in_head: bool, has_postcode: bool = False) -> tuple[str, bool]:
    """Of a line near the top, the parts that are no street (with its town), age, gender or marital status; is there a street in it?

    A street without a postcode stands above the first section only.
    """
    may_be_a_street = in_head and bool(_IN_A_STREET.search(f" {in_small_letters(line)}"))
    left, in_address, has_street = [], False, False
    for part in _PARTS.split(line):
        small = in_small_letters(part)
        if (may_be_a_street and (_STREET.match(small) or _STREET_AS_A_NAME.match(part))) or (
            has_postcode and _STREET_ALONE.fullmatch(part)
        ):
            in_address = has_street = True
        elif in_address and (part in _ENDS_OF_AN_ADDRESS or any(map(is_role, words(part)))):
            in_address = False
        left.append(CUT if in_address or _STATUS.match(small) else part)
    if in_address and line.endswith("\n"):
        left.append("\n")
    return "".join(left), has_street
