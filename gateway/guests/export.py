"""Everything that this store knows of a member, as a document that a program reads: what the law calls a copy
of one's data. Whoever asks for it has shown already who they are.

The document is the member's alone, so the name stands in it as it was given. It is as large as one answer of
the door may be; what does not fit is counted in "left_out", the oldest orders first.
"""

import json
from typing import Final

from gateway.core.orders.model import OrderRecord
from gateway.core.promises import MEMBER
from gateway.guests.history import history
from gateway.guests.view import GuestView
from gateway.guests.words import both
from gateway.live import Data
from gateway.member_view import MemberView
from gateway.storage.till_book import OrderRow

FORMAT: Final = "shopbell member export 1"
ORDERS_MAX: Final = 1_000
ROWS_MAX: Final = 500
BYTES_MAX: Final = 900_000  # of an answer of gateway/lines.py, with room for its other parts


def export(view: GuestView, member: str) -> Data:
    """The document of a member who is known, by the present id."""
    batch = view.batch
    lookup, shown = batch.lookup, MemberView(batch, view.frozen).at_till(member) or {}
    document = {
        "format": FORMAT,
        "made_at": batch.setting.at,
        "store": batch.store,
        "gateway": batch.gateway,
        "member": {
            "id": member,
            "earlier_ids": lookup.names(member)[1:],
            **{key: shown.get(key) for key in ("status", "language", "tier", "tier_name")},
        },
        "name": lookup.person(member).name,
        **_profile(view, member),
        "phone": {"state": view.phone(member), "kept": both("export.phone")},
        "consents": [{**row._asdict(), "given": bool(row.given)} for row in view.consents(member)],
        "cards": view.cards(member),
        "units": shown.get("units", []),
        "units_left_out": shown.get("more", 0),
        "history": history(batch, member, ROWS_MAX),
        "books": both("export.log"),
        "elsewhere": both("export.elsewhere"),
        "told_by_hq_at": batch.cache.synced_at_ms,
    }
    return {**document, **_orders(view, member, BYTES_MAX - _bytes(document))}


def _profile(view: GuestView, member: str) -> Data:
    """What HQ told this store of who the member is, and whether a PIN is kept; of a PIN there is no more."""
    home, birthday = view.batch.cache.profile(member)
    pin = view.batch.page.pin(MEMBER + member)
    return {"home_store": home or None, "birthday": birthday, "pin_set": pin is not None}


def _orders(view: GuestView, member: str, room: int) -> Data:
    """The newest orders, as many as there is room for, and how many were left out."""
    page = view.batch.page
    rows = page.tills.orders(view.batch.lookup.names(member), 0, ORDERS_MAX)
    told: list[Data] = []
    for row in rows:
        order = _order(view, row)
        room -= _bytes(order)
        if room < 0:
            break
        told.append(order)
    return {"orders": told, "left_out": len(rows) - len(told)}


def _order(view: GuestView, row: OrderRow) -> Data:
    record = view.batch.page.event(row.seq).settled
    lines = record.lines if isinstance(record, OrderRecord) else ()
    tenders = record.tenders if isinstance(record, OrderRecord) else ()
    return {
        "order": row.id,
        "at": row.at_ms,
        "till": row.till,
        "total": row.total,
        "lines": [
            {"sku": line.sku, "name": line.name, "quantity": line.quantity, "total": line.net}
            for line in lines
        ],
        "tenders": [{"kind": tender.kind, "amount": tender.amount} for tender in tenders],
        "returns": len(view.batch.page.tills.order_returns(row.id)),
    }


def _bytes(value: Data) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()) + 2
