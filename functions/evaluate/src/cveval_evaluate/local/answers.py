"""Which line of a CV answers what a job post asks for, and of what nothing is said: to show to people, it counts nothing."""

import re
from collections.abc import Iterable

from cveval.domain.evaluations import Parameter
from cveval_evaluate.local.coverage import Coverage, best_lines
from cveval_evaluate.local.cv import CvFindings
from cveval_evaluate.local.evidence import quotable
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

    A degree is answered by a degree, in one of the subjects that are named, years by those that were counted, and other experience,
    but nothing else, first by what somebody was. What is told of dated positions goes before what is claimed elsewhere. An item that
    asks for skills by name is answered also where a CV names all of these, or what is enough for each.
    """
    if not found.is_read:
        return ()
    asked = found.job.requirements
    degrees, heads, at_work, elsewhere = (
        list[Sentence](),
        list[Sentence](),
        list[Sentence](),
        list[Sentence](),
    )
    for block in found.career:
        for line in block.sentences:
            if block.section == "education" and not DEGREES.isdisjoint(line.stems):
                degrees.append(line)
            elif line in block.head:
                heads.append(line)
            else:
                (at_work if block.spans else elsewhere).append(line)
    by_heads, by_work, by_others = (
        best_lines(asked.index, asked.most_telling, told) for told in (heads, at_work, elsewhere)
    )

    def passage(number: int, item: Item) -> Sentence | None:
        if item.is_degree:
            return _degree(item, degrees)
        if item.years:
            return _by_years(item, found, by_heads.get(number))
        return (
            (by_heads.get(number) if item.is_experience else None)
            or by_work.get(number)
            or (_by_skills(item, found.match) if item.is_of_skills else None)
            or by_others.get(number)
        )

    return tuple(Coverage(item.text, passage(number, item)) for number, item in enumerate(asked.items))


def _by_years(item: Item, found: CvFindings, best: Sentence | None) -> Sentence | None:
    """What somebody was, where the years that bear on the job are enough, and one of the skills, if any are named with them, is named."""
    if found.months < item.years * 12 or (item.skills and not _named(item, found.match)):
        return None
    rating = next(rating for rating in found.ratings if rating.parameter is Parameter.EXPERIENCE_LEVEL)
    bearing = {quote.text for quote in rating.quotes}
    heads = [line for block in found.career for line in block.head if quotable(line) in bearing]
    return best or next((head for head in heads if len(head.content) >= FEWEST_TELLING), None)


def _degree(item: Item, degrees: Iterable[Sentence]) -> Sentence | None:
    subjects = item.words.keys() - DEGREES
    return next((line for line in degrees if not subjects or not subjects.isdisjoint(line.stems)), None)


def _by_skills(item: Item, found: Match) -> Sentence | None:
    named = _named(item, found)
    return named[0] if named and len(named) == len(item.skills) else None


def _named(item: Item, found: Match) -> list[Sentence]:
    """Where each of an item's skills, or what is enough for it, is named first."""
    named = [found.named.get(found.met_otherwise.get(skill, skill)) for skill in sorted(item.skills)]
    return [line for line in named if line is not None]


def gaps(found: CvFindings) -> list[str]:
    """What is asked for, not only wished, and of which no word stands anywhere in a CV; each short and without its leading in.

    Degrees and years are told elsewhere, and long items ask for too much at once to say that all of it is missing.
    """
    if not found.is_read:
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
