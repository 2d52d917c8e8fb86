"""What the bridge says of itself: counters, where it stands, its last trouble; one small file others read.

    <run_dir>/bridge.json, replaced whole, at most every WRITE_MS and if something changed, and after
    BRIDGE_STATUS_BEAT_MS in any case:
    {"v":1, "gateway":id, "pid":n, "started_ms":n, "at_ms":n,
     "position":n|null, "head":n|null, "backlog":n|null,      HQ's position, the log's head, events between
     "last_contact_ms":n|null,                                when HQ last gave a good answer
     "trouble":null|{"code", "zh-CN":{"what","do"}, "en":{"what","do"}, "since_ms":n, "times":n},
     "cache":{"generation":text|null, "cursor":n|null, "as_of":n|null, "snapshot_rows":n|null},
     "counters":{name:n}}

The file is a notice, not state: the bridge never reads it, and a crash may leave an old one (see at_ms). The
gateway reads it (gateway/storage/bridge_status.py) and its console shows it.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

from cloud_bridge.bridge.errors import Trouble
from cloud_bridge.bridge.words import WORDS
from cloud_bridge.log import Logger
from gateway.storage.layout import BRIDGE_STATUS_BEAT_MS, BRIDGE_STATUS_FILE, BRIDGE_STATUS_VERSION
from shopbell.look.words import LANGUAGES, say

WRITE_MS: Final = 500  # the run folder is memory on a Pi; a person sees no more


class _Open(NamedTuple):
    """A trouble that lasts: since when, how many times in a row."""

    code: str
    since_ms: int
    times: int


class Status:
    """The state of the bridge, changed by its two loops on one thread."""

    def __init__(self, run_dir: str, gateway: str, now_ms: Callable[[], int], log: Logger) -> None:
        self.log = log
        self._path = Path(run_dir) / BRIDGE_STATUS_FILE
        self._now_ms = now_ms
        self._counters: dict[str, int] = {}
        self._troubles: dict[str, _Open] = {}
        self._told: dict[str, Any] = {}
        self._told_ms = 0
        self._fields: dict[str, Any] = {
            "v": BRIDGE_STATUS_VERSION,
            "gateway": gateway,
            "pid": os.getpid(),
            "started_ms": now_ms(),
            "position": None,
            "head": None,
            "last_contact_ms": None,
            "cache": dict.fromkeys(("generation", "cursor", "as_of", "snapshot_rows")),
        }

    def count(self, name: str, by: int = 1) -> None:
        """Count something, by a name of ours."""
        self._counters[name] = self._counters.get(name, 0) + by

    def set_up(self, **changes: int | None) -> None:
        """Change `position` (HQ's) and `head` (the log's)."""
        self._fields.update(changes)

    def set_cache(self, **changes: str | int | None) -> None:
        """Change what is known of the cache; snapshot_rows is not None while one is fetched."""
        self._fields["cache"] = {**self._fields["cache"], **changes}

    def heard_hq(self) -> None:
        """HQ gave a good answer."""
        self._fields["last_contact_ms"] = self._now_ms()

    def went_well(self, loop: str) -> None:
        """A step of a loop went well."""
        ended = self._troubles.pop(loop, None)
        if ended is not None:
            lasted_ms = self._now_ms() - ended.since_ms
            self.log.info("well again", loop=loop, after=ended.code, times=ended.times, lasted_ms=lasted_ms)

    def went_wrong(self, loop: str, trouble: Trouble) -> None:
        """A step of a loop met a trouble: counted each time, told in the log when it begins."""
        self.count(trouble.code)
        before = self._troubles.get(loop)
        if before is not None and before.code == trouble.code:
            self._troubles[loop] = before._replace(times=before.times + 1)
            return
        self._troubles[loop] = _Open(trouble.code, self._now_ms(), 1)
        word = f"trouble.{trouble.code}"
        hint = say(word + ".do", "en", WORDS)
        self.log.warning(
            say(word, "en", WORDS), loop=loop, code=trouble.code, detail=trouble.detail, hint=hint
        )

    def view(self) -> dict[str, Any]:
        """Everything but the time of writing."""
        position, head = self._fields["position"], self._fields["head"]
        backlog = None if position is None or head is None else max(0, head - position)
        worst = min(self._troubles.values(), key=lambda trouble: trouble.since_ms, default=None)
        return {
            **self._fields,
            "backlog": backlog,
            "trouble": None if worst is None else _trouble_view(worst),
            "counters": dict(sorted(self._counters.items())),
        }

    def write(self) -> None:
        """Write the file if anything changed or it is due; one that fails is counted and tried again."""
        view, now_ms = self.view(), self._now_ms()
        if view == self._told and 0 <= now_ms - self._told_ms < BRIDGE_STATUS_BEAT_MS:
            return
        aside = self._path.with_suffix(".tmp")
        try:
            aside.write_text(json.dumps({**view, "at_ms": now_ms}, ensure_ascii=False), "utf-8")
            os.replace(aside, self._path)
            self._told, self._told_ms = view, now_ms
        except OSError:
            self.count("status_unwritten")


def _trouble_view(trouble: _Open) -> dict[str, Any]:
    word = f"trouble.{trouble.code}"
    said: dict[str, Any] = {
        language: {"what": say(word, language, WORDS), "do": say(word + ".do", language, WORDS)}
        for language in LANGUAGES
    }
    return {"code": trouble.code, **said, "since_ms": trouble.since_ms, "times": trouble.times}
