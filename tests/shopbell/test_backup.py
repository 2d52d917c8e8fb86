"""`shopbell backup` as a person types it."""

import json
from pathlib import Path

import pytest

from shopbell.cli import call
from tests.gateway.conftest import house as house  # the fixture
from tests.gateway.rig import LIN, House


@pytest.fixture
def settings(house: House, tmp_path: Path) -> Path:
    """Settings of the house's gateway, with three taps booked."""
    house.open()
    for _ in range(3):
        house.desk.serve([house.tap(LIN)])
    path = tmp_path / "shopbell.toml"
    path.write_text(
        f'[gateway]\nid = "g1"\nstore = "s1"\ndata_dir = {json.dumps(str(house.ledger_path.parent))}\n'
    )
    return path


def test_made_checked_and_put_back(
    house: House, settings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "kept"
    assert call(["backup", "create", str(kept), "--config", str(settings)]) == 0
    (folder,) = kept.iterdir()
    assert "events 1 to 3" in capsys.readouterr().out
    assert call(["backup", "verify", str(folder)]) == 0
    house.closing.close()
    assert call(["backup", "restore", str(folder), "--config", str(settings)]) == 0
    assert "until HQ has begun a new epoch" in capsys.readouterr().out


def test_keys_go_along_and_what_became_of_each_is_said(
    house: House, settings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, data, pki = tmp_path / "kept", house.ledger_path.parent, tmp_path / "pki"
    with open(settings, "a") as file:
        file.write(f"[pki]\nfolder = {json.dumps(str(pki))}\n")
    for path, content in ((data / "pin.key", b"ab" * 32), (pki / "device-ca.key", b"key")):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    assert call(["backup", "create", str(kept), "--config", str(settings)]) == 0
    assert "With pin.key, pki: lock this backup away" in capsys.readouterr().out
    (folder,) = kept.iterdir()
    house.closing.close()
    (pki / "device-ca.key").unlink()
    (data / "pin.key").write_bytes(b"cd" * 32)
    assert call(["backup", "restore", str(folder), "--config", str(settings)]) == 0
    said = capsys.readouterr().out
    assert f"{data / 'pin.key'} is put back; the one before is now {data / 'pin.key.before-'}" in said
    assert f"{pki} is put back. Say `shopbell pki revoke` again" in said
    assert (data / "pin.key").read_bytes() == b"ab" * 32 and (pki / "device-ca.key").read_bytes() == b"key"
    (data / "pin.key").unlink()
    assert call(["backup", "create", str(kept), "--no-keys", "--config", str(settings)]) == 0
    assert "lock this backup away" not in capsys.readouterr().out


def test_what_is_not_in_a_backup_is_said(
    house: House, settings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (house.ledger_path.parent / "presence.db").write_bytes(b"no database")
    assert call(["backup", "create", str(tmp_path / "kept"), "--config", str(settings)]) == 0
    assert "NOT in it: presence.db (" in capsys.readouterr().out


def test_a_running_gateway_is_not_restored_under_its_feet(
    house: House, settings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from gateway.storage.layout import LOCK_FILE
    from gateway.storage.lock import Lock

    call(["backup", "create", str(tmp_path / "kept"), "--config", str(settings)])
    (folder,) = (tmp_path / "kept").iterdir()
    lock = Lock(house.ledger_path.parent / LOCK_FILE)
    try:
        assert call(["backup", "restore", str(folder), "--config", str(settings)]) == 2
    finally:
        lock.close()
    assert "Stop it first" in capsys.readouterr().err


def test_a_folder_that_is_no_backup_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["backup", "verify", str(tmp_path)]) == 2
    assert "is no backup" in capsys.readouterr().err
