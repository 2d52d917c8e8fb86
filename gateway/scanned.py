"""What a scanned or typed text is: an article, a receipt, a coupon, a card, a code, a badge, a phone number.

Asked in that order, cheapest and most frequent first; the first that knows the text has it. A card's number
may come from a reader that types it, in hex; the text of a QR is taken as it is, as a terminal would, and a
member code as it was typed. A rotating code is the counter's: it is booked that one was shown.

A phone number leads to whoever proved that it is theirs; else to the last who gave it, and says so.
"""

import re
from collections.abc import Callable, Iterator

from msgspec import UNSET

from gateway.batch import Batch
from gateway.codes import read_code
from gateway.core.book import LotKey
from gateway.core.evidence import NFC_UID, PHONE
from gateway.core.model import Instrument
from gateway.core.promises import LotFact
from gateway.core.spending import LIVE
from gateway.lot_finder import LotFinder
from gateway.member_view import MemberView, template_name
from gateway.sales import BLOCKED, UNKNOWN, CouponFound, Found, OrderFound, StaffFound
from gateway.storage.catalogue import StaffRow
from gateway.used import ELSEWHERE, is_used_up, used

CODE_CHARACTERS_MAX = 512  # what a QR scanner may type
UID_BYTES = (4, 7, 10)
SEPARATORS = str.maketrans("", "", " :-")
# A number as people type one, in any width of digits: nothing else is worth asking the tables of numbers.
_PHONE = re.compile(r"[+＋]?[\d\s().－-]{7,24}")


class Scanned:
    """Knows texts by one batch."""

    def __init__(self, batch: Batch, finder: LotFinder, frozen: bool) -> None:
        self._batch, self._finder = batch, finder
        self._view = MemberView(batch, frozen)

    def find(self, text: str, order: Callable[[Batch, str], OrderFound | None]) -> Found:
        """What it is; UNKNOWN where nobody here knows."""
        code = text.strip()
        if not code or len(code) > CODE_CHARACTERS_MAX:
            return UNKNOWN
        catalogue = self._batch.cache.catalogue
        good = catalogue.by_barcode(code) or catalogue.goods((code,)).get(code)
        if good is not None:
            return Found("goods", goods=good)
        receipt = order(self._batch, code)
        if receipt is not None:
            return Found("order", order=receipt)
        coupon = self.coupon(code)
        if coupon is not None:
            return Found("coupon", coupon=coupon)
        return self._person(code)

    def staff(self, badge: str) -> StaffFound | None:
        """Whose badge says this."""
        rows = (self._batch.cache.catalogue.staff_by_badge(key) for key in self._keys(badge.strip()))
        return staff_found(self._batch, next((row for row in rows if row is not None), None))

    def _person(self, code: str) -> Found:
        for key in self._keys(code):
            instrument = self._batch.lookup.holder(key)
            if instrument is not None:
                return self._holder(instrument)
        badge = self.staff(code)
        if badge is not None:
            return Found("staff", staff=badge)
        member = self.member(code)
        return self._by_phone(code) if member is UNKNOWN else member

    def _holder(self, instrument: Instrument) -> Found:
        """Whose card or code this is, while it is in use."""
        return self.member(instrument.member) if instrument.status == "active" else BLOCKED

    def _by_phone(self, code: str) -> Found:
        number = _number(code)
        key = None if number is None else self._batch.key(PHONE, number.encode())
        if key is None:
            return UNKNOWN
        instrument = self._batch.lookup.holder(key)
        if instrument is not None and instrument.status == "active":
            return self.member(instrument.member)
        claims = dict.fromkeys(self._claimants(key))
        return self.member(list(claims)[-1])._replace(claims=len(claims)) if claims else UNKNOWN

    def _claimants(self, key: bytes) -> Iterator[str]:
        """Members who gave a number and did not prove it, the first enrolled first, by their present ids."""
        for row in self._batch.page.people_by_phone(key):
            member = self._batch.lookup.member(row.member)
            if member is not None and member.status in LIVE:
                yield member.id

    def member(self, id_: str) -> Found:
        """A member by id."""
        shown = self._view.at_till(id_)
        return UNKNOWN if shown is None else Found("member", member=shown)

    def _keys(self, code: str) -> Iterator[bytes]:
        """Under which evidence a text may be known."""
        if not code or len(code) > CODE_CHARACTERS_MAX:
            return
        yield from read_code(self._batch, code).keys
        uid = uid_typed(code)
        as_card = None if uid is None else self._batch.key(NFC_UID, uid)
        if as_card is not None:
            yield as_card

    def coupon(self, code: str) -> CouponFound | None:
        """The coupon under a printed code."""
        key = coupon_key(self._batch, code)
        fact = None if key is None else self._lot(key)
        if fact is None:
            return None
        dates = self._finder.dates((fact,))
        shown = self._view.lot(fact, {} if dates is UNSET else dates)
        last = used(self._batch.page, (fact,)) if is_used_up(fact) else ELSEWHERE
        return CouponFound(
            lot=fact.lot,
            owner=self._finder.owner(fact.nature.owner),
            unit=fact.nature.unit,
            code=code,
            name=template_name(self._batch.cache.bundle, fact.nature.unit),
            face=fact.nature.terms.face,
            expires_on=fact.nature.terms.expires_on,
            unusable=shown["unusable"],
            used_at=last.at,
            used_where=last.till,
        )

    def _lot(self, key: LotKey) -> LotFact | None:
        return next(iter(self._finder.under((key.owner,), key.unit, key.lot)), None)


def coupon_key(batch: Batch, code: str) -> LotKey | None:
    """The lot under a printed code: this log's word before the cache's, which it may not have met."""
    return batch.page.code(code) or batch.cache.catalogue.code(code)


def staff_found(batch: Batch, row: StaffRow | None) -> StaffFound | None:
    """Somebody with what the bundle lets their role do."""
    if row is None:
        return None
    roles = () if batch.cache.bundle.roles is UNSET else batch.cache.bundle.roles
    may = next((role.may for role in roles if role.code == row.role), ())
    return StaffFound(row.id, row.name, row.role, row.works_here, may)


def _number(text: str) -> str | None:
    """The number in E.164, digits only, that a text is; None where it is none."""
    if not _PHONE.fullmatch(text):
        return None
    # Imported here: the tables of all countries' numbers, which a store that asks for none need not hold.
    from gateway.phones import normalise

    return normalise(text)


def uid_typed(text: str) -> bytes | None:
    """The number of a card that was typed in hex."""
    try:
        uid = bytes.fromhex(text.translate(SEPARATORS))
    except ValueError:
        return None
    return uid if len(uid) in UID_BYTES else None
