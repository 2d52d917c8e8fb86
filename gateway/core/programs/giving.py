"""Effects that give and take units: credit, issue, debit, show. Pure.

`split` of a credit or a pass sums to its amount, by the lines it was earned on; of an issued coupon or of
words it is what was paid for the lines they rest on, so that a return knows whether all of these came back.
Each coupon is a lot of 1 with a code of its own; passes of one effect are one lot of their visits.

A preview (random None) never depends on the event's random: it has no codes, and no terms where random would
choose between validities.
"""

from collections.abc import Sequence
from typing import Any

from gateway.core.draft import Refusal
from gateway.core.model import BAD_AMOUNT
from gateway.core.orders.model import AMOUNT_MAX, TOPUP, Applied
from gateway.core.programs.book import Action, Entry, ProgramBook
from gateway.core.programs.civil import DAY_MS, after_months, last_day
from gateway.core.programs.codes import CLAIM, COUPON, code
from gateway.core.programs.conditions import QUALIFYING, Unmet
from gateway.core.programs.model import Earn, Ladder, Validity
from gateway.core.programs.scene import WHOLE, Scene
from gateway.core.programs.split import split
from gateway.core.promises import COUPON as COUPON_UNIT
from gateway.core.promises import PAID, Terms

VISIT = "VISIT:"
COUPONS_TOGETHER_MAX = 100  # of one effect: each is a transfer of the event
Done = Sequence[Applied] | Unmet


class Giver:
    """Gives in one event, counting what has a code; `of_topup`: earned on what was topped up."""

    def __init__(self, book: ProgramBook, random: str | None) -> None:
        self._book = book
        self._random = random
        self.of_topup = False
        self._issued = 0
        self._shown = 0

    def credit(self, scene: Scene, entry: Entry, action: Action, lot: str | None) -> Done:
        """So much of a unit; nothing where it comes to 0."""
        effect: Any = action.effect
        lines = self._lines(scene, action)
        shares = _earned(scene, effect, lines)
        amount = sum(shares)
        if amount > AMOUNT_MAX:
            raise Refusal(BAD_AMOUNT)
        if not amount:
            return ()
        by_line = _by_line(scene, lines, shares)
        terms = self._terms(scene, effect)
        return (applied(entry, action, amount, by_line, lot, terms=terms, unit=effect.unit),)

    def issue(self, scene: Scene, entry: Entry, action: Action, lot: str | None) -> Done:
        """Coupons, each a lot with its code, or passes."""
        effect: Any = action.effect
        template = self._book.templates[effect.template]
        validity = template.validity if effect.validity is None else effect.validity
        lines = self._lines(scene, action)
        counts = [scene.rows[line][1] for line in lines]
        times = effect.count * (sum(counts) if effect.lines is not None else 1)

        def given(amount: int, by_line: Sequence[int], unit: str) -> Applied:
            terms = self._dated(scene, validity, Terms(code=self._next_code(), face=template.face))
            more: dict[str, Any] = {"template": template.code, "terms": terms, "unit": unit}
            return applied(entry, action, amount, by_line, lot, **more)

        if template.service is None:
            basis = _basis(scene, lines)
            coupons = min(times, COUPONS_TOGETHER_MAX)
            return [given(1, basis, COUPON_UNIT + template.code) for _ in range(coupons)]
        visits = template.visits * times
        if not visits:
            return ()
        weights = counts if effect.lines is not None else _weights(scene, lines, _bases(scene, lines))
        shares = split(visits, weights) if lines else ()
        return [given(visits, _by_line(scene, lines, shares), VISIT + template.service)]

    def show(self, scene: Scene, entry: Entry, action: Action, lot: str | None) -> Done:
        """Words, and a code by which a payer becomes a member."""
        effect: Any = action.effect
        terms = None
        if effect.code == "claim" and self._random is not None:
            terms = Terms(code=code(CLAIM, self._random, self._shown))
            self._shown += 1
        basis = _basis(scene, self._lines(scene, action))
        return (applied(entry, action, 0, basis, lot, because=action.words, terms=terms),)

    def _lines(self, scene: Scene, action: Action) -> list[int]:
        if self.of_topup:
            return [line for line, row in enumerate(scene.rows) if row[0].kind == TOPUP]
        return scene.matched(action.selector or self._book.all_lines)

    def _next_code(self) -> str | None:
        if self._random is None:
            return None
        self._issued += 1
        return code(COUPON, self._random, self._issued - 1)

    def _terms(self, scene: Scene, effect: Earn) -> Terms | None:
        """The terms of a credit; qualifying points without a validity count as long as the ladder says."""
        vests_at = scene.setting.at + effect.vests_days * DAY_MS if effect.vests_days else 0
        terms = Terms(kind=effect.kind, vests_at=vests_at)
        if effect.unit == QUALIFYING and effect.validity == Validity():
            months = (self._book.bundle.ladder or Ladder()).months
            day = after_months(scene.setting.date, months)
            return Terms(kind=effect.kind, vests_at=vests_at, expires_on=day, zone=scene.setting.zone)
        return self._dated(scene, effect.validity, terms)

    def _dated(self, scene: Scene, validity: Validity, terms: Terms) -> Terms | None:
        """Terms with a last day; None in a preview where random will choose it."""
        if len(validity.days) > 1 and self._random is None:
            return None
        last = last_day(validity, scene.setting.date, self._random or "")
        zone = None if last is None else scene.setting.zone
        return Terms(terms.code, last, terms.face, terms.kind or PAID, terms.vests_at, zone)


def debit(scene: Scene, entry: Entry, action: Action, lot: str | None) -> Done:
    """The member pays so much of a unit, or the program does not happen."""
    effect: Any = action.effect
    unmet = pay(scene, effect.unit, effect.amount)
    return unmet or (applied(entry, action, effect.amount, (), lot, unit=effect.unit),)


def pay(scene: Scene, unit: str, amount: int) -> Unmet | None:
    """Take so much of a unit from the member; or why it cannot be."""
    left = scene.purse.free(scene.owner, unit)
    if left < amount:
        return Unmet(scene.purse.why_not(scene.owner, unit, amount), amount - left)
    scene.purse.take(scene.owner, unit, amount)
    return None


def applied(
    entry: Entry, action: Action, amount: int, by_line: Sequence[int], lot: str | None, **more: Any
) -> Applied:
    """An effect that happened."""
    program = entry.program
    because = more.pop("because", entry.because)
    return Applied(
        program.id, program.version, action.tag, because, amount, lot, split=tuple(by_line), **more
    )


def _earned(scene: Scene, effect: Earn, lines: list[int]) -> list[int]:
    """By line what a credit comes to."""
    factor = effect.by_tier.get(scene.tier or "", WHOLE)
    if not scene.rows:
        return [_amount(scene, effect, scene.asked) * factor // WHOLE]
    bases = [scene.base[line] for line in lines]
    if effect.per and not effect.per_order:
        return [base // effect.per * effect.gives * factor // WHOLE for base in bases]
    amount = _amount(scene, effect, sum(bases)) * factor // WHOLE
    return list(split(amount, _weights(scene, lines, bases))) if lines else []


def _amount(scene: Scene, effect: Earn, total: int) -> int:
    if effect.per:
        return total // effect.per * effect.gives
    if effect.steps:
        return max((step.amount for step in effect.steps if total >= step.at_least), default=0)
    return scene.asked if effect.as_asked else effect.amount


def _weights(scene: Scene, lines: list[int], bases: list[int]) -> list[int]:
    """What a fixed amount is shared by: what was paid for the lines, else what they cost, else each alike."""
    for weights in (bases, [scene.net[line] for line in lines]):
        if any(weights):
            return weights
    return [1] * len(lines)


def _basis(scene: Scene, lines: list[int]) -> tuple[int, ...]:
    if not scene.rows or not lines:
        return ()
    return _by_line(scene, lines, _weights(scene, lines, _bases(scene, lines)))


def _bases(scene: Scene, lines: list[int]) -> list[int]:
    return [scene.base[line] for line in lines] if scene.base else []


def _by_line(scene: Scene, lines: list[int], shares: Sequence[int]) -> tuple[int, ...]:
    if not scene.rows:
        return ()
    by_line = [0] * len(scene.rows)
    for line, share in zip(lines, shares, strict=True):
        by_line[line] = share
    return tuple(by_line)
