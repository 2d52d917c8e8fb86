"""How a ledger reads on a terminal: one event, the newest ones, one member; in the terminal's language."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec import UNSET

from firmware.protocol.messages import CLOCK_SET
from gateway.core.book import LotKey
from gateway.core.event import Event
from gateway.core.exposure import Exposure
from gateway.core.promises import MEMBER, Here, Terms, Transfer
from gateway.storage.cache import Snapshot
from gateway.storage.knowledge import balances
from gateway.storage.lot_book import LotRow, Posting
from gateway.storage.reader import Reader, Stored
from gateway.storage.rebuild import Report
from shopbell.ledger_words import WORDS
from shopbell.look.words import say

MINOR_DIGITS = 2
VISITS_SHOWN = 5  # the newest


class View(NamedTuple):
    """Says things in one language and one zone."""

    language: str
    zone: ZoneInfo

    def word(self, key: str, **values: object) -> str:
        """A line of the catalogue."""
        return say("ledger." + key, self.language, WORDS, **values)

    def time(self, unix_ms: int) -> str:
        """Date and time in the store's zone."""
        return datetime.fromtimestamp(unix_ms / 1_000, self.zone).strftime("%Y-%m-%d %H:%M:%S")


def event_lines(view: View, stored: Stored) -> Iterator[str]:
    """One event, whole."""
    (seq, event_hash, body), event = stored
    clock = view.word("clock.set" if event.clock == CLOCK_SET else "clock.unknown")
    yield view.word("event", seq=seq, gateway=event.gateway, at=view.time(event.at), clock=clock)
    yield "  " + view.word("type", type=event.type)
    yield "  " + view.word("outcome", outcome=_outcome(event))
    yield from ("  " + line for line in _who(view, event))
    yield "  " + view.word("hash", hash=event_hash.hex())
    if event.transfers:
        yield view.word("transfers")
        yield from ("  " + _transfer(transfer) for transfer in event.transfers)
    if event.lots:
        yield view.word("lots")
        for new in event.lots:
            yield f"  {new.nature.unit} {new.lot} {new.nature.owner}{_terms(new.nature.terms)}"
    yield view.word("body")
    yield json.dumps(json.loads(body), ensure_ascii=False, indent=2)


def event_line(view: View, stored: Stored) -> str:
    """One event in one line."""
    event = stored.event
    who = event.device or (event.actor if event.actor is not UNSET else "")
    moved = ", ".join(_amount(transfer) for transfer in event.transfers[:3])
    more = " …" if len(event.transfers) > 3 else ""
    return (
        f"{event.seq:>8}  {view.time(event.at)}  {event.type:<20} {_outcome(event):<22} {who}  {moved}{more}"
    )


def member_lines(view: View, reader: Reader, snapshot: Snapshot, member: str) -> Iterator[str]:
    """What this store has of a member: enrolment, instruments, balances, lots and all that touched them."""
    yield view.word("member.here", member=member)
    row = reader.who.member(member)
    if row is None:
        yield "  " + view.word("member.unknown")
    else:
        yield "  " + view.word("member.status", status=row.status, seq=row.seq, speaks=row.language)
    for card in reader.who.instruments(member):
        at = view.time(card.at_ms)
        kind = card.kind or "?"
        yield "  " + view.word("instrument", id=card.id, kind=kind, status=card.status, at=at, seq=card.seq)
    yield from ("  " + line for line in _visit_lines(view, reader, member))
    yield from ("  " + line for line in _balance_lines(view, reader, snapshot, member))
    yield from ("  " + line for line in _lot_lines(view, reader, MEMBER + member))


def _visit_lines(view: View, reader: Reader, member: str) -> Iterator[str]:
    """When the member was in the store last, and how that is known."""
    for seq in reader.visits.of(member, VISITS_SHOWN):
        stored = reader.event(seq)
        if stored is not None and isinstance(stored.event.act, Here):
            act = stored.event.act
            how = " ".join(filter(None, (act.proof, act.beacon, act.place)))
            yield view.word("visit", at=view.time(stored.event.at), proof=how, seq=seq)


def _balance_lines(view: View, reader: Reader, snapshot: Snapshot, member: str) -> Iterator[str]:
    """Of the member and all that were merged with it: this log joined with what HQ said."""
    survivor = snapshot.survivor(member)
    owners = [MEMBER + name for name in (survivor, *snapshot.aliases(survivor))]
    for unit, (here, held, _, elsewhere) in sorted(balances(reader.book, snapshot, owners).items()):
        yield view.word("balance", unit=unit, here=here, held=held, elsewhere=elsewhere)
    if snapshot.synced_at_ms:
        yield view.word("as_of", at=view.time(snapshot.synced_at_ms), seq=snapshot.as_of)
    else:
        yield view.word("no_hq")


def found_lines(view: View, report: Report) -> Iterator[str]:
    """What a check of the whole ledger found."""
    if report.aside is not None:
        yield view.word("aside", events=report.events, file=report.aside)
    elif not report.differences:
        yield view.word("good", events=report.events)
    for table, missing, different, extra in report.differences:
        yield view.word("differs", name=table, missing=missing, different=different, extra=extra)
    yield view.word("tip", tip=report.tip)
    yield view.word("digest", digest=report.digest)


def exposure_lines(view: View, found: Exposure) -> Iterator[str]:
    """The worst loss, and what it is made of."""
    yield view.word("exposure.worst", amount=money(found.worst))
    yield view.word("exposure.now", amount=money(found.at_risk_now))
    yield view.word("exposure.possible", amount=money(found.still_possible))
    yield view.word("exposure.box", amount=money(found.in_box))


def money(minor: int) -> str:
    """Minor units as people write them: 123456 -> "1,234.56"."""
    whole, rest = divmod(minor, 10**MINOR_DIGITS)
    return f"{whole:,}.{rest:0{MINOR_DIGITS}}"


def _lot_lines(view: View, reader: Reader, owner: str) -> Iterator[str]:
    postings: dict[LotKey, list[Posting]] = {}
    for posting in reader.history(owner):
        postings.setdefault(posting.key, []).append(posting)
    rows = reader.book.met(owner)
    present = {row.key for row in reader.book.lots(owner)}
    if not rows:
        yield view.word("no_lots")
    for row in rows:
        yield _lot(view, row) if row.key in present else _earlier(view, row)
        for posting in postings.get(row.key, ()):
            held = f" ({posting.held:+d})" if posting.held else ""
            yield view.word("lot.posting", seq=posting.seq, amount=f"{posting.amount:+d}{held}")


def _lot(view: View, row: LotRow) -> str:
    part = row.part
    return view.word(
        "lot",
        unit=row.key.unit,
        lot=row.key.lot,
        free=part.free,
        held=part.held,
        granted=part.granted,
        minted=part.minted,
        returned=part.returned,
        spent=part.spent,
        terms=_terms(row.terms),
    )


def _earlier(view: View, row: LotRow) -> str:
    return view.word("lot.earlier", unit=row.key.unit, lot=row.key.lot, terms=_terms(row.terms))


def _who(view: View, event: Event) -> Iterator[str]:
    if event.actor is not UNSET:
        asked = event.key if event.key is not UNSET else view.word("none")
        yield view.word("asker", actor=event.actor, asked=asked)
    if event.device:
        yield view.word("device", device=event.device)
    if event.facts.member is not None:
        yield view.word("member", member=event.facts.member.id)


def _outcome(event: Event) -> str:
    reason = event.outcome.reason
    return f"{event.outcome.name} ({reason})" if reason else event.outcome.name


def _transfer(transfer: Transfer) -> str:
    phase = "" if transfer.phase is UNSET else f" {transfer.phase} {transfer.hold}"
    debit = _side(transfer.debit, transfer.debit_lot)
    return f"{_amount(transfer)}: {debit} -> {_side(transfer.credit, transfer.credit_lot)}{phase}"


def _amount(transfer: Transfer) -> str:
    return f"{transfer.amount} {transfer.unit}"


def _side(owner: str, lot: object) -> str:
    return owner if lot is UNSET else f"{owner} [{lot}]"


def _terms(terms: Terms) -> str:
    said = [
        f"{name}={value}"
        for name in ("kind", "face", "code", "expires_on", "zone", "vests_at")
        if (value := getattr(terms, name)) != getattr(_PLAIN, name)
    ]
    return " " + " ".join(said) if said else ""


_PLAIN = Terms()
