"""What one batch sees of itself, what is left of it when it is undone, and what must never be booked."""

from pathlib import Path

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from gateway.core import model
from gateway.core.book import AccountKey, LotKey, Part
from gateway.core.errors import EventError
from gateway.core.model import Decision, Facts, Input, NewLot, Outcome
from gateway.core.promises import (
    HELD,
    ISSUER,
    RELEASED,
    SPENT,
    SUSPENSE,
    Credit,
    Fence,
    Hold,
    Nature,
    Post,
    Terms,
    Transfer,
)
from gateway.errors import LedgerUnsafe
from gateway.storage.digest import digest
from gateway.storage.identities import PersonRow, commitment
from gateway.storage.layout import POSTINGS_AN_EVENT
from gateway.storage.ledger import Ledger
from gateway.storage.opening import open_ledger
from gateway.storage.projections import DueHold, HoldRow
from tests.gateway.core.test_decide import SETTING
from tests.gateway.storage.acts import History, Step

LIN = "member:m-1"
LOT = "00000000000000aa.0"
KEY = LotKey(LIN, "PTS", LOT)
TERMS = Terms(expires_on="2026-12-31", zone="Asia/Shanghai")
IN = Transfer(10, LIN, ISSUER, "PTS", LOT)
OUT = Transfer(4, SPENT, LIN, "PTS", UNSET, LOT)
NEW = (NewLot(LOT, Nature(LIN, TERMS, "PTS")),)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """An open, empty one."""
    return open_ledger(tmp_path / "ledger.db", "g1")


def decision(
    *transfers: Transfer, key: str | None = None, lots: tuple[NewLot, ...] = (), **more: object
) -> Decision:
    act = more.pop("act", Post((Credit(10, LIN, TERMS, "PTS"),)))
    given = Input(
        SETTING,
        "",
        "aa" * 8,
        model.TRANSFER_POSTED,
        act=act,
        actor="staff:x",
        key=key or UNSET,
        **more,  # type: ignore[arg-type]
    )
    return Decision(given, Facts(), Outcome(False, model.DONE), transfers, lots or UNSET)


def everything(ledger: Ledger) -> list[object]:
    tables = [row[0] for row in ledger._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return [ledger._db.execute(f"SELECT * FROM {table}").fetchall() for table in tables]


def test_decisions_of_one_batch_see_each_other(ledger: Ledger) -> None:
    with ledger.transaction() as page:
        page.add(decision(IN, key="k-1", lots=NEW))
        assert page.part(KEY) == Part(minted=10)
        assert [row.terms for row in page.lots(LIN)] == [TERMS]
        assert page.lots(LIN, "QPT") == [] == page.lots("member:m-2")
        page.add(decision(OUT, OUT))
        assert page.part(KEY) == Part(minted=10, spent=8)
        assert page.account(AccountKey(ISSUER, "PTS")) == -10
        assert page.account(AccountKey(SPENT, "PTS")) == 8
        assert page.key("k-1") == 1
        assert page.key("k-2") is None
    with ledger.reading() as page:
        assert page.part(KEY) == Part(minted=10, spent=8)
        assert [(row.key, row.terms) for row in page.lots(LIN, "PTS")] == [(KEY, TERMS)]
        assert page.account(AccountKey(SPENT, "PTS")) == 8
        assert page.key("k-1") == 1


def test_a_lot_of_the_file_and_one_of_the_batch_are_listed_in_order(ledger: Ledger) -> None:
    for name in ("b.0", "a.0", "c.0"):
        with ledger.transaction() as page:
            page.add(decision(Transfer(1, LIN, ISSUER, "PTS", name), lots=(NewLot(name, NEW[0].nature),)))
            listed = [row.key.lot for row in page.lots(LIN, "PTS")]
            assert listed == sorted(listed)
            assert name in listed


def test_postings_of_a_lot_are_a_chain_back_to_its_first(ledger: Ledger) -> None:
    for number in range(4):
        with ledger.transaction() as page:
            page.add(
                decision(*([OUT] if number else [IN]), lots=() if number else NEW)
                if number < 3
                else decision(IN)
            )
    last = ledger._db.execute("SELECT last FROM lots").fetchone()[0]
    chain = []
    while last:
        amount, prev = ledger._db.execute(
            "SELECT amount, prev FROM postings WHERE id = ?", (last,)
        ).fetchone()
        chain.append((last // POSTINGS_AN_EVENT, amount))
        last = prev
    assert chain == [(4, 10), (3, -4), (2, -4), (1, 10)]
    assert ledger._db.execute("SELECT unit, sum(amount) FROM postings GROUP BY unit").fetchall() == [
        ("PTS", 0)
    ]


def test_a_batch_undone_leaves_nothing(ledger: Ledger) -> None:
    History(ledger).book([Step("credit", 0, 0, 31), Step("enrol", 1), Step("hold", 0, 0, 3)])
    before, epoch, newest = everything(ledger), ledger.epoch, ledger.newest_identity
    with pytest.raises(RuntimeError), ledger.transaction() as page:
        history = History(ledger)
        history.drawn = 100
        for step in (Step("credit", 1, 1, 7), Step("spend", 0, 0, 2), Step("enrol", 2), Step("fence", 1)):
            history._step(page, step)
        page.put_person(PersonRow("p-2", "王伟", b"salt", page.seq))
        assert page.epoch == 2
        raise RuntimeError
    assert everything(ledger) == before
    assert (ledger.epoch, ledger.newest_identity) == (epoch, newest)
    with ledger.reading() as page:
        assert (page.member("p-2"), page.person("p-2"), page.lots("member:m-2")) == (None, None, [])


REFUSED = {
    "overdrawn": decision(IN, replace(OUT, amount=11), lots=NEW),
    "lot_unknown": decision(IN),
    "bad_transfer": decision(replace(IN, amount=0), lots=NEW),
    "key_reused": decision(key="k-1"),
    "bad_epoch": decision(act=Fence(1)),
    "too_many_transfers": decision(*[IN] * (POSTINGS_AN_EVENT // 2 + 1), lots=NEW),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_must_not_be_is_refused_and_changes_nothing(ledger: Ledger, reason: str) -> None:
    with ledger.transaction() as page:
        page.add(decision(key="k-1"))
    before = digest(ledger._db)
    with ledger.transaction() as page:
        with pytest.raises(EventError, match=reason):
            page.add(REFUSED[reason])
        assert (page.seq, page.part(KEY), page.account(AccountKey(SPENT, "PTS"))) == (1, Part(), 0)
    assert ledger.seq == 1
    assert digest(ledger._db) == before


def test_holds_wait_end_once_and_time_out(ledger: Ledger) -> None:
    held = Transfer(3, SPENT, LIN, "PTS", UNSET, LOT, "aa" * 8, HELD)
    release = replace(held, phase=RELEASED)
    with ledger.transaction() as page:
        page.add(decision(IN, lots=NEW))
        page.add(decision(held, act=Hold(3, LIN, "PTS", 500)))
        assert page.hold("aa" * 8) == HoldRow(2, 500)
        assert page.part(KEY) == Part(minted=10, held=3)
        assert page.due_holds(499, 9) == []
        assert page.due_holds(500, 9) == [DueHold("aa" * 8, 2, 500)]
    with ledger.transaction() as page:
        assert page.due_holds(500, 9) == [DueHold("aa" * 8, 2, 500)]
        with pytest.raises(EventError, match="hold_unknown"):
            page.add(decision(replace(release, hold="bb" * 8)))
        page.add(decision(release))
        assert (page.hold("aa" * 8), page.due_holds(500, 9)) == (None, [])
        with pytest.raises(EventError, match="overdrawn"):
            page.add(decision(release))
    assert ledger._db.execute("SELECT count(*) FROM holds").fetchone() == (0,)


def test_only_what_is_free_and_past_its_day_expires(ledger: Ledger) -> None:
    with ledger.transaction() as page:
        page.add(decision(IN, lots=NEW))
        assert page.expired("2026-12-31", 9) == []
        assert [row.key for row in page.expired("2027-01-01", 9)] == [KEY]
    with ledger.transaction() as page:
        assert [row.key for row in page.expired("2027-01-01", 9)] == [KEY]
        page.add(decision(replace(OUT, amount=10)))
        assert page.expired("2027-01-01", 9) == []
    with ledger.transaction() as page:
        assert page.expired("2027-01-01", 9) == []
        page.add(decision(replace(IN, amount=2, debit=SPENT)))
        assert [row.part.left for row in page.expired("2027-01-01", 1)] == [2], "what came back expires again"
    assert [row[0] for row in ledger._db.execute("SELECT due FROM lots")] == ["2026-12-31"]


def test_a_new_epoch_has_no_part_of_any_lot_and_no_hold(ledger: Ledger) -> None:
    held = Transfer(3, SPENT, LIN, "PTS", UNSET, LOT, "aa" * 8, HELD)
    with ledger.transaction() as page:
        page.add(decision(IN, lots=NEW))
        page.add(decision(held, act=Hold(3, LIN, "PTS", 500)))
    with ledger.transaction() as page:
        page.add(decision(act=Fence(4)))
        assert page.epoch == 4
        assert page.part(KEY) == Part()
        assert page.lots(LIN) == []
        assert [(row.key, row.part, row.terms) for row in page.met(LIN)] == [(KEY, Part(), TERMS)]
        assert page.hold("aa" * 8) is None
        assert page.expired("2027-01-01", 9) == []
        page.add(decision(IN))
        assert page.part(KEY) == Part(minted=10)
    ledger.close()


def test_what_was_given_at_risk_is_counted_behind_a_seq(ledger: Ledger) -> None:
    given = Transfer(2, SPENT, SUSPENSE, "PTS", UNSET, LOT)
    back = Transfer(1, SUSPENSE, SPENT, "PTS", LOT)
    with ledger.transaction() as page:
        assert page.owed("PTS", LOT, 0) == 0
        page.add(decision(given, lots=NEW))
        page.add(decision(given))
        assert page.owed("PTS", LOT, 0) == 4
    with ledger.transaction() as page:
        page.add(decision(back))
        assert [page.owed("PTS", LOT, seq) for seq in range(5)] == [3, 1, 0, 0, 0]
        assert page.owed("PTS", "other.0", 0) == 0
    with ledger.reading() as page:
        assert [page.owed("PTS", LOT, seq) for seq in range(4)] == [3, 1, 0, 0]


def test_an_epoch_is_durable(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "ledger.db", "g1")
    with ledger.transaction() as page:
        page.add(decision(act=Fence(4)))
    assert ledger.epoch == 4
    ledger.close()
    assert open_ledger(tmp_path / "ledger.db", "g1").epoch == 4


def test_names_can_be_erased_without_a_trace(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = open_ledger(path, "g1")
    name = "欧阳若汐"
    with ledger.transaction() as page:
        page.put_person(PersonRow("p-1", name, b"salt", 1))
        assert page.person("p-1") == PersonRow("p-1", name, b"salt", 1)
    with ledger.transaction() as page:
        page.put_person(PersonRow("p-1", name, b"pepper", 2))
    with ledger.transaction() as page:
        assert page.person("p-1") == PersonRow("p-1", name, b"pepper", 2)
        page.erase_person("p-1")
        assert page.person("p-1") is None
    ledger.close()
    assert name.encode() not in path.read_bytes()
    assert commitment(name, b"salt") != commitment(name, b"pepper")
    assert len(commitment(name, b"salt")) == 64


def test_what_cannot_be_read_is_judged_as_what_cannot_be_written(ledger: Ledger) -> None:
    ledger._db.execute("DROP TABLE lots")
    with pytest.raises(LedgerUnsafe, match="no such table"), ledger.reading() as page:
        page.lots(LIN)
    with ledger.reading() as page:
        assert page.key("k-1") is None, "and the next reading begins anew"
