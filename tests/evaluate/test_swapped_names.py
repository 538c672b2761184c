"""However a name is written, wherever it stands, and whatever else is told of a person: somebody else gets the same numbers, in every sample."""

import re
from datetime import date

import pytest

from cveval.domain.evaluations import compute_match_rate
from cveval_evaluate.local import prepare_job, rate_cv
from tests.quality.labelled import Cv, cvs, jobs
from tests.quality.swapping import as_somebody_else

NAMES = [
    ("Emily", "Walsh"),
    ("Ruby", "Lane"),
    ("Grace", "Banks"),
    ("Julia", "Page"),
    ("Chase", "Powers"),
    ("Paul", "Case"),
    ("Anne-Marie", "O'Neill-Stone"),
    ("Siddhartha", "Venkataraman"),
]
SCRIPTS = ["山田太郎", "김민준", "Анна Каренская", "Ελένη Παππά", "محمد الأحمد"]
LATIN_FORMS = {
    "plain": "{given} {family}",
    "in capitals": "{GIVEN} {FAMILY}",
    "letters apart": "{spaced}",
    "family name first": "{family}, {given}",
    "family name first, in capitals": "{FAMILY}, {given}",
    "with titles": "Dr. {given} {family}, MSc",
    "with degrees": "{given} {family} MSc PhD",
    "labelled": "Name: {given} {family}",
    "in a title": "Curriculum vitae of {given} {family}",
    "before a title": "{given} {family} – Curriculum Vitae",
    "below a place": "Leeds, UK\n{given} {family}",
    "below a role": "Senior Specialist\n{given} {family}",
    "below a side bar": "CONTACT\nLeeds, UK\nSKILLS\nWord\nExcel\nTyping\nLANGUAGES\nEnglish\nGerman\nDutch\n\n{given} {family}\nSpecialist",
    "in two lines": "{given}\n{family}\nSpecialist",
    "in two lines, with an address": "{given}\n{family}\nSpecialist\n{given}.{family}@example.com",
    "labelled in a table": "Name\t{given} {family}",
    "labelled in a table, in parts": "First name\t{given}\nLast name\t{family}",
    "labelled in a line above": "First name\n{given}\nSurname\n{family}",
    "below a heading": "PERSONAL DETAILS\n{given} {family}",
    "in small letters": "{small}\nspecialist",
    "in a line with a role": "{given} {family}, specialist, Leeds",
    "before a role": "{given} {family} Senior Specialist",
    "in a sentence": "{given} {family} is a specialist from Leeds who likes the sea.",
    "introduced": "My name is {given} {family} and I like the sea.",
    "told of by the family name": "{given} {family}\n\n{family} led a team of 12 in Python.",
    "with more about a person": "{given} {family} | Leeds | Age 44 | she/her | Married, two children | Nationality: British",
}
LINES_OF_A_HEAD = 3
EVERY = 3
"""CV in one form, the next in another: all samples in seven forms each."""
_MAIL = re.compile(r"\S+@\S+")


def written(form: str, given: str, family: str) -> str:
    return form.format(
        given=given,
        family=family,
        GIVEN=given.upper(),
        FAMILY=family.upper(),
        small=f"{given} {family}".lower(),
        spaced="   ".join(" ".join(name.upper()) for name in (given, family)),
    )


def numbers(text: str, job: str) -> tuple[object, ...]:
    found = rate_cv(text, prepare_job(job), date(2026, 11, 25))
    return compute_match_rate(found.ratings), found.match.similarity, found.match.shown, found.match.listed


WANTED = (
    "Specialist\nYou must have experience with Ruby, Julia, lanes, banks, pages, cases, power and the chase for grace.\n"
    "Required: knowledge of Python, SQL, Azure, C#, design, security and research.\n"
)


@pytest.mark.slow
@pytest.mark.parametrize("kind", LATIN_FORMS)
def test_another_name_in_the_same_form_changes_no_number(kind: str) -> None:
    form, first = LATIN_FORMS[kind], [*LATIN_FORMS].index(kind) % EVERY
    for number, cv in enumerate(cvs()[first::EVERY]):
        names = (NAMES[number % len(NAMES)], NAMES[(number * 3 + 1) % len(NAMES)])
        for job in (WANTED, jobs()[cv.occupation or "backend_engineer"]):
            found = {numbers(f"{written(form, *name)}\n\n{body(cv)}", job): name for name in names}
            assert len(found) == 1, (cv.name, found)


def body(cv: Cv) -> str:
    """A sample without its head and without its address."""
    text = _MAIL.sub("", as_somebody_else(cv, ("Xanthippe", "Quillfeather")))
    lines = text.replace("Xanthippe", "The candidate").replace("Quillfeather", "").splitlines(keepends=True)
    return "".join(lines[LINES_OF_A_HEAD:])


@pytest.mark.slow
@pytest.mark.parametrize("name", SCRIPTS)
def test_a_name_in_another_script_changes_no_number(name: str) -> None:
    for cv in cvs()[SCRIPTS.index(name) :: len(SCRIPTS)]:
        rest = body(cv)
        assert numbers(f"{name}\n\n{rest}", WANTED) == numbers(f"Emily Walsh\n\n{rest}", WANTED)


PERSONAL = [
    # a form, and two values of it
    *(
        (form, "1971-03-12", "1996-10-02")
        for form in (
            "Birthdate: {}",
            "Birth: {}",
            "Birth {}",
            "Date of birth: {}",
            "Date of birth\t{}",
            "Date of birth\n{}",
            "Date of birth\n\n{}",
            "Born {}",
            "DOB {}",
            "Of the year {}",  # no label, and no range either
        )
    ),
    ("Date of birth\n{}", "12 March 1971", "2 October 1996"),
    ("geb. {}", "12.3.1971", "2.10.1996"),
    ("Year of birth: {}", "1971", "1996"),
    ("I'm {}.", "54", "29"),
    ("I am {} years of age.", "54", "29"),
    ("{}", "54 Jahre alt, verheiratet", "29 Jahre alt, ledig"),
    *((form, "German", "Swift") for form in ("Nationality: {}", "Nationality\t{}", "Nationality\n{}")),
    ("Nationality\nGender\n{}", "German\nFemale", "Ruritanian\nMale"),
    ("Nationality\t{}\tPhone\t5", "German", "Ruritanian"),
    ("Gender\t{}", "Female", "Male"),
    ("Gender identity: {}", "female", "a man"),
    ("Sexo: {}", "Femenino", "Masculino"),
    ("Marital status\t{}", "Married", "Single"),
    *((form, "9876543210", "5551234567") for form in ("Phone\t{}", "{}", "Leeds | {}")),
    ("{}", "98765 43210", "88765 43211"),
    ("Native of {}", "Spain", "Sri Lanka"),
    ("Citizen of {}", "the Netherlands", "Azure"),
    ("{} citizen", "EU", "Dutch"),
    ("I am a {} citizen.", "U.S.", "Canadian"),
    ("Born in {}", "Seattle, United States", "Lagos"),
    ("Of {} descent", "Turkish", "Swift"),
    ("{} by birth", "Ghanaian", "Azure"),
    ("Originally from {}", "Lagos, Nigeria", "Security Bay"),
    ("Father's name: {}", "Paul Azure", "Mohan Kumar"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("form", "one", "other"), PERSONAL)
def test_another_age_origin_gender_or_number_changes_no_number(form: str, one: str, other: str) -> None:
    first = PERSONAL.index((form, one, other)) % EVERY
    for cv in cvs()[first::EVERY]:
        for job in (WANTED, jobs()[cv.occupation or "backend_engineer"]):
            for place in ("Emily Walsh\n{}\n\n" + body(cv), f"Emily Walsh\n\n{body(cv)}\n\n{{}}\n"):
                found = [numbers(place.replace("{}", form.format(value)), job) for value in (one, other)]
                assert found[0] == found[1], cv.name


@pytest.mark.slow
@pytest.mark.parametrize("between", [", ", "\n"])
def test_another_address_below_the_name_changes_no_number(between: str) -> None:
    addresses = [f"14 Hill Road{between}Lagos 100001", f"2 Rose Lane{between}Security Bay LS1 4AB"]
    for cv in cvs()[::EVERY]:
        for job in (WANTED, jobs()[cv.occupation or "backend_engineer"]):
            found = [numbers(f"Emily Walsh\n{address}\n\n{body(cv)}", job) for address in addresses]
            assert found[0] == found[1], cv.name
