"""The names of WordprocessingML and of what it embeds, as short as people write them."""

from functools import lru_cache

_WORD = (
    "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}",
    "{http://purl.oclc.org/ooxml/wordprocessingml/main}",  # "strict" documents
)
_WORD_2010 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_PREFIXES = {
    **dict.fromkeys(_WORD, "w"),
    _WORD_2010: "w14",
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}": "mc",
    "{http://schemas.openxmlformats.org/drawingml/2006/main}": "a",
    "{http://purl.oclc.org/ooxml/drawingml/main}": "a",
    "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}": "wp",
    "{http://purl.oclc.org/ooxml/drawingml/wordprocessingDrawing}": "wp",
    "{urn:schemas-microsoft-com:vml}": "v",
}


@lru_cache(2_000)
def short(tag: str) -> str:
    """`w:t` for a tag of either Word namespace, `mc:Fallback` likewise, "" for what is of no known one."""
    namespace, brace, name = tag.partition("}")
    prefix = _PREFIXES.get(namespace + brace)
    return f"{prefix}:{name}" if prefix else ""


def value(attributes: dict[str, str], name: str = "val") -> str | None:
    return next((attributes[word + name] for word in (*_WORD, _WORD_2010) if word + name in attributes), None)


def number(written: str | None) -> int | None:
    """A whole number of at most nine digits, perhaps in percent; None for anything else."""
    digits = (written or "").removesuffix("%")
    amount = digits.removeprefix("-")
    return int(digits) if amount.isascii() and amount.isdecimal() and len(amount) < 10 else None


def is_on(attributes: dict[str, str]) -> bool:
    """A toggle such as w:vanish: on unless it says otherwise."""
    return value(attributes) not in {"0", "false", "off"}
