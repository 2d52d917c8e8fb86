"""`shopbell ledger` as a person types it: readable, honest in its exit status, harmless while it looks."""

import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from gateway.storage.layout import LOCK_FILE
from gateway.storage.ledger import Ledger
from gateway.storage.lock import Lock
from gateway.storage.opening import open_ledger
from gateway.storage.worst_loss import worst_loss
from shopbell import ledger_words
from shopbell.cli import call
from shopbell.look.words import faults, placeholders
from tests.gateway.rig import point_to, write_generation
from tests.gateway.storage.acts import BUNDLE, DAYS, History, Step
from tests.gateway.storage.test_rebuild import EVERYTHING

Shopbell = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A running gateway's ledger, with a row in every table."""
    made = open_ledger(tmp_path / "data" / "ledger.db", "g1")
    History(made).book(EVERYTHING)
    return made


@pytest.fixture
def shopbell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shopbell:
    """Types a verb of `shopbell ledger`; gives status, output and complaints."""
    monkeypatch.setenv("LC_ALL", "C")
    path = tmp_path / "shopbell.toml"
    folder = json.dumps(str(tmp_path / "data"))
    path.write_text(f'[gateway]\nid = "g1"\nstore = "s1"\ndata_dir = {folder}\n', "utf-8")

    def type_(*words: str) -> tuple[int, str, str]:
        status = call(["ledger", *words, "--config", str(path)])
        said = capsys.readouterr()
        return status, said.out, said.err

    return type_


def edit(ledger: Ledger, statement: str) -> None:
    ledger._db.execute(statement)


def test_the_newest_events_are_one_line_each(ledger: Ledger, shopbell: Shopbell) -> None:
    status, out, _ = shopbell("show", "--last", "3")
    lines = out.splitlines()
    assert status == 0
    assert lines[0] == "Gateway g1, epoch 1, events 1 to 9"
    assert [line.split()[0] for line in lines[1:]] == ["7", "8", "9"]
    assert "member.enrolled" in lines[1] and "done" in lines[1] and "staff:test" in lines[1]
    assert len(shopbell("show")[1].splitlines()) == 10


def test_one_event_is_shown_whole(ledger: Ledger, shopbell: Shopbell) -> None:
    status, out, _ = shopbell("show", "--seq", "1")
    assert status == 0
    assert "Event 1 of gateway g1, 2026-11-21 12:00:00" in out
    assert "32 PTS: issuer -> member:m-1 [0000000000000001.0]" in out
    assert json.loads(out.partition("The whole of it:\n")[2])["seq"] == 1


def test_a_member_is_shown_with_cards_lots_and_what_touched_them(ledger: Ledger, shopbell: Shopbell) -> None:
    out = shopbell("show", "--member", "m-1")[1]
    assert "PTS lot 0000000000000001.0: " in out and "expires_on=2027-01-01" in out
    assert "event 1: +32" in out
    assert "provisional, enrolled here by event 7" in shopbell("show", "--member", "p-1")[1]
    assert "(nfc.uid): active" in shopbell("show", "--member", "p-1")[1]
    assert "PTS: " in out and "0 elsewhere" in out and "HQ has said nothing yet" in out
    assert "no lots" in shopbell("show", "--member", "nobody")[1]


def test_a_member_is_shown_with_the_last_visits(ledger: Ledger, shopbell: Shopbell) -> None:
    assert "in the store" not in shopbell("show", "--member", "m-1")[1]
    history = History(ledger)
    history.drawn = 100
    history.book([Step("here", 0, number % 3) for number in range(7)])
    lines = [line for line in shopbell("show", "--member", "m-1")[1].splitlines() if "in the store" in line]
    assert [line.rpartition(" ")[2] for line in lines] == ["16", "15", "14", "13", "12"]
    assert "by network: event 16" in lines[0]
    assert "by tag beacon-shelf shelf: event 15" in lines[1]
    assert "by beacon beacon-door door: event 14" in lines[2]


def test_a_member_is_shown_with_what_hq_said(ledger: Ledger, shopbell: Shopbell, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "cache"
    path = write_generation(folder, "g1")
    with closing(sqlite3.connect(path)) as db:
        db.execute("INSERT INTO aliases VALUES('m-9', 'm-1')")
        db.execute("INSERT INTO lots VALUES('member:m-9', 'PTS', 'a.0', '{}', 70, 1, 20, 0, 0, 0, 0)")
        db.commit()
    point_to(folder, "g1")
    for name in ("m-1", "m-9"):
        out = shopbell("show", "--member", name)[1]
        assert "50 elsewhere" in out and "as HQ said at 2026-11-21 12:00:00" in out


def test_what_is_not_there_is_said_in_one_line(shopbell: Shopbell, ledger: Ledger) -> None:
    status, out, err = shopbell("show", "--seq", "99")
    assert (status, out, err) == (2, "", "shopbell: there is no event 99; the last is 9\n")


@pytest.mark.parametrize("words", [["show"], ["verify"], ["export", "-"], ["exposure"]])
def test_no_ledger_at_all_is_said(shopbell: Shopbell, words: list[str], tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    status, out, err = shopbell(*words)
    assert status in (1, 2)
    assert out == ""
    assert "data_dir" in err or "ledger.db" in err
    assert list((tmp_path / "data").iterdir()) == []


def test_a_whole_ledger_is_proved_while_the_gateway_runs(ledger: Ledger, shopbell: Shopbell) -> None:
    status, out, _ = shopbell("verify")
    assert status == 0
    assert "9 events in one chain" in out
    assert ledger.tip in out


def test_a_wrong_balance_is_found_and_put_right(ledger: Ledger, shopbell: Shopbell) -> None:
    edit(ledger, "UPDATE lots SET minted = minted + 1 WHERE unit = 'PTS'")
    status, out, _ = shopbell("verify")
    assert status == 1
    assert "table lots: 0 rows missing" in out and "shopbell ledger rebuild" in out
    status, out, _ = shopbell("rebuild")
    assert status == 0
    assert "These rows are now as the 9 events say" in out
    assert shopbell("verify")[0] == 0


def test_nothing_is_rebuilt_under_a_running_gateway(
    ledger: Ledger, shopbell: Shopbell, tmp_path: Path
) -> None:
    edit(ledger, "DELETE FROM keys")
    lock = Lock(tmp_path / "data" / LOCK_FILE)
    status, _, err = shopbell("rebuild")
    lock.close()
    assert status == 2
    assert "Stop it first" in err
    assert ledger._db.execute("SELECT count(*) FROM keys").fetchone() == (0,)


def test_a_broken_event_is_named_and_ends_with_1(ledger: Ledger, shopbell: Shopbell) -> None:
    edit(ledger, "UPDATE events SET hash = zeroblob(32) WHERE seq = 5")
    for verb in ("verify", "rebuild"):
        status, out, err = shopbell(verb)
        assert (status, out) == (1, "")
        assert "event 5 is broken" in err


def test_every_event_is_exported_as_it_is_stored(ledger: Ledger, shopbell: Shopbell, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    assert shopbell("export", str(file))[0] == 0
    lines = file.read_bytes().splitlines()
    assert [json.loads(line)["seq"] for line in lines] == list(range(1, 10))
    for line in lines:
        body = line[len(b'{"event":') : line.rindex(b',"hash":')]
        assert hashlib.sha256(body).hexdigest() == json.loads(line)["hash"]
    status, _, err = shopbell("export", str(file))
    assert status == 2 and "is there already" in err
    assert list(tmp_path.glob("*.part")) == []


def test_the_worst_loss_is_said_in_money(ledger: Ledger, shopbell: Shopbell, tmp_path: Path) -> None:
    out = shopbell("exposure")[1].splitlines()
    assert out[0].startswith("Worst loss ") and len(out) == 4
    found = worst_loss(tmp_path / "data" / "ledger.db", BUNDLE, DAYS[0])
    assert found.in_box > 0 and found.still_possible == 20_000


def test_the_terminals_language_is_spoken(
    ledger: Ledger, shopbell: Shopbell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "账本完好：9 条事件" in shopbell("verify")[1]
    assert faults(ledger_words.WORDS) == []
    used = {name for _, english in ledger_words.WORDS.values() for name in placeholders(english)}
    assert used.isdisjoint({"key", "language", "table"}), "say() takes these itself"


def test_looking_changes_nothing(ledger: Ledger, shopbell: Shopbell, tmp_path: Path) -> None:
    path = tmp_path / "data" / "ledger.db"
    ledger.close()
    before = path.read_bytes()
    for words in (["show"], ["verify"], ["exposure"], ["show", "--member", "m-1"], ["rebuild"]):
        assert shopbell(*words)[0] == 0
    assert path.read_bytes() == before
