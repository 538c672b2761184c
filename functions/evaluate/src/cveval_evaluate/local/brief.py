"""What a case-study brief asks for, read once however many reports answer it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from cveval_evaluate.local.achievements import has_figure
from cveval_evaluate.local.copying import LONGEST_OF_A_BRIEF, MOST_LIKE_A_BRIEF, Source, source_of
from cveval_evaluate.local.language import Language, language_of_all
from cveval_evaluate.local.outline import Passage, passages
from cveval_evaluate.local.text import Sentence, sentences, stem
from cveval_evaluate.local.tfidf import Index, index_of, vector

_ASKING = frozenset(
    stem(word)
    for word in [
        "must",
        "should",
        "shall",
        "need",
        "needs",
        "require",
        "required",
        "requires",
        "build",
        "implement",
        "provide",
        "support",
        "design",
        "handle",
        "return",
        "accept",
        "store",
        "use",
        "include",
        "includes",
        "write",
        "document",
        "test",
        "deploy",
        "create",
        "explain",
        "show",
        "describe",
        "expose",
        "evaluate",
        "process",
        "parse",
        "ensure",
        "validate",
        "retry",
        "cover",
        "run",
        "deliver",
        "present",
        "propose",
        "plan",
        "analyse",
        "analyze",
        "compare",
        "recommend",
        "identify",
        "define",
        "measure",
        "state",
        "give",
        "list",
        "report",
        "prepare",
        "sketch",
        "outline",
        "estimate",
        "discuss",
        "justify",
        "submit",
        "treat",
        "expect",
    ]
)
_TELL = (
    "analyse analyze compare consider define describe discuss estimate explain identify justify mention outline present propose recommend "
    "report sketch state why"
)
_TELLING = frozenset(map(stem, _TELL.split()))
"""What must be told: that it was done is no answer."""
_ADMINISTRATIVE = re.compile(
    # how the work is handed in and judged, and what it need not have
    r"\b(?:graded|grading|marks? (?:are|is|will)|judged?|assessment criteria|evaluation criteria|points? (?:are|will be|for each)|due (?:date|by|on)|deadline (?:is|for)|"
    r"(?:submit|hand in|send|e-mail|upload) (?:it|this|the (?:report|solution|work|link|repository)|your|by|before|until|no later)|submission|"
    r"(?:exceed|at most|maximum(?: of)?|up to|than) \w+ pages|pages? (?:is|are) enough|good luck|any questions|"
    r"(?:is|are) not (?:needed|required|necessary|asked for))\b|^\W*(?:deadline|submission|grading)\b|"
    r"^\W*(?:please )?(?:hand|turn) in\b"
)
"""In lower case."""
_HANDED_IN = re.compile(
    # in what form, as a sentence says it or what stands above it: "Deliverable: a report of three pages"
    r"^\W*(?:(?:the|your|final|expected) )*(?:deliverables?|hand[- ]?ins?|(?:format|length)(?: of (?:the|your) \w+)?)(?: (?:is|are)\b|\W*:)"
    r"[^:]*\b(?:reports?|pages?|slides?|presentation|spreadsheet|pdf|zip)\b"
)
_SHARE_OF_GRADE = re.compile(r"^\W*[^.:()\n]{3,50}\(\d{1,3} ?%\).*$", re.MULTILINE)
"""A line such as "Creativity (10 %): useful features beyond the requirements"."""
_NO_WORK = re.compile(
    # a heading or a lead under which nothing is asked for: how the work is judged and handed in, and what it need not do
    r"\b(?:grad(?:ed|ing)|marking|(?:evaluation|assessment|judging) criteria|(?:how|what) (?:we|.* (?:is|are|will be)) (?:rated?|judged?|assess(?:ed)?|evaluated?|marked)|"
    r"out of scope|non-goals|not (?:in scope|needed|required|expected|part of))\b|"
    r"^(?:(?:how|where|what|when) to )?(?:submit|submission|hand(?:ing)? in|turn in)\b|^(?:your |the )?submission\b"
)
_BACKGROUND = re.compile(
    # one under which only what asks by its words counts
    r"^(?:the )?(?:background|context|introduction|situation|about|company|client|customer|starting point|status quo|data|inputs?|material|resources|"
    r"glossary|terms|definitions|hints?|notes?|remarks|examples?|faq|schedule|timeline|contacts?|links|references)\b|"
    r"^(?:we|our|you (?:get|receive|have|(?:will )?find|will (?:get|receive)|are given)|there (?:is|are)|at present|currently|today|given|provided|attached|"
    r"for example|such as)\b.*:$"
)
_EXPECTING = re.compile(r"\b(?:expect|want|need|ask|would like|look for)")
FEWEST_STEMS = 3
MOST_REQUIREMENTS = 60
SHARED_STEMS = 2
"""What an answer must have in common with a requirement, if that has so many words with content: "p99 below 50 ms" has one."""
BRIEFS_KEPT = 64


@dataclass(frozen=True, slots=True)
class Brief:
    """A brief, ready to be answered."""

    requirements: tuple[str, ...]
    shared: tuple[int, ...]
    """How many words of each an answer must have."""
    asked_as: tuple[frozenset[str], ...]
    """The words of each as they are written, in lower case; none where it asks for what must be told: that it was done is no answer."""
    telling: tuple[frozenset[str], ...]
    """The words of each that weigh no less than its words do in the mean."""
    index: Index
    source: Source
    language: Language


@lru_cache(maxsize=BRIEFS_KEPT)
def prepare_brief(study_case_brief: str) -> Brief:
    """Read a brief: the sentences that ask for something, by a verb or as an item of a list; all that have some content where none does.

    How the work is to be handed in and will be graded is no requirement, and what is listed as background asks only by a verb.
    """
    with_content = {sentence.text: (sentence, asks) for sentence, asks in _with_content(study_case_brief)}
    asking = [sentence for sentence, asks in with_content.values() if asks]
    requirements = (asking or [sentence for sentence, _ in with_content.values()])[:MOST_REQUIREMENTS]
    vectors = [vector(requirement.content) for requirement in requirements]
    return Brief(
        requirements=tuple(requirement.text for requirement in requirements),
        shared=tuple(min(SHARED_STEMS, len({*requirement.content})) for requirement in requirements),
        asked_as=tuple(
            frozenset(requirement.lower) if _TELLING.isdisjoint(requirement.stems) else frozenset()
            for requirement in requirements
        ),
        telling=tuple(
            frozenset(word for word, weight in weights.items() if weight * weight * len(weights) >= 1)
            for weights in vectors
        ),
        index=index_of(vectors),
        source=source_of(study_case_brief, LONGEST_OF_A_BRIEF, MOST_LIKE_A_BRIEF),
        language=language_of_all(sentences(study_case_brief)),
    )


def _with_content(study_case_brief: str) -> Iterator[tuple[Sentence, bool]]:
    """The sentences that may be requirements, and whether each asks for something."""
    title = next((line.strip() for line in study_case_brief.splitlines() if line.strip()), "")
    for passage in passages(_SHARE_OF_GRADE.sub("", study_case_brief)):
        if _NO_WORK.search(passage.heading) or _NO_WORK.search(passage.lead):
            continue
        above = (passage.lead or passage.heading).rstrip(":")
        for place, s in enumerate(sentences(passage.text)):
            lower = s.text.lower()
            handed_in = _HANDED_IN.search(f"{above}: {lower}") or _HANDED_IN.search(lower)
            is_asked = place == 0 and passage.is_item and not _is_background(passage)
            fewest = (1 if has_figure(s) else SHARED_STEMS) if is_asked else FEWEST_STEMS
            if (
                len(set(s.content)) >= fewest
                and not s.text.endswith(":")
                and not _is_title(s.text, title)
                and not handed_in
                and not _ADMINISTRATIVE.search(lower)
            ):
                yield s, is_asked or not _ASKING.isdisjoint(s.stems)


def _is_background(passage: Passage) -> bool:
    """Does what stands above a list only tell of what there is? A lead says it of its list, whatever the heading is."""
    above = passage.lead or passage.heading
    return bool(_BACKGROUND.search(above)) and not _EXPECTING.search(above)


def _is_title(text: str, first_line: str) -> bool:
    return text in first_line and not first_line.endswith((".", "!", "?"))
