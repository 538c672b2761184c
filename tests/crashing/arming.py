"""Fail points for test builds: the process kills itself with SIGKILL at the one moment that CRASH_AT names."""

import asyncio
import os
import signal
from typing import Any

import psycopg
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from cveval.delivery import Answer
from cveval.http import Application
from cveval.queue.transport import Delivery
from cveval.store import postgres
from cveval.store.postgres import PostgresDriver, PostgresSession
from cveval.store.queries import Call, Row
from tests.crashing.points import Moment, after, before

SILENT = {"submissions.add_jobs"}
"""Returns no rows, whatever it does."""
POINT = os.environ.get("CRASH_AT", "")


def die_at(moment: str) -> None:
    if moment == POINT:
        # The whole group: functions-framework's server has a parent, which would start another one.
        os.killpg(0, signal.SIGKILL)


def arm_commits() -> None:
    """Before and after the commit of each statement that changed or found something."""
    changed: dict[psycopg.AsyncConnection[Any], set[str]] = {}
    run, commit, try_at_once = PostgresSession.run, postgres._commit, PostgresDriver.try_at_once

    async def noting_run(session: PostgresSession, *calls: Call) -> Any:
        found: list[list[Row]] = await run(session, *calls)  # type: ignore[assignment]
        asked = zip((call.query.name for call in calls), found, strict=True)
        names = {name for name, rows in asked if rows or name in SILENT}
        changed.setdefault(session._connection, set()).update(names)
        return found

    async def fatal_commit(connection: psycopg.AsyncConnection[Any]) -> None:
        names = changed.pop(connection, set())
        for name in names:
            die_at(before(name))
        await commit(connection)
        for name in names:
            die_at(after(name))

    async def fatal_try(driver: PostgresDriver, call: Call) -> bool:
        die_at(before(call.query.name))
        stands = await try_at_once(driver, call)
        if stands:
            die_at(after(call.query.name))
        return stands

    _put(PostgresSession, "run", noting_run)
    _put(postgres, "_commit", fatal_commit)
    _put(PostgresDriver, "try_at_once", fatal_try)


def arm_answers() -> None:
    """Before and after the answer to a POST."""
    serve = Application.__call__

    async def fatal_serve(application: Application, request: Request) -> Response:
        response = await serve(application, request)
        if request.method == "POST" and response.status_code < 300:
            die_at(Moment.BEFORE_ANSWER)
            response.background = BackgroundTask(die_at, Moment.AFTER_ANSWER)
        return response

    _put(Application, "__call__", fatal_serve)


def arm_publishing() -> None:
    from cveval.queue.kafka.producer import KafkaProducer, _PolledClient  # noqa: PLC0415 - the shim's only

    send, produce = KafkaProducer.send, _PolledClient.produce

    async def fatal_send(producer: KafkaProducer, records: Any) -> Any:
        die_at(Moment.BEFORE_PUBLISHING)
        errors = await send(producer, records)
        if None in errors:
            die_at(Moment.ACKNOWLEDGED)
        return errors

    def fatal_produce(client: _PolledClient, record: Any, report: Any) -> None:
        produce(client, record, report)
        die_at(Moment.PUBLISHING)

    _put(KafkaProducer, "send", fatal_send)
    _put(_PolledClient, "produce", fatal_produce)


def arm_delivering() -> None:
    from cveval.queue.kafka.consumer import KafkaConsumer  # noqa: PLC0415 - the shim's only
    from cveval_shim.function import HttpFunction  # noqa: PLC0415

    ask, commit, committed = HttpFunction.__call__, KafkaConsumer._commit, KafkaConsumer._committed

    async def fatal_ask(function: HttpFunction, delivery: Delivery) -> Answer:
        die_at(Moment.BEFORE_REQUEST)
        asking = asyncio.ensure_future(ask(function, delivery))
        # evaluate's evaluator takes longer than this here: the request is there, its answer is not.
        await asyncio.wait([asking], timeout=0.3)
        die_at(Moment.REQUESTED)
        answer = await asking
        die_at(Moment.ANSWERED)
        return answer

    def fatal_commit(consumer: KafkaConsumer, offsets: Any, **how: Any) -> None:
        if offsets:
            die_at(Moment.BEFORE_OFFSET)
        commit(consumer, offsets, **how)

    def fatal_committed(consumer: KafkaConsumer, error: Any, offsets: Any) -> None:
        if error is None:
            die_at(Moment.AFTER_OFFSET)
        committed(consumer, error, offsets)

    _put(HttpFunction, "__call__", fatal_ask)
    _put(KafkaConsumer, "_commit", fatal_commit)
    _put(KafkaConsumer, "_committed", fatal_committed)


def _put(owner: object, name: str, function: object) -> None:
    setattr(owner, name, function)
