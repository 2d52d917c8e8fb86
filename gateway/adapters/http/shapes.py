"""What the API answers, as types: the OpenAPI document is made of them, and tests hold to them."""

from typing import Annotated, Any

from msgspec import Meta, Struct, field

Whole = Annotated[int, Meta(ge=0)]
UnixMs = Annotated[int, Meta(ge=0, description="Milliseconds since 1970 in UTC; 0 means never.")]


class Tap(Struct, kw_only=True, forbid_unknown_fields=True):
    """One happening at a door, as it was booked."""

    seq: Annotated[
        int, Meta(ge=1, description="Its place in this gateway's log; a duplicate has the first one's.")
    ]
    at: UnixMs
    type: Annotated[str, Meta(description="tap.seen, scan.seen or presence.seen.", examples=["tap.seen"])]
    device: Annotated[str, Meta(examples=["counter-1"])]
    outcome: Annotated[
        str, Meta(description="greeted, unknown, blocked, seen, staff or coupon.", examples=["greeted"])
    ]
    reason: Annotated[
        str | None, Meta(description="Why nobody is greeted: stale, instrument_lost ...", examples=["stale"])
    ]
    member: Annotated[
        str | None, Meta(description="Opaque id; null for nobody we know.", examples=["m-0001"])
    ]
    name: Annotated[str | None, Meta(description="Masked, as an entrance may show it.", examples=["林**"])]
    tier: Annotated[str | None, Meta(examples=["silver"])]
    evidence_kind: Annotated[str | None, Meta(description="nfc.uid or qr.static.", examples=["nfc.uid"])]
    late: Annotated[bool, Meta(description="Booked past its deadline: nothing was shown for it.")]
    duplicate: Annotated[
        bool, Meta(description="Came again; the stored answer was given, nothing was booked.")
    ]
    decide_us: Annotated[int, Meta(ge=0, description="Microseconds from the message in to the commit done.")]


class Device(Struct, kw_only=True, forbid_unknown_fields=True):
    """One terminal or beacon, as its last status said."""

    device: Annotated[str, Meta(examples=["counter-1"])]
    state: Annotated[str, Meta(description="online or offline.", examples=["online"])]
    at: UnixMs
    role: Annotated[str, Meta(examples=["counter"])]
    board: Annotated[str, Meta(examples=["esp32_devkit"])]
    firmware: Annotated[str, Meta(examples=["0.1.0"])]
    uptime_ms: Whole
    counters: Annotated[
        dict[str, int], Meta(description="The device's own counters of dropped and retried things.")
    ]


class Position(Struct, kw_only=True, forbid_unknown_fields=True):
    """Where the log stands, and how much of it HQ is known to have."""

    gateway: Annotated[str, Meta(examples=["s1-gateway"])]
    epoch: Annotated[int, Meta(ge=0, description="Rises when a restored log is found out.")]
    seq: Annotated[int, Meta(ge=0, description="The last durable event.")]
    as_of: Annotated[int, Meta(ge=0, description="The last event HQ said it has applied.")]
    waiting: Annotated[int, Meta(ge=0, description="Events HQ has not confirmed: seq less as_of.")]
    synced_at_ms: UnixMs
    alarms: Annotated[list[str], Meta(description="Conditions a person must look at.", max_length=64)]


class Cache(Struct, kw_only=True, forbid_unknown_fields=True):
    """The store's own copy of what HQ knows."""

    state: Annotated[str, Meta(description="ready, absent or damaged.", examples=["ready"])]
    generation: Annotated[str | None, Meta(description="Null until HQ was reached once.", examples=["g1"])]
    cursor: Annotated[int, Meta(ge=0, description="Position in HQ's change feed.")]
    synced_at_ms: UnixMs


class Sentences(Struct, kw_only=True, forbid_unknown_fields=True):
    """What is wrong and what to do about it, in one language."""

    what: str
    do: str


class Trouble(Struct, kw_only=True, forbid_unknown_fields=True):
    """What keeps the bridge from HQ or from its files."""

    code: Annotated[str, Meta(examples=["hq_unreachable"])]
    zh_cn: Sentences = field(name="zh-CN")
    en: Sentences
    since_ms: UnixMs
    times: Annotated[int, Meta(ge=0, description="How many times in a row.")]


class BridgeCache(Struct, kw_only=True, forbid_unknown_fields=True):
    """How far the bridge has brought the cache; null where it does not know yet."""

    generation: str | None
    cursor: int | None
    as_of: int | None
    snapshot_rows: Annotated[int | None, Meta(description="Rows so far, while a whole new one is fetched.")]


class Bridge(Struct, kw_only=True, forbid_unknown_fields=True):
    """What the bridge says of itself; all but state is empty where it says nothing that can be used."""

    state: Annotated[
        str,
        Meta(description="running, silent, absent, foreign, nonsense or unreadable.", examples=["running"]),
    ]
    heard_ms: UnixMs
    started_ms: UnixMs
    last_contact_ms: Annotated[int, Meta(ge=0, description="When HQ last gave a good answer; 0 means never.")]
    backlog: Annotated[
        int | None, Meta(description="Events it has still to send; null where it does not know.")
    ]
    trouble: Annotated[Trouble | None, Meta(description="The one that lasts longest.")]
    cache: BridgeCache
    counters: Annotated[dict[str, int], Meta(description="The bridge's own, since it started.")]


class Taps(Struct, kw_only=True):
    """The newest first; at most 500 are kept in memory, the ledger has them all."""

    taps: list[Tap]


class Devices(Struct, kw_only=True):
    """Every device heard of since the ledger began."""

    devices: list[Device]


class Sync(Struct, kw_only=True):
    """The log's position, the cache's, and the bridge that joins both to HQ."""

    sync: Position
    cache: Cache
    bridge: Bridge


class Health(Struct, kw_only=True):
    """The process answers; what it says of itself is in /v1/sync."""

    status: Annotated[str, Meta(examples=["ok"])]


class Problem(Struct, kw_only=True):
    """What is wrong and what to do next."""

    error: str
    next: str


Counters = dict[str, int]

EXAMPLE_TAP: dict[str, Any] = {
    "seq": 1207, "at": 1767232800123, "type": "tap.seen", "device": "counter-1", "outcome": "greeted",
    "reason": None, "member": "m-0001", "name": "林**", "tier": "silver", "evidence_kind": "nfc.uid",
    "late": False, "duplicate": False, "decide_us": 640,
}  # fmt: skip
EXAMPLE_DEVICE: dict[str, Any] = {
    "device": "counter-1", "state": "online", "at": 1767229200000, "role": "counter", "board": "esp32_devkit",
    "firmware": "0.1.0", "uptime_ms": 3600000, "counters": {"outbox.full": 0},
}  # fmt: skip
EXAMPLE_SYNC: dict[str, Any] = {
    "sync": {
        "gateway": "s1-gateway", "epoch": 1, "seq": 1207, "as_of": 1205, "waiting": 2,
        "synced_at_ms": 1767232799000, "alarms": [],
    },
    "cache": {"state": "ready", "generation": "g1", "cursor": 48, "synced_at_ms": 1767232799000},
    "bridge": {
        "state": "running", "heard_ms": 1767232799500, "started_ms": 1767229200000,
        "last_contact_ms": 1767232790000, "backlog": 2,
        "trouble": {
            "code": "hq_unreachable",
            "zh-CN": {"what": "连不上总部", "do": "门店照常工作，联网后自动补传。请检查网络。"},
            "en": {
                "what": "Headquarters cannot be reached",
                "do": "The store goes on, and catches up by itself. Check the internet line.",
            },
            "since_ms": 1767232791000, "times": 4,
        },
        "cache": {"generation": "g1", "cursor": 48, "as_of": 1205, "snapshot_rows": None},
        "counters": {"hq_unreachable": 4, "sent": 1205},
    },
}  # fmt: skip
EXAMPLE_COUNTERS: Counters = {"http.wrong_token": 1, "live.subscribers_dropped": 0}
