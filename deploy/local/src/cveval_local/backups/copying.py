"""A backup's copy in the archive's bucket: written there, and brought back where the folder is lost."""

import shutil

from cveval.domain.errors import ConfigurationError
from cveval_local.backups.making import PARTIAL, SUMS, Backup, check_files, expired, flush, read
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
    copies = await _copies(objects)
    whole = [name for name, files_of_it in copies.items() if SUMS in files_of_it]
    # Another upload may be under way; it is newer than this one.
    cut_off = [name for name in copies if name not in whole and name < backup.name]
    for name in (*expired(whole, settings.keep, settings.keep_for), *cut_off):
        # The sums first: what is half removed is no backup.
        for file_of_it in sorted(copies[name], key=lambda file: file != SUMS):
            await objects.delete(f"{PREFIX}{name}/{file_of_it}")


async def uploaded(objects: S3Objects) -> list[str]:
    """The names of the whole backups in the bucket, oldest first.

    Raises:
        ArchiveUnavailable
    """
    return [name for name, files in (await _copies(objects)).items() if SUMS in files]


async def fetch(name: str | None, settings: BackupSettings, objects: S3Objects) -> Backup:
    """Bring the named backup, or the newest, from the bucket into the folder; it gets its name when every file is what was written.

    Raises:
        ConfigurationError: the bucket has none of that name, or the folder has it.
        BackupDamaged, ArchiveUnavailable
    """
    copies = await _copies(objects)
    whole = [one for one, files in copies.items() if SUMS in files and name in (None, one)]
    if not whole:
        raise ConfigurationError(f"there is no backup {name or ''} in the bucket (CVEVAL_ARCHIVE_BUCKET)")
    found = whole[-1]
    folder = settings.folder / found
    if folder.exists():
        raise ConfigurationError(f"{folder} is there already: cveval backup verify {found}")
    # Not named as a backup is: one that is made meanwhile removes what never got whole.
    partial = settings.folder / f"fetched-{found}{PARTIAL}"
    if partial.exists():
        shutil.rmtree(partial)
    for file in copies[found]:
        await objects.get_file(f"{PREFIX}{found}/{file}", partial / file)
    check_files(partial)
    partial.rename(folder)
    flush(settings.folder)
    return read(folder)


async def _copies(objects: S3Objects) -> dict[str, list[str]]:
    """The files of each backup that the bucket has something of, oldest first: names are times."""
    copies: dict[str, list[str]] = {}
    async for stored in objects.names(PREFIX):
        name, _, file = stored.removeprefix(PREFIX).partition("/")
        copies.setdefault(name, []).append(file)
    return dict(sorted(copies.items()))
