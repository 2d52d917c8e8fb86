"""What the API can be asked, one row each: openapi.py makes the document of these and of their shapes."""

import json
from typing import Final

from gateway.adapters.http import (
    act_examples,
    act_shapes,
    checkin_operations,
    payment_operations,
    pos_operations,
    presence_shapes,
    shapes,
)
from gateway.adapters.http.operation import JSON, STAFF, Operation, Parameter
from gateway.live import TAPS_KEPT_MAX

DURABLE: Final = (
    "Durable when answered. A refusal by the rules is booked and answered with 200 and outcome `refused`; "
    "`asked` means that HQ was asked and nothing has changed: send the same again. The same key gets the "
    "same verdict."
)
# Status and key of words; a status may be there for several reasons, of which one is the example.
NO_MEMBER: Final = ("404", "request.no_member")
NOT_READY: Final = ("503", "request.no_books")
FAULTS: Final = (
    ("400", "request.missing"),
    ("409", "request.key_reused"),
    ("413", "request.too_large"),
    ("422", "request.undecidable"),
    ("503", "request.disk_low"),
)

IDS: Final = {"id": pos_operations.MEMBER_ID}

OPERATIONS: Final = (
    Operation(
        "/v1/taps",
        "The newest taps and scans",
        "Newest first, from memory; the ledger has them all.",
        shapes.Taps,
        JSON,
        {"taps": [shapes.EXAMPLE_TAP]},
        access=STAFF,
        query=(Parameter("limit", "How many at most.", 100, TAPS_KEPT_MAX),),
    ),
    Operation(
        "/v1/devices",
        "The devices and their last status",
        "A device that left without a word is offline as soon as the broker's will says so.",
        shapes.Devices,
        JSON,
        {"devices": [shapes.EXAMPLE_DEVICE]},
        access=STAFF,
    ),
    Operation(
        "/v1/sync",
        "Where the ledger, HQ, the cache and the bridge stand",
        "as_of is HQ's word, taken from the cache; what is above it is waiting. bridge is what the "
        "bridge last wrote of itself.",
        shapes.Sync,
        JSON,
        shapes.EXAMPLE_SYNC,
        access=STAFF,
    ),
    Operation(
        "/v1/presence",
        "Beacons, tags and who is in the store",
        "Where a place is null, nobody can say it. Names are masked; a member is here until nothing was "
        "heard of them for a quarter of an hour.",
        presence_shapes.Presence,
        JSON,
        presence_shapes.EXAMPLE,
        access=STAFF,
    ),
    Operation(
        "/v1/counters",
        "Everything dropped, refused, retried or bounded",
        "Name to count since the process began; the console explains each name.",
        shapes.Counters,
        JSON,
        shapes.EXAMPLE_COUNTERS,
    ),
    Operation(
        "/v1/stream",
        "What changes, as it changes",
        "Server-Sent Events: `sync` (sync and cache as above), `bridge`, `promises`, `presence`, `counters`, "
        "one `device` each at first, then those and `tap` at every change; that times alone moved is none. "
        "`badge` {device, staff, name} and `coupon` {device, code} tell what was shown at a terminal beside "
        "a till, for its page. A reader that does not keep up is cut off; connect again and ask /v1/taps.",
        None,
        "text/event-stream",
        "event: tap\ndata: " + json.dumps(shapes.EXAMPLE_TAP, ensure_ascii=False) + "\n\n",
        access=STAFF,
    ),
    Operation(
        "/metrics",
        "Figures for Prometheus",
        "docs/operations/metrics.md explains each.",
        None,
        "text/plain",
        "shopbell_gateway_ledger_seq 1207.0\n",
    ),
    Operation(
        "/v1/exposure",
        "The worst loss now, in money",
        "What was given without a right, what today's limits still allow, and the rights in this machine.",
        act_shapes.Exposure,
        JSON,
        act_examples.EXPOSURE,
        faults=(NOT_READY,),
    ),
    Operation(
        "/v1/members",
        "Enrol a member",
        "At once, also offline: provisional until HQ has numbered it. If the card that came along cannot be "
        f"linked, its refusal is the verdict, and the member is there all the same. {DURABLE}",
        act_shapes.Verdict,
        JSON,
        act_examples.ENROLLED,
        "post",
        (act_shapes.NewMember, act_examples.NEW_MEMBER),
        FAULTS,
        access=STAFF,
    ),
    Operation(
        "/v1/members/{id}",
        "What this store knows of a member",
        "Lots here, offered by HQ, and elsewhere as HQ said at synced_at_ms. Merged members are followed.",
        act_shapes.MemberShown,
        JSON,
        act_examples.MEMBER,
        faults=(NO_MEMBER,),
        access=STAFF,
        ids=IDS,
    ),
    Operation(
        "/v1/members/{id}/instruments",
        "Give a member one more card or code",
        f"`replaces` ends another one by it. {DURABLE}",
        act_shapes.Verdict,
        JSON,
        act_examples.LINKED,
        "post",
        (act_shapes.NewInstrument, act_examples.NEW_INSTRUMENT),
        (*FAULTS, NO_MEMBER),
        access=STAFF,
        ids=IDS,
    ),
    Operation(
        "/v1/members/{id}/instruments/{iid}",
        "Report a card lost, lock it, unlock it or revoke it",
        f"In this store at once, elsewhere with the next sync. {DURABLE}",
        act_shapes.Verdict,
        JSON,
        act_examples.CHANGED,
        "post",
        (act_shapes.InstrumentStatus, act_examples.STATUS),
        (*FAULTS, NO_MEMBER),
        access=STAFF,
        ids=IDS | {"iid": ("The card's or code's id.", "c-1")},
    ),
    Operation(
        "/v1/members/{id}/phone",
        "Say that a phone number is the member's own",
        "Whoever asks has seen it: by a call, a message, or the phone itself. From then on the number finds "
        "this member at every till. Of the number only a keyed hash is kept; `replaces` is the id of the one "
        f"that it ends. {DURABLE}",
        act_shapes.Verdict,
        JSON,
        act_examples.PROVED,
        "post",
        (act_shapes.PhoneProved, act_examples.PHONE_PROVED),
        (*FAULTS, NO_MEMBER),
        access=STAFF,
        ids=IDS,
    ),
    Operation(
        "/v1/members/{id}/transfers",
        "Credit, spend, redeem, hold, release or give back",
        f"All parts of a post happen or none. {DURABLE}",
        act_shapes.Verdict,
        JSON,
        act_examples.REDEEMED,
        "post",
        (act_shapes.Transfers, act_examples.REDEEM),
        (*FAULTS, NO_MEMBER),
        ids=IDS,
    ),
    *pos_operations.OPERATIONS,
    *payment_operations.OPERATIONS,
    *checkin_operations.OPERATIONS,
    Operation(
        "/health", "Whether the process answers", "Open.", shapes.Health, JSON, {"status": "ok"}, access=()
    ),
)
