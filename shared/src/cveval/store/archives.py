"""Which rows went, or are going, into which object of the archive.

An archive is begun (its rows are stamped), written to storage by purge, and finished: exactly the stamped rows are deleted, if
they still are what was written. Between the steps no row is locked; whatever comes in between dooms the archive, and its
object goes. One worker at a time has an archive, by a lease: nobody writes over an object that another one has verified.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby

from cveval.domain.documents import new_id
from cveval.domain.errors import ArchiveNotFound, RestoreConflict, TransactionConflict
from cveval.domain.maintenance import Backlog
from cveval.store.archived import INSERT, READ, Tables, portable, writable
from cveval.store.queries import Query, Row, Session
from cveval.store.retention import MAY_GO, Aged

# Stamped already: somebody's pending archive will take it.
_FREE = "NOT EXISTS (SELECT 1 FROM archive_rows s WHERE s.row_id = t.id)"
CANDIDATES = {
    "uploads": Query(
        "archives.candidates_of_uploads",
        # A report goes with each candidate whose jobs used it; one that nobody used goes by its own id.
        f"""
        SELECT t.id, t.owner, t.id AS cv_id FROM {{rows id uuid}} JOIN uploads t ON t.id = r.id
        WHERE {MAY_GO["uploads"]} AND {_FREE} AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.project_id = t.id)
        UNION
        SELECT t.id, t.owner, j.cv_id FROM {{rows id uuid}} JOIN uploads t ON t.id = r.id JOIN jobs j ON j.project_id = t.id
        WHERE {MAY_GO["uploads"]} AND {_FREE}
        """,
    ),
    "jobs": Query(
        "archives.candidates_of_jobs",
        # A job stays as long as its report: it tells whose report it is.
        f"""
        SELECT t.id, t.owner, t.cv_id FROM {{rows id uuid}} JOIN jobs t ON t.id = r.id
        WHERE {MAY_GO["jobs"]} AND {_FREE} AND NOT EXISTS (SELECT 1 FROM uploads u WHERE u.id = t.project_id)
        """,
    ),
    "dead_letters": Query(
        "archives.candidates_of_dead_letters",
        f"""
        SELECT t.id, j.owner, j.cv_id FROM {{rows id uuid}} JOIN dead_letters t ON t.id = r.id JOIN jobs j ON j.id = t.job_id
        WHERE {MAY_GO["dead_letters"]} AND {_FREE}
        """,
    ),
}
KINDS = tuple(CANDIDATES)
ADD = Query(
    "archives.add",
    """
    INSERT INTO archives (id, cv_id, owner, kind, status, worker, leased_until, created_at)
    SELECT r.id, r.cv_id, r.owner, :kind, 'pending', :worker, n.now_at + {seconds :lease}, n.now_at
    FROM {rows id uuid, cv_id uuid, owner text}, (SELECT {now} AS now_at) n WHERE true
    """,
)
STAMP = Query(
    "archives.stamp",
    """
    INSERT INTO archive_rows (archive_id, row_id) SELECT r.archive_id, r.row_id FROM {rows archive_id uuid, row_id uuid}
    WHERE true
    """,
)
DELETE_UNARCHIVED = Query(
    "archives.delete_unarchived",
    # Records of a topic that name no job belong to no candidate.
    """
    DELETE FROM dead_letters WHERE id IN (SELECT r.id FROM {rows id uuid}) AND due_at IS NULL AND job_id IS NULL
    RETURNING id
    """,
)
PENDING = Query(
    "archives.pending",
    "SELECT * FROM archives WHERE status = 'pending' AND status <> 'verified' AND id > CAST(:after AS {uuid}) ORDER BY id LIMIT :most",
)
TAKE = Query(
    "archives.take",
    """
    UPDATE archives SET worker = :worker, leased_until = {now} + {seconds :lease}
    WHERE id = :archive_id AND status = 'pending'
      AND (worker = :worker OR leased_until <= {now}) -- nobody else is writing it
    RETURNING id
    """,
)
RELEASE = Query(
    "archives.release",
    "UPDATE archives SET leased_until = {now} WHERE status = 'pending' AND status <> 'verified' AND worker = :worker",
)
LOCK = Query(
    "archives.lock",
    """
    SELECT a.id FROM archives a WHERE a.id = :archive_id AND a.status = 'pending'
      AND a.worker = :worker -- the fence: somebody else may have taken it
    {lock_rows a}
    """,
)
LOCK_ROWS = {
    kind: Query(
        f"archives.lock_{kind}",
        f"""
        SELECT t.id FROM {kind} t JOIN archive_rows s ON s.row_id = t.id
        WHERE s.archive_id = :archive_id ORDER BY t.id {{lock_rows t}}
        """,
    )
    for kind in KINDS
}
JUDGE = {
    kind: Query(
        f"archives.judge_{kind}",
        f"""
        SELECT COUNT(*) AS stamped, COALESCE(SUM(CASE WHEN t.id IS NOT NULL AND {MAY_GO[kind]} THEN 1 ELSE 0 END), 0) AS may_go,
          COALESCE(SUM(CASE WHEN EXISTS (SELECT 1 FROM archive_rows o WHERE o.row_id = t.id AND o.archive_id <> :archive_id)
            THEN 1 ELSE 0 END), 0) AS shared
        FROM archive_rows s LEFT JOIN {kind} t ON t.id = s.row_id WHERE s.archive_id = :archive_id
        """,
    )
    for kind in KINDS
}
DELETE = {
    kind: Query(
        f"archives.delete_{kind}",
        # What another pending archive takes, too, goes with the last of them.
        f"""
        DELETE FROM {kind} AS t WHERE t.id IN (SELECT s.row_id FROM archive_rows s WHERE s.archive_id = :archive_id)
          AND {MAY_GO[kind]}
          AND NOT EXISTS (SELECT 1 FROM archive_rows o WHERE o.row_id = t.id AND o.archive_id <> :archive_id)
        RETURNING id
        """,
    )
    for kind in KINDS
}
VERIFY = Query(
    "archives.verify",
    """
    UPDATE archives SET status = 'verified', size = :size, sha256 = :sha256, verified_at = {now}
    WHERE id = :archive_id AND status = 'pending' RETURNING id
    """,
)
DOOM = Query(
    "archives.doom",
    "UPDATE archives SET status = 'doomed', doomed_at = {now} WHERE id = :archive_id AND status = 'pending'",
)
UNSTAMP = Query("archives.unstamp", "DELETE FROM archive_rows WHERE archive_id = :archive_id")
DOOMED = Query(
    "archives.doomed",
    """
    SELECT a.*, CASE WHEN a.doomed_at < {now} - {seconds :grace} THEN 1 ELSE 0 END AS is_old
    FROM archives a WHERE a.status = 'doomed' AND a.status <> 'verified' AND a.id > CAST(:after AS {uuid}) ORDER BY a.id LIMIT :most
    """,
)
FORGET = Query(
    "archives.forget",
    "DELETE FROM archives WHERE status = 'doomed' AND id IN (SELECT r.id FROM {rows id uuid})",
)
BACKLOG = Query(
    "archives.backlog",
    """
    SELECT {now} AS now_at, MIN(created_at) AS oldest_at, COUNT(*) AS pending FROM archives
    WHERE status = 'pending' AND status <> 'verified' -- the second lets the partial index serve
    """,
)
LIST = Query(
    "archives.list",
    """
    SELECT * FROM archives WHERE (CAST(:cv_id AS {uuid}) IS NULL OR cv_id = :cv_id)
    ORDER BY created_at DESC, id DESC LIMIT :most
    """,
)
OF_CANDIDATE = Query(
    "archives.of_candidate",
    "SELECT * FROM archives a WHERE a.cv_id = :cv_id AND a.status = 'verified' ORDER BY a.id {lock_rows a}",
)
EXISTING = Query(
    "archives.existing",
    """
    SELECT u.id FROM {rows id uuid} JOIN uploads u ON u.id = r.id WHERE u.type = 'cv'
    UNION SELECT j.id FROM {rows id uuid} JOIN jobs j ON j.id = r.id
    UNION SELECT d.id FROM {rows id uuid} JOIN dead_letters d ON d.id = r.id
    ORDER BY 1 LIMIT 1
    """,
)
NOTHING = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Archive:
    """One object, and how far it is. `size` in bytes, compressed."""

    id: str
    cv_id: str
    owner: str
    kind: str
    status: str
    size: int | None = None
    sha256: str | None = None
    created_at: datetime | None = None
    verified_at: datetime | None = None

    @property
    def object_name(self) -> str:
        return f"{objects_of(self.cv_id)}{self.id}.json.gz"


@dataclass(frozen=True, slots=True)
class Lease:
    """Who works on an archive, and for how long nobody else may: longer than writing and reading back can take."""

    worker: str
    length: timedelta

    @property
    def parameters(self) -> dict[str, object]:
        return {"worker": self.worker, "lease": self.length.total_seconds()}


def objects_of(cv_id: str) -> str:
    """Below it lies everything that is archived of a candidate: that is how an erasure finds it."""
    return f"archive/{cv_id}/"


class Finish(StrEnum):
    """How the last step of an archive ended."""

    DELETED = "deleted"
    CHANGED = "changed"
    """A row is no longer what was written, or must stay now: nothing was deleted, the object must go."""
    NOT_MINE = "not mine"
    """Somebody else finished it, or is about to."""
    DOOMED = "doomed"
    """The candidate was erased meanwhile: the object must go."""


class Archives:
    def __init__(self, session: Session) -> None:
        self._session = session

    # -- purge: begin, read, finish ----------------------------------------------------------------------------

    async def begin(self, kind: str, aged: Sequence[Aged], lease: Lease) -> list[Archive]:
        """Stamp those of the locked rows that may go, one archive a candidate. Run again, it finds them stamped: `pending` has them."""
        [rows] = await self._session.run(CANDIDATES[kind](rows=[{"id": a.id} for a in aged]))
        stamps = sorted((row["cv_id"], row["owner"], row["id"]) for row in rows)
        archives, stamped = [], []
        for (cv_id, owner), members in groupby(stamps, key=lambda stamp: stamp[:2]):
            archive = Archive(new_id(), cv_id, owner, kind, "pending")
            archives.append(archive)
            stamped += [{"archive_id": archive.id, "row_id": row_id} for _, _, row_id in members]
        if archives:
            added = [{"id": a.id, "cv_id": a.cv_id, "owner": a.owner} for a in archives]
            await self._session.run(ADD(rows=added, kind=kind, **lease.parameters), STAMP(rows=stamped))
        return archives

    async def delete_unarchived(self, aged: Sequence[Aged]) -> int:
        """Delete locked dead letters that belong to no candidate; answers how many."""
        [rows] = await self._session.run(DELETE_UNARCHIVED(rows=[{"id": a.id} for a in aged]))
        return len(rows)

    async def pending(self, after: str | None, most: int) -> list[Archive]:
        """What was begun and not finished, by id, behind `after`."""
        [rows] = await self._session.run(PENDING(after=after or NOTHING, most=most))
        return [_archive(row) for row in rows]

    async def take(self, archive: Archive, lease: Lease) -> Tables | None:
        """Have an archive alone for as long as the lease, and read what it takes; None while another worker has it."""
        [taken] = await self._session.run(TAKE(archive_id=archive.id, **lease.parameters))
        return await self.rows(archive) if taken else None

    async def release(self, worker: str) -> None:
        """Whatever this worker has not finished may be taken at once."""
        await self._session.run(RELEASE(worker=worker))

    async def rows(self, archive: Archive) -> Tables:
        """The stamped rows and what hangs on them, in JSON's types."""
        queries = READ[archive.kind]
        read = await self._session.run(*(query(archive_id=archive.id) for query in queries.values()))
        return {
            table: [portable(table, row) for row in rows] for table, rows in zip(queries, read, strict=True)
        }

    async def finish(
        self, archive: Archive, worker: str, written: Tables, size: int, sha256: str
    ) -> tuple[Finish, int]:
        """Delete exactly the stamped rows, if they still are `written`; answers with how many went."""
        this = {"archive_id": archive.id}
        # Locked, so that what is compared below is what is deleted.
        mine, _ = await self._session.run(LOCK(worker=worker, **this), LOCK_ROWS[archive.kind](**this))
        if not mine:
            return await self._who_was_it(archive), 0
        [[judged]] = await self._session.run(JUDGE[archive.kind](**this))
        stamped = int(judged["stamped"])
        if not stamped or judged["may_go"] != stamped or await self.rows(archive) != written:
            await self._session.run(DOOM(**this), UNSTAMP(**this))
            return Finish.CHANGED, 0
        gone, *_ = await self._session.run(
            DELETE[archive.kind](**this), VERIFY(size=size, sha256=sha256, **this), UNSTAMP(**this)
        )
        if len(gone) != stamped - int(judged["shared"]):
            # A hold or an archive came in between the two statements.
            raise TransactionConflict("the rows of an archive changed while they were being deleted")
        return Finish.DELETED, len(gone)

    async def _who_was_it(self, archive: Archive) -> Finish:
        [rows] = await self._session.run(LIST(cv_id=archive.cv_id, most=10_000))
        states = {row["id"]: row["status"] for row in rows}
        return Finish.NOT_MINE if states.get(archive.id) in {"pending", "verified"} else Finish.DOOMED

    # -- purge: objects that must go ---------------------------------------------------------------------------

    async def doomed(self, grace: timedelta, after: str | None, most: int) -> list[tuple[Archive, bool]]:
        """Whose objects must go, by id; True: doomed for so long that nobody can still be writing it."""
        [rows] = await self._session.run(
            DOOMED(grace=grace.total_seconds(), after=after or NOTHING, most=most)
        )
        return [(_archive(row), bool(row["is_old"])) for row in rows]

    async def forget(self, archive_ids: Sequence[str]) -> None:
        """Their objects are gone for good."""
        await self._session.run(FORGET(rows=[{"id": id_} for id_ in archive_ids]))

    async def backlog(self) -> Backlog:
        [[row]] = await self._session.run(BACKLOG())
        age = row["now_at"] - row["oldest_at"] if row["oldest_at"] else timedelta(0)
        return Backlog(int(row["pending"]), age)

    # -- people: list and restore ------------------------------------------------------------------------------

    async def newest(self, *, cv_id: str | None = None, limit: int = 50) -> list[Archive]:
        """The newest first, of one candidate or of all."""
        [rows] = await self._session.run(LIST(cv_id=cv_id, most=limit))
        return [_archive(row) for row in rows]

    async def of_candidate(self, cv_id: str) -> list[Archive]:
        """What is verified of a candidate, oldest first, locked until the transaction ends.

        Raises:
            ArchiveNotFound
        """
        [rows] = await self._session.run(OF_CANDIDATE(cv_id=cv_id))
        if not rows:
            raise ArchiveNotFound(f"nothing of candidate {cv_id} is in the archive")
        return [_archive(row) for row in sorted(rows, key=lambda row: (row["created_at"], row["id"]))]

    async def restore(self, tables: Tables) -> None:
        """Write rows back as they were, with their ids: all or none.

        Raises:
            RestoreConflict: one of them exists. A report that another candidate shares may.
        """
        ids = [
            {"id": row["id"]}
            for table in ("uploads", "jobs", "dead_letters")
            for row in tables.get(table, ())
        ]
        [existing] = await self._session.run(EXISTING(rows=ids))
        if existing:
            raise RestoreConflict(f"{existing[0]['id']} exists already: nothing was restored")
        await self._session.run(
            *(
                insert(rows=[writable(table, row) for row in tables[table]])
                for table, insert in INSERT.items()
                if tables.get(table)
            )
        )


def _archive(row: Row) -> Archive:
    return Archive(
        id=row["id"],
        cv_id=row["cv_id"],
        owner=row["owner"],
        kind=row["kind"],
        status=row["status"],
        size=row["size"],
        sha256=row["sha256"],
        created_at=row["created_at"],
        verified_at=row["verified_at"],
    )


def merged(tables: Sequence[Tables]) -> dict[str, list[Mapping[str, object]]]:
    """Several archives of one candidate as one; of a row that is in two, the later one counts."""
    found: dict[str, dict[tuple[object, ...], Mapping[str, object]]] = {}
    for part in tables:
        for table, rows in part.items():
            keyed = found.setdefault(table, {})
            keyed.update({_key(table, row): row for row in rows})
    return {table: list(rows.values()) for table, rows in found.items()}


_KEYS = {
    "briefs": ("hash",),
    "job_attempts": ("job_id", "attempt"),
    "results": ("job_id",),
    "batch_jobs": ("job_id",),
}


def _key(table: str, row: Mapping[str, object]) -> tuple[object, ...]:
    return tuple(row[name] for name in _KEYS.get(table, ("id",)))
