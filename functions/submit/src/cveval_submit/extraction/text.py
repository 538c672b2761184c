"""Text as everything after extraction may expect it: NFKC, LF, no character that nobody can see."""

import re
import unicodedata

from cveval.domain.errors import UnreadableDocument

MAX_CHARACTERS = 400_000

_NEWLINE = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Controls, lone surrogates and Unicode's Default_Ignorable_Code_Point: zero-width, bidi, fillers, variation selectors, tags.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# These can spell whole sentences that only a machine reads; the other unseen characters are everyday typography.
_SMUGGLING = re.compile("[\U000e0000-\U000e0fff]")
_LETTERS = re.compile(r"[^\W\d_]+")
# A soft hyphen at a line's end is one that is seen: the word goes on.
_SOFT_BREAK = re.compile("\u00ad[^\\S\n]*\n[^\\S\n]*")
# Here and below, a run is tried from its beginning only: else a long one would take time that grows with its square.
_HYPHEN_BREAK = re.compile(r"(?<![^\W\d_])([^\W\d_]++)[-\u2010]\n[^\S\n]*([^\W\d_]+)(\S*)[^\S\n]*\n?")
# Symbol fonts put their bullets here.
_SYMBOL_BULLET = re.compile(r"^[^\S\n]*[\uf020-\uf0ff][^\S\n]*(?=\w)", re.MULTILINE)
_TRAILING_SPACE = re.compile(r"(?<![^\S\n])[^\S\n]++$", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n{4,}")


def clean(text: str) -> tuple[str, frozenset[str]]:
    """The cleaned text (may be empty) and the warnings that it earned.

    Raises:
        UnreadableDocument: more than MAX_CHARACTERS remain.
    """
    warnings = frozenset({"hidden_text:tag_characters"} if _SMUGGLING.search(text) else ())
    text = _SYMBOL_BULLET.sub("• ", _SOFT_BREAK.sub("", _NEWLINE.sub("\n", text)))
    # Twice, since NFKC makes unseen characters of others (U+FFA0 → U+1160), and some stand between what it would compose.
    text = _UNSEEN.sub("", unicodedata.normalize("NFKC", _UNSEEN.sub("", text)))
    text = _rejoined(text)
    text = _BLANK_LINES.sub("\n\n\n", _TRAILING_SPACE.sub("", text)).strip("\n")
    if len(text) > MAX_CHARACTERS:
        raise UnreadableDocument(
            f"holds {len(text):,} characters of text; at most {MAX_CHARACTERS:,} are read: shorten it"
        )
    return text, warnings


def _rejoined(text: str) -> str:
    """Words that a hyphen parts at a line's end, made whole where the document has the whole word elsewhere."""
    words = {word.lower() for word in _LETTERS.findall(text)}

    def rejoin(match: re.Match[str]) -> str:
        first, second, rest = match.groups()
        is_known = second[0].islower() and (first + second).lower() in words
        return f"{first}{second}{rest}\n" if is_known else match[0]

    return _HYPHEN_BREAK.sub(rejoin, text)
