"""What the bridge says of itself, read from the file it leaves in the run folder; for people and figures.

The file (its layout is in cloud_bridge/bridge/status.py) is another process's: read up to BYTES_MAX and
checked whole, and nothing that may be wrong with it is an exception here, but one of these states:

    running     a good file that the bridge renewed within BRIDGE_SILENT_MS
    silent      a good file that it has not renewed since
    absent      no file: no bridge ran since the run folder was made
    foreign     the bridge of another gateway
    nonsense    not what a bridge writes
    unreadable  the file cannot be read

Silence is measured by our steady clock from the last renewal we saw, so a clock that is set moves nothing;
only of the first file seen the age is taken from its own at_ms.
"""

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from gateway.counters import Counters
from gateway.storage import layout

RUNNING, SILENT, ABSENT = "running", "silent", "absent"
FOREIGN, NONSENSE, UNREADABLE = "foreign", "nonsense", "unreadable"

BYTES_MAX = 64 * 1024  # a bridge writes 1 to 2 KiB

Data = dict[str, Any]
Identity = tuple[int, int, int]
Whole = Annotated[int, Meta(ge=0, le=2**53)]
Name = Annotated[str, Meta(max_length=64)]
Sentence = Annotated[str, Meta(max_length=400)]


class _Said(Struct, forbid_unknown_fields=True):
    what: Sentence
    do: Sentence


class _Trouble(Struct, forbid_unknown_fields=True):
    code: Name
    zh_cn: _Said = msgspec.field(name="zh-CN")
    en: _Said
    since_ms: Whole
    times: Whole


class _Cache(Struct, forbid_unknown_fields=True):
    generation: Name | None
    cursor: Whole | None
    as_of: Whole | None
    snapshot_rows: Whole | None


class _Status(Struct, forbid_unknown_fields=True):
    v: Whole
    gateway: Name
    pid: Whole
    started_ms: Whole
    at_ms: Whole
    position: Whole | None
    head: Whole | None
    backlog: Whole | None
    last_contact_ms: Whole | None
    trouble: _Trouble | None
    cache: _Cache
    counters: Annotated[dict[Name, Whole], Meta(max_length=64)]


_decoder = msgspec.json.Decoder(_Status)

NOTHING_SAID: Data = {
    "heard_ms": 0,
    "started_ms": 0,
    "last_contact_ms": 0,
    "backlog": None,
    "trouble": None,
    "cache": {"generation": None, "cursor": None, "as_of": None, "snapshot_rows": None},
    "counters": {},
}


class BridgeStatus:
    """The bridge of one gateway, as it was when look() looked last."""

    def __init__(
        self,
        path: Path,
        gateway: str,
        counters: Counters,
        now_ms: Callable[[], int],
        steady_ms: Callable[[], int],
    ) -> None:
        self._path = path
        self._gateway = gateway
        self._counters = counters
        self._now_ms = now_ms
        self._steady_ms = steady_ms
        self._identity: Identity | None = None
        self._file: tuple[str, Data] = (ABSENT, NOTHING_SAID)
        self._renewed_ms = 0
        self._state = ABSENT

    def look(self) -> Data:
        """{"state", and the fields of NOTHING_SAID}; costs one stat() where the file has not changed."""
        self._follow()
        state, said = self._file
        if state == RUNNING and self._steady_ms() - self._renewed_ms > layout.BRIDGE_SILENT_MS:
            state = SILENT
        self._count(state)
        return {"state": state, **said}

    def _follow(self) -> None:
        """Read the file if it is another one than before."""
        try:
            identity = _identity(self._path)
            if identity == self._identity:
                return
            self._file = _understood(_read(self._path), self._gateway)
        except FileNotFoundError:
            identity, self._file = None, (ABSENT, NOTHING_SAID)
        except OSError:
            identity, self._file = None, (UNREADABLE, NOTHING_SAID)
        self._renewed_ms = self._steady_ms() - self._age_ms(self._file[1]["heard_ms"])
        self._identity = identity

    def _age_ms(self, heard_ms: int) -> int:
        """How old a file was when it was read: 0 where we saw it change, else by the clock of both."""
        return 0 if self._identity else abs(self._now_ms() - heard_ms)

    def _count(self, state: str) -> None:
        """Count what began; a bridge that was not there before us has not gone."""
        before, self._state = self._state, state
        gone_before_us = state in (ABSENT, SILENT) and before != RUNNING
        if state not in (before, RUNNING) and not gone_before_us:
            self._counters.add(f"bridge_status.{state}")


def _identity(path: Path) -> Identity:
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise OSError(f"{path} is no file")  # opening a pipe would wait for its writer
    return found.st_ino, found.st_mtime_ns, found.st_size


def _read(path: Path) -> bytes:
    """The file's bytes, one more than BYTES_MAX where it is longer."""
    with path.open("rb") as file:
        return file.read(BYTES_MAX + 1)


def _understood(text: bytes, gateway: str) -> tuple[str, Data]:
    """What a file says: its state, were it renewed just now, and the fields of NOTHING_SAID."""
    try:
        status = _decoder.decode(text) if len(text) <= BYTES_MAX else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        status = None
    if status is None or status.v != layout.BRIDGE_STATUS_VERSION:
        return NONSENSE, NOTHING_SAID
    if status.gateway != gateway:
        return FOREIGN, NOTHING_SAID
    return RUNNING, {
        "heard_ms": status.at_ms,
        "started_ms": status.started_ms,
        "last_contact_ms": status.last_contact_ms or 0,
        "backlog": status.backlog,
        "trouble": msgspec.to_builtins(status.trouble),
        "cache": msgspec.to_builtins(status.cache),
        "counters": status.counters,
    }
