"""What one PDF may ask of its parser. Forms are read inside of pypdf, which passes over every error in them: a refusal is remembered."""

from pypdf import Configuration
from pypdf.errors import LimitReachedError

from cveval.domain.errors import UnreadableDocument

MAX_OPERATORS = 1_000_000
"""About ten seconds of computing; a page of plain text has some hundred, a drawing some ten thousand."""
_WAY_OUT = "export it again in a simpler form (text, few pictures) and use that"


class Budget:
    """Of one document. Once it is exceeded, every call raises."""

    def __init__(self) -> None:
        self._operators = 0
        self._refusal: UnreadableDocument | None = None

    def spend(self, operators: int) -> None:
        """Count operators that are read.

        Raises:
            UnreadableDocument: more than MAX_OPERATORS, or a limit was reached before.
        """
        self._operators += operators
        if self._operators > MAX_OPERATORS and self._refusal is None:
            self._refusal = UnreadableDocument(
                f"has more than {MAX_OPERATORS:,} drawing operators, which is the limit: {_WAY_OUT}"
            )
        if self._refusal is not None:
            raise self._refusal

    def refuse(self, error: LimitReachedError) -> None:
        """Remember that pypdf reached a limit, for the next `spend`."""
        self._refusal = over_limit(error)


def over_limit(error: LimitReachedError) -> UnreadableDocument:
    """A limit of pypdf in our words; its own could quote the document."""
    limits = Configuration()
    inflated = f"{limits.zlib_maximum_output_length // 1_000_000} MB"
    if "decompress" in str(error):
        return UnreadableDocument(
            f"holds a stream that inflates to more than {inflated}, which is the limit: {_WAY_OUT}"
        )
    return UnreadableDocument(
        f"is built beyond what is read (streams of {inflated} and {limits.stream_parsing_work_maximum_count:,} parts, "
        f"arrays of {limits.array_maximum_element_count:,}): {_WAY_OUT}"
    )
