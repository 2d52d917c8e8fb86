"""The folder of `make run`: made once, kept, thrown away only if it is ours."""

import json
import os
import stat
import tomllib
from pathlib import Path

import pytest

from gateway.settings import GatewaySettings
from shopbell.errors import ShopbellError
from shopbell.run import house
from shopbell.settings import TABLES, load


def test_a_second_start_keeps_everything(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    settings = house.prepare(folder, reset=False)
    settings.write_text(settings.read_text() + "# mine\n")
    (folder / "store" / "ledger.db").write_text("booked")
    before = (folder / "tokens" / "hq.json").read_bytes()
    assert house.prepare(folder, reset=False) == settings
    assert settings.read_text().endswith("# mine\n")
    assert (folder / "store" / "ledger.db").read_text() == "booked"
    assert (folder / "tokens" / "hq.json").read_bytes() == before


def test_reset_begins_afresh(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    house.prepare(folder, reset=False)
    (folder / "store" / "ledger.db").write_text("booked")
    before = (folder / "tokens" / "hq.json").read_bytes()
    house.prepare(folder, reset=True)
    assert not (folder / "store" / "ledger.db").exists()
    assert (folder / "tokens" / "hq.json").read_bytes() != before


def test_reset_leaves_a_folder_alone_that_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ShopbellError, match="is not a folder of"):
        house.prepare(tmp_path, reset=True)
    assert (tmp_path / "thesis.txt").exists()


def test_tokens_are_secret_and_fit_together(tmp_path: Path) -> None:
    house.prepare(tmp_path, reset=False)
    files = list((tmp_path / "tokens").iterdir())
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    hq = json.loads((tmp_path / "tokens" / "hq.json").read_text())
    assert hq["gateways"] == {house.GATEWAY_ID: house.read_token(tmp_path / "tokens" / "bridge")}
    assert house.staff_token(tmp_path / "tokens" / "hq.json") == hq["staff"]


def test_the_settings_it_writes_are_settings(tmp_path: Path) -> None:
    path = house.prepare(tmp_path, reset=False)
    assert set(tomllib.loads(path.read_text())) <= set(TABLES)
    gateway = GatewaySettings.from_table(load(path, {}).table("gateway"))
    assert (gateway.id, gateway.store, gateway.store_name) == (
        house.GATEWAY_ID,
        "river",
        "江畔店 / Riverside",
    )


def test_a_folder_too_deep_for_sockets_is_said_before_anything_is_made(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 100)
    with pytest.raises(ShopbellError, match="too long"):
        house.take(deep)
    assert not deep.exists()


def test_a_folder_in_use_is_refused_with_who_has_it(tmp_path: Path) -> None:
    held = house.take(tmp_path)
    house.prepare(tmp_path, reset=False)
    with pytest.raises(ShopbellError, match=rf"process {os.getpid()}\)"):
        house.take(tmp_path)
    os.close(held)
    held = house.take(tmp_path)
    house.prepare(tmp_path, reset=True)
    with pytest.raises(ShopbellError, match="in use"):
        house.take(tmp_path)
    os.close(held)
