"""From what the middle says of orders, shifts and codes to what the API answers (order_shapes.py). Pure."""

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET

from gateway.acting import Verdict
from gateway.adapters.http.acts import says
from gateway.core.model import Outcome
from gateway.core.orders.model import CASH, OrderRecord, ShiftSums, TenderShare
from gateway.core.promises import COUPON, MEMBER
from gateway.live import Data
from gateway.sales import (
    CouponFound,
    Found,
    OrderFound,
    OrderRow,
    ParkedFound,
    Preview,
    Quoted,
    ShiftFound,
    WithoutPin,
    receipt_code,
)

VISIT = "VISIT:"
UNIT_FIELDS = ("unit", "scale", "here", "held", "offered", "elsewhere")


# -- what became of an act


def told(verdict: Verdict, zone: ZoneInfo) -> Data:
    """order_shapes.Told of what was booked."""
    event = verdict.event
    return {
        "seq": verdict.seq,
        "at": event.at,
        "type": event.type,
        **_outcome(event.outcome, verdict.used_at, verdict.used_where, zone),
        "duplicate": verdict.duplicate,
    }


def foretold(preview: Preview, type_: str, zone: ZoneInfo) -> Data:
    """order_shapes.Told of what was not."""
    outcome = _outcome(preview.outcome, None, None, zone)
    return {"seq": None, "at": 0, "type": type_, **outcome, "duplicate": False}


def _outcome(outcome: Outcome, used_at: int | None, used_where: str | None, zone: ZoneInfo) -> Data:
    return {
        "outcome": outcome.name,
        "reason": outcome.reason,
        "says": says(outcome.name, outcome.reason, used_at, zone, used_where),
        "used_at": used_at,
        "used_where": used_where,
    }


def record(verdict: Verdict) -> Data | None:
    """What the act left behind; None where it was not done."""
    settled = verdict.event.settled
    return None if settled is UNSET else plain(settled)


def plain(value: object) -> Data:
    """A value of the core's as events have it."""
    found: Data = msgspec.to_builtins(value)
    return found


def change(verdict: Verdict) -> int:
    """The cash to hand back for an order."""
    settled = verdict.event.settled
    return sum(map(_change, settled.tenders)) if isinstance(settled, OrderRecord) else 0


def _change(tender: TenderShare) -> int:
    if tender.kind != CASH or tender.given is None:
        return 0
    return max(0, tender.given - tender.amount)


# -- a member at the till


def quoted(found: Quoted) -> Data:
    """order_shapes.QuoteTold."""
    return {
        "quote": plain(found.quote),
        "digest": found.digest,
        "member": None if found.member is None else member(found.member),
        "coupons": [] if found.member is None else list(coupons(found.member)),
        "elsewhere": list(found.elsewhere),
        "synced_at_ms": found.synced_at_ms,
        "warnings": [plain(one) for one in found.warnings],
        "without_pin": without_pin(found.without_pin),
    }


def without_pin(found: WithoutPin | None) -> Data | None:
    """order_shapes.WithoutPin."""
    return None if found is None else found._asdict()


def member(known: Data) -> Data:
    """order_shapes.MemberAtTill of act_shapes.MemberShown."""
    return {
        "id": known["member"],
        "name": known["name"],
        "status": known["status"],
        "language": known["language"],
        "tier": known["tier"],
        "tier_name": known.get("tier_name"),
        "next": known.get("next"),
        "next_name": known.get("next_name"),
        "to_next": known.get("to_next"),
        "synced_at_ms": known["synced_at_ms"],
        "phone": known["phone"],
        "units": [{field: unit[field] for field in UNIT_FIELDS} for unit in known["units"]],
    }


def coupons(known: Data) -> Iterator[Data]:
    """order_shapes.CouponAtTill of each coupon and pass of act_shapes.MemberShown."""
    for unit in known["units"]:
        if unit["unit"].startswith((COUPON, VISIT)):
            for lot in unit["lots"]:
                yield {
                    "lot": lot["lot"],
                    "unit": lot["unit"],
                    "code": lot["code"],
                    "name": lot.get("name"),
                    "face": lot["face"],
                    "expires_on": lot["expires_on"],
                    "usable": lot["unusable"] is None,
                    "unusable": lot["unusable"],
                    "used_at": None,
                    "used_where": None,
                    "owner": MEMBER + known["member"],
                }


def coupon(found: CouponFound) -> Data:
    """order_shapes.CouponAtTill of one that was scanned."""
    return {
        "lot": found.lot,
        "unit": found.unit,
        "code": found.code,
        "name": found.name,
        "face": found.face,
        "expires_on": found.expires_on,
        "usable": found.unusable is None,
        "unusable": found.unusable,
        "used_at": found.used_at,
        "used_where": found.used_where,
        "owner": found.owner,
    }


def looked(found: Found, gateway: str) -> Data:
    """pos_shapes.Looked."""
    staff = found.staff
    return {
        "kind": found.kind,
        "goods": None if found.goods is None else plain(found.goods),
        "member": None if found.member is None else member(found.member),
        "coupons": [] if found.member is None else list(coupons(found.member)),
        "coupon": None if found.coupon is None else coupon(found.coupon),
        "order": None if found.order is None else order(found.order, gateway),
        "staff": None if staff is None else {"id": staff.id, "name": staff.name, "role": staff.role},
        "claims": found.claims,
        "without_pin": without_pin(found.without_pin),
    }


# -- orders


def order(found: OrderFound, gateway: str) -> Data:
    """order_shapes.OrderTold."""
    return {
        "order": found.order,
        "seq": found.seq,
        "at": found.at,
        "actor": found.actor,
        "receipt_code": receipt_code(gateway, found.seq),
        "record": plain(found.record),
        "returns": [{"seq": one.seq, "at": one.at, "record": plain(one.record)} for one in found.returns],
        "left": left(found),
    }


def left(found: OrderFound) -> list[int]:
    """How many pieces of each line may still come back."""
    if any(one.record.void for one in found.returns):
        return [0] * len(found.record.lines)
    quantities = [line.quantity for line in found.record.lines]
    for one in found.returns:
        for piece in one.record.pieces:
            quantities[piece.line] -= piece.quantity
    return quantities


def orders(rows: Iterable[OrderRow], gateway: str) -> list[Data]:
    """order_shapes.OrderListed, each."""
    return [{**row._asdict(), "receipt_code": receipt_code(gateway, row.seq)} for row in rows]


def parked(rows: Iterable[ParkedFound], till: str | None) -> list[Data]:
    """order_shapes.ParkedRow of every basket, or of one till's."""
    return [
        {
            "parked": row.parked,
            "at": row.at,
            "till": row.till,
            "actor": row.actor,
            "note": row.note,
            "basket": plain(row.basket),
        }
        for row in rows
        if till in (None, row.till)
    ]


# -- shifts


def shift(found: ShiftFound) -> Data:
    """pos_shapes.ShiftTold."""
    return {
        "shift": found.shift,
        "till": found.till,
        "staff": found.staff,
        "opened_at": found.at,
        "closed_at": found.closed_at,
        "sums": plain(found.sums),
        "expected": found.record.expected if found.record else cash_expected(found.sums),
        "record": None if found.record is None else plain(found.record),
    }


def cash_expected(sums: ShiftSums) -> int:
    """What should be in the drawer."""
    cash = sum(one.sold - one.refunded for one in sums.tenders if one.kind == CASH)
    return sums.cash_float + sums.moved + cash
