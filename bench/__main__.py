"""`python -m bench [names…] [--quick]`: a markdown table of figures, measured in this run."""

import argparse
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from uuid import uuid4

import psycopg
import uvloop

from bench import backup, cold, containers, documents, history, purge, queue, rank, store, submit, way
from bench.measuring import Bench, Row, note
from tests.databases import TEMPLATE, named, postgres_server

FIGURES: dict[str, ModuleType] = {
    "submit": submit,
    "way": way,
    "queue": queue,
    "store": store,
    "documents": documents,
    "rank": rank,
    "cold": cold,
    "containers": containers,
    "history": history,
    "purge": purge,
    "backup": backup,
}


def _parser(about: list[str]) -> argparse.ArgumentParser:
    """`about`: the figures whose descriptions --help shows."""
    described = "\n".join(f"{name}: {str(FIGURES[name].__doc__).strip()}\n" for name in about)
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure, and print a markdown table. Progress goes to stderr.",
        epilog=f"{described}\nEverything: python -m bench",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="name", help=f"{', '.join(FIGURES)}; none = all of them")
    parser.add_argument("--quick", action="store_true", help="one short round; history of 100,000 jobs")
    return parser


@contextmanager
def _bench(*, quick: bool) -> Iterator[Bench]:
    with postgres_server() as server:

        def fresh() -> str:
            database = f"b_{uuid4().hex}"
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {database} TEMPLATE {TEMPLATE}".encode())
            return named(server, database)

        yield Bench(server, quick, fresh)


async def _measure(bench: Bench, names: list[str]) -> bool:
    """Print each figure as it comes; False when a target was missed."""
    print("| figure | measured | target | met |\n|---|---:|---:|---|", flush=True)
    missed = False
    for name in names:
        note(f"{name} …")
        row: Row
        async for row in FIGURES[name].measure(bench):
            word = {None: "—", True: "yes", False: "**no**"}[row.met]
            print(f"| {row.figure} | {row.value} | {row.target} | {word} |", flush=True)
            missed |= row.met is False
    return not missed


def main(arguments: list[str]) -> None:
    asked = [argument for argument in arguments if argument in FIGURES]
    parser = _parser(asked or list(FIGURES))
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.names if name not in FIGURES]:
        parser.error(f"there is no figure {unknown[0]!r}; there are {', '.join(FIGURES)}")
    logging.disable(logging.WARNING)
    with _bench(quick=given.quick) as bench:
        met = uvloop.run(_measure(bench, given.names or list(FIGURES)))
    note("all targets met" if met else "some target was missed")


main(sys.argv[1:])
