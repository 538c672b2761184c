"""How the texts name things: quotes, lists, numbers, and a phrase for each kind of evidence."""

from collections.abc import Iterable, Mapping, Sequence

from cveval.domain.evaluations import Parameter, Rating
from cveval_evaluate.local.cues import Cue, kinds_mentioned
from cveval_evaluate.local.evidence import quotable
from cveval_evaluate.local.text import CUT, NUMBER_WORDS, Sentence

MOST_NAMED = 4
LONGEST_QUOTE = 110
LONGEST_REST_OF_CODE = 60
STRONG, FAIR = 4, 3
WORDS_BEFORE_A_VERB = 2
"""Of a sentence that says at once what was done."""
_LOOSE = " .;,:<=+-–—&/(["
"""No quote ends in one of these before it is cut."""
_NUMBERS = ("no", *NUMBER_WORDS[:12])
NAMES: Mapping[Parameter, str] = {
    Parameter.CORRECTNESS: "answering the brief",
    Parameter.CODE_QUALITY: "code quality",
    Parameter.RESILIENCE: "resilience",
    Parameter.DOCUMENTATION: "documentation",
    Parameter.CREATIVITY: "creativity",
}
_KINDS: Mapping[Parameter, Mapping[str, tuple[str, str]]] = {
    # Kind of cue: what one tells of who has it, and what one does not say who lacks it; what anybody could say comes first.
    Parameter.CULTURAL_FIT: {
        "working together": ("work in a team", "whom the work was done with"),
        "working with customers and partners": (
            "work with customers and partners",
            "what was settled with customers",
        ),
        "explaining and presenting": ("explaining and presenting", "to whom results were presented"),
        "giving and taking feedback": ("feedback given and taken", "whose work was reviewed"),
        "teaching and mentoring": ("teaching others", "who was taught or brought in"),
        "leading": ("leading others", "who was led or coordinated"),
        "learning": ("learning", "what was learned for it"),
        "community": ("work for a community", "what was done for a community"),
    },
    Parameter.CODE_QUALITY: {
        "tests": ("tests", "how the result was tested"),
        "how much is tested": ("how much was tested", "how far the tests go"),
        "review and integration": ("reviews", "who reviewed the work before it was final"),
        "structure": ("a clear structure", "into which parts it is divided"),
        "readable code": ("care for readers of the code", "how it is kept easy to change"),
        "static checks": ("automatic checks", "which checks run by themselves"),
    },
    Parameter.RESILIENCE: {
        "failures foreseen": ("failures that were foreseen", "what can go wrong"),
        "seen in operation": ("a watch on how it runs", "how one would notice that something goes wrong"),
        "input checked": ("checks of what comes in", "what happens when an input is wrong"),
        "limits of time and rate": ("limits at which it stops", "when it gives up"),
        "trying again": ("what is tried again", "what is tried again after a failure"),
        "nothing lost": ("care that nothing is lost", "what is kept when the work is interrupted"),
        "nothing twice": ("care that nothing happens twice", "what keeps a thing from being done twice"),
    },
    Parameter.DOCUMENTATION: {
        "why it is so": ("reasons for what was chosen", "why it was done this way"),
        "what it cannot do": ("limits that it admits", "what it cannot do"),
        "how it is built": ("how it is built", "how its parts work together"),
        "how it is used": ("how it is used", "how it is used"),
        "how to run it": ("how to start it", "how to start it"),
        "in the code": ("notes for who works on it next", "what is written down for who works on it next"),
    },
    Parameter.CREATIVITY: {
        "measured": ("measurements", "what was measured"),
        "tried out": ("alternatives that were tried", "which alternatives were tried"),
        "more than was asked": ("more than was asked", "what it offers beyond what was asked"),
        "something to look at": ("something to look at", "what its users get to see"),
        "made ready for use": ("steps to bring it into use", "what was done to bring it into use"),
        "care for people": ("care for the people concerned", "what protects the people whom it concerns"),
    },
}  # fmt: skip


class Quoting:
    """The quotes of one text: each passage once, since again it proves nothing more."""

    def __init__(self) -> None:
        self._quoted: set[str] = set()

    def first(self, passages: Iterable[Sentence]) -> str:
        """In quotation marks: the first that need not be shortened, else the first; empty where there is none."""
        longer = ""
        for text in map(quotable, passages):
            if text and text not in self._quoted:
                if len(text) <= LONGEST_QUOTE:
                    return self.once(text)
                longer = longer or text
        return self.once(longer) if longer else ""

    def once(self, text: str) -> str:
        """In quotation marks; empty if it was quoted before."""
        if text in self._quoted:
            return ""
        self._quoted.add(text)
        return quoted(text)


def quoted(text: str, longest: int = LONGEST_QUOTE) -> str:
    """In quotation marks, on one line, cut at a word."""
    text = " ".join(text.replace(CUT, " ").split()).rstrip(".;,:")
    if len(text) <= longest:
        return f"“{text}”"
    short = text[:longest].rsplit(" ", 1)[0]
    if short.count("`") % 2:
        short = _with_whole_code(text, short)
    return f"“{short.rstrip(_LOOSE)} …”" if short != text else f"“{text}”"


def _with_whole_code(text: str, short: str) -> str:
    """Code within `…` tells nothing without its end: with it where that is near, else without the code, if anything is left."""
    end = text.find("`", len(short)) + 1
    if 0 < end <= len(short) + LONGEST_REST_OF_CODE:
        return text[:end]
    return short[: short.rindex("`")].strip() or short


def told_of(cues: Iterable[Cue], parameter: Parameter) -> str:
    """What cues of a parameter show, the most telling kind first."""
    kinds = dict.fromkeys(cue.kind for cue in sorted(cues, key=lambda cue: -cue.worth))
    return listed([_KINDS[parameter][kind][0] for kind in kinds], most=2)


def unsaid(document: Iterable[Sentence], parameter: Parameter) -> list[str]:
    """What no sentence says or mentions, in indirect questions; none where every kind is there."""
    said = kinds_mentioned(document, parameter)
    return [question for kind, (_, question) in _KINDS[parameter].items() if kind not in said]


def listed(names: Sequence[str], *, most: int = MOST_NAMED, last: str = "and") -> str:
    """A, B and C; A, B and three more."""
    shown = list(names) if len(names) <= most + 1 else [*names[:most], f"{in_words(len(names) - most)} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {last} {shown[-1]}"


def either(names: Sequence[str], *, most: int = MOST_NAMED) -> str:
    """A, B or C; empty where there is none."""
    return listed(names, most=most, last="or") if names else ""


def in_words(number: int) -> str:
    """Up to twelve."""
    return _NUMBERS[number] if number < len(_NUMBERS) else f"{number:,}"


def of_years(months: int, asked: int) -> str:
    """5.2 of the 7 years asked for."""
    return f"{round(months / 12, 1):g} of the {'year' if asked == 1 else f'{asked} years'} asked for"


def score_of(ratings: Iterable[Rating], parameter: Parameter) -> int:
    """What a parameter is rated."""
    return next(rating.score for rating in ratings if rating.parameter is parameter)


def joined(sentences: Iterable[str]) -> str:
    """What is not empty, as sentences."""
    return " ".join(f"{sentence[0].upper()}{sentence[1:]}." for sentence in sentences if sentence)
