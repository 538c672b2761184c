"""What somebody denies, wishes for or tells of others is no evidence; denied harm is."""

from datetime import date

import pytest

from cveval_evaluate.local import prepare_job, rate_cv
from cveval_evaluate.local.claims import is_claim
from cveval_evaluate.local.report import done_in
from cveval_evaluate.local.skills import skills_in
from cveval_evaluate.local.text import sentences

JOB = prepare_job("Engineer\nYou must know Azure, Kubernetes, Rust and Terraform.\n")


@pytest.mark.parametrize(
    "text",
    [
        "I have never used Azure.",
        "No experience with Kubernetes",
        "I would like to learn Rust.",
        "A colleague built the deployment pipeline in Terraform.",
        "My team lead designed the data model.",
        "I am not familiar with Docker.",
        "No tests were written.",
        "Nobody wrote documentation.",
        "There are 0 tests in the project.",
        "Neither tests nor documentation exist.",
        "None of the endpoints is tested.",
        "The service has no automated tests.",
        "The API was written by another team.",
        "Two colleagues wrote the 40 tests.",
        "I haven't used PostgreSQL in production.",
        "Eager to learn more about machine learning.",
        "Worked without any monitoring.",
        "Unfamiliar with C++ and C#",
        "We had no time for retries.",
        "The firmware was developed by an external contractor.",
        "The team next door ran Kubernetes in production for years.",
        "A neighbouring department built the pipeline.",
        "The other team built the pipeline.",
        "I plan to take a course in Kubernetes next year.",
        "She hopes to take a course in Kubernetes.",
        "Would be glad to try Kubernetes.",
        "Interested in Kubernetes and would be glad to try it.",
        "I am very interested in Kubernetes.",
        "Kubernetes remains on my list of things to learn.",
        "Rust is among the tools I want to learn.",
        "Rust is among the skills still to learn.",
        "Terraform I have yet to try.",
        "The platform team ran 40 services in Kubernetes.",
        "The platform team then built a queue for 300 users",
        "The company's platform team ran 40 services",
        "A team in Berlin ran the 40 servers",
        "Their developers wrote 400 tests",
        "Other departments introduced 12 tools",
        "Our client's engineers migrated 40 services",
        "The vendor delivered 12 modules",
        "The company grew from 20 to 200 people",
        "Imaginary Ltd employed 300 people",
        "Built nothing in Kubernetes so far.",
        "Never led a team of 12.",
        "Worked without tests for 3 years.",
        "Wrote no tests for the 12 endpoints.",
        "Built the service without tests in 3 days.",
        "Built a service that had no tests for 2 years.",
        "Built 12 services in Java, no experience with Azure.",
        "Ran Java services without any experience in Kubernetes.",
        "Led 4 engineers, unfamiliar with Azure.",
        "Managed 3 services and would like to learn Rust.",
        "Managed 3 services, eager to learn Rust.",
        "Interested in Rust, without any training.",
        "A colleague built the 12 modules that I used.",
        "My manager taught me to use Kubernetes.",
        "My manager asked a colleague to lead the migration.",
    ],
)
def test_denials_wishes_and_other_peoples_work_are_no_claims(text: str) -> None:
    assert [is_claim(sentence) for sentence in sentences(text)] == [False]
    assert done_in(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Migrated 40 services with no downtime.",
        "Moved the database with zero downtime.",
        "Ran the queue for two years and never lost a message.",
        "Replicated 3 TB without data loss.",
        "Not only built the API but also taught 12 colleagues.",
        "Reduced errors to none in 3 months.",
        "Two external audits passed with no major finding.",
        "Mentored two colleagues who built the pipeline.",
        "A colleague and I built the scheduler.",
        "My design was reviewed by two colleagues.",
        "Retries never duplicate a row.",
        "Numbers are computed in code, not written by the model.",
        "Wants to become a data engineer after 4 years of SQL.",
        "Led the team and managed 3 contractors.",
        "Cut the manual steps from 14 to 0 in a year.",
        "No customer was lost in the migration.",
        "Nobody was injured in 400 shifts.",
        "None of the 12 releases failed.",
        "Worked with another team to build the pipeline.",
        "Trained a colleague and presented to the manager.",
        "Helped other teams with 20 upgrades.",
        "Deploys no longer need a restart.",
        "Two years without a field escape.",
        "I have the trust of my manager and led four engineers.",
        "Interested in how people work, I led 40 interviews.",
        "Led the plan to build the new warehouse.",
        "Led a different team through 3 releases.",
        "Keeps a list of 40 suppliers and still answers each of them.",
        "Ran Kubernetes in production with the team next door.",
        "Our team built 40 modules",
        "The team built 40 modules",
        "The team of six delivered 40 modules",
        "Led the platform team and ran 40 services.",
        "With the platform team I ran 40 services.",
        "In the platform team, built 40 services",
        "The platform team and I ran 40 services",
        "The platform team that I led ran 40 services",
        "The platform team ran 40 services on what I had built",
        "The sales team saved 3 hours a day",
        "The company grew from 20 to 200 people while I ran its hiring",
        "The service ran 40 jobs a day",
        "Reduced no-shows by 30 % without any training budget.",
        "Rewrote a system that had no tests and added 400.",
        "Led change from no CI to full CI in 6 months.",
        "Introduced monitoring where none was, cutting outages by 40 %.",
        "Took over a team with little or no Kubernetes experience and trained 12 people.",
        "Built courses for people eager to learn Python.",
        "My manager asked me to lead the migration of 30 services.",
        "Another team reused the library that I wrote.",
        "Cared for patients unable to speak and unfamiliar with the ward.",
        "Designed tests where there was no test coverage",
        "Zero-downtime deployment of 40 services, without training.",
        "Wrote 400 tests for a service that had no tests.",
        "Trained 12 nurses who were not familiar with the system.",
        "Inherited a service without tests and added 400.",
        "Documented 30 services that nobody had documented.",
        "Courses for beginners who want to learn Python reached 3,000 students.",
        "Taught users with no SQL knowledge in 12 courses.",
        "Led a team of 5 with no experience in Kubernetes.",
        "Lost nothing in 3 migrations.",
    ],
)
def test_denied_harm_and_work_with_others_are_claims(text: str) -> None:
    assert [is_claim(sentence) for sentence in sentences(text)] == [True]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("C sharp and Objective C for 3 years", ["C#", "Objective-C"]),
        ("C Sharp, F sharp, Java", ["C#", "F#", "Java"]),
        ("Languages: C, R, Go, C++, C#", ["C", "R", "Go", "C++", "C#"]),
        ("C/C++ and Go", ["C", "C++", "Go"]),
        ("Moved 40 programs from C to Go and R", ["C", "Go", "R"]),
        ("Low level C programming on small devices", ["C"]),
        ("The services in Go at our site, and the R package", ["Go", "R"]),
        ("Vitamin C and zinc for 40 patients", []),
        ("C. Smith led the kitchen", []),
        ("Reported weekly to Dr C. Smith", []),
        ("C-level and C level executives met in the C suite", []),
        ("Passed with grade C", []),
        ("Holds a class C licence, then B, C and D", []),
        ("R & D, R&D and R and D", []),
        ("Toys R Us", []),
        ("Go to market", ["Go-to-market"]),
        ("Go ahead with the Go live", []),
        ("Go back to school", []),
        ("Net profit rose", []),
        (".NET and ASP.NET", [".NET", "ASP.NET"]),
        ("A grade of D for the password", []),
        ("3D printers", ["3D"]),
        ("Head Chef at the harbour", []),
        ("Chef de partie, then Sous Chef", []),
        ("Chef, Harbour House", []),
        ("Set up 40 servers with Chef", ["Chef"]),
        ("Chef, Ansible and Docker", ["Chef", "Ansible", "Docker"]),
        ("Moved the shop in Spring 2020", []),
        ("Taught in the Spring term", []),
        ("Services in Java and Spring", ["Java", "Spring"]),
        ("React to incidents in the shop", []),
        ("React quickly when a shop calls", []),
        ("Pages in React", ["React"]),
        ("Go above and beyond", []),
        ("Swift response, Rust removal, Slack time", []),
        ("Moved billing to SAP S/4HANA", ["SAP"]),
        ("CI CD for all, and CI-CD", ["Continuous integration"]),
        ("With CI-CD", ["Continuous integration"]),
    ],
)
def test_a_short_name_counts_only_where_it_is_meant(text: str, named: list[str]) -> None:
    assert [skill for sentence in sentences(text) for skill in skills_in(sentence)] == named


def test_what_is_no_claim_shows_no_skill_no_achievement_and_no_teamwork() -> None:
    found = rate_cv(
        "EXPERIENCE\nEngineer\n2015 - 2024\n"
        "- I have never used Azure in the 9 years here\n"
        "- No experience with Kubernetes, in a team or alone, after 12 releases\n"
        "- Would like to learn Rust and mentor 3 colleagues\n"
        "- A colleague built 40 modules in Terraform for our customers\n",
        JOB,
        date(2026, 11, 25),
    )
    assert found.match.shown == found.match.listed == ()
    assert found.achievements == ()
    assert found.culture == ()


@pytest.mark.parametrize("text", ["JavaScript not Java", "Wrote 40 pages in JavaScript, not Java"])
def test_a_skill_that_is_denied_is_not_shown_and_the_one_beside_it_is(text: str) -> None:
    assert [skills_in(sentence) for sentence in sentences(text)] == [["JavaScript"]]
