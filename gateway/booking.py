"""Booking one batch's messages: facts looked up, decided, sealed into the transaction, answers made ready.

Nothing here is durable: the desk sends the answers after the commit. An outcome's screen is the only thing a
device gets; a record that came before is answered from its event, byte for byte the same promise.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from msgspec import UNSET
from msgspec.structs import replace

from firmware.protocol import answers, messages, outcomes, topics
from gateway.acting import Acting
from gateway.attending import Attendance, Badge
from gateway.badging import Badging, Coupon, Place
from gateway.badging import Met as Handled
from gateway.batch import Batch
from gateway.codes import Code, evidence_of, is_spent, read_code
from gateway.core import model
from gateway.core.decide import decide, is_late
from gateway.core.event import Event, open_event
from gateway.core.evidence import FRESH, NFC_UID, WEAK
from gateway.core.model import (
    RECORD_TYPES,
    Decision,
    Evidence,
    Facts,
    Input,
    Outcome,
    Position,
    RecordMark,
)
from gateway.core.names import mask_name
from gateway.greeting import Greeting
from gateway.live import Data
from gateway.ports import Outbound, Painter, Told
from gateway.registry import Due
from gateway.screens import COUNTER, KIOSK, role_of
from gateway.showings import Showing
from gateway.storage.cache import NO_PERSON, NOBODY, Found
from gateway.storage.ledger import RecordKey

TOPICS_KEPT_MAX = 1_024  # one a device

CODES = {
    model.GREETED: outcomes.GREETED,
    model.UNKNOWN: outcomes.UNKNOWN,
    model.BLOCKED: outcomes.BLOCKED,
    model.AT_WORK: outcomes.STAFF,
    model.COUPON_SHOWN: outcomes.COUPON,
}

booked_topic = lru_cache(maxsize=TOPICS_KEPT_MAX)(lambda device: topics.down(device, "booked"))


class Message(NamedTuple):
    """A decoded message going up; `content` is the named tuple of its kind."""

    device: str
    kind: str
    content: Any


class Presented(NamedTuple):
    """What a record shows of somebody: a card's number (`kind`) or a code."""

    code: Code
    kind: str | None = None

    def evidence(self, key: bytes | None) -> Evidence:
        """What an event has of it, where it is known under this key."""
        if self.kind is None:
            return evidence_of(self.code, key)
        return Evidence(None if key is None else key.hex(), self.kind, WEAK)


class Met(NamedTuple):
    """Who presented it, as this store knows them, and what the event says of it."""

    facts: Facts
    name: str | None
    language: str | None
    evidence: Evidence | None


class Shown(NamedTuple):
    """What became of a code at a till: the outcome, whose it is (None: nobody's), for the live view, and what
    may stand for a PIN."""

    outcome: Outcome
    member: str | None
    tap: Data
    showing: Showing | None = None


class Guest(NamedTuple):
    """A member who is at a kiosk now; `name` is masked, `actor` "staff:<id>" where staff work there."""

    device: str
    member: str
    name: str | None
    language: str | None
    actor: str | None = None


class Entry(NamedTuple):
    """A record answered: what to send, what to show of it, and who is to be served after the commit; the
    fresh code in it, or the badge or coupon that it was."""

    answer: Outbound
    tap: Data
    guest: Guest | None = None
    showing: Showing | None = None
    handed: Badge | Coupon | None = None


def _counter(device: str) -> str:
    return COUNTER


class Booking:
    """One batch's messages, in one transaction of the ledger and one of the cache. `role` is what a device is
    there to do; `acting` makes the acts of this batch, None where a greeting leads to none; `attendance`
    knows who works at which terminal, None where badges and coupons are nothing to anybody."""

    def __init__(
        self,
        batch: Batch,
        painter: Painter,
        role: Callable[[str], str] = _counter,
        acting: Callable[[], Acting] | None = None,
        attendance: Attendance | None = None,
    ) -> None:
        self._batch = batch
        self._page = batch.page
        self._bundle = batch.cache.bundle
        self._setting = batch.setting
        self._painter = painter
        self._epoch = batch.page.epoch
        self._role = role
        self._badging = Badging(batch, attendance, acting)
        self._greeting = Greeting(batch, acting, self._badging.actor)

    def records(self, sent: Sequence[Message]) -> list[Entry]:
        """Book taps and scans, or answer them from what was booked before."""
        shown = [self._identify(message) for message in sent]
        found = self._batch.lookup.find([key for presented in shown for key in presented.code.keys])
        return [
            self._record(message, presented, found) for message, presented in zip(sent, shown, strict=True)
        ]

    def show(self, place: str, text: str) -> Shown:
        """Book that a code was shown at a till, which is no device and keeps no record of it."""
        presented = Presented(read_code(self._batch, text))
        met = self._meet(presented, self._batch.lookup.find(presented.code.keys))
        decision = self._decide(place, model.SCAN_SEEN, met)
        seq = self._page.add(decision).seq
        outcome, member = decision.outcome, met.facts.member
        name = mask_name(met.name) if outcome.name == model.GREETED else None
        tap = _tap(seq, self._setting.at, model.SCAN_SEEN, place, met.evidence, met.facts, outcome, name)
        showing = _showing(place, seq, self._setting.at, met, outcome)
        return Shown(outcome, None if member is None else member.id, tap, showing)

    def _record(self, message: Message, presented: Presented, found: Mapping[bytes, Found]) -> Entry:
        device, kind, sent = message
        record = sent.record
        key = RecordKey(device, record.boot, record.nonce, record.number)
        place = self._page.place(key)
        seq = self._page.find(place)
        if seq is not None:
            return self._again(message, key, seq)
        met = self._meet(presented, found)
        keys, code = presented.code.keys, _scanned(message)
        facts = self._badging.facts(device, keys, code, met.facts)
        if facts is not met.facts:
            met = met._replace(facts=facts)
        decision = self._decide(device, RECORD_TYPES[kind], met, _mark(sent))
        outcome = decision.outcome
        seq = self._page.add(decision, place).seq
        name = mask_name(met.name) if outcome.name == model.GREETED else None
        role = role_of(self._role(device))
        told = self._told(role, device, facts, outcome, seq)
        handled = self._handle(message, key, role, facts, outcome)
        screen = self._screen(outcome, name, met.language, role, told, handled)
        tap = _tap(seq, self._setting.at, RECORD_TYPES[kind], device, met.evidence, facts, outcome, name)
        answer = self._answer(key, seq, outcome, screen)
        guest = _guest(role, device, facts, outcome, name, met.language)
        if guest is not None:
            guest = guest._replace(actor=self._badging.clerk(device))
        showing = _showing(device, seq, self._setting.at - message.content.age_ms, met, outcome)
        return Entry(answer, tap, guest, showing, handled and handled.after)

    def _meet(self, presented: Presented, found: Mapping[bytes, Found]) -> Met:
        """Who it is, by the first key that leads to anybody. Asked when it is decided: the record before may
        have shown the same rotating code."""
        keys = presented.code.keys
        key = next((each for each in keys if each in found), keys[0] if keys else None)
        facts, name, language = NOBODY if key is None else found.get(key, NOBODY)
        spent = is_spent(self._batch, key, presented.code)
        if spent is not UNSET:
            facts = replace(facts, spent=spent)
        return Met(facts, name, language, presented.evidence(key))

    def _decide(self, device: str, type_: str, met: Met, mark: RecordMark | None = None) -> Decision:
        given = Input(self._setting, device, self._batch.draw(), type_, mark, met.evidence)
        return decide(self._bundle, met.facts, given)

    def _told(self, role: str, device: str, facts: Facts, outcome: Outcome, seq: int) -> Told | None:
        """What a greeting says besides; whoever is not greeted, or too late, hears nothing."""
        if outcome.late or outcome.name != model.GREETED or facts.member is None:
            return None
        return self._greeting.told(role, device, facts.member.id, seq)

    def status(self, due: Due) -> None:
        """Book a device's change of state."""
        self._note(due.device, model.STATUS_CHANGED, Facts(device=due.before), report=due.report)
        self._page.put_device(due.row(self._setting.at))

    def behind(self, device: str, witness: Position, ledger: Position) -> None:
        """Book that a device saw a receipt this ledger does not hold: it comes from an old image."""
        self._note(device, model.EXCEPTION_RAISED, Facts(ledger=ledger), witness=witness)

    def _note(self, device: str, kind: str, facts: Facts, **more: Any) -> None:
        given = Input(self._setting, device, self._batch.draw(), kind, **more)
        self._page.add(decide(self._bundle, facts, given), None)

    def _identify(self, message: Message) -> Presented:
        payload = message.content.payload
        if message.kind == "scan":
            text = payload.code.decode("utf-8", "surrogateescape")
            return Presented(read_code(self._batch, text, message.content.age_ms))
        key = self._batch.key(NFC_UID, payload.uid)
        return Presented(Code(() if key is None else (key,)), NFC_UID)

    def _handle(
        self,
        message: Message,
        key: RecordKey,
        role: str,
        facts: Facts,
        outcome: Outcome,
        again: bool = False,
    ) -> Handled | None:
        """What comes of a badge or a coupon; None for whoever else it is."""
        if outcome.name not in (model.AT_WORK, model.COUPON_SHOWN):
            return None
        record = f"{key.device}:{key.boot}:{key.nonce.hex()}:{key.number}"
        place = Place(role, key.device, _scanned(message), record, again)
        return self._badging.met(place, facts, outcome)

    def _screen(
        self,
        outcome: Outcome,
        name: str | None,
        language: str | None,
        role: str,
        told: Told | None,
        handled: Handled | None,
    ) -> bytes:
        if handled is not None:
            return self._painter.told(role, handled.told, language, handled.name)
        return self._painter.encoded(self._bundle, outcome, name, language, role, told)

    def _again(self, message: Message, key: RecordKey, seq: int) -> Entry:
        """The same answer once more; its screen only while it may still be shown."""
        event = open_event(self._page.body(seq))
        member, outcome = event.facts.member, event.outcome
        person = self._batch.lookup.person(member.id) if member else NO_PERSON
        name = mask_name(person.name) if outcome.name == model.GREETED else None
        shown = replace(outcome, late=True) if is_late(_mark(message.content)) else outcome
        role = role_of(self._role(event.device))
        told = self._told(role, event.device, event.facts, shown, seq)
        handled = self._handle(message, key, role, event.facts, shown, again=True)
        screen = self._screen(shown, name, person.language, role, told, handled)
        tap = _tap(seq, event.at, event.type, event.device, event.evidence, event.facts, outcome, name)
        answer = self._answer(key, seq, outcome, screen)
        return Entry(answer, {**tap, "duplicate": True}, handed=handled and handled.after)

    def _answer(self, key: RecordKey, seq: int, outcome: Outcome, screen: bytes) -> Outbound:
        code = outcomes.LATE if outcome.late else CODES[outcome.name]
        payload = answers.encode_booked(key.boot, key.nonce, key.number, self._epoch, seq, code, screen)
        return Outbound(booked_topic(key.device), payload)


def _mark(sent: messages.Upward) -> RecordMark:
    boot, nonce, number, uptime_ms, unix_ms, clock, deadline_ms = sent.record
    return RecordMark(sent.age_ms, boot, clock, deadline_ms, nonce.hex(), number, unix_ms, uptime_ms)


def _showing(place: str, seq: int, at: int, met: Met, outcome: Outcome) -> Showing | None:
    """The fresh code that was shown at this time, of a member who was greeted for it."""
    evidence, member = met.evidence, met.facts.member
    if outcome.name != model.GREETED or outcome.late or member is None:
        return None
    fresh = evidence is not None and evidence.level == FRESH
    return Showing(place, member.id, seq, at) if fresh else None


def _scanned(message: Message) -> bytes | None:
    """What a scanner read; None for a card."""
    return message.content.payload.code if message.kind == "scan" else None


def _guest(
    role: str, device: str, facts: Facts, outcome: Outcome, name: str | None, language: str | None
) -> Guest | None:
    """Whom a kiosk serves: a member greeted just now."""
    if role != KIOSK or outcome.late or outcome.name != model.GREETED or facts.member is None:
        return None
    return Guest(device, facts.member.id, name, language)


def _tap(
    seq: int,
    at: int,
    kind: str,
    device: str,
    evidence: Evidence | None,
    facts: Facts,
    outcome: Outcome,
    name: str | None,
) -> Data:
    """What the live view shows of a record; the desk adds what it took."""
    return {
        "seq": seq,
        "at": at,
        "type": kind,
        "device": device,
        "outcome": outcome.name,
        "reason": outcome.reason,
        "member": facts.member.id if facts.member else None,
        "name": name,
        "tier": outcome.tier,
        "evidence_kind": evidence.kind if evidence else None,
        "late": outcome.late,
        "duplicate": False,
        "decide_us": 0,
    }


def act_shown(event: Event) -> Data:
    """What the live view shows of an act; nobody's name is in it."""
    till = getattr(event.act, "till", None)
    return {
        "seq": event.seq,
        "at": event.at,
        "type": event.type,
        "actor": None if event.actor is UNSET else event.actor,
        "till": till,
        "outcome": event.outcome.name,
        "reason": event.outcome.reason,
        "member": event.facts.member.id if event.facts.member else None,
    }
