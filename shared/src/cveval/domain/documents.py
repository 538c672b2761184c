"""Uploads, briefs, and the hashes that tell whether two requests are the same."""

import hashlib
import json
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import uuid4

from cveval.domain.errors import InvalidRequest

MAX_UPLOAD_BYTES = 10_000_000
MAX_JOB_DESCRIPTION = 20_000
MAX_STUDY_CASE_BRIEF = 20_000
MAX_RUBRIC = 10_000


class UploadType(StrEnum):
    CV = "cv"
    PROJECT = "project"


@dataclass(frozen=True, slots=True)
class Extracted:
    """A document's text as extraction found it: newlines kept, hidden text left out and named in `warnings`."""

    text: str
    mime: str
    warnings: tuple[str, ...] = ()


class Extractor(Protocol):
    """Turns untrusted bytes into text, in a child process that dies with its limits."""

    async def extract(self, content: bytes, *, field: str, owner: str | None = None) -> Extracted:
        """Sniff by content, then read. `field` names the request's part in errors; one `owner` never takes all places to read in.

        Raises:
            UnsupportedDocument: neither PDF nor DOCX nor UTF-8 text.
            UnreadableDocument: no text to be had; the message says why and what to do.
            ExtractionUnavailable: the child could not be started; the document is not at fault.
        """
        ...


@dataclass(frozen=True, slots=True)
class Upload:
    """One stored document. `sha256` is of the bytes as uploaded, `size` in bytes."""

    id: str
    owner: str
    type: UploadType
    text: str
    filename: str
    mime: str
    size: int
    sha256: str
    warnings: tuple[str, ...] = ()
    created_at: datetime | None = None
    """Set by the database."""


def new_id() -> str:
    """An id is made before its transaction, so that the transaction can run again with it."""
    return str(uuid4())


def content_hash(text: str) -> str:
    """The sha256 of a text, hex: the name of a brief."""
    return hashlib.sha256(text.encode()).hexdigest()


def combined_hash(parts: Iterable[str | None]) -> str:
    """One hash over several values; JSON keeps their borders apart."""
    return hashlib.sha256(json.dumps(list(parts)).encode()).hexdigest()


def clean_text(text: str, *, field: str, limit: int) -> str:
    """Refuse what a database cannot hold, at the edge: NUL and lone surrogates; and what is too long.

    Raises:
        InvalidRequest: names the field, the limit and the way out.
    """
    if len(text) > limit:
        raise InvalidRequest(
            f"{field} has {len(text):,} characters; at most {limit:,} are allowed: shorten it", field=field
        )
    if "\x00" in text or any(unicodedata.category(c) == "Cs" for c in text):
        raise InvalidRequest(
            f"{field} holds NUL or broken Unicode (a lone surrogate): remove it", field=field
        )
    return text
