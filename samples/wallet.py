"""What a member of the demo bakery holds when standing at the till, and what of it is worth using. Pure."""

from collections.abc import Mapping, Sequence

from gateway.core.orders.model import Basket, Line
from gateway.core.promises import COUPON
from gateway.storage.lot_book import LotRow

POINTS_LEAST = 500  # nobody bothers the till for less
POINTS_SHARE = 0.15  # of those who have so many
COUPONS_MAX = 2
HUNDRED = 100


class Wallet:
    """Lots by unit."""

    def __init__(self, rows: Sequence[LotRow]) -> None:
        self._rows = rows
        self.points = self._sum("PTS")
        self.money = self._sum("CNY") + self._sum("CNY.bonus")
        self.cups = self._sum("VISIT:coffee")

    def basket(
        self, lines: tuple[Line, ...], member: str | None, prices: Mapping[str, int], chance: float
    ) -> Basket:
        """The lines with the coupons that would count, and points where `chance` says so."""
        if member is None:
            return Basket(lines)
        total = sum(prices[line.sku] * line.quantity for line in lines)
        skus = {line.sku for line in lines}
        wanted = [row.key.lot for row in self._rows if _counts(row.key.unit, total, skus)]
        points = 0
        if self.points >= POINTS_LEAST and chance < POINTS_SHARE:
            points = min(self.points, total // 2) // HUNDRED * HUNDRED
        return Basket(lines, coupons=tuple(wanted[:COUPONS_MAX]), member=member, points=points)

    def _sum(self, unit: str) -> int:
        return sum(row.part.free for row in self._rows if row.key.unit == unit)


def _counts(unit: str, total: int, skus: set[str]) -> bool:
    """Whether a coupon would take something off."""
    if unit == COUPON + "off-5":
        return total >= 1_000
    if unit == COUPON + "croissant":
        return "croissant" in skus
    if unit == COUPON + "birthday":
        return any(sku.startswith("slice") for sku in skus)
    least = {COUPON + "full-100-50": 10_000, COUPON + "full-500-50": 50_000}.get(unit)
    return least is not None and total >= least + 1_000  # with room for what item promotions take
