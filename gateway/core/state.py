"""A log's projections as plain values: what its events, in their order, make of lots, accounts and names.

The reference: storage keeps the same in SQL and HQ in its tables, and their digests must be equal. Each event
costs a constant time for each transfer, whatever the log's length.

Invariants: apply() of an event that raises changes nothing; every part passes check(); a hold is released
once. Fence begins a new epoch with no part of any lot and no pending hold: what was left or held in earlier
ones stays in their parts, is no longer moved here, and is HQ's to settle.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

from msgspec import UNSET

from gateway.core.book import NOTHING, AccountKey, LotKey, Moves, Part, add, check, moves
from gateway.core.errors import EventError
from gateway.core.event import Event
from gateway.core.evidence import FRESH
from gateway.core.model import DONE, Act, NewLot
from gateway.core.orders import tills
from gateway.core.people import ERASED, forgotten
from gateway.core.presence import Visit, redeemers, visit_of
from gateway.core.promises import (
    HELD,
    RELEASED,
    Change,
    Consent,
    Enrol,
    Fence,
    Forget,
    Here,
    Hold,
    Link,
    Merge,
    Nature,
    Post,
)

EPOCH_FIRST = 1
# Rotating codes shown here are remembered for two hours of 30 s behind the newest: a code is refused by its
# age after a minute, and a clock put right moves by less.
STEPS_KEPT = 240


class Pending(NamedTuple):
    """A hold that waits for its release: the event that made it, and when it times out."""

    seq: int
    until: int


class MemberRow(NamedTuple):
    """A member born or changed in this log."""

    status: str
    language: str


class InstrumentRow(NamedTuple):
    """An instrument linked or changed in this log, and when."""

    id: str
    kind: str
    member: str
    status: str
    at: int


class ConsentRow(NamedTuple):
    """A member's last word in this log on a purpose, and when."""

    given: bool
    text: str
    language: str
    at: int


class State:
    """What one log says, up to `seq`."""

    def __init__(self, gateway: str) -> None:
        self.gateway = gateway
        self.seq = 0
        self.epoch = EPOCH_FIRST
        self.parts: dict[tuple[LotKey, int], Part] = {}
        self.natures: dict[str, Nature] = {}
        self.accounts: dict[AccountKey, int] = {}
        self.holds: dict[str, Pending] = {}
        self.keys: dict[str, int] = {}
        self.returnables: dict[str, int] = {}
        self.members: dict[str, MemberRow] = {}
        self.instruments: dict[str, InstrumentRow] = {}
        self.aliases: dict[str, str] = {}
        self.consents: dict[tuple[str, str], ConsentRow] = {}  # by member and purpose
        self.visits: dict[int, Visit] = {}  # by the event that tells of it
        self.rotated: set[tuple[str, int]] = set()  # rotating codes: evidence key and step
        self.tills = tills.no_tills()

    def apply(self, event: Event) -> None:
        """The next event of this log; EventError where it cannot follow what was before."""
        self._check_place(event)
        made = moves(event.transfers)
        natures = self._natures(event)
        released = self._released(event)
        parts = self._parts(made, natures)
        tills.check(self.tills, event)
        visit = self._visit(event)
        self.parts.update(parts)
        self.natures.update(natures)
        for account, change in made.accounts.items():
            self.accounts[account] = self.accounts.get(account, 0) + change
        for name in released:
            del self.holds[name]
        self.seq = event.seq
        if event.key is not UNSET:
            self.keys[event.key] = event.seq
        tills.note(self.tills, event)
        self._note_code(event)
        self._redeem(event)
        if visit is not None:
            self.visits[event.seq] = visit
        if event.act is not UNSET and event.outcome.name == DONE:
            self._note(event, event.act)

    def part(self, key: LotKey) -> Part:
        """This log's part of a lot in its present epoch."""
        return self.parts.get((key, self.epoch), NOTHING)

    def digest(self) -> str:
        """The same for every log that holds the same; see digest_lines()."""
        return digest_lines(self.parts.items(), self.accounts.items(), self.holds.items())

    def _check_place(self, event: Event) -> None:
        if event.gateway != self.gateway or event.seq != self.seq + 1:
            raise EventError("wrong_seq", f"{event.seq} after {self.seq}")
        if event.key is not UNSET and event.key in self.keys:
            raise EventError("key_reused", str(event.seq))
        act = event.act
        if isinstance(act, Fence) and event.outcome.name == DONE and act.epoch <= self.epoch:
            raise EventError("bad_epoch", f"{act.epoch} after {self.epoch}")

    def _natures(self, event: Event) -> dict[str, Nature]:
        told: tuple[NewLot, ...] = () if event.lots is UNSET else event.lots
        natures: dict[str, Nature] = {}
        for new in told:
            if self.natures.get(new.lot, new.nature) != new.nature or new.lot in natures:
                raise EventError("lot_differs", new.lot[:64])
            natures[new.lot] = new.nature
        return natures

    def _parts(self, made: Moves, natures: dict[str, Nature]) -> dict[tuple[LotKey, int], Part]:
        parts = {}
        for key, change in made.parts.items():
            if key.lot not in self.natures and key.lot not in natures:
                raise EventError("lot_unknown", key.lot[:64])
            part = add(self.part(key), change)
            check(key, part)
            parts[key, self.epoch] = part
        return parts

    def _released(self, event: Event) -> set[str]:
        """The holds that end here; each must be pending, and a new one must be the event's own."""
        names = {phase: set[str]() for phase in (HELD, RELEASED)}
        for transfer in event.transfers:
            if transfer.phase is not UNSET:
                names[transfer.phase].add(str(transfer.hold))
        own = {event.random} if isinstance(event.act, Hold) else set()
        if not names[HELD] <= own or not names[RELEASED] <= self.holds.keys():
            raise EventError("hold_unknown", str(event.seq))
        return names[RELEASED]

    def _note(self, event: Event, act: Act) -> None:
        """What an act that was done says beside its transfers."""
        if isinstance(act, Hold):
            self.holds[event.random] = Pending(event.seq, act.until)
        elif isinstance(act, Post) and act.returnable:
            self.returnables[event.random] = event.seq
        elif isinstance(act, Fence):
            self.epoch = act.epoch
            self.holds.clear()
        elif isinstance(act, Enrol):
            self.members[act.member] = MemberRow("provisional", act.language)
        elif isinstance(act, Merge):
            self.aliases[act.member] = act.into
        elif isinstance(act, Consent):
            row = ConsentRow(act.given, act.text, act.language, event.at)
            self.consents[act.member, act.purpose] = row
        elif isinstance(act, Forget):
            self._forget(forgotten(event.facts, act))
        elif isinstance(act, Change):
            self._set_status(event, act.status)
        elif isinstance(act, Link):
            self._link(event, act)

    def _link(self, event: Event, act: Link) -> None:
        if act.replaces is not None:
            self._set_status(event, "replaced")
        evidence = event.evidence
        if evidence is not None and evidence.key is not None:
            row = InstrumentRow(act.instrument, evidence.kind, act.member, "active", event.at)
            self.instruments[evidence.key] = row

    def _forget(self, names: tuple[str, ...]) -> None:
        """Nothing leads to these members any more, and nothing is known of them but that they were."""
        for name in names:
            before = self.members.get(name)
            self.members[name] = MemberRow(ERASED, before.language if before else "")
        self.instruments = {key: row for key, row in self.instruments.items() if row.member not in names}
        self.consents = {key: row for key, row in self.consents.items() if key[0] not in names}
        for seq, visit in self.visits.items():
            if visit.member in names:
                self.visits[seq] = visit._replace(member=None)

    def _visit(self, event: Event) -> Visit | None:
        """What an event tells of somebody's being here."""
        act = event.act
        if not isinstance(act, Here) or event.outcome.name != DONE:
            return None
        return visit_of(act, event.facts, event.at, event.date)

    def _redeem(self, event: Event) -> None:
        """Whoever redeems a coupon had come for it, as far as that day goes."""
        who = redeemers(event.transfers, event.facts)
        for seq, visit in self.visits.items() if who else ():
            if visit.member in who and visit.day == event.date:
                self.visits[seq] = visit._replace(redeemed=True)

    def _note_code(self, event: Event) -> None:
        """The rotating code that this event was shown, if any: what came of it makes no difference."""
        shown = event.evidence
        if shown is None or shown.level != FRESH or shown.key is None or shown.step is UNSET:
            return
        first = shown.step - STEPS_KEPT
        self.rotated = {code for code in self.rotated if code[1] >= first} | {(shown.key, shown.step)}

    def _set_status(self, event: Event, status: str) -> None:
        """Of the instrument that was looked up; without its evidence key it cannot be found by it later."""
        known = event.facts.instrument
        if known is not None and known.key is not UNSET:
            row = InstrumentRow(known.id, known.kind, known.member, status, event.at)
            self.instruments[known.key] = row


def digest_lines(
    parts: Iterable[tuple[tuple[LotKey, int], Part]],
    accounts: Iterable[tuple[AccountKey, int]],
    holds: Iterable[tuple[str, tuple[int, int]]],
) -> str:
    """SHA-256 in hex of a log's state: a line for each part, each account that is not zero, each hold.

    Lines are sorted as bytes; fields are separated by tabs and each line ends with a newline:
    "L owner unit lot epoch granted minted returned spent held", "A owner unit posted", "H id seq until".
    """
    lines = [_line("L", *key, epoch, *part) for (key, epoch), part in parts]
    lines += [_line("A", *key, posted) for key, posted in accounts if posted]
    lines += [_line("H", name, *pending) for name, pending in holds]
    whole = sha256()
    for line in sorted(lines):
        whole.update(line)
    return whole.hexdigest()


def _line(*fields: str | int) -> bytes:
    return ("\t".join(map(str, fields)) + "\n").encode()
