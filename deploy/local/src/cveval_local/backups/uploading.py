"""A backup's copy in the archive's bucket."""

from cveval_local.backups.making import SUMS, Backup, expired
from cveval_local.settings import BackupSettings
from cveval_purge.s3 import S3Objects

PREFIX = "backups/"


async def upload(backup: Backup, settings: BackupSettings, objects: S3Objects) -> None:
    """Write a backup into the bucket, its sums last: without them it is none; then apply the rule there, too.

    Raises:
        ArchiveUnavailable
    """
    files = (path for path in backup.folder.rglob("*") if path.is_file())
    for file in sorted(files, key=lambda path: (path.name == SUMS, path)):
        await objects.put_file(f"{PREFIX}{backup.name}/{file.relative_to(backup.folder)}", file)
    stored = [name async for name in objects.names(PREFIX)]
    names = sorted({name.split("/")[1] for name in stored})
    gone = set(expired(names, settings.keep, settings.keep_for))
    for name in stored:
        if name.split("/")[1] in gone:
            await objects.delete(name)
