"""What a scanned or typed text is: an article, a receipt, a coupon, a member's card or code, a badge.

Asked in that order, cheapest and most frequent first; the first that knows the text has it. A card's number
may come from a reader that types it, in hex; the text of a QR is taken as it is, as a terminal would.
"""

from collections.abc import Callable, Iterator

from msgspec import UNSET

from gateway.batch import Batch
from gateway.core.book import LotKey
from gateway.core.evidence import NFC_UID, QR_STATIC
from gateway.core.promises import LotFact
from gateway.lot_finder import LotFinder
from gateway.member_view import MemberView, template_name
from gateway.sales import UNKNOWN, CouponFound, Found, OrderFound, StaffFound
from gateway.storage.catalogue import StaffRow
from gateway.used import ELSEWHERE, is_used_up, used

CODE_CHARACTERS_MAX = 512  # what a QR scanner may type
UID_BYTES = (4, 7, 10)
SEPARATORS = str.maketrans("", "", " :-")


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
        coupon = self._coupon(code)
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
                return self._member(instrument.member)
        badge = self.staff(code)
        return self._member(code) if badge is None else Found("staff", staff=badge)

    def _member(self, id_: str) -> Found:
        shown = self._view.at_till(id_)
        return UNKNOWN if shown is None else Found("member", member=shown)

    def _keys(self, code: str) -> Iterator[bytes]:
        """Under which evidence a text may be known."""
        if not code or len(code) > CODE_CHARACTERS_MAX:
            return
        as_qr = self._batch.key(QR_STATIC, code.encode())
        if as_qr is not None:
            yield as_qr
        uid = _uid(code)
        as_card = None if uid is None else self._batch.key(NFC_UID, uid)
        if as_card is not None:
            yield as_card

    def _coupon(self, code: str) -> CouponFound | None:
        """The coupon under a printed code: this log's word before the cache's, which it may not have met."""
        key = self._batch.page.code(code) or self._batch.cache.catalogue.code(code)
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


def staff_found(batch: Batch, row: StaffRow | None) -> StaffFound | None:
    """Somebody with what the bundle lets their role do."""
    if row is None:
        return None
    roles = () if batch.cache.bundle.roles is UNSET else batch.cache.bundle.roles
    may = next((role.may for role in roles if role.code == row.role), ())
    return StaffFound(row.id, row.name, row.role, row.works_here, may)


def _uid(text: str) -> bytes | None:
    """The number of a card that was typed in hex."""
    try:
        uid = bytes.fromhex(text.translate(SEPARATORS))
    except ValueError:
        return None
    return uid if len(uid) in UID_BYTES else None
