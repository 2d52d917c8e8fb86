"""What the portal is told of a member: the card, with what an asking gave. Fixed shapes, plain values.

    Card   {member, name, code "ABCD-EFGH"|null, status, tier, tier_name{}|null, next_name{}|null,
            to_next|null, points, units:[{unit, name{}, scale, here, held, elsewhere}], coupons:[Coupon],
            given:[Given], phone "none"|"unverified"|"verified", consents:[{purpose, given, text, at}],
            synced_at_ms, new}
    Coupon {lot, code|null, name{}, face|null, threshold|null, expires_on|null, unusable|null}
    Given  {because{}, does "issue"|"credit", unit, amount, name{}, face|null, code|null, expires_on|null}

A member's own page shows the whole name, as it was given ("" where none was). Somebody who only said a code
that others may have read is shown the card from outside: the name masked, and no code of a coupon but of one
that was given just now.
`points` are those of every store, `here` of a unit is what may be used in this one. `code` is null for a
member who has no member code yet, or reported it lost. Coupons that are used up or past their last day have
had their time: the history tells of them. Times are unix milliseconds, money minor units.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec import UNSET

from gateway.batch import Batch
from gateway.core import rotating
from gateway.core.evidence import PHONE, QR_STATIC
from gateway.core.model import PAST_LAST_DAY, USED_UP, Instrument, Member
from gateway.core.names import mask_name
from gateway.core.orders.model import Applied
from gateway.core.programs.model import AllOf, Condition, Subtotal
from gateway.core.promises import COUPON, POINTS
from gateway.guests.words import unit_name
from gateway.live import Data
from gateway.member_view import MemberView, template_name
from gateway.storage.consents import ConsentRow

ACTIVE = "active"
ERASED = "erased"
GIFTS = ("issue", "credit")
OVER = (USED_UP, PAST_LAST_DAY)
NONE, UNVERIFIED, VERIFIED = "none", "unverified", "verified"


class OwnCode(NamedTuple):
    """A member's code: eight characters, and the instrument of it with its status; None: it is none yet."""

    code: str
    instrument: str | None
    status: str | None


class GuestView:
    """Shows members as one batch knows them; `frozen` says whether no right may be used here."""

    def __init__(self, batch: Batch, frozen: bool) -> None:
        self.batch = batch
        self.frozen = frozen
        self._names: dict[str, list[str]] = {}

    def member(self, id_: str) -> Member | None:
        """Who this id leads to; None where nobody here knows it, or who it was wants to be forgotten."""
        known = self.batch.lookup.member(id_)
        return None if known is None or known.status == ERASED else known

    def card(self, id_: str, given: Iterable[Applied] = (), new: bool = False) -> Data | None:
        """The card of a member; None as member()."""
        known = self.member(id_)
        shown = None if known is None else MemberView(self.batch, self.frozen).at_till(known.id)
        if known is None or shown is None:
            return None
        code = self.own_code(known.id)
        return {
            "member": known.id,
            "name": self.batch.lookup.person(known.id).name or "",
            "code": rotating.shown(code.code) if code is not None and code.status == ACTIVE else None,
            "status": known.status,
            "tier": shown["tier"],
            "tier_name": shown["tier_name"],
            "next_name": shown["next_name"],
            "to_next": shown["to_next"],
            "points": sum(_everywhere(unit) for unit in shown["units"] if unit["unit"] == POINTS),
            "units": [self._unit(unit) for unit in shown["units"] if not unit["unit"].startswith(COUPON)],
            "coupons": [self._coupon(lot) for lot in _coupons(shown)],
            "given": [self._given(each) for each in given if each.does in GIFTS and each.amount],
            "phone": self.phone(known.id),
            "consents": [_consent(row) for row in self.consents(known.id)],
            "synced_at_ms": shown["synced_at_ms"],
            "new": new,
        }

    def names(self, id_: str) -> list[str]:
        """Every id that a member ever had, the present one first; looked up once."""
        known = self._names.get(id_)
        if known is None:
            known = self._names[id_] = self.batch.lookup.names(id_)
        return known

    def own_code(self, id_: str) -> OwnCode | None:
        """The member's code, of the name whose code is in use, else of the present one; None while the
        brand's key is not known. A code that leads to somebody else is none of this member's."""
        brand_key = self.batch.cache.brand_key
        if brand_key is None:
            return None
        codes = [rotating.member_code(brand_key, name) for name in self.names(id_)]
        holders = [(code, self._holder(code, id_)) for code in codes]
        found = [OwnCode(code, known.id, known.status) for code, known in holders if known is not None]
        active = [each for each in found if each.status == ACTIVE]
        return next(iter(active or found), OwnCode(codes[0], None, None))

    def phone(self, id_: str) -> str:
        """Whether the member gave a phone number, and showed that it is theirs."""
        if any(each.kind == PHONE and each.status == ACTIVE for each in self._instruments(id_, PHONE)):
            return VERIFIED
        people = (self.batch.page.person(name) for name in self.names(id_))
        return UNVERIFIED if any(row and row.phone_key for row in people) else NONE

    def consents(self, id_: str) -> list[ConsentRow]:
        """The last word on each purpose, under every name of a member."""
        rows = [row for name in self.names(id_) for row in self.batch.page.consents(name)]
        newest = {row.purpose: row for row in sorted(rows, key=lambda row: row.seq)}
        return [newest[purpose] for purpose in sorted(newest)]

    def cards(self, id_: str) -> list[Data]:
        """Every card and code of a member, with what the member may know it by."""
        own = self.own_code(id_)
        return [
            {
                "id": card.id,
                "kind": card.kind,
                "status": card.status,
                **({"last4": own.code[-4:]} if own is not None and card.id == own.instrument else {}),
            }
            for card in self._instruments(id_)
        ]

    def _instruments(self, id_: str, kind: str | None = None) -> Iterator[Instrument]:
        """Every instrument under any of a member's names, by id; of one kind, or where that is not told at
        once, of any."""
        page, cache, names = self.batch.page, self.batch.cache, self.names(id_)
        ours = [(row.id, row.kind) for name in names for row in page.instruments(name)]
        said = [(row.id, row.kind) for name in names for row in cache.instruments(name)]
        ids = {each for each, its in (*ours, *said) if kind is None or its in (kind, None)}
        found = (self.batch.lookup.instrument(each, names[0]) for each in sorted(ids))
        return (each for each in found if each is not None)

    def _holder(self, code: str, id_: str) -> Instrument | None:
        """The instrument of a code, if it is this member's."""
        key, lookup = self.batch.key(QR_STATIC, code.encode()), self.batch.lookup
        found = None if key is None else lookup.holder(key)
        if found is None or lookup.survivor(found.member) != self.names(id_)[0]:
            return None
        return found

    def _unit(self, unit: Data) -> Data:
        name = template_name(self.batch.cache.bundle, unit["unit"]) or unit_name(unit["unit"])
        here = unit["here"] + unit["offered"]
        figures = {"here": here, "held": unit["held"], "elsewhere": unit["elsewhere"]}
        return {"unit": unit["unit"], "name": name, "scale": unit["scale"], **figures}

    def _coupon(self, lot: Data) -> Data:
        return {
            "lot": lot["lot"],
            "code": lot["code"],
            "name": lot["name"] or unit_name(lot["unit"]),
            "face": lot["face"],
            "threshold": self._threshold(lot["unit"]),
            "expires_on": lot["expires_on"],
            "unusable": lot["unusable"],
        }

    def _given(self, each: Applied) -> Data:
        terms, bundle = each.terms, self.batch.cache.bundle
        return {
            "because": each.because,
            "does": each.does,
            "unit": each.unit,
            "amount": each.amount,
            "name": template_name(bundle, each.unit) or unit_name(each.unit),
            "face": None if terms is None else terms.face,
            "code": None if terms is None else terms.code,
            "expires_on": None if terms is None else terms.expires_on,
        }

    def _threshold(self, unit: str) -> int | None:
        """What an order must come to before a coupon counts; None where no program says, or nothing."""
        programs = self.batch.cache.bundle.programs
        found = [
            at_least
            for program in (() if programs is UNSET else programs)
            if program.coupon is not None and COUPON + program.coupon == unit
            if (at_least := least_of(program.when)) is not None
        ]
        return min(found, default=None)


def from_outside(card: Data) -> Data:
    """A card for somebody who has proved nothing."""
    given = {each["code"] for each in card["given"]}
    coupons = [each if each["code"] in given else {**each, "code": None} for each in card["coupons"]]
    return {**card, "name": mask_name(card["name"]) or "", "coupons": coupons}


def least_of(condition: Condition | None) -> int | None:
    """The subtotal that must be reached for a condition to hold, as far as it says so outright."""
    if isinstance(condition, Subtotal):
        return condition.at_least or None
    if isinstance(condition, AllOf):
        return max(filter(None, map(least_of, condition.of)), default=None)
    return None


def _coupons(shown: Data) -> list[Data]:
    """Coupons that are not over, those first that may be used now, and of these the first to lapse."""
    units = [unit for unit in shown["units"] if unit["unit"].startswith(COUPON)]
    lots = [lot for unit in units for lot in unit["lots"] if lot["unusable"] not in OVER]
    return sorted(lots, key=lambda lot: (lot["unusable"] is not None, lot["expires_on"] or "9", lot["lot"]))


def _everywhere(unit: Data) -> int:
    return int(unit["here"] + unit["held"] + unit["offered"] + unit["elsewhere"])


def _consent(row: ConsentRow) -> Data:
    return {"purpose": row.purpose, "given": row.given, "text": row.text, "at": row.at_ms}
