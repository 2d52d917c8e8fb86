"""What an order earns once it is paid: order.committed, payment.captured, balance.topped_up. Pure.

They run in this order; inside each, priority, then percent before fixed, then id; at most one of an exclusive
class for each of the three. The base of a line is what cash-like tenders paid for it. What tops up a balance
counts for balance.topped_up alone, as far as cash-like tenders paid it; the other two see goods alone.
payment.captured runs where a cash-like tender paid anything.

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
ANY_TENDER = CASH_LIKE[0]  # stands for a cash-like tender that nobody named yet


Paid = dict[str, list[int]]  # by kind of tender, its share of each line


def earned(
    bundle: Bundle,
    facts: Facts,
    setting: Setting,
    random: str,
    basket: Basket,
    quote: Quote,
    tenders: Sequence[TenderShare],
) -> tuple[Applied, ...]:
    """What a paid order earns; `random` is the event's, each tender's split has a share for every line."""
    scene = scene_of(bundle, facts, setting, basket)
    scene.net = [line.net for line in quote.lines]
    scene.points = [line.points for line in quote.lines]
    scene.begin_step()
    paid: Paid = {}
    for tender in tenders:
        before = paid.get(tender.kind, [0] * len(scene.rows))
        paid[tender.kind] = [have + share for have, share in zip(before, tender.split, strict=True)]
    verdicts = _run(book_of(bundle), scene, random, paid)
    return tuple(each for verdict in verdicts for each in verdict.applied)


def preview(book: ProgramBook, scene: Scene) -> list[Verdict]:
    """What would be earned if a cash-like tender paid all that is left."""
    left = [net - points for net, points in zip(scene.net, scene.points, strict=True)]
    return _run(book, scene, None, {ANY_TENDER: left})


def _run(book: ProgramBook, scene: Scene, random: str | None, paid: Paid) -> list[Verdict]:
    giver = Giver(book, random)
    doing: dict[str, Doing] = {"credit": giver.credit, "issue": giver.issue, "show": giver.show}
    verdicts: list[Verdict] = []
    for trigger in EARNING:
        giver.of_topup = trigger == TOPPED_UP
        if _begin(scene, trigger, paid):
            verdicts += [attempt(scene, entry, book.bundle, doing) for entry in book.of(trigger)]
    return verdicts


def _begin(scene: Scene, trigger: str, paid: Paid) -> bool:
    """Set the scene for one trigger: what was paid for goods, or for top-ups; whether it happens at all."""
    lines = [line for line, row in enumerate(scene.rows) if (row[0].kind == TOPUP) == (trigger == TOPPED_UP)]
    base = [0] * len(scene.rows)
    for line in lines:
        base[line] = sum(shares[line] for kind, shares in paid.items() if kind in CASH_LIKE)
    scene.base, scene.asked, scene.classes = base, sum(base), set()
    scene.paid = {kind: sum(shares[line] for line in lines) for kind, shares in paid.items()}
    return bool(lines) if trigger == ORDER_COMMITTED else any(base)
