"""What a project report says was done; what it plans or admits to be missing is told apart, like what is no claim at all."""

import re
from typing import NamedTuple

from cveval_evaluate.local.claims import is_claim
from cveval_evaluate.local.text import Reading, Sentence, sentences

_UNDONE = re.compile(
    r"\W(?:not (?:yet|implemented|done|finished|started|tested|supported|included|covered|handled)|(?:no|without any) (?:automated |unit )?tests?\b|"
    r"(?:do|does|did|could|was|were|is|are|has|have) ?n[o'’]t (?:yet )?(?:work|implement|done|finish|manage|have time|get to|write|test|add|use|handle|support|"
    r"implemented|finished|tested|supported|handled)|had no time|lack of time|ran out of time|if i had|if we had|with more time|more time|"
    r"would (?:like|add|use|be|have|need|then)|(?:i|we)['’]d (?:like|add|use)|(?:could|can|should|will|may) be (?:added|improved|done|extended)|could (?:add|use|have)|"
    r"will (?:follow|be (?:added|implemented|explored|built|done|introduced|tested|extended|provided|improved|written))|should be (?:established|taken|considered|added|done)|in principle|conceivable|later stage|(?:next|following|later) (?:iteration|version|release)|"
    r"(?:is|are) (?:planned|missing|left out|a todo|still open)|to ?do\b|in (?:the )?future|future (?:work|version|improvement)|next step|plan(?:ning)? to|"
    r"intend to|hope to|wanted to|want to (?:add|use))"
)
"""In lower case and with a space before it: that is searched much faster than without regard to case or for where words begin."""
_HEADING_OF_WISHES = re.compile(
    r"^\W*(?:[\d.]+\s*)?(?:possible |future |further |planned )?(?:extensions?|improvements?|future work|outlook|next steps?|to ?dos?|"
    r"what (?:i|we) would (?:do|change|add|improve).*|what is (?:not done|missing|left)|not done|open (?:points|issues)|roadmap|ideas for later)\W*$",
    re.IGNORECASE,
)
_HINTS = frozenset(
    # One of these words is in whatever `_UNDONE` finds; looking for them first is much faster.
    [
        "not",
        "no",
        "without",
        "don't",
        "doesn't",
        "didn't",
        "couldn't",
        "wasn't",
        "weren't",
        "isn't",
        "aren't",
        "haven't",
        "hasn't",
        "don’t",
        "doesn’t",
        "didn’t",
        "couldn’t",
        "wasn’t",
        "weren’t",
        "isn’t",
        "aren’t",
        "haven’t",
        "hasn’t",
        "time",
        "lack",
        "ran",
        "had",
        "would",
        "i'd",
        "i’d",
        "we'd",
        "we’d",
        "could",
        "can",
        "should",
        "will",
        "may",
        "planned",
        "missing",
        "left",
        "principle",
        "conceivable",
        "later",
        "following",
        "todo",
        "still",
        "do",
        "future",
        "next",
        "plan",
        "planning",
        "intend",
        "hope",
        "wanted",
        "want",
        "more",
    ]
)
LONGEST_HEADING = 60
LONGEST_TITLE = 160
MOST_WORDS_IN_A_HEADING = 8
_VERBS = frozenset(["is", "are", "was", "were", "has", "have", "been", "can", "now"])
_WHAT = frozenset(["what", "how", "why", "where", "when", "which", "who", "that"])
FEWEST_WITH_A_VERB = 4
"""Words of a line that is a sentence, though it does not end like one, by a verb that headings have only beside one of the others."""


class Done(NamedTuple):
    """A sentence that claims something, and the heading it stands under."""

    sentence: Sentence
    heading: Sentence | None


def done_in(report: str, reading: Reading | None = None) -> list[Done]:
    """The sentences that claim something, each once; neither the title nor those under a heading such as "Next steps"."""
    found: dict[tuple[str, ...], Done] = {}
    heading, wishes = None, False
    for place, sentence in enumerate(sentences(report, reading)):
        if _is_heading(sentence) or (place == 0 and _is_title(sentence)):
            heading = sentence if place else None
            wishes = bool(_HEADING_OF_WISHES.match(sentence.text))
        elif not wishes and is_claim(sentence) and not _is_undone(sentence):
            found.setdefault(sentence.stems, Done(sentence, heading))
    return list(found.values())


def _is_undone(sentence: Sentence) -> bool:
    return not _HINTS.isdisjoint(sentence.lower) and bool(_UNDONE.search(f" {sentence.text.lower()}"))


def _is_title(sentence: Sentence) -> bool:
    """The first line, which may be longer than other headings, names the work and tells nothing of it."""
    return len(sentence.text) <= LONGEST_TITLE and sentence.text[-1] not in ".!?;,"


def _is_heading(sentence: Sentence) -> bool:
    text = sentence.text
    return (
        len(text) <= LONGEST_HEADING
        and len(sentence.words) <= MOST_WORDS_IN_A_HEADING
        and text[-1] not in ".!?;,"
        and not text[0].islower()
        and (
            len(sentence.words) < FEWEST_WITH_A_VERB
            or _VERBS.isdisjoint(sentence.lower)
            or not _WHAT.isdisjoint(sentence.lower)
        )
    )
