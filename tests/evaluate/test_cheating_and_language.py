"""Pasted texts, lists, other languages, and texts with hardly anything in them: a warning, and no wrong number."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from math import sqrt

import pytest

from cveval.domain.evaluations import Assessment, Materials, Parameter, compute_match_rate
from cveval_evaluate.local import CvFindings, assess, prepare_job, rate_cv
from cveval_evaluate.local.copying import LONGEST_OF_A_BRIEF, LONGEST_OF_A_JOB, source_of, without_copied
from cveval_evaluate.local.function_words import STOPWORDS
from cveval_evaluate.local.text import CUT
from tests.quality.cheating import ALTERED_PASTES, CUES_IN_A_REPORT, DISORDERED_PASTES, Cheat
from tests.quality.labelled import briefs, cvs, jobs, reports

JOB = next(iter(jobs().values()))
BRIEF = briefs()["backend_evaluation_service"]
REPORT = next(r for r in reports() if r.brief == "backend_evaluation_service" and r.grade == "strong").text
GIVEN = Materials(cvs()[0].text, REPORT, JOB, BRIEF, as_of=date(2026, 11, 25))


def codes(assessment: Assessment) -> list[str]:
    return [": ".join(warning.split(": ")[:2]) for warning in assessment.warnings]


def covered(assessment: Assessment) -> list[bool]:
    requirements = assessment.details["requirements"]
    assert isinstance(requirements, list)
    return [part["covered"] for part in requirements]


def rated(cv: str, job: str = JOB) -> CvFindings:
    return rate_cv(cv, prepare_job(job), date(2026, 11, 25))


def scores(assessment: Assessment) -> dict[Parameter, int]:
    return {rating.parameter: rating.score for rating in assessment.ratings}


# -- copies ----------------------------------------------------------------------------------------------------------


def test_a_pasted_job_description_is_reported_and_does_not_count() -> None:
    honest, pasted = assess(GIVEN), assess(replace(GIVEN, cv=f"{GIVEN.cv}\n\n{JOB}"))
    assert codes(honest) == []
    assert codes(pasted) == ["cv: jd_text_copied"]
    assert scores(pasted) == scores(honest)


def test_a_quote_is_never_what_was_copied() -> None:
    quoted = [q.text for r in rated(JOB).ratings for q in r.quotes]
    assert [text for text in quoted if len(text.split()) >= 6] == []


def test_an_honest_line_beside_what_was_pasted_word_for_word_stays() -> None:
    source = words_like("b", 60)
    honest = f"Drew screens with the {source[3]} and {source[1]}"
    original = without_copied(
        f"{honest}\n{' '.join(source)}", source_of(" ".join(source), LONGEST_OF_A_JOB, 1.0)
    )
    assert (original.text, original.copied_words) == (f"{honest}\n{CUT}", 60)


def test_what_is_altered_between_runs_that_are_word_for_word_is_cut_with_them() -> None:
    source = words_like("b", 200)
    mixed = [*source]
    for start in range(6, 200, 14):
        mixed[start : start + 8 : 2], mixed[start + 1 : start + 8 : 2] = (
            mixed[start + 1 : start + 8 : 2],
            mixed[start : start + 8 : 2],
        )
    assert (
        without_copied(" ".join(mixed), source_of(" ".join(source), LONGEST_OF_A_JOB, 1.0)).copied_words > 190
    )


LETTERS = [f"word{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]


@pytest.mark.parametrize(
    ("words", "longest", "copied"),
    [
        (17, LONGEST_OF_A_BRIEF, 0),
        (18, LONGEST_OF_A_BRIEF, 18),
        (11, LONGEST_OF_A_JOB, 0),
        (12, LONGEST_OF_A_JOB, 12),
    ],
)
def test_so_many_words_in_a_row_are_a_copy(words: int, longest: int, copied: int) -> None:
    source = source_of(" ".join(LETTERS), longest, 1.0)
    original = without_copied(f"Mine before. {' '.join(LETTERS[:words])} Mine after.", source)
    assert original.copied_words == copied
    assert (original.text == f"Mine before. {CUT} Mine after.") == bool(copied)


def test_three_runs_of_six_words_that_stand_apart_are_a_copy_and_two_are_none() -> None:
    runs = [" ".join(LETTERS[start : start + 6]) for start in (0, 8, 16)]
    source = source_of(" ".join(LETTERS), LONGEST_OF_A_JOB, 1.0)
    assert without_copied(" mine ".join(runs), source).copied_words == 18
    assert without_copied(" mine ".join(runs[:2]), source).copied_words == 0


@pytest.mark.parametrize("alter", [cheat for cheat in ALTERED_PASTES if "shuffled" not in cheat.__name__])
def test_a_pasted_text_is_recognised_though_words_are_changed_put_in_or_swapped(alter: Cheat) -> None:
    cv = rated(alter(GIVEN.cv, JOB))
    assert cv.original.copied_words > 0.9 * len(JOB.split())
    # Lower where a line of the CV's own was cut with it.
    assert all(r.score <= given.score for r, given in zip(cv.ratings, rated(GIVEN.cv).ratings, strict=True))
    assert codes(assess(replace(GIVEN, project=alter("", BRIEF))))[0] == "project: brief_text_copied"


@pytest.mark.parametrize(("words", "copied"), [(39, 0), (40, 40)])
def test_forty_words_in_the_company_of_the_source_make_an_altered_copy(words: int, copied: int) -> None:
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    source = [f"word{first}{second}k" for first in "xy" for second in alphabet]
    swapped = [source[n + 1 if n % 2 == 0 else n - 1] for n in range(words - words % 2)] + source[
        words - words % 2 : words
    ]
    original = without_copied(
        f"Mine before. {' '.join(swapped)} Mine.", source_of(" ".join(source), LONGEST_OF_A_JOB, 1.0)
    )
    assert original.copied_words == copied


@pytest.mark.parametrize("disorder", DISORDERED_PASTES)
def test_a_pasted_text_is_recognised_though_nothing_of_its_order_is_left(disorder: Cheat) -> None:
    wrong = next(cv.text for cv in cvs() if cv.occupation is None)
    cheated = assess(replace(GIVEN, cv=disorder(wrong, JOB)))
    assert codes(cheated)[0] == "cv: jd_text_copied"
    gain = compute_match_rate(cheated.ratings[:4]) - compute_match_rate(rated(wrong).ratings)
    assert gain <= Decimal("0.15")


def words_like(letter: str, number: int) -> list[str]:
    """Invented words: each its own stem."""
    return [f"{letter}o{chr(97 + n // 26)}{chr(97 + n % 26)}k" for n in range(number)]


@pytest.mark.parametrize(("shared", "copied"), [(145, False), (146, True)])
@pytest.mark.parametrize("others", [500, 650])
def test_how_many_words_make_a_copy_in_any_order_does_not_grow_with_ever_more_others(
    shared: int, copied: bool, others: int
) -> None:
    source, document = words_like("b", 210), [*words_like("b", shared), *words_like("c", others)]
    limit = 145.5 / (210 * sqrt(3))
    scattered = "\n".join(word for start in range(7) for word in document[start::7])
    assert (
        bool(without_copied(scattered, source_of(" ".join(source), LONGEST_OF_A_JOB, limit)).copied_words)
        is copied
    )


def test_what_is_most_like_the_source_is_cut_and_ones_own_lines_stay() -> None:
    source = words_like("b", 100)
    own = ["Baked bread for the hotel and its guests", "Planned the shifts of nine people"]
    salad = [" ".join(source[n::10]) for n in range(10)]
    left = without_copied(
        "\n".join([own[0], *salad, own[1]]), source_of(" ".join(source), LONGEST_OF_A_JOB, 0.4)
    ).text
    assert all(line in left for line in own)
    assert sum(word in left for word in source) < 25


def test_a_good_report_that_quotes_the_whole_brief_loses_nothing() -> None:
    assert scores(assess(replace(GIVEN, project=f"{REPORT}\n\n{BRIEF}"))) == scores(assess(GIVEN))


def test_the_jobs_ordinary_words_in_sentences_of_ones_own_are_no_copy() -> None:
    job = "Developer\nYou must have experience in designing and developing secure cloud services with C#, and debug distributed systems.\n"
    own = (
        "Designed the billing of a bank as a cloud service in C#. Found a deadlock in a distributed system by debugging its log. "
        "Experience with secure coding from two audits. Developed a scheduler for trams. Runs the on-call rota of a service team.\n"
    )
    assert rated(own * 3, job).original.copied_words == 0


def test_a_report_that_is_the_brief_answers_nothing_and_says_so() -> None:
    pasted = assess(replace(GIVEN, project=BRIEF))
    assert codes(pasted) == ["project: brief_text_copied"]
    assert set(list(scores(pasted).values())[4:]) == {1}
    assert len(covered(pasted)) > 10
    assert not any(covered(pasted))


def test_what_a_report_wishes_or_admits_to_be_missing_does_not_count() -> None:
    brief = (
        "The service must retry failed calls with exponential backoff.\nIt must validate the uploaded files."
    )
    done = replace(
        GIVEN,
        study_case_brief=brief,
        project="Failed calls are retried 5 times with exponential backoff. The uploaded files are validated by their first 8 bytes.",
    )
    wished = replace(
        done,
        project="I would add that failed calls are retried 5 times with exponential backoff. Uploaded files are not validated yet, and not tested.",
    )
    assert [covered(assess(given)) for given in (done, wished)] == [[True, True], [False, False]]


# -- lists -----------------------------------------------------------------------------------------------------------


def test_repeating_a_sentence_gains_nothing() -> None:
    cv = "EXPERIENCE\nDeveloper\n2020 - 2024\n- Built a REST API in C# and .NET for 300 customers of the bank\n"
    once, often = rated(cv), rated(cv + (cv.splitlines()[-1] + "\n") * 30)
    assert often.match.shown == once.match.shown
    assert len(often.achievements) == len(once.achievements) == 1
    assert compute_match_rate(often.ratings) <= compute_match_rate(once.ratings)


FRAMED = [
    f"- Worked with {pair} for {others}"
    for pair, others in (
        ("Python and Terraform", "modern people"),
        ("Kubernetes and PostgreSQL", "daily talks"),
        ("Docker and Kafka", "useful parties"),
        ("Ansible and Redis", "weekly walks"),
    )
]
SKILLS_ASKED = (
    "Developer\nYou must know Python, Terraform, Kubernetes, PostgreSQL, Docker, Kafka, Ansible and Redis.\n"
)


def test_a_third_sentence_that_fills_the_same_frame_with_the_jobs_words_is_a_list() -> None:
    found = rated("EXPERIENCE\n" + "\n".join(FRAMED), SKILLS_ASKED).match
    assert set(found.shown) == {"Python", "Terraform", "Kubernetes", "PostgreSQL"}
    assert set(found.listed) == {"Docker", "Apache Kafka", "Ansible", "Redis"}


def test_sentences_that_begin_alike_and_tell_something_are_no_list() -> None:
    told = [
        *FRAMED[:2],
        "- Worked with Docker and Kafka on the safety of customers who report problems by phone at night",
        "- Worked with Ansible and Redis when a hospital moved its patient records to another building",
    ]
    assert rated("EXPERIENCE\n" + "\n".join(told), SKILLS_ASKED).match.listed == ()


def test_a_frame_filled_with_the_words_of_a_brief_answers_nothing() -> None:
    brief = (
        "You must read the invoices of a bakery.\nYou must retry failed imports.\n"
        "You must store every shipment in Postgres.\nYou must show the totals of a month.\n"
    )
    ways = ("read invoices bakery", "retry failed imports", "store shipment Postgres", "show totals month")
    framed, told = (
        assess(replace(GIVEN, study_case_brief=brief, project="Report\n\n" + "\n".join(lines)))
        for lines in (
            [f"We have done {way} with care and patience." for way in ways],
            [
                f"{who} {way} with care and patience."
                for who, way in zip(("We did", "I did", "Now we", "Later I"), ways, strict=True)
            ],
        )
    )
    assert covered(told) == [True] * 4
    assert covered(framed)[3] is False


@pytest.mark.parametrize(
    "following",
    [
        "Grew the region from three to five in four years with a team of seven and the help of all",
        "and grew the region from three to five in four years with a team of seven and the help of all",
    ],
)
@pytest.mark.parametrize("label", ["Skills: ", "Introduced ", ""])
def test_a_list_of_the_jobs_words_gains_nothing_from_the_line_below(label: str, following: str) -> None:
    position = "Regional Sales Manager, Imaginary Ltd, 2019 – present"
    told = f"{following}\nNegotiated agreements with five accounts across two countries and their resellers\n"
    of_the_job = sorted({word for word in re.findall(r"[a-z]{5,}", JOB.lower()) if word not in STOPWORDS})
    listed = f"{label}{', '.join(of_the_job[:40])}"
    honest, stuffed = (rated(f"{position}\n{lines}{told}") for lines in ("", f"{listed}\n"))
    assert compute_match_rate(stuffed.ratings) <= compute_match_rate(honest.ratings)
    assert stuffed.match.similarity <= honest.match.similarity


def test_a_sentence_that_begins_with_what_was_done_may_name_many_skills() -> None:
    job = "Developer\nYou must know Go, Kubernetes, AWS, PostgreSQL, Kafka and microservices.\n"
    skills = "Go microservices on Kubernetes and AWS with PostgreSQL and Kafka for the engine of fares"
    told, claimed = (
        rated(f"Developer, Imaginary Ltd, 2019 – 2021\n- {said} {skills}\n", job).match
        for said in ("Built", "Able to do")
    )
    assert (len(told.shown), told.listed) == (6, ())
    assert (claimed.shown, len(claimed.listed)) == ((), 6)


def test_a_skill_in_a_list_counts_less_than_one_at_work() -> None:
    job = "Developer\nYou must know Python, Terraform, Kubernetes and PostgreSQL.\n"
    listed = rated("SKILLS\nPython, Terraform, Kubernetes, PostgreSQL\n", job).match
    shown = rated(
        "- Moved the PostgreSQL databases of a bank to Kubernetes with Python and Terraform\n", job
    ).match
    assert (listed.shown, listed.missing, listed.share_of_skills) == ((), (), 0.0)
    assert (shown.listed, shown.missing, shown.share_of_skills) == ((), (), shown.likelihood)
    assert shown.likelihood > 0


@pytest.mark.parametrize(
    ("text", "skills"),
    [
        ("We write C, R and Go here", ["C", "Go", "R"]),
        ("Go to the next page, r or c", []),
        ("JS, k8s and postgres", ["JavaScript", "Kubernetes", "PostgreSQL"]),
        ("spring is when we swift and rust", []),
        ("C++, C# and Node.js", ["C#", "C++", "Node.js"]),
        ("Research & development, R&D", []),
    ],
)
def test_aliases_are_known_and_short_names_only_as_they_are_written(text: str, skills: list[str]) -> None:
    job = prepare_job(f"{text}\n")
    assert [skill for skill in job.skills if skill != "Go-to-market"] == skills


@pytest.mark.parametrize(
    "claims",
    [
        "I know Python, Terraform, Kubernetes, PostgreSQL and Docker very well.\n",
        "".join(
            f"I have worked with {skill} in several long projects.\n"
            for skill in ("Bash", "Python", "Terraform", "Kubernetes", "PostgreSQL", "Docker")
        ),
        "I have the Python and the Terraform and the Kubernetes in the PostgreSQL, with the Docker.\n",
    ],
)
def test_skills_that_are_only_claimed_are_a_list_though_in_sentences(claims: str) -> None:
    job = "Developer\nYou must know Python, Terraform, Kubernetes, PostgreSQL, Docker and Bash.\n"
    found = rated(claims, job).match
    assert len(found.shown) <= 1
    assert len(found.listed) >= 5


# -- languages and lengths -------------------------------------------------------------------------------------------

GERMAN = """BERUFSERFAHRUNG
Softwareentwicklerin, Beispiel GmbH
März 2018 – heute
- Entwicklung von Diensten mit Python und PostgreSQL für die Abrechnung, die Laufzeit wurde um 40 % gesenkt
- Einführung von Docker und Kubernetes im Team, mit dem die Zahl der Ausfälle auf 3 im Jahr sank
- Betreuung der Kunden und der Auszubildenden, auch die Planung der Schichten und das Schreiben der Berichte
AUSBILDUNG
Studium der Informatik an der Universität in Musterstadt, 2012 – 2017
"""


def test_a_cv_in_another_language_is_rated_by_dates_figures_and_skills_and_says_so() -> None:
    job = "Developer\nYou must know Python, PostgreSQL, Docker, Kubernetes and Terraform.\n"
    given = replace(GIVEN, cv=GERMAN, job_description=job)
    found = assess(given)
    assert codes(found) == ["cv: not_english"]
    assert "must not be compared" in found.warnings[0]
    assert [rating.score for rating in found.ratings[:4]] == [3, 3, 3, 1]
    assert "not in English" in found.cv_feedback


GERMAN_NURSE = """Berufserfahrung
Pflegefachfrau, Klinikum Musterstadt, 2012 – heute
- Betreuung von 15 Patienten je Schicht auf der Station, Einarbeitung von 7 neuen Kolleginnen und Kollegen im Haus
- Einführung einer neuen Dokumentation, wodurch die Fehler bei der Medikation um 38 % weniger wurden als im Jahr davor
- Schulung von 19 Auszubildenden in Hygiene, Lagerung und Umgang mit schwierigen Angehörigen während der Nacht
Weiterbildung
- Leitung eines Kurses für 12 Pflegekräfte mit Gesprächen und Abstimmung mit den Ärzten der Klinik
"""


def test_other_work_in_another_language_is_shown_and_does_not_count() -> None:
    found = rated(GERMAN_NURSE, SKILLS_ASKED)
    assert [rating.score for rating in found.ratings] == [1, 1, 1, 1]
    assert (found.months, found.unrelated_months) == (0, 179)
    assert "14.9 years more were not judged" in found.ratings[1].reason


@pytest.mark.parametrize(("skills", "months"), [("", 0), (" mit Python", 90), (" mit Python und Kafka", 179)])
def test_a_position_in_another_language_bears_on_the_job_as_far_as_it_names_skills(
    skills: str, months: int
) -> None:
    cv = GERMAN_NURSE.replace("im Haus", f"im Haus{skills}")
    assert rated(cv, SKILLS_ASKED).months == pytest.approx(months, abs=1)


def test_results_outside_positions_in_another_language_count_only_with_a_skill_of_the_job() -> None:
    line = "Projekte\n- Betreuung von 20 Kunden auf der Station und im ganzen Haus\n"
    assert rated(line, SKILLS_ASKED).achievements == ()
    assert len(rated(f"{line}- Umstellung auf Kafka\n", SKILLS_ASKED).achievements) == 1


def test_the_feedback_on_a_cv_in_another_language_claims_nothing_that_was_not_read() -> None:
    given = replace(GIVEN, job_description=SKILLS_ASKED)
    nurse, both = (assess(replace(given, cv=cv)).cv_feedback for cv in (GERMAN_NURSE, GERMAN + GERMAN_NURSE))
    assert "Whether its dated positions (14.9 years) bear on this job was not judged" in nurse
    assert "Positions that name skills of it add up to 8.8 years; 6.2 years more were not judged" in both
    assert "other work" not in nurse + both


def test_no_rating_of_a_cv_in_another_language_is_above_three() -> None:
    bullets = "".join(
        f"- Betreuung von 20 Kunden mit Python und Kafka in {town}\n" for town in words_like("t", 9)
    )
    assert max(rating.score for rating in rated(GERMAN_NURSE + bullets, SKILLS_ASKED).ratings) == 3


def test_no_warning_says_that_a_number_is_a_lower_bound() -> None:
    found = assess(Materials(GERMAN, GERMAN, GERMAN, GERMAN, as_of=date(2026, 11, 25)))
    assert len(found.warnings) >= 4
    assert not any("lower bound" in warning for warning in found.warnings)


def test_a_heap_of_keywords_is_not_taken_for_another_language() -> None:
    job = "Developer\nYou must know Python, PostgreSQL, Docker, Kubernetes and Terraform.\n"
    stuffed = rated("Python PostgreSQL Docker Kubernetes Terraform developer\n" * 40, job)
    assert stuffed.ratings[0].score == 1


@pytest.mark.parametrize(
    "text", ["山田は東京の会社で五年間働きました。" * 30, "Я работал инженером в Москве пять лет. " * 30]
)
def test_another_script_is_another_language(text: str) -> None:
    assert "cv: not_english" in codes(assess(replace(GIVEN, cv=text)))


FOREIGN = {
    "German": "Softwareentwicklerin. Berufserfahrung: Entwicklerin, 2018 – heute. Python, PostgreSQL, Docker. Kenntnisse: Datenbanken.",
    "German, no words between": "Berufserfahrung\nPflegefachkraft, Klinikum Musterstadt\nBetreuung, Dokumentation, Schichtplanung\n",
    "French": "Développeuse. Expérience : Exemple SA, 2018 – aujourd'hui. Python, SQL. Compétences : tests automatisés. Formation : licence.",
    "Indonesian": "Insinyur backend. Membangun layanan REST dan basis data PostgreSQL untuk 300 pelanggan, menurunkan biaya 40 %.",
    "Indonesian, no words between": "Pengembang perangkat lunak. Pengalaman kerja: 2018 – sekarang. Python, Docker. Keahlian: basis data.",
    "Swedish": "Mjukvaruutvecklare. Arbetslivserfarenhet: 2018 – nu. Python, SQL. Kunskaper: databaser. Utbildning: datateknik.",
    "German, mostly skills": "Entwicklung von Microservices mit Spring Boot, Docker, Kubernetes, Kafka und Terraform, AWS",
    "Spanish": "Desarrollador de software con cinco años de experiencia en Python y Java",
    "Polish": "Programista Python, pięć lat doświadczenia, bazy danych",
    "Russian": "Инженер. Опыт работы: 2018 – настоящее время, Python.",
    "Chinese": "软件工程师，2019年3月至今，Python 开发",
    "Japanese": "ソフトウェアエンジニア。2019年3月から現在 Python",
    "Arabic": "مهندس برمجيات، القاهرة، 2018 – الآن، Python و SQL",
}


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_each_document_in_another_language_is_warned_of_however_short(text: str) -> None:
    found = assess(Materials(text, text, text, text, as_of=date(2026, 11, 25)))
    assert {
        f"{document}: not_english" for document in ("cv", "project", "job_description", "study_case_brief")
    } <= set(codes(found))


@pytest.mark.parametrize(
    "cv",
    [
        "Backend engineer, Leeds. Python, Django, PostgreSQL, Kubernetes. Payments services, 300 customers.",
        "Bakery assistant at Panadería Tres Hermanos. Bread and cakes for the hotel, cost of food, stock and menus.",
        "Python FreeRTOS ARM Cortex-M C++ C# Git Docker Terraform Kubernetes Ansible Jenkins Kafka PostgreSQL",
        "Python, Django, PostgreSQL, Docker, AWS, Kafka, Redis, Terraform, FastAPI, GraphQL, Celery, Git\n"
        * 3,
        "Java Spring Boot Hibernate Maven Jenkins Oracle JUnit Mockito Kafka RabbitMQ Docker Kubernetes " * 3,
        "Skills: SAP S/4HANA, Excel, VBA, Power BI, SQL, payroll, accounting, audits",
        "Jane Doe. Backend engineer, five years. Python, Django. Built payment services. Led team of three.",
        "Head chef, Harbour House. Menus, suppliers, allergens, banquets. Trained nine apprentices.",
        "Experienced baker. Sourdough, croissants, pastries, cakes, ovens, early shifts.",
    ],
)
def test_names_of_skills_and_places_are_no_other_language(cv: str) -> None:
    assert "cv: not_english" not in codes(assess(replace(GIVEN, cv=cv)))


@pytest.mark.parametrize("cv", ["", "Python, SQL, C#, .NET, Azure, REST API, debugging", "x"])
def test_a_cv_of_one_line_gets_the_floor_and_a_warning(cv: str) -> None:
    found = assess(replace(GIVEN, cv=cv))
    assert codes(found) == ["cv: very_short"]
    assert compute_match_rate(found.ratings[:4]) == compute_match_rate(rated("").ratings)


ONE_LINE = "Backend engineer in a team, 2010 – present: built REST API services in C# and .NET on Azure for 300 customers, mentored 4 engineers. "
MORE = "Reviewed code with colleagues, taught SQL to 12 juniors, cut the cost of hosting by 40 % and led on-call for distributed databases. Earlier wrote firmware. "


@pytest.mark.parametrize(("cv", "highest"), [(ONE_LINE, 2), (ONE_LINE * 9, 2), (ONE_LINE + MORE, 3)])
def test_a_few_lines_get_no_high_rating_and_say_so(cv: str, highest: int) -> None:
    found = assess(replace(GIVEN, cv=cv))
    assert max(rating.score for rating in found.ratings[:4]) == highest
    assert codes(found) == ["cv: very_short"]
    assert f"at most {highest}" in found.warnings[0]
    assert any(f"rates at most {highest}, not" in rating.reason for rating in found.ratings)


def test_a_report_of_a_line_gets_no_high_rating_and_says_so() -> None:
    report = "Calls are retried 5 times with exponential backoff, 40 unit tests, a dead letter queue, a circuit breaker and a timeout of 3 s."
    brief = "Retry failed calls with exponential backoff.\nWrite unit tests.\nUse a dead letter queue, a circuit breaker and a timeout."
    found = assess(replace(GIVEN, project=report, study_case_brief=brief))
    assert max(rating.score for rating in found.ratings[4:]) == 2
    assert any("rates at most 2, not" in rating.reason for rating in found.ratings[4:])
    assert codes(found) == ["project: very_short"]


def test_what_was_copied_makes_a_document_no_longer() -> None:
    assert max(scores(assess(replace(GIVEN, cv=ONE_LINE + JOB))).values()) > 2
    assert max(list(scores(assess(replace(GIVEN, cv=ONE_LINE + JOB))).values())[:4]) == 2


def test_a_cv_of_two_hundred_pages_is_read_whole_and_says_so() -> None:
    page = "\n".join(cv.text for cv in cvs()[:3])
    found = assess(
        replace(
            GIVEN,
            cv="Filler about nothing at all.\n" * 10
            + page * 40
            + "\nEXPERIENCE\nBuilt a zeppelin for 77 people",
        )
    )
    assert "cv: very_long" in codes(found)


def test_a_job_description_without_requirements_is_compared_as_a_whole() -> None:
    found = assess(replace(GIVEN, job_description="We are a nice place near the river and the park."))
    assert codes(found) == ["job_description: no_requirements"]


def test_boilerplate_of_a_post_is_no_requirement() -> None:
    plain = "Developer\nYou must know Python.\n"
    more = (
        plain
        + "All qualified applicants will receive consideration without regard to age, race or religion. A background check is required.\n"
    )
    assert prepare_job(more).vector == prepare_job(plain).vector


def test_unread_rubrics_and_briefs_without_requests_are_said() -> None:
    found = assess(replace(GIVEN, rubric="five points for style", study_case_brief="..."))
    assert codes(found) == ["study_case_brief: no_requirements", "scoring_rubric: not_read"]


# -- cues of a report --------------------------------------------------------------------------------------------------


def test_cues_that_are_only_named_earn_nothing_and_told_ones_do() -> None:
    brief = "Build a service that imports the invoices of a bakery and retries failed imports.\n"
    told = "The importer reads 300 invoices of the bakery a day. Failed imports are retried 5 times, with 2 s of jitter between."
    named = replace(GIVEN, study_case_brief=brief, project=CUES_IN_A_REPORT)
    assert set(list(scores(assess(named)).values())[4:]) == {1}
    assert scores(assess(replace(named, project=told)))[Parameter.RESILIENCE] > 1


def test_evidence_counts_as_far_as_the_brief_is_answered() -> None:
    other = replace(GIVEN, study_case_brief=briefs()["go_to_market_plan"])
    own, wrong = assess(GIVEN), assess(other)
    assert sum(list(scores(own).values())[5:]) >= sum(list(scores(wrong).values())[5:]) + 4
    assert "since the report answers less than 40 % of this brief" in wrong.ratings[5].reason
