"""Cues: words that are evidence of something, by kind.

Within a kind two different cues are enough: a handful of words of one kind, however often they are written, is no breadth.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import compress, count, takewhile
from typing import NamedTuple

from cveval.domain.evaluations import Parameter
from cveval_evaluate.local.context import is_context
from cveval_evaluate.local.function_words import WEIGHTLESS
from cveval_evaluate.local.text import Sentence, stem, words

MOST_OF_A_KIND = 2
MOST_IN_A_SENTENCE = 2
TOGETHER = "working together"
MENTION = 0.25
"""What a cue is worth in a sentence of a report that has nothing of its own, neither a figure nor code: anybody could write it."""
FEWEST_TO_TELL = 2
"""Words with content that are no cues and new in the document: with fewer a cue is only mentioned."""

_CUES: Mapping[Parameter, Mapping[str, str]] = {
    # With "=" the first word is compared as it is, elsewhere its stem: "maintained" is no maintainer, "– present" presents nothing.
    Parameter.CULTURAL_FIT: {
        TOGETHER: """team, teams, teammates, colleagues, collaborated, collaboration, cross-functional, together, =jointly,
            pair programming, =pairing, =paired, alongside, =joint""",
        "teaching and mentoring": """mentored, mentor, mentoring, coached, coaching, onboarding, onboarded, taught, teach, trained, tutor,
            tutored, supervised""",
        "giving and taking feedback": "feedback, code review, code reviews, reviewed, design review, retrospective, retrospectives, post-mortem, postmortem, blameless",
        "explaining and presenting": """=presented, =presents, =presenting, =presentation, =presentations, =present the, =present my, =present our,
            =present results, =present at, =present in, talk, talks, speaker, facilitated, workshop, workshops, explained, communicated, communication,
            =moderated, =moderates, =moderating""",
        "working with customers and partners": "=customers, =customer, =customer's, =customer’s, clients, client, stakeholders, stakeholder, partners, =suppliers, users, patients",
        "learning": "learned, learnt, learning, learn, self-taught, course, courses, certificate, certified, certification, =studying, =studied, conference, conferences",
        "community": "volunteer, volunteered, volunteering, community, open source, open-source, =maintainer, =maintainers, meetup, =organiser, =organisers, =organizer, =organizers, club, charity",
        "leading": """led, lead, =headed, hired, =coordinated, =coordinates, =coordinate, =coordinating, =coordination, managed a team, =organised,
            =organized, =organises, =organizes, =organise, =organize, =organising, =organizing, =chaired, =chairs the, =chairing""",
    },
    Parameter.CODE_QUALITY: {
        "tests": """test, tests, tested, verified, =checked, =pilot, =pilots, =piloted, unit tests, integration tests, end-to-end, pytest, junit,
            property-based, =fixtures, =fake, =mock, =mocked, =stub, contract tests, mutation testing, mutation tests, mutation score""",
        "how much is tested": "=coverage, =branches, test suite, regression tests, =participants, =interviews, =interviewed, =sample, =sampled",
        "static checks": """lint, linter, linting, type hints, mypy, =typed, static analysis, =formatter, ruff, eslint, typescript, strict mode, strict typing,
            strict types, mypy strict""",
        "structure": """=modular, =modules, =module, =layered, =layers, =layer, =separation, =separated, =interfaces, =interface, dependency injection,
            hexagonal, =adapters, =adapter, ports and adapters, =domain, =protocol, =packages, =package, decoupled""",
        "review and integration": """code review, =reviewed, continuous integration, ci, =pipeline, =pipelines, pull request, pull requests, pre-commit,
            github actions""",
        "readable code": """=naming, =readable, refactored, refactoring, =reusable, small functions, pure function, pure functions, =complexity""",
    },
    Parameter.RESILIENCE: {
        "trying again": "retry, retries, retried, backoff, jitter, =attempts, =attempt, =tries, =tenacity, rerun, redrive",
        "limits of time and rate": """timeout, timeouts, time-out, time-outs, rate limit, rate limits, throttling, =deadline, =deadlines, circuit breaker, =quota, =quotas, =budget,
            =stop, =stops, =stopped""",
        "nothing twice": "idempotent, idempotency, idempotency key, duplicate, duplicates, deduplication, unique constraint, exactly once",
        "nothing lost": """dead letter, dead-letter, =queue, =queues, =lease, =leases, heartbeat, =transaction, =transactions, rollback, =atomic, =atomically,
            =persisted, =persists, checkpoint, =resumes, =resumed, =resume, backup""",
        "failures foreseen": """failure, failures, fails, failed, error handling, =exception, =exceptions, =recover, =recovers, =recovered, =recovery, crash,
            crashes, outage, degraded, fallback, =graceful, =gracefully, =killed, =killing, =unavailable, risk, risks, mitigation, contingency,
            worst case""",
        "input checked": """=validated, =validates, =validation, schema, malformed, =corrupt, =corrupted, =rejects, =rejected, =refused, =refuses, sanitised,
            sanitized""",
        "seen in operation": """=monitoring, =monitored, =alert, =alerts, =alarm, =alarms, =metrics, =logging, =logged, log file, log files, =tracing,
            weekly review, monthly review, quarterly review, half-year review, incident review, weekly check, weekly report""",
    },
    Parameter.DOCUMENTATION: {
        "how to run it": """readme, setup, =instructions, =install, =installation, =command, =commands, one command, docker compose, makefile,
            environment variables, =settings""",
        "how it is used": "openapi, swagger, =usage, =example, =examples, endpoint, endpoints, curl, api documentation, =postman",
        "how it is built": """=diagram, =diagrams, architecture, =overview, sequence diagram, schema, data model, =documented, =documentation, =docs""",
        "why it is so": """trade-off, trade-offs, tradeoffs, decision record, decision records, adr, adrs, =because, =reason, =reasons, instead of, =decided,
            =chose, =alternatives, =rationale, based on, =evidence""",
        "what it cannot do": """known limits, honest limits, limits of, =limitations, =limitation, known issues, not covered, =weakness, =weaknesses, assumption, assumptions, drawback,
            drawbacks""",
        "in the code": "docstring, docstrings, =comments, =comment, changelog, runbook, type hints",
    },
    Parameter.CREATIVITY: {
        "measured": """=measured, benchmark, benchmarked, =compared, comparison, baseline, evaluation set, =labelled, =labeled, accuracy, =recall, =precision,
            mean error, absolute error, standard deviation, p95, latency, median""",
        "more than was asked": """as a bonus, bonus feature, bonus features, bonus task, bonus part, beyond the brief, beyond the task, beyond the assignment,
            beyond the requirements, beyond what was asked, beyond the minimum, =additionally, =extra, =optional, on top of, went further, =additional""",
        "something to look at": """dashboard, =visualisation, =visualisations, =visualization, =visualizations, frontend, web interface, user interface, chart,
            charts, cli, command line""",
        "made ready for use": "docker, deployed, deployment, kubernetes, authentication, caching, cache, =streaming, =streams, webhook, terraform, load test",
        "tried out": """=experimented, =experiment, =experiments, prototype, =tried, =trial, =trials, =variant, =variants, =novel, =alternative, =alternatives,
            =hybrid""",
        "care for people": """bias, =fairness, anonymised, anonymized, privacy, =accessibility, =accessible, prompt injection, injection attack, sql injection,
            =masked, multilingual, erase, erases""",
    },
}
_PARTS = (
    "code codebase program service services package packages module modules class classes function functions component components backend frontend api "
    "software library worker workers parser handler python java typescript logic"
)
_INPUTS = (
    "input inputs file files field fields row rows request requests payload schema upload uploads pydantic form forms format header json csv pdf "
    "type types size column columns record records body parameter parameters response output outputs scan scans date dates"
)
_MADE = "added built implemented wrote programmed feature features endpoint endpoints export script tool"
_DECISIONS = "chose chosen choose choice decided decision picked selected preferred instead rather avoided rejected excluded replaced used kept considered weighed"
_AT_WORK = "error errors latency uptime queue service server production job jobs grafana prometheus failures health alert alerts logs"
_MEETING = (
    "support advise meet met serve help work interview visit call answer talk speak spoke train present explain consult look care assist negotiate listen "
    "contact liaise liaison agree write wrote letter show relation relationship treat see need request complaint question feedback session workshop "
    "with alongside for to"
)
_WITH: Mapping[str, str] = {
    "team, teams": "with in of on within across between our my own join member manage led lead head cross-functional people work together bring built build",
    "onboarding, onboarded": "new colleague joiner starter hire staff engineer team employee developer nurse people junior trainee intern member",
    "customers, customer, customer's, customer’s, clients, client, stakeholders, stakeholder, partners, suppliers, users, patients": _MEETING,
    "open source, open-source": "contribute contribution contributor maintain maintainer organise organize publish release patch volunteer",
    "community": "contribute contribution contributor maintain maintainer organise organize volunteer lead led run ran build built found member serve help teach speak",
    # These mean something else as well ("weakness of the competitor", "payment transactions"): one of these words must be near.
    "fixtures": "test unit pytest junit",
    "fake, mock, mocked, stub": "test model provider api server client service database",
    "coverage": "test code line branch unit statement module suite pytest",
    "branches": "line covered coverage code test statement",
    "participants": "test session study interview task observed recruited usability prototype round process",
    "sample, sampled": "random representative size month record row file user customer checked tested compared labelled hand analysed drawn",
    "typed": "fully strictly statically strongly strict python mypy interface model code function api client everywhere throughout",
    "formatter": "code black ruff prettier linter lint",
    "modular, modules, module, layered, layers, layer, separation, separated, adapters, adapter": f"{_PARTS} concerns domain interface layers",
    "interfaces, interface": "class module port adapter implementation implements behind abstract protocol swapped provider",
    "domain": "logic model layer code core package module class driven adapter",
    "protocol": "class typing python interface adapter implements port",
    "packages, package": "code module python go java layer import namespace service",
    "reviewed": "code pull request merged commit change diff colleague engineer developer editor junior student peer together draft design schematics",
    "pipeline, pipelines": "ci build test lint deploys deployment merge commit push github gitlab release",
    "ci": "run test build lint pipeline merge commit push github gitlab deploy",
    "naming": "function variable class module code convention consistent",
    "readable": "code function module class script query",
    "reusable": f"{_PARTS} test",
    "complexity": "cyclomatic code function class module linear quadratic algorithm",
    "attempts, attempt, tries": "jitter second retry job call request delivery message failed backoff maximum worker connection error waiting",
    "tenacity": "python library decorator retry",
    "deadline, deadlines": "request call query timeout context second cancelled exceeded worker",
    "quota, quotas": "api rate user tenant client key request provider token storage",
    "budget": "retry error time token latency rate request call gate released capped cap",
    "stop, stops, stopped": "rule criterion criteria condition below above exceeds exceeded unless threshold gate missing",
    "queue, queues": "message job worker task redis kafka rabbitmq sqs bullmq celery durable persistent retry dead table broker request event consumer",
    "lease, leases": "job worker lock expires expired renew token heartbeat message row second claim",
    "transaction, transactions": "database db commit rollback rolled atomic sql postgres postgresql insert write written row table procedure isolation",
    "atomic, atomically": "write rename transaction update commit operation file swap insert replace",
    "persisted, persists": "database db disk redis postgres postgresql sqlite storage state row table job result event message",
    "resumes, resumed, resume": "where crash restart worker job checkpoint device left",
    "exception, exceptions": "raised raises caught catches thrown throws handled handler unhandled error logged python timeout http",
    "killed, killing": "process worker pod container job server service program consumer node",
    "unavailable": "provider service server api database network model",
    "validated, validates, validation": _INPUTS,
    "rejects, rejected, refused, refuses": f"{_INPUTS} invalid empty larger unknown message",
    "monitoring, monitored, metrics": f"{_AT_WORK} alarm endpoint",
    "instructions": "install installation setup run start build readme step deployment",
    "install, installation": "run docker pip npm poetry uv command dependency requirements make readme package script step instructions local",
    "command, commands": "run terminal shell make docker start line script curl",
    "settings": "environment configuration file variable env default",
    "usage": "example api documented readme command openapi",
    "example, examples": "request response call curl usage command file output payload readme code coded json",
    "postman": "collection tested api endpoint request",
    "overview": "architecture system component service module diagram flow",
    "because": _DECISIONS,
    "evidence, based on": f"{_DECISIONS} figures data test interview measured source survey visit call answer",
    "limits of, limitations, limitation": "known honest method approach model tool system analysis study data solution prototype sample participants only",
    "weakness, weaknesses": "own known honest method approach solution plan analysis model system service design study report prototype remaining remains",
    "comments, comment": "code docstring function source explain inline line class module",
    "labelled, labeled": "hand set example sample record data manually pair document row",
    "recall, precision": "recall precision accuracy f1 model classifier score class retrieval",
    "additionally, extra, additional, on top of": _MADE,
    "optional": "feature task requirement extension",
    "streaming, streams": "response result token event kafka websocket redis",
    "tried": "out also several different variant version approach model both alternative instead",
    "trial, trials": "my our first ran run field",
    "variant, variants": "tested tried compared measured better worse prompt model",
    "novel": "approach method way idea",
    "alternative, alternatives": "tested tried compared measured prototype built considered rejected weighed evaluated examined chosen",
    "hybrid": "search retrieval approach ranking model method",
    "masked": "name data personal e-mail email number address identity card",
}  # fmt: skip
_COMPANY: Mapping[str, frozenset[str]] = {
    cue: frozenset(map(stem, company.split())) for cues, company in _WITH.items() for cue in cues.split(", ")
}
NEAR = 6
"""Words before and after a cue, among which one must be that gives it its meaning."""
ALL_FAMILIES = tuple(_CUES)
_MODELS = (
    "model models network networks classifier classifiers forest forests tree trees transformer transformers detector regressor regressors "
    "embedding embeddings autoencoder perceptron"
)
_LEARNS = "machine deep reinforcement transfer federated supervised unsupervised self-supervised"
_PROGRAMS = (
    "http https api rest restful grpc soap graphql kafka database db redis mqtt amqp tcp udp web websocket mobile email e-mail mail vpn ssh ftp sftp sql "
    "postgresql mysql mongodb s3 git chat desktop offline browser thin fat rich python java c c++ go typescript javascript android ios generated typed"
)
_OF_PROGRAMS = "library libraries sdk side server app code certificate certificates generator secret credentials timeout timeouts retries"
_BESIDE: Mapping[str, tuple[str, str]] = {
    # word: before and after which others it means something else
    "test": ("", "period environment account market drive driver"),
    "pilot": ("airline drone helicopter test", "licence license"),
    "interviews": ("job press television radio sales", "candidates applicants"),
    "interviewed": ("was were been", "candidates applicants"),
    "crash": ("", "course"),
    "risk": ("at", "averse free"),
    "recover": ("", "costs cost expenses money debts"),
    "recovery": ("economic cost patient market", ""),
    "logged": ("", "in into on out"),
    "logging": ("", "in into on out"),
    "tracing": ("contact", ""),
    "setup": ("", "fee fees cost costs"),
    "example": ("for", ""),
    "reason": ("a no any this that some", "to"),
    "reasons": ("no these those some many", "to"),
    "endpoint": ("clinical primary secondary", ""),
    "led": ("", "to strip strips display displays lamp lamps light lights"),
    "lead": ("a per sales new qualified marketing", "to time times generation scoring conversion"),
    "leads": ("sales new more qualified marketing inbound", "to per"),
    "leading": ("", "to provider manufacturer company supplier edge zero zeros"),
    "trained": ("was were is are been model", _MODELS),
    "train": ("by model freight", f"{_MODELS} ticket tickets station stations driver drivers timetable timetables journey"),
    "training": ("model distributed", f"{_MODELS} data set sets dataset datasets loop loops pipeline pipelines job jobs run runs"),
    "supervised": ("", f"learning classification {_MODELS}"),
    "learning": (_LEARNS, "rate rates"),
    "course": ("of main due golf", "of"),
    "certificate": ("tls ssl client server root signing", "authority rotation renewal expiry pinning chain"),
    "certificates": ("tls ssl client server root signing", "expire expired"),
    "certification": ("", "body bodies rules"),
    "conference": ("video web phone telephone", "line call calls room rooms"),
    "customers": ("million thousand billion", "data"),
    "users": ("million thousand billion", ""),
    "client": (_PROGRAMS, _OF_PROGRAMS),
    "clients": (_PROGRAMS, ""),
    "communication": ("serial network satellite inter-process radio bus data", "protocol protocols interface interfaces bus over via layer"),
    "communicates": ("", "over via"),
    "talks": ("", "api apis card database server device kafka"),
    "present": ("at the", ""),
    "speaker": ("native", ""),
    "hired": ("was were been got", ""),
    "coordinates": ("gps geographic map x screen the of", ""),
    "organised": ("well highly self am be very", "code modules module files folders data repository packages layers tables"),
}  # fmt: skip
_ELSEWHERE: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    word: (frozenset(before.split()), frozenset(after.split()))
    for listed, (before, after) in _BESIDE.items()
    for word in {listed, listed.replace("organised", "organized")}
}
_DEPARTMENTS = frozenset(
    ["operations", "sales", "finance", "marketing", "engineering", "procurement", "purchasing", "legal"]
)  # fmt: skip
_COLLEAGUES = _DEPARTMENTS | frozenset(
    ["managers", "engineers", "developers", "designers", "researchers", "analysts", "doctors", "physicians", "nurses", "therapists",
     "physiotherapists", "teachers", "departments"]
)  # fmt: skip
"""Who is worked with only where that is said: with or alongside them, a few words before."""
_GROUPS = WEIGHTLESS | _COLLEAGUES | frozenset(["product", "team", "teams", "people", "colleagues", "staff", "department", "leadership"])  # fmt: skip
"""After a department; another noun makes it say what kind of a thing it is ("with sales data")."""
_WITH_THEM = frozenset(["with", "alongside"])
FARTHEST_COMPANION = 3
_NO_OBJECT = frozenset(["as", "since", "to"])
_OBJECTS = frozenset(["train", "trained", "training", "talks", "organised", "organized", "recover"])
FARTHEST_OBJECT = 4
"""Words after these, up to the next preposition: "trained a small neural network", but not "trained nurses for the network"."""
_PREPOSITIONS = frozenset(["for", "with", "in", "at", "from", "about", "into", "by", "on", "how"])
_OWN = re.compile(r"[\d`_/(A-Z](?:(?<=[\d`_])|(?<=\w/)(?=\w)|(?<=\w\()(?=\))|(?<=[a-z][A-Z]))")
"""A figure, or code: `x`, a_b, a/b, f() or aB. Each by the character that is not a small letter, which is quickly found."""


class Cue(NamedTuple):
    """A cue as it is listed, what it is evidence of, the first sentence that has it, and what it is worth there."""

    kind: str
    cue: str
    sentence: Sentence
    worth: float


class _Way(NamedTuple):
    stems: tuple[str, ...]
    parameter: Parameter
    kind: str
    cue: str
    forms: frozenset[str]
    """The first word is one of these; whatever has its stem, where there are none."""
    company: frozenset[str]
    """One of these stems is near; any are, where there are none."""


@cache
def _listed(
    families: tuple[Parameter, ...],
) -> Mapping[str, tuple[_Way, ...]]:
    """First stem → the ways in which a cue of these families begins with it, the longest first."""
    found: dict[str, dict[tuple[tuple[str, ...], Parameter, str], tuple[str, set[str], set[str]]]] = {}
    for parameter in families:
        for kind, cues in _CUES[parameter].items():
            for listed in (" ".join(part.split()) for part in cues.split(",")):
                cue = listed.removeprefix("=")
                written = [word.lower() for word in words(cue)]
                stems = tuple(map(stem, written))
                way = (stems, parameter, kind)
                _, forms, company = found.setdefault(stems[0], {}).setdefault(way, (cue, set(), set()))
                company |= _COMPANY.get(cue, frozenset())
                if listed != cue:
                    forms.add(written[0])
    return {
        first: tuple(
            _Way(*way, cue, frozenset(forms), frozenset(company))
            for way, (cue, forms, company) in sorted(ways.items(), key=lambda w: (-len(w[0][0]), w[0]))
        )
        for first, ways in found.items()
    }


def cues_in(
    document: Iterable[Sentence], families: tuple[Parameter, ...], *, of_own_only: bool = False
) -> Mapping[Parameter, list[Cue]]:
    """The cues of each family that count, in the order of the document.

    A cue in a bare list of words is no evidence. Each cue once (words of one stem are one cue), at most two in a sentence.

    With `of_own_only` a sentence is a mention and worth a quarter if it has neither a figure nor code of its own, or fewer than two
    words with content that are no cues and that no sentence with cues before it had; without any it is worth nothing, since it only
    names cues, or says again with other cues what was said.
    """
    found: dict[Parameter, dict[str, Cue]] = {parameter: {} for parameter in families}
    listed = _listed(families)
    telling = _listed(ALL_FAMILIES) if of_own_only else listed
    said: set[str] = set()
    for sentence in document:
        companion = _companion(sentence) if Parameter.CULTURAL_FIT in found else None
        if (not companion and telling.keys().isdisjoint(sentence.stems)) or not is_context(sentence):
            continue
        worth = _worth(sentence, said) if of_own_only else 1.0
        if not worth:
            continue
        here: dict[Parameter, int] = {}
        if companion:
            here[Parameter.CULTURAL_FIT] = 1
            found[Parameter.CULTURAL_FIT].setdefault(companion, Cue(TOGETHER, companion, sentence, worth))
        for start in compress(count(), map(listed.__contains__, sentence.stems)):
            for stems, parameter, kind, cue, forms, company in listed[sentence.stems[start]]:
                if here.get(parameter, 0) >= MOST_IN_A_SENTENCE:
                    continue
                end = start + len(stems)
                if (
                    sentence.stems[start:end] != stems
                    or not _is_meant(sentence, start, forms)
                    or (company and not _is_in(company, sentence, start, end))
                ):
                    continue
                here[parameter] = here.get(parameter, 0) + 1
                cues = found[parameter]
                if cue not in cues or cues[cue].worth < worth:
                    cues[cue] = Cue(kind, cue, sentence, worth)
    return {parameter: list(cues.values()) for parameter, cues in found.items()}


def _companion(sentence: Sentence) -> str | None:
    """The first department or kind of colleagues that the author worked with."""
    if _COLLEAGUES.isdisjoint(sentence.lower):
        return None
    for at, word in enumerate(sentence.lower):
        if (
            word in _COLLEAGUES
            and not _WITH_THEM.isdisjoint(sentence.lower[max(0, at - FARTHEST_COMPANION) : at])
            and (word not in _DEPARTMENTS or _GROUPS.issuperset(sentence.lower[at + 1 : at + 2]))
        ):
            return word
    return None


def _is_in(company: frozenset[str], sentence: Sentence, start: int, end: int) -> bool:
    """Is one of these words near, which give the words between these places their meaning?"""
    return not (
        company.isdisjoint(sentence.stems[max(0, start - NEAR) : start])
        and company.isdisjoint(sentence.stems[end : end + NEAR])
    )


def _is_meant(sentence: Sentence, at: int, forms: frozenset[str]) -> bool:
    """Is the word that a cue begins with in its form, and not of another meaning by a word beside it?"""
    word = sentence.lower[at]
    if forms and word not in forms:
        return False
    if word not in _ELSEWHERE:
        return True
    before, after = _ELSEWHERE[word]
    following = sentence.lower[at + 1 : at + 1 + (FARTHEST_OBJECT if word in _OBJECTS else 1)]
    if word in _OBJECTS:
        following = tuple(takewhile(lambda one: one not in _PREPOSITIONS, following))
    if word == "trained" and (not following or following[0] in _NO_OBJECT):
        return False
    return (
        before.isdisjoint(sentence.lower[at - 1 : at])
        and after.isdisjoint(following)
        and not (word == "lead" and _is_of_a_title(sentence.words, at))
    )


def _is_of_a_title(written: tuple[str, ...], at: int) -> bool:
    """Lead Engineer, Team Lead: a word with a capital beside another."""
    beside = written[max(0, at - 1) : at] + written[at + 1 : at + 2]
    return written[at][0].isupper() and any(word[0].isupper() for word in beside)


def _worth(sentence: Sentence, said: set[str]) -> float:
    """Of a report's sentence with cues: in full, a quarter, or nothing; its words are added to what was said."""
    listed = _listed(ALL_FAMILIES)
    new = {stem for stem in sentence.content if stem not in listed} - said
    said |= new
    if not new:
        return 0.0
    return 1.0 if len(new) >= FEWEST_TO_TELL and has_something_of_its_own(sentence) else MENTION


def kinds_mentioned(document: Iterable[Sentence], parameter: Parameter) -> frozenset[str]:
    """Every kind of which a document has a cue, whether it counts or not: nobody is told to add what stands there."""
    listed = _listed((parameter,))
    return frozenset(
        kind
        for sentence in document
        if not listed.keys().isdisjoint(sentence.stems)
        for start in compress(count(), map(listed.__contains__, sentence.stems))
        for stems, _, kind, _, forms, company in listed[sentence.stems[start]]
        if sentence.stems[start : start + len(stems)] == stems
        and _is_meant(sentence, start, forms)
        and (not company or _is_in(company, sentence, start, start + len(stems)))
    )


def breadth(cues: Iterable[Cue]) -> float:
    """What cues are worth together: in each kind at most two count."""
    by_kind: dict[str, float] = {}
    for cue in cues:
        by_kind[cue.kind] = by_kind.get(cue.kind, 0.0) + cue.worth
    return sum(min(MOST_OF_A_KIND, worth) for worth in by_kind.values())


def has_something_of_its_own(sentence: Sentence) -> bool:
    """Does it have a figure, or code?"""
    return bool(_OWN.search(sentence.text))
