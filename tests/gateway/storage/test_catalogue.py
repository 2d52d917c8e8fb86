"""Goods, staff and printed codes in the cache: found, searched, and broken ones told."""

from pathlib import Path

import pytest

from gateway.core.book import LotKey
from gateway.core.event import canonical
from gateway.core.orders.model import Good
from gateway.errors import CacheUnusable
from gateway.storage.cache import NO_SNAPSHOT, Cache
from gateway.storage.catalogue import GOODS_TOGETHER, WORDS_SEARCHED_MAX
from tests.gateway.rig import point_to, write_generation
from tests.gateway.storage.test_cache import change

MANY = GOODS_TOGETHER * 2 + 3


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    write_generation(tmp_path, "g1")
    point_to(tmp_path, "g1")
    for number in range(MANY):
        good = Good(
            f"s-{number:03}", {"zh-CN": f"第{number}号", "en": f"No {number}"}, number, prices={"gold": 1}
        )
        words = f"第{number}号 no {number} s-{number:03} 50%_off"
        change(tmp_path, "INSERT INTO goods VALUES(?, ?, ?)", good.sku, canonical(good), words)
    change(tmp_path, "INSERT INTO barcodes VALUES('690', 's-007'), ('691', 's-007'), ('692', 'gone')")
    for row in (
        "'s1', 'Chen', 'clerk', x'0102', 'left'",
        "'s2', 'Bai', 'clerk', x'0102', 'active'",
        "'s3', 'An', 'manager', NULL, 'active'",
    ):
        change(tmp_path, f"INSERT INTO staff VALUES({row})")
    change(tmp_path, "INSERT INTO codes VALUES('C1', 'member:m-1', 'CPN:tea', 'hq.1')")
    made = Cache(tmp_path)
    assert made.follow()
    return made


@pytest.mark.parametrize("count", [0, 1, GOODS_TOGETHER, GOODS_TOGETHER + 1, MANY])
def test_any_number_of_articles_is_looked_up(cache: Cache, count: int) -> None:
    skus = [f"s-{number:03}" for number in range(count)]
    with cache.reading() as snapshot:
        found = snapshot.catalogue.goods([*skus, "unknown", *skus])
        assert list(found) == sorted(found) == skus
        assert all(found[sku].price == number for number, sku in enumerate(skus))


def test_a_barcode_leads_to_its_article(cache: Cache) -> None:
    with cache.reading() as snapshot:
        seven = snapshot.catalogue.by_barcode("691")
        assert seven is not None and (seven.sku, seven.prices) == ("s-007", {"gold": 1})
        assert snapshot.catalogue.by_barcode("690") == seven
        assert snapshot.catalogue.by_barcode("692") is None
        assert snapshot.catalogue.by_barcode("693") is None


def test_words_are_searched_as_they_are(cache: Cache) -> None:
    with cache.reading() as snapshot:

        def found(query: str, limit: int = 99) -> int:
            return len(snapshot.catalogue.search(query, limit))

        assert (found(""), found("", 5), found("no"), found("No 66"), found("第7号")) == (MANY, 5, MANY, 1, 1)
        assert (found("50%_off"), found("50%off"), found("5__"), found("\\"), found("'; --")) == (
            MANY,
            0,
            0,
            0,
            0,
        )
        assert found("no " * (WORDS_SEARCHED_MAX + 50)) == MANY


def test_a_badge_that_two_had_is_of_who_works_here(cache: Cache) -> None:
    with cache.reading() as snapshot:
        catalogue = snapshot.catalogue
        known = catalogue.staff_by_badge(b"\1\2")
        assert known is not None and (known.id, known.works_here) == ("s2", True)
        gone = catalogue.staff("s1")
        assert gone is not None and not gone.works_here
        assert [row.name for row in catalogue.everybody()] == ["An", "Bai"]
        assert catalogue.staff_by_badge(b"") is None is catalogue.staff("s9")


def test_a_printed_code_leads_to_its_lot(cache: Cache) -> None:
    with cache.reading() as snapshot:
        assert snapshot.catalogue.code("C1") == LotKey("member:m-1", "CPN:tea", "hq.1")
        assert snapshot.catalogue.code("C2") is None


def test_a_member_has_a_home_and_a_birthday_or_not(cache: Cache, tmp_path: Path) -> None:
    change(tmp_path, "UPDATE members SET home = 'river' WHERE id = 'm-1'")
    change(tmp_path, "UPDATE people SET birthday = '02-29' WHERE member = 'm-1'")
    with cache.reading() as snapshot:
        assert snapshot.profile("m-1") == ("river", "02-29")
        assert snapshot.profile("m-2") == ("", None) == snapshot.profile("m-9")


@pytest.mark.parametrize("body", [b"", b"{}", b'{"sku":5}', b"\xff"])
def test_an_article_that_makes_no_sense_breaks_the_cache_by_name(
    cache: Cache, tmp_path: Path, body: bytes
) -> None:
    change(tmp_path, "UPDATE goods SET body = ? WHERE sku = 's-001'", body)
    with cache.reading() as snapshot:
        assert snapshot.catalogue.goods(["s-002"])
        with pytest.raises(CacheUnusable, match="cannot be read") as caught:
            snapshot.catalogue.goods(["s-001"])
        assert caught.value.broken


def test_without_a_cache_there_is_nothing() -> None:
    catalogue = NO_SNAPSHOT.catalogue
    assert (catalogue.goods(["s-001"]), catalogue.search("", 9), catalogue.everybody()) == ({}, [], [])
    assert catalogue.by_barcode("690") is None is catalogue.staff("s2")
