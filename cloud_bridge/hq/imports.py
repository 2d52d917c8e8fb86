"""Imports of members, goods and staff: a file is received whole and checked before its first line is applied.

    upload -> <spool>/<id>.csv, every line split as it arrives -> structure right? -> applied in chunks

Invariants: a fault of structure changes nothing; a chunk's rows, feed rows, refusals and progress are one
transaction; killed at any point it leaves an upload to be repeated, or an import that goes on by itself.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

from cloud_bridge.hq import import_store as store
from cloud_bridge.hq.csv_file import CsvFile, FileFault, Line
from cloud_bridge.hq.database import Database
from cloud_bridge.hq.import_kinds import KINDS, Kind, Rules, rules_of
from cloud_bridge.hq.import_store import Report
from cloud_bridge.hq.lines import Refusal, RefusedGroup
from cloud_bridge.hq.member_store import Brand, new_id
from cloud_bridge.hq.own_log import Frame
from cloud_bridge.log import Logger

GROUPS_PER_CHUNK: Final = 500  # about 50 ms of write lock: an event's batch waits no longer
IMPORTS_WAITING_MAX: Final = 8  # files on disk at once: each may be FILE_BYTES_MAX
READ_BYTES: Final = 64 * 1024

T = TypeVar("T")


class TooManyImports(Exception):
    """IMPORTS_WAITING_MAX files are under way: try again when one is done."""


class Imports:
    """Receives files and applies them, one at a time, on a thread of its own."""

    def __init__(
        self,
        database: Database,
        spool: Path,
        brand: Callable[[], Brand],
        now_ms: Callable[[], int],
        frame: Callable[[], Frame],
        tell: Callable[[Report], None],
        log: Logger,
    ) -> None:
        self._database = database
        self._spool = spool
        self._brand = brand
        self._now_ms = now_ms
        self._frame = frame
        self._tell = tell
        self._log = log
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="import")
        self._under_way: set[str] = set()
        self._stopping = False

    def resume(self) -> None:
        """Go on with what a stopped HQ left: applied files continue, broken uploads are closed."""
        self._spool.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._database.reading() as connection:
            left = store.unfinished(connection)
        for report in left:
            if report.state == store.RECEIVING:
                self._end(report.id, store.FAILED, "upload_cut", report.last_line)
            elif not self._file(report.id).exists():
                self._end(report.id, store.FAILED, "file_gone", report.last_line)
            else:
                self._start(report.id)
        kept = {self._file(id_) for id_ in self._under_way}
        for stray in set(self._spool.glob("*.csv")) - kept:
            stray.unlink()

    async def receive(self, pieces: AsyncIterator[bytes], file_name: str, kind: str = store.MEMBERS) -> str:
        """Take a file of a kind of KINDS and start to apply it; the import's id.

        Raises FileFault, TooManyImports, OSError.

        Whatever the pieces raise (the sender went away) closes the import as failed and is raised on.
        """
        if len(self._under_way) >= IMPORTS_WAITING_MAX:
            raise TooManyImports
        id_ = new_id("u")
        self._under_way.add(id_)
        try:
            await asyncio.to_thread(self._begin, id_, kind, file_name)
            lines = await self._spool_file(id_, KINDS[kind], pieces)
            await asyncio.to_thread(self._set_applying, id_, lines)
        except FileFault as fault:
            self._end(id_, store.REFUSED, fault.code, fault.line, **fault.values)
            raise
        except OSError:
            self._end(id_, store.FAILED, "disk_failed", 0)
            raise
        except BaseException:
            self._end(id_, store.FAILED, "upload_cut", 0)
            raise
        self._start(id_)
        return id_

    def close(self) -> None:
        """Stop between two chunks; what is left goes on at the next start."""
        self._stopping = True
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _begin(self, id_: str, kind: str, file_name: str) -> None:
        with self._database.writing() as connection:
            store.begin(connection, id_, kind, file_name, self._now_ms())
        self._tell_report(id_)

    async def _spool_file(self, id_: str, kind: Kind, pieces: AsyncIterator[bytes]) -> int:
        """Write the file, check its structure; how many lines it has."""
        checked, lines = CsvFile(kind.shape), 0
        descriptor = os.open(self._file(id_), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            async for piece in pieces:
                lines += await asyncio.to_thread(_take, file.write, checked, piece)
        checked.finish()
        return lines

    def _set_applying(self, id_: str, lines: int) -> None:
        with self._database.writing() as connection:
            store.set_state(connection, id_, store.APPLYING, lines=lines)

    def _end(self, id_: str, state: str, code: str, line: int, **values: str | int) -> None:
        self._forget(id_)
        with self._database.writing() as connection:
            store.set_fault(connection, id_, state, code, line, values, self._now_ms())
        self._log.warning("import ended", id=id_, state=state, code=code, line=line)
        self._tell_report(id_)

    def _forget(self, id_: str) -> None:
        self._file(id_).unlink(missing_ok=True)
        self._under_way.discard(id_)

    def _start(self, id_: str) -> None:
        self._under_way.add(id_)
        self._worker.submit(self._apply, id_).add_done_callback(self._report_crash)

    def _report_crash(self, future: "Future[None]") -> None:
        """The database failed, or a mistake of ours: the import stays as it is until the next start."""
        if not future.cancelled() and (crash := future.exception()):
            self._log.error("import stopped", exc_info=crash, hint="It goes on when HQ is started again")

    def _apply(self, id_: str) -> None:
        with self._database.reading() as connection:
            report = store.read(connection, id_)
            assert report is not None, "started without a row"
            rules = rules_of(connection, report, self._brand())
        kind = KINDS[report.kind]
        for chunk in _chunks(kind.gather(self._lines(id_, kind), rules)):
            if self._stopping:
                return
            self._apply_chunk(report, chunk, rules)
        with self._database.writing() as connection:
            store.set_state(connection, id_, store.DONE, finished_ms=self._now_ms())
        self._forget(id_)
        self._tell_report(id_)

    def _apply_chunk(self, report: Report, chunk: list[Any], rules: Rules) -> None:
        chunk = [group for group in chunk if group.numbers[-1] > report.last_line]
        if not chunk:
            return  # done before HQ was stopped
        groups = [group for group in chunk if not isinstance(group, RefusedGroup)]
        with self._database.writing() as connection:
            effect = KINDS[report.kind].write(connection, groups, rules, self._frame())
            refused = [group for group in chunk if isinstance(group, RefusedGroup)]
            refusals = _refusals([*refused, *effect.refused])
            numbers = [number for group in chunk for number in group.numbers]
            store.add_progress(connection, report.id, effect, refusals, numbers)
        self._tell_report(report.id)

    def _lines(self, id_: str, kind: Kind) -> Iterator[Line]:
        checked = CsvFile(kind.shape)
        with self._file(id_).open("rb") as file:
            while piece := file.read(READ_BYTES):
                yield from checked.feed(piece)

    def _file(self, id_: str) -> Path:
        return self._spool / f"{id_}.csv"

    def _tell_report(self, id_: str) -> None:
        with self._database.reading() as connection:
            report = store.read(connection, id_)
        if report is not None:
            self._tell(report)


def _take(write: Callable[[bytes], int], checked: CsvFile, piece: bytes) -> int:
    write(piece)
    return sum(1 for _ in checked.feed(piece))


def _refusals(groups: list[RefusedGroup]) -> list[Refusal]:
    return [refusal for group in groups for refusal in group.refusals]


def _chunks(groups: Iterator[T]) -> Iterator[list[T]]:
    chunk: list[T] = []
    for group in groups:
        chunk.append(group)
        if len(chunk) == GROUPS_PER_CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
