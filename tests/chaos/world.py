"""Everything that takes part, started and taken down again; what is done to it; what is left in the end."""

import asyncio
import json
import logging
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from confluent_kafka import Consumer, TopicPartition

from cveval_local import migrating
from tests.chaos.certificate import Attempted, Evidence, Fate
from tests.chaos.client import Client
from tests.chaos.faults import BROKER, EVALUATE, NETWORK, POSTGRES, SHIM, SUBMIT, Act, Fault
from tests.chaos.poison import Poisoner
from tests.chaos.programs import BIN, ROOT, Program, free_port, function
from tests.chaos.proxy import Harm, Proxy
from tests.chaos.servers import Server, serving
from tests.databases import migrate

log = logging.getLogger(__name__)

LEASE = 3.0
ALL_AT_ONCE = 0.35
"""How often all instances of a program may be down together."""
SETTINGS = {
    # Everything that waits is short, so that much happens in a few minutes.
    "CVEVAL_LEASE": f"{LEASE}s",
    "CVEVAL_HEARTBEAT": "0.9s",
    "CVEVAL_JOB_TIMEOUT": "8s",
    "CVEVAL_REQUEST_TIMEOUT": "9s",
    "CVEVAL_PUBLISH_LEASE": "4s",
    "CVEVAL_REPUBLISH_FROM": "30s",
    "CVEVAL_REPUBLISH_TO": "60s",
    "CVEVAL_BACKOFF_FROM": "0.1s",
    "CVEVAL_BACKOFF_TO": "2s",
    "CVEVAL_MAX_ATTEMPTS": "3",
    "CVEVAL_KAFKA_MESSAGE_TIMEOUT": "3s",
    "CVEVAL_KAFKA_SESSION_TIMEOUT": "2s",
    "CVEVAL_KAFKA_REPLICATION": "1",
    "CVEVAL_KAFKA_MIN_INSYNC_REPLICAS": "1",
    "CVEVAL_MAX_CONCURRENCY": "16",
    "CVEVAL_SHIM_DRAIN": "2s",
    "CVEVAL_EVALUATE_MAX_JOBS": "12",
    "CVEVAL_AUTH": "none",
    "CVEVAL_RATE_LIMIT": "100000",
    "CVEVAL_RATE_BURST": "100000",
    "CVEVAL_QUOTA": "1000000",
}
TOPIC = "evaluate.default"
# What the fence is for, seen by a witness that nobody can talk to: however a result is written, it is counted.
WITNESS = """
CREATE TABLE chaos_results (job_id uuid NOT NULL);
CREATE FUNCTION chaos_witness() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO chaos_results VALUES (NEW.job_id); RETURN NULL; END $$;
CREATE TRIGGER chaos_witness AFTER INSERT OR UPDATE ON results FOR EACH ROW EXECUTE FUNCTION chaos_witness();
"""
FATES = """
SELECT j.id::text, j.status, COALESCE(a.attempts, 0), COALESCE(a.completions, 0), COALESCE(w.written, 0),
  r.job_id IS NOT NULL, COALESCE(d.letters, 0)
FROM jobs j
LEFT JOIN (SELECT job_id, count(*) AS attempts, count(*) FILTER (WHERE outcome = 'completed') AS completions
  FROM job_attempts GROUP BY job_id) a ON a.job_id = j.id
LEFT JOIN (SELECT job_id, count(*) AS written FROM chaos_results GROUP BY job_id) w ON w.job_id = j.id
LEFT JOIN results r ON r.job_id = j.id
LEFT JOIN (SELECT job_id, count(*) AS letters FROM dead_letters GROUP BY job_id) d ON d.job_id = j.id
"""
# From the first claim that was lost to the job's end.
LOST_ATTEMPTS = """
SELECT EXTRACT(EPOCH FROM max(a.finished_at) - min(a.started_at) FILTER (WHERE a.outcome = 'lost'))
FROM job_attempts a GROUP BY a.job_id HAVING count(*) FILTER (WHERE a.outcome = 'lost') > 0
"""


@dataclass
class World:
    """The way of an evaluation as processes of its own, over real servers."""

    folder: Path
    chance: random.Random
    servers: Mapping[str, Server]
    programs: Mapping[str, Program]
    """submit, evaluate-1, evaluate-2, …, shim-1, shim-2."""
    proxy: Proxy
    poisoner: Poisoner
    kills: list[tuple[datetime, str]] = field(default_factory=list)
    acts: Counter[str] = field(default_factory=Counter)
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    @property
    def database(self) -> str:
        return self.servers[POSTGRES].address

    # -- what is done to it ------------------------------------------------------------------------------------------

    async def suffer(self, fault: Fault) -> None:
        """Do it, and undo it some time later; returns once what was harmed is up again."""
        self._note(f"begins: {fault}")
        await self._suffer(fault)
        self._note(f"is over: {fault}")

    def _note(self, text: str) -> None:
        """For whoever reads the logs side by side."""
        with (self.folder / "faults.log").open("a") as notes:
            notes.write(f"{datetime.now(UTC).isoformat(timespec='milliseconds')} {text}\n")

    async def _suffer(self, fault: Fault) -> None:
        match fault.act:
            case Act.POISON:
                self.acts["poison records"] += 3
                for _ in range(3):
                    self.poisoner.put()
            case Act.CUT | Act.RESET | Act.DELAY | Act.DROP:
                await self._harm_network(Harm(fault.act.value))
            case _ if fault.target in self.servers:
                await self._harm_server(fault.act, self.servers[fault.target])
            case _:
                await self._harm_program(fault.act, fault.target)

    async def _harm_network(self, harm: Harm) -> None:
        async with self._lock(NETWORK):
            self.acts[f"network: {harm}"] += 1
            self.proxy.harm = harm
            try:
                await asyncio.sleep(self.chance.uniform(0.5, 2.5))
            finally:
                self.proxy.harm = Harm.NONE

    async def _harm_server(self, act: Act, server: Server) -> None:
        async with self._lock(server.name):
            if act is Act.PAUSE:
                self.acts[f"pause of {server.name}"] += 1
                await server.pause(self.chance.uniform(0.5, 3))
                return
            self.kills.append((datetime.now(UTC), server.name))
            await server.kill()
            await asyncio.sleep(self.chance.uniform(0, 1))
            await server.restart()

    async def _harm_program(self, act: Act, target: str) -> None:
        program = await self._idle(target)
        async with program.busy:
            match act:
                case Act.KILL:
                    self.kills.append((datetime.now(UTC), target))
                    await program.kill()
                    await asyncio.sleep(self.chance.uniform(0, 0.5))
                    await program.start()
                case Act.PAUSE:
                    self.acts[f"pause of {target}"] += 1
                    # evaluate wakes up after its leases have gone to others.
                    longest = 2.2 * LEASE if target == EVALUATE else LEASE
                    await program.pause(self.chance.uniform(longest / 2, longest))
                case _:
                    self.acts["rebalances forced"] += 1
                    await program.stop()
                    await asyncio.sleep(self.chance.uniform(0, 0.5))
                    await program.start()

    async def _idle(self, target: str) -> Program:
        """One of the target's instances that is not being harmed already; rarely the last one."""
        instances = [program for name, program in self.programs.items() if name.startswith(target)]
        self.chance.shuffle(instances)
        wanted = 1 if self.chance.random() < ALL_AT_ONCE else min(2, len(instances))
        while True:
            idle = [program for program in instances if not program.busy.locked()]
            if len(idle) >= wanted:
                return idle[0]
            await asyncio.sleep(0.05)

    def _lock(self, name: str) -> asyncio.Lock:
        return self._locks.setdefault(name, asyncio.Lock())

    # -- what is seen of it -------------------------------------------------------------------------------------------

    async def look(self, sql: str) -> list[tuple[Any, ...]]:
        async with await psycopg.AsyncConnection.connect(self.database, connect_timeout=5) as connection:
            return await (await connection.execute(sql.encode())).fetchall()

    async def unfinished(self) -> int | None:
        """Jobs that have not come to their end, and dead letters that were not published; None while nobody can tell."""
        with suppress(psycopg.Error):
            [[number]] = await self.look(
                "SELECT (SELECT count(*) FROM jobs WHERE status IN ('queued', 'processing'))"
                " + (SELECT count(*) FROM dead_letters WHERE due_at IS NOT NULL)"
            )
            return int(number)
        return None

    async def lost_records(self) -> int:
        """Poison that has not become a dead letter yet."""
        return len(self.poisoner.acknowledged - set(await self._buried()))

    async def _buried(self) -> list[str]:
        rows = await self.look(
            "SELECT convert_from(decode(record->>'key', 'base64'), 'UTF8') FROM dead_letters WHERE record_topic IS NOT NULL"
        )
        return [key for (key,) in rows]

    async def evidence(self, client: Client) -> Evidence:
        """Everything, once it is at rest."""
        fates = {row[0]: Fate(*row[1:]) for row in await self.look(FATES)}
        completed = await self.look(
            "SELECT job_id::text, attempt FROM job_attempts WHERE outcome = 'completed'"
        )
        return Evidence(
            accepted=client.accepted,
            changed_ids=client.changed_ids,
            poisoned=client.poisoned,
            fates=fates,
            poison_records=self.poisoner.acknowledged,
            buried_records=await self._buried(),
            notes=self._notes(),
            completed={(job_id, attempt) for job_id, attempt in completed},
            records=await asyncio.to_thread(self._records),
            outcomes=self.proxy.outcomes,
            died_by_themselves={name: program.died_by_itself for name, program in self.programs.items()},
        )

    async def completed_attempts(self) -> list[Attempted]:
        rows = await self.look("SELECT started_at, finished_at FROM job_attempts WHERE outcome = 'completed'")
        return [Attempted(*row) for row in rows]

    async def lost_attempts(self) -> list[float]:
        return [float(seconds) for (seconds,) in await self.look(LOST_ATTEMPTS)]

    def _records(self) -> int:
        """How many the topic has seen."""
        client = Consumer(
            {"bootstrap.servers": self.servers[BROKER].address, "group.id": "chaos", "log_level": 2}
        )
        try:
            partitions = client.list_topics(TOPIC, timeout=30).topics[TOPIC].partitions
            return sum(
                client.get_watermark_offsets(TopicPartition(TOPIC, p), timeout=30)[1] for p in partitions
            )
        finally:
            client.close()

    def _notes(self) -> list[tuple[str, int, str]]:
        notes = [
            json.loads(line)
            for file in self.folder.glob("*.notes")
            for line in file.read_bytes().splitlines()
        ]
        return [(note["job"], note["attempt"], note["answer"]) for note in notes]


@asynccontextmanager
async def started(
    scripts: Mapping[str, str], chance: random.Random, *, instances: int, logs: Path | None, without: str
) -> AsyncIterator[World]:
    """A world at work; afterwards nothing of it is left but its logs, where a folder for them is named.

    Args:
        scripts: of Postgres and of the broker.
        instances: of evaluate.
        without: a guard that evaluate's test build leaves out.
    """
    folder = Path(tempfile.mkdtemp(prefix="cveval-chaos-"))
    # Postgres runs as a user of its own, who must find its way in.
    folder.chmod(0o755)
    async with AsyncExitStack() as stack:
        stack.callback(_clear, folder, logs)
        postgres = await stack.enter_async_context(serving(POSTGRES, scripts[POSTGRES], folder / POSTGRES))
        _migrate(postgres.address)
        broker = await stack.enter_async_context(
            serving(
                BROKER,
                scripts[BROKER],
                folder / BROKER,
                "--set",
                "group.min.session.timeout.ms=1000",
                "--set",
                "broker.session.timeout.ms=1000",
            )
        )
        ports = [free_port() for _ in range(instances)]
        proxy = Proxy(ports, chance)
        address = await stack.enter_async_context(proxy.serving())
        environment = {
            **SETTINGS,
            "CVEVAL_DATABASE_URL": postgres.address,
            "CVEVAL_KAFKA_BROKERS": broker.address,
            "CVEVAL_SHIM_FUNCTION_URL": address,
            "CHAOS_WITHOUT": without,
        }
        programs = _programs(folder, environment, ports)
        for program in programs.values():
            stack.push_async_callback(program.kill)
        await asyncio.gather(*(program.start() for program in programs.values()))
        yield World(
            folder,
            chance,
            {POSTGRES: postgres, BROKER: broker},
            programs,
            proxy,
            Poisoner(broker.address, TOPIC),
        )


def _clear(folder: Path, logs: Path | None) -> None:
    if logs is not None:
        logs.mkdir(parents=True, exist_ok=True)
        for file in (*folder.glob("*.log"), *folder.glob("*.notes"), *folder.glob("*/*.log")):
            shutil.copy(file, logs)
    shutil.rmtree(folder, ignore_errors=True)


def _migrate(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        migrate(connection, migrating.FOLDER)
        connection.execute(WITNESS)


def _programs(folder: Path, environment: Mapping[str, str], ports: list[int]) -> Mapping[str, Program]:
    def program(name: str, command: Any, port: int, **more: str) -> Program:
        return Program(name, command, {**environment, **more}, port, folder / f"{name}.log")

    submit = free_port()
    programs = [
        program(SUBMIT, function("submit", ROOT / "functions/submit/main.py", submit), submit),
    ]
    for number, port in enumerate(ports, 1):
        name = f"{EVALUATE}-{number}"
        command = function("evaluate", ROOT / "tests/chaos/evaluate_main.py", port)
        programs.append(program(name, command, port, CHAOS_NOTES=str(folder / f"{name}.notes")))
    for number in (1, 2):
        port = free_port()
        programs.append(program(f"{SHIM}-{number}", [BIN / "cveval-shim"], port, CVEVAL_SHIM_PORT=str(port)))
    return {each.name: each for each in programs}
