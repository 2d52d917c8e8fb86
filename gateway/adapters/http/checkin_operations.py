"""What apps can ask of check-ins, one row each; operations.py holds all rows together."""

from typing import Any, Final

from gateway.adapters.http.checkin_shapes import CheckedIn, CheckInAsked, TicketGiven, TicketUsed
from gateway.adapters.http.operation import JSON, Operation

TICKET: Final = (
    "SBT1.WyJtLTAwMDEiLCJiZWFjb24iLCJiZWFjb24tZG9vciIsImRvb3IiLDU1MjI2MjUwLDE3NjcyNDAwMDAwMDAsImJlMTkzNDM4M2I1"
    "MTkyZGQiXbu-0tttm2GLXlRLFRHC2rtyWI1PVW3jQNyFSo0wBKGS"
)
TICKET_PATTERN: Final = r"^SBT1\.[A-Za-z0-9_-]{1,507}$(?!\n)"
PLACE: Final = {"zone": "door", "name": {"zh-CN": "门口", "en": "Door"}}

ASKED: Final = {
    "key": "app-7.shake.0001",
    "member": "m-0001",
    "heard": [
        {"uuid": "f0018b9b-7509-4c31-a905-1a27d39c003c", "major": 51966, "minor": 4711, "rssi": -61},
    ],
}
GIVEN: Final = {
    "ticket": TICKET,
    "expires_ms": 1767241800000,
    "proof": "beacon",
    "place": PLACE,
    "heard": None,
}
USED: Final = {"key": "app-7.claim.0001", "member": "m-0001"}
CHECKED_IN: Final[dict[str, Any]] = {
    "member": "m-0001",
    "name": "林晓雯",
    "code": "A1B2-C3D4",
    "status": "active",
    "tier": "silver",
    "tier_name": {"zh-CN": "银卡", "en": "Silver"},
    "next_name": {"zh-CN": "金卡", "en": "Gold"},
    "to_next": 120,
    "points": 1209,
    "units": [
        {
            "unit": "PTS",
            "name": {"zh-CN": "积分", "en": "Points"},
            "scale": 0,
            "here": 1209,
            "held": 0,
            "elsewhere": 0,
        },
    ],
    "coupons": [
        {
            "lot": "5b0e6c1f9a2d4e83.0",
            "code": "OFF5-7K2M",
            "name": {"zh-CN": "5 元券", "en": "5-yuan coupon"},
            "face": 500,
            "threshold": None,
            "expires_on": "2026-12-31",
            "unusable": None,
        },
    ],
    "given": [
        {
            "because": {"zh-CN": "今天到店，5 积分", "en": "5 points for coming in today"},
            "does": "credit",
            "unit": "PTS",
            "amount": 5,
            "name": {"zh-CN": "积分", "en": "Points"},
            "face": None,
            "code": None,
            "expires_on": None,
        },
    ],
    "phone": "none",
    "consents": [],
    "synced_at_ms": 1767239980000,
    "new": False,
    "level": "fresh",
    "proof": "beacon",
    "place": PLACE,
    "first_today": True,
}
FAULTS: Final = (
    ("400", "request.missing"),
    ("404", "checkin.unknown_member"),
    ("413", "request.too_large"),
    ("503", "request.busy"),
    ("429", "checkin.too_many"),
    ("403", "checkin.blocked"),
)

OPERATIONS: Final = (
    Operation(
        "/v1/checkins",
        "A ticket for a member who is in the store",
        "By what the member's phone hears of the store's beacons, or by the member's own tag. Books nothing; "
        "asked again within the same identity of a beacon it gives the same ticket. After 429, `retry-after` "
        "says when to come again, where that is known. Everything in docs/checkins.md.",
        TicketGiven,
        JSON,
        GIVEN,
        "post",
        (CheckInAsked, ASKED),
        (*FAULTS, ("409", "checkin.not_here")),
        status="201",
    ),
    Operation(
        "/v1/checkins/{ticket}",
        "Use a ticket: the member checks in",
        "Once. Durable when answered: the visit, and once a civil day the check-in with what programs give "
        "for it. The same key gets the same answer, another key 409 `ticket_used`.",
        CheckedIn,
        JSON,
        CHECKED_IN,
        "post",
        (TicketUsed, USED),
        (*FAULTS, ("409", "checkin.ticket_used"), ("410", "checkin.ticket_expired")),
        ids={"ticket": ("The ticket, as it was given.", TICKET)},
        patterns={"ticket": TICKET_PATTERN},
    ),
)
