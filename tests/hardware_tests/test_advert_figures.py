"""What the figures of presence measure is what they say: every advert is a hearing, of as many registered."""

import pytest

from hardware_tests.figures import adverts


def test_every_size_has_a_row_beside_the_smallest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adverts, "SIZES", (1, 20, 300))
    monkeypatch.setattr(adverts, "HEARD", 500)
    rows = adverts.measure(lambda line: None)
    names = [f"presence.adverts_{size}" for size in (1, 20, 300)] + ["presence.strangers"]
    assert [row.name for row in rows] == names
    assert all(row.value > 0 and row.limit == rows[0].value for row in rows)


def test_a_site_has_as_many_beacons_with_keys_of_their_own() -> None:
    site = adverts.a_site(500)
    assert len({beacon.key for beacon in site.beacons}) == len(site.beacons) == 500
