"""What a store knows of lots: its own log and HQ's word joined, exact whatever HQ has applied since."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec import UNSET

from gateway.core.book import Part
from gateway.core.promises import RIGHT, SPENT, SUSPENSE, Fence, LotFact, Nature, Terms, Transfer
from gateway.storage import layout
from gateway.storage.cache import NO_SNAPSHOT, Cache, CachedLot
from gateway.storage.knowledge import NO_BALANCE, Balance, balances, due, lot_facts, recalls
from gateway.storage.ledger import Ledger
from gateway.storage.lot_book import LotRow
from gateway.storage.opening import open_ledger
from tests.gateway.rig import point_to, write_generation
from tests.gateway.storage.acts import Said
from tests.gateway.storage.test_batch import IN, KEY, LIN, LOT, NEW, OUT, TERMS, decision

TAKEN = Transfer(6, LIN, RIGHT + "g1", "PTS", LOT)
GIVEN_BACK = Transfer(2, RIGHT + "g1", LIN, "PTS", UNSET, LOT)
SAID = CachedLot(
    LIN, "PTS", LOT, TERMS, total=20, epoch=1, granted=6, lease_end=99, recall=0, minted=0, spent=0
)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """An open, empty one."""
    return open_ledger(tmp_path / "ledger.db", "g1")


def fact(ledger: Ledger, *said: CachedLot, as_of: int = 0) -> LotFact:
    snapshot = Said(said)
    snapshot.as_of = as_of
    with ledger.reading() as page:
        (found,) = lot_facts(page, snapshot, (LIN,), "PTS", LOT)
    return found


def book(ledger: Ledger, *transfers: Transfer, **more: object) -> None:
    with ledger.transaction() as page:
        page.add(decision(*transfers, lots=() if page.met(LIN) else NEW, **more))  # type: ignore[arg-type]


def test_a_lot_that_only_hq_knows_is_offered_and_new(ledger: Ledger) -> None:
    found = fact(ledger, SAID)
    assert found == LotFact(14, 0, 99, 0, LOT, Nature(LIN, TERMS, "PTS"), True, 6)


def test_a_lot_that_was_made_here_is_all_here(ledger: Ledger) -> None:
    book(ledger, IN, OUT)
    assert fact(ledger) == LotFact(0, 0, 0, 6, LOT, Nature(LIN, TERMS, "PTS"), False, 0)


def test_what_was_taken_is_offered_no_more(ledger: Ledger) -> None:
    book(ledger, TAKEN)
    found = fact(ledger, SAID)
    assert (found.left, found.offered, found.elsewhere, found.new) == (6, 0, 14, False)
    more = fact(ledger, SAID._replace(granted=9))
    assert (more.left, more.offered, more.elsewhere) == (6, 3, 11)


@pytest.mark.parametrize("applied", range(5))
def test_the_total_is_exact_whatever_hq_has_applied(ledger: Ledger, applied: int) -> None:
    """Minted 10, taken 6, spent 4, spent 4: HQ heard of the first `applied` of these."""
    for transfer in (IN, TAKEN, OUT, OUT):
        book(ledger, transfer)
    minted, spent = (10 if applied > 0 else 0), 4 * max(0, applied - 2)
    found = fact(ledger, SAID._replace(minted=minted, spent=spent, total=20 + minted - spent))
    assert (found.left, found.offered, found.elsewhere) == (8, 0, 14)


def test_what_is_on_its_way_back_is_elsewhere(ledger: Ledger) -> None:
    book(ledger, TAKEN)
    book(ledger, GIVEN_BACK)
    found = fact(ledger, SAID._replace(recall=5))
    assert (found.left, found.elsewhere, found.recall) == (4, 16, 3)


def test_a_part_of_an_older_epoch_is_nothing(ledger: Ledger) -> None:
    book(ledger, TAKEN)
    book(ledger, act=Fence(2))
    found = fact(ledger, SAID)
    assert (found.left, found.offered, found.lease_end, found.elsewhere, found.new) == (0, 0, 0, 20, False)


def test_an_image_that_was_fenced_off_is_offered_nothing(ledger: Ledger) -> None:
    book(ledger, TAKEN)
    found = fact(ledger, SAID._replace(epoch=2, total=14))
    assert (found.left, found.offered, found.elsewhere) == (6, 0, 14)


def test_what_was_given_at_risk_is_owed_until_hq_has_applied_it(ledger: Ledger) -> None:
    book(ledger, IN)
    with ledger.transaction() as page:
        page.add(decision(Transfer(3, SPENT, SUSPENSE, "PTS", UNSET, LOT), lots=NEW))
    assert fact(ledger, SAID, as_of=1).owed == 3
    assert fact(ledger, SAID, as_of=2).owed == 0


def test_used_up_lots_are_told_as_well(ledger: Ledger) -> None:
    book(ledger, IN, OUT, OUT, Transfer(2, SPENT, LIN, "PTS", UNSET, LOT))
    found = fact(ledger)
    assert (found.left, found.new) == (0, False)


def test_only_what_is_asked_for_is_told_in_order(ledger: Ledger) -> None:
    others = [SAID._replace(lot=f"{name}.0") for name in "zab"] + [SAID._replace(owner="member:m-2")]
    others.append(SAID._replace(unit="QPT"))
    with ledger.reading() as page:
        told = lot_facts(page, Said(others), (LIN, "member:m-2"), "PTS", None)
        assert [(one.nature.owner, one.lot) for one in told] == [
            (LIN, "a.0"), (LIN, "b.0"), (LIN, "z.0"), ("member:m-2", LOT),
        ]  # fmt: skip
        assert len(lot_facts(page, Said(others), (LIN,), None, None)) == 4
        assert lot_facts(page, Said(others), ("member:nobody",), None, None) == ()


def test_balances_are_sums_by_unit(ledger: Ledger) -> None:
    book(ledger, IN, OUT)
    alias = SAID._replace(owner="member:old", lot="b.0", total=9, granted=4)
    with ledger.reading() as page:
        assert balances(page, Said([alias]), (LIN, "member:old")) == {"PTS": Balance(10, 0, 4, 5)}
        assert balances(page, Said([]), ("member:nobody",)).get("PTS", NO_BALANCE) == NO_BALANCE


def test_recalls_are_those_that_something_can_be_given_of(ledger: Ledger) -> None:
    book(ledger, TAKEN)
    said = [SAID._replace(recall=2), SAID._replace(lot="b.0", recall=2), SAID._replace(lot="c.0")]
    with ledger.reading() as page:
        assert [(one.lot, one.recall) for one in recalls(page, Said(said), 9)] == [(LOT, 2)]
        assert recalls(page, Said(said), 0) == ()
        assert [one.lot for one in due(page, Said(said), [LotRow(KEY, Part(), TERMS)])] == [LOT]


@given(
    some.lists(
        some.tuples(some.sampled_from(["mint", "take", "spend", "give", "apply"]), some.integers(1, 9))
    )
)
def test_the_join_is_what_all_logs_hold(steps: list[tuple[str, int]]) -> None:
    """Against a plain model: HQ's pool, our part, and an HQ that applies our log whenever it likes."""
    pool, granted, ours, heard = 50, 0, Part(), Part()
    for kind, amount in steps:
        if kind == "mint":
            ours = ours._replace(minted=ours.minted + amount)
        elif kind == "take" and pool >= amount:
            pool, granted = pool - amount, granted + amount
            ours = ours._replace(granted=granted)
        elif kind == "spend" and ours.free >= amount:
            ours = ours._replace(spent=ours.spent + amount)
        elif kind == "give" and ours.free >= amount:
            ours = ours._replace(returned=ours.returned + amount)
        elif kind == "apply":
            pool, heard = pool + ours.returned - heard.returned, ours
        rest = granted - heard.returned + heard.minted - heard.spent
        said = SAID._replace(
            total=pool + rest, granted=granted, minted=heard.minted, spent=heard.spent, recall=0
        )
        (found,) = lot_facts(Page(ours), Said([said]), (LIN,), "PTS", LOT)
        assert found.left == ours.left
        assert found.elsewhere == pool + ours.returned - heard.returned


class Page:
    """A ledger of one lot."""

    epoch = 1

    def __init__(self, part: Part) -> None:
        self._part = part

    def met(self, owner: str, unit: str | None = None, lot: str | None = None) -> list[LotRow]:
        return [LotRow(KEY, self._part, TERMS)]

    def owed(self, unit: str, lot: str, after: int) -> int:
        return 0


def test_a_cache_tells_lots_members_and_aliases(tmp_path: Path) -> None:
    path = write_generation(tmp_path, "g1")
    insert(
        path,
        ("aliases", "m-9", "m-1"),
        ("aliases", "m-8", "m-1"),
        ("lots", "member:m-1", "PTS", "a.0", b'{"kind":"bonus"}', 9, 1, 4, 0, 0, 0, 0),
        ("lots", "member:m-1", "CPN:tea", "b.0", b"{}", 1, 1, 1, 0, 1, 0, 0),
        ("meta", layout.META_RIGHTS_EPOCH, 3),
    )
    point_to(tmp_path, "g1")
    cache = Cache(tmp_path)
    cache.follow()
    with cache.reading() as snapshot:
        assert snapshot.rights_epoch == 3
        assert (snapshot.survivor("m-9"), snapshot.survivor("m-1")) == ("m-1", "m-1")
        assert snapshot.aliases("m-1") == ["m-8", "m-9"]
        assert snapshot.aliases("m-9") == []
        assert [card.id for card in snapshot.instruments("m-1")] == ["c-1", "q-1"]
        member = snapshot.member("m-1")
        assert member is not None and (member.tier, member.qualifying) == ("silver", 880)
        assert snapshot.member("m-9") is None
        assert [lot.unit for lot in snapshot.lots("member:m-1")] == ["CPN:tea", "PTS"]
        (lot,) = snapshot.lots("member:m-1", "PTS", "a.0")
        assert lot == CachedLot("member:m-1", "PTS", "a.0", Terms(kind="bonus"), 9, 1, 4, 0, 0, 0, 0)
        assert snapshot.lots("member:m-1", "PTS", "b.0") == []
        assert [lot.lot for lot in snapshot.recalled()] == ["b.0"]
    cache.close()


def test_no_cache_tells_nothing() -> None:
    nothing = NO_SNAPSHOT
    assert (nothing.lots(LIN), list(nothing.recalled()), nothing.aliases("m-1")) == ([], [], [])
    assert (nothing.survivor("m-1"), nothing.member("m-1"), nothing.rights_epoch) == ("m-1", None, 0)


def insert(path: Path, *rows: tuple[object, ...]) -> None:
    with sqlite3.connect(path) as db:
        for table, *values in rows:
            marks = ", ".join("?" * len(values))
            db.execute(f"INSERT OR REPLACE INTO {table} VALUES({marks})", values)
    db.close()
