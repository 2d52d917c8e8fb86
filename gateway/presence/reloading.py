"""Takes up a changed file of beacons while the gateway runs: a tag that was registered counts within seconds.

    the file's mark changed -> read and checked, tables made of it (in a thread) -> the service moves over
                            -> cannot be used -> the old beacons stay; said on the pages, in the log, counted

A mark is what the file system says of a file: whoever writes it puts another file in its place (registry.py),
or changes its time. Reading and making tables of 10,000 beacons takes half a second, which no till waits for.
A file that is gone, or that others may read, is as one that cannot be used.

counters: presence.files_taken_up, presence.files_refused
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from gateway.counters import Counters
from gateway.errors import SettingsError
from gateway.log import Log
from gateway.presence.clocks import key_mark
from gateway.presence.hearing import Hearing
from gateway.presence.registry import Site, read_site
from gateway.presence.service import Presence

LOOK_MS: Final = 2_000


class Mark(NamedTuple):
    """What tells one content of a file from the next; all 0 for a file that cannot be looked at."""

    inode: int
    mode: int
    size: int
    modified_ns: int
    changed_ns: int


class SiteFile:
    """The file of one gateway; `seen` is its mark from before it was read for `presence`."""

    def __init__(
        self,
        path: Path,
        seen: Mark,
        presence: Presence,
        log: Log,
        now_ms: Callable[[], int],
        counters: Counters,
    ) -> None:
        self._path = path
        self._seen = seen
        self._presence = presence
        self._log = log
        self._now_ms = now_ms
        self._counters = counters
        self._looked_ms = now_ms()

    async def look(self) -> None:
        """Take up what is new; to be called once a second."""
        now_ms = self._now_ms()
        if 0 <= now_ms - self._looked_ms < LOOK_MS:
            return
        self._looked_ms = now_ms
        found = mark_of(self._path)
        if found == self._seen:
            return
        # Before the file is read: what is written meanwhile has another mark, and is seen the next time.
        self._seen = found
        await self._take_up(now_ms)

    async def _take_up(self, now_ms: int) -> None:
        kept = self._presence.kept()

        def make() -> tuple[Site, Hearing]:
            site = read_site(self._path)
            marks = {beacon.beacon: key_mark(beacon) for beacon in site.beacons}
            rows = [row for row in kept if marks.get(row.beacon) == row.key]
            return site, Hearing(site, self._counters, rows, now_ms // 1_000)

        try:
            site, hearing = await asyncio.to_thread(make)
        except SettingsError as problem:
            self._presence.file_broken(now_ms)
            self._counters.add("presence.files_refused")
            self._log.warning("beacons.refused", reason=problem.message, hint=problem.hint)
            return
        self._presence.move_to(site, hearing)
        self._counters.add("presence.files_taken_up")
        self._log.info("beacons.taken_up", beacons=len(site.beacons), zones=len(site.zones))


def mark_of(path: Path) -> Mark:
    """The mark of a file now."""
    try:
        found = path.stat()
    except OSError:
        return Mark(0, 0, 0, 0, 0)
    return Mark(found.st_ino, found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
