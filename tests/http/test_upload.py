"""POST /v1/upload."""

import pytest

from tests.http.conftest import Api

CV = ("cv.txt", b"Ada Example")


def body(*parts: bytes, end: bytes = b"--B--\r\n") -> bytes:
    return b"".join(b"--B\r\n" + part + b"\r\n" for part in parts) + end


MULTIPART = {"content-type": "multipart/form-data; boundary=B"}
GOOD = b'Content-Disposition: form-data; name="cv"; filename="a.txt"\r\n\r\nAda'


async def test_both_documents_are_stored_and_named(api: Api) -> None:
    ids = await api.uploaded()
    cv = await api.store.transact(lambda tx: tx.uploads.get(ids["cv_id"], "local"))
    assert (cv.text, cv.filename, cv.size) == ("Ada Example", "cv.txt", 11)


async def test_documents_are_read_in_their_owners_name(api: Api) -> None:
    await api.uploaded()
    assert api.extractor.owners == {"local"}


@pytest.mark.parametrize("part", ["cv", "project"])
async def test_one_document_alone_is_enough(api: Api, part: str) -> None:
    answer = await api.client.post("/v1/upload", files={part: CV})
    assert answer.status_code == 201
    assert set(answer.json()) == {f"{part}_id", "warnings"}


async def test_what_extraction_noticed_is_told(api: Api) -> None:
    answer = await api.client.post("/v1/upload", files={"cv": ("a", b"some hidden words")})
    assert answer.json()["warnings"] == ["cv: hidden_text:white"]


@pytest.mark.parametrize(
    ("content", "headers", "status", "code", "field"),
    [
        (b"", {}, 415, "unsupported_media_type", "Content-Type"),
        (b"{}", {"content-type": "application/json"}, 415, "unsupported_media_type", "Content-Type"),
        (b"x", {"content-type": "multipart/form-data"}, 415, "unsupported_media_type", "Content-Type"),
        (b"rubbish", MULTIPART, 400, "malformed_request", "Content-Type"),
        (body(GOOD, end=b""), MULTIPART, 400, "malformed_request", None),
        (b"--B--\r\n", MULTIPART, 422, "invalid_request", None),
        (body(GOOD.replace(b'"cv"', b'"photo"')), MULTIPART, 422, "invalid_request", "photo"),
        (body(GOOD, GOOD), MULTIPART, 422, "invalid_request", "cv"),
        (
            body(b'Content-Disposition: form-data; name="cv"\r\n\r\n'),
            MULTIPART,
            422,
            "unreadable_document",
            "cv",
        ),
        (
            body(b"X-Long: " + b"a" * 20_000 + b"\r\n" + GOOD),
            MULTIPART,
            400,
            "malformed_request",
            "Content-Type",
        ),
        (
            body(b'Content-Disposition: form-data; name="cv"\r\n\r\nunreadable'),
            MULTIPART,
            422,
            "unreadable_document",
            "cv",
        ),
    ],
)
async def test_a_bad_body_is_refused_with_its_reason(
    api: Api, content: bytes, headers: dict[str, str], status: int, code: str, field: str | None
) -> None:
    answer = await api.client.post("/v1/upload", content=content, headers=headers)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem.get("field")) == (status, code, field)
    assert answer.headers["content-type"] == "application/problem+json"
    assert await api.count("uploads") == 0


async def test_a_boundary_that_no_parser_takes_is_refused_by_its_header(api: Api) -> None:
    headers = {"content-type": f"multipart/form-data; boundary={'a' * 5000}"}
    answer = await api.client.post("/v1/upload", content=b"--a--", headers=headers)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["field"]) == (
        400,
        "malformed_request",
        "Content-Type",
    )


async def test_a_document_over_ten_megabytes_is_refused_by_name_and_limit(api: Api) -> None:
    answer = await api.client.post("/v1/upload", files={"cv": ("a", b"a" * 10_000_001)})
    assert (answer.status_code, answer.json()["code"]) == (413, "document_too_large")
    assert answer.json()["field"] == "cv"
    assert "10,000,000" in answer.json()["detail"]
    assert api.extractor.asked == 0


async def test_a_body_that_never_ends_is_cut_off_at_its_limit(api: Api) -> None:
    sent = 0

    async def endless() -> object:
        nonlocal sent
        yield b'--B\r\nContent-Disposition: form-data; name="cv"\r\n\r\n'
        while True:
            sent += 1
            assert sent < 1000
            yield b"a" * 100_000

    answer = await api.client.post("/v1/upload", content=endless(), headers=MULTIPART)  # type: ignore[arg-type]
    assert answer.status_code == 413
    assert sent <= 102


async def test_an_announced_body_that_is_too_large_is_not_read(api: Api) -> None:
    answer = await api.client.post(
        "/v1/upload", content=b"", headers={**MULTIPART, "content-length": "99999999999"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "request_too_large")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b"../../etc/passwd", "passwd"),
        (b"C:\\\\cvs\\\\ada.pdf", "ada.pdf"),
        (b"a\x01b.txt", "ab.txt"),
        (b"x" * 400, "x" * 255),
        (b"", ""),
    ],
)
async def test_a_filename_is_kept_clean_and_short(api: Api, sent: bytes, kept: str) -> None:
    part = b'Content-Disposition: form-data; name="cv"; filename="' + sent + b'"\r\n\r\nAda'
    answer = await api.client.post("/v1/upload", content=body(part), headers=MULTIPART)
    upload = await api.store.transact(lambda tx: tx.uploads.get(answer.json()["cv_id"], "local"))
    assert upload.filename == kept


async def test_the_same_key_and_documents_are_stored_once(api: Api) -> None:
    headers = {"Idempotency-Key": '"k 1"'}
    first = await api.client.post("/v1/upload", files={"cv": CV}, headers=headers)
    second = await api.client.post("/v1/upload", files={"cv": CV}, headers=headers)
    assert first.json() == second.json()
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.status_code == 201
    assert api.extractor.asked == 1
    assert await api.count("uploads") == 1


async def test_a_key_used_for_other_documents_is_refused(api: Api) -> None:
    headers = {"Idempotency-Key": "k"}
    await api.client.post("/v1/upload", files={"cv": CV}, headers=headers)
    answer = await api.client.post("/v1/upload", files={"cv": ("cv.txt", b"Else")}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    answer = await api.client.post("/v1/upload", files={"project": CV}, headers=headers)
    assert answer.status_code == 422


async def test_a_key_whose_documents_were_erased_stores_them_again(api: Api) -> None:
    headers = {"Idempotency-Key": "k"}
    first = await api.client.post("/v1/upload", files={"cv": CV}, headers=headers)
    await api.client.delete(f"/v1/candidates/{first.json()['cv_id']}")
    second = await api.client.post("/v1/upload", files={"cv": CV}, headers=headers)
    assert second.status_code == 201
    assert second.json()["cv_id"] != first.json()["cv_id"]


@pytest.mark.parametrize("key", ['""', "a b", '"', "a" * 256, '"' + "a" * 256 + '"', "caf\u00e9", '"a"b"'])
async def test_a_senseless_key_is_refused(api: Api, key: str) -> None:
    answer = await api.client.post(
        "/v1/upload", files={"cv": CV}, headers=[(b"Idempotency-Key", key.encode("latin-1"))]
    )
    assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")


async def test_the_longest_key_is_taken_bare_or_quoted_as_the_same(api: Api) -> None:
    key = "k" * 255
    first = await api.client.post("/v1/upload", files={"cv": CV}, headers={"Idempotency-Key": key})
    second = await api.client.post("/v1/upload", files={"cv": CV}, headers={"Idempotency-Key": f'"{key}"'})
    assert second.json() == first.json()
