"""Which lines of a basket a program speaks of, compiled once for each bundle. Pure."""

from gateway.core.orders.model import TOPUP, Good
from gateway.core.programs.model import Lines


class Selector:
    """One Lines as sets; the same object wherever a bundle says the same, so that a basket is read once."""

    __slots__ = ("_categories", "_not_categories", "_not_skus", "_skus")

    def __init__(self, lines: Lines) -> None:
        self._skus = frozenset(lines.skus)
        self._categories = frozenset(lines.categories)
        self._not_skus = frozenset(lines.not_skus)
        self._not_categories = frozenset(lines.not_categories)

    def fits(self, good: Good) -> bool:
        """Whether an article is meant; what tops up a balance never is."""
        return (
            good.kind != TOPUP
            and (not self._skus or good.sku in self._skus)
            and (not self._categories or good.category in self._categories)
            and good.sku not in self._not_skus
            and good.category not in self._not_categories
        )


class Selectors:
    """Every Selector of a bundle."""

    def __init__(self) -> None:
        self._known: dict[Lines, Selector] = {}

    def of(self, lines: Lines) -> Selector:
        """The one Selector of these lines."""
        found = self._known.get(lines)
        if found is None:
            found = self._known[lines] = Selector(lines)
        return found
