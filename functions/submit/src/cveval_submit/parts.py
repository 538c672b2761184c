"""Documents out of a multipart body, counted while they stream: whatever is over its limit is refused before it is kept."""

import re
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from cveval.domain.errors import (
    CvevalError,
    DocumentTooLarge,
    InvalidRequest,
    MalformedRequest,
    RequestTooLarge,
    UnreadableDocument,
    UnsupportedMediaType,
)
from cveval_submit.usecase import Part

OVERHEAD = 64_000
LONGEST_FILENAME = 255
LONGEST_HEADER = 8_000


async def read_parts(request: Request, *, names: tuple[str, ...], limit: int) -> dict[str, Part]:
    """The documents of a request, by the names of their parts.

    Raises:
        UnsupportedMediaType, MalformedRequest, InvalidRequest, DocumentTooLarge, RequestTooLarge, UnreadableDocument (empty)
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise UnsupportedMediaType(
            "send multipart/form-data with the parts " + " and/or ".join(names), field="Content-Type"
        )
    whole = len(names) * limit + OVERHEAD
    _check_announced(request, whole)
    reading = _Reading(names, limit)
    received = 0
    try:
        parser = MultipartParser(options[b"boundary"], reading.callbacks())  # type: ignore[arg-type]
        async for chunk in request.stream():
            received += len(chunk)
            if received > whole:
                raise RequestTooLarge(
                    f"the body is over {whole:,} bytes, the most for {len(names)} documents"
                )
            parser.write(chunk)
            # The parser calls back in the middle of its work: what it found is raised outside of it.
            reading.raise_fault()
    except FormParserError:
        raise MalformedRequest(
            "the multipart body cannot be read: is its boundary right?", field="Content-Type"
        ) from None
    return reading.finished()


def _check_announced(request: Request, whole: int) -> None:
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced[:20]) > whole:
        raise RequestTooLarge(f"the body has {int(announced[:20]):,} bytes; at most {whole:,} are read")


@dataclass
class _Reading:
    names: tuple[str, ...]
    limit: int
    parts: dict[str, Part] = field(default_factory=dict)
    is_complete: bool = False
    _fault: CvevalError | None = None
    _headers: dict[bytes, bytes] = field(default_factory=dict)
    _header: tuple[bytearray, bytearray] = field(default_factory=lambda: (bytearray(), bytearray()))
    _name: str = ""
    _filename: str = ""
    _content: bytearray = field(default_factory=bytearray)

    def callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._collect_header(0, data[start:end]),
            "on_header_value": lambda data, start, end: self._collect_header(1, data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._name_part,
            "on_part_data": lambda data, start, end: self._take(data[start:end]),
            "on_part_end": self._end,
            "on_end": self._complete,
        }

    def raise_fault(self) -> None:
        if self._fault is not None:
            raise self._fault

    def finished(self) -> dict[str, Part]:
        if not self.is_complete:
            raise MalformedRequest("the multipart body ends before its last boundary: was it cut off?")
        if not self.parts:
            raise InvalidRequest(f"there is no document: send the parts {' and/or '.join(self.names)}")
        return self.parts

    def _begin(self) -> None:
        self._headers, self._name, self._filename, self._content = {}, "", "", bytearray()
        self._header = (bytearray(), bytearray())

    def _collect_header(self, half: int, data: bytes) -> None:
        self._header[half].extend(data)
        if len(self._header[half]) > LONGEST_HEADER:
            self._fault = self._fault or MalformedRequest(
                "a part of the multipart body has an endless header"
            )
            self._header[half].clear()

    def _end_header(self) -> None:
        name, value = self._header
        self._headers[bytes(name).lower()] = bytes(value)
        self._header = (bytearray(), bytearray())

    def _name_part(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        self._filename = _clean_filename(options.get(b"filename", b"").decode("utf-8", "replace"))
        if self._fault is not None:
            return
        if self._name not in self.names:
            self._fault = InvalidRequest(
                f"the part {self._name[:40]!r} is unknown; the parts are {' and '.join(self.names)}",
                field=self._name[:40] or None,
            )
        elif self._name in self.parts:
            self._fault = InvalidRequest(
                f"the part {self._name} was sent twice: send one document", field=self._name
            )

    def _take(self, data: bytes) -> None:
        if self._fault is None and len(self._content) + len(data) > self.limit:
            self._fault = DocumentTooLarge(
                f"{self._name} is over {self.limit:,} bytes: send a smaller file, with fewer pictures for instance",
                field=self._name,
            )
        if self._fault is None:
            self._content.extend(data)

    def _end(self) -> None:
        if self._fault is not None:
            return
        if not self._content:
            self._fault = UnreadableDocument(
                f"{self._name} is empty: choose the file again", field=self._name
            )
            return
        self.parts[self._name] = Part(self._name, self._filename, bytes(self._content))

    def _complete(self) -> None:
        self.is_complete = True


def _clean_filename(filename: str) -> str:
    last = re.split(r"[/\\]", filename)[-1]
    return re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", "", last)[:LONGEST_FILENAME]
