"""The three texts: short, made of this candidate's evidence, and clear about what the numbers are."""

import re
from dataclasses import replace
from functools import cache

import pytest

from cveval.domain.evaluations import Assessment, Materials, Parameter, compute_scores
from cveval_evaluate.local import assess, cues, prepare_job, rate_cv
from cveval_evaluate.local.brief import prepare_brief
from cveval_evaluate.local.evidence import quotable
from cveval_evaluate.local.feedback import overall_summary
from cveval_evaluate.local.feedback_on_cv import in_its_words
from cveval_evaluate.local.project import rate_project
from cveval_evaluate.local.text import sentences
from cveval_evaluate.local.wording import quoted, told_of, unsaid
from tests.quality.labelled import AS_OF, Report, briefs, cvs, jobs, reports

_QUOTED = re.compile(r"“[^”]*”")
_SENTENCE = re.compile(r"\.(?=\s|$)")
REPORTS = reports()


@cache
def assessed(report: Report) -> Assessment:
    """Each report with another CV, for that CV's own job."""
    cv = [cv for cv in cvs() if cv.occupation][REPORTS.index(report) * 2]
    assert cv.occupation is not None
    materials = Materials(cv.text, report.text, jobs()[cv.occupation], briefs()[report.brief], as_of=AS_OF)
    return assess(materials)


def sentences_in(text: str) -> int:
    return len(_SENTENCE.findall(_QUOTED.sub("", text)))


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_each_text_has_three_to_five_sentences(report: Report) -> None:
    found = assessed(report)
    texts = (found.cv_feedback, found.project_feedback, found.overall_summary)
    assert [3 <= sentences_in(text) <= 5 for text in texts] == [True] * 3


def test_no_two_candidates_get_the_same_text() -> None:
    found = [assessed(report) for report in REPORTS]
    for texts in zip(*((a.cv_feedback, a.project_feedback, a.overall_summary) for a in found), strict=True):
        assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_the_summary_says_what_the_floor_is_and_that_it_decides_nothing(report: Report) -> None:
    found = assessed(report)
    assert "advice, not a decision" in found.overall_summary
    assert "0.20" in found.overall_summary
    # At length only where one of the two is near.
    near = compute_scores(found.ratings).project_score < 3
    assert (
        "the report's is near the floor of 2" in found.overall_summary
        or "at the floor of 2" in found.overall_summary
    ) or not near
    assert len(_QUOTED.sub("", found.overall_summary).split()) <= 110


def test_what_is_shown_and_what_is_missing_is_named() -> None:
    job = "Developer\nYou must know Python, PostgreSQL, Terraform and Kubernetes.\n"
    cv = "EXPERIENCE\nDeveloper\n2020 - 2025\n- Moved 300 PostgreSQL databases to a new data centre with scripts in Python, and taught two colleagues\nSKILLS\nTerraform, Docker, Linux, Bash\n"
    text = assess(
        Materials(
            cv + "Interests: " + "walking in the hills and reading " * 5,
            REPORTS[0].text,
            job,
            briefs()[REPORTS[0].brief],
            as_of=AS_OF,
        )
    ).cv_feedback
    assert "it shows work with PostgreSQL and Python" in text
    assert "Nothing is said of Kubernetes; Terraform is only named, not shown at work" in text
    assert "“Moved 300 PostgreSQL databases" in text


def test_a_skill_in_a_short_line_of_a_position_is_shown_at_work_but_one_in_its_list_is_not() -> None:
    job = "Developer\nYou must know Python, Django, FastAPI, REST APIs, Terraform and Kubernetes.\n"
    cv = (
        "EXPERIENCE\nDeveloper\n2020 - 2025\n- Developed REST APIs with Django and FastAPI\n- Python microservices for billing\n"
        "- Terraform, Kubernetes\n"
    )
    found = rate_cv(cv, prepare_job(job), AS_OF).match
    assert {*found.shown} >= {"Django", "FastAPI", "Python"}
    assert {*found.listed} == {"Kubernetes", "Terraform"}


HERMIT = (
    "Data Engineer\nEXPERIENCE\nData Engineer, Brightwater\n2018 - 2025\n"
    "- Introduced Terraform; a new environment takes 20 minutes instead of two days\n"
    "- Trained 8 engineers in Python\n"
    "- Developed the software of the loading dock in Python, together with the drivers and the people of the warehouse\n"
)
PIPELINES = (
    "Data Engineer\nAbout us\nLumen Freight moves parcels for 4,000 shops.\nRequirements\n- Experience with Python, Kafka and Terraform\n"
    "- You design data pipelines\n"
)


def judged(cv: str, job: str) -> Assessment:
    brief = "Store the invoices safely.\nBuild a service that counts every parcel by hand.\n- Creativity (10 %): useful features beyond these.\n"
    return assess(Materials(cv, "Nothing was built.", job, brief, as_of=AS_OF))


def test_no_heading_and_no_bare_title_is_evidence() -> None:
    found = judged(
        "\n".join(line for line in HERMIT.splitlines() if " 8 " not in line and ";" not in line), PIPELINES
    )
    [skills] = [r for r in found.ratings if r.parameter is Parameter.TECHNICAL_SKILLS]
    assert skills.quotes
    assert {"EXPERIENCE", "Data Engineer"}.isdisjoint(quote.text for quote in skills.quotes)
    assert quotable(sentences("EXPERIENCE")[0]) == ""


def test_skills_are_named_in_the_words_of_the_job() -> None:
    found = judged(HERMIT, PIPELINES)
    assert found.details["missing_skills"] == ["Apache Kafka", "ETL"]
    assert "Nothing is said of data pipelines or Kafka" in found.cv_feedback
    assert (
        "Ask why the report answers nothing of the brief and about work with data pipelines or Kafka"
        in found.overall_summary
    )


@pytest.mark.parametrize(
    "line",
    [
        "Lumen Freight moves parcels for shops.",
        "At Lumen we like parcels.",
        "Join Lumen in the north of the town.",
        "Lumen is a friendly firm.",
        "Lumen GmbH has its seat by the river.",
        "Lumen Freight develops software for shops.\nWe love Lumen.",
    ],
)
def test_a_firm_that_is_called_like_a_skill_is_not_asked_for(line: str) -> None:
    wanted = "Requirements\n- Experience with Python\n"
    assert [*prepare_job(f"Baker\n{line}\n{wanted}").skills] == ["Python"]
    assert "Lumen" in prepare_job(f"Baker\n{line}\n{wanted}- Knowledge of Lumen").skills
    assert "Lumen" in prepare_job(f"Baker\n{line}\n{wanted}Our tools: Lumen, PHP").skills


@pytest.mark.parametrize(
    "line",
    [
        "You will write Python all day.",
        "Python is a big plus for us.",
        "Python Engineer wanted near the river",
        "You are good at Python.",
        "Our programs are written in Python.",
    ],
)
def test_a_skill_that_is_no_firm_is_asked_for_wherever_it_is_named(line: str) -> None:
    assert [*prepare_job(f"Somebody\n{line}\n").skills] == ["Python"]


def test_a_short_beginning_goes_with_what_follows_its_semicolon() -> None:
    found = judged(HERMIT, PIPELINES)
    assert "Terraform" in found.details["matched_skills"]  # type: ignore[operator]
    [done] = [r for r in found.ratings if r.parameter is Parameter.ACHIEVEMENTS]
    assert (
        done.quotes[0].text == "Introduced Terraform; a new environment takes 20 minutes instead of two days"
    )
    assert [s.text for s in sentences("I led the whole team; it grew.")] == [
        "I led the whole team;",
        "it grew.",
    ]


def test_the_summary_ends_with_what_this_candidate_s_numbers_rest_on() -> None:
    closing = {re.split(r"(?<=\.) ", assessed(report).overall_summary)[-1] for report in REPORTS}
    assert len(closing) > len(REPORTS) / 3
    [nothing] = [judged("Nothing here.", PIPELINES).overall_summary]
    assert "Nothing was found in either document that the numbers could rest on" in nothing


def test_what_is_said_of_a_short_cv_agrees_with_its_ratings() -> None:
    found = judged(HERMIT, PIPELINES)
    assert "The CV is so short that it rates at most 2 of 5 against “Data Engineer”" in found.cv_feedback
    assert max(rating.score for rating in found.ratings) == 2


def test_of_a_cv_in_another_language_that_is_said_first_and_its_length_only_where_it_lowers_a_rating() -> (
    None
):
    half_a_page = (
        "Softwareentwicklerin\n2018 - 2023\nEntwicklung von Diensten mit Python und PostgreSQL für die Abrechnung, die Laufzeit wurde gesenkt\n"
        "Einführung von Docker und Kubernetes, mit dem die Zahl der Ausfälle sank\nBetreuung der Kunden und Auszubildenden, Planung der Schichten, Berichte für alle Abteilungen\nEinarbeitung neuer Mitarbeiterinnen, Wartung zweier Rechenzentren\n"
    )
    two_lines = "Softwareentwicklerin mit Kenntnissen in Python und SQL\nBerufserfahrung seit 2018\n"
    longer, shorter = (judged(cv, PIPELINES).cv_feedback for cv in (half_a_page, two_lines))
    assert longer.startswith("The CV is not in English")
    assert "so short" not in longer
    assert shorter.startswith("The CV is not in English")
    assert "so short, too, that it rates at most 2 of 5" in shorter


def test_a_result_with_a_number_is_not_asked_for_a_figure() -> None:
    job = (
        "Engineer of loading docks\nRequirements\n- You develop software of a loading dock in Python with drivers of a warehouse\n"
        "- You train engineers\n- Experience with Terraform\n"
    )
    more = (
        "- Wrote the plan of the loading dock and read it with the drivers and the engineers of the warehouse\n"
        "- Answered questions about parcels that were late, broken or lost, and kept the ledger of claims for customers\n"
        "- Planned shifts with colleagues from the office, taught new people and reviewed what they wrote\n"
    )
    advice = judged(f"{HERMIT}{more}", job).cv_feedback.rpartition(". ")[2]
    assert "ith a figure “Wrote the plan" in advice


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "Responsible for 40 rooms on three floors of the house",
            "Its figures stand in no sentence with a verb",
        ),
        ("The rooms on three floors", "Its figures stand in no sentence with a verb"),
        ("Responsible for the rooms on the floors of the house", "No sentence says in figures"),
    ],
)
def test_figures_without_a_verb_are_not_said_to_be_missing(line: str, said: str) -> None:
    job = "Housekeeper\nRequirements:\n- Experience in cleaning rooms of a hotel and care of linen\n"
    cv = f"EXPERIENCE\nHousekeeper, Hotel Example\n2018 - 2024\n- {line}\n- Linen and rooms of the hotel with care for the guests\n"
    assert said in judged(cv, job).cv_feedback


SHOPS = (
    "Your task\n- Creativity (10 %): useful features beyond these.\n- It should hold when the parcels of a shop come twice\n"
    "- Store the invoices of all shops\n- Draw a map of all depots\n- Count the parcels of each driver by weight\n"
)


def asked_about(
    cv: str,
    job: str,
    report: str = "I store the invoices of all shops in 3 tables. Each driver has a number.",
) -> str:
    summary = assess(Materials(cv, report, job, SHOPS, as_of=AS_OF)).overall_summary
    return next((part for part in re.split(r"(?<=\.) ", summary) if part.startswith("Ask")), "")


def test_what_to_ask_about_is_the_most_telling_question_of_this_candidate() -> None:
    job, none_asked = (
        TITLED.format(years=3),
        "Data Engineer\nRequirements\n- Python, Kafka, Terraform and data pipelines\n",
    )
    cv, few_years = WORKED.format(since=2016), WORKED.format(since=2024)
    named = cv.replace("Terraform", "scripts") + "SKILLS\nTerraform, Docker, Linux\n"
    assert asked_about(few_years, TITLED.format(years=9)).startswith(
        "Ask what makes up for 8 years of missing"
    )
    assert asked_about(named, job) == "Ask what Terraform, only named in the CV, was used for."
    assert asked_about(cv, job).startswith("Ask what came of “")
    # What a report has words of, and what is understood without what stands before it.
    assert asked_about(cv + RESULTS, none_asked).startswith(
        "Ask what was done about “Count the parcels of each driver by weight”"
    )
    assert asked_about(NIGHT_BAKER, job, "I bake.").startswith(
        "Ask why the report answers nothing of the brief and about work with "
    )


def test_nothing_is_asked_where_nothing_is_open() -> None:
    done = "I store the invoices of all shops in 3 tables. The parcels of a shop may come 2 times. The map of all depots is drawn in 5 colours. The parcels of each driver are counted by weight in 2 steps."
    cv = WORKED.format(since=2016) + RESULTS
    assert asked_about(cv, TITLED.format(years=3), done) == ""


def test_advice_names_the_gap_of_this_candidate() -> None:
    job = "Developer\nYou must know Python, PostgreSQL, Terraform and Kubernetes.\n"
    story = (
        "EXPERIENCE\nBaker\n2020 - 2025\n- Baked bread and rolls for the guests of a hotel near the river every morning\n"
        "- Cleaned ovens and trays, and sold coffee to people in the street on warm days\n"
    )
    given = Materials(story, "Nothing was built.", job, briefs()["backend_evaluation_service"], as_of=AS_OF)
    nothing, listed = (
        assess(replace(given, cv=cv)).cv_feedback for cv in (story, story + "SKILLS\nKubernetes, Terraform\n")
    )
    assert "any work with PostgreSQL or Terraform should be told where it was done." in nothing
    assert "If Terraform and Kubernetes came up at work" in listed
    open_first = assess(given)
    asked = open_first.details["requirements"]
    assert isinstance(asked, list)
    assert "Nothing was found on “" in open_first.project_feedback
    assert "would be worth a paragraph of its own" in open_first.project_feedback
    advised = re.findall(r"What was done about “([^”]{20})", open_first.project_feedback)
    assert any(" ".join(part["text"].split()).startswith(advised[0]) for part in asked)


@pytest.mark.parametrize(
    ("job", "why"),
    [
        (
            "Buchhalterin\nWir suchen eine erfahrene Buchhalterin für die Prüfung der Rechnungen und die Arbeit mit SAP.",
            "is not in English and was not read",
        ),
        (
            "Backend developer\nWe are a nice place near the river and the park.\nRequirements:\n",
            "names no requirements",
        ),
        ("We are a nice place near the river and the park, and lunch is free.", "names no requirements"),
        ("Wir suchen nette Menschen, die mit uns am Fluss und im Park arbeiten wollen.", "is not in English"),
    ],
)
@pytest.mark.parametrize(
    "cv", [cvs()[0].text, "EXPERIENCE\nBaker\n2015 - 2020\n- Baked bread for the guests"]
)
def test_what_a_job_description_does_not_ask_for_is_no_gap_of_the_candidate(
    job: str, why: str, cv: str
) -> None:
    report = REPORTS[0]
    found = assess(Materials(cv, report.text, job, briefs()[report.brief], as_of=AS_OF))
    assert f"The job description {why}" in found.cv_feedback
    assert f"The job description {why}" in found.overall_summary
    assert (
        "job description should name the tasks" in found.cv_feedback
        or "in English would" in found.cv_feedback
    )
    assert 3 <= sentences_in(found.cv_feedback) <= 5
    for blame in (
        "bear on",
        "other work",
        "nothing is said",
        "should be told",
        "unlike",
        "No sentence",
        "No position",
    ):
        assert blame not in found.cv_feedback + found.overall_summary
    reasons = " ".join(rating.reason for rating in found.ratings[:4])
    assert f"words of the job description, which {why}" in reasons
    assert "bear on" not in reasons
    [warning] = [warning for warning in found.warnings if warning.startswith("job_description:")]
    assert "no_requirements" in warning or "not_english" in warning


@pytest.mark.parametrize(
    "job",
    [
        "Nurse with a degree and experience in intensive care",
        "Developer\nMust know Azure",
        "Python developer",
    ],
)
def test_a_job_description_of_a_line_asks_for_something(job: str) -> None:
    assert prepare_job(job).has_requirements


def test_a_report_in_another_language_is_said_to_be_unread_and_not_to_answer_nothing() -> None:
    report = (
        "Der Dienst wurde mit Python gebaut und auf drei Rechnern betrieben. "
        "Die Warteschlange wird nach einem Fehler noch einmal gelesen, und die Ergebnisse werden in der Datenbank gehalten.\n"
    ) * 4
    brief = briefs()[REPORTS[0].brief]
    found = assess(Materials(cvs()[0].text, report, "Developer\nMust know Python", brief, as_of=AS_OF))
    assert "The report is not in English and could not be read" in found.project_feedback
    assert "could not be read" in found.overall_summary
    assert 3 <= sentences_in(found.project_feedback) <= 5
    for blame in ("answers none", "Without an answer", "answered first", "what was done about", "is weak in"):
        assert blame not in found.project_feedback + found.overall_summary
    reasons = {rating.parameter: rating.reason for rating in found.ratings[4:]}
    assert reasons[Parameter.CORRECTNESS].startswith("Not in English, so what the report answers")
    assert " of 18 requirements" not in reasons[Parameter.CORRECTNESS]
    assert "answers so little" not in " ".join(reasons.values())


def test_the_reports_get_more_than_a_handful_of_closing_advices() -> None:
    closing = {
        re.split(r"(?<=\.) ", text)[-1]
        for report in REPORTS
        for text in (assessed(report).cv_feedback, assessed(report).project_feedback)
    }
    assert len(closing) >= len(REPORTS)


TITLED = "Data Engineer\nRequirements\n- At least {years} years of experience with Python, Kafka, Terraform and data pipelines\n"
WORKED = (
    "EXPERIENCE\nData Engineer, Brightwater Freight and Logistics\n{since} - 2025\n"
    "- Built the data pipelines for the parcels of all shops in Python with Kafka and Terraform\n"
    "- Wrote the tests of the pipelines in Python and looked after them at night with Terraform\n"
    "- Designed the tables of the warehouse of parcels, and the streams of events in Kafka\n"
    "- Moved the pipelines to a new cluster and the old tables to a new warehouse with care\n"
    "- Documented each stream, compared storage formats, and explained schemas, partitions, retention and lineage to analysts, planners and auditors\n"
    "- Replaced nightly spreadsheets, renamed columns, merged duplicate customers, archived history and watched quality, freshness and volume daily\n"
)
RESULTS = "".join(
    f"- Reduced the {what} of the data pipelines in Python from {n}0 to {n} minutes with Kafka\n"
    for n, what in enumerate(["delay", "downtime", "load time", "restart", "backlog", "start"], start=2)
)


@pytest.mark.parametrize(
    ("job", "cv", "first"),
    [
        (TITLED.format(years=9), WORKED.format(since=2021), "The CV shows 4 of the 9 years asked for"),
        (TITLED.format(years=3), WORKED.format(since=2016) + RESULTS, "Six results are backed by figures, first of all “Reduced"),
        (TITLED.format(years=3), WORKED.format(since=2016), "The work that the CV tells of is "),
        (
            TITLED.format(years=3),
            (
            "EXPERIENCE\nBaker, Old Mill\n2010 - 2025\n- Baked bread and rolls for the guests of a hotel near the river every morning\n"
            "- Cleaned ovens and trays, and sold coffee to people in the street on warm days\n"
            "- Ordered flour, butter and eggs from farms of the valley, and kept the books of the shop\n"
            "- Prepared sandwiches, decorated windows, washed aprons, greeted neighbours, phoned suppliers, weighed sugar, counted coins and swept floors\n"
            "- Planned menus for weddings, birthdays, concerts and markets with seasonal fruit, chocolate, almonds, cinnamon, lemon and honey\n"
            "- Taught apprentices how dough is kneaded and how a cake is decorated for a wedding\n"
            ),
            "The CV tells of other work than “Data Engineer”. Nothing is said of ",
        ),
    ],
    ids=["too few years", "results", "work", "other work"],
)  # fmt: skip
def test_what_is_most_telling_of_a_candidate_comes_first(job: str, cv: str, first: str) -> None:
    assert judged(cv, job).cv_feedback.startswith(first)


def on_project(report: str, brief: str) -> str:
    return assess(Materials(HERMIT, report, PIPELINES, brief, as_of=AS_OF)).project_feedback


def test_a_report_s_strong_side_comes_first_and_so_does_a_gap_where_it_decides() -> None:
    strong, thin = (next(r for r in REPORTS if r.name == name) for name in ("r05.txt", "r06.txt"))
    assert on_project(strong.text, briefs()[strong.brief]).startswith(
        "Resilience is its strong side: it tells of "
    )
    assert on_project(thin.text, briefs()[thin.brief]).startswith(
        "Most of the 10 requirements of the brief are left open"
    )


@pytest.mark.parametrize(
    ("brief", "report", "said"),
    [
        ("- Store the invoices of all shops", "Nothing was built.", "does not answer the one requirement of the brief"),
        ("- Store the invoices of all shops", "I store the invoices of all shops in 3 tables.", "answers the one requirement of the brief"),
        (
            "- Store the invoices of all shops\n- Count parcels by weight",
            "I store the invoices of all shops in 3 tables. The parcels are counted by weight in 2 steps.",
            "answers both requirements of the brief",
        ),
        (
            "- Store the invoices of all shops\n- Count parcels by weight",
            "I store the invoices of all shops in 3 tables.",
            "Only “Count parcels by weight” is left without an answer",
        ),
    ],
)  # fmt: skip
def test_few_requirements_are_named_as_people_do(brief: str, report: str, said: str) -> None:
    assert said in on_project(report, f"Your task\n{brief}\n")


def test_each_kind_of_cue_has_phrases_and_its_bare_name_is_in_no_text() -> None:
    texts = " ".join(
        _QUOTED.sub("", text)
        for report in REPORTS
        for text in (assessed(report).cv_feedback, assessed(report).project_feedback)
    )
    sentence = sentences("It was tried.")[0]
    for parameter, kinds in cues._CUES.items():
        for kind in kinds:
            cue = cues.Cue(kind, "tried", sentence, 1.0)
            assert told_of([cue], parameter)
        assert len(unsaid(sentences("It was quiet."), parameter)) == len(kinds)
    for bare in (
        "limits of time and rate",
        "made ready for use",
        "care for people,",
        "static checks",
        "nothing twice",
        "going beyond the brief it should",
    ):
        assert bare not in texts


def test_no_text_quotes_a_passage_twice() -> None:
    for report in REPORTS:
        found = assessed(report)
        for text in (found.cv_feedback, found.project_feedback):
            quotes = _QUOTED.findall(text)
            assert len(set(quotes)) == len(quotes), text


@pytest.mark.parametrize("of", ["cv_feedback", "project_feedback"])
def test_the_texts_differ_in_what_they_say_and_not_in_quotes_and_figures_alone(of: str) -> None:
    def shape(text: str) -> tuple[str, ...]:
        return tuple(
            " ".join(part.split()[:3])
            for part in re.split(r"[.:;] ", re.sub(r"\d[\d.]*", "", _QUOTED.sub("…", text)))
        )

    assert len({shape(getattr(assessed(report), of)) for report in REPORTS}) >= len(REPORTS) * 3 / 4


def test_the_summary_quotes_a_result_that_tells_of_a_change_and_counts_the_answers_of_a_weak_report() -> None:
    lines = "- Wrote the 40 tests of the streams in 2019 for all shops\n" + RESULTS
    thin = next(r for r in REPORTS if r.name == "r06.txt")
    job = TITLED.format(years=3)
    cv = WORKED.format(since=2016) + lines
    summary = assess(Materials(cv, thin.text, job, briefs()[thin.brief], as_of=AS_OF)).overall_summary
    assert "seven results in figures, such as “Reduced the delay of the data pipelines" in summary
    assert "The project report answers 1 of the 10 requirements and is weak throughout" in summary


NIGHT_BAKER = (
    "EXPERIENCE\nBaker, Old Mill\n2012 - 2024\n- Baked 400 rolls for the guests of a hotel near the river every morning\n"
    "- Reduced the waste of dough by 20 % with smaller ovens and trays, and sold coffee to people in the street on warm days\n"
    "- Ordered flour, butter and eggs from farms of the valley, and kept the books of the shop\n"
    "- Prepared sandwiches, decorated windows, washed aprons, greeted neighbours, phoned suppliers, weighed sugar, counted coins and swept floors\n"
)


def test_the_summary_knows_of_results_from_other_work_as_the_feedback_does() -> None:
    found = judged(NIGHT_BAKER, PIPELINES)
    assert "Two results with figures come from other work" in found.cv_feedback
    assert "two results in figures from other work" in found.overall_summary
    assert "no result" not in found.overall_summary


@pytest.mark.parametrize(
    ("job", "cv", "said"),
    [
        (TITLED.format(years=3), WORKED.format(since=2016) + RESULTS, "the job describes, with 9 years of experience that bears on it and six"),
        (TITLED.format(years=3), WORKED.format(since=2016), "the job describes, with 9 years of experience that bears on it but no result"),
        (TITLED.format(years=12), WORKED.format(since=2016), "the job describes, but with 9 of the 12 years asked for and no result"),
        (TITLED.format(years=3), NIGHT_BAKER, "unlike what the job describes, without dated experience that bears on it and with two results"),
    ],
    ids=["all good", "no results", "too few years", "nothing good"],
)  # fmt: skip
def test_the_summary_says_but_where_there_is_a_contrast(job: str, cv: str, said: str) -> None:
    assert said in judged(cv, job).overall_summary


MIDDLING = (
    "Your task\n- Store the invoices of all shops\n- Count parcels by weight\n- Encrypt the passwords of drivers\n- Draw a map of the depots\n"
    "- Translate the labels into Polish\n- Archive the old delivery notes\n"
)


def test_a_share_of_the_brief_is_given_as_a_figure_and_not_once_as_little_and_once_as_solid() -> None:
    report = "I store the invoices of all shops in 3 tables. The parcels are counted by weight in 2 steps."
    found = assess(Materials(HERMIT, report, PIPELINES, MIDDLING, as_of=AS_OF))
    reasons = " ".join(rating.reason for rating in found.ratings[4:])
    assert "only 83 % of it counts, since the report answers less than 40 % of this brief" in reasons
    assert "so little" not in reasons + found.project_feedback
    assert "solid in answering" not in found.overall_summary
    assert "answers 2 of the 6 requirements" in found.overall_summary


def test_nobody_is_advised_to_say_what_a_sentence_says_already() -> None:
    document = sentences("I wrote unit tests with pytest and the coverage of lines is 78 %.")
    lacking = unsaid(document, Parameter.CODE_QUALITY)
    assert "how far the tests go" not in lacking
    assert "into which parts it is divided" in lacking


def test_a_capital_that_only_the_beginning_of_a_line_gave_a_skill_is_not_kept_within_a_sentence() -> None:
    asked = "- Accounting\n- Machine learning\n- Power BI\n- Kafka\n- Python programming\n"
    job = prepare_job(f"Planner\nRequirements\n{asked}")
    named = {"accounting", "machine learning", "Power BI", "Kafka", "Python"}
    assert {*in_its_words(job, job.skills)} == named


def test_one_of_what_is_counted_has_its_verb_in_the_singular_and_no_reason_begins_small() -> None:
    job = TITLED.format(years=3)
    one = "Baker, Old Mill\n2012 - 2013\n- Baked 400 rolls for the guests of a hotel near the river every morning\n"
    found = judged(WORKED.format(since=2016) + one, job)
    reasons = {rating.parameter: rating.reason for rating in found.ratings}
    assert reasons[Parameter.ACHIEVEMENTS].startswith("No sentence with an action")
    assert "1 more in positions that do not bear on the job does not count" in reasons[Parameter.ACHIEVEMENTS]
    assert "(1 year more in other work does not count)" in reasons[Parameter.EXPERIENCE_LEVEL]
    few = judged(HERMIT, PIPELINES.replace("Terraform", "Java"))
    assert "1 of the 4 skills that the job names is shown" in few.ratings[0].reason
    assert not [rating for rating in (*found.ratings, *few.ratings) if rating.reason[0].islower()]


def test_a_quote_of_code_has_its_end_or_is_cut_before_it() -> None:
    before = "The row is written in one statement and no other request sees it before that statement is done, as in "
    near = quoted(
        f"{before}`SET taken = taken + 1 WHERE taken < capacity`, which is short and can be tested by anybody"
    )
    assert near.endswith("capacity` …”")
    far = quoted(f"{before}`SET {'taken = taken + 1, ' * 8}1`")
    assert far.endswith("as in …”")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Life support provider and trained for infusions on the ward", "hat came of the work should be told"),
        ("Prepared the infusions for the ward with the pharmacist", "ith a figure “Prepared the infusions for the ward with the pharmacist” would be a result"),
    ],
)  # fmt: skip
def test_a_figure_is_asked_for_only_of_what_tells_of_a_doing(line: str, said: str) -> None:
    job = "Nurse\nRequirements:\n- Experience with infusions and life support on a ward\n"
    cv = f"EXPERIENCE\nNurse, Example Ward\n2018 - 2024\n- {line}\n"
    assert said in judged(cv, job).cv_feedback


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("I built the tool in 9 hours. The invoices of all shops are in 3 tables.", "“I built the tool in 9 hours”"),
        ("It took me 3 hours, and the invoices of all shops are in 3 tables.", ""),
    ],
)  # fmt: skip
def test_what_is_lacking_is_said_of_what_was_made_or_of_no_sentence(line: str, said: str) -> None:
    advice = on_project(line, "Your task\n- Store the invoices of all shops\n").rpartition(". ")[2]
    assert (said in advice) if said else ("“" not in advice)


@pytest.mark.parametrize("of", ["cv_feedback", "project_feedback", "overall_summary"])
def test_a_text_has_about_a_hundred_words(of: str) -> None:
    counted = sorted(len(getattr(assessed(report), of).split()) for report in REPORTS)
    assert counted[len(counted) // 2] <= 115
    assert counted[-1] <= 140


def test_a_report_that_is_good_in_one_thing_is_said_to_be_good_in_that() -> None:
    cv, found = (
        rate_cv(HERMIT, prepare_job(PIPELINES), AS_OF),
        rate_project("I store the invoices of all shops in 3 tables.", prepare_brief(MIDDLING)),
    )

    def summary(good: Parameter) -> str:
        ratings = tuple(
            replace(rating, score=3 if rating.parameter is good else 1) for rating in found.ratings
        )
        return overall_summary(cv, replace(found, ratings=ratings))

    assert "solid in documentation, but weak in the rest" in summary(Parameter.DOCUMENTATION)
    assert "answers 1 of the 6 requirements, but shows little of how" in summary(Parameter.CORRECTNESS)


def test_a_mean_rating_of_one_and_three_quarters_is_near_the_floor() -> None:
    cv = rate_cv(NIGHT_BAKER, prepare_job(PIPELINES), AS_OF)
    found = rate_project("I store the invoices of all shops in 3 tables.", prepare_brief(MIDDLING))
    good = replace(found, ratings=tuple(replace(rating, score=3) for rating in found.ratings))

    def summary(*scores: int) -> str:
        rated = zip(cv.ratings, scores, strict=True)
        return overall_summary(
            replace(cv, ratings=tuple(replace(rating, score=score) for rating, score in rated)), good
        )

    assert "the CV's is near the floor of 0.20" in summary(2, 1, 1, 3)
    assert "the floor" not in summary(2, 1, 2, 3)
