"""Nothing that a gateway or a terminal counts, and no alarm, reaches the console without words."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from cloud_bridge.bridge.errors import Trouble
from firmware.protocol.errors import REASONS
from gateway.adapters.http import (
    act_words,
    beacon_words,
    bridge_words,
    counter_words,
    device_words,
    member_views,
    member_words,
    wifi_words,
    words,
)
from gateway.adapters.http.acts import STATUSES
from gateway.adapters.http.counter_words import EXPLANATIONS, explain
from gateway.adapters.serial import Printed
from gateway.core import model
from gateway.pins import LOCKED, NONE, RIGHT, WRONG
from gateway.presence.checkins import IDENTITY_USED, TICKET_BAD, TICKET_EXPIRED, TICKET_USED
from gateway.presence.heard import CLOCK_UNKNOWN, IDENTITY_CLONED, IDENTITY_OLD, IDENTITY_UNKNOWN
from gateway.storage import bridge_status, layout
from shopbell.look.words import faults

ROOT = Path(__file__).parents[4]
PORTAL = ROOT / "gateway/portal"  # another process: what it counts, docs/operations explains
GATEWAY = [path for path in sorted((ROOT / "gateway").rglob("*.py")) if PORTAL not in path.parents]
BRIDGE = sorted((ROOT / "cloud_bridge/bridge").glob("*.py"))
FIRMWARE = sorted((ROOT / "firmware").rglob("*.py"))


def test_every_table_of_words_is_sound() -> None:
    tables = (words.WORDS, bridge_words.STATES, EXPLANATIONS, device_words.COUNTS)
    pages = (act_words.WORDS, beacon_words.WORDS, member_words.WORDS, wifi_words.WORDS)
    for table in (*tables, *pages):
        assert faults(table) == []


def test_the_console_says_every_key_in_one_way_only() -> None:
    tables = (words.WORDS, bridge_words.STATES, EXPLANATIONS, device_words.COUNTS)
    every = (*tables, act_words.WORDS, beacon_words.WORDS, member_words.WORDS, wifi_words.WORDS)
    keys = [key for table in every for key in table]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("reason", [*model.REASONS, "a_reason_of_a_later_core"])
def test_every_refusal_says_what_happened_and_what_to_do(reason: str) -> None:
    stem = act_words.stem_of(model.REFUSED, reason)
    assert (stem == act_words.OTHER) is (reason not in model.REASONS)
    says = act_words.sentences(stem, reason=reason)
    assert set(says) == {"zh-CN", "en"}
    assert all(set(said) == {"what", "do"} and all(said.values()) for said in says.values())


def test_every_code_of_the_teller_has_words_and_a_status() -> None:
    calls = [
        node.args[0].id
        for path in GATEWAY
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "Refused"
        and isinstance(node.args[0], ast.Name)
    ]
    codes = {_constants()[name] for name in calls if name in _constants()}
    assert len(codes) >= 4, "the search has lost sight of the codes"
    assert codes == set(STATUSES)
    assert {f"request.{code}.what" for code in codes} <= set(act_words.WORDS)


def test_every_status_of_a_card_and_of_a_member_has_words_and_known_steps_only() -> None:
    for status in layout.INSTRUMENT_STATUSES:
        assert f"instrument.{status}" in member_words.WORDS
    for status in layout.MEMBER_STATUSES:
        assert f"member.status.{status}" in member_words.WORDS
    steps = {to for many in member_views.STEPS.values() for to in many}
    assert {f"instrument.to.{to}" for to in steps} <= set(member_words.WORDS)
    assert set(member_views.STEPS) | steps <= set(layout.INSTRUMENT_STATUSES)


def test_every_explanation_and_every_notice_says_what_to_do_next() -> None:
    stems = {key for key in EXPLANATIONS if not key.endswith(".next")}
    assert {f"{stem}.next" for stem in stems} == set(EXPLANATIONS) - stems
    notices = {key for key in words.WORDS if key.startswith("notice.") and not key.endswith(".next")}
    assert {f"{notice}.next" for notice in notices} <= set(words.WORDS)


def test_explain_finds_the_name_the_family_or_says_it_cannot() -> None:
    assert explain("http.wrong_token") == "counter.http.wrong_token"
    assert explain("wire.trailing") == "counter.wire.*"
    assert explain("nobody.knows") == "counter.other"


# Every word the reader of the bridge's file has for how it stands.
STATES = [getattr(bridge_status, name) for name in ("RUNNING", "SILENT", "ABSENT", "FOREIGN", "NONSENSE")]
STATES.append(bridge_status.UNREADABLE)


def test_every_state_of_the_bridge_has_words_and_all_but_running_what_to_do() -> None:
    for state in STATES:
        assert f"bridge.{state}" in bridge_words.STATES
        assert state == "running" or {f"bridge.{state}.what", f"bridge.{state}.do"} <= set(
            bridge_words.STATES
        )


def test_every_counter_of_the_bridge_is_explained_or_routine() -> None:
    names = {
        argument.value
        for argument in _first_arguments("count", "^self$|_?status$", BRIDGE)
        if isinstance(argument, ast.Constant)
    }
    assert len(names) > 7, "the search has lost sight of the counters"
    names |= {trouble.code for trouble in Trouble.__subclasses__()}
    unexplained = {f"bridge.{name}" for name in names if explain(f"bridge.{name}") == "counter.other"}
    assert unexplained - counter_words.ROUTINE == set()


@cache
def _constants() -> dict[str, str]:
    """Every NAME = "text" of a gateway module."""
    found = {}
    for path in GATEWAY:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                if isinstance(target, ast.Name) and isinstance(node.value.value, str):
                    found[target.id] = node.value.value
    return found


def _first_arguments(method: str, of: str, files: list[Path] = GATEWAY) -> Iterator[ast.expr]:
    """The first argument of every call of <of>.<method>(...) in the gateway or in other files."""
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
                continue
            if node.func.attr == method and re.search(of, ast.unparse(node.func.value)):
                yield node.args[0]


def _texts(argument: ast.expr) -> list[str]:
    """What the argument may be: a text, a constant, or every member of a family we know."""
    constants = _constants()
    if isinstance(argument, ast.Constant):
        return [str(argument.value)]
    if isinstance(argument, ast.Name | ast.Attribute):
        return [constants[argument.id if isinstance(argument, ast.Name) else argument.attr]]
    shown = ast.unparse(argument)
    families = {"'wire.'": [f"wire.{reason}" for reason in REASONS]}
    families["bridge_status."] = [f"bridge_status.{state}" for state in STATES if state != "running"]
    families["guests."] = [f"guests.{name}" for name in ("refused_peer", "refused_full", "bad_line")]
    judged = (IDENTITY_CLONED, IDENTITY_OLD, IDENTITY_UNKNOWN, IDENTITY_USED, CLOCK_UNKNOWN)
    families["'checkins.'"] = [
        f"checkins.{error}" for error in (*judged, TICKET_BAD, TICKET_EXPIRED, TICKET_USED)
    ]
    families["acts."] = ["acts.done", "acts.refused", "acts.asked"]
    families["pins."] = [f"pins.{found}" for found in (RIGHT, WRONG, LOCKED, NONE)]
    families["printer."] = [f"printer.{done}" for done in get_args(Printed)]
    families["http.refused_"] = ["http.refused_host", "http.refused_origin"]
    return next((names for sign, names in families.items() if sign in shown), [f"unknown family: {shown}"])


def test_every_counter_of_the_gateway_is_explained_or_routine() -> None:
    names = {name for argument in _first_arguments("add", "counters$") for name in _texts(argument)}
    assert len(names) > 15, "the search has lost sight of the counters"
    unexplained = {name for name in names if explain(name) == "counter.other"}
    assert unexplained - counter_words.ROUTINE == set()


def test_every_alarm_has_its_own_notice() -> None:
    alarms = {name for argument in _first_arguments("raise_alarm", "live$") for name in _texts(argument)}
    assert len(alarms) >= 4
    assert {f"notice.{alarm}" for alarm in alarms} <= set(words.WORDS)


def _device_counters() -> set[str]:
    found: set[str] = set()
    for path in FIRMWARE:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.strip("_") == "counters":
                found |= set(re.findall(r"\('([a-z._]+)', ", ast.unparse(node)))
    return found


def test_every_counter_of_the_firmware_has_words_or_is_routine() -> None:
    names = _device_counters()
    assert len(names) > 15, "the search has lost sight of the counters"
    assert {
        name for name in names if f"count.{name}" not in device_words.COUNTS
    } - device_words.ROUTINE == set()


@pytest.mark.parametrize("table", [counter_words.ROUTINE, device_words.ROUTINE])
def test_what_is_routine_needs_no_words(table: frozenset[str]) -> None:
    assert not [
        name for name in table if f"count.{name}" in device_words.COUNTS or explain(name) != "counter.other"
    ]
