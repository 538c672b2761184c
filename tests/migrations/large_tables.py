"""The rules of docs/how-to/migrate.md for tables that may be large: what a migration may not do to a table that an earlier one made."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LAST_OF_THE_FIRST_RELEASE = "20261125160000"
"""Before it there were no tables of anybody."""


@dataclass(frozen=True)
class File:
    """A migration, as far as its way up goes."""

    name: str
    is_in_transaction: bool
    statements: list[str]
    """Without comments, each on one line."""

    @classmethod
    def of(cls, name: str, text: str) -> "File":
        up = re.split(r"^-- \+goose (?:Up|Down)$", text, flags=re.MULTILINE)[1]
        plain = re.sub(r"--[^\n]*", "", up)
        statements = [" ".join(one.split()) for one in plain.split(";")]
        return cls(name, "-- +goose NO TRANSACTION" not in text, [one for one in statements if one])

    @property
    def tables(self) -> set[str]:
        return {found[1] for one in self.statements if (found := _CREATE_TABLE.match(one))}


_ANYWHERE = re.IGNORECASE
_CREATE_TABLE = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)", _ANYWHERE)
_CREATE_INDEX = re.compile(
    r"CREATE (?:UNIQUE )?INDEX( CONCURRENTLY)?( IF NOT EXISTS)? (\w+) ON (?:ONLY )?(\w+)", _ANYWHERE
)
_ALTER_TABLE = re.compile(r"ALTER TABLE (?:IF EXISTS )?(?:ONLY )?(\w+) (.*)", _ANYWHERE)
_REWRITE = re.compile(r"(?:UPDATE|DELETE FROM|MERGE INTO|TRUNCATE(?: TABLE)?) (?:ONLY )?(\w+)", _ANYWHERE)
_STRONG = re.compile(
    r"ALTER TABLE|DROP (?:TABLE|INDEX(?! CONCURRENTLY))|TRUNCATE|LOCK|.* REFERENCES ", _ANYWHERE
)
_PATIENCE = re.compile(r"SET LOCAL lock_timeout", _ANYWHERE)
_ADD_COLUMN = re.compile(r"ADD (?:COLUMN )?(?!CONSTRAINT|CHECK|FOREIGN|UNIQUE|PRIMARY|EXCLUDE)", _ANYWHERE)
# now() is the same for every row; whatever else is called may not be, and is asked for each.
_ASKED_PER_ROW = re.compile(r"DEFAULT (?!now\(\))\(?\w*\(|GENERATED|\b(?:big|small)?serial\b", _ANYWHERE)
_CHECKED_AT_ONCE = re.compile(r"\b(?:CHECK|REFERENCES|UNIQUE|PRIMARY KEY)\b", _ANYWHERE)


def all_in(folder: Path) -> list[File]:
    return [File.of(path.name, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.sql"))]


def complaints(file: File, earlier: list[File]) -> list[str]:
    """What would keep writers waiting while `file` works on tables of `earlier` ones."""
    old = {table for one in earlier for table in one.tables}
    found: list[str] = []
    is_patient = False
    for number, statement in enumerate(file.statements):
        is_patient = is_patient or bool(_PATIENCE.match(statement))
        before = file.statements[:number]
        said = list(_of_statement(statement, file, before, earlier, old))
        if _STRONG.match(statement) and _touches(statement, old) and not is_patient:
            said.append("takes a strong lock without SET LOCAL lock_timeout before it")
        found += [f"{file.name}: {one}: {statement}" for one in said]
    return found


def _touches(statement: str, tables: set[str]) -> bool:
    return bool(tables & set(re.findall(r"\w+", statement))) or statement.upper().startswith("DROP INDEX")


def _of_statement(
    statement: str, file: File, before: list[str], earlier: list[File], old: set[str]
) -> Iterator[str]:
    if (index := _CREATE_INDEX.match(statement)) and index[4] in old:
        yield from _of_index(index, file, before)
    if (altered := _ALTER_TABLE.match(statement)) and altered[1] in old:
        history = [one for whole in earlier for one in whole.statements]
        # Its actions, one by one: a comma within brackets separates none.
        for action in re.split(r", ?(?![^(]*\))", altered[2]):
            yield from _of_action(action, altered[1], before, history)
    if (rewritten := _REWRITE.match(statement)) and rewritten[1] in old:
        yield "changes rows: a command does that, in batches"


def _of_index(index: re.Match[str], file: File, before: list[str]) -> Iterator[str]:
    concurrently, if_missing, name, _ = index.groups()
    if not concurrently:
        yield "builds an index without CONCURRENTLY"
        return
    if file.is_in_transaction:
        yield "CONCURRENTLY needs -- +goose NO TRANSACTION"
    dropped = f"DROP INDEX CONCURRENTLY IF EXISTS {name}"
    if (
        not if_missing
        or [one.casefold() for one in before] != [dropped.casefold()]
        or len(file.statements) > 2
    ):
        yield f"belongs in a file of its own, after {dropped}, with IF NOT EXISTS"


def _of_action(action: str, table: str, before: list[str], history: list[str]) -> Iterator[str]:
    if _ADD_COLUMN.match(action):
        yield from _of_column(action)
    elif action.upper().startswith("ADD "):
        if not re.search("NOT VALID$|USING INDEX", action, _ANYWHERE):
            yield "adds a constraint without NOT VALID"
    elif found := re.match(r"VALIDATE CONSTRAINT (\w+)", action, _ANYWHERE):
        if any(re.search(rf"ADD CONSTRAINT {found[1]}\b", one, _ANYWHERE) for one in before):
            yield "validates what the same file adds: under its strong lock"
    elif found := re.match(r"ALTER (?:COLUMN )?(\w+) SET NOT NULL", action, _ANYWHERE):
        if not _is_checked(table, found[1], history):
            yield "SET NOT NULL looks at every row, unless a CHECK was validated in an earlier file"
    elif re.match(r"ALTER (?:COLUMN )?\w+ (?:SET DATA )?TYPE", action, _ANYWHERE):
        yield "changes a type: add a column"


def _of_column(action: str) -> Iterator[str]:
    if _ASKED_PER_ROW.search(action):
        yield "rewrites the table: its default is asked for each row"
    if re.search(r"\bNOT NULL\b", action, _ANYWHERE) and "DEFAULT" not in action.upper():
        yield "adds NOT NULL without a default"
    if _CHECKED_AT_ONCE.search(action):
        yield "looks at every row: add the constraint by itself, NOT VALID"


def _is_checked(table: str, column: str, history: list[str]) -> bool:
    """Whether a validated constraint says already that the column is never NULL."""
    check = re.compile(rf"ALTER TABLE {table} ADD CONSTRAINT (\w+) CHECK \({column} IS NOT NULL\)", _ANYWHERE)
    names = {found[1] for one in history if (found := check.match(one))}
    return any(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}" in history for name in names)
