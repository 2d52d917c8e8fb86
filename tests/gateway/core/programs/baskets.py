"""Reading the golden baskets: programs and baskets as people write them, results as people work them out.

A basket buys "2 cake" or "1 topup 50000" (pieces, article, typed price). Lots are by name: a number (so much
of that unit), a unit (one of it), or fields. Results are lines of text, in minor units:

* lines "gross - discount = net, points n" (the last only where points paid)
* applied "program: amount = shares by line with lot for n UNIT", credits "program: n UNIT = shares"
* missed "program: reason short (lot)"
* caps "owner unit amount of limit" (the last only where the lot is made first)
"""

import json
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET

from gateway.core.model import Bundle, CacheMark, Facts, Member, RightsFact, Setting, Tier
from gateway.core.orders.model import Applied, Basket, Good, Line, Missed, QuoteLine, TenderShare
from gateway.core.programs.caps import Cap
from gateway.core.programs.model import Program, Template
from gateway.core.promises import LotFact, Nature, Terms, Unit

GOLDEN = Path(__file__).parent / "golden"
TODAY = "2026-11-21"
SETTING = Setting(1_795_233_600_000, "b" * 64, CacheMark(7, "g1"), 1, 1, TODAY, "Asia/Shanghai")
RIGHTS = RightsFact(1, False, False, SETTING.at - 3_600_000)
STORE = "river"
NOON = "12:00"


def text(chinese: str, english: str | None = None) -> dict[str, str]:
    return {"zh-CN": chinese, "en": chinese if english is None else english}


TIERS = (Tier("member", text("会员", "Member"), 0), Tier("gold", text("金卡", "Gold"), 1_000))
TEMPLATES = (
    Template("five", text("5元券", "5 off"), face=500),
    Template("ten", text("10元券", "10 off"), face=1_000),
    Template("pass", text("次卡", "Pass"), service="coffee", visits=10),
)
GOODS: dict[str, Good] = {
    good.sku: good
    for good in msgspec.json.decode((GOLDEN / "goods.json").read_bytes(), type=tuple[Good, ...])
}


def program(id: str, raw: dict[str, Any]) -> Program:
    """A program of a golden file; what every program has and no arithmetic needs is filled in."""
    plain = {"version": 1, "name": text(id), "because": text(id), "trigger": "order.quoted"}
    return msgspec.convert({"id": id, **plain, **raw}, Program)


def bundle(*programs: Program) -> Bundle:
    return Bundle(TIERS, programs=programs, templates=TEMPLATES, units=(Unit("PTS", worth=1),))


def all_baskets() -> list[Any]:
    """Every golden basket with the programs it is tried against, as parameters of a test."""
    found = []
    for path in sorted(GOLDEN.glob("[0-9]*.json"), key=lambda path: int(path.name.split("-")[0])):
        whole = json.loads(path.read_bytes())
        for case in whole["baskets"]:
            names = case.get("with", whole["programs"])
            programs = {name: program(name, whole["programs"][name]) for name in names}
            found.append((f"{path.stem}: {case['name']}", tuple(programs.values()), case))
    return found


def basket_of(case: dict[str, Any]) -> Basket:
    return Basket(
        tuple(_bought(words) for words in case["buy"]),
        tuple(case.get("chosen", ())),
        tuple(case.get("coupons", ())),
        "lin" if "member" in case else None,
        case.get("points", 0),
    )


def facts_of(case: dict[str, Any]) -> Facts:
    skus = {line.sku for line in basket_of(case).lines}
    return Facts(
        member=member(**case["member"]) if "member" in case else None,
        lots=tuple(_lot(name, raw) for name, raw in case.get("lots", {}).items()),
        rights=RIGHTS,
        goods=tuple(GOODS[sku] for sku in sorted(skus)),
        counters=case.get("counters", UNSET),
        time=case.get("time", NOON),
        store=STORE,
    )


def member(**more: Any) -> Member:
    plain = {"id": "lin", "qualifying": 0, "status": "active", "tier": "member", "at_home": True}
    return msgspec.convert({**plain, **more}, Member)


def lot(name: str, unit: str, left: int, owner: str = "member:lin", **more: Any) -> LotFact:
    terms = {key: more.pop(key) for key in list(more) if key in Terms.__struct_fields__}
    plain = {"elsewhere": 0, "held": 0, "lease_end": 0, "new": False, "offered": 0, **more}
    return LotFact(left=left, lot=name, nature=Nature(owner, Terms(**terms), unit), **plain)


def tenders_of(case: dict[str, Any]) -> tuple[TenderShare, ...]:
    found = []
    for words in case["tenders"]:
        kind, amount, _, shares = words.split(maxsplit=3)
        found.append(TenderShare(kind, int(amount), tuple(map(int, shares.split(" + ")))))
    return tuple(found)


def said_line(line: QuoteLine) -> str:
    points = f", points {line.points}" if line.points else ""
    return f"{line.gross} - {line.discount} = {line.net}{points}"


def said(applied: Applied) -> str:
    amount = (
        f"{applied.amount} {applied.unit}" if applied.unit and not applied.points else str(applied.amount)
    )
    shares = " = " + " + ".join(map(str, applied.split)) if applied.split and applied.does != "issue" else ""
    lot = f" with {applied.lot}" if applied.lot else ""
    points = f" for {applied.points} {applied.unit}" if applied.points else ""
    return f"{applied.program}: {amount}{shares}{lot}{points}"


def said_missed(missed: Missed) -> str:
    short = "" if missed.short is None else f" {missed.short}"
    lot = f" ({missed.lot})" if missed.lot else ""
    return f"{missed.program}: {missed.reason}{short}{lot}"


def said_cap(cap: Cap) -> str:
    return f"{cap.owner} {cap.unit} {cap.amount}" + (f" of {cap.mint}" if cap.mint else "")


def _bought(words: str) -> Line:
    quantity, sku, *amount = words.split()
    return Line(sku, int(quantity), int(amount[0]) if amount else None)


def _lot(name: str, raw: Any) -> LotFact:
    if isinstance(raw, int):
        return lot(name, name, raw)
    return lot(name, raw, 1) if isinstance(raw, str) else lot(name, **raw)
