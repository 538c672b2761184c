"""How an installation is looked after: purge, archive, backups."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class Done:
    """The last run of a task: how long ago, and how it went."""

    age: timedelta
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Backlog:
    """Archives that were begun and not finished, and the age of the oldest."""

    pending: int
    age: timedelta
