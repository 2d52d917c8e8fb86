"""Logs of bridge and HQ: one event, one JSON line on stderr, named values; peers' text cleaned and capped."""

import logging
import sys
from typing import Any, Final

import structlog

TEXT_CHARACTERS_MAX: Final = 300  # a peer's text is quoted for a person, not stored

Logger = structlog.typing.FilteringBoundLogger


def open_log(process: str) -> Logger:
    """The logger of one process; nothing global is changed."""
    logger = structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _clean,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    bound: Logger = logger.bind(process=process)
    return bound


def clean_text(text: str) -> str:
    """A peer's text fit for one line: control characters replaced, length capped."""
    shown = "".join(character if character.isprintable() else "·" for character in text[:TEXT_CHARACTERS_MAX])
    return shown if len(text) <= TEXT_CHARACTERS_MAX else shown + "…"


def _clean(_logger: Any, _method: str, fields: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {key: clean_text(value) if isinstance(value, str) else value for key, value in fields.items()}


def take_library_lines(log: Logger) -> None:
    """From now on the warnings of libraries that log by themselves (uvicorn, asyncio) are lines of ours."""
    logging.getLogger().addHandler(_LibraryLines(log))


class _LibraryLines(logging.Handler):
    """Standard logging's records as lines of one logger."""

    def __init__(self, log: Logger) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """One record as one line."""
        self._log.warning(
            "library", logger=record.name, message=record.getMessage(), exc_info=record.exc_info
        )
