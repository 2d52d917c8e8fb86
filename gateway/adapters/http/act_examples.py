"""Examples of what is sent and answered about members, for the OpenAPI document; a test checks each."""

from typing import Any

from gateway.adapters.http.act_words import sentences

NEW_MEMBER: dict[str, Any] = {
    "key": "till-2.20261121.0041",
    "name": "林晓雯",
    "language": "zh-CN",
    "instrument": {"kind": "nfc.uid", "value": "04a1b2c3d4e5f6"},
}
NEW_INSTRUMENT: dict[str, Any] = {
    "key": "till-2.20261121.0043",
    "kind": "nfc.uid",
    "value": "04a1b2c3d4e5f7",
    "replaces": "c-1",
}
STATUS: dict[str, Any] = {"key": "till-2.20261121.0044", "status": "lost"}
PHONE_PROVED: dict[str, Any] = {"key": "till-2.20261121.0045", "phone": "138 0013 8000"}
REDEEM: dict[str, Any] = {
    "key": "till-2.20261121.0042",
    "type": "coupon.redeemed",
    "act": {
        "do": "post",
        "parts": [
            {"do": "spend", "unit": "CPN:tea", "amount": 1, "lot": "8f1c2d3e4a5b6c7d.0"},
            {"do": "credit", "unit": "PTS", "amount": 62},
        ],
        "returnable": 2,
    },
}


def _verdict(**given: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "seq": 1208,
        "random": "5b0e6c1f9a2d4e83",
        "type": "coupon.redeemed",
        "outcome": "done",
        "reason": None,
        "says": sentences("act.done"),
        "transfers": [],
        "lots": [],
        "member": "m-0001",
        "instrument": None,
        "used_at_ms": None,
        "used_where": None,
        "duplicate": False,
    }
    return plain | given


ENROLLED = _verdict(type="member.enrolled", member="p-5b0e6c1f9a2d4e83")
LINKED = _verdict(type="instrument.linked", instrument="i-5b0e6c1f9a2d4e83")
PROVED = _verdict(type="instrument.linked", instrument="i-5b0e6c1f9a2d4e84")
CHANGED = _verdict(type="instrument.changed", instrument="c-1")
REDEEMED = _verdict(
    transfers=[
        {
            "amount": 1,
            "credit": "spent",
            "debit": "member:m-0001",
            "debit_lot": "8f1c2d3e4a5b6c7d.0",
            "unit": "CPN:tea",
        },
        {
            "amount": 62,
            "credit": "member:m-0001",
            "credit_lot": "5b0e6c1f9a2d4e83.0",
            "debit": "issuer",
            "unit": "PTS",
        },
    ],
    lots=[
        {
            "lot": "5b0e6c1f9a2d4e83.0",
            "nature": {
                "owner": "member:m-0001",
                "terms": {
                    "code": None,
                    "expires_on": None,
                    "face": None,
                    "kind": "paid",
                    "vests_at": 0,
                    "zone": None,
                },
                "unit": "PTS",
            },
        }
    ],
)
MEMBER: dict[str, Any] = {
    "member": "m-0001",
    "asked": "m-0001",
    "status": "active",
    "name": "林**",
    "language": "zh-CN",
    "tier": "silver",
    "synced_at_ms": 1767232799000,
    "units": [
        {
            "unit": "CPN:tea",
            "scale": 0,
            "here": 0,
            "held": 0,
            "offered": 1,
            "elsewhere": 0,
            "lots": [
                {
                    "lot": "8f1c2d3e4a5b6c7d.0",
                    "unit": "CPN:tea",
                    "code": "TEA-5",
                    "face": 500,
                    "kind": "paid",
                    "expires_on": "2026-12-31",
                    "zone": "Asia/Shanghai",
                    "vests_at": 0,
                    "here": 0,
                    "held": 0,
                    "offered": 1,
                    "elsewhere": 0,
                    "unusable": None,
                }
            ],
        }
    ],
    "more": 0,
    "instruments": [{"id": "c-1", "kind": "nfc.uid", "status": "active", "seq": 0, "here": False}],
    "phone": "unverified",
}
EXPOSURE: dict[str, Any] = {
    "at_ms": 1767232799000,
    "at_risk_now": 1250,
    "still_possible": 5000,
    "in_box": 30000,
    "worst": 6250,
    "frozen": False,
    "holds": 3,
}
