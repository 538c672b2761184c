"""Sections of a CV, by their headings."""

import re

_HEADINGS = {
    "education": r"education|academic\w*|studies|qualifications and education|training|certifications?|certificates|courses",
    "experience": r"(?:work |professional |employment |relevant )?experience|employment(?: history)?|work history|career(?: history)?",
    "skills": r"(?:technical |core |key )?skills(?: and \w+)?|technologies|competenc\w+|tools",
    "other": r"summary|profile|about(?: me)?|projects?|publications?|languages?|interests|hobbies|references|volunteer\w*|awards?|contact",
}
_HEADING = re.compile(
    r"^\W*(?:" + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _HEADINGS.items()) + r")\W*$",
    re.IGNORECASE,
)
LONGEST_HEADING = 45


def sections(lines: list[str]) -> list[str]:
    """The section of each line: `education`, `experience`, `skills`, `other`, or `` before the first heading."""
    current, found = "", []
    for line in lines:
        heading = _HEADING.match(line.strip()) if 0 < len(line.strip()) <= LONGEST_HEADING else None
        if heading is not None:
            current = next(name for name, text in heading.groupdict().items() if text)
        found.append(current)
    return found
