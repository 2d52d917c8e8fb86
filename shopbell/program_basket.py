"""A basket as a person writes it down to try programs on, and the facts a till would have of it. Pure.

A document says what happens ("order", or the trigger of a program outside orders), who comes, what they have,
and when; everything but the lines has a default. Amounts of money are minor units, as in programs. Coupons
are named by their template; `has` is what the member has of each unit; caps of a program that `has` and
`left` do not name are untouched. Its lots are named by unit, so that a person can follow them.
"""

from datetime import datetime
from typing import Annotated, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from gateway.core.model import CORE_VERSION, Bundle, CacheMark, Facts, Member, RightsFact, Setting
from gateway.core.orders.model import Basket, Good, Line, Run, Staff
from gateway.core.programs.because import template_of
from gateway.core.programs.caps import BUDGET, USE
from gateway.core.programs.model import Amount, Day, TimeOfDay
from gateway.core.promises import COUPON, MEMBER, PROGRAM, LotFact, Nature, Terms
from gateway.core.values import Model

ORDER: Final = "order"
GUEST: Final = "guest"  # the member of a document has no name of its own
ZONE: Final = "Asia/Shanghai"
TODAY: Final = "2026-11-22"
NOON: Final = "12:00"
RANDOM: Final = "0" * 16  # chooses between validities; a document is tried the same way each time

Holdings = dict[Annotated[str, Meta(min_length=1, max_length=96)], Amount]


class Guest(Model, frozen=True, omit_defaults=True):
    """Who comes; `new`: enrolled in this store just now. `counters` as programs ask: "orders:180"."""

    tier: str = ""
    qualifying: Amount = 0
    has: Holdings = {}
    counters: dict[str, Amount] = {}
    occasions: tuple[str, ...] = ()
    at_home: bool = True
    new: bool = False


class Document(Model, frozen=True, omit_defaults=True):
    """One happening to try programs on."""

    happens: str = ORDER
    lines: tuple[Line, ...] = ()
    member: Guest | None = None
    coupons: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()
    points: Amount = 0
    amount: Amount = 0
    program: str | None = None
    role: str | None = None
    approver: str | None = None
    left: Holdings = {}
    on: Day = TODAY
    time: TimeOfDay = NOON
    zone: str = ZONE
    store: str = "store"


class Tried(NamedTuple):
    """What the core is asked about a document; `asked` is a basket, or a run of a trigger."""

    facts: Facts
    setting: Setting
    asked: Basket | Run


def read_document(body: bytes) -> Document:
    """The document of these bytes. Raises ValueError that says where it is wrong."""
    try:
        return msgspec.json.decode(body, type=Document)
    except msgspec.DecodeError as fault:
        raise ValueError(str(fault)) from None


def tried(document: Document, bundle: Bundle, goods: dict[str, Good]) -> Tried:
    """The facts, the setting and what is asked for. Raises ValueError for what is in no bundle or shop."""
    member, setting = _member(document, bundle), _setting(document)
    lots = _caps(document, bundle) + (_lots(document, bundle) if document.member else ())
    facts = Facts(
        member=member,
        lots=lots,
        rights=RightsFact(1, False, False, setting.at),
        approver=_staff(document.approver),
        counters=document.member.counters if document.member else {},
        goods=_goods(document, goods),
        staff=_staff(document.role),
        store=document.store,
        time=document.time,
    )
    if document.happens == ORDER:
        return Tried(facts, setting, _basket(document))
    return Tried(facts, setting, Run(GUEST, document.amount, program=document.program))


def _member(document: Document, bundle: Bundle) -> Member | None:
    guest = document.member
    if guest is None:
        if document.happens != ORDER:
            raise ValueError(f'"{document.happens}" happens to a member: describe one')
        return None
    tiers = [tier.code for tier in bundle.tiers]
    tier = guest.tier or (tiers[0] if tiers else "")
    if tier not in tiers:
        raise ValueError(f'member.tier = "{guest.tier}": the bundle has {", ".join(tiers)}')
    status = "provisional" if guest.new else "active"
    return Member(GUEST, guest.qualifying, status, tier, guest.at_home, guest.occasions)


def _lots(document: Document, bundle: Bundle) -> tuple[LotFact, ...]:
    """What the member has; a coupon that is shown and not in `has` is one."""
    assert document.member is not None
    units = {**{COUPON + code: 1 for code in document.coupons}, **document.member.has}
    found = []
    for unit, amount in units.items():
        template = template_of(bundle, unit.removeprefix(COUPON)) if unit.startswith(COUPON) else None
        if unit.startswith(COUPON) and template is None:
            raise ValueError(f'"{unit}": the bundle has no such template')
        pieces = [1] * amount if template else [amount]
        face = template.face if template else None
        named = (
            (unit, piece) if number == 0 else (f"{unit}.{number + 1}", piece)
            for number, piece in enumerate(pieces)
        )
        found += [_lot(name, MEMBER + GUEST, unit, piece, face) for name, piece in named]
    return tuple(found)


def _caps(document: Document, bundle: Bundle) -> tuple[LotFact, ...]:
    """What is left of every program's total and budget."""
    units: dict[str, tuple[str, int]] = {}
    for program in bundle.programs or ():
        for unit, limit in ((USE, program.limits.total), (BUDGET, program.limits.budget)):
            if limit is not None:
                units[unit + program.id] = (PROGRAM + program.id, limit)
    for unit in document.left:
        if unit not in units:
            raise ValueError(f'left["{unit}"]: no program of the bundle has such a limit')
    return tuple(
        _lot(unit, owner, unit, document.left.get(unit, limit)) for unit, (owner, limit) in units.items()
    )


def _lot(name: str, owner: str, unit: str, amount: int, face: int | None = None) -> LotFact:
    return LotFact(0, 0, 0, amount, name, Nature(owner, Terms(face=face), unit), False, 0)


def _goods(document: Document, goods: dict[str, Good]) -> tuple[Good, ...]:
    unknown = [line.sku for line in document.lines if line.sku not in goods]
    if unknown:
        raise ValueError(f'lines: no article "{unknown[0]}" among the goods')
    return tuple(goods[sku] for sku in dict.fromkeys(line.sku for line in document.lines))


def _basket(document: Document) -> Basket:
    if not document.lines:
        raise ValueError("lines: an order has at least one")
    if document.coupons and document.member is None:
        raise ValueError("coupons: they belong to a member, describe one")
    shown: dict[str, int] = {}
    names = []
    for code in document.coupons:
        shown[code] = shown.get(code, 0) + 1
        names.append(COUPON + code if shown[code] == 1 else f"{COUPON}{code}.{shown[code]}")
    member = GUEST if document.member else None
    return Basket(document.lines, document.chosen, tuple(names), member, document.points)


def _setting(document: Document) -> Setting:
    at = datetime.fromisoformat(f"{document.on}T{document.time}").replace(tzinfo=ZoneInfo(document.zone))
    return Setting(
        int(at.timestamp() * 1_000), "", CacheMark(0, None), 1, CORE_VERSION, document.on, document.zone
    )


def _staff(role: str | None) -> Staff | None:
    return None if role is None else Staff(role, role)
