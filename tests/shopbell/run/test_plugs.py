"""The plugs of the bench page, and stopping whatever runs although something will not stop."""

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from shopbell.errors import ShopbellError
from shopbell.run import supervisor
from shopbell.run.plan import Plan
from shopbell.run.plug import Plug
from shopbell.run.processes import Processes
from tests.ports import free_port


class FakeChild:
    """A child that only remembers."""

    def __init__(self, name: str, journal: list[str], fails: bool = False) -> None:
        self.name, self.state, self._journal, self._fails = name, "off", journal, fails

    async def start(self) -> None:
        self.state = "running"
        self._journal.append(f"{self.name} on")

    async def stop(self) -> None:
        self._journal.append(f"{self.name} off")
        if self._fails:
            raise OSError("will not go")
        self.state = "off"


class FakeTerminal:
    """A terminal that can crash."""

    def __init__(self, name: str) -> None:
        self.name, self.crashes = name, 0


class FakeRoom:
    """Power that only remembers."""

    def __init__(self, journal: list[str]) -> None:
        self._journal = journal
        self._on: dict[str, bool] = {}
        self.terminals: dict[str, FakeTerminal] = {}

    async def start(self) -> None:
        self._journal.append("room on")

    async def close(self) -> None:
        self._journal.append("room off")

    async def set_power(self, device: str, on: bool) -> None:
        self._on[device] = on

    def powered(self, device: str) -> bool:
        return self._on.get(device, False)


class FakeFloor(FakeRoom):
    """Beacons whose power only remembers."""

    def __init__(self, journal: list[str]) -> None:
        super().__init__(journal)
        self.site = cast(Any, None)
        self.senders = {"beacon-door": FakeTerminal("beacon-door")}

    async def open(self) -> None: ...

    async def close(self) -> None:
        self._journal.append("floor off")


class FakePhone:
    """A phone that nobody holds."""

    async def start(self) -> None: ...

    async def close(self) -> None: ...


class FakePrinter:
    """A printer that only remembers."""

    def __init__(self, journal: list[str]) -> None:
        self._journal = journal
        self.paper = False

    async def set_paper(self, there: bool) -> None:
        self.paper = there

    async def start(self) -> None:
        self._journal.append("printer on")

    async def close(self) -> None:
        self._journal.append("printer off")


def rig(journal: list[str], failing: str = "") -> supervisor.House:
    children = [FakeChild(name, journal, name == failing) for name in Processes._fields]
    plug = Plug("127.0.0.1", free_port(), "127.0.0.1", 1)
    room = FakeRoom(journal)
    plan = cast(Plan, None)
    processes = Processes(*cast(Any, children))
    return supervisor.House(
        plan,
        processes,
        plug,
        room,
        FakePrinter(journal),
        FakePhone(),
        FakeFloor(journal),
        room,
        lambda: None,
        lambda: None,
        journal.append,
    )


def plugs_of(house: supervisor.House) -> Any:
    return supervisor.make_plugs(house.processes, house.plug, house.room, house.printer, house.floor)


def test_every_plug_can_be_pulled_and_put_in_again() -> None:
    async def scenario() -> None:
        house = rig([])
        plugs = plugs_of(house)
        names = ["internet", "broker", "power:entrance-1", "power:kiosk-1", "power:counter-1"]
        names += ["power:beacon-door", "paper"]
        assert plugs.state() == dict.fromkeys(names, False)
        for name in names:
            for on in (True, True, False, False, True):
                await plugs.set(name, on)
                assert plugs.state()[name] is on
        await house.plug.pull()

    asyncio.run(scenario())


def test_a_plug_nobody_has_is_refused_by_name() -> None:
    house = rig([])
    plugs = plugs_of(house)
    with pytest.raises(ShopbellError, match="there is no plug 'water'"):
        asyncio.run(plugs.set("water", True))


def test_one_that_will_not_stop_keeps_nothing_else_running() -> None:
    journal: list[str] = []
    asyncio.run(supervisor.stop(rig(journal, failing="bridge")))
    assert [line for line in journal if "will not go" in line]
    for name in ("gateway off", "hq off", "broker off", "room off", "floor off", "printer off"):
        assert name in journal
    in_order = ("bridge off", "portal off", "gateway off", "hq off")
    assert [journal.index(name) for name in in_order] == sorted(journal.index(name) for name in in_order)


def test_logs_are_bounded_while_the_house_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        (tmp_path / "log").mkdir()
        log = tmp_path / "log" / "gateway.log"
        log.write_bytes(b"x" * 200)
        watching = asyncio.create_task(supervisor.watch({}, tmp_path, lambda line: None))
        async with asyncio.timeout(10):
            while log.stat().st_size:  # noqa: ASYNC110 - the condition is a file
                await asyncio.sleep(0.005)
        watching.cancel()

    monkeypatch.setattr("shopbell.run.logs.LOG_BYTES_MAX", 100)
    asyncio.run(scenario())


def test_firmware_that_ends_by_itself_is_said_once_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        (tmp_path / "log").mkdir()
        (tmp_path / "log" / "counter-1.log").write_text("MemoryError\n")
        room, said = FakeRoom([]), list[str]()
        room.terminals["counter-1"] = FakeTerminal("counter-1")
        watching = asyncio.create_task(supervisor.watch(room.terminals, tmp_path, said.append))
        await asyncio.sleep(0)
        room.terminals["counter-1"].crashes += 1
        async with asyncio.timeout(10):
            while not said:  # noqa: ASYNC110 - the condition is another task's list
                await asyncio.sleep(0.005)
        await asyncio.sleep(0.05)
        watching.cancel()
        assert len(said) == 1
        assert "counter-1" in said[0]
        assert "MemoryError" in said[0]

    monkeypatch.setattr(supervisor, "LOOK_EVERY_S", 0.01)
    asyncio.run(scenario())
