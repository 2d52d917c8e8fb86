"""The demo store's cache: a gateway reads goods, staff, members and limits out of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.core.evidence import NFC_UID, evidence_key
from gateway.storage.cache import Cache, Snapshot
from samples.brand import read_members
from samples.shop import read_goods, read_staff
from samples.store_cache import member_id, write_store

KEY = bytes(range(32))


@pytest.fixture
def snapshot(tmp_path: Path) -> Iterator[Snapshot]:
    write_store(tmp_path, "g1", KEY, 5)
    cache = Cache(tmp_path)
    cache.follow()
    with cache.reading() as found:
        yield found
    cache.close()


def test_every_barcode_leads_to_its_article(snapshot: Snapshot) -> None:
    for good, barcodes in read_goods():
        for code in barcodes:
            assert snapshot.catalogue.by_barcode(code) == good
    assert {good.sku for good in snapshot.catalogue.search("蛋糕", 100)} >= {"cake-berry-4", "cake-choc-6"}


def test_a_badge_leads_to_its_owner_and_only_the_stores_own_staff_are_there(snapshot: Snapshot) -> None:
    own = [one for one in read_staff() if one.store == "river"]
    assert {row.id for row in snapshot.catalogue.everybody()} == {one.staff_no for one in own}
    for one in own:
        row = snapshot.catalogue.staff_by_badge(evidence_key(KEY, NFC_UID, bytes.fromhex(one.badge_uid)))
        assert row is not None
        assert (row.id, row.role) == (one.staff_no, one.role)


def test_the_bundle_is_in_force(snapshot: Snapshot) -> None:
    assert len(snapshot.bundle.programs or ()) > 25
    assert snapshot.mark.generation == "g1"


def test_members_bring_their_home_birthday_and_points_along(snapshot: Snapshot) -> None:
    chen = next(one for one in read_members() if one.member_no == "MW0002")
    name = member_id(chen.member_no)
    assert snapshot.profile(name) == ("river", chen.birthday)
    (lot,) = snapshot.lots(f"member:{name}", "PTS")
    assert lot.total == lot.granted == chen.points


def test_this_store_has_its_share_of_every_limit(snapshot: Snapshot) -> None:
    (total,) = snapshot.lots("program:new-loaf", "USE:new-loaf")
    (budget,) = snapshot.lots("program:new-loaf", "BUDGET:new-loaf")
    assert (total.total, total.granted) == (1_000, 333)  # of three stores
    assert (budget.total, budget.granted) == (900_000, 300_000)


def test_a_generation_is_never_overwritten(tmp_path: Path) -> None:
    write_store(tmp_path, "g1", KEY, 5)
    with pytest.raises(FileExistsError):
        write_store(tmp_path, "g1", KEY, 5)
