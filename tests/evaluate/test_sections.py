"""Which lines open a section of a CV, and what a career is worth whatever its section is called."""

from datetime import date

import pytest

from cveval_evaluate.local.career import blocks
from cveval_evaluate.local.sections import heading

CAREER = [
    *(
        "Experience",
        "Experiences:",
        "WORK",
        "Work experience & internships",
        "Working experience",
        "Career",
        "Professional career",
    ),
    *(
        "Professional background",
        "RELEVANT WORK EXPERIENCE",
        "Clinical experience",
        "Nursing Experience",
        "Teaching experience",
    ),
    *(
        "Selected research experience",
        "Internship",
        "Internships",
        "Traineeships and voluntary service",
        "Previous jobs",
    ),
]


@pytest.mark.parametrize("line", CAREER)
def test_a_career_has_many_names_and_counts_below_education_under_each(line: str) -> None:
    assert heading(line) == "experience"
    cv = f"Ada Sample\n\nEducation\n2009 – 2012 Diploma in nursing\n\n{line}\nWard nurse, Vila Hospital\n2013 – 2019\nCared for twenty patients a day.\n"
    assert [block.spans for block in blocks(cv, date(2026, 1, 1)) if block.spans]


@pytest.mark.parametrize(
    "line",
    [
        *(
            "Head of User Experience",
            "Customer Experience",
            "UX / User Experience",
            "Director of Guest Experience",
        ),
        *(
            "Experience Designer",
            "Social Work",
            "Head of Social Work",
            "- Strong SQL experience",
            "Ten years of experience",
        ),
        *("Marketing Internship", "Works council", "I have clinical experience."),
    ],
)
def test_what_somebody_is_or_has_opens_no_section(line: str) -> None:
    assert heading(line) is None


def test_voluntary_work_is_no_career() -> None:
    assert heading("Volunteer experience") == heading("Volunteer work") == "other"
