"""What a document is, judged by its bytes alone: names and headers are the sender's claims."""

from cveval.domain.errors import UnsupportedDocument
from cveval_submit.extraction.kinds import Kind
from cveval_submit.extraction.package import Package
from cveval_submit.extraction.plain import decode

_FOREIGN = (
    (
        b"\xd0\xcf\x11\xe0",
        "is an old Word file (.doc) or a DOCX with a password: save it as DOCX or PDF without one",
    ),
    (b"{\\rtf", "is an RTF file: save it as DOCX or PDF"),
    (b"\x89PNG", "is a picture: give a PDF with text (run OCR over a scan)"),
    (b"\xff\xd8\xff", "is a picture: give a PDF with text (run OCR over a scan)"),
    (b"GIF8", "is a picture: give a PDF with text (run OCR over a scan)"),
    (b"II*\x00", "is a picture: give a PDF with text (run OCR over a scan)"),
    (b"MM\x00*", "is a picture: give a PDF with text (run OCR over a scan)"),
    (b"\x1f\x8b", "is a gzip archive: give the document that is in it"),
)


def sniff(content: bytes) -> Kind:
    """Tell the kind.

    Raises:
        UnsupportedDocument: none of the three; says what it is where that is plain.
        UnreadableDocument: a ZIP archive that cannot be opened or is over a limit.
    """
    # A ZIP first: one that stores a PDF shows `%PDF-` near its beginning too.
    if content.startswith(b"PK\x03\x04"):
        if Package(content).main_part() is None:
            raise UnsupportedDocument(
                "is a ZIP archive without a Word document in it: give the document itself, as PDF, DOCX or text"
            )
        return Kind.DOCX
    # Mail gateways and scanners put bytes before the header; every PDF reader allows for 1,024.
    if b"%PDF-" in content[:1024]:
        return Kind.PDF
    for signature, finding in _FOREIGN:
        if content.startswith(signature):
            raise UnsupportedDocument(finding)
    decode(content)
    return Kind.TEXT
