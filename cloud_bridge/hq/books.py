"""Every log's parts of lots, as one transaction reads and changes them: loaded by lot, written once at the
end.

Invariants: what is posted here is in an event of the same transaction; a lot is read only after load(), so
that its numbers are those of all logs; flush() writes each changed row once, in one order.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import UNSET
from sqlalchemy import Connection, insert, select, tuple_

from cloud_bridge.hq import promise_models as tables
from cloud_bridge.hq.database import Row, pieces, upsert
from cloud_bridge.hq.lease import NO_LEASE, Lease, LeaseKey
from gateway.core.book import NOTHING, AccountKey, LotKey, Part, add, moves
from gateway.core.event import canonical
from gateway.core.model import NewLot
from gateway.core.promises import HQ, RIGHT, SUSPENSE, Nature, Terms, Transfer

HQ_EPOCH: Final = 1  # HQ's own rights are never fenced
NO_FACE: Final = -1


class Slot(NamedTuple):
    """Where a part lies."""

    log: str
    epoch: int
    key: LotKey


class Standing(NamedTuple):
    """A row of standings."""

    gateway: str
    rights_epoch: int = 1
    settled_epoch: int = 1
    people_seq: int = 0


class Place(NamedTuple):
    """Where an event stands: its log, branch, seq, and when it happened."""

    log: str
    branch: int
    seq: int
    at_ms: int


class Books:
    """The books of all logs in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.natures: dict[str, Nature] = {}
        self.leases: dict[LeaseKey, Lease] = {}
        rows = connection.execute(select(tables.standings))
        self.standings = {row.gateway: Standing(*row) for row in rows}
        self._parts: dict[Slot, Part] = {}
        self._accounts: dict[tuple[str, AccountKey], int] = {}
        self._slots: dict[str, set[Slot]] = {}  # of every loaded lot
        self._leased: dict[str, set[LeaseKey]] = {}
        self._changed_parts: set[Slot] = set()
        self._changed_leases: set[LeaseKey] = set()
        self._new_lots: list[str] = []
        self._touched: set[str] = set()
        self._transfers: list[Row] = []

    def load(self, lots: Iterable[str]) -> None:
        """Read whatever is known of these lots."""
        missing = sorted(set(lots) - self._slots.keys())
        for lot in missing:
            self._slots[lot], self._leased[lot] = set(), set()
        for piece in pieces(missing):
            self._read(piece)

    def _read(self, lots: Sequence[str]) -> None:
        table: Any = tables.lots
        for row in self._connection.execute(select(table).where(table.c.lot.in_(lots))):
            self.natures[row.lot] = Nature(row.owner, msgspec.json.decode(row.terms, type=Terms), row.unit)
        table = tables.holdings
        for row in self._connection.execute(select(table).where(table.c.lot.in_(lots))):
            slot = Slot(row.log, row.epoch, LotKey(row.owner, row.unit, row.lot))
            self._parts[slot] = Part(row.granted, row.minted, row.returned, row.spent, row.held)
            self._slots[row.lot].add(slot)
        table = tables.leases
        for row in self._connection.execute(select(table).where(table.c.lot.in_(lots))):
            name = LeaseKey(row.lot, row.gateway, row.epoch)
            self.leases[name] = Lease(*row[3:])
            self._leased[row.lot].add(name)

    def epoch(self, gateway: str) -> int:
        """The present epoch of a gateway's rights."""
        return self.standing(gateway).rights_epoch

    def settled(self, gateway: str) -> int:
        """The first epoch of a gateway's rights that is not settled."""
        return self.standing(gateway).settled_epoch

    def standing(self, gateway: str) -> Standing:
        """Where a gateway stands; at the beginning if nothing is known."""
        return self.standings.get(gateway, Standing(gateway))

    def stand(self, standing: Standing) -> None:
        """Write where a gateway stands now."""
        self.standings[standing.gateway] = standing
        upsert(self._connection, tables.standings, [standing._asdict()], ["gateway"])

    def slots(self, lot: str) -> list[Slot]:
        """Where a loaded lot has parts, in one order."""
        return sorted(self._slots[lot])

    def part(self, slot: Slot) -> Part:
        """A part of a loaded lot; nothing where there is none."""
        return self._parts.get(slot, NOTHING)

    def pool(self, lot: str) -> Part:
        """HQ's own part of a lot that has a nature: what no gateway may spend."""
        return self.part(Slot(HQ, HQ_EPOCH, self.key(lot)))

    def right(self, lot: str, gateway: str) -> Part:
        """What HQ granted a gateway of a lot in all its epochs, and has not got back."""
        return self.part(Slot(HQ, HQ_EPOCH, LotKey(RIGHT + gateway, self.natures[lot].unit, lot)))

    def holder(self, lot: str, gateway: str, epoch: int) -> Part:
        """A gateway's part of a lot that has a nature."""
        return self.part(Slot(gateway, epoch, self.key(lot)))

    def key(self, lot: str) -> LotKey:
        """The lot as its owner's."""
        nature = self.natures[lot]
        return LotKey(nature.owner, nature.unit, lot)

    def shortfall(self, lot: str) -> int:
        """What was given of a lot without a right and is not settled; over all logs and epochs."""
        return -sum(self._parts[slot].left for slot in self._slots[lot] if slot.key.owner == SUSPENSE)

    def holders(self, lot: str) -> list[LeaseKey]:
        """Every gateway and epoch that has or had a right to a lot with a nature."""
        owner = self.natures[lot].owner
        found = set(self._leased[lot])
        for slot in self._slots[lot]:
            if slot.log != HQ and slot.key.owner == owner:
                found.add(LeaseKey(lot, slot.log, slot.epoch))
        return sorted(found)

    def live_holders(self, lot: str) -> list[LeaseKey]:
        """Those of holders() whose rights may still be used."""
        return [key for key in self.holders(lot) if key.epoch >= self.epoch(key.gateway)]

    def lease(self, key: LeaseKey) -> Lease:
        """A lease; one of zeros where there is none."""
        return self.leases.get(key, NO_LEASE)

    def put_lease(self, key: LeaseKey, lease: Lease) -> None:
        """Change a lease."""
        if lease != self.lease(key):
            self.leases[key] = lease
            self._leased[key.lot].add(key)
            self._changed_leases.add(key)

    def is_met(self, lot: str, log: str) -> bool:
        """Whether a log has a part of a lot."""
        return any(slot.log == log for slot in self._slots[lot])

    def introduce(self, lots: Iterable[NewLot]) -> None:
        """Remember the natures of loaded lots; the first word counts."""
        for lot, nature in ((new.lot, new.nature) for new in lots):
            if lot not in self.natures:
                self.natures[lot] = nature
                self._new_lots.append(lot)

    def post(self, place: Place, epoch: int, transfers: Sequence[Transfer]) -> None:
        """Book an event's transfers whose lots are loaded. Raises EventError where one has no form."""
        made = moves(transfers)
        for key, change in made.parts.items():
            slot = Slot(place.log, epoch, key)
            self._parts[slot] = add(self.part(slot), change)
            self._slots[key.lot].add(slot)
            self._changed_parts.add(slot)
        for account, amount in made.accounts.items():
            name = (place.log, account)
            self._accounts[name] = self._accounts.get(name, 0) + amount
        for number, transfer in enumerate(transfers):
            self._transfers.append(_transfer_row(place, number, transfer))

    def unwritten(self, lot: str, account: str) -> int:
        """What this transaction has moved of a lot into a plain account so far, less what came back."""
        moved = 0
        for row in self._transfers:
            if row["phase"] is None and row["debit_lot"] == lot and row["credit"] == account:
                moved += row["amount"]
            elif row["phase"] is None and row["credit_lot"] == lot and row["debit"] == account:
                moved -= row["amount"]
        return moved

    def changed_lots(self) -> list[str]:
        """Loaded lots of which anything changed, in one order."""
        lots = {slot.key.lot for slot in self._changed_parts} | {key.lot for key in self._changed_leases}
        return sorted(lots.union(self._new_lots, self._touched))

    def touch(self, lots: Iterable[str]) -> None:
        """Loaded lots whose rights changed without their numbers: their gateways must be told."""
        self._touched |= set(lots)

    def touched_parts(self) -> list[tuple[Slot, Part]]:
        """Parts that changed."""
        return [(slot, self._parts[slot]) for slot in sorted(self._changed_parts)]

    def flush(self) -> None:
        """Write all that changed."""
        write = self._connection
        _insert_lots(write, [(lot, self.natures[lot]) for lot in self._new_lots])
        rows: list[Row] = [_part_row(slot, self._parts[slot]) for slot in sorted(self._changed_parts)]
        for piece in pieces(rows):
            upsert(write, tables.holdings, piece, ["lot", "log", "epoch", "owner", "unit"])
        rows = [{**key._asdict(), **self.leases[key]._asdict()} for key in sorted(self._changed_leases)]
        for piece in pieces(rows):
            upsert(write, tables.leases, piece, ["lot", "gateway", "epoch"])
        self._write_accounts()
        for piece in pieces(self._transfers):
            write.execute(insert(tables.transfers), list(piece))

    def _write_accounts(self) -> None:
        table = tables.accounts
        names = sorted((log, key.owner, key.unit) for log, key in self._accounts)
        posted: dict[tuple[str, str, str], int] = {}
        for piece in pieces(names):
            found = select(table).where(tuple_(table.c.log, table.c.owner, table.c.unit).in_(piece))
            posted |= {(row.log, row.owner, row.unit): row.posted for row in self._connection.execute(found)}
        rows: list[Row] = [
            {"log": log, "owner": owner, "unit": unit, "posted": posted.get((log, owner, unit), 0) + amount}
            for (log, (owner, unit)), amount in sorted(self._accounts.items())
        ]
        for piece in pieces(rows):
            upsert(self._connection, table, piece, ["log", "owner", "unit"])


def lot_names(transfers: Iterable[Transfer]) -> Iterable[str]:
    """Every lot that transfers name."""
    for transfer in transfers:
        for lot in (transfer.debit_lot, transfer.credit_lot):
            if lot is not UNSET:
                yield lot


def _insert_lots(connection: Connection, natures: Sequence[tuple[str, Nature]]) -> None:
    rows: list[Row] = [
        {
            "lot": lot,
            "owner": nature.owner,
            "unit": nature.unit,
            "terms": canonical(nature.terms).decode(),
            "face": NO_FACE if nature.terms.face is None else nature.terms.face,
            "expires_on": nature.terms.expires_on,
        }
        for lot, nature in sorted(natures)
    ]
    for piece in pieces(rows):
        upsert(connection, tables.lots, piece, ["lot"])


def _part_row(slot: Slot, part: Part) -> Row:
    return {"log": slot.log, "epoch": slot.epoch, **slot.key._asdict(), **part._asdict()}


def _transfer_row(place: Place, number: int, transfer: Transfer) -> Row:
    return {
        **place._asdict(),
        "number": number,
        "unit": transfer.unit,
        "amount": transfer.amount,
        "debit": transfer.debit,
        "debit_lot": None if transfer.debit_lot is UNSET else transfer.debit_lot,
        "credit": transfer.credit,
        "credit_lot": None if transfer.credit_lot is UNSET else transfer.credit_lot,
        "phase": None if transfer.phase is UNSET else transfer.phase,
    }
