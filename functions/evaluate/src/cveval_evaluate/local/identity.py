"""Who somebody is must not change a score: what only identifies is cut out before anything is rated or quoted."""

import re

from cveval_evaluate.local.mentions import without_mentions
from cveval_evaluate.local.names import FARTHEST, TOP, names_on
from cveval_evaluate.local.text import CUT, in_small_letters

_MAIL = re.compile(r"[^\s@<>()\[\]|,;:]{1,64}@[^\s@<>()\[\]|,;]{1,255}")
_ADDRESS_ON_THE_WEB = re.compile(
    r"\bhttps?://\S+|\bwww\.\S+|\b(?:[\w-]{1,63}\.){1,4}(?:com|org|net|io|dev|me|edu|example|info|eu|uk|de|id|in)/\S+|"
    r"\b(?:linkedin|github|gitlab|twitter|xing|behance)\.com\S*|\b(?-i:(?:[a-z0-9-]{2,63}\.){1,3}(?:com|org|example|me|dev|info|eu|uk|de))\b",
    re.IGNORECASE,
)
_ON_THE_WEB = re.compile(r"://|w\.|W\.|\.(?:com|org|net|io|dev|me|edu|example|info|eu|uk|de|id|in)\b")
"""Looked for first, since the search for a whole address is slow."""
_PHONE = re.compile(
    r"[+(\d](?<![\w.,].)(?:(?:(?<=\+)|(?<=0)0)\d[\d ()./-]{6,20}\d|(?<=\()\d{2,5}\)\s?\d{3,4}[ -]?\d{3,4}|"
    r"(?<=\d)\d{2}[-. ]\d{3}[-. ]\d{3,4}|(?<=0)\d{2,4}[ /-]\d{3,4}[ -]?\d{3,4})(?!\w)"
)
"""Begins with its first character, which is quickly found; what it is and what stands before it is looked at then."""
_LABELLED = re.compile(
    r"^\W*(?:name|(?:full|first|last|given|family|middle|maiden|candidate|applicant)[ ']?s? ?name|surname|e-?mail|phone|mobile|cell|"
    r"tel(?:ephone)?|fax|contact|(?:home |postal |current )?address|date of birth|d\.?o\.?b\.?|born|birthday|birth date|age|gender|sex|"
    r"nationality|citizenship|ethnicity|race|marital status|civil status|family status|children|religion|photo(?:graph)?|picture|"
    r"place of birth|pronouns?|passport(?: no\.?| number)?|visa(?: status)?|work permit|right to work|height|weight|disability|"
    r"military service|geburtsdatum|geburtsort|geboren|nationalität|staatsangehörigkeit|familienstand|anschrift|adresse|telefon|"
    r"geschlecht|konfession|date de naissance|nationalité|état civil|âge|sexe|fecha de nacimiento|nacionalidad|estado civil|edad|"
    r"dirección|teléfono|data di nascita|nazionalità|indirizzo|data de nascimento|nacionalidade|geboortedatum|nationaliteit|"
    r"jenis kelamin|agama|umur|usia|alamat|kewarganegaraan|tempat[, /]{1,3}tanggal lahir|tanggal lahir|status perkawinan|no\.? ?hp)"
    r"\b(?:\W{0,3}[:：–-](?!\w)|\s{2,}\S)"
)
"""This and what may stand in a header are searched in lower case, which is much faster than without regard to case."""
_STREET = re.compile(
    r"^.{0,40}(?:\d{1,5}[a-z]?[ ,]+(?:[^\W\d_][\w'’.-]*[ ]){0,4}?(?:street|st|road|rd|avenue|ave|lane|ln|drive|boulevard|blvd|terrace|"
    r"close|court|crescent|place|square|row|way|mews|hill|gardens)\b|\b(?:flat|apt|apartment|suite|unit|p\.?o\.? box)\.? \w{1,5}\b|"
    r"\w{2,30}(?:str\.|straße|strasse|gasse|weg|straat|laan) \d{1,4}|\b(?:rue|calle|via|avenida|jalan|jl\.?) \w+)"
)
_IN_A_STREET = re.compile(r"\d|\b(?:flat|apt|apartment|suite|unit|box|rue|calle|via|avenida|jalan|jl)\b")
"""Looked for first, since the search for a whole street is slow."""
_CHILDREN = r"(?:no|a|\d|one|two|three|four|five) (?:child(?:ren)?|kids?|sons?|daughters?)"
_PERSONAL = tuple(
    # statements within a sentence or a line, each with what must be in the text for it to be worth a search
    (hints, re.compile(pattern, flags))
    for hints, pattern, flags in [
        (
            ("year old", "years old", "year-old", "years-old", "yrs old", "yrs-old"),
            r"\b\d{2}[ -](?:years?|yrs)[ -]old\b",
            re.IGNORECASE,
        ),
        (
            (" age ", "(age ", "\nage ", "aged ", "age: "),
            r"\b(?<![-–])age(?:d|:)? \d{2}\b(?![-–%])",
            re.IGNORECASE,
        ),
        (
            ("born", "geboren", " né", "\nné", "lahir"),
            r"\b(?:born|geboren|née?|lahir)\b(?:,? (?:on|in|am|le|at))? [^.;|\n]{0,40}?(?:19|20)\d\d(?:,? (?:in|at) (?-i:[A-Z])[\w'’-]+)?",
            re.IGNORECASE,
        ),
        (
            ("birth", "dob", "d.o.b"),
            r"\b(?:date of birth|d\.?o\.?b\b\.?):? (?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|[^;|•\n]{0,20}?(?:19|20)\d\d)",
            re.IGNORECASE,
        ),
        (
            ("/her", "/ her", "/him", "/ him", "/his", "/them", "/ them", "/their"),
            r"\b(?:she|he|they)\s?/\s?(?:hers?|him|his|them|theirs?)(?:\s?/\s?\w{2,6})?\b",
            re.IGNORECASE,
        ),
        (
            (" national", "nationality", "citizen", "passport"),
            (
                r"\b[A-Z][a-z]{2,14}(?:ese|ish|an|ch|i|ic|ss) (?:national|citizen|nationality|citizenship|passport)\b|"
                r"\b(?:national|citizen) of [A-Z]\w+|\b(?:[Nn]ationality|NATIONALITY|[Cc]itizenship):? [A-Z][\w-]+"
            ),
            re.NOFLAG,
        ),
        (
            ("gender", "religion", "marital", "pronouns"),
            r"\b(?:gender|religion|marital status|pronouns): [^;|•,.\n]{1,30}",
            re.IGNORECASE,
        ),
        (
            ("permit", "visa "),
            (
                r"\b(?:holds? |with |valid |an? |(?-i:UK|US|EU) |unrestricted ){0,3}(?:work(?:ing)? (?:permit|visa)|residence permit|visa (?:status|holder|"
                r"sponsorship|required|not required))\b(?:(?::| until| valid| holder| (?:not )?(?:required|needed))[^;|•,.\n]{0,24})?"
            ),
            re.IGNORECASE,
        ),
        (
            ("child", " kids", " sons", "daughter", "father of", "mother of", "parent of"),
            (
                rf"\b(?:(?:married|divorced|widowed|single)(?: with| and)?,? )?{_CHILDREN}\b(?=\W*$|[,;|])|"
                r"\b(?:father|mother|parent) of (?:an?|\d|one|two|three|four|five)\b"
            ),
            re.IGNORECASE | re.MULTILINE,
        ),
    ]
)
_STATUS = re.compile(
    r"^\W*(?:male|female|man|woman|m|f|non-?binary|transgender|married|single|divorced|widowed|"
    r"(?:[a-z]{2,9} )?(?:work permit|visa)|\d{2})\W*$"
)
_PARTS = re.compile(r"([|·•;,]|(?<!\d)/|/(?!\d))")
"""Not at the slash of a date: its month would be taken for an age."""
LONGEST_HEADER = 120


def without_identity(cv: str) -> str:
    """The CV with its name, contact data and personal lines cut out; everything else as it was."""
    mail = _MAIL.search(cv) if "@" in cv else None
    lines = cv.splitlines(keepends=True)
    top = [number for number, line in enumerate(lines) if not line.isspace()][:FARTHEST]
    found = names_on([lines[number] for number in top], mail[0].partition("@")[0] if mail else "")
    for place, name in found:
        lines[top[place]] = lines[top[place]].replace(name.written, CUT, 1)
    text = "".join(map(_without_contact, lines))
    text = _without_statements(_PHONE.sub(CUT, text))
    text = _without_status(text)
    for _, name in found:
        text = without_mentions(text, name)
    return text


def _without_contact(line: str) -> str:
    if _LABELLED.match(in_small_letters(line)):
        return CUT + "\n"
    if "@" in line:
        line = _MAIL.sub(CUT, line)
    return _ADDRESS_ON_THE_WEB.sub(CUT, line) if _ON_THE_WEB.search(line) else line


def _without_statements(text: str) -> str:
    lower = text.lower()
    for hints, pattern in _PERSONAL:
        if any(map(lower.__contains__, hints)):
            text = pattern.sub(CUT, text)
    return text


def _without_status(text: str) -> str:
    """Streets, age, gender and marital status stand near the top, in parts of a line."""
    lines = text.splitlines(keepends=True)
    near = [number for number, line in enumerate(lines) if not line.isspace()][:TOP]
    for number in near:
        if len(lines[number]) <= LONGEST_HEADER:
            lines[number] = _header(lines[number])
    return "".join(lines)


def _header(line: str) -> str:
    """Of a line near the top, the parts that are no street, age, gender or marital status."""
    is_personal = _is_status_or_street if _IN_A_STREET.search(in_small_letters(line)) else _is_status
    return "".join(CUT if is_personal(in_small_letters(part)) else part for part in _PARTS.split(line))


def _is_status(part: str) -> bool:
    return bool(_STATUS.match(part))


def _is_status_or_street(part: str) -> bool:
    return bool(_STATUS.match(part) or _STREET.match(part))
