"""What is said of programs: figures in their words, reasons, and why each did or did not happen."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gateway.core import model
from gateway.core.errors import EventError
from gateway.core.event import canonical
from gateway.core.model import Facts
from gateway.core.orders.model import Basket, Line, Run
from gateway.core.programs import civil, reasons
from gateway.core.programs.codes import ALPHABET, code
from gateway.core.programs.explain import explain, explain_run
from gateway.core.programs.model import (
    AllOf,
    Debit,
    Earn,
    Fixed,
    Issue,
    PointsAsCash,
    Program,
    Show,
    Subtotal,
)
from gateway.core.programs.schema import schema
from tests.gateway.core.programs.baskets import GOODS, RIGHTS, SETTING, bundle, lot, member, text

ROOT = Path(__file__).parents[4]
ANY = text("any")


def promise(*then: Any, id: str = "p", trigger: str = "order.quoted", **more: Any) -> Program:
    return Program(id, 1, ANY, more.pop("because", ANY), trigger, then, **more)  # type: ignore[arg-type]


def facts(*lots: Any) -> Facts:
    goods = tuple(GOODS.values())
    return Facts(member=member(), lots=lots, rights=RIGHTS, goods=goods, time="12:00", store="river")


def test_every_program_is_explained_in_both_languages() -> None:
    rules = bundle(
        promise(Fixed(500), id="happens"),
        promise(Fixed(500), id="near", when=Subtotal(6_000), because=text("满{at_least}")),
        promise(PointsAsCash(10, 100), id="pays"),
        promise(Earn("PTS", amount=30), id="earns", trigger="order.committed"),
        promise(Earn("CNY.bonus", amount=150), id="gift", trigger="order.committed"),
        promise(Show(ANY), id="shows", trigger="payment.captured"),
        promise(Earn("PTS", amount=1), id="later", trigger="manual"),
        promise(Earn("PTS", amount=1), id="topup", trigger="balance.topped_up"),
    )
    basket = Basket((Line("cake"),), member="lin", points=25)
    told = {
        each.program: (each.reason, each.words)
        for each in explain(rules, facts(lot("p", "PTS", 99)), SETTING, basket)
    }
    assert told == {
        "happens": (None, text("减 5 元", "5 off")),
        "near": ("subtotal_low", text("还差 4 元", "4 more needed")),
        "pays": (None, text("用 20 PTS 抵 2 元", "20 PTS pay 2")),
        "earns": (None, text("得 30 PTS", "30 PTS given")),
        "gift": (None, text("得 1.50 CNY.bonus", "1.50 CNY.bonus given")),
        "shows": (None, text("已显示", "Shown")),
        "later": ("other_trigger", reasons.words("other_trigger")),
        "topup": ("other_trigger", reasons.words("other_trigger")),
    }
    near = next(each for each in explain(rules, facts(), SETTING, basket) if each.program == "near")
    assert (near.short, near.because, near.applied) == (400, text("满60"), ())


def test_a_run_is_explained_too() -> None:
    rules = bundle(
        promise(Debit(5, "PTS"), Issue("five"), id="mall", trigger="coupon.claimed", opt_in=True),
        promise(Issue("ten"), id="other", trigger="coupon.claimed", opt_in=True),
        promise(Fixed(1), id="quoted"),
    )
    told = explain_run(
        rules, facts(lot("p", "PTS", 9)), SETTING, "coupon.claimed", Run("lin", program="mall")
    )
    assert [(each.program, each.reason) for each in told] == [
        ("mall", None),
        ("other", "not_chosen"),
        ("quoted", "other_trigger"),
    ]
    assert told[0].words == text("扣 5 PTS，得 1 CPN:five", "5 PTS taken, 1 CPN:five given")


def test_every_reason_has_words() -> None:
    own = {value for name, value in vars(reasons).items() if name.isupper() and isinstance(value, str)}
    assert own <= set(reasons.WORDS)
    for chinese, english in reasons.WORDS.values():
        assert chinese.strip()
        assert english.strip()
        assert ("{short}" in chinese) == ("{short}" in english)
    assert reasons.words(reasons.QUANTITY_LOW, 2)["en"] == "2 more pieces needed"
    assert reasons.words(reasons.BUDGET_SHORT, 2)["zh-CN"] == "本店活动预算不足"
    assert model.USED_UP in reasons.WORDS


def test_codes_can_be_read_out_and_differ() -> None:
    codes = {code("C", f"{n:016x}", index) for n in range(50) for index in range(20)}
    assert len(codes) == 1_000
    assert all(len(each) == 11 and set(each[1:]) <= set(ALPHABET) for each in codes)
    assert {each[1] for each in codes} == set(ALPHABET)
    # SHA-256 of "C:00:0" by another tool: d74d80d3383e..., 50 bits of it five by five.
    assert code("C", "00", 0) == "CTX6R1MSR7R"
    assert code("C", "00", 0)[1:] != code("K", "00", 0)[1:]


def test_days_and_periods() -> None:
    assert civil.after_days("2026-12-30", 3) == "2027-01-02"
    assert civil.after_months("2027-01-31", 1) == "2027-02-28"
    assert civil.after_months("2027-12-31", 2) == "2028-02-29"
    assert civil.after_months("2026-11-30", 1) == "2026-12-30"
    assert [civil.period_of(each, "2026-11-21") for each in ("ever", "day", "month", "year")] == [
        "",
        "2026-11-21",
        "2026-11",
        "2026",
    ]
    for broken in ("", "20261121", "2026-02-30", "2026-W01-1", "x" * 10):
        with pytest.raises(EventError, match="bad_facts"):
            civil.day(broken)
    for past in (lambda: civil.after_days("9999-12-31", 1), lambda: civil.after_months("9999-12-01", 1)):
        with pytest.raises(EventError, match="bad_facts"):
            past()


def test_the_published_schema_is_current() -> None:
    published = (ROOT / "docs" / "contract" / "program.schema.json").read_bytes()
    assert published == schema(), "write gateway.core.programs.schema.schema() to docs/contract"


def test_the_published_schema_judges_as_we_do() -> None:
    judge = jsonschema.Draft202012Validator(json.loads(schema()))
    rules = bundle(promise(Fixed(5_000), when=AllOf((Subtotal(1),))), promise(Issue("five"), id="q"))
    judge.validate(json.loads(canonical(rules)))
    program = json.loads(canonical(promise(Fixed(1))))
    judge.validate(program)
    for broken in (
        program | {"id": "Big"},
        program | {"version": 0},
        program | {"then": [{"do": "fixed", "off": 0}]},
        program | {"then": [{"do": "fixed"}]},
        program | {"extra": 1},
        program | {"first_day": "21.11.2026"},
    ):
        assert not judge.is_valid(broken)
