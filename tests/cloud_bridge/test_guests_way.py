"""A guest's way through the whole house but the wire: a real store's door, the real bridge, a real HQ."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from sqlalchemy import insert, select

from cloud_bridge.hq import models
from cloud_bridge.hq.app import Hq, build
from cloud_bridge.hq.database import Database
from cloud_bridge.hq.people_models import consents, forgotten
from cloud_bridge.hq.settings import read_tokens
from cloud_bridge.hq.views import find_members
from gateway.core.event import canonical
from gateway.phones import read_phones
from tests.cloud_bridge.rig import drain, hq_settings, open_bridge, silent_log
from tests.gateway.guests.hall import HALL, Hall
from tests.gateway.rig import BRAND_KEY, House

TOKEN = "token-of-g1-0123456789"
NAME, NUMBER = "独一无二的客人", "+8613800138000"


class Place(NamedTuple):
    """What the bridge needs to know of a gateway."""

    gateway: str
    data_dir: Path
    run_dir: Path


class Way:
    """A store whose cards HQ knows by the same key, and both ends of the line."""

    def __init__(self, folder: Path, house: House) -> None:
        self.folder, self.url = folder, f"sqlite:///{folder}/hq.db"
        self.house = house
        self._share_the_brands_key()
        (folder / "bundle.json").write_bytes(canonical(HALL))
        self.hq = self.start()
        self.hall = Hall(house)
        self.hall.phones = read_phones(str(folder / "phone.key.pub"))
        self.hall.begin()

    def _share_the_brands_key(self) -> None:
        database = Database(self.url)
        database.create()
        with database.writing() as connection:
            connection.execute(insert(models.secrets), {"name": "brand_key", "value": BRAND_KEY})
        database.close()

    def start(self) -> Hq:
        more = {"bundle_file": f"{self.folder}/bundle.json", "phone_key_file": f"{self.folder}/phone.key"}
        settings = hq_settings(self.folder, **more)
        path = self.folder / "tokens-of-g1.json"
        path.write_text(json.dumps({"gateways": {"g1": TOKEN}, "staff": "staff-token-0123456789"}))
        return build(settings, read_tokens(str(path)), silent_log(), lambda: self.house.now_ms)

    def up(self) -> None:
        """Everything goes up, events first."""

        async def run() -> None:
            transport = httpx.ASGITransport(self.hq.site)
            headers = {"authorization": f"Bearer {TOKEN}"}
            place: Any = Place("g1", self.house.data, self.house.run)
            client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers)
            async with open_bridge(place, "http://127.0.0.1", client=client) as bridge:
                await drain(bridge)
                while await bridge.afterwards.step():
                    pass

        asyncio.run(run())

    def rows(self, table: Any) -> list[dict[str, Any]]:
        with self.hq.database.reading() as connection:
            return [dict(row) for row in connection.execute(select(table)).mappings()]

    def found(self, query: str) -> list[dict[str, Any]]:
        with self.hq.database.reading() as connection:
            return find_members(connection, query, self.hq.bundle(), self.hq.frame())


@pytest.fixture
def way(tmp_path: Path) -> Iterator[Way]:
    (tmp_path / "store").mkdir()
    with ExitStack() as closing:
        made = Way(tmp_path, House(tmp_path / "store", closing))
        yield made
        made.hq.close()


def join(way: Way) -> str:
    agreed = [{"purpose": "marketing", "text": "2026-11"}]
    card = way.hall.enrol(name=NAME, phone="138 0013 8000", consents=agreed)
    assert card["ok"], card
    way.up()
    member: str = card["member"]
    return member


def test_a_guest_is_a_member_at_headquarters(way: Way) -> None:
    member = join(way)
    assert way.rows(models.people) == [{"member": member, "name": NAME, "phone": NUMBER, "birthday": ""}]
    (consent,) = way.rows(consents)
    assert (consent["member"], consent["given"], consent["text"]) == (member, 1, "2026-11")
    (row,) = way.found(NUMBER)
    assert (row["id"], row["phone"], row["phone_is_verified"]) == (member, "****8000", False)
    assert way.rows(models.exceptions) == [], "HQ decides every event as the store did"
    ledger = way.house.ledger_path
    for file in (ledger, ledger.with_name(ledger.name + "-wal")):
        assert b"13800138000" not in file.read_bytes(), "in the store nobody reads the number"


def test_a_consent_that_is_taken_back_is_no_consent(way: Way) -> None:
    member = join(way)
    more = {"purpose": "marketing", "text": "2026-11", "language": "en", "given": False}
    assert way.hall.ask("consent", key="k2", member=member, **more)["ok"]
    way.up()
    assert [(row["given"], row["language"]) for row in way.rows(consents)] == [(0, "en")]


def test_whoever_is_forgotten_is_in_no_byte_of_headquarters(way: Way) -> None:
    member = join(way)
    assert way.hall.ask("forget", key="k3", member=member)["ok"]
    way.up()
    assert way.rows(models.people) == [] and way.rows(consents) == [] and way.rows(models.instruments) == []
    assert [row["member"] for row in way.rows(forgotten)] == [member]
    assert way.rows(models.exceptions) == []
    way.hq.close()
    held = (way.folder / "hq.db").read_bytes()
    assert member.encode() in held, "the books are there"
    assert NAME.encode() not in held and b"13800138000" not in held


def test_a_guest_who_changes_their_mind_before_the_line_is_back_was_never_named(way: Way) -> None:
    card = way.hall.enrol(name=NAME, phone="138 0013 8000")
    assert way.hall.ask("forget", key="k3", member=card["member"])["ok"]
    way.up()
    assert way.rows(models.people) == [] and way.rows(models.exceptions) == []
    assert [row["status"] for row in way.rows(models.members)] == ["erased"]
