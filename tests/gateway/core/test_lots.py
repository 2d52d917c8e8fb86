"""The order in which lots are used, and the end of a civil day in the lot's own zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec import UNSET
from msgspec.structs import replace

from gateway.core import lots
from gateway.core.model import Setting
from gateway.core.promises import BONUS, PAID, LotFact, Terms
from tests.gateway.core.shop import NOON_MS, SETTING, SHANGHAI, TODAY, TOMORROW, YESTERDAY, fact

UNKNOWN_CLOCK = replace(SETTING, clock=0)


def at(zone: str, text: str) -> Setting:
    """A moment of local time in a store's zone."""
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    return replace(SETTING, at=int(moment.timestamp() * 1_000), date=moment.date().isoformat(), zone=zone)


def dates_at(setting: Setting, *zones: str) -> dict[str, str]:
    """The civil dates that a gateway looks up beside the store's."""
    return {
        zone: datetime.fromtimestamp(setting.at / 1_000, ZoneInfo(zone)).date().isoformat() for zone in zones
    }


def test_what_expires_first_is_used_first_then_bonus_then_what_vested_first() -> None:
    wanted = [
        fact("soon", expires_on=TODAY, kind=PAID),
        fact("later-bonus", expires_on=TOMORROW, kind=BONUS, vests_at=9),
        fact("later-paid", expires_on=TOMORROW, kind=PAID),
        fact("never-bonus", kind=BONUS),
        fact("never-paid-old", kind=PAID, vests_at=1),
        fact("never-paid-new-a", kind=PAID, vests_at=2),
        fact("never-paid-new-b", kind=PAID, vests_at=2),
    ]
    shuffled = [wanted[at] for at in (3, 6, 0, 5, 2, 1, 4)]
    assert sorted(shuffled, key=lots.order) == wanted


@given(some.permutations([fact(str(number), number) for number in range(1, 6)]), some.integers(0, 20))
def test_shares_make_up_the_amount_in_any_order_of_the_facts(known: list[LotFact], amount: int) -> None:
    shares, missing = lots.pick(known, amount, lambda one: one.left)
    assert sum(share.amount for share in shares) + missing == amount
    assert missing == max(amount - 15, 0)
    assert all(0 < share.amount <= share.fact.left for share in shares)
    assert all(share.amount == share.fact.left for share in shares[:-1])
    assert [share.fact.lot for share in shares] == sorted(share.fact.lot for share in shares)


@pytest.mark.parametrize(
    ("terms", "found"),
    [
        (Terms(), None),
        (Terms(expires_on=TODAY), None),
        (Terms(expires_on=YESTERDAY), "lot_expired"),
        (Terms(vests_at=NOON_MS), None),
        (Terms(vests_at=NOON_MS + 1), "not_vested"),
        (Terms(expires_on=YESTERDAY, vests_at=NOON_MS + 1), "lot_expired"),
        (Terms(expires_on=TODAY, zone=SHANGHAI), None),
    ],
)
def test_time_lets_a_lot_be_used_or_not(terms: Terms, found: str | None) -> None:
    known = replace(fact("a"), nature=replace(fact("a").nature, terms=terms))
    assert lots.usable(known, SETTING) == found


@pytest.mark.parametrize(
    ("zone", "last", "first"),
    [
        ("Asia/Shanghai", "2026-11-21T23:59:59.999", "2026-11-22T00:00:00"),
        ("Europe/Berlin", "2026-03-29T23:59:59.999", "2026-03-30T00:00:00"),  # a day of 23 hours
        ("Europe/Berlin", "2026-10-25T23:59:59.999", "2026-10-26T00:00:00"),  # and of 25
        ("America/Santiago", "2026-09-05T23:59:59.999", "2026-09-06T01:00:00"),  # midnight does not happen
        ("Pacific/Apia", "2026-12-31T23:59:59.999", "2027-01-01T00:00:00"),
    ],
)
def test_a_day_ends_with_the_stores_civil_date(zone: str, last: str, first: str) -> None:
    known = fact("a", expires_on=last[:10])
    assert lots.usable(known, at(zone, last)) is None
    assert not lots.is_over(known.nature.terms, at(zone, last))
    assert lots.usable(known, at(zone, first)) == "lot_expired"
    assert lots.is_over(known.nature.terms, at(zone, first))


@pytest.mark.parametrize(
    ("moment", "over"),
    [
        ("2026-10-25T23:59:59.999", False),
        ("2026-10-26T06:59:59.999", False),  # in Shanghai it is long the next day; in Berlin 23:59:59.999
        ("2026-10-26T07:00:00", True),
    ],
)
def test_a_lots_own_zone_counts_before_the_stores(moment: str, over: bool) -> None:
    setting = at(SHANGHAI, moment)
    dates = dates_at(setting, "Europe/Berlin")
    known = fact("a", expires_on="2026-10-25", zone="Europe/Berlin")
    assert lots.is_over(known.nature.terms, setting, dates) is over
    assert (lots.usable(known, setting, dates) == "lot_expired") is over


def test_without_its_zones_date_a_lot_is_judged_by_the_stores_but_nothing_is_over_for_good() -> None:
    known = fact("a", expires_on=YESTERDAY, zone="Europe/Berlin")
    for dates in (UNSET, {"Asia/Tokyo": TODAY}):
        assert lots.date_for(known.nature.terms, SETTING, dates) is None
        assert lots.usable(known, SETTING, dates) == "lot_expired"
        assert not lots.is_over(known.nature.terms, SETTING, dates)


def test_a_clock_that_nobody_set_ends_no_day_for_good() -> None:
    known = fact("a", expires_on=YESTERDAY)
    assert not lots.is_over(known.nature.terms, UNKNOWN_CLOCK)
    assert lots.usable(known, UNKNOWN_CLOCK) == "lot_expired"
    assert lots.usable(fact("b", expires_on=TODAY), UNKNOWN_CLOCK) is None


def test_the_zones_to_look_up_are_those_that_are_not_the_stores() -> None:
    known = [fact("a"), fact("b", zone=SHANGHAI), fact("c", zone="Europe/Berlin")]
    assert lots.foreign_zones(known, SETTING) == {"Europe/Berlin"}
