"""The gateway's door for the portal: guests become members, come back, and see and rule what is theirs.

Everything that changes anything is an act like any other, asked of the teller; the rest is looked up. One
asking may lead to several events, each under a key of its own that follows from the asker's: whoever asks
again with the same key gets the same answer, and what a power cut kept from being booked is booked then.

    enrol    "portal:<key>.0" member.enrolled, with the member code in the same commit; then together
             ".1" what programs give for it, ".2" and on each consent, and the check-in below
    return   "member-code:<member>", where the member has no code yet, and the check-in
    check-in "check-in:<member>:<civil day>": once a day, by whichever door (gateway/greeting.py); the day of
             an enrolment is the day on which it was booked
    consent, lost, forget   "portal:<key>.0"
    shake, claim   gateway/presence/checkins.py
    return   proves nothing, whatever code it is done by: its card is from_outside(), its level weak
    resolve  has no key: a rotating code that proves somebody is booked as shown, and proves nothing again

The id of a new member follows from the asker's key, so that enrolling again enrols nobody else. A refusal
of the teller (busy, disk_low, ledger_refuses) books nothing and may be asked for again with the same key.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from gateway.acting import BUSY, LEDGER_REFUSES, Acting, Refused, Request, is_done
from gateway.batch import Batch
from gateway.core import model
from gateway.core.evidence import FRESH, QR_STATIC, WEAK
from gateway.core.promises import MEMBER, Change, Consent, Forget, Link
from gateway.guests import asked
from gateway.guests.asking import Asking
from gateway.guests.export import export
from gateway.guests.found import (
    BAD_NAME,
    BAD_PHONE,
    BAD_REQUEST,
    BLOCKED,
    PORTAL,
    REFUSED,
    TOO_OLD,
    UNKNOWN_CODE,
    UNKNOWN_MEMBER,
    Told,
    codes,
    key_of,
    known,
    newcomer,
    own_code,
    phone_key,
)
from gateway.guests.history import history, receipt
from gateway.guests.ports import Phones, Pins
from gateway.guests.requests import actor, check_in, enrolment, following, given_by
from gateway.guests.view import ACTIVE, GuestView, OwnCode, from_outside
from gateway.lines import Answer, refusal
from gateway.pins import RIGHT, PinsBusy
from gateway.presence.checkins import CheckIns

LOST = "lost"
CURRENCY = "CNY"


class Guests:
    """Answers the portal, in the loop of the desk; `phones` None: no number is taken."""

    def __init__(
        self,
        asking: Asking,
        pins: Pins,
        phones: Phones | None,
        check_ins: CheckIns,
    ) -> None:
        self._asking = asking
        self._desk = asking.desk
        self._teller = asking.teller
        self._limits = asking.limits
        self._counters = asking.counters
        self._pins = pins
        self._phones = phones
        self._check_ins = check_ins
        self._doing: dict[type, Callable[[Any], Awaitable[Answer]]] = {
            asked.Enrol: self._enrol,
            asked.Return: self._return,
            asked.Codes: self._codes,
            asked.Consent: self._consent,
            asked.Lost: self._lost,
            asked.Forget: self._forget,
            asked.Resolve: self._resolve,
            asked.Prove: self._prove,
            asked.Receipt: self._receipt,
            asked.Card: self._card,
            asked.History: self._history,
            asked.Cards: self._cards,
            asked.Export: self._export,
            asked.Settings: self._settings,
            asked.Shake: check_ins.shake,
            asked.Claim: check_ins.claim,
        }

    async def handle(self, line: dict[str, Any]) -> Answer:
        """The answer to one line. Raises LedgerUnsafe: it ends the gateway."""
        ask = asked.read(line)
        if ask is None:
            self._counters.add("guests.bad_requests")
            return refusal(BAD_REQUEST)
        return await self._asking.finish(self._doing[type(ask)](ask))

    # -- joining and coming back

    async def _enrol(self, ask: asked.Enrol) -> Answer:
        name = asked.clean_name(ask.name)
        if name is None:
            raise Told(BAD_NAME)
        number = self._number(ask.phone)
        new, phone = self._asking.look(lambda batch: (newcomer(batch, ask.key), phone_key(batch, number)))
        if not new.booked:
            self._asking.take(self._limits.enrolments)
        sealed = None if phone is None or number is None else (phone, self._seal(number))
        await self._asking.done(enrolment(ask, new, name, sealed))
        verdicts = await self._asking.together(following(ask, new))
        if not new.booked:
            self._counters.add("guests.enrolled")
        return {**self._asking.card(new.member, given_by(verdicts), True), "level": FRESH}

    async def _return(self, ask: asked.Return) -> Answer:
        who = self._asking.named(ask.code)
        own, date = self._asking.look(lambda batch: (own_code(batch, who.member), batch.setting.date))
        await self._give_code(who.member, own)
        verdict = await self._teller.ask(check_in(actor(ask.key), who.member, date))
        mine = verdict.event.actor == actor(ask.key)  # else they had come in today before
        self._counters.add("guests.returned")
        card = self._asking.card(who.member, given_by([verdict]) if mine else (), False)
        return {**from_outside(card), "level": WEAK}

    # -- a member's own page

    async def _card(self, ask: asked.Card) -> Answer:
        return self._asking.card(ask.member, (), False)

    async def _codes(self, ask: asked.Codes) -> Answer:
        member, own = self._asking.look(lambda batch: (known(batch, ask.member), own_code(batch, ask.member)))
        await self._give_code(member, own)
        if own.status not in (None, ACTIVE):
            raise Told(BLOCKED)
        return self._asking.look(lambda batch: codes(batch, own.code))

    async def _history(self, ask: asked.History) -> Answer:
        return self._view(ask.member, lambda view, id_: {"rows": history(view.batch, id_, ask.limit)})

    async def _cards(self, ask: asked.Cards) -> Answer:
        return self._view(ask.member, lambda view, id_: {"cards": view.cards(id_)})

    async def _export(self, ask: asked.Export) -> Answer:
        self._asking.take(self._limits.exports)
        document = await export(self._desk, ask.member)
        self._counters.add("guests.exported")
        return {"ok": True, "document": document}

    async def _consent(self, ask: asked.Consent) -> Answer:
        self._asking.take(self._limits.changes)
        member = self._asking.look(lambda batch: known(batch, ask.member))
        act = Consent(ask.given, ask.language, member, ask.purpose, ask.text)
        await self._asking.done(Request(key_of(ask.key, 0), actor(ask.key), model.CONSENT_CHANGED, act))
        return {"ok": True}

    async def _lost(self, ask: asked.Lost) -> Answer:
        self._asking.take(self._limits.changes)
        member = self._asking.look(lambda batch: known(batch, ask.member))
        act = Change(ask.instrument, member, LOST)
        await self._asking.done(Request(key_of(ask.key, 0), actor(ask.key), model.INSTRUMENT_CHANGED, act))
        return {"ok": True}

    async def _forget(self, ask: asked.Forget) -> Answer:
        """By the member's name of then: whoever asks again is forgotten already."""
        self._asking.take(self._limits.changes)
        request = Request(key_of(ask.key, 0), actor(ask.key), model.MEMBER_FORGOTTEN, Forget(ask.member))
        verdict = await self._teller.ask(request)
        reason = verdict.event.outcome.reason
        if is_done(verdict.event):
            self._counters.add("guests.forgotten")
            return {"ok": True}
        known_as = {model.MONEY_LEFT: model.MONEY_LEFT, model.MEMBER_UNKNOWN: UNKNOWN_MEMBER}
        raise Told(known_as[reason]) if reason in known_as else Told(REFUSED, reason)

    # -- codes, PINs and receipts

    async def _resolve(self, ask: asked.Resolve) -> Answer:
        who = self._asking.named(ask.code)
        if who.level == FRESH:
            self._use_up(ask.code)
        return {"ok": True, "member": who.member, "level": who.level, "name": who.name}

    async def _prove(self, ask: asked.Prove) -> Answer:
        member = self._asking.look(lambda batch: known(batch, ask.member))
        try:
            found = await self._pins.check(MEMBER + member, ask.pin)
        except PinsBusy:
            raise Told(BUSY) from None
        if found != RIGHT:
            raise Told(found)
        return {"ok": True}

    async def _receipt(self, ask: asked.Receipt) -> Answer:
        self._asking.take(self._limits.receipts)
        found = self._desk.consult(lambda batch, _: receipt(batch, ask.code))
        if found is None:
            raise Told(UNKNOWN_CODE)
        return {"ok": True, **found}

    async def _settings(self, ask: asked.Settings) -> Answer:
        ready = self._desk.consult(lambda batch, _: batch.cache.brand_key is not None)
        return {"ok": True, "phone": self._phones is not None, "currency": CURRENCY, "ready": ready}

    # -- what they share

    def _view(self, member: str, show: Callable[[GuestView, str], Answer]) -> Answer:
        """What is shown of a member by who they are now."""

        def shown(batch: Batch, acting: Acting) -> Answer:
            return show(GuestView(batch, acting.rights.frozen), known(batch, member))

        return {"ok": True, **self._desk.consult(shown)}

    def _use_up(self, code: str) -> None:
        """Book that a rotating code was shown here: it opens nothing a second time, in this store."""
        shown = self._desk.show(PORTAL, code.strip())
        if shown is None:
            raise Refused(LEDGER_REFUSES)
        if shown.outcome.name != model.GREETED:
            raise Told(UNKNOWN_CODE, TOO_OLD)

    async def _give_code(self, member: str, own: OwnCode) -> None:
        """Make the member's code an instrument of theirs, where it is none yet."""
        if own.status is not None:
            return
        act, shown = Link("", member), (QR_STATIC, own.code.encode())
        await self._asking.done(Request(f"member-code:{member}", PORTAL, model.INSTRUMENT_LINKED, act, shown))

    def _number(self, typed: str | None) -> str | None:
        """The digits of a phone number that somebody typed; None for none."""
        if typed is None or not typed.strip():
            return None
        if self._phones is None:
            raise Told(BAD_REQUEST)
        number = self._phones.normalise(typed)
        if number is None:
            raise Told(BAD_PHONE)
        return number

    def _seal(self, number: str) -> bytes:
        assert self._phones is not None
        return self._phones.seal(number)
