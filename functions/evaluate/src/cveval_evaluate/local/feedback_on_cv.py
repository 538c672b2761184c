"""The text on a CV: what is most telling of this candidate comes first, be it a result, a gap or the years."""

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain

from cveval.domain.evaluations import HIGHEST_RATING, Parameter
from cveval_evaluate.local.achievements import has_action, has_figure
from cveval_evaluate.local.answers import gaps
from cveval_evaluate.local.context import is_context
from cveval_evaluate.local.cv import AT_MOST_BY_NAMES, CvFindings, in_years, uncounted, unjudged
from cveval_evaluate.local.dates import YEAR
from cveval_evaluate.local.job import Job
from cveval_evaluate.local.language import Language
from cveval_evaluate.local.matching import FEWEST_SKILLS
from cveval_evaluate.local.skills import kinds_of_skills, skills_in
from cveval_evaluate.local.text import Sentence, sentences, stem, words
from cveval_evaluate.local.wording import (
    FAIR,
    LONGEST_QUOTE,
    STRONG,
    WORDS_BEFORE_A_VERB,
    Quoting,
    either,
    in_words,
    joined,
    listed,
    of_years,
    quoted,
    score_of,
    told_of,
    unsaid,
)

ENOUGH_SENTENCES = 4
"""Where there are fewer, how somebody works with others is told as well."""
MOST_GAPS = 2
MOST_SKILLS = 3
FEWEST_IN_A_HEAD = 4
"""Words without a figure: with fewer it is no more than dates."""
_DONE = frozenset(["built", "led", "ran", "wrote", "made", "cut", "taught", "won", "sold", "grew", "brought", "drove", "kept", "rebuilt", "rewrote"])  # fmt: skip
NAMES_KEPT = 4096
FEWEST_LETTERS = 7
_NOUNS = ("ing", "ment", "ments", "ship", "ships", "tion", "tions")
_CAPITAL = re.compile(r"[A-Z][a-z]+(?:-[a-z]+)?")
_A_YEAR = re.compile(r"(?:19|20)\d\d\W?")
_CHANGES = frozenset(
    map(stem, ["reduced", "cut", "halved", "lowered", "shortened", "doubled", "raised", "increased", "improved", "grew", "saved", "won", "fell", "rose", "faster"])
)  # fmt: skip


def cv_feedback(found: CvFindings) -> str:
    """How the CV fits the job, experience, achievements, what is missing, and what to change."""
    if found.job.unknown is not None:
        return _without_a_measure(found)
    return joined(_in_order(found, Quoting()))


def is_short_of_years(found: CvFindings) -> bool:
    """Does the job ask for more years than the CV's positions show?"""
    asked = found.job.years_asked
    return asked is not None and found.months < asked * 12


def unproven(found: CvFindings) -> tuple[list[str], list[str]]:
    """Skills that are missing and such as are only named, in the job's words, what it is most about first."""
    return in_its_words(found.job, found.match.missing), in_its_words(found.job, found.match.listed)


def in_its_words(job: Job, skills: Iterable[str]) -> list[str]:
    """Skills as the job names them: who reads "data pipelines" there is not asked for ETL; those that weigh most in it first."""
    return [_within_a_sentence(job.skills[skill]) for skill in sorted(skills, key=job.places.__getitem__)]


@lru_cache(maxsize=NAMES_KEPT)
def _within_a_sentence(name: str) -> str:
    """A name without the capital that only the beginning of a line gave it: accounting, machine learning; Python, Java programming.

    That of several words has others in small letters and begins with no skill; a single word is a noun by its ending, and the skill so, too.
    """
    first, *others = name.split()
    if not _CAPITAL.fullmatch(first) or not all(map(str.islower, others)):
        return name
    small = first.lower() if not others else ""
    is_noun = len(first) >= FEWEST_LETTERS and first.endswith(_NOUNS)
    keeps = not (is_noun and _names_a_skill(small)) if small else _names_a_skill(first)
    return name if keeps else name[0].lower() + name[1:]


def _names_a_skill(text: str) -> bool:
    return any(map(skills_in, sentences(text)))


def _in_order(found: CvFindings, quotes: Quoting) -> list[str]:
    fit, years, results = (
        score_of(found.ratings, parameter)
        for parameter in (Parameter.TECHNICAL_SKILLS, Parameter.EXPERIENCE_LEVEL, Parameter.ACHIEVEMENTS)
    )
    told_results, change = _achievements(found, quotes), _to_change(found, quotes)
    told = {
        "results": "" if told_results and change.startswith(told_results) else told_results,
        "fit": _fit(found, quotes),
        "years": _experience(found, quotes),
        "gaps": _gaps(found, quotes),
    }
    if found.highest is not None or found.language is Language.ANOTHER:
        order = ["fit", "years", "results", "gaps"]
    elif fit < FAIR:
        order = ["fit", "gaps", "years", "results"]
    elif is_short_of_years(found):
        order = ["years", "fit", "results", "gaps"]
    elif results >= STRONG and results >= fit:
        order = ["results", "fit", "years", "gaps"]
    elif fit == FAIR and years > max(fit, results):
        order = ["years", "fit", "results", "gaps"]
    else:
        order = ["fit", "results", "years", "gaps"]
    if sum(map(bool, told.values())) + bool(change) < ENOUGH_SENTENCES:
        told["others"] = _with_others(found, quotes)
        order.insert(order.index("gaps") if fit >= FAIR else len(order), "others")
    return [*map(told.__getitem__, order), change]


def _without_a_measure(found: CvFindings) -> str:
    """Where a job description asks for nothing or was not read, that is no gap of the candidate's."""
    years, results = (
        found.months + found.unrelated_months,
        len(found.achievements) + found.unrelated_achievements,
    )
    best = Quoting().first(by_change(found.achievements))
    figures = f"{in_words(results)} {'result is' if results == 1 else 'results are'} backed by figures"
    return joined(
        [
            f"The job description {found.job.unknown}, so the CV cannot be held against it, and the match rate says little",
            f"The CV has dated positions of {in_years(years)}" if years else "",
            f"{figures}{f', such as {best}' if best else ''}" if results else "",
            "To compare candidates, the job description should name the tasks, the skills and the years of experience that the work takes"
            if found.job.language is not Language.ANOTHER
            else "A job description in English would let candidates be compared",
            "Until then the CV is better read than ranked",
        ]
    )


def _fit(found: CvFindings, quotes: Quoting) -> str:
    score = score_of(found.ratings, Parameter.TECHNICAL_SKILLS)
    job = quoted(found.job.title) if found.job.title else "the job"
    shown = in_its_words(found.job, found.match.shown)
    if found.language is Language.ANOTHER:
        names = in_its_words(found.job, found.match.shown + found.match.listed)
        named = f"it names {listed(names)}" if names else "it names none of the skills that the job asks for"
        is_short = found.highest is not None and found.highest < AT_MOST_BY_NAMES
        short = f"; it is so short, too, that it rates at most {found.highest} of 5" if is_short else ""
        return f"The CV is not in English, so only dates, figures and names of skills could be judged; {named}{short}"
    if found.highest is not None:
        shows = f"; it shows work with {listed(shown)}" if shown else ""
        return f"The CV is so short that it rates at most {found.highest} of 5 against {job}{shows}"
    if score == HIGHEST_RATING:
        how = f"The work that the CV tells of is very close to {job}"
    elif score >= STRONG:
        how = f"The work that the CV tells of is close to {job}"
    elif score == FAIR:
        how = f"A good part of what {job} asks for is in the CV"
    elif score > 1:
        how = f"The CV and {job} have little ground in common"
    else:
        how = f"The CV tells of other work than {job}"
    if shown:
        # A result, which is quoted, proves more.
        proof = (
            ""
            if found.achievements
            else quotes.first(
                s
                for s in found.match.evidence
                if _begins_with_action(s) and not set(found.match.shown).isdisjoint(skills_in(s))
            )
        )
        return f"{how}{':' if score >= FAIR else ', though'} it shows work with {listed(shown, most=MOST_SKILLS)}{f', as in {proof}' if proof else ''}"
    proof = quotes.first(found.match.evidence) if score > 1 else ""
    return f"{how}; what comes nearest is {proof}" if proof else how


def _experience(found: CvFindings, quotes: Quoting) -> str:
    asked = found.job.years_asked
    if found.language is Language.ANOTHER:
        return _experience_by_names(found)
    others = f"; {uncounted(found.unrelated_months)}" if found.unrelated_months >= 12 else ""
    if not found.months:
        wanted = (
            f" and {_years(asked)} of experience {'is' if asked == 1 else 'are'} asked for" if asked else ""
        )
        return (
            f"Its dated positions ({in_years(found.unrelated_months)}) do not bear on this job{f',{wanted}' if wanted else ''}"
            if found.unrelated_months
            else f"No position has dates that could be added up, so no experience counts{f',{wanted}' if wanted else ''}"
        )
    position = _position(found, quotes)
    among = f", {'with' if is_short_of_years(found) else 'among them'} {position}" if position else ""
    if asked is None:
        return f"Positions that bear on the job add up to {in_years(found.months)}{among}{others}"
    if is_short_of_years(found):
        return f"The CV shows {of_years(found.months, asked)}{among}{others}"
    met = "more than twice" if found.months > asked * 24 else "which meets"
    return f"Positions that bear on the job add up to {in_years(found.months)}, {met} the {_years(asked)} asked for{others}"


def _years(number: int) -> str:
    return in_years(number * 12)


def _experience_by_names(found: CvFindings) -> str:
    """Of a CV in another language."""
    if not found.months:
        return (
            f"Whether its dated positions ({in_years(found.unrelated_months)}) bear on this job was not judged"
            if found.unrelated_months
            else "No position has dates that could be added up, so no experience counts"
        )
    asked = (
        f" of the {_years(found.job.years_asked)} that the job asks for"
        if is_short_of_years(found) and found.job.years_asked
        else ""
    )
    others = f"; {unjudged(found.unrelated_months)}" if found.unrelated_months >= 12 else ""
    return f"Positions that name skills of it add up to {in_years(found.months)}{asked}{others}"


def _is_named(head: str) -> bool:
    enough = sum(map(str.isalpha, words(head))) >= FEWEST_IN_A_HEAD
    return enough and len(head) <= LONGEST_QUOTE and head.count("(") == head.count(")")


def _position(found: CvFindings, quotes: Quoting) -> str:
    """What stands above a position that bears on the job, in quotation marks."""
    heads = next(r.quotes for r in found.ratings if r.parameter is Parameter.EXPERIENCE_LEVEL)
    return next((quotes.once(quote.text) for quote in heads if _is_named(quote.text)), "")


def _achievements(found: CvFindings, quotes: Quoting) -> str:
    done = found.achievements
    if not done:
        elsewhere = found.unrelated_achievements
        if elsewhere and found.language is Language.ANOTHER:
            return "What came of the work was not judged"
        if elsewhere:
            return f"{in_words(elsewhere)} {'result with figures comes' if elsewhere == 1 else 'results with figures come'} from other work"
        return _none_told(found)
    best = quotes.first(by_change(done))
    if len(done) == 1:
        return f"One result is backed by a figure{f': {best}' if best else ''}"
    return f"{in_words(len(done))} results are backed by figures{f', first of all {best}' if best else ''}"


def _none_told(found: CvFindings) -> str:
    return (
        "Its figures stand in no sentence with a verb that says what was done"
        if found.has_figures
        else "No sentence says in figures what was achieved"
    )


def without_figure(found: CvFindings) -> list[Sentence]:
    """What tells of a doing, near the job, and not how much came of it; a line with a year is a degree or the head of a position."""
    return [
        sentence
        for sentence in found.match.evidence
        if is_context(sentence)
        and not has_figure(sentence)
        and not YEAR.search(sentence.text)
        and _begins_with_action(sentence)
    ]


def by_change(done: Iterable[Sentence]) -> list[Sentence]:
    """Those that tell of a change first."""
    return sorted(done, key=_tells_little)


def _tells_little(sentence: Sentence) -> tuple[bool, bool, bool]:
    """Of a result: does it tell of no change in figures, does it have a year, as heads of positions do, does it have no other digits?"""
    in_digits = any(word[:1].isdigit() and not _A_YEAR.fullmatch(word) for word in sentence.text.split())
    changes = "%" in sentence.text or not _CHANGES.isdisjoint(sentence.stems)
    return not (in_digits and changes), bool(YEAR.search(sentence.text)), not in_digits


def _gaps(found: CvFindings, quotes: Quoting) -> str:
    missing, only_named = unproven(found)
    copied = "passages copied from the job description did not count" if found.original.copied_words else ""
    if found.language is Language.ANOTHER:
        return copied
    if found.match.asked < FEWEST_SKILLS:
        return "; ".join(filter(None, [_not_a_word(found), copied]))
    parts = []
    if met := _met_otherwise(found):
        parts.append(met)
    if missing:
        parts.append(f"nothing is said of {either(missing, most=MOST_SKILLS)}")
    if only_named:
        names, are = listed(only_named, most=MOST_SKILLS), "is" if len(only_named) == 1 else "are"
        # No sentence begins with a name, which may be written small.
        parts.append(
            f"{names} {are} only named, not shown at work"
            if missing
            else f"only named, not shown at work, {are} {names}"
        )
    if copied:
        parts.append(copied)
    if missing and not only_named and _weakest(found) is Parameter.TECHNICAL_SKILLS:
        where = f"under {position}" if (position := _position(found, quotes)) else "where it was done"
        parts.append(f"any work with {either(missing[:2])} should be told {where}")
    return "; ".join(parts)


def _not_a_word(found: CvFindings) -> str:
    """Where a job names too few skills to tell by them, the first two things that it asks for and the CV has no word of."""
    open_items = [quoted(gap) for gap in gaps(found)[:MOST_GAPS]]
    return f"not a word is said of {either(open_items)}" if open_items and found.highest is None else ""


def _met_otherwise(found: CvFindings) -> str:
    """By which kind most are met, of equals the first: "for relational databases and SQL it names PostgreSQL".

    Where the job itself leaves a choice ("AWS or GCP") there is nothing to tell.
    """
    by_other: dict[str, list[str]] = {}
    for skill, other in found.match.met_otherwise.items():
        if other in kinds_of_skills().get(skill, ()):
            by_other.setdefault(other, []).append(skill)
    if not by_other:
        return ""
    other, skills = max(by_other.items(), key=lambda met: len(met[1]))
    return f"for {listed(in_its_words(found.job, skills))} it names {_within_a_sentence(other)}"


def _with_others(found: CvFindings, quotes: Quoting) -> str:
    """How the candidate works with others, where the CV is strong in it."""
    if score_of(found.ratings, Parameter.CULTURAL_FIT) < STRONG:
        return ""
    proof = quotes.first(cue.sentence for cue in found.culture)
    return (
        f"It tells of {told_of(found.culture, Parameter.CULTURAL_FIT)}{f', as in {proof}' if proof else ''}"
    )


def _weakest(found: CvFindings) -> Parameter | None:
    """What a change would raise first, if anything: not the years, which nobody can add, but the dates if there are none."""
    undated = not found.months and not found.unrelated_months
    rating = min(
        (r for r in found.ratings if undated or r.parameter is not Parameter.EXPERIENCE_LEVEL),
        key=lambda rating: rating.score,
    )
    return None if rating.score == HIGHEST_RATING else rating.parameter


def _to_change(found: CvFindings, quotes: Quoting) -> str:
    """What would change the lowest rating."""
    if found.language is Language.ANOTHER:
        return "A version in English would let the wording be judged as well"
    match _weakest(found):
        case None:
            return ""
        case Parameter.TECHNICAL_SKILLS:
            return _skills_to_show(found, quotes)
        case Parameter.EXPERIENCE_LEVEL:
            return "Each position should say when it began and ended, and in two lines what the work was"
        case Parameter.ACHIEVEMENTS:
            return _results_to_tell(found, quotes)
        case _:
            return _work_with_others(found, quotes)


def _work_with_others(found: CvFindings, quotes: Quoting) -> str:
    told = chain.from_iterable(block.sentences for block in found.career)
    lacking = either(unsaid(told, Parameter.CULTURAL_FIT)[:1])
    if not lacking:
        return ""
    position = _position(found, quotes)
    return f"{f'Under {position} a' if position else 'A'} line from daily work should say {lacking}"


def _results_to_tell(found: CvFindings, quotes: Quoting) -> str:
    none = "" if found.achievements or found.unrelated_achievements else f"{_none_told(found)}: "
    if done := quotes.first(without_figure(found)):
        return f"{none}{'with' if none else 'With'} a figure {done} would be a result"
    under = f" under {position}" if (position := _position(found, quotes)) else ""
    return f"{none}what came of the work{under} should be told in figures"


def _begins_with_action(sentence: Sentence) -> bool:
    """Does it say at once what was done? A list or a degree ("project planning", "MA in design") has no result to tell."""
    return has_action(sentence) and any(
        word.endswith("ed") or word in _DONE for word in sentence.lower[:WORDS_BEFORE_A_VERB]
    )


def _skills_to_show(found: CvFindings, quotes: Quoting) -> str:
    missing, only_named = unproven(found)
    if found.match.asked >= FEWEST_SKILLS and only_named:
        names = only_named[:2]
        return f"If {listed(names)} came up at work, a sentence should say what for and with what result"
    if found.match.asked >= FEWEST_SKILLS and missing:
        return ""  # The gaps say it.
    best = quotes.first(found.match.evidence)
    return (
        f"What comes nearest to it should be told at more length{f', beginning with {best}' if best else ''}"
    )
