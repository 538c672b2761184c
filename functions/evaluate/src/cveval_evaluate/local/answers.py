"""Which line of a CV answers what a job post asks for, and of what nothing is said: to show to people, it counts nothing."""

import re
from collections.abc import Iterable

from cveval_evaluate.local.coverage import Coverage, best_lines
from cveval_evaluate.local.cv import CvFindings
from cveval_evaluate.local.language import Language
from cveval_evaluate.local.matching import Match
from cveval_evaluate.local.requirements import DEGREES, Item
from cveval_evaluate.local.text import Sentence

FEWEST_TELLING = 2
"""Words of an item that is told as a gap: a single one is too easily said otherwise."""
LONGEST_GAP = 110
_LEADING_IN = re.compile(
    r"(?:you(?:['’]ll| will)? )?(?:(?:have|bring|need|must have|an?|at least|some|proven|strong|solid|good|excellent|sound|working|hands-on|in-depth|deep|"
    r"demonstrated|demonstrable|relevant|previous|prior|practical|professional) )*"
    r"(?:(?:experience|knowledge|understanding|ability|skills?|familiarity|proficiency|competence|expertise|evidence|commitment) (?:of|with|in|to) )?",
    re.IGNORECASE,
)


def answered(found: CvFindings) -> tuple[Coverage, ...]:
    """For each item the line of a CV that answers it best, if one does; nothing where one of the two is in another language.

    A degree is answered by a degree, in one of the subjects that are named, experience, and nothing else, first by what somebody was; an item that
    names skills also where a CV names all of these, or what is enough for each.
    """
    if not _is_read(found):
        return ()
    asked = found.job.requirements
    degrees, heads, lines = list[Sentence](), list[Sentence](), list[Sentence]()
    for block in found.career:
        for line in block.sentences:
            if block.section == "education" and not DEGREES.isdisjoint(line.stems):
                degrees.append(line)
            else:
                (heads if line in block.head else lines).append(line)
    by_lines, by_heads = (best_lines(asked.index, asked.most_telling, told) for told in (lines, heads))
    return tuple(
        Coverage(item.text, _degree(item, degrees))
        if item.is_degree
        else Coverage(
            item.text,
            (by_heads.get(number) if item.is_experience else None)
            or by_lines.get(number)
            or _by_skills(item, found.match),
        )
        for number, item in enumerate(asked.items)
    )


def _degree(item: Item, degrees: Iterable[Sentence]) -> Sentence | None:
    subjects = item.words.keys() - DEGREES
    return next((line for line in degrees if not subjects or not subjects.isdisjoint(line.stems)), None)


def _by_skills(item: Item, found: Match) -> Sentence | None:
    named = [found.named.get(found.met_otherwise.get(skill, skill)) for skill in sorted(item.skills)]
    return named[0] if named and all(named) else None


def gaps(found: CvFindings) -> list[str]:
    """What is asked for, not only wished, and of which no word stands anywhere in a CV; each short and without its leading in.

    Degrees and years are told elsewhere, and long items ask for too much at once to say that all of it is missing.
    """
    if not _is_read(found):
        return []
    said = frozenset(found.original.reading.content)
    return [
        text
        for item in found.job.requirements.items
        if not (item.is_degree or item.is_wish or any(map(str.isdigit, item.text)))
        and len(text := _LEADING_IN.sub("", item.text, count=1)) <= LONGEST_GAP
        and item.skills.issubset(found.match.missing)
        and len(item.words) >= FEWEST_TELLING
        and said.isdisjoint(item.words)
    ]


def _is_read(found: CvFindings) -> bool:
    return found.job.unknown is None and found.language is not Language.ANOTHER
