"""Backup and its verification: seconds for a million rows, made as `purge` makes them (uploads of 2 kB, jobs, attempts).

Both on this machine's disk and with the embedded server's own clients, two tables at a time. --quick: 150,000 rows.

Example: python -m bench backup --quick
"""

import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from bench.measuring import Bench, Row, note, programs
from bench.purge import filled
from cveval_local.backups import making
from cveval_local.backups.verifying import verify
from cveval_local.settings import BackupSettings


async def measure(bench: Bench) -> AsyncIterator[Row]:
    # Each old job has an attempt.
    database = await filled(bench, expired=100_000 if bench.quick else 1_000_000, others=0)
    with tempfile.TemporaryDirectory(prefix="cveval-bench-") as folder:
        settings = BackupSettings(folder=Path(folder), bin=str(programs(bench.server)))
        began = time.perf_counter()
        backup = making.make(database, settings)
        made = time.perf_counter() - began
        note(f"backup: {made:.1f} s")
        verified = await verify(backup.folder, database, settings)
    millions = sum(table.rows for table in backup.tables.values()) / 1e6
    yield Row("backup: s per million rows (dumped, counted, hashed)", f"{made / millions:.1f}")
    yield Row(
        "backup: s per million rows to verify (RTO: hashed, restored, compared)",
        f"{verified.restore_seconds / millions:.1f}",
    )
    yield Row("backup: MB per million rows", f"{backup.size / 1e6 / millions:.0f}")
