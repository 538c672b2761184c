"""What can be read; imported by both sides of the wall, so it parses nothing."""

from enum import StrEnum


class Kind(StrEnum):
    """The three kinds that are read, by their media type."""

    PDF = "application/pdf"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    TEXT = "text/plain"
