"""What somebody might paste into a CV to look as if it fitted."""

import random
from collections.abc import Callable

from cveval_evaluate.local.job import prepare_job

Cheat = Callable[[str, str], str]
"""CV and job description → the CV with the cheat."""


def pasted_at_the_end(cv: str, job: str) -> str:
    return f"{cv}\n\n{job}"


def pasted_before_everything(cv: str, job: str) -> str:
    return f"{job}\n\n{cv}"


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
    prepared = prepare_job(job)
    telling = sorted(prepared.vector, key=lambda stem: (-prepared.vector[stem], stem))[:60]
    return f"{cv}\n\nKeywords\n" + "\n".join([" ".join(telling), ", ".join(prepared.skills)] * 50)


def keywords_in_lines(cv: str, job: str) -> str:
    """Each of these words on a line of its own."""
    prepared = prepare_job(job)
    telling = sorted(prepared.vector, key=lambda stem: (-prepared.vector[stem], stem))[:60]
    return f"{cv}\n\n" + "\n".join([prepared.title, *prepared.skills, *telling])


PASTES: tuple[Cheat, ...] = (
    pasted_at_the_end,
    pasted_before_everything,
    pasted_in_lines,
    pasted_in_shuffled_chunks,
)
STUFFINGS: tuple[Cheat, ...] = (skills_listed, keywords_stuffed, keywords_in_lines)
