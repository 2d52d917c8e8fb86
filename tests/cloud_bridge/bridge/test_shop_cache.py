"""What HQ says of goods, staff, members and coupons, as a gateway finds it in its cache."""

import asyncio
import itertools
import sqlite3
from collections.abc import Callable, Iterable

import pytest

from cloud_bridge.bridge.rows import Reader, statements
from cloud_bridge.wire import GoodKey, GoodRow, LotKey, LotRow, Row, StaffKey, StaffRow
from gateway.core.book import LotKey as Key
from gateway.core.evidence import NFC_UID, evidence_key
from gateway.core.orders.model import Good
from gateway.core.promises import Terms
from gateway.storage import layout
from gateway.storage.cache import Cache, Snapshot
from tests.cloud_bridge.bridge.test_feed import folder_of
from tests.cloud_bridge.hq.test_shop_imports import (
    BADGE,
    GOODS_HEADER,
    SAMPLES,
    STAFF_HEADER,
    good,
    import_file,
    staff,
)
from tests.cloud_bridge.rig import HEADER, FakeGateway, RunningHq, fill, open_bridge

READER = Reader("gw-1", 1)


def look(gateway: FakeGateway, hq: RunningHq, check: Callable[[Snapshot], None]) -> None:
    """Fill the cache by the real bridge, then read it as the real gateway does."""

    async def run() -> None:
        async with open_bridge(gateway, hq.url) as bridge:
            await fill(bridge)

    asyncio.run(run())
    cache = Cache(folder_of(gateway))
    cache.follow()
    with cache.reading() as snapshot:
        check(snapshot)
    cache.close()


def test_goods_staff_homes_and_birthdays_reach_a_gateway(gateway: FakeGateway, hq: RunningHq) -> None:
    hq.staff("POST", "/v1/programs", content=(SAMPLES / "bundle.json").read_bytes())
    import_file(hq, "goods", GOODS_HEADER + good("toast", "210|290") + good("other", "", "0", "13", "open"))
    import_file(hq, "staff", STAFF_HEADER + staff("S1", "manager", BADGE) + staff("S2"))
    header = HEADER.rstrip("\n") + ",birthday\n"
    hq.import_text(header + "A1,林晓雯,,zh-CN,active,,10,river,,,active,03-08\n")
    (member,) = hq.staff("GET", "/v1/members?query=A1").json()["found"]

    def check(snapshot: Snapshot) -> None:
        shop = snapshot.catalogue
        toast = Good("toast", {"zh-CN": "面包", "en": "Bread"}, 1200, "bread", tax=1300)
        assert shop.by_barcode("290") == shop.by_barcode("210") == shop.goods(["toast"])["toast"] == toast
        assert [found.sku for found in shop.search("面", 9)] == ["other", "toast"]
        assert [found.sku for found in shop.search("BREAD 21", 9)] == ["toast"]
        assert snapshot.brand_key is not None
        badge = shop.staff_by_badge(evidence_key(snapshot.brand_key, NFC_UID, bytes.fromhex(BADGE)))
        assert badge is not None and (badge.id, badge.role, badge.status) == ("S1", "manager", "active")
        assert [person.id for person in shop.everybody()] == ["S1", "S2"]
        profile = snapshot.profile(member["id"])
        assert (profile.home, profile.birthday) == ("river", "03-08")

    look(gateway, hq, check)

    import_file(hq, "goods", GOODS_HEADER + good("toast", "210"))
    hq.staff("DELETE", "/v1/goods/other")
    hq.staff("DELETE", "/v1/staff/S2")

    def check_again(snapshot: Snapshot) -> None:
        shop = snapshot.catalogue
        assert shop.by_barcode("290") is None and shop.by_barcode("210") is not None
        assert [found.sku for found in shop.search("", 9)] == ["toast"]
        assert shop.staff("S2") is None

    look(gateway, hq, check_again)


def test_a_coupon_is_found_by_its_code(gateway: FakeGateway, hq: RunningHq) -> None:
    hq.import_text(HEADER + "A1,林晓雯,,zh-CN,active,,10,gw,,,active\n")
    (member,) = hq.staff("GET", "/v1/members?query=A1").json()["found"]
    asked = {"key": "k1", "unit": "CPN:ten", "amount": 2}
    lots = hq.staff("POST", f"/v1/members/{member['id']}/credits", json=asked).json()["lots"]
    codes = [code for (code,) in hq.query("SELECT terms FROM lots ORDER BY lot")]
    assert len(set(codes)) == 2, "each coupon has a code of its own"

    def check(snapshot: Snapshot) -> None:
        for lot in lots:
            (found,) = [one for one in snapshot.lots(f"member:{member['id']}") if one.lot == lot]
            assert found.terms.code is not None
            assert snapshot.catalogue.code(found.terms.code) == Key(found.owner, found.unit, lot)

    look(gateway, hq, check)


def tables(rows: Iterable[Row]) -> dict[str, list]:
    """What rows leave behind in an empty cache."""
    with sqlite3.connect(":memory:") as db:
        for sql in layout.CACHE_SCHEMA:
            db.execute(sql)
        for row in rows:
            for sql, values in statements(row, READER):
                db.execute(sql, values)
        names = ("goods", "barcodes", "staff", "codes", "lots")
        return {name: db.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall() for name in names}


def article(sku: str, *barcodes: str) -> GoodRow:
    return GoodRow(sku, list(barcodes), Good(sku, {"en": sku, "zh-CN": sku}, 100))


@pytest.mark.parametrize("order", list(itertools.permutations(range(2))))
def test_a_barcode_that_moved_is_where_it_is_now_whichever_comes_first(order: tuple[int, ...]) -> None:
    now = [article("a", "1"), article("b", "2")]
    found = tables([article("a", "1", "2"), article("b"), *(now[place] for place in order)])
    assert found["barcodes"] == [("1", "a"), ("2", "b")]


def test_rows_that_come_again_change_nothing() -> None:
    lot = LotRow("ab.0", "member:m1", "CPN:ten", Terms("CABC"), 1, {})
    rows: list[Row] = [article("a", "1"), StaffRow("S1", "林晓雯", "clerk", "ab" * 16, "active"), lot]
    assert tables(rows * 2) == tables(rows)
    assert tables(rows)["codes"] == [("CABC", "member:m1", "CPN:ten", "ab.0")]


def test_what_is_forgotten_leaves_nothing() -> None:
    lot = LotRow("ab.0", "member:m1", "CPN:ten", Terms("CABC"), 1, {})
    rows: list[Row] = [article("a", "1"), StaffRow("S1", "林晓雯", "clerk", None, "active"), lot]
    rows += [GoodKey("a"), StaffKey("S1"), LotKey("member:m1", "CPN:ten", "ab.0")]
    assert not any(tables(rows).values())


def test_of_two_lots_with_one_code_the_first_keeps_it() -> None:
    rows = [LotRow(f"a{n}.0", "member:m1", "CPN:ten", Terms("SAME"), 1, {}) for n in range(2)]
    assert [row[3] for row in tables(rows)["codes"]] == ["a0.0"]
