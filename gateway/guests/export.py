"""Everything that this store knows of a member, as a document that a program reads: what the law calls a copy
of one's data. Whoever asks for it has shown already who they are.

The document is the member's alone, so the name stands in it as it was given. It is as large as one answer of
the door may be; what does not fit is counted in "left_out", the oldest orders first. Of somebody who comes
every day it is long, so its orders are read some at a time, and taps have their turn between them.
"""

import asyncio
import json
from collections.abc import Sequence
from typing import Final

from gateway.batch import Batch
from gateway.core.orders.model import OrderRecord
from gateway.core.promises import MEMBER
from gateway.guests.found import known
from gateway.guests.history import history
from gateway.guests.ports import Desk
from gateway.guests.view import GuestView
from gateway.guests.words import both
from gateway.live import Data
from gateway.member_view import MemberView
from gateway.storage.till_book import OrderRow

FORMAT: Final = "shopbell member export 1"
ORDERS_MAX: Final = 1_000
ROWS_MAX: Final = 500
ORDERS_TOGETHER: Final = 25  # read at once: some 3 ms
BYTES_MAX: Final = 900_000  # of an answer of gateway/lines.py, with room for its other parts


async def export(desk: Desk, member: str) -> Data:
    """The document of a member. Raises Told where nobody here knows them."""
    document, rows = desk.consult(
        lambda batch, acting: _document(GuestView(batch, acting.rights.frozen), known(batch, member))
    )
    room, told = BYTES_MAX - size(document), list[Data]()
    for start in range(0, len(rows), ORDERS_TOGETHER):
        await asyncio.sleep(0)
        some = rows[start : start + ORDERS_TOGETHER]
        for order in desk.consult(lambda batch, _, some=some: _orders(batch, some)):  # type: ignore[misc]
            room -= size(order)
            if room < 0:
                return {**document, "orders": told, "left_out": len(rows) - len(told)}
            told.append(order)
    return {**document, "orders": told, "left_out": 0}


def size(value: Data) -> int:
    """The bytes that a value takes of an answer."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()) + 2


def _document(view: GuestView, member: str) -> tuple[Data, list[OrderRow]]:
    """All but the orders of a member who is known, by the present id; and where the orders are."""
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
    return document, batch.page.tills.orders(lookup.names(member), 0, ORDERS_MAX)


def _profile(view: GuestView, member: str) -> Data:
    """What HQ told this store of who the member is, and whether a PIN is kept; of a PIN there is no more."""
    home, birthday = view.batch.cache.profile(member)
    pin = view.batch.page.pin(MEMBER + member)
    return {"home_store": home or None, "birthday": birthday, "pin_set": pin is not None}


def _orders(batch: Batch, rows: Sequence[OrderRow]) -> list[Data]:
    return [_order(batch, row) for row in rows]


def _order(batch: Batch, row: OrderRow) -> Data:
    record = batch.page.event(row.seq).settled
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
        "returns": len(batch.page.tills.order_returns(row.id)),
    }
