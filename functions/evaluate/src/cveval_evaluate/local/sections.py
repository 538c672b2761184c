"""Sections of a CV, by their headings."""

import re

_HELD = r"(?:positions|appointments|posts|employment)"
_CAREER = rf"(?:{_HELD}|career|experiences?)"
"""Beside a word of studies these make a career of it: "Academic Appointments", "Education and work experience"."""
_LEARNT = r"(?:education|qualifications|training)"
_HEADINGS = {
    "education": rf"(?:further |formal )?education(?: (?:and|&) (?!{_CAREER})\w+)?|academic\w*(?: (?!{_CAREER})\w+)?|studies|"
    r"(?:professional |formal )?qualifications(?: (?:and|&) (?!experience)\w+)?|(?:professional |further )training|"
    rf"training(?: (?!\w+ {_CAREER})\w+ \w+)?|certifications?(?: and \w+)?|certificates|courses(?: \w+ \w+)?|"
    r"ausbildung|studium|formation|études|educación|formación|formazione|istruzione|formação|educação|opleiding(?:en)?|pendidikan|eğitim",
    "experience": r"(?:work |professional |employment |relevant |other |industry )?experiences?(?: (?:and|&) [a-z]+)?|employment(?: history| record)?|"
    r"(?:professional |previous |past |paid |relevant )?work(?: history| (?:and|&) [a-z]+)?|(?:professional |my |military )?career(?: history| summary| path)?|"
    r"(?:professional|work|employment|career) (?:background|history)|positions(?: held)?|posts held|appointments|(?:previous |past )?jobs|"
    rf"(?:academic|research|teaching|university|faculty|clinical|professional|previous|past) {_HELD}(?: held| history)?|"
    rf"(?:positions|appointments|employment) (?:and|&) (?:{_HELD}|honou?rs)|(?:academic|research|teaching) career|"
    rf"(?:{_LEARNT} (?:and|&) )+(?:work |professional )?(?:experience|employment)|"
    r"(?:clinical |work |industrial )?(?:internship|placement|traineeship|apprenticeship)s?(?: (?:and|&) [a-z]+(?: [a-z]+)?)?|"
    r"berufserfahrung|expériences?(?: professionnelles?)?|experiencia(?: (?:laboral|profesional))?|esperienza(?: \w+)?|"
    r"experiência(?: profissional)?|werkervaring|pengalaman(?: kerja)?|iş deneyimi",
    "skills": r"(?:technical |core |key |other )?skills(?:(?: and| &) \w+)?|technologies|(?:core )?competenc\w+|tools(?: \w+ \w+)?|"
    r"toolbox|stack|software|kenntnisse|compétences|habilidades|competenze|competências|vaardigheden|keahlian|keterampilan",
    "other": r"(?:professional |personal |executive )?(?:summary|profile|statement)|about(?: me)?|objective|projects?|(?:selected )?publications?|(?:invited )?talks|teaching|"
    r"languages?|interests|hobbies|references|referees|volunteer\w*(?: \w+)?|awards?|contact|patents|memberships?|"
    r"profil|sprachen|interessen|langues|idiomas|lingue|intérêts",
}
_HEADING = re.compile(
    r"^\W*(?:" + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _HEADINGS.items()) + r")\W*$"
)
"""In lower case, which is matched much faster than without regard to case."""
_OF_A_KIND = re.compile(
    r"(?!.*\b(?:of|volunteer|voluntary|user|customer|client|guest|player|patient|employee|candidate|member|developer|digital|visitor|brand)\b)"
    r"(?:[a-z][a-z/-]* ){1,3}experiences?(?: (?:and|&) [a-z]+(?: [a-z]+)?)?\W*$"
)
"""Of nursing, of teaching, of research, … Not "Head of User Experience", which is what somebody is, nor a bullet that names what somebody has."""
_PLAIN = re.compile(r"[^\d,.;@()]+$")
LONGEST_HEADING = 45


def heading(line: str) -> str | None:
    """The section that a line opens; None when it is no heading."""
    line = line.strip()
    if not 0 < len(line) <= LONGEST_HEADING:
        return None
    if not _PLAIN.match(line):
        return None
    lower = line.lower()
    found = _HEADING.match(lower)
    if found:
        return found.lastgroup
    return "experience" if "experience" in lower and _OF_A_KIND.match(lower) else None
