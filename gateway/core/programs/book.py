"""The programs of a bundle, compiled: closures, words filled in, sorted by step. Pure.

Steps of the order of computation: PRICE 1 price books, ITEM 2, ORDER 3, POINTS 4; what is earned comes after.
Inside a step: priority (lower first), percent before fixed, id; so the order in the bundle does not matter.

book_of() compiles once for each Bundle object and keeps the last BOOKS_MAX of them: a gateway has one in
force and HQ decides again under few.
"""

from typing import Any, Final

from gateway.core.model import ORDER_QUOTED, Bundle
from gateway.core.programs import because, bundles, discounts, pieces
from gateway.core.programs.conditions import compiled
from gateway.core.programs.discounts import Maker
from gateway.core.programs.model import (
    ALL_LINES,
    BundlePrice,
    BuyGet,
    Debit,
    Earn,
    Effect,
    Fixed,
    FreeItem,
    Issue,
    Percent,
    PointsAsCash,
    Program,
    SetPriceBook,
    Show,
    Template,
)
from gateway.core.programs.selecting import Selector, Selectors
from gateway.core.promises import COUPON

PRICE, ITEM, ORDER, POINTS = 1, 2, 3, 4
STEPS = (PRICE, ITEM, ORDER, POINTS)
BOOKS_MAX: Final = 8

_MAKERS: dict[type, Any] = {  # each takes the effect it stands for
    SetPriceBook: discounts.price_book,
    Percent: discounts.percent,
    Fixed: discounts.fixed,
    FreeItem: pieces.free_item,
    BuyGet: pieces.buy_get,
    BundlePrice: bundles.bundle_price,
}
DISCOUNTS = tuple(_MAKERS)
NEEDS_MEMBER = (PointsAsCash, Earn, Debit, Issue)


class Action:
    """One effect ready to happen: `tag` names it; `off` is there for discounts, `words` for Show."""

    __slots__ = ("effect", "off", "selector", "tag", "words")

    def __init__(self, effect: Effect, named: because.Figures, selectors: Selectors) -> None:
        maker = _MAKERS.get(type(effect))
        self.effect = effect
        self.tag = str(effect.__struct_config__.tag)
        self.off: Maker | None = None if maker is None else maker(effect, selectors)
        self.words = because.fill(effect.words, named) if isinstance(effect, Show) else {}
        lines = effect.lines if isinstance(effect, Earn | Issue) else None
        self.selector: Selector | None = None if lines is None else selectors.of(lines)


class Entry:
    """One program ready to be tried."""

    __slots__ = (
        "actions",
        "because",
        "coupon",
        "gives",
        "key",
        "needs_member",
        "program",
        "step",
        "stores",
        "when",
    )

    def __init__(self, program: Program, bundle: Bundle, selectors: Selectors) -> None:
        named = because.figures(program, bundle)
        self.program = program
        self.step = step_of(program)
        self.key = (program.priority, _rank(program), program.id)
        self.when = compiled(program.when, selectors)
        self.because = because.fill(program.because, named)
        self.actions = tuple(Action(effect, named, selectors) for effect in program.then)
        self.gives = frozenset(action.tag for action in self.actions) - {"debit", "show"}
        self.coupon = None if program.coupon is None else COUPON + program.coupon
        self.stores = frozenset(program.stores)
        self.needs_member = (
            any(isinstance(effect, NEEDS_MEMBER) for effect in program.then)
            or program.limits.per_member is not None
            or program.coupon is not None
        )


class ProgramBook:
    """A bundle's programs by trigger, in the order in which they are tried, and what they name."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.selectors = Selectors()
        self.all_lines = self.selectors.of(ALL_LINES)
        self.templates: dict[str, Template] = {each.code: each for each in (bundle.templates or ())}
        self.programs: dict[str, Program] = {each.id: each for each in (bundle.programs or ())}
        self._by_trigger: dict[str, list[Entry]] = {}
        for program in self.programs.values():
            entry = Entry(program, bundle, self.selectors)
            self._by_trigger.setdefault(program.trigger, []).append(entry)
        for entries in self._by_trigger.values():
            entries.sort(key=lambda entry: entry.key)
        self._steps = {step: [each for each in self.of(ORDER_QUOTED) if each.step == step] for step in STEPS}

    def of(self, trigger: str) -> list[Entry]:
        """The programs of a trigger, in their order."""
        return self._by_trigger.get(trigger, [])

    def at(self, step: int) -> list[Entry]:
        """The programs of one step of a quote, in their order."""
        return self._steps[step]


_BOOKS: dict[int, ProgramBook] = {}  # by identity; the book keeps its bundle alive, so no id comes twice


def book_of(bundle: Bundle) -> ProgramBook:
    """The compiled programs of a bundle."""
    found = _BOOKS.get(id(bundle))
    if found is None or found.bundle is not bundle:
        found = ProgramBook(bundle)
        # HQ decides in several threads: one that finds an old book gone has lost nothing.
        for old in list(_BOOKS)[: len(_BOOKS) + 1 - BOOKS_MAX]:
            _BOOKS.pop(old, None)
        _BOOKS[id(bundle)] = found
    return found


def step_of(program: Program) -> int:
    """In which step of a quote a program is tried; its effects are of one step (check.py)."""
    for effect in program.then:
        if isinstance(effect, SetPriceBook):
            return PRICE
        if isinstance(effect, PointsAsCash):
            return POINTS
    return ITEM if program.level == "item" else ORDER


def _rank(program: Program) -> int:
    """Percent before fixed: 0 where any effect is a percent."""
    return 0 if any(isinstance(effect, Percent) for effect in program.then) else 1
