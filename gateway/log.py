"""A process's log: one event, one JSON line on stderr, named values. Never one per tap.

Written here in a few lines and not with structlog, whose import brings rich and pygments along: 7 of the 80
MiB this process may take, for a dozen lines a day. The lines are the same.
"""

import sys
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO

import msgspec

TEXT_CHARACTERS_MAX = 300  # a peer's text is quoted for a person, not stored


class Log:
    """Writes lines of {"process", "level", "timestamp", "event", ...}."""

    def __init__(self, out: TextIO, process: str = "gateway") -> None:
        self._out = out
        self._process = process

    def info(self, event: str, **values: Any) -> None:
        """Something happened as it should."""
        self._line("info", event, values)

    def warning(self, event: str, **values: Any) -> None:
        """Something was made up for, or will be."""
        self._line("warning", event, values)

    def error(self, event: str, **values: Any) -> None:
        """Something a person must look at; `problem` is an exception whose trace is wanted."""
        problem = values.pop("problem", None)
        if problem is not None:
            values["trace"] = "".join(traceback.format_exception(problem))
        self._line("error", event, values)

    def _line(self, level: str, event: str, values: dict[str, Any]) -> None:
        stamp = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = {
            "process": self._process,
            "level": level,
            "timestamp": stamp,
            "event": event,
            **_clean(values),
        }
        self._out.write(msgspec.json.encode(line, enc_hook=repr).decode() + "\n")
        self._out.flush()


def open_log(process: str = "gateway") -> Log:
    """The process's log."""
    return Log(sys.stderr, process)


def _clean(values: dict[str, Any]) -> dict[str, Any]:
    """Texts fit for one line; a trace of our own keeps its length and its line ends (JSON escapes them)."""
    return {
        key: _clean_text(value) if isinstance(value, str) and key != "trace" else value
        for key, value in values.items()
    }


def _clean_text(text: str) -> str:
    shown = "".join(letter if letter.isprintable() else "·" for letter in text[:TEXT_CHARACTERS_MAX])
    return shown if len(text) <= TEXT_CHARACTERS_MAX else shown + "…"
