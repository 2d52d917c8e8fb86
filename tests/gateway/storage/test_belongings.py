"""What lies beside a ledger: taken along, verified, put back only where nothing newer is lost."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from gateway.belongings import belongings, made_void
from gateway.core.promises import BY_NETWORK
from gateway.counters import Counters
from gateway.pins import read_key as read_pin_key
from gateway.presence.checkins import NOWHERE
from gateway.presence.clocks import Kept
from gateway.presence.keeping import LEARNED, VISITS, PresenceDb
from gateway.presence.registry import Site, read_site, write_site
from gateway.presence.tickets import Tickets
from gateway.presence.tickets import read_key as read_ticket_key
from gateway.settings import GatewaySettings
from gateway.storage import synced
from gateway.storage.backup import Backup, BackupRefused, Restored, check_backup, make_backup, restore
from gateway.storage.belongings import PUT_BACK, STAYS, THE_SAME, Belonging, copy_file
from gateway.storage.lock import Lock
from tests.gateway.rig import LIN, NOON_MS, House

SITE = Site(uuid="ab" * 16, width_cm=1_000, height_cm=800)
LARGER = Site(uuid="ab" * 16, width_cm=2_000, height_cm=800)
TAG = Kept("tag-lin", "cd", 1_795_168_320, 2_041, 1_795_168_319, 1_795_233_600, 7)


class Store:
    """A gateway's folder with all that belongs to it, and where its backups go."""

    def __init__(self, house: House, tmp_path: Path) -> None:
        self.house = house
        self.data = house.ledger_path.parent
        self.kept = tmp_path / "kept"
        self.beacons = tmp_path / "etc" / "beacons.json"
        self.pki = tmp_path / "pki"
        self.settings = GatewaySettings(
            id="g1", store="s1", data_dir=str(self.data), beacons_file=str(self.beacons)
        )
        house.open()
        house.desk.serve([house.tap(LIN)])
        self.pin_key = read_pin_key(str(self.data))
        read_ticket_key(str(self.data))
        self.beacons.parent.mkdir()
        write_site(self.beacons, SITE)
        self.hear([TAG], [["m-1", 5]])
        self.pki.mkdir(mode=0o700)
        for name in ("device-ca.key", "issued.jsonl", "issued.jsonl.new"):
            synced.write_synced(self.pki / name, name.encode())

    def hear(self, clocks: list[Kept], visits: list[object]) -> None:
        db = PresenceDb(self.data / "presence.db", Counters())
        assert db.write(clocks, **{VISITS: visits, LEARNED: [["a", "b"]]})
        db.close()

    def belongings(self) -> list[Belonging]:
        authority = Belonging(
            "pki", self.pki, False, lambda path: (path / "device-ca.key").exists(), copy_file
        )
        return [*belongings(self.settings), authority]

    def back_up(self) -> Backup:
        return make_backup(self.house.ledger_path, self.kept, NOON_MS, lambda *_: None, self.belongings())

    def restore(self, folder: Path) -> Restored:
        ledger = self.house.ledger_path
        return restore(folder, ledger, "g1", self.belongings(), made_void(self.settings))

    def outcomes(self, folder: Path) -> dict[str, str]:
        return {outcome.name: outcome.what for outcome in self.restore(folder).outcomes}


@pytest.fixture
def store(house: House, tmp_path: Path) -> Iterator[Store]:
    before = os.umask(0o000)  # whatever the account's mask is, a backup with keys is private
    yield Store(house, tmp_path)
    os.umask(before)


def test_all_that_belongs_is_taken_along_and_private(store: Store) -> None:
    made = store.back_up()
    names = ["beacons.json", "pin.key", "pki/device-ca.key", "pki/issued.jsonl", "presence.db"]
    assert [file.name for file in made.manifest.files] == names and not made.left_out
    assert made.folder.name.startswith(f"g1-1-{made.manifest.tip[:8]}-")
    for path in [made.folder, *made.folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert check_backup(made.folder).manifest == made.manifest


def test_keys_that_would_let_somebody_in_are_not_taken_along(store: Store) -> None:
    (store.data / "session.key").write_bytes(b"s" * 32)
    made = store.back_up()
    secrets = [(store.data / name).read_bytes() for name in ("session.key", "presence.key")]
    files = [path.read_bytes() for path in made.folder.rglob("*") if path.is_file()]
    assert not [secret for secret in secrets for content in files if secret in content]


def test_who_was_in_the_store_is_not_in_a_backup_and_clocks_are(store: Store) -> None:
    store.hear([], [["m-somebody-here", 5]])
    path = store.back_up().folder / "belongings" / "presence.db"
    assert b"m-somebody-here" not in path.read_bytes()
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT name FROM notes").fetchall() == [(LEARNED,)]
        assert db.execute("SELECT highest FROM clocks").fetchall() == [(2_041,)]


def test_the_same_again_is_the_same_backup_and_a_new_beacon_is_another(store: Store) -> None:
    first = store.back_up()
    assert store.back_up().folder == first.folder
    write_site(store.beacons, LARGER)
    assert store.back_up().folder != first.folder


def test_a_lost_disk_is_a_store_again(store: Store) -> None:
    folder = store.back_up().folder
    store.house.closing.close()
    for path in [*store.data.glob("*.key"), *store.data.glob("*.db*"), store.beacons, *store.pki.iterdir()]:
        path.unlink()
    store.pki.rmdir()
    assert set(store.outcomes(folder).values()) == {PUT_BACK}
    assert read_pin_key(str(store.data)) == store.pin_key
    assert read_site(store.beacons) == SITE
    assert sorted(path.name for path in store.pki.iterdir()) == ["device-ca.key", "issued.jsonl"]
    db = PresenceDb(store.data / "presence.db", Counters())
    assert db.clocks() == [TAG] and db.note(VISITS) == []
    db.close()
    private = [store.beacons, store.pki / "device-ca.key", store.data / "pin.key", store.data / "presence.db"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in private} == {0o600}
    assert stat.S_IMODE(store.pki.stat().st_mode) == 0o700


def test_what_is_there_is_newer_and_stays(store: Store) -> None:
    """A beacon that was removed since is not trusted again, nor a device shut out, nor an old clock."""
    folder = store.back_up().folder
    write_site(store.beacons, LARGER)
    store.hear([TAG._replace(highest=9_000)], [])
    (store.pki / "device-crl.pem").write_text("revoked since")
    store.house.closing.close()
    said = store.outcomes(folder)
    assert said == {"pin.key": THE_SAME, "presence.db": STAYS, "beacons.json": STAYS, "pki": STAYS}
    assert read_site(store.beacons) == LARGER and (store.pki / "device-crl.pem").exists()
    db = PresenceDb(store.data / "presence.db", Counters())
    assert [row.highest for row in db.clocks()] == [9_000]
    db.close()


def test_what_is_broken_is_moved_aside_and_put_back(store: Store) -> None:
    folder = store.back_up().folder
    store.house.closing.close()
    store.beacons.write_text("{")
    (store.data / "presence.db").write_bytes(b"no database")
    (store.pki / "device-ca.key").unlink()
    restored = {outcome.name: outcome for outcome in store.restore(folder).outcomes}
    for name, content in (("beacons.json", b"{"), ("presence.db", b"no database")):
        aside = restored[name].aside
        assert restored[name].what == PUT_BACK and aside is not None and aside.read_bytes() == content
    assert restored["pki"].aside is not None and (store.pki / "device-ca.key").exists()
    assert read_site(store.beacons) == SITE


def test_the_key_of_pins_goes_with_its_ledger(store: Store) -> None:
    folder = store.back_up().folder
    store.house.closing.close()
    (store.data / "pin.key").write_text("ff" * 32)
    (outcome,) = [each for each in store.restore(folder).outcomes if each.name == "pin.key"]
    assert read_pin_key(str(store.data)) == store.pin_key
    assert outcome.aside is not None and outcome.aside.read_text() == "ff" * 32


def test_a_ticket_that_was_used_after_the_backup_never_opens_again(store: Store) -> None:
    """The old ledger does not know that it was used: so its key is gone, on this disk too."""
    tickets = Tickets(read_ticket_key(str(store.data)))
    text = tickets.seal(tickets.issue("m-1", BY_NETWORK, NOWHERE, NOON_MS))
    folder = store.back_up().folder
    store.house.closing.close()
    assert tickets.open(text) is not None
    store.restore(folder)
    again = Tickets(read_ticket_key(str(store.data)))
    assert again.open(text) is None
    fresh = again.issue("m-1", BY_NETWORK, NOWHERE, NOON_MS)
    assert again.open(again.seal(fresh)) == fresh


@pytest.mark.parametrize("name", ["pin.key", "beacons.json", "presence.db", "pki/device-ca.key"])
def test_every_changed_or_missing_belonging_is_found(store: Store, name: str) -> None:
    folder = store.back_up().folder
    file = folder / "belongings" / name
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    with pytest.raises(BackupRefused, match=name):
        check_backup(folder)
    file.unlink()
    with pytest.raises(BackupRefused, match=name):
        check_backup(folder)


@pytest.mark.parametrize("name", ["../ledger.db", "/etc/passwd", "pki/../../ledger.db", "a/b/c", ""])
def test_a_backup_cannot_name_a_path(store: Store, name: str) -> None:
    made = store.back_up()
    forged = msgspec.structs.replace(made.manifest.files[0], name=name, sha256=made.manifest.sha256)
    manifest = msgspec.structs.replace(made.manifest, files=(forged,))
    (made.folder / "manifest.json").write_bytes(msgspec.json.encode(manifest))
    with pytest.raises(BackupRefused):
        store.restore(made.folder)


def test_a_backup_of_before_has_none_and_is_restored(store: Store) -> None:
    folder = make_backup(store.house.ledger_path, store.kept, NOON_MS, lambda *_: None).folder
    assert b"files" not in (folder / "manifest.json").read_bytes()
    store.house.closing.close()
    assert store.restore(folder).outcomes == []
    assert read_pin_key(str(store.data)) == store.pin_key


def test_what_cannot_be_read_is_named_and_the_rest_is_there(store: Store) -> None:
    (store.data / "presence.db").write_bytes(b"no database")
    made = store.back_up()
    assert [left.name for left in made.left_out] == ["presence.db"] and made.left_out[0].reason
    assert "presence.db" not in {file.name for file in made.manifest.files}
    assert check_backup(made.folder).manifest == made.manifest


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_root_gives_back_what_others_owned(store: Store) -> None:
    for path in (store.beacons, store.data / "pin.key", store.pki / "device-ca.key"):
        os.chown(path, 65_534, 65_534)
    folder = store.back_up().folder
    store.house.closing.close()
    os.chown(store.house.ledger_path, 65_534, 65_534)
    for path in (store.beacons, store.data / "pin.key", store.pki / "device-ca.key"):
        path.unlink()
    store.restore(folder)
    for path in (store.beacons, store.data / "pin.key", store.pki / "device-ca.key", store.house.ledger_path):
        assert path.stat().st_uid == 65_534, path


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_lock_that_root_makes_first_is_the_gateways_all_the_same(tmp_path: Path) -> None:
    os.chown(tmp_path, 65_534, 65_534)
    Lock(tmp_path / "gateway.lock").close()
    assert (tmp_path / "gateway.lock").stat().st_uid == 65_534
