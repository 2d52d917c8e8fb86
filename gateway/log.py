"""The gateway's log: one event, one JSON line on stderr, named values. Never one per tap."""

import logging
import sys
from typing import Any

import msgspec
import structlog

TEXT_CHARACTERS_MAX = 300  # a peer's text is quoted for a person, not stored

Logger = structlog.typing.FilteringBoundLogger


def open_log() -> Logger:
    """The process's logger; nothing global is changed."""
    logger = structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _clean,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_json),
        ],
    )
    bound: Logger = logger.bind(process="gateway")
    return bound


def _json(fields: object, **options: object) -> str:
    return msgspec.json.encode(fields, enc_hook=repr).decode()


def _clean(_logger: Any, _method: str, fields: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {key: _clean_text(value) if isinstance(value, str) else value for key, value in fields.items()}


def _clean_text(text: str) -> str:
    """Fit for one line: control characters replaced, length capped."""
    shown = "".join(letter if letter.isprintable() else "·" for letter in text[:TEXT_CHARACTERS_MAX])
    return shown if len(text) <= TEXT_CHARACTERS_MAX else shown + "…"
