"""Cues: words that, in a sentence of some length, are evidence of a family. Distinct cues count, repeats do not."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from cveval.domain.evaluations import Parameter
from cveval_evaluate.local.text import Sentence, stem, words

FEWEST_WORDS = 5
"""A cue in a bare list of words is no evidence."""

_CUES: Mapping[Parameter, str] = {
    Parameter.CULTURAL_FIT: """team, teams, teammates, collaborated, collaboration, cross-functional, together, mentored, mentoring,
        coached, onboarding, taught, shared, workshop, presented, talk, community, volunteer, open source, stakeholders, customers,
        code review, pair programming, pairing, feedback, learned, curious, self-taught, organised, organized,
        meetup, communication, facilitated""",
    Parameter.CODE_QUALITY: """test, tests, unit tests, integration tests, end-to-end, coverage, lint, linter, linting, type hints, mypy,
        typed, static analysis, code review, refactored, refactoring, modular, modules, layered, layers, separation, interfaces,
        dependency injection, clean architecture, hexagonal, ports and adapters, solid, naming, continuous integration, ci, formatter,
        pytest, mocks, fixtures, reusable, readable, property-based""",
    Parameter.RESILIENCE: """retry, retries, retried, backoff, jitter, timeout, timeouts, circuit breaker, fallback, idempotent, idempotency,
        dead letter, dead-letter, queue, transaction, transactions, rollback, rate limit, rate limits, graceful, failure, failures,
        fails, failed, error handling, recover, recovers, recovery, duplicate, duplicates, lease, heartbeat, monitoring, alert,
        alerts, health check, killed, crash, crashes, restarts, outage, degraded, validated, validation""",
    Parameter.DOCUMENTATION: """readme, documentation, documented, docs, diagram, diagrams, openapi, swagger, docstring, docstrings, setup,
        instructions, install, installation, example, examples, trade-off, trade-offs, tradeoffs, decision record, adr, changelog,
        explains, explained, comments, runbook, usage, how to, architecture""",
    Parameter.CREATIVITY: """bonus, beyond, additionally, extra, improvement, improvements, idea, ideas, experimented, experiment, novel,
        alternative, alternatives, dashboard, visualisation, visualization, authentication, docker, deployed, deployment, benchmark,
        benchmarked, measured, compared, comparison, prototype, feature, future work, multilingual, streaming, caching, cache,
        evaluation set, anonymised, anonymized, bias""",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A cue as it is listed, and the first sentence that has it."""

    cue: str
    sentence: Sentence


@cache
def _stemmed(parameter: Parameter) -> Mapping[tuple[str, ...], str]:
    cues: dict[tuple[str, ...], str] = {}
    for cue in (" ".join(part.split()) for part in _CUES[parameter].split(",")):
        cues.setdefault(tuple(stem(word.lower()) for word in words(cue)), cue)
    return cues


def cues_in(parameter: Parameter, document: list[Sentence]) -> list[Found]:
    """The distinct cues of a family, in the order of the document; words of one stem are one cue."""
    cues = _stemmed(parameter)
    longest = max(map(len, cues))
    found: dict[str, Found] = {}
    for sentence in document:
        written = [stem(word.lower()) for word in words(sentence.text)]
        if len(written) < FEWEST_WORDS:
            continue
        for start in range(len(written)):
            for length in range(1, longest + 1):
                cue = cues.get(tuple(written[start : start + length]))
                if cue is not None:
                    found.setdefault(cue, Found(cue, sentence))
    return list(found.values())
