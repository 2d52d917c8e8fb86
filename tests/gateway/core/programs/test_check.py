"""Faults of bundles and programs: each is found, where it is, and nothing sound is called a fault."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import EventError
from gateway.core.event import canonical, open_bundle
from gateway.core.model import Bundle
from gateway.core.programs.check import BUNDLE_BYTES_MAX, problems, words
from gateway.core.programs.faults import FAULTS
from tests.gateway.core.programs.baskets import TEMPLATES, TIERS, text

TEXT = text("满{at_least}减{off}", "{off} off {at_least}")
FULL = {
    "id": "full",
    "version": 1,
    "name": text("满减", "Spend and save"),
    "because": TEXT,
    "trigger": "order.quoted",
    "when": {"test": "subtotal", "at_least": 10_000},
    "then": [{"do": "fixed", "off": 5_000}],
}
PLAIN = FULL | {"because": text("a")}
CREDIT = {"do": "credit", "unit": "PTS"}
EARN = PLAIN | {"trigger": "order.committed", "then": [{**CREDIT, "amount": 1}]}
RUN = {**EARN, "trigger": "member.activated"}
RUN.pop("when")
RULES = {
    "v": 1,
    "tiers": json.loads(canonical(TIERS)),
    "templates": json.loads(canonical(TEMPLATES)),
    "roles": [{"code": "manager", "name": text("经理", "Manager"), "may": ["sell", "grant"]}],
}


OFF = {"do": "fixed", "off": 1}
DEBIT = {"do": "debit", "unit": "PTS", "amount": 1}
WALK_IN = {"test": "member", "status": "none"}


def body(*programs: Any, **more: Any) -> bytes:
    return json.dumps({**RULES, "programs": programs, **more}).encode()


def found(*programs: Any, **more: Any) -> list[tuple[str, str]]:
    return [(each.pointer, each.reason) for each in problems(body(*programs, **more))]


def test_a_sound_bundle_has_no_faults() -> None:
    assert problems(body(FULL, EARN | {"id": "earn"}, RUN | {"id": "run"})) == []
    assert problems(canonical(Bundle())) == []


def effect(**more: Any) -> dict[str, Any]:
    return PLAIN | {"then": [more]}


def credit(**more: Any) -> dict[str, Any]:
    return EARN | {"then": [CREDIT | more]}


def when(trigger: str = "order.quoted", **more: Any) -> dict[str, Any]:
    base = {"order.quoted": FULL, "order.committed": EARN}.get(trigger, RUN)
    return base | {"because": text("a"), "trigger": trigger, "when": more}


BAD = [
    (FULL | {"id": "Full"}, "/id", "shape"),
    (FULL | {"version": 0}, "/version", "shape"),
    (FULL | {"trigger": "order.cooked"}, "/trigger", "shape"),
    (FULL | {"then": [{"do": "vanish"}]}, "/then/0/do", "shape"),
    (FULL | {"then": [{"do": "fixed", "off": "50"}]}, "/then/0/off", "shape"),
    (FULL | {"extra": 1}, "", "shape"),
    (when(test="all", of=[{"test": "subtotal", "at_least": -1}]), "/when/of/0/at_least", "shape"),
    (FULL | {"first_day": "21.11.2026"}, "/first_day", "shape"),
    (credit(amount=1, by_tier={"gold": "x"}), "/then/0/by_tier", "shape"),
    (FULL | {"name": {"en": "x"}}, "/name", "words_missing"),
    (FULL | {"name": text(" ", "x")}, "/name", "words_missing"),
    (FULL | {"name": text("x") | {"fr": "x"}}, "/name/fr", "unknown_name"),
    (FULL | {"name": text("{off}", "x")}, "/name/zh-CN", "unknown_figure"),
    (FULL | {"because": text("x" * 201, "x")}, "/because/zh-CN", "shape"),
    (FULL | {"because": text("a\nb", "x")}, "/because/zh-CN", "shape"),
    (FULL | {"because": text("满{least}", "x")}, "/because/zh-CN", "unknown_figure"),
    (FULL | {"because": text("x", "{off")}, "/because/en", "braces"),
    (FULL | {"then": [OFF, OFF | {"off": 2}]}, "/because/zh-CN", "unclear_figure"),
    (effect(do="show", words=text("{x}", "y")), "/then/0/words/zh-CN", "unknown_figure"),
    (effect(do="show", words={"en": "y"}), "/then/0/words", "words_missing"),
    (FULL | {"first_day": "2026-02-30"}, "/first_day", "no_such_day"),
    (FULL | {"first_day": "2026-11-21", "last_day": "2026-11-20"}, "/last_day", "reversed"),
    (PLAIN | {"then": []}, "/then", "no_effect"),
    (effect(do="credit", unit="PTS", amount=1), "/then/0/do", "wrong_effect"),
    (effect(do="issue", template="five"), "/then/0/do", "wrong_effect"),
    (EARN | {"then": [{"do": "fixed", "off": 1}]}, "/then/0/do", "wrong_effect"),
    (EARN | {"opt_in": True, "then": [DEBIT]}, "/then/0/do", "wrong_effect"),
    (RUN | {"then": [{"do": "percent", "off": 1}]}, "/then/0/do", "wrong_effect"),
    (RUN | {"then": [CREDIT | {"gives": 1, "per": 1}]}, "/then/0/per", "wrong_effect"),
    (credit(as_asked=True), "/then/0/as_asked", "wrong_effect"),
    (effect(do="debit", unit="PTS", amount=1), "/then/0", "unchosen_debit"),
    (effect(do="debit", unit="QPT", amount=1) | {"opt_in": True}, "/then/0/unit", "bad_unit"),
    (effect(do="points_as_cash", unit="QPT", points=1, worth=1), "/then/0/unit", "bad_unit"),
    (effect(do="bundle_price", items=[], price=1), "/then/0/items", "empty"),
    (PLAIN | {"then": [OFF, {"do": "set_price_book", "book": "m"}]}, "/then", "mixed_steps"),
    (PLAIN | {"then": [OFF] * 9}, "/then", "too_many"),
    (credit(), "/then/0", "not_one"),
    (credit(amount=1, gives=1, per=1), "/then/0", "not_one"),
    (credit(gives=1), "/then/0", "not_one"),
    (credit(steps=[{"at_least": 5, "amount": 1}] * 2), "/then/0/steps", "not_rising"),
    (credit(amount=1, by_tier={"lead": 1}), "/then/0/by_tier/lead", "unknown_tier"),
    (credit(amount=1, validity={"days": [1], "year_end": 0}), "/then/0/validity", "not_one"),
    (credit(amount=1, validity={"until": "2026-02-30"}), "/then/0/validity/until", "no_such_day"),
    (EARN | {"then": [{"do": "credit", "unit": "CNY", "amount": 1}]}, "/then/0/unit", "bad_unit"),
    (EARN | {"then": [{"do": "credit", "unit": "CPN:five", "amount": 1}]}, "/then/0/unit", "bad_unit"),
    (EARN | {"then": [{"do": "credit", "unit": "USE:x", "amount": 1}]}, "/then/0/unit", "bad_unit"),
    (EARN | {"then": [{"do": "issue", "template": "nine"}]}, "/then/0/template", "unknown_template"),
    (FULL | {"coupon": "nine"}, "/coupon", "unknown_template"),
    (FULL | {"coupon": "pass"}, "/coupon", "wrong_template"),
    (EARN | {"coupon": "five"}, "/coupon", "wrong_effect"),
    (RUN | {"coupon": "five"}, "/coupon", "unchosen_debit"),
    (FULL | {"offline": {"kind": "hope"}}, "/offline/kind", "bad_policy"),
    (FULL | {"limits": {"period": "day"}}, "/limits/period", "empty"),
    (when(test="paid", at_least=1), "/when", "wrong_condition"),
    (when(test="amount", at_least=1), "/when", "wrong_condition"),
    (when(test="role", any_of=["manager"]), "/when", "wrong_condition"),
    (when("order.committed", test="role", any_of=["manager"]), "/when", "wrong_condition"),
    (when("member.activated", test="subtotal", at_least=1), "/when", "wrong_condition"),
    (when("manual", test="all", of=[{"test": "paid", "at_least": 1}]), "/when/of/0", "wrong_condition"),
    (when("member.activated", test="role", any_of=["boss"]), "/when/any_of/0", "unknown_role"),
    (when(test="tier", any_of=["member", "lead"]), "/when/any_of/1", "unknown_tier"),
    (when(test="not", of={"test": "tier", "any_of": ["lead"]}), "/when/of/any_of/0", "unknown_tier"),
    (when(test="tier", any_of=[]), "/when/any_of", "never"),
    (when(test="any", of=[]), "/when/of", "never"),
    (when(test="subtotal"), "/when", "empty"),
    (when(test="time"), "/when", "empty"),
    (when(test="time", start="10:00", end="10:00"), "/when/end", "never"),
    (when(test="subtotal", at_least=2, at_most=1), "/when/at_most", "reversed"),
    (when(test="occasion", any_of=["birthdy"]), "/when/any_of/0", "unknown_name"),
    (when("order.committed", test="paid", at_least=1, tenders=["shells"]), "/when/tenders/0", "unknown_name"),
    (when("order.committed", test="member", status="none"), "/when", "never"),
    (when(test="all", of=[WALK_IN]) | {"coupon": "five"}, "/when", "never"),
]


@pytest.mark.parametrize(("program", "pointer", "reason"), BAD, ids=[f"{each[2]} {each[1]}" for each in BAD])
def test_a_fault_is_found_where_it_is(program: Any, pointer: str, reason: str) -> None:
    assert (f"/programs/0{pointer}", reason) in found(program)
    with pytest.raises(EventError, match="bad_bundle"):
        open_bundle(body(program))


@pytest.mark.parametrize(("program", "pointer", "reason"), BAD, ids=[f"{each[2]} {each[1]}" for each in BAD])
def test_a_program_by_itself_is_checked_within_a_bundle(program: Any, pointer: str, reason: str) -> None:
    within = open_bundle(body())
    raw = json.dumps(program).encode()
    assert (pointer, reason) in [(each.pointer, each.reason) for each in problems(raw, within)]


def test_a_program_by_itself_may_name_what_only_a_bundle_has() -> None:
    issue = EARN | {"because": text("{face}"), "then": [{"do": "issue", "template": "nine"}]}
    lead = FULL | {"when": {"test": "all", "of": [FULL["when"], {"test": "tier", "any_of": ["lead"]}]}}
    for program in (issue, lead, FULL | {"coupon": "nine"}):
        assert problems(json.dumps(program).encode()) == []


def test_one_slip_does_not_hide_the_next() -> None:
    assert found(FULL | {"id": 1}, FULL, FULL | {"version": -1}, templates=[{"code": "x"}]) == [
        ("/programs/0/id", "shape"),
        ("/programs/2/version", "shape"),
        ("/templates/0", "shape"),
    ]


def test_faults_between_programs() -> None:
    assert found(FULL, FULL) == [("/programs/1", "twice")]
    item = FULL | {"id": "item", "level": "item", "exclusive": "one"}
    assert found(FULL | {"exclusive": "one"}, item) == [("/programs/1/exclusive", "class_spans")]
    earn = EARN | {"id": "earn", "exclusive": "one"}
    assert found(FULL | {"exclusive": "one"}, earn) == [("/programs/1/exclusive", "class_spans")]


def test_faults_of_the_other_parts() -> None:
    one = {"code": "x", "name": text("x")}
    assert found(templates=[one, one]) == [("/templates/1", "twice")]
    assert found(templates=[one | {"visits": 3}]) == [("/templates/0", "not_one")]
    assert found(templates=[one | {"service": "s"}]) == [("/templates/0", "not_one")]
    assert found(templates=[one | {"validity": {"until": "2026-13-01"}}]) == [
        ("/templates/0/validity/until", "no_such_day")
    ]
    assert found(roles=[one | {"may": ["sell", "fly"]}]) == [("/roles/0/may/1", "unknown_name")]
    assert found(roles=[{"code": "x", "name": {}, "may": []}])[0] == ("/roles/0/name", "words_missing")
    tiers = [
        {"code": "a", "name": text("a"), "threshold": 5},
        {"code": "b", "name": text("b"), "threshold": 4},
    ]
    assert found(tiers=tiers) == [("/tiers/1/threshold", "not_rising")]
    assert found(units=[{"code": "PTS", "per": 0}]) == [("/units", "bad_unit")]
    assert found(units=[{"code": "PTS", "scale": 7}]) == [("/units/0/scale", "too_many")]


def test_a_condition_has_bounds() -> None:
    deep: Any = {"test": "subtotal", "at_least": 1}
    for _ in range(8):
        deep = {"test": "not", "of": deep}
    assert ("/programs/0/when" + "/of" * 8, "too_deep") in found(effect(do="fixed", off=1) | {"when": deep})
    wide = {"test": "all", "of": [{"test": "subtotal", "at_least": 1}] * 64}
    assert ("/programs/0/when", "too_many") in found(effect(do="fixed", off=1) | {"when": wide})


def test_what_is_no_bundle_at_all() -> None:
    assert [each.reason for each in problems(b"")] == ["shape"]
    assert [each.reason for each in problems(b"[]")] == ["shape"]
    assert [each.reason for each in problems(b'{"v":1,"programs":7}')] == ["shape"]
    assert [each.reason for each in problems(b"\xff")] == ["shape"]
    assert [each.reason for each in problems(b"[" * 100_000)] == ["too_deep"]
    assert [each.reason for each in problems(b" " * (BUNDLE_BYTES_MAX + 1))] == ["too_large"]


@pytest.mark.parametrize("raw", [b"[" * 100_000, b'{"programs":' + b'{"when":' * 100_000, b"\xff", b""])
def test_a_hostile_body_is_refused_and_breaks_nothing(raw: bytes) -> None:
    assert problems(raw)
    with pytest.raises(EventError, match="bad_bundle"):
        open_bundle(raw)


anything = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda each: st.lists(each) | st.dictionaries(st.text(), each),
)


@given(anything)
def test_whatever_json_is_checked_without_a_crash(raw: Any) -> None:
    assert problems(json.dumps({**FULL, "when": raw}).encode()) is not None
    assert problems(json.dumps({"v": 1, "programs": [raw], "units": raw}).encode())


def test_every_fault_has_words_in_both_languages() -> None:
    for problem in problems(body(FULL | {"id": 1})):
        assert words(problem) == {"zh-CN": "格式不对", "en": "Not the shape that is expected here"}
    assert all(chinese.strip() and english.strip() for chinese, english in FAULTS.values())
    used = {reason for _, _, reason in BAD} | {"twice", "class_spans", "too_deep", "too_large"}
    assert set(FAULTS) == used
