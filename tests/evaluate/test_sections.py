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
    *("ACADEMIC POSITIONS", "Academic Appointments", "Academic career", "Academic experience"),
    *("Academic posts", "Academic employment history", "Research positions", "Teaching appointments"),
    *("Positions and honours", "Education and work experience", "Qualifications & experience"),
    *("Training and employment", "Clinical placements", "Academic and professional experience"),
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
            "Academic background",
            "Academic qualifications",
            "Academic record",
            "Academic studies",
            "Academics",
        ),
        *("Education & training", "Qualifications and training", "Professional qualifications"),
        *("Professional training", "Training", "Training and development", "Academic training"),
    ],
)
def test_what_was_learnt_stays_education_whatever_stands_beside_it(line: str) -> None:
    assert heading(line) == "education"


def test_a_career_at_universities_counts_and_courses_that_were_taught_are_no_positions() -> None:
    cv = (
        "Ada Sample\n\nACADEMIC APPOINTMENTS\n2020 – present Professor, University of Nowhere\nLed a group of seven.\n"
        "2014 – 2020 Lecturer, University of Elsewhere\nTaught databases to 200 students a year.\n\n"
        "TEACHING\nDatabases, 2010 – 2013\n\nACADEMIC BACKGROUND\n2008 – 2013 PhD in Computer Science\n"
    )
    career = [block for block in blocks(cv, date(2026, 1, 1)) if block.spans]
    assert [block.head[0].text for block in career] == [
        "2020 – present Professor, University of Nowhere",
        "2014 – 2020 Lecturer, University of Elsewhere",
    ]


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
