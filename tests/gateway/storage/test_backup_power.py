"""A power cut at every step of a backup and of a restore, on a disk that keeps what it promised."""

import shutil
from pathlib import Path

import pytest

from gateway.errors import LedgerDamaged
from gateway.storage.backup import check_backup, make_backup, restore
from gateway.storage.belongings import Belonging, copy_file
from gateway.storage.opening import open_ledger
from tests.gateway.rig import LIN, NOON_MS, House
from tests.gateway.storage.power import Disk

OLD_KEY, NEW_KEY = b"key of the backup", b"key of another ledger"


class Store:
    """Everything of one gateway below one folder, which a power cut hits as a whole."""

    def __init__(self, house: House, root: Path) -> None:
        self.house, self.root = house, root
        self.data = house.ledger_path.parent
        self.kept = root / "kept"
        house.open()
        for _ in range(3):
            house.desk.serve([house.tap(LIN)])
        (self.data / "pin.key").write_bytes(OLD_KEY)
        (self.data / "pki").mkdir()
        for name in ("ca.key", "ca.pem"):
            (self.data / "pki" / name).write_bytes(name.encode())

    def belongings(self) -> list[Belonging]:
        return [
            Belonging("pin.key", self.data / "pin.key", True, Path.exists, copy_file),
            Belonging("pki", self.data / "pki", False, lambda path: (path / "ca.key").exists(), copy_file),
        ]

    def back_up(self) -> Path:
        ledger = self.house.ledger_path
        return make_backup(ledger, self.kept, NOON_MS, lambda *_: None, self.belongings()).folder

    def lose(self) -> None:
        """Another event, another key and no authority; tickets that were used since."""
        self.house.desk.serve([self.house.tap(LIN)])
        self.house.closing.close()
        (self.data / "pin.key").write_bytes(NEW_KEY)
        (self.data / "presence.key").write_bytes(b"tickets")
        shutil.rmtree(self.data / "pki")

    def restore(self, folder: Path) -> None:
        void = [self.data / "presence.key"]
        restore(folder, self.house.ledger_path, "g1", self.belongings(), void)


@pytest.fixture
def store(house: House, tmp_path: Path) -> Store:
    return Store(house, tmp_path)


def found(data: Path) -> str:
    """What a gateway finds after the power is back: as before, a refusal, or as in the backup."""
    try:
        ledger = open_ledger(data / "ledger.db", "g1")
    except LedgerDamaged as problem:
        assert "shopbell backup restore" in problem.hint
        return "refused"
    seq = ledger.seq
    ledger.close()
    key, tickets, authority = data / "pin.key", (data / "presence.key").exists(), data / "pki"
    if seq == 4:
        assert (key.read_bytes(), tickets) == (NEW_KEY, True)
        return "old"
    assert (seq, key.read_bytes(), tickets) == (3, OLD_KEY, False)
    assert {path.name: path.read_bytes() for path in authority.iterdir()} == {
        "ca.key": b"ca.key",
        "ca.pem": b"ca.pem",
    }
    return "new"


def test_no_power_cut_leaves_half_a_restore_that_a_gateway_takes_for_whole(
    store: Store, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = store.back_up()
    store.lose()
    met: list[str] = []
    image = tmp_path_factory.mktemp("image") / "data"
    disk = Disk(store.data, image, lambda drawn: met.append(found(drawn)))
    disk.play(lambda: store.restore(folder))
    assert disk.images > 60 and set(met) == {"old", "refused", "new"}
    assert met[0] == "old" and met[-1] == "new"
    assert found(store.data) == "new"


def test_no_power_cut_leaves_half_a_backup_under_a_name(
    store: Store, tmp_path_factory: pytest.TempPathFactory
) -> None:
    store.kept.mkdir()
    whole: list[int] = []

    def judge(drawn: Path) -> None:
        named = list(drawn.glob("g1-*"))
        assert all(check_backup(folder).manifest.files for folder in named)
        whole.append(len(named))

    disk = Disk(store.kept, tmp_path_factory.mktemp("image") / "kept", judge)
    disk.play(store.back_up)
    assert disk.images > 30 and whole[0] == 0 and whole[-1] == 1


@pytest.mark.parametrize("forgotten", ["sync", "mark"])
def test_this_disk_finds_what_is_forgotten(
    store: Store, forgotten: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A restore that does not sync, or does not say that it has begun, is found out."""
    folder = store.back_up()
    store.lose()
    if forgotten == "sync":
        monkeypatch.setattr("gateway.storage.backup.sync", lambda path: None)
    else:
        monkeypatch.setattr("gateway.storage.backup.UNFINISHED_FILE", "mark.that.nobody.reads")
    met: list[str] = []
    image = tmp_path_factory.mktemp("image") / "data"
    disk = Disk(store.data, image, lambda drawn: met.append(found(drawn)))
    with pytest.raises((AssertionError, FileNotFoundError, LedgerDamaged)):
        disk.play(lambda: store.restore(folder))
