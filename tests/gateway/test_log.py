"""Log lines: one per event, JSON, clean."""

import io
import json

from gateway.log import TEXT_CHARACTERS_MAX, Log


def line_of(level: str, **values: object) -> dict[str, object]:
    out = io.StringIO()
    getattr(Log(out), level)("mqtt.disconnected", **values)
    assert out.getvalue().count("\n") == 1
    read: dict[str, object] = json.loads(out.getvalue())
    return read


def test_a_line_names_process_level_time_and_values() -> None:
    line = line_of("warning", reason="原因", wait_ms=100)
    assert line["timestamp"]
    del line["timestamp"]
    assert line == {
        "process": "gateway",
        "level": "warning",
        "event": "mqtt.disconnected",
        "reason": "原因",
        "wait_ms": 100,
    }


def test_a_peers_text_is_one_capped_line() -> None:
    shown = line_of("info", reason="a\n\x1b[31m" + "b" * 1_000)["reason"]
    assert isinstance(shown, str)
    assert shown.startswith("a··[31mb")
    assert len(shown) == TEXT_CHARACTERS_MAX + 1


def test_an_exception_brings_its_trace() -> None:
    line = line_of("error", problem=ValueError("torn"))
    assert str(line["trace"]).endswith("ValueError: torn\n")
    assert "problem" not in line
