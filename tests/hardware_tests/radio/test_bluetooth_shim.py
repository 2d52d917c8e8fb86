"""MicroPython's `bluetooth` on the virtual radio, judged by bumble's host and by bytes of HCI."""

import asyncio
import time
from pathlib import Path

from hardware_tests.virtual.beacon import Beacon
from hardware_tests.virtual.radio.air import SILENT
from hardware_tests.virtual.radio.controller import public_address
from hardware_tests.virtual.radio.host import Report, begin_scan, end_scan, over_tcp
from tests.hardware_tests.conftest import until
from tests.hardware_tests.radio.boards import AirRoom, play, printed
from tests.hardware_tests.radio.sky import OK, RANDOM_ADDRESS, Host

PAYLOAD = b"\x02\x01\x06\x03\x03\xaa\xfe\x0d\x16\xaa\xfe\x30\xee12345678"
SCAN_IND, CONNECTABLE, RSP = 2, 0, 4


def test_it_advertises_as_nimble_does(tmp_path: Path) -> None:
    async def scenario(room: AirRoom, board: Beacon) -> None:
        room.link.air.place("judge", 1_000, 0)
        radio = await over_tcp(room.server.address, "judge")()
        heard: list[Report] = []
        await begin_scan(radio, heard.append, active=True)
        await printed(board, "off 19")
        lines = {line.split(" ", 1)[0]: line.split(" ", 1)[1] for line in board.output if " " in line}
        assert lines["one"] == "True False" and lines["on"] == "True 0 128"
        assert (lines["dark"], lines["long"], lines["fast"], lines["busy"]) == ("19", "5", "22", "16")
        assert lines["unknown"] == "unknown config param"
        public = lines["public"]
        assert bytes.fromhex(public)[::-1] == public_address("board").address_bytes
        shown = {(each.address.to_string(False).replace(":", "").lower(), each.event_type) for each in heard}
        found = {address for address, _ in shown}
        kept, private = lines["private"].rsplit(" ", 1)
        assert kept == "{0}"  # two bits: non-resolvable
        assert lines["static"].startswith("3 ")
        static = lines["static"][2:]
        assert {public, private, static} <= found
        assert {kind for address, kind in shown if address != static} == {SCAN_IND, RSP}
        assert {kind for address, kind in shown if address == static} == {CONNECTABLE, RSP}
        assert {each.data for each in heard if each.event_type != RSP} == {PAYLOAD}
        answers = {each.data for each in heard if each.event_type == RSP and address_of(each) == static}
        assert answers == {b"\x05\x09bell"}
        assert {each.rssi for each in heard} == {-84}
        await end_scan(radio)

    play(tmp_path, "speak", scenario, SILENT)


def address_of(report: Report) -> str:
    return str(report.address.to_string(False)).replace(":", "").lower()


def test_its_handler_gets_views_that_do_not_last(tmp_path: Path) -> None:
    async def scenario(room: AirRoom, board: Beacon) -> None:
        door, shelf = Host("door", room.link), Host("shelf", room.link)
        room.link.air.place("door", 100, 0)
        room.link.air.place("shelf", 200, 0)
        await printed(board, "again 114")
        await shelf.tell(RANDOM_ADDRESS, bytes((6, 5, 4, 3, 2, 1)))
        assert await shelf.advertise(PAYLOAD.ljust(31, b"\x01"), own=1) == OK
        assert await door.advertise(b"\x02\x01\x05", kind=3) == OK
        await printed(board, "lost more 0")
        found = {
            bytes(public_address("door"))[::-1]: (0, 3, -59, b"\x02\x01\x05"),
            b"\1\2\3\4\5\6": (1, 3, -67, PAYLOAD.ljust(31, b"\1")),
        }
        at = board.output.index("spoiled {165} {165}")
        said = board.output[at - len(found) : at]
        assert said == [f"{address.hex()} {found[address]!r}" for address in sorted(found)]
        for line in ("small, kept all True", "done 1", "timed 2", "lost True"):
            assert line in board.output
        assert "ValueError: a handler's mistake" in board.output
        await board.power_off()
        await until(lambda: {each.name for each in room.link.controllers} == {"door", "shelf"})

    play(tmp_path, "listen", scenario, SILENT)


def test_deep_sleep_keeps_the_clock_and_its_memory(tmp_path: Path) -> None:
    async def scenario(room: AirRoom, board: Beacon) -> None:
        states: list[str] = []
        board.on_change = lambda: states.append(board.state)
        boots = board._wiring.flash / "boots"
        await until(lambda: board.starts >= 5 and board.state == "asleep")
        await board.power_off()
        assert (board.crashes, board.resets) == (0, 1) and board.sleeps >= 3
        assert states[:5] == ["asleep", "running", "running", "asleep", "running"]
        rows = [tuple(map(int, line.split())) for line in boots.read_text().splitlines()]
        assert [cause for cause, _ in rows[:4]] == [1, 4, 5, 4]
        first = rows[0][1]  # the clock was set there, and went on
        assert all(0 <= at - first <= 5 for _, at in rows)
        log = (tmp_path / "board.log").read_text()
        assert "woke 1 0 2000" in log and "woke 4 1 2026" in log and "woke 5 2 2026" in log
        assert "buffer too long" in log and not board.clock.exists()
        await asyncio.sleep(0.3)
        assert board.state == "off"  # nor does the sleep end
        await board.power_on()
        await until(lambda: "woke 1 0 2000" in board.output)

    play(tmp_path, "sleep", scenario, SILENT)


def test_a_board_without_an_air_has_no_bluetooth(tmp_path: Path) -> None:
    async def scenario(room: AirRoom, board: Beacon) -> None:
        await board.power_off()
        await room.server.close()
        began = time.monotonic()
        await board.power_on()
        await until(lambda: board.state == "stopped")
        assert time.monotonic() - began < 15

    play(tmp_path, "speak", scenario, SILENT)
