"""What a bundle says of a unit, what things are worth, and which bundles are not believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from gateway.core.errors import EventError
from gateway.core.event import canonical, open_bundle
from gateway.core.model import Bundle
from gateway.core.promises import AT_RISK, Policy, Terms, Unit
from gateway.core.units import unit_of, value

EVERYTHING = Unit("*", worth=1)
COUPONS = Unit("CPN:*", worth=2)
TEA = Unit("CPN:tea*", worth=3)
GREEN_TEA = Unit("CPN:tea-green", worth=4)
BUNDLE = Bundle(units=(EVERYTHING, GREEN_TEA, COUPONS, TEA))


@pytest.mark.parametrize(
    ("code", "unit"),
    [
        ("CPN:tea-green", GREEN_TEA),
        ("CPN:tea-black", TEA),
        ("CPN:tea", TEA),
        ("CPN:", COUPONS),
        ("PTS", EVERYTHING),
        ("", EVERYTHING),
        ("RETURN:00", Unit("RETURN:00")),
        ("USE:risk:PTS:2026-11-21", Unit("USE:risk:PTS:2026-11-21")),
    ],
)
def test_the_exact_code_counts_before_the_longest_pattern(code: str, unit: Unit) -> None:
    assert unit_of(BUNDLE, code) == unit


def test_what_no_bundle_names_is_strict_and_worth_nothing() -> None:
    for bundle in (Bundle(), Bundle(units=()), Bundle(units=(COUPONS,))):
        assert unit_of(bundle, "PTS") == Unit("PTS", Policy("strict"), 1, 0, 0)


@pytest.mark.parametrize(
    ("unit", "terms", "amount", "worth"),
    [
        (Unit("CNY", worth=1), Terms(), 250, 250),
        (Unit("PTS", worth=1, per=100), Terms(), 200, 2),
        (Unit("PTS", worth=1, per=100), Terms(), 201, 3),
        (Unit("PTS", worth=1, per=100), Terms(), 1, 1),
        (Unit("CPN:x", worth=7), Terms(face=500), 2, 1_000),
        (Unit("CPN:x", worth=7), Terms(face=0), 2, 0),
        (Unit("CPN:x"), Terms(), 9, 0),
    ],
)
def test_value_is_the_face_or_the_worth_rounded_up(unit: Unit, terms: Terms, amount: int, worth: int) -> None:
    assert value(unit, terms, amount) == worth


@given(some.integers(0, 10**6), some.integers(1, 10**6), some.integers(0, 10**9), some.integers(0, 10**9))
def test_value_never_falls_short(worth: int, per: int, one: int, two: int) -> None:
    unit = Unit("U", worth=worth, per=per)
    assert value(unit, Terms(), one) * per >= one * worth
    assert value(unit, Terms(), one + two) <= value(unit, Terms(), one) + value(unit, Terms(), two)


SOUND = Unit("CPN:*", Policy(AT_RISK, 1, 2, 3, 4), 10, 2, 5)


def test_a_sound_unit_is_believed() -> None:
    bundle = Bundle(units=(SOUND, Unit("PTS")))
    assert open_bundle(canonical(bundle)) == bundle


@pytest.mark.parametrize(
    ("units", "named"),
    [
        ((SOUND, SOUND), "unit 'CPN:*': twice"),
        ((replace(SOUND, code=""),), "unit '': code"),
        ((replace(SOUND, code="a*b"),), "code must"),
        ((replace(SOUND, code="a\tb"),), "code must"),
        ((replace(SOUND, per=0),), "per = 0"),
        ((replace(SOUND, per=2**60),), "per = "),
        ((replace(SOUND, worth=-1),), "worth = -1"),
        ((replace(SOUND, scale=-1),), "scale = -1"),
        ((replace(SOUND, offline=Policy("often")),), "offline.kind = 'often'"),
        ((replace(SOUND, offline=Policy(AT_RISK, -1)),), "offline.per_use = -1"),
        ((replace(SOUND, offline=Policy(AT_RISK, per_member=-1)),), "offline.per_member"),
        ((replace(SOUND, offline=Policy(AT_RISK, per_gateway=-1)),), "offline.per_gateway"),
        (
            (Unit("PTS"), replace(SOUND, offline=Policy(AT_RISK, hours=-5))),
            "unit 'CPN:*': offline.hours = -5",
        ),
    ],
)
def test_an_unsound_unit_is_pointed_at(units: tuple[Unit, ...], named: str) -> None:
    with pytest.raises(EventError) as caught:
        open_bundle(canonical(Bundle(units=units)))
    assert caught.value.reason == "bad_bundle"
    assert named in caught.value.detail
