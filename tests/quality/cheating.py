"""What somebody might paste into a CV to look as if it fitted."""

import calendar
import random
import re
from collections.abc import Callable, Sequence
from itertools import chain, cycle, islice

from cveval_evaluate.local.career import blocks
from cveval_evaluate.local.job import prepare_job
from cveval_evaluate.local.sections import heading
from cveval_evaluate.local.skills import skill_tokens
from cveval_evaluate.local.text import sentences
from tests.quality.labelled import AS_OF, jobs

Cheat = Callable[[str, str], str]
"""CV and job description → the CV with the cheat."""


def pasted_at_the_end(cv: str, job: str) -> str:
    return f"{cv}\n\n{job}"


def pasted_before_everything(cv: str, job: str) -> str:
    return f"{job}\n\n{cv}"


def pasted_in_the_middle(cv: str, job: str) -> str:
    """Often between the lines of a position."""
    lines = cv.splitlines()
    half = len(lines) // 2
    return "\n".join([*lines[:half], "", job, "", *lines[half:]])


def pasted_in_lines(cv: str, job: str) -> str:
    """Eight words a line, bulleted, in the same order."""
    words = job.split()
    lines = (" ".join(words[start : start + 8]) for start in range(0, len(words), 8))
    return cv + "\n\nExperience\n" + "\n".join(f"• {line}" for line in lines)


def pasted_in_shuffled_chunks(cv: str, job: str) -> str:
    """Chunks of twelve words, each at another place of the CV."""
    chance = random.Random(4)
    words = job.split()
    lines = cv.splitlines()
    for start in range(0, len(words), 12):
        lines.insert(chance.randrange(len(lines) + 1), " ".join(words[start : start + 12]))
    return "\n".join(lines)


def skills_listed(cv: str, job: str) -> str:
    """A list of all skills that the job names."""
    return f"{cv}\n\nSkills\n{', '.join(prepare_job(job).skills)}\n"


def keywords_stuffed(cv: str, job: str) -> str:
    """The job's own most telling words, fifty times over."""
    return f"{cv}\n\nKeywords\n" + "\n".join(
        [" ".join(_telling(job)), ", ".join(prepare_job(job).skills)] * 50
    )


def keywords_in_lines(cv: str, job: str) -> str:
    """Each of these words on a line of its own."""
    prepared = prepare_job(job)
    return f"{cv}\n\n" + "\n".join([prepared.title, *prepared.skills, *_telling(job)])


def pasted_with_every_sixth_word_changed(cv: str, job: str) -> str:
    return f"{cv}\n\n{_with_others(job.split(' '), every=6, instead=True)}"


def pasted_with_every_fourth_word_changed(cv: str, job: str) -> str:
    return f"{cv}\n\n{_with_others(job.split(' '), every=4, instead=True)}"


def pasted_with_words_put_in(cv: str, job: str) -> str:
    """Another word after every third."""
    return f"{cv}\n\n{_with_others(job.split(' '), every=3, instead=False)}"


def pasted_with_neighbours_swapped(cv: str, job: str) -> str:
    words = job.split(" ")
    swapped = [word for start in range(0, len(words), 2) for word in reversed(words[start : start + 2])]
    return f"{cv}\n\n{' '.join(swapped)}"


def pasted_with_sentences_shuffled(cv: str, job: str) -> str:
    """Every sixth word changed, too, and each sentence at another place of the CV."""
    chance = random.Random(6)
    lines = cv.splitlines()
    for sentence in sentences(_with_others(job.split(" "), every=6, instead=True)):
        lines.insert(chance.randrange(len(lines) + 1), " ".join(sentence.text.split()))
    return "\n".join(lines)


def pasted_with_words_shuffled(cv: str, job: str) -> str:
    """The words of each sentence in any order."""
    chance = random.Random(7)
    shuffled = [chance.sample(sentence.words, len(sentence.words)) for sentence in sentences(job)]
    return f"{cv}\n\n" + "\n".join(" ".join(words) + "." for words in shuffled)


def words_in_columns(cv: str, job: str) -> str:
    """Dealt out into six columns: in each line the words stand far from each other in the job description."""
    words = job.split()
    lines = -(-len(words) // 6)
    return f"{cv}\n\n" + "\n".join(" ".join(words[line::lines]) for line in range(lines))


def words_shuffled_in_frames(cv: str, job: str) -> str:
    """Nine a line, in any order, with a beginning and an end that read like a sentence."""
    words = job.split()
    shuffled = random.Random(8).sample(words, len(words))
    return f"{cv}\n\n{_framed(shuffled, 9)}"


def words_shuffled_among_many_others(cv: str, job: str) -> str:
    """And thousands of other words, so that the job's are but few of the CV's."""
    words = " ".join(other for other in jobs().values() if other != job).split()
    others = random.Random(9).sample(words, 2500)
    lines = (" ".join(others[start : start + 50]) for start in range(0, len(others), 50))
    return f"{words_shuffled_in_frames(cv, job)}\n\n" + "\n".join(lines)


def every_second_word_in_frames(cv: str, job: str) -> str:
    return f"{cv}\n\n" + "\n".join(_framed(sentence.words[::2], 60) for sentence in sentences(job))


def every_third_word_in_frames(cv: str, job: str) -> str:
    return f"{cv}\n\n{_framed(job.split()[::3], 6)}"


def every_fifth_word_in_frames(cv: str, job: str) -> str:
    return f"{cv}\n\n{_framed(job.split()[::5], 6)}"


def every_second_word_in_varied_frames(cv: str, job: str) -> str:
    """Each sentence begins in another way."""
    lines = (
        _framed(sentence.words[::2], 60, _BEGINNINGS[number % len(_BEGINNINGS) :])
        for number, sentence in enumerate(sentences(job))
    )
    return f"{cv}\n\n" + "\n".join(lines)


def every_fifth_word_in_varied_frames(cv: str, job: str) -> str:
    return f"{cv}\n\n{_framed(job.split()[::5], 6, _BEGINNINGS)}"


_BEGINNINGS = (
    "We have done 3",
    "I worked on 4",
    "Our team built 5",
    "In my role I led 6",
    "Responsible for 12",
    "Each week I wrote 3",
    "Together with others I ran 8",
    "For two years I did 7",
    "Later on I made 9",
    "As a lead I kept 10",
)


def _framed(words: Sequence[str], per_line: int, beginnings: Sequence[str] = _BEGINNINGS[:1]) -> str:
    """With a figure, which makes a sentence of a report tell more."""
    chance = random.Random(10)
    begin = cycle(beginnings)
    return "\n".join(
        f"{next(begin)} {' '.join(words[start : start + per_line])} with {' and '.join(chance.sample(_OTHERS, 3))}."
        for start in range(0, len(words), per_line)
    )


def interleaved_with_another_post(cv: str, job: str) -> str:
    """One word of the job description, three of the other."""
    return f"{cv}\n\n{_interleaved(job.split(), 1, _another(job), 3)}"


def interleaved_with_another_post_word_by_word(cv: str, job: str) -> str:
    return f"{cv}\n\n{_interleaved(job.split(), 1, _another(job), 1)}"


def four_words_copied_and_four_put_in(cv: str, job: str) -> str:
    return f"{cv}\n\n{_interleaved(job.split(), 4, _OTHERS, 4)}"


def markup_after_every_word(cv: str, job: str) -> str:
    return f"{cv}\n\n{' <b> '.join(job.split())}"


def pasted_with_every_second_word_changed(cv: str, job: str) -> str:
    return f"{cv}\n\n{_with_others(job.split(' '), every=2, instead=True)}"


def _another(job: str) -> list[str]:
    """The words of another post: of the sixth after it, or of the sixth if it is none."""
    posts = list(jobs().values())
    return posts[((posts.index(job) if job in posts else 0) + 5) % len(posts)].split()


def _interleaved(words: Sequence[str], taken: int, others: Sequence[str], put_in: int) -> str:
    other = cycle(others)
    mixed = [[*words[start : start + taken], *islice(other, put_in)] for start in range(0, len(words), taken)]
    return " ".join(chain.from_iterable(mixed))


def _with_others(words: list[str], *, every: int, instead: bool) -> str:
    """Other words of jobs, instead of every such word or after it; the end of a sentence stays."""
    chance = random.Random(5)
    kept = []
    for number, word in enumerate(words, start=1):
        if number % every or not instead:
            kept.append(word)
        if number % every == 0:
            end = word[-1] if instead and word and word[-1] in ".,;:" else ""
            kept.append(chance.choice(_OTHERS) + end)
    return " ".join(kept)


_OTHERS = [
    "various",
    "important",
    "daily",
    "modern",
    "customer",
    "related",
    "project",
    "central",
    "further",
    "regional",
    "useful",
    "general",
    "business",
    "further",
    "weekly",
    "larger",
    "common",
    "careful",
    "additional",
    "typical",
    "practical",
    "several",
    "proven",
    "leading",
    "internal",
    "relevant",
    "main",
    "new",
    "simple",
]


def skills_claimed_in_sentences(cv: str, job: str) -> str:
    """Such as "I know A, B, C, D, E and F.", until all that the job names are in."""
    skills = [*prepare_job(job).skills]
    groups = [skills[start : start + 6] for start in range(0, len(skills), 6)]
    return f"{cv}\n\nEXPERIENCE\n" + "\n".join(f"- I know {', '.join(group)} very well." for group in groups)


def skills_claimed_one_by_one(cv: str, job: str) -> str:
    """The same sentence for every skill that the job names."""
    claims = (
        f"- I have worked with {skill} for a long time in several projects."
        for skill in prepare_job(job).skills
    )
    return f"{cv}\n\nEXPERIENCE\n" + "\n".join(claims)


def _in_the_profile(cv: str, claims: str) -> str:
    heading, blank, rest = cv.partition("\n\n")
    return f"{heading}{blank}{claims}\n\n{rest}"


def _at_the_end(cv: str, claims: str) -> str:
    return f"{cv}\n\n{claims}"


def _within_the_newest_position(cv: str, claims: str) -> str:
    """Its last lines."""
    last = next(block for block in blocks(cv, AS_OF) if block.spans).sentences[-1].text
    end = cv.index(last) + len(last)
    return f"{cv[:end]}\n{claims}{cv[end:]}"


_CLAIMS = (
    "Keen on {} and {} throughout the years.",
    "Solid grounding in {} with {} layers on top.",
    "Much of my day goes into {}, next to {} where it pays off.",
    "Comfortable around {} as well as {} from long practice.",
    "Colleagues ask me first when {} or {} gives them trouble.",
    "Built small helpers with {} and {} for whoever needed one.",
    "Evenings and weekends I read about {}, lately about {} too.",
    "Every larger task so far touched {} and, sooner or later, {}.",
    "Over time {} became my favourite, closely followed by {}.",
    "Regular hands-on hours with {} beside a healthy dose of {}.",
    "Brought {} to places that had only known {} before.",
    "When things got serious, {} plus {} carried the load.",
)


def _invented(count: int, placed: Callable[[str, str], str]) -> Cheat:
    """So many sentences that claim two of the job's skills each, every one with a beginning and words of its own."""

    def cheat(cv: str, job: str) -> str:
        chance = random.Random(f"{count} {cv}")
        names = list(prepare_job(job).skills.values())
        skills = cycle(chance.sample(names, len(names)))
        claims = (frame.format(next(skills), next(skills)) for frame in chance.sample(_CLAIMS, count))
        return placed(cv, "\n".join(f"- {claim}" for claim in claims))

    cheat.__name__ = f"{count}_invented_sentences{placed.__name__}"
    return cheat


def keywords_in_sentences(cv: str, job: str) -> str:
    """The job's most telling words, strung together with small words."""
    telling = _telling(job)
    strung = (" and the ".join(telling[start : start + 6]) for start in range(0, len(telling), 6))
    return f"{cv}\n\nEXPERIENCE\n" + "\n".join(f"- I have led the {words} with our team." for words in strung)


def _telling(job: str) -> list[str]:
    """The sixty words that weigh most, as stems: these count like the words."""
    vector = prepare_job(job).vector
    return sorted(vector, key=lambda stem: (-vector[stem], stem))[:60]


def translated(cv: str, _: str) -> str:
    """What is left of a CV in a language that is not read: headings, dates, figures, and names of skills; each other word is unknown."""
    return "".join(
        line if heading(line) is not None else _WORD.sub(_in_another_language, line)
        for line in cv.splitlines(keepends=True)
    )


def translated_with_skills_put_in(cv: str, job: str) -> str:
    """Two of the skills that the job names at the end of each line with a figure."""
    skills = cycle(prepare_job(job).skills or ("",))
    return "\n".join(
        f"{line} ({next(skills)}, {next(skills)})" if re.search(r"\d", line) else line
        for line in translated(cv, job).splitlines()
    )


_WORD = re.compile(r"[^\W\d_]+")
_DATES = {"present", "now", "current"} | {
    name.lower() for names in (calendar.month_name, calendar.month_abbr) for name in names
}


def _in_another_language(word: re.Match[str]) -> str:
    lower = word[0].lower()
    is_kept = lower in _DATES or (word[0][0].isupper() and lower in skill_tokens())
    return word[0] if is_kept else f"{lower[::-1]}ø"


CUES_IN_A_REPORT = """We have tests and coverage in version 0.0.
Retry, fallback, timeout, circuit breaker 3.
We have a linter and modules in version 0.1.
There is a readme and an example in 3.0 here.
We have retries and a queue in version 0.0.
We have validation and monitoring in version 0.0.
We have docs, limits and a diagram in version 1.0.
The dashboard and docker are in 2.0 of it.
We have a benchmark and a cache in version 0.0.
"""
"""Words that are evidence of something, with a figure, and nothing that they are said of."""

PASTES: tuple[Cheat, ...] = (
    pasted_at_the_end,
    pasted_before_everything,
    pasted_in_the_middle,
    pasted_in_lines,
    pasted_in_shuffled_chunks,
)
ALTERED_PASTES: tuple[Cheat, ...] = (
    pasted_with_every_sixth_word_changed,
    pasted_with_every_fourth_word_changed,
    pasted_with_words_put_in,
    pasted_with_neighbours_swapped,
    pasted_with_sentences_shuffled,
    pasted_with_words_shuffled,
)
DISORDERED_PASTES: tuple[Cheat, ...] = (
    words_in_columns,
    words_shuffled_in_frames,
    words_shuffled_among_many_others,
    every_second_word_in_frames,
    interleaved_with_another_post,
    interleaved_with_another_post_word_by_word,
    four_words_copied_and_four_put_in,
    markup_after_every_word,
    pasted_with_every_second_word_changed,
)
"""The words, or half of them, where nothing of their order is left."""
SMALL_SHARES: tuple[Cheat, ...] = (
    every_third_word_in_frames,
    every_fifth_word_in_frames,
    every_fifth_word_in_varied_frames,
    every_second_word_in_varied_frames,
)
"""So few of the words that an honest CV might have nearly as many."""
STUFFINGS: tuple[Cheat, ...] = (
    skills_listed,
    keywords_stuffed,
    keywords_in_lines,
    skills_claimed_in_sentences,
    skills_claimed_one_by_one,
    keywords_in_sentences,
)
INVENTED: tuple[Cheat, ...] = tuple(
    _invented(count, placed)
    for placed in (_in_the_profile, _at_the_end, _within_the_newest_position)
    for count in (2, 3, 5)
)
TRANSLATIONS: tuple[Cheat, ...] = (translated, translated_with_skills_put_in)
