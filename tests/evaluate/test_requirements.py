"""What a job asks for, item by item, and which line of a CV answers it; it is shown and counts nothing."""

from dataclasses import replace

import pytest

from cveval.domain.evaluations import Materials
from cveval_evaluate.local import assess, cv_feedback, prepare_job, rate_cv
from cveval_evaluate.local.answers import answered, gaps
from tests.quality.labelled import AS_OF, briefs, cvs, jobs, reports

POST = """Registered Nurse – Elderly Care

Rosewood House is a 48-bed nursing home on the edge of town. We have experience of 30 years.

Your responsibilities
- Carry out wound care, catheter care and PEG feeding
- Lead shifts and supervise healthcare assistants
- Work with the palliative care team on end-of-life care

What we look for
- Degree in nursing
- At least 2 years' experience on a geriatric ward
- Experience of caring for people with dementia
- Excellent communication skills and a caring nature
- Willing to work nights and weekends
- Knowledge of phlebotomy and cannulation is a plus
- The right to work in the UK

What we offer
- Paid training and development of your skills
We are an equal opportunity employer.
"""
NURSE = """Employment
Staff Nurse, Greenacre Care Home
March 2020 - present
- Wound care of some twenty people with pressure ulcers
- Mentored six assistants through a course on moving and handling
- Sat with families and the hospice nurses to write end-of-life plans
Staff Nurse, Geriatric Ward, Norfolk General Hospital
September 2017 - February 2020
- Cared for eight patients a day and kept their charts
- Link nurse for infection control: hand hygiene rose from 78 % to 96 %
- Wrote the rota of the ward and ordered stock every Thursday
Education
BSc (Hons) Adult Nursing, University of the East, 2014 - 2017
"""
TURNER = """Employment
CNC Turner, Halden Valves Ltd
2016 - present
- Set up lathes for valve seats and cut scrap from 4 % to 1 %
- Trained three apprentices on drawing, measuring and first aid
- Programmed two new machining centres together with their supplier from Austria
- Sharpened tools, cleaned coolant tanks and logged faults before each shift ended
Education
BEng Mechanical Engineering, University of the North, 2012 - 2016
"""


def quotes(post: str, cv: str) -> dict[str, str | None]:
    found = answered(rate_cv(cv, prepare_job(post), AS_OF))
    return {part.requirement: part.passage and part.passage.text for part in found}


def test_each_item_has_the_line_that_answers_it_best() -> None:
    assert quotes(POST, NURSE) == {
        "Carry out wound care, catheter care and PEG feeding": "Wound care of some twenty people with pressure ulcers",
        "Lead shifts and supervise healthcare assistants": None,
        "Work with the palliative care team on end-of-life care": "Sat with families and the hospice nurses to write end-of-life plans",
        "Degree in nursing": "BSc (Hons) Adult Nursing, University of the East, 2014 - 2017",
        "At least 2 years' experience on a geriatric ward": "Staff Nurse, Geriatric Ward, Norfolk General Hospital",
        "Experience of caring for people with dementia": None,
        "Knowledge of phlebotomy and cannulation is a plus": None,
    }


def test_a_cv_of_other_work_answers_nothing() -> None:
    assert {*quotes(POST, TURNER).values()} == {None}


@pytest.mark.parametrize(
    "line",
    [
        "- We offer a free lunch and skills for life",
        "What we offer: a salary with skills for life",
        "- Attention to detail and able to meet deadlines",
        "- An enhanced DBS check",
        "- Please send a letter about your experience with lathes",
        "\nAbout us\nMill Lane Ltd develops lathes.",
        "Do you know how to mend lathes?",
        "Requirements:",
    ],
)
def test_what_is_no_requirement_is_no_item(line: str) -> None:
    assert [
        item.text
        for item in prepare_job(f"Turner\nRequirements\n- Knowledge of lathes\n{line}\n").requirements.items
    ] == ["Knowledge of lathes"]


@pytest.mark.parametrize(
    "item",
    [
        "Experience of wound care",
        "Create reports",
        "Environmental engineering",
        "Data analytics",
        "Manage a team",
    ],
)
def test_work_that_is_called_like_a_soft_skill_is_an_item(item: str) -> None:
    assert [one.text for one in prepare_job(f"Turner\nRequirements\n- {item}\n").requirements.items] == [item]


def test_an_item_under_any_heading_but_what_is_offered_is_one() -> None:
    post = "Turner\nThe successful candidate will:\n- Set up lathes\nBenefits\n- A lathe of your own\n"
    assert [item.text for item in prepare_job(post).requirements.items] == ["Set up lathes"]


def test_at_most_so_many_items_are_shown() -> None:
    names = [
        first + second for first in "bdfgk" for second in ("amon", "elik", "irop", "osut", "ulav", "ymer")
    ]
    post = "Turner\nRequirements\n" + "".join(f"- Knowledge of {name}\n" for name in names)
    assert len(prepare_job(post).requirements.items) == 25


def test_a_degree_in_something_else_is_no_answer() -> None:
    post = "Nurse\nRequirements\n- {}\n"
    in_nursing, in_anything = "Degree in nursing or midwifery", "A degree"
    assert quotes(post.format(in_nursing), TURNER) == {in_nursing: None}
    assert quotes(post.format(in_anything), TURNER) == {
        in_anything: "BEng Mechanical Engineering, University of the North, 2012 - 2016"
    }


@pytest.mark.parametrize("item", ["A high degree of accuracy with lathes", "Knowledge of master lathes"])
def test_what_is_called_like_a_degree_is_none(item: str) -> None:
    [asked] = prepare_job(f"Turner\nRequirements\n- {item}\n").requirements.items
    assert not asked.is_degree


def test_what_somebody_was_answers_no_task() -> None:
    post = "Manager\nRequirements\n- {}\n"
    cv = "Employment\nShift Manager, Parcelway Logistics\n2016 - present\n- Mended a fleet of forty vans each winter by hand\n"
    task, experience = "Manage shifts of drivers", "Experience as a shift manager"
    assert quotes(post.format(task), cv) == {task: None}
    assert quotes(post.format(experience), cv) == {experience: "Shift Manager, Parcelway Logistics"}


def test_skills_are_answered_where_what_is_enough_for_each_is_named() -> None:
    item = "Relational databases and automated tests"
    post = f"Engineer\nRequirements\n- {item}\n"
    line = "Moved billing to Postgres for three countries"
    cv = f"Employment\nEngineer, Acme\n2016 - present\n- {line}\n"
    assert quotes(post, cv) == {item: None}
    assert quotes(post, cv + "- Covered the invoices of all three with pytest\n") == {item: line}


BOOKKEEPER = """Profile
Fresh graduate in finance looking for a first role with years ahead
Employment
Bookkeeper, Halden Valves Ltd
2012 - present
- Kept the ledgers of three sites with invoices, payments and bank statements
- Finished an extension of the office on time and under budget
"""


@pytest.mark.parametrize(
    ("item", "line"),
    [
        ("At least 5 years in a finance role", "Bookkeeper, Halden Valves Ltd"),
        ("Three or more years of keeping ledgers", "Bookkeeper, Halden Valves Ltd"),
        ("At least fifteen years in a finance role", None),
        ("5 years of experience with QuickBooks", None),
        ("Books for children of 3 to 5 years old", None),
    ],
)
def test_years_are_answered_by_those_that_bear_on_the_job(item: str, line: str | None) -> None:
    post = f"Bookkeeper\nRequirements\n- Keep ledgers, invoices and payments of several sites\n- {item}\n"
    assert quotes(post, BOOKKEEPER)[item] == line


def test_numbers_and_words_of_time_are_nothing_in_common() -> None:
    item = "Join one of six teams and dig wells in two weeks"
    cv = "Employment\nTurner, Halden Valves Ltd\n2016 - present\n- Cut scrap in two of six weeks by new lathes\n"
    assert quotes(f"Digger\nRequirements\n- {item}\n", cv) == {item: None}


@pytest.mark.parametrize(
    ("item", "line"),
    [
        ("HCPC registered paramedic (adults)", "Courses in driving, rescue, plaster casts, moving people, ladders, ropes and radio, HCPC registration current"),
        ("Administer tablets and syringes", "Helped with washing, feeding, laundry, outings, plaster casts, birthday cakes and the administration of syringes"),
    ],
)  # fmt: skip
def test_registered_is_who_has_a_registration(item: str, line: str) -> None:
    cv = f"Employment\nParamedic, Acme Hospital\n2016 - present\n- {line}\n"
    assert quotes(f"Paramedic\nRequirements\n- {item}\n", cv) == {item: line}


def test_one_skill_among_much_else_answers_nothing() -> None:
    item = (
        "Reconcile balance sheets, value the stock and prepare the budget together with the head of finance"
    )
    assert quotes(f"Accountant\nRequirements\n- {item}\n", BOOKKEEPER) == {item: None}
    assert quotes("Accountant\nRequirements\n- Preparing a budget\n", BOOKKEEPER) == {
        "Preparing a budget": "Finished an extension of the office on time and under budget"
    }


def test_what_was_done_at_work_goes_before_a_list() -> None:
    item = "Experience with Kafka or RabbitMQ"
    done = "Moved the nightly files of four hundred depots to events in RabbitMQ"
    cv = f"Skills\nKafka, RabbitMQ, Java\nEmployment\nEngineer, Acme\n2016 - present\n- {done}\n"
    assert quotes(f"Engineer\nRequirements\n- {item}\n", cv) == {item: done}


@pytest.mark.parametrize(
    ("item", "line"),
    [
        ("NMC registration", "NMC registration"),
        ("Clear written and spoken English", "English (native), Spanish (fluent)"),
        ("Degree in nursing", "BN Nursing Studies, University of the East, 2014"),
    ],
)
def test_what_says_no_more_than_is_asked_is_an_answer_in_a_cv(item: str, line: str) -> None:
    cv = f"Employment\nStaff Nurse, Acme Hospital\n2016 - present\n- Cared for eight patients a day\nEducation\n{line}\n"
    assert quotes(f"Nurse\nRequirements\n- Care of adults\n- {item}\n", cv)[item] == line


def test_a_gap_is_something_of_which_no_word_stands_in_the_cv() -> None:
    found = rate_cv(NURSE, prepare_job(POST), AS_OF)
    assert gaps(found) == []
    unfit = gaps(rate_cv(TURNER, prepare_job(POST), AS_OF))
    assert unfit[0] == "Carry out wound care, catheter care and PEG feeding"
    assert "caring for people with dementia" in unfit
    assert not [gap for gap in unfit if "phlebotomy" in gap or "Degree" in gap or "years" in gap]


def test_no_gap_is_what_a_kind_of_it_answers() -> None:
    job = prepare_job("Engineer\nRequirements\n- Relational databases\n- Steam turbines\n")
    cv = "Employment\nEngineer, Acme\n2016 - present\n- Moved billing to Postgres for three countries\n"
    assert gaps(rate_cv(cv, job, AS_OF)) == ["Steam turbines"]


def test_feedback_names_two_gaps_where_a_job_names_too_few_skills() -> None:
    text = cv_feedback(rate_cv(TURNER, prepare_job(POST), AS_OF))
    assert (
        "Not a word is said of “Carry out wound care, catheter care and PEG feeding” or “Work with the palliative care team on end-of-life care”."
    ) in text
    assert "Not a word" not in cv_feedback(rate_cv(NURSE, prepare_job(POST), AS_OF))
    with_skills = POST + "Requirements\n- Excel, PowerPoint and SQL\n"
    assert "Not a word" not in cv_feedback(rate_cv(TURNER, prepare_job(with_skills), AS_OF))


def test_the_result_has_them_beside_those_of_the_brief() -> None:
    report = reports()[0]
    materials = Materials(NURSE, report.text, POST, briefs()[report.brief], as_of=AS_OF)
    shown = assess(materials).details["job_requirements"]
    assert isinstance(shown, list)
    assert shown[0] == {
        "text": "Carry out wound care, catheter care and PEG feeding",
        "covered": True,
        "quote": "Wound care of some twenty people with pressure ulcers",
    }
    assert {
        "text": "Lead shifts and supervise healthcare assistants",
        "covered": False,
        "quote": None,
    } in shown
    long = replace(
        materials,
        job_description=f"Nurse\nRequirements\n- Knowledge of {'geriatric wards and ' * 20}dementia\n",
    )
    shown = assess(long).details["job_requirements"]
    assert isinstance(shown, list)
    assert len(shown[0]["text"]) <= 302
    assert shown[0]["text"].endswith(" …")


@pytest.mark.parametrize(
    ("post", "cv"),
    [
        ("Krankenpfleger\nDu bringst mit:\n- Erfahrung mit der Pflege von alten Menschen und der Versorgung von Wunden\n", NURSE),
        (POST, "Berufserfahrung\nKrankenpfleger, Haus am See\n2016 - 2020\n- Ich habe die Wunden von vielen alten Menschen versorgt und mit ihnen gelebt\n"),
    ],
    ids=["post", "cv"],
)  # fmt: skip
def test_nothing_is_shown_of_what_was_not_read(post: str, cv: str) -> None:
    found = rate_cv(cv, prepare_job(post), AS_OF)
    assert answered(found) == ()
    assert gaps(found) == []


def test_a_fitting_cv_answers_far_more_than_others() -> None:
    own, others = list[bool](), list[bool]()
    for occupation, post in jobs().items():
        job = prepare_job(post)
        for cv in cvs()[::3]:
            found = answered(rate_cv(cv.text, job, AS_OF))
            (own if cv.occupation == occupation else others).extend(
                part.passage is not None for part in found
            )
    assert sum(own) / len(own) > 0.25
    assert sum(others) / len(others) < 0.08
