"""Acts of one batch: what staff, pages and the gateway itself ask to be changed, each once for its key.

An asker's key names one act for ever: the same act under it gets the verdict that was booked, another one is
refused, and verdict and key are durable in one commit. What an act needs and HQ has already granted is taken
into this log first, by an event of its own; what HQ would have to grant is asked for, by another.

Ids that an asker leaves empty are made of the event's own random bytes: a member is "p-<random>", an
instrument "i-<random>". A name never enters an event: only the hash of it with a salt does. Who is enrolled
with a card gets it by an event of its own, in the same commit.
"""

import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from gateway.batch import Batch
from gateway.core import model
from gateway.core.decide import decide
from gateway.core.draft import Draft
from gateway.core.errors import EventError
from gateway.core.event import Event
from gateway.core.evidence import WEAK
from gateway.core.model import Act, Evidence, Facts, Input, RightsFact
from gateway.core.orders.model import BALANCE, Applied, Run, Sell, SetPin
from gateway.core.orders.receipt import warnings
from gateway.core.orders.spender import is_counted
from gateway.core.posting import missing
from gateway.core.promises import MEMBER, OURSELVES, Ask, Enrol, Here, Hold, Link, LotFact, TakeGrants
from gateway.counters import Counters
from gateway.early import questions
from gateway.facts import FactFinder, uses_of
from gateway.lot_finder import takeable
from gateway.showings import Showings, Turn
from gateway.storage.identities import PersonRow, commitment
from gateway.used import Used, is_used_up, used

DISK_LOW = "disk_low"  # nothing new is promised while the disk has no room for it
KEY_REUSED = "key_reused"  # the key named another act before
BUSY = "busy"  # more acts wait than this gateway takes at once
LEDGER_REFUSES = "ledger_refuses"  # nothing was written; the same key may be used again
UNDECIDABLE = "undecidable"  # facts or an act that no honest ledger, cache or page could have brought

NO_DEVICE = ""  # the device of an event that none has a part in
SALT_BYTES = 16
NAMELESS = ""  # the name that is committed to where none was given


class Request(NamedTuple):
    """An act asked for. `type` is the event it becomes, `actor` who asks ("staff:console").

    `evidence` is (kind, value) of the instrument that an Enrol or a Link is about, as it was presented;
    `person` the name of who is enrolled, `phone` their number: its keyed hash, and itself sealed for HQ.
    `final`: answer by the offline policy instead of asking HQ.
    `asked` is the seq of the question to HQ that was booked for this act before, so that it is not put twice.
    `pin`: what was found of the PIN that was typed for it, "right"; None where none was typed. `pin_hash`:
    what to keep of the PIN that a SetPin is about, in the same commit.
    """

    key: str | None
    actor: str
    type: str
    act: Act
    evidence: tuple[str, bytes] | None = None
    person: str | None = None
    final: bool = False
    asked: int | None = None
    pin: str | None = None
    pin_hash: str | None = None
    phone: tuple[bytes, bytes] | None = None


class Verdict(NamedTuple):
    """What was booked; `duplicate` if an earlier asking did. `used_at`: when a lot that is used up was used
    here, in unix milliseconds; None where that does not bear on it or happened elsewhere. `used_where` is the
    till; None where no till of this store did it."""

    seq: int
    event: Event
    duplicate: bool = False
    used_at: int | None = None
    used_where: str | None = None


class Refused(Exception):
    """Nothing was booked, and the same key may be used again (but for KEY_REUSED); `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Standing(NamedTuple):
    """How things stand for all acts of a batch: what bears on every right, and whether there is room to
    promise anything new."""

    rights: RightsFact
    room: bool


class Acting:
    """The acts of one batch, in one transaction of the ledger and one state of the cache."""

    def __init__(
        self, batch: Batch, standing: Standing, counters: Counters, shown: Turn | None = None
    ) -> None:
        self._batch = batch
        self._page = batch.page
        self._bundle = batch.cache.bundle
        self._standing = standing
        self._counters = counters
        self.shown = Turn(Showings()) if shown is None else shown
        self.facts = FactFinder(batch, self.shown)

    @property
    def rights(self) -> RightsFact:
        """What bears on every right, in the epoch that this batch has come to."""
        return replace(self._standing.rights, epoch=self._page.epoch)

    @property
    def room(self) -> bool:
        """Whether the disk has room for what could as well be written later."""
        return self._standing.room

    def ask(self, request: Request) -> Verdict | Refused:
        """The verdict on an act, booked now or before; Refused where none is."""
        request = request._replace(act=self.facts.resolve(request.act))
        stored = self._stored(request)
        if stored is not None:
            return stored
        if not self._standing.room and promises_anew(request.act):
            self._counters.add("acts.disk_low")
            return Refused(DISK_LOW)
        try:
            return self._decide(request)
        except EventError:
            self._counters.add("acts.undecidable")
            return Refused(UNDECIDABLE)

    def warnings(self, facts: Facts, earns: Sequence[Applied]) -> tuple[Applied, ...]:
        """What a receipt would say, had these been earned by facts of a quote. Raises EventError."""
        return warnings(self._bundle, Draft(facts, self._quoting()), earns)

    def book(self, type_: str, act: Act, lots: Iterable[LotFact]) -> Event | None:
        """An act of the gateway's own on these lots; None, and nothing is booked, where it would change
        nothing. Raises EventError."""
        given = self._input(type_, act, OURSELVES)
        facts = self.facts.of_lots(lots, self.rights)
        return self._keep_done(given, facts)

    def release(self, act: Act) -> Event | None:
        """A release of the gateway's own; None where the hold is not pending any more."""
        given = self._input(model.TRANSFER_RELEASED, act, OURSELVES)
        return self._keep_done(given, self.facts.find(given, self.rights))

    def _keep_done(self, given: Input, facts: Facts) -> Event | None:
        decision = decide(self._bundle, facts, given)
        if decision.outcome.name != model.DONE:
            return None
        return self._page.event(self._page.add(decision).seq)

    def _decide(self, request: Request) -> Verdict | Refused:
        given, salt = self._given(request)
        rights = replace(self.rights, asked=True) if request.final else self.rights
        facts = self.facts.find(given, rights, request.pin)
        if self._take_grants(facts):
            facts = self.facts.find(given, rights, request.pin)
        decision = decide(self._bundle, facts, given)
        if decision.outcome.name == model.ASKED and not isinstance(given.act, Ask):
            asked = self._ask_hq(request, given, facts)
            if asked is not None:
                return asked
            return self._decide(request._replace(final=True))
        verdict = self._verdict(self._page.add(decision).seq)
        if not is_done(verdict.event):
            return verdict
        self._end_code(verdict.event)
        if isinstance(given.act, SetPin) and request.pin_hash is not None:
            self._page.put_pin(given.act.owner, request.pin_hash, 0, 0, verdict.seq)
        if isinstance(given.act, Here):
            self._ask_early(verdict.seq, given.act)
        if isinstance(given.act, Enrol):
            return self._welcome(request, verdict, given, salt)
        return verdict

    def _end_code(self, event: Event) -> None:
        """A code stands for one act: the sale at its till, whatever that spent, or what was spent by it."""
        if isinstance(event.act, Sell):
            self.shown.end(event.act.till)
        elif event.facts.code is not UNSET and is_counted(event.transfers):
            self.shown.end(event.facts.code.place)

    def _take_grants(self, facts: Facts) -> bool:
        """Whether anything that HQ offers of these lots was taken into this log."""
        at = self._batch.setting.at
        offered = [fact for fact in facts.lots or () if takeable(fact, at)]
        return bool(offered) and self.book(model.RIGHT_GRANTED, TakeGrants(), offered) is not None

    def _ask_hq(self, request: Request, given: Input, facts: Facts) -> Verdict | None:
        """The question to HQ for what is missing, put once; None where no question would help."""
        if request.asked is not None:
            return Verdict(request.asked, self._page.event(request.asked), True)
        booked = [self._question(request.actor, ask) for ask in missing(facts, given, self._bundle)]
        return booked[0] if booked else None

    def _ask_early(self, seq: int, act: Here) -> None:
        """Ask HQ for what is missing of whoever came in, before anybody waits for it."""
        if self.room:
            for ask in questions(self._batch, self.facts.finder, self.rights, seq, act.member):
                self._question(OURSELVES, ask)
                self._counters.add("rights.asked_early")

    def _question(self, actor: str, ask: Ask) -> Verdict:
        given = self._input(model.RIGHT_REQUESTED, ask, actor)
        seq = self._page.add(decide(self._bundle, Facts(rights=self.rights), given)).seq
        return Verdict(seq, self._page.event(seq))

    # -- what an asker leaves open

    def _given(self, request: Request) -> tuple[Input, bytes]:
        """The act as it reaches the core, with all that is left open filled in; and the salt of a name."""
        random, act, salt = self._batch.draw(), request.act, b""
        if isinstance(act, Enrol) and not act.commitment:
            salt = os.urandom(SALT_BYTES)
            box = request.phone[1] if request.phone else None
            act = replace(act, commitment=commitment(request.person or NAMELESS, salt, box))
        if isinstance(act, Enrol) and not act.member:
            act = replace(act, member="p-" + random)
        if isinstance(act, Link) and not act.instrument:
            act = replace(act, instrument="i-" + random)
        key = UNSET if request.key is None else request.key
        return self._input(request.type, act, request.actor, random, key, self._evidence(request)), salt

    def _quoting(self) -> Input:
        """A happening that is none: somebody asks what something would cost."""
        return Input(self._batch.setting, NO_DEVICE, "", model.ORDER_QUOTED, gateway=self._batch.gateway)

    def _input(
        self,
        type_: str,
        act: Act,
        actor: str,
        random: str | None = None,
        key: str | UnsetType = UNSET,
        evidence: Evidence | None = None,
    ) -> Input:
        return Input(
            self._batch.setting,
            NO_DEVICE,
            random or self._batch.draw(),
            type_,
            evidence=evidence,
            act=act,
            actor=actor,
            key=key,
            gateway=self._batch.gateway,
        )

    def _evidence(self, request: Request) -> Evidence | None:
        """What was presented, keyed; without a key while no cache brought the brand's."""
        if request.evidence is None:
            return None
        kind, value = request.evidence
        key = self._batch.key(kind, value)
        return Evidence(None if key is None else key.hex(), kind, WEAK)

    def _welcome(self, request: Request, enrolled: Verdict, given: Input, salt: bytes) -> Verdict:
        """Keep who a new member is, and link the card that came along; the verdict is the card's, if it
        could not be linked."""
        act = enrolled.event.act
        assert isinstance(act, Enrol)
        if salt and (request.person or request.phone):
            name, phone = request.person or NAMELESS, request.phone or (None, None)
            self._page.put_person(PersonRow(act.member, name, salt, enrolled.seq, *phone))
        if given.evidence is None:
            return enrolled
        link = Request(None, request.actor, model.INSTRUMENT_LINKED, Link("", act.member), request.evidence)
        linked = self._decide(link)
        return enrolled if isinstance(linked, Refused) or is_done(linked.event) else linked

    def _verdict(self, seq: int, duplicate: bool = False) -> Verdict:
        """What was booked at `seq`, and when and where the lot it wanted was used, if that is used up."""
        event = self._page.event(seq)
        if event.outcome.reason != model.USED_UP or event.act is UNSET:
            return Verdict(seq, event, duplicate)
        return Verdict(seq, event, duplicate, *self._used(event.act))

    def _used(self, act: Act) -> Used:
        """The last use of the lots that an act wanted."""
        find = self.facts.finder.lots
        if isinstance(act, Sell):
            owner = MEMBER + str(act.basket.member)
            lots = [fact for lot in act.basket.coupons for fact in find(owner, None, lot)]
        else:
            lots = [fact for use in uses_of(act) for fact in find(use.owner, use.unit, use.lot)]
        return used(self._page, [fact for fact in lots if is_used_up(fact)])

    # -- keys

    def _stored(self, request: Request) -> Verdict | Refused | None:
        """What the key led to before; None for a new one."""
        seq = None if request.key is None else self._page.key(request.key)
        if seq is None:
            return None
        event = self._page.event(seq)
        if not self._is_same(request, event):
            self._counters.add("acts.key_reused")
            return Refused(KEY_REUSED)
        self._counters.add("acts.duplicates")
        return self._told_again(seq, event)

    def _is_same(self, request: Request, event: Event) -> bool:
        """Whether a key's event is of this act; ids and salts that were made here are no difference."""
        if event.type != request.type or event.act is UNSET:
            return False
        presented = self._evidence(request)
        if presented and event.evidence and None not in (presented.key, event.evidence.key):
            same = presented == event.evidence
        else:
            same = (presented is None) == (event.evidence is None)
        then = self.facts.resolve(event.act)
        return same and self._blank(then, request) == self._blank(request.act, request)

    def _blank(self, act: Act, request: Request) -> Act:
        """An act without what this gateway fills in where its asker leaves it open."""
        open_ = request.act
        if isinstance(act, Enrol) and isinstance(open_, Enrol):
            member = act.member if open_.member else ""
            return replace(act, member=member, commitment=self._commits_to(act, request))
        if isinstance(act, Link) and isinstance(open_, Link) and not open_.instrument:
            return replace(act, instrument="")
        return act

    def _commits_to(self, act: Enrol, request: Request) -> str:
        """Nothing where an enrolment is of the name asked for, as far as anybody can tell; else what it
        commits to."""
        person = self._page.person(act.member)
        if not act.commitment or person is None:
            return ""
        asked = request.person or NAMELESS, request.phone[0] if request.phone else None
        return "" if (person.name, person.phone_key) == asked else act.commitment

    def _told_again(self, seq: int, event: Event) -> Verdict:
        """The verdict that ask() gave when it booked this event."""
        act = event.act
        if isinstance(act, Enrol) and event.evidence is not None and seq < self._page.seq:
            after = self._page.event(seq + 1)
            if isinstance(after.act, Link) and after.act.member == act.member and not is_done(after):
                return Verdict(seq + 1, after, True)
        return self._verdict(seq, True)


def is_done(event: Event) -> bool:
    """Whether an act changed what it was to change."""
    return event.outcome.name == model.DONE


def promises_anew(act: Act) -> bool:
    """Whether an act begins something that takes more room later: a redemption, a hold, a new member, what a
    member asks a program for. A sale goes on, unless it is paid by promises."""
    if isinstance(act, Sell):
        paid = any(tender.kind == BALANCE for tender in act.tenders)
        return paid or bool(act.basket.coupons or act.basket.points)
    if isinstance(act, Run):
        return act.program is not None
    return isinstance(act, Hold | Enrol) or bool(uses_of(act))
