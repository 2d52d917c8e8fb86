"""Checking in by a shake: first a ticket that says the member is here, then its use, which books the visit.

    shake   nothing is booked. What proves presence, the first of these that counts:
            a beacon's identity that the app relays and that is fresh; the store's own network, where the
            asker is on it; the member's tag, heard by the store. A relayed identity that does not count is
            said in "heard", or is the refusal where nothing else proves it. The same key gets the same
            ticket again, even one that was used meanwhile, as long as this run of the gateway remembers it.
    claim   "ticket:<nonce>" presence.seen, and with it once a day "check-in:<member>:<civil day>", by
            whichever door, and "shake:<member>:<civil day>", where a program gives something for being seen.
            The asker is the actor of all: whoever asks again with the same key gets the same answer, and
            anybody else hears that the ticket was used. The day is that on which the visit was booked, so
            that a power cut in between changes nothing.

A ticket proves where somebody's phone or tag is, never who holds it: only who also proves to be the member
(`member` of a claim) sees the card whole; for others it is the card from outside, of level weak.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from firmware.protocol.messages import CLOCK_UNKNOWN
from gateway.acting import KEY_REUSED, Refused, Request, Verdict, is_done
from gateway.batch import Batch
from gateway.core import model
from gateway.core.evidence import FRESH, WEAK
from gateway.core.orders.model import Run
from gateway.core.programs.book import book_of
from gateway.core.promises import BY_BEACON, BY_NETWORK, BY_TAG, Here
from gateway.core.spending import LIVE
from gateway.guests import asked
from gateway.guests.asking import Asking
from gateway.guests.found import BLOCKED, REFUSED, TOO_MANY, UNKNOWN_MEMBER, Told, known
from gateway.guests.requests import check_in, given_by
from gateway.guests.view import from_outside
from gateway.lines import Answer
from gateway.presence.heard import Presence, Relayed, Spot
from gateway.presence.limits import Bounds, Days
from gateway.presence.tickets import ROUND_MS, Ticket, Tickets

IDENTITY_USED: Final = "identity_used"  # the member had a ticket for this very identity, and used it
NOT_HERE: Final = "not_here"
TICKET_BAD, TICKET_USED, TICKET_EXPIRED = "ticket_bad", "ticket_used", "ticket_expired"

TICKET: Final = "ticket:"  # how the key of a visit begins that a ticket was used for
NOWHERE: Final = Spot("", "", 0)  # the store's network reaches everywhere


class Now(NamedTuple):
    """Who asks, merged members followed, and when: unix milliseconds, civil day, whether a clock says so."""

    member: str
    at_ms: int
    date: str
    clock_known: bool


class Before(NamedTuple):
    """What a ticket led to already: whose it is, merged members followed, who used it (None: nobody), and the
    civil day of that use, or today. `rewarded`: programs may give something for being seen."""

    member: str
    actor: str | None
    date: str
    at_ms: int
    rewarded: bool


class CheckIns:
    """Checks members in for one door. `door` begins the names of its askers; `on_network`: they are on the
    store's own network, unless they say otherwise. `presence` None: the store has no beacons."""

    def __init__(
        self,
        door: str,
        on_network: bool,
        asking: Asking,
        presence: Presence | None,
        tickets: Tickets,
        days: Days,
        bounds: Bounds,
    ) -> None:
        self._door = door
        self._on_network = on_network
        self._asking = asking
        self._presence = presence
        self._tickets = tickets
        self._days = days
        self._bounds = bounds
        self._counters = asking.counters

    async def ask(self, ask: asked.Shake | asked.Claim) -> Answer:
        """The answer to either, as Guests.handle() gives it. Raises LedgerUnsafe."""
        return await self._asking.finish(self.shake(ask) if isinstance(ask, asked.Shake) else self.claim(ask))

    # -- a ticket

    async def shake(self, ask: asked.Shake) -> Answer:
        """A presence ticket. Raises Told."""
        self._asking.take(self._bounds.shakes)
        now = self._now(ask)
        before = self._bounds.handed.again(ask.key, now.member, now.at_ms)
        if before is not None:
            return self._told(before, None)
        heard = self._judge([each.relayed() for each in ask.heard], now)
        why = heard if isinstance(heard, str) else None
        for proof, spot in self._proofs(now, heard, ask.network):
            ticket = self._tickets.issue(now.member, proof, spot, now.at_ms)
            if not self._is_used(ticket):
                self._hand_out(ask.key, ticket, now)
                return self._told(ticket, why)
            if proof != BY_BEACON:
                raise self._not_yet(now.at_ms)
            why = self._refuse(IDENTITY_USED).error
        self._counters.add("checkins.not_here")
        raise Told(why or NOT_HERE)

    def _now(self, ask: asked.Shake) -> Now:
        member = self._asking.named(ask.code).member if ask.code is not None else str(ask.member)

        def look(batch: Batch) -> Now:
            setting = batch.setting
            return Now(_live(batch, member), setting.at, setting.date, setting.clock != CLOCK_UNKNOWN)

        return self._asking.look(look)

    def _judge(self, heard: Sequence[Relayed], now: Now) -> Spot | str | None:
        """Where the relayed identities put the asker; else why none of them counts. None for none."""
        if not heard or self._presence is None:
            return None
        found = self._presence.judge(heard, now.at_ms, now.clock_known)
        if isinstance(found, str):
            self._counters.add("checkins." + found)
        return found

    def _proofs(self, now: Now, heard: Spot | str | None, network: bool) -> Iterator[tuple[str, Spot]]:
        """What proves that the member is here, the one that counts first."""
        if isinstance(heard, Spot):
            yield BY_BEACON, heard
        if self._on_network and network:
            yield BY_NETWORK, NOWHERE
            return
        tag = None if self._presence is None else self._presence.tag_of(now.member, now.at_ms)
        if tag is not None:
            yield BY_TAG, tag

    def _is_used(self, ticket: Ticket) -> bool:
        return self._asking.look(lambda batch: batch.page.key(TICKET + ticket.nonce)) is not None

    def _not_yet(self, at_ms: int) -> Told:
        """The member had a ticket of this round, and used it."""
        self._counters.add("checkins.too_soon")
        return Told(TOO_MANY, wait_ms=ROUND_MS - at_ms % ROUND_MS)

    def _hand_out(self, key: str, ticket: Ticket, now: Now) -> None:
        used = self._asking.look(lambda batch: batch.page.visits.tickets_used(now.member, now.date))
        if not self._days.take(now.member, now.date, ticket.nonce, used):
            self._counters.add("checkins.too_often")
            raise Told(TOO_MANY)
        self._counters.add("checkins.tickets")
        self._bounds.handed.keep(key, ticket)

    def _told(self, ticket: Ticket, why: str | None) -> Answer:
        return {
            "ok": True,
            "ticket": self._tickets.seal(ticket),
            "expires_ms": ticket.expires_ms(),
            "proof": ticket.proof,
            "place": self._place(ticket.place),
            "heard": why,
        }

    # -- its use

    async def claim(self, ask: asked.Claim) -> Answer:
        """The card of who has checked in by a ticket. Raises Told and Refused."""
        self._asking.take(self._bounds.claims)
        ticket = self._tickets.open(ask.ticket)
        if ticket is None:
            raise self._refuse(TICKET_BAD)
        who = f"{self._door}:{ask.key}"
        before = self._asking.look(lambda batch: _before(batch, ticket))
        if ask.member is not None and ask.member != before.member:
            self._own(ask.member, before.member)
        if before.actor not in (None, who):
            raise self._refuse(TICKET_USED)
        if before.actor is None and ticket.expires_ms() <= before.at_ms:
            raise self._refuse(TICKET_EXPIRED)
        verdicts = await self._book(ticket, who, before)
        mine = [each for each in verdicts if each.event.actor == who]  # else they came or shook before, today
        card = self._asking.card(before.member, given_by(mine), False)
        return {
            **(card if ask.member is not None else from_outside(card)),
            "level": FRESH if ask.member is not None else WEAK,
            "proof": ticket.proof,
            "place": self._place(ticket.place),
            "first_today": any(each.event.type == model.CHECKED_IN for each in mine),
        }

    def _own(self, asker: str, member: str) -> None:
        """Raises Told unless an asker who proved to be somebody is this member by another name."""
        if self._asking.look(lambda batch: known(batch, asker)) != member:
            raise self._refuse(TICKET_BAD)

    async def _book(self, ticket: Ticket, who: str, before: Before) -> list[Verdict]:
        """Book the visit, and what happens once on its day; gives the verdicts on the latter."""
        here = Here(ticket.member, ticket.proof, ticket.beacon, ticket.place, ticket.quantum, ticket.nonce)
        visit = Request(TICKET + ticket.nonce, who, model.PRESENCE_SEEN, here)
        daily = [check_in(who, before.member, before.date)]
        if before.rewarded:
            daily.append(_shaken(who, before))
        try:
            seen, *verdicts = await self._asking.together([visit, *daily])
        except Refused as problem:
            if problem.code != KEY_REUSED:
                raise
            raise self._refuse(TICKET_USED) from problem
        if seen.event.actor != who:  # somebody was quicker by less than a commit
            raise self._refuse(TICKET_USED)
        if not is_done(seen.event):
            raise _not_booked(seen)
        if not seen.duplicate:
            self._counters.add("checkins.visits")
            if self._presence is not None:
                self._presence.used(before.member, ticket.proof, ticket.spot())
        return verdicts

    def _place(self, place: str) -> Answer | None:
        """A zone as pages are told of it; None for nowhere in particular."""
        if not place:
            return None
        name = None if self._presence is None else self._presence.zone_name(place)
        return {"zone": place, "name": None if name is None else dict(name)}

    def _refuse(self, error: str) -> Told:
        self._counters.add("checkins." + error)
        return Told(error)


def _live(batch: Batch, member: str) -> str:
    """Who this is now; raises Told where nobody is, or they are suspended."""
    id_ = known(batch, member)
    found = batch.lookup.member(id_)
    if found is None or found.status not in LIVE:
        raise Told(BLOCKED)
    return id_


def _before(batch: Batch, ticket: Ticket) -> Before:
    seq, member, setting = batch.page.key(TICKET + ticket.nonce), _live(batch, ticket.member), batch.setting
    event = None if seq is None else batch.page.event(seq)
    actor, date = (None, setting.date) if event is None else (str(event.actor), event.date)
    rewarded = bool(book_of(batch.cache.bundle).of(model.PRESENCE_SEEN))
    return Before(member, actor, date, setting.at, rewarded)


def _shaken(who: str, before: Before) -> Request:
    """What programs give for being seen on a civil day, answered at once by the offline policy."""
    key = f"shake:{before.member}:{before.date}"
    return Request(key, who, model.PRESENCE_SEEN, Run(before.member), final=True)


def _not_booked(verdict: Verdict) -> Told:
    """Why the rules refuse a visit."""
    reason = verdict.event.outcome.reason
    known_as = {model.MEMBER_BLOCKED: BLOCKED, model.MEMBER_UNKNOWN: UNKNOWN_MEMBER}
    return Told(known_as[reason]) if reason in known_as else Told(REFUSED, reason)
