"""The door itself: a real socket, who is let in, and a whole gateway that is killed while guests join."""

import asyncio
import json
import os
import socket
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.counters import Counters
from gateway.errors import SettingsError
from gateway.guests.door import open_guests_door
from gateway.lines import Asker, Away
from gateway.portal.settings import GUESTS_SOCKET
from gateway.presence.doors import open_doors
from gateway.settings import GatewaySettings
from gateway.teller import Teller
from tests.gateway.broker_rig import wait_until
from tests.gateway.guests.hall import HALL, HQ_KEY, KEY, Hall
from tests.gateway.rig import House
from tests.gateway.test_app import gateway
from tests.ports import free_port

NOBODY = "nobody"
CROWD = 40
KILLED = 120  # half a second's: the tenth is seen long before the last
GUEST = {"language": "zh-CN", "name": "小林", "phone": "13800138000",
         "consents": [{"purpose": "marketing", "text": "v1"}]}  # fmt: skip

Story = Callable[[Asker, Path], Awaitable[None]]


@pytest.fixture
def key_file(tmp_path: Path) -> str:
    path = tmp_path / "phone.pub"
    path.write_bytes(HQ_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return str(path)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A run folder that another user may go through; pytest's own folders are for one user alone."""
    with tempfile.TemporaryDirectory(prefix="sb-run-") as made:
        os.chmod(made, 0o711)
        yield Path(made)


def settings(run: Path | str, **more: Any) -> GatewaySettings:
    return GatewaySettings.from_table({"id": "g1", "store": "river", "run_dir": str(run), **more})


def play(hall: Hall, table: GatewaySettings, story: Story) -> Counters:
    """Tell a story at an open door, with a teller behind it."""

    async def played() -> None:
        teller = Teller(hall.house.desk, hall.house.counters)
        serving = asyncio.create_task(teller.run())
        counters, steady_ms = hall.house.counters, lambda: hall.house.steady_ms
        doors = open_doors(hall.house.desk, teller, None, KEY, counters, steady_ms)
        door = await open_guests_door(table, doors.asking, hall.pins, doors.portal, counters)
        path = Path(table.run_dir) / GUESTS_SOCKET
        asker = Asker(path)
        try:
            await story(asker, path)
        finally:
            asker.close()
            await door.close()
            serving.cancel()

    asyncio.run(asyncio.wait_for(played(), 20))
    return hall.house.counters


def asked_as(uid: int, path: Path) -> bytes:
    """What another user gets to hear at the door; b"" where it is hung up on."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        told = b"!"
        try:
            os.setuid(uid)
            with socket.socket(socket.AF_UNIX) as knocking:
                knocking.settimeout(5)
                knocking.connect(str(path))
                knocking.sendall(b'{"do":"settings"}\n')
                told = knocking.recv(1_000)
        except OSError as problem:
            told = type(problem).__name__.encode()
        finally:
            os.write(writing, told)
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as said:
        return said.read()


def test_a_guest_joins_through_the_socket(house: House, key_file: str) -> None:
    hall = Hall(house)

    async def story(asker: Asker, path: Path) -> None:
        told = await asker.ask("settings")
        assert told == {"ok": True, "phone": True, "currency": "CNY", "ready": True}
        card = await asker.ask("enrol", key="k1", **GUEST)
        assert (card["name"], len(card["coupons"]), card["phone"]) == ("小林", 1, "unverified")
        crowd = await asyncio.gather(*(asker.ask("enrol", key=f"c{n}", **GUEST) for n in range(CROWD)))
        assert all(each["ok"] for each in crowd)

    play(hall, settings(house.run, phone_key_file=key_file), story)
    assert house.rows("SELECT count(*) FROM members") == [(CROWD + 1,)]


def test_nobody_but_us_knocks_where_no_portal_has_a_user(house: House) -> None:
    async def story(asker: Asker, path: Path) -> None:
        assert os.stat(path).st_mode & 0o777 == 0o600
        assert (await asker.ask("settings"))["ok"]

    play(Hall(house), settings(house.run), story)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can knock as somebody else")
def test_the_portals_user_is_let_in_and_another_is_hung_up_on(house: House, open_folder: Path) -> None:
    async def story(asker: Asker, path: Path) -> None:
        loop = asyncio.get_running_loop()
        portal, stranger = [await loop.run_in_executor(None, asked_as, uid, path) for uid in (65_534, 65_533)]
        assert json.loads(portal)["ok"]
        assert stranger in (b"", b"ConnectionResetError", b"BrokenPipeError")

    counters = play(Hall(house), settings(open_folder, portal_user=NOBODY), story)
    assert counters.get("guests.refused_peer") == 1


def test_lines_that_are_no_language_hurt_nobody(house: House) -> None:
    hall = Hall(house)

    async def story(asker: Asker, path: Path) -> None:
        for line in (b"\n", b"[]\n", b"{}\n", b"\xff\xfe\n", b'{"do":"enrol"}\n', b"{" * 9_000 + b"\n"):
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(line)
            assert json.loads(await reader.readuntil(b"\n")) == {"ok": False, "error": "bad_request"}
            writer.close()
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"x" * 40_000)
        assert json.loads(await reader.readuntil(b"\n"))["error"] == "too_long"
        assert (await asker.ask("settings"))["ok"]

    counters = play(hall, settings(house.run), story)
    assert counters.get("guests.bad_line") == 5
    assert counters.get("guests.bad_requests") == 2


@pytest.mark.parametrize(
    ("table", "words"), [({"portal_user": "no-such-user-here"}, "portal_user"),
                         ({"phone_key_file": "/nowhere/phone.pub"}, "phone_key_file"),
                         ({"run": "/nowhere/at/all"}, "cannot be listened on")]
)  # fmt: skip
def test_settings_that_cannot_be_are_refused_by_name(house: House, table: dict[str, str], words: str) -> None:
    async def story(asker: Asker, path: Path) -> None:
        raise AssertionError("the door must not open")

    with pytest.raises(SettingsError, match=words):
        play(Hall(house), settings(**{"run": house.run, **table}), story)


@pytest.mark.system
def test_a_gateway_killed_while_guests_join_enrols_each_once(house: House, key_file: str) -> None:
    """As the portal does: what was not answered is asked again under its key."""

    async def join(path: Path) -> dict[str, dict[str, Any]]:
        asker = Asker(path)

        async def one(number: int) -> dict[str, Any]:
            try:
                return await asker.ask("enrol", key=f"k{number}", **GUEST)
            except Away:
                return {"ok": False}

        answers = await asyncio.gather(*map(one, range(KILLED)))
        asker.close()
        return {f"k{number}": answer for number, answer in enumerate(answers) if answer["ok"]}

    async def join_and_kill(path: Path, kill: Callable[[], None]) -> dict[str, dict[str, Any]]:
        joining = asyncio.create_task(join(path))
        begun = "SELECT 1 FROM members LIMIT 10 OFFSET 9"
        await asyncio.to_thread(wait_until, lambda: house.rows(begun) != [], "the tenth guest")
        kill()
        return await joining

    house.seed("g1p", HALL)
    path = house.run / GUESTS_SOCKET
    with gateway(house, free_port(), phone_key_file=key_file) as process:
        told = asyncio.run(asyncio.wait_for(join_and_kill(path, process.child.kill), 30))
        process.child.wait()
    assert len(told) < KILLED
    with gateway(house, free_port(), phone_key_file=key_file):
        again = asyncio.run(asyncio.wait_for(join(path), 30))
    assert len(again) == KILLED
    for key, answer in told.items():
        assert (again[key]["member"], again[key]["given"]) == (answer["member"], answer["given"])
    assert all(len(answer["coupons"]) == 1 for answer in again.values())
    assert house.rows("SELECT count(*), count(DISTINCT member) FROM people") == [(KILLED, KILLED)]
    assert house.rows("SELECT count(*) FROM lots WHERE unit = 'CPN:off50' AND owner LIKE 'member:%'") == [
        (KILLED,)
    ]
