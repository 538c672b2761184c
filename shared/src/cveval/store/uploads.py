"""Stored documents."""

import json

from cveval.domain.documents import Upload, UploadType
from cveval.domain.errors import UploadNotFound
from cveval.store.queries import Query, Row, Session

ADD = Query(
    "uploads.add",
    """
    INSERT INTO uploads (id, owner, type, text, filename, mime, size, sha256, warnings, created_at)
    VALUES (:id, :owner, :type, :text, :filename, :mime, :size, :sha256, CAST(:warnings AS {json}), {now})
    ON CONFLICT (id) DO NOTHING -- mine already, when a commit's outcome was unknown
    """,
)
GET = Query("uploads.get", "SELECT * FROM uploads WHERE id = :id AND owner = :owner")


class Uploads:
    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, *uploads: Upload) -> None:
        await self._session.run(
            *(
                ADD(
                    id=upload.id,
                    owner=upload.owner,
                    type=upload.type.value,
                    text=upload.text,
                    filename=upload.filename,
                    mime=upload.mime,
                    size=upload.size,
                    sha256=upload.sha256,
                    warnings=list(upload.warnings),
                )
                for upload in uploads
            )
        )

    async def get(self, upload_id: str, owner: str) -> Upload:
        """Read one.

        Raises:
            UploadNotFound: also when it is another owner's.
        """
        upload = await self.find(upload_id, owner)
        if upload is None:
            raise UploadNotFound(f"there is no upload {upload_id}: upload the document again")
        return upload

    async def find(self, upload_id: str, owner: str) -> Upload | None:
        [rows] = await self._session.run(GET(id=upload_id, owner=owner))
        return _upload(rows[0]) if rows else None


def _upload(row: Row) -> Upload:
    return Upload(
        id=row["id"],
        owner=row["owner"],
        type=UploadType(row["type"]),
        text=row["text"],
        filename=row["filename"],
        mime=row["mime"],
        size=row["size"],
        sha256=row["sha256"],
        warnings=tuple(json.loads(row["warnings"])),
        created_at=row["created_at"],
    )
