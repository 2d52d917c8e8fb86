"""What the figures of the till measure is what they say: 20 lines, 30 programs, all in force."""

from gateway.core.event import canonical
from gateway.core.orders.model import Basket
from gateway.core.programs import reasons
from gateway.core.programs.check import problems
from gateway.core.programs.quoting import price
from hardware_tests.figures.quotes import LINES, PROGRAMS, SIZES, basket_of, bundle_of


def test_the_bundle_has_thirty_programs_without_fault() -> None:
    bundle = bundle_of(PROGRAMS)
    assert len(bundle.programs or ()) == PROGRAMS
    assert problems(canonical(bundle)) == []


def test_every_program_is_tried_and_a_third_happens() -> None:
    bundle = bundle_of(PROGRAMS)
    facts, setting, asked = basket_of(bundle, LINES)
    assert isinstance(asked, Basket)
    priced = price(bundle, facts, setting, asked)
    verdicts = [*priced.verdicts, *priced.earning]
    away = {reasons.NOT_STARTED, reasons.ENDED, reasons.PAUSED, reasons.OTHER_STORE}
    assert not [each for each in verdicts if each.unmet is not None and each.unmet.reason in away]
    assert len({each.entry.program.id for each in verdicts if each.unmet is None}) >= PROGRAMS // 3
    # Without money for a top-up its programs are not even asked.
    untried = {one.id for one in bundle.programs or ()} - {each.entry.program.id for each in verdicts}
    assert untried <= {"recharge"}


def test_baskets_have_the_sizes_they_are_named_for() -> None:
    bundle = bundle_of(PROGRAMS)
    for size in SIZES:
        asked = basket_of(bundle, size).asked
        assert isinstance(asked, Basket)
        assert len(asked.lines) == size
    asked = basket_of(bundle, LINES).asked
    assert isinstance(asked, Basket)
    assert len({line.sku for line in asked.lines}) == LINES
