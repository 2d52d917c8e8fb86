"""Reads the settings: one TOML file with a table per process, and the environment above it.

`SHOPBELL_<TABLE>__<KEY>` overrides one key. A table nobody knows is refused here; a key nobody knows is
refused by the process that owns the table (`section`), so that no misspelt setting is silently ignored.
The file is read once, at the start.
"""

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from shopbell.errors import ShopbellError

DEFAULT_PATHS = (Path("/etc/shopbell/shopbell.toml"), Path("var/shopbell.toml"))
TABLES = ("gateway", "bridge", "hq", "broker", "pki", "run", "network", "portal")
PREFIX = "SHOPBELL_"

T = TypeVar("T")
Table = dict[str, object]


class Config(NamedTuple):
    """All tables as they were found, not yet checked. `source` names the file in messages."""

    source: str
    path: Path | None
    tables: dict[str, Table]

    def table(self, name: str) -> Table:
        """The table's keys; empty if the file does not have it."""
        return self.tables.get(name, {})


def find(explicit: Path | None) -> Path | None:
    """The settings file to read; None if none is named and no default one exists."""
    if explicit is not None:
        return explicit
    return next((path for path in DEFAULT_PATHS if path.exists()), None)


def load(explicit: Path | None, environment: Mapping[str, str]) -> Config:
    """The file's settings with the environment over them. ShopbellError naming the file and line or table."""
    path = find(explicit)
    source = str(path) if path else f"no settings file (looked for {' and '.join(map(str, DEFAULT_PATHS))})"
    tables = check_tables(read(path), source) if path else {}
    return Config(source, path, overlay(tables, environment))


def read(path: Path) -> dict[str, object]:
    """The file as TOML. Raises ShopbellError if it is not there, not readable or not TOML."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ShopbellError(f"no settings file at {path}", "name another with --config") from None
    except OSError as error:
        raise ShopbellError(f"cannot read {path} ({error.strerror})", "check its owner and mode") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ShopbellError(f"{path} is not TOML ({error})", "correct that line") from None


def check_tables(found: dict[str, object], source: str) -> dict[str, Table]:
    """The same tables, or a ShopbellError naming the first that no process owns."""
    for name, value in found.items():
        if name not in TABLES:
            raise ShopbellError(f"{source}: nothing reads [{name}]", f"the tables are {', '.join(TABLES)}")
        if not isinstance(value, dict):
            raise ShopbellError(
                f"{source}: {name} = {value!r} is outside a table", f"write it below [{name}]"
            )
    return {name: dict(value) for name, value in found.items() if isinstance(value, dict)}


def overlay(tables: dict[str, Table], environment: Mapping[str, str]) -> dict[str, Table]:
    """The tables with every SHOPBELL_<TABLE>__<KEY> put over them, as text; `section` converts it."""
    merged = {name: dict(table) for name, table in tables.items()}
    for variable, value in environment.items():
        if not variable.startswith(PREFIX) or "__" not in variable:
            continue
        table, _, key = variable.removeprefix(PREFIX).lower().partition("__")
        if table not in TABLES:
            raise ShopbellError(
                f"environment: nothing reads {variable}", f"the tables are {', '.join(TABLES).upper()}"
            )
        merged.setdefault(table, {})[key] = value
    return merged


def section(config: Config, name: str, from_table: Callable[[Table], T], refusal: type[Exception]) -> T:
    """One process's settings, checked. Raises ShopbellError naming file, table, and what `refusal` says."""
    try:
        return from_table(config.table(name))
    except refusal as error:
        reason = str(error).removeprefix(f"[{name}] ")
        raise ShopbellError(f"{config.source}: [{name}] {reason}", overridable(name)) from None


def overridable(table: str) -> str:
    """The hint that every key can be set without touching the file."""
    return f"correct the file, or set {variable_of(table, 'KEY')} in the environment"


def variable_of(table: str, key: str) -> str:
    """The environment variable that overrides a key."""
    return f"{PREFIX}{table.upper()}__{key.upper()}"


class TableError(Exception):
    """A key of one of this package's own tables is wrong: names key and value."""


def convert(table: Table, kind: type[T]) -> T:
    """A table as its settings type; text from the environment converts. Raises TableError."""
    try:
        return msgspec.convert(table, kind, strict=False)
    except msgspec.ValidationError as error:
        raise TableError(explain(str(error), table)) from None


def explain(reason: str, table: Table) -> str:
    """msgspec's sentence with the key and its value in front of it."""
    text, _, where = reason.partition(" - at `$.")
    key = where.rstrip("`")
    return f"{key} = {table[key]!r}: {text}" if key in table else text
