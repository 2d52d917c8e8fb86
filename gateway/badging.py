"""Badges and coupons shown at a terminal, in the batch of their record.

A badge signs its owner in by an act of its own, in the same commit. A coupon is redeemed after it, by
gateway/redeeming.py: HQ may have to be asked for it, and a batch waits for nobody. Nothing is looked up where
a member's card or code was shown.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from msgspec.structs import replace

from gateway.acting import Acting, Refused, Request
from gateway.attending import Attendance, Badge, actor_at, staff_known
from gateway.batch import Batch
from gateway.core import badges, model
from gateway.core.evidence import NFC_UID
from gateway.core.model import Facts, Outcome
from gateway.core.names import mask_name
from gateway.core.orders.model import SignIn
from gateway.core.programs.book import book_of
from gateway.core.promises import MEMBER, STAFF
from gateway.ports import Told
from gateway.scanned import CODE_CHARACTERS_MAX, coupon_key, uid_typed
from gateway.screens import COUNTER, DESK

BADGE: Final = "badge"


class Coupon(NamedTuple):
    """A coupon that was shown and booked: for the page of `till`, or (None) to be redeemed by `program` for
    `member`, under an act's `key`."""

    device: str
    code: str
    till: str | None
    program: str = ""
    member: str = ""
    key: str = ""
    actor: str = ""


class Place(NamedTuple):
    """Where a record comes from: a terminal and its role. `code` is what a scanner read, None for a card;
    `key` names the record for ever; `again`: it was booked before."""

    role: str
    device: str
    code: bytes | None
    key: str
    again: bool = False


class Met(NamedTuple):
    """What the terminal says to whoever showed it, by which name, and what is to be done after the commit."""

    told: Told
    name: str | None = None
    after: Badge | Coupon | None = None


class Badging:
    """For one batch; `acting` makes its acts when one is needed."""

    def __init__(
        self, batch: Batch, attendance: Attendance | None, acting: Callable[[], Acting] | None
    ) -> None:
        self._batch = batch
        self._attendance = attendance
        self._acting = acting

    def actor(self, device: str) -> str:
        """Who asks for what is done at a terminal."""
        attending = None if self._attendance is None else self._attendance.at(device)
        return actor_at(self._batch, device, attending)

    def clerk(self, device: str) -> str | None:
        """The actor where staff work at a terminal; None for the terminal itself."""
        actor = self.actor(device)
        return actor if actor.startswith(STAFF) else None

    def facts(self, device: str, keys: tuple[bytes, ...], code: bytes | None, facts: Facts) -> Facts:
        """These facts, and what was shown that is no member's; `code` is what a scanner read."""
        if self._attendance is None or facts.instrument is not None:
            return facts
        catalogue = self._batch.cache.catalogue
        shown = keys if code is None else self._keys(keys, _text(code))
        row = next((found for key in shown if (found := catalogue.staff_by_badge(key)) is not None), None)
        if row is not None:
            return replace(
                facts,
                staff=staff_known(self._batch, row.id),
                attending=self._attendance.before(device),
            )
        lot = None if code is None else coupon_key(self._batch, _text(code))
        return facts if lot is None else replace(facts, coupon=lot.lot)

    def met(self, place: Place, facts: Facts, outcome: Outcome) -> Met | None:
        """What comes of it; None where it is neither, or came too late. Of what was booked before comes
        nothing new but what has a key."""
        if outcome.late:
            return None
        if outcome.name == model.COUPON_SHOWN and place.code is not None:
            return self._coupon(place, _text(place.code))
        if outcome.name == model.AT_WORK and facts.staff:
            return self._badge(place, facts.staff.id, outcome.reason)
        return None

    # -- badges

    def _keys(self, keys: tuple[bytes, ...], code: str) -> tuple[bytes, ...]:
        """A code's keys, and that of the badge whose number it is in hex, as a till takes it too."""
        uid = uid_typed(code)
        key = None if uid is None else self._batch.key(NFC_UID, uid)
        return keys if key is None else (*keys, key)

    def _badge(self, place: Place, staff: str, did: str | None) -> Met:
        row = self._batch.cache.catalogue.staff(staff)
        name = "" if row is None else row.name
        told = Told(f"{BADGE}.{did or 'till'}")
        if place.again:
            return Met(told, mask_name(name))
        if did == badges.SIGNED_IN and not self._signs_in(staff, place.device):
            return Met(Told(model.REFUSED))
        return Met(told, mask_name(name), Badge(place.device, staff, name, did))

    def _signs_in(self, staff: str, device: str) -> bool:
        if self._acting is None:
            return False
        act = SignIn(BADGE, staff, device)
        verdict = self._acting().ask(Request(None, STAFF + staff, model.SIGNED_IN, act))
        return not isinstance(verdict, Refused) and verdict.event.outcome.name == model.DONE

    # -- coupons

    def _coupon(self, place: Place, code: str) -> Met:
        device = place.device
        till = None if self._attendance is None else self._attendance.till(device)
        if till is not None:
            return Met(Told("coupon.till"), after=None if place.again else Coupon(device, code, till))
        if place.role not in (COUNTER, DESK):
            return Met(Told("coupon.counter"))
        program, member = self._alone(code)
        if program is None:
            return Met(Told("coupon.with_goods"))
        after = Coupon(device, code, None, program, member, f"coupon:{place.key}", self.actor(device))
        return Met(Told("coupon.reading"), after=after)

    def _alone(self, code: str) -> tuple[str | None, str]:
        """The one program by which this coupon is redeemed outside any order, and whose it is."""
        key = coupon_key(self._batch, code)
        if key is None or not key.owner.startswith(MEMBER):
            return None, ""
        found = [
            entry for entry in book_of(self._batch.cache.bundle).of(model.COUPON_REDEEMED)
            if entry.coupon == key.unit and not entry.program.paused
        ]  # fmt: skip
        return found[0].program.id if len(found) == 1 else None, key.owner.removeprefix(MEMBER)


def _text(code: bytes) -> str:
    """What a scanner read as a code that may be printed; "" for what can be none."""
    try:
        text = code.decode().strip()
    except UnicodeDecodeError:
        return ""
    return text if len(text) <= CODE_CHARACTERS_MAX else ""
