"""What an order earns once it is paid: order.committed, payment.captured, balance.topped_up. Pure.

They run in this order; inside each, priority, then percent before fixed, then id; at most one of an exclusive
class for each of the three. The base of a line is what cash-like tenders paid for it; of goods that top up a
balance it counts for balance.topped_up alone. payment.captured runs where a cash-like tender paid anything.

quote() shows a preview: as if one tender that no program names paid all that is left.
"""

from collections.abc import Sequence

from gateway.core.model import ORDER_COMMITTED, PAYMENT_CAPTURED, TOPPED_UP, Bundle, Facts, Setting
from gateway.core.orders.model import CASH_LIKE, TOPUP, Applied, Basket, Quote, TenderShare
from gateway.core.programs.book import ProgramBook, book_of
from gateway.core.programs.giving import Giver
from gateway.core.programs.scene import Scene, scene_of
from gateway.core.programs.trying import Doing, Verdict, attempt

EARNING = (ORDER_COMMITTED, PAYMENT_CAPTURED, TOPPED_UP)
ANY_TENDER = CASH_LIKE[0]


def earned(
    bundle: Bundle,
    facts: Facts,
    setting: Setting,
    random: str,
    basket: Basket,
    quote: Quote,
    tenders: Sequence[TenderShare],
) -> tuple[Applied, ...]:
    """What a paid order earns; `random` is the event's."""
    scene = scene_of(bundle, facts, setting, basket)
    scene.net = [line.net for line in quote.lines]
    scene.begin_step()
    paid: dict[str, int] = {}
    base = [0] * len(scene.rows)
    for tender in tenders:
        paid[tender.kind] = paid.get(tender.kind, 0) + tender.amount
        if tender.kind in CASH_LIKE:
            base = [before + share for before, share in zip(base, tender.split, strict=True)]
    verdicts = _run(book_of(bundle), scene, random, paid, base)
    return tuple(each for verdict in verdicts for each in verdict.applied)


def preview(book: ProgramBook, scene: Scene) -> list[Verdict]:
    """What would be earned if cash-like tenders paid all that is left."""
    base = [net - points for net, points in zip(scene.net, scene.points, strict=True)]
    return _run(book, scene, None, {ANY_TENDER: sum(base)}, base)


def _run(
    book: ProgramBook, scene: Scene, random: str | None, paid: dict[str, int], base: Sequence[int]
) -> list[Verdict]:
    topup = [row[0].kind == TOPUP for row in scene.rows]
    goods_base = [0 if top else share for top, share in zip(topup, base, strict=True)]
    topup_base = [share if top else 0 for top, share in zip(topup, base, strict=True)]
    scene.paid = paid
    cash = sum(paid.get(kind, 0) for kind in CASH_LIKE)
    verdicts: list[Verdict] = []
    giver = Giver(book, random)
    doing: dict[str, Doing] = {"credit": giver.credit, "issue": giver.issue, "show": giver.show}
    for trigger, happens, shares in (
        (ORDER_COMMITTED, bool(scene.rows), goods_base),
        (PAYMENT_CAPTURED, cash > 0, goods_base),
        (TOPPED_UP, sum(topup_base) > 0, topup_base),
    ):
        scene.base, scene.asked, scene.classes = shares, sum(topup_base), set()
        giver.of_topup = trigger == TOPPED_UP
        if happens:
            verdicts += [attempt(scene, entry, book.bundle, doing) for entry in book.of(trigger)]
    return verdicts
