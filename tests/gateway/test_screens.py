"""The catalogue of screens: nothing that can happen lacks its row, and the document is what the rows say."""

import ast
from pathlib import Path

import pytest

from firmware.core import face, tap
from firmware.protocol import messages
from firmware.words import WORDS as DEVICE_WORDS
from gateway import acting, pins, screens, screens_doc
from gateway.adapters.icons import NAMES
from gateway.adapters.lettering import Lettering
from gateway.adapters.pixels import TITLE_WIDTH, code_of
from gateway.core import badges, model
from gateway.core.model import Outcome
from gateway.core.programs import reasons
from gateway.screens_look import REFUSALS
from gateway.storage.layout import INSTRUMENT_STATUSES
from shopbell.look.words import faults, placeholders

FIGURES = {  # the longest that a row must have room for
    "name": "龘**",
    "points": "123456",
    "tier": "白金卡",
    "count": "12",
    "what": "积分",
    "when": "11-22 14:02",
    "where": "本店",
    "day": "2026-12-31",
    "amount": "12,345.00",
    "short": "1,234.50",
}
FIELDS = ("title", "line", "says", "does")
# What a design or an issue names has to be found under some row, whatever it is called in the code.
NAMED = {
    "unknown": "unknown.not_known",
    "lost": "blocked.instrument_lost",
    "locked": "blocked.instrument_locked",
    "expired": "lot_expired",
    "below threshold": "subtotal_low",
    "already used": "used_up",
    "cannot be sure offline": "cannot_be_sure",
    "gateway absent": "terminal.offline",
    "queue full": "terminal.full",
    "please wait": "terminal.wait",
    "past deadline": "late",
    "show the code again": "unknown.stale",
}


def every_text() -> list[tuple[str, str, tuple[str, str]]]:
    """(row, field, pair) of everything in the catalogue, for every role."""
    found = []
    for outcome in screens.OUTCOMES:
        for role in screens.ROLES:
            row = screens.row(outcome, role)
            found += [
                (f"{outcome}.{role}", field, getattr(row, field))
                for field in ("title", "line", "says", "does")
            ]
    return found


def happens() -> set[str]:
    """Every outcome that code can come to."""
    outcomes = [
        Outcome(False, "greeted", "gold", None, "silver", 12),
        Outcome(False, "greeted", None, None, "gold"),
        Outcome(False, "greeted", None, None, ""),
        Outcome(False, "unknown", None, model.NOT_KNOWN),
        Outcome(False, "unknown", None, model.NO_CACHE),
        Outcome(False, "unknown", None, model.CODE_STALE),
        Outcome(False, "blocked", None, model.MEMBER_ABSENT),
        Outcome(False, "seen"),
        *(Outcome(False, "blocked", None, f"instrument_{status}") for status in INSTRUMENT_STATUSES[1:]),
        *(Outcome(False, "blocked", None, reason) for reason in (badges.STAFF_LEFT, badges.STAFF_ROLE)),
        *(Outcome(False, "blocked", None, f"member_{status}") for status in ("suspended", "erased")),
    ]
    codes = (acting.DISK_LOW, acting.KEY_REUSED, acting.BUSY, acting.LEDGER_REFUSES, acting.UNDECIDABLE)
    return {
        *(code_of(outcome) for outcome in outcomes),
        *model.REASONS,
        *reasons.WORDS,
        *DEVICE_WORDS,
        *codes,
        model.ASKED,
        *(f"badge.{did}" for did in (badges.SIGNED_IN, badges.SIGNED_OUT, "till")),
        *(f"pin.{found}" for found in (pins.RIGHT, pins.WRONG, pins.LOCKED, pins.NONE, "no_answer", "ask")),
        "late",
    }


def told_in_code() -> set[str]:
    """Every outcome that the gateway's code names when it tells a display something."""
    found = set()
    for path in Path(screens.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Told":
                found |= {str(each.value) for each in node.args[:1] if isinstance(each, ast.Constant)}
    return found


def test_no_outcome_lacks_its_row() -> None:
    assert happens() - set(screens.OUTCOMES) == set()
    assert told_in_code() - set(screens.OUTCOMES) == set()
    assert set(NAMED.values()) <= set(screens.OUTCOMES)


def test_no_other_card_than_those_that_are_known_gets_the_shared_row() -> None:
    assert code_of(Outcome(False, "blocked", None, "member_of_tomorrow")) == "blocked.other"
    assert screens.row("a reason of tomorrow", screens.DESK) == screens.ROWS["refused"]


def test_a_row_of_one_role_stands_beside_the_shared_one() -> None:
    assert {outcome for outcome, _ in screens.OF_ROLE} <= set(screens.OUTCOMES)
    assert {role for _, role in screens.OF_ROLE} <= set(screens.ROLES)


def test_every_text_is_whole_in_both_languages() -> None:
    table = {f"{row}.{field}": pair for row, field, pair in every_text()}
    assert faults(table) == []
    assert set().union(*(placeholders(text) for pair in table.values() for text in pair)) <= set(FIGURES)


def test_every_line_of_a_display_fits() -> None:
    letters = Lettering()
    for row, field, pair in every_text():
        if field in ("title", "line") and not row.startswith(("terminal.", "seen", "late")):
            size, width_max = (14, TITLE_WIDTH) if field == "title" else (12, messages.DISPLAY_WIDTH)
            for text in pair:
                drawn = letters.line(text.format(**FIGURES), (size,), 32 if field == "title" else 16, 1_000)
                assert drawn.width <= width_max, f"{row}.{field}: {text}"


def test_refusals_stay_and_nothing_else_does() -> None:
    for outcome, row in screens.ROWS.items():
        refuses = row.look in REFUSALS or outcome == "terminal.full"
        assert screens.stays(row) == refuses, outcome


def test_every_reason_to_refuse_looks_like_a_refusal() -> None:
    for reason in (*model.REASONS, *reasons.WORDS):
        assert screens.ROWS[reason].look in REFUSALS, reason


def test_looks_are_told_apart_without_colour() -> None:
    looks = {row.look for row in screens.ROWS.values() if row.look.icon != "none"}
    assert {look.icon for look in looks} <= set(NAMES)
    for one in looks:
        for other in looks - {one}:
            assert (one.icon, one.tone) != (other.icon, other.tone), (one, other)


def test_the_entrance_shows_no_amount_and_no_reason() -> None:
    for outcome in screens.OUTCOMES:
        row = screens.row(outcome, screens.ENTRANCE)
        if row.look in REFUSALS and not outcome.startswith("unknown"):
            assert (row.title, row.line) == screens.ASK_INSIDE, outcome
        shown = set().union(*(placeholders(text) for text in (*row.title, *row.line)))
        assert shown <= {"name", "points", "tier", "count", "what"}, outcome
        assert "count" not in shown or outcome == "checked_in", outcome


def test_a_card_that_cannot_be_used_shows_the_same_for_every_reason() -> None:
    for role in screens.ROLES:
        shown = {screens.row(each, role)[:4] for each in screens.OUTCOMES if each.startswith("blocked.")}
        assert len(shown) == 1
    does = {screens.ROWS[each].does for each in screens.OUTCOMES if each.startswith("blocked.")}
    assert len(does) == len([each for each in screens.OUTCOMES if each.startswith("blocked.")])


def test_what_a_device_says_by_itself_is_what_the_catalogue_says() -> None:
    states = {"wait": tap.SLOW, "saved": tap.SAVED, "full": tap.FULL}
    for key, words in DEVICE_WORDS.items():
        row, name = screens.ROWS[key], key.removeprefix("terminal.")
        screen = face.picture(name)
        assert row.title == row.line == words
        assert (row.look.light, row.look.tone) == (screen.light, screen.tone), key
        held_ms = tap.HOLDS_MS[states[name]] if name in states else 0
        assert row.look.hold_ms == (held_ms or (messages.HOLD_STAYS if name == "full" else 0)), key


@pytest.mark.parametrize("role", ["", "counter", "till", "entrance-2"])
def test_another_role_is_a_counter(role: str) -> None:
    assert screens.role_of(role) == screens.COUNTER


def test_the_document_has_every_outcome_role_and_language() -> None:
    text = screens_doc.page()
    for outcome in screens.OUTCOMES:
        section = text.split(f"### `{outcome}`\n", 1)[1].split("\n### ", 1)[0]
        rows = [line for line in section.splitlines() if line.startswith("| ") and "| role |" not in line]
        assert len(rows) == len(screens.ROLES) * len(screens_doc.LANGUAGES), outcome
        assert len({tuple(line.split(" | ")[:2]) for line in rows}) == len(rows)


def test_the_document_is_current() -> None:
    assert screens_doc.TARGET.read_text("utf-8") == screens_doc.page(), "run python -m gateway.screens_doc"
    assert screens_doc.main(["--check"]) == 0


def test_a_stale_document_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screens_doc, "TARGET", tmp_path / "screens.md")
    assert screens_doc.main(["--check"]) == 1
    assert screens_doc.main([]) == 0 and screens_doc.main(["--check"]) == 0
