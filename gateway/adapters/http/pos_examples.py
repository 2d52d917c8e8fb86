"""Examples of what tills send and are answered, for the OpenAPI document; a test checks each."""

from typing import Any

from gateway.adapters.http.act_words import sentences

BASKET: dict[str, Any] = {
    "lines": [{"sku": "cake", "quantity": 2}],
    "member": "m-0001",
    "coupons": ["8f1c2d3e4a5b6c7d.0"],
}
DIGEST = "5f2d" * 16
PROOF = "eyJ3aGF0IjoicGluIn0=.9c1f"
BECAUSE = {"zh-CN": "满100减50", "en": "50 off 100"}
CAKE = {"zh-CN": "蛋糕", "en": "Cake"}
LINE: dict[str, Any] = {
    "sku": "cake", "name": CAKE, "quantity": 2, "price": 5600, "gross": 11200, "discount": 5000, "net": 6200,
    "category": "cakes", "tax": 713, "tax_rate": 1300,
}  # fmt: skip
DISCOUNT: dict[str, Any] = {
    "program": "coupon-50", "version": 3, "does": "fixed", "because": BECAUSE, "amount": 5000,
    "lot": "8f1c2d3e4a5b6c7d.0", "split": [5000],
}  # fmt: skip
EARNED: dict[str, Any] = {
    "program": "earn", "version": 1, "does": "credit", "because": {"zh-CN": "1元1分", "en": "1 point a yuan"},
    "amount": 62, "unit": "PTS", "split": [62],
}  # fmt: skip
MEMBER: dict[str, Any] = {
    "id": "m-0001", "name": "林**", "status": "active", "language": "zh-CN", "tier": "silver",
    "tier_name": {"zh-CN": "银卡", "en": "Silver"}, "next": "gold",
    "next_name": {"zh-CN": "金卡", "en": "Gold"}, "to_next": 120, "synced_at_ms": 1767232799000,
    "phone": "verified",
    "units": [{"unit": "PTS", "scale": 0, "here": 1204, "held": 0, "offered": 0, "elsewhere": 0}],
}  # fmt: skip
COUPON: dict[str, Any] = {
    "lot": "8f1c2d3e4a5b6c7d.0", "unit": "CPN:c50", "code": "CAB12CD34E", "name": BECAUSE, "face": 5000,
    "expires_on": "2026-12-31", "usable": True, "unusable": None, "used_at": None, "used_where": None,
    "owner": "member:m-0001",
}  # fmt: skip
QUOTE: dict[str, Any] = {
    "quote": {"lines": [LINE], "total": 6200, "tax": 713, "applied": [DISCOUNT], "earns": [EARNED]},
    "digest": DIGEST, "member": MEMBER, "coupons": [COUPON], "elsewhere": [], "synced_at_ms": 1767232799000,
    "warnings": [], "without_pin": {"shown_at": 1767232790000, "left": 5000},
}  # fmt: skip

QUOTE_ASKED: dict[str, Any] = {"basket": BASKET, "till": "till-1"}
COMMIT: dict[str, Any] = {
    "key": "pos-7.20261122.0001", "basket": BASKET, "till": "till-1",
    "tenders": [{"kind": "cash", "amount": 6200, "given": 10000}],
}  # fmt: skip
RETURN: dict[str, Any] = {
    "key": "pos-7.20261122.0002", "order": "5b0e6c1f9a2d4e83", "pieces": [{"line": 0, "quantity": 1}],
    "till": "till-1",
}  # fmt: skip
VOID: dict[str, Any] = {"key": "pos-7.20261122.0003", "order": "5b0e6c1f9a2d4e83", "till": "till-1"}
PARK: dict[str, Any] = {
    "key": "pos-7.20261122.0004", "parked": "table-4", "basket": {"lines": [{"sku": "tea"}]},
    "till": "till-1", "note": "back in 10 min",
}  # fmt: skip
RUN: dict[str, Any] = {
    "key": "pos-7.20261122.0005", "type": "grant.requested", "program": "suggestion", "amount": 300,
    "reason": "a good idea", "till": "till-1",
}  # fmt: skip


def _told(type_: str, **given: Any) -> dict[str, Any]:
    return {
        "seq": 1208, "at": 1767232799000, "type": type_, "outcome": "done", "reason": None,
        "says": sentences("act.done"), "used_at": None, "used_where": None, "duplicate": False, **given,
    }  # fmt: skip


ORDER: dict[str, Any] = {
    "of": "order", "lines": [LINE], "total": 6200, "tax": 713, "shift": "0a1b2c3d4e5f6071", "till": "till-1",
    "applied": [DISCOUNT, EARNED], "member": "m-0001",
    "tenders": [{"kind": "cash", "amount": 6200, "split": [6200], "given": 10000}],
}  # fmt: skip
SOLD = _told(
    "order.committed", order="5b0e6c1f9a2d4e83", record=ORDER, receipt_code="Rs1-gateway.1208", change=3800
)
GONE_BACK: dict[str, Any] = {
    "of": "return", "order": "5b0e6c1f9a2d4e83", "pieces": [{"line": 0, "quantity": 1}],
    "refunds": [{"kind": "cash", "amount": 3100, "split": [3100]}], "total": 3100, "tax": 356,
    "shift": "0a1b2c3d4e5f6071", "till": "till-1",
    "back": [{**EARNED, "amount": -31, "split": []}],
}  # fmt: skip
RETURNED = _told(
    "order.returned",
    order="5b0e6c1f9a2d4e83",
    record=GONE_BACK,
    receipt_code="Rs1-gateway.1208",
    preview=False,
    payments=[],
)
VOIDED = RETURNED | {"type": "order.voided", "record": GONE_BACK | {"void": True}}
PARKED = _told("order.parked", parked="table-4")
RAN = _told("grant.requested", member="m-0001", record={"of": "run", "applied": [EARNED]})
ORDER_TOLD: dict[str, Any] = {
    "order": "5b0e6c1f9a2d4e83", "seq": 1208, "at": 1767232799000, "actor": "staff:s-chen",
    "receipt_code": "Rs1-gateway.1208", "record": ORDER, "left": [1],
    "returns": [{"seq": 1209, "at": 1767232799500, "record": GONE_BACK}],
}  # fmt: skip
ORDERS: dict[str, Any] = {
    "orders": [
        {
            "order": "5b0e6c1f9a2d4e83", "seq": 1208, "at": 1767232799000, "till": "till-1",
            "shift": "0a1b2c3d4e5f6071", "member": "m-0001", "total": 6200, "returned": 1,
            "receipt_code": "Rs1-gateway.1208",
        }
    ]
}  # fmt: skip
PARKED_LIST: dict[str, Any] = {
    "parked": [
        {
            "parked": "table-4", "at": 1767232799000, "till": "till-1", "actor": "pos", "note": "",
            "basket": {"lines": [{"sku": "tea"}]},
        }
    ]
}  # fmt: skip

GOODS: dict[str, Any] = {"goods": [{"sku": "cake", "name": CAKE, "price": 5600, "category": "cakes"}]}
LOOKED: dict[str, Any] = {
    "kind": "goods", "goods": GOODS["goods"][0], "member": None, "coupons": [], "coupon": None, "order": None,
    "staff": None,
}  # fmt: skip
SIGN_IN: dict[str, Any] = {"till": "till-1", "badge": "BADGE-CHEN"}
STAFF: dict[str, Any] = {
    "staff": "s-chen", "name": "陈", "role": "cashier", "may": ["sell", "return", "shift"], "till": "till-1",
    "expires_at": 1767275999000,
}  # fmt: skip
APPROVE: dict[str, Any] = {"badge": "BADGE-ZHOU", "for": "return", "till": "till-1"}
APPROVAL: dict[str, Any] = {
    "proof": PROOF, "staff": "s-zhou", "name": "周", "expires_at": 1767232859000,
}  # fmt: skip
PIN_SET: dict[str, Any] = {"key": "pos-7.20261122.0006", "pin": "2468"}
STAFF_PIN: dict[str, Any] = {"key": "pos-7.20261122.0010", "pin": "1357"}
PIN_CHECK: dict[str, Any] = {"pin": "2468"}
PIN_ASK: dict[str, Any] = {"till": "till-1"}
PIN_TOLD: dict[str, Any] = {
    "outcome": "right", "proof": PROOF, "expires_at": 1767232859000, "says": sentences("pin.right"),
}  # fmt: skip
SHIFT_ASKED: dict[str, Any] = {"key": "pos-7.20261122.0007", "cash_float": 20000, "till": "till-1"}
CASH: dict[str, Any] = {"key": "pos-7.20261122.0008", "amount": -5000, "reason": "to the bank"}
CLOSE: dict[str, Any] = {"key": "pos-7.20261122.0009", "counted": 26200}
SUMS: dict[str, Any] = {
    "cash_float": 20000, "discount": 5000, "gross": 11200, "moved": 0, "net": 6200, "orders": 1,
    "refunded": 0, "returns": 0, "tax": 713, "tenders": [{"kind": "cash", "sold": 6200, "refunded": 0}],
    "voids": 0,
}  # fmt: skip
SHIFT: dict[str, Any] = {
    "shift": "0a1b2c3d4e5f6071", "till": "till-1", "staff": "s-chen", "opened_at": 1767229200000,
    "closed_at": None, "sums": SUMS, "expected": 26200, "record": None,
}  # fmt: skip
Z_REPORT: dict[str, Any] = {
    "of": "shift", "shift": "0a1b2c3d4e5f6071", "till": "till-1", "sums": SUMS, "counted": 26200,
    "difference": 0, "expected": 26200,
}  # fmt: skip
SHIFT_OPENED = _told("shift.opened", shift="0a1b2c3d4e5f6071", record=None)
CASH_MOVED = _told("drawer.moved", shift="0a1b2c3d4e5f6071", record=None)
SHIFT_CLOSED = _told("shift.closed", shift="0a1b2c3d4e5f6071", record=Z_REPORT)
PIN_KEPT = _told("pin.set")
PRINT: dict[str, Any] = {"copy": False}
PRINTED: dict[str, Any] = {"outcome": "printed", "says": sentences("receipt.printed")}
