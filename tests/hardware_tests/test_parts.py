"""The room's end of the wires: framing in any pieces, both ends of the wire agree, strangers are refused."""

import ast
import asyncio
from pathlib import Path

import pytest

from hardware_tests.virtual import parts, parts_server
from hardware_tests.virtual.firmware_process import Firmware, FirmwareProcess, command, environment
from hardware_tests.virtual.outputs import heard_as, level_of

SHIM = Path(parts.__file__).parent / "shims" / "parts_link.py"


def constants(path: Path) -> dict[str, int]:
    """NAME = number, at the top of a module that CPython cannot import."""
    found = {}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            found.update(
                {target.id: node.value.value for target in node.targets if isinstance(target, ast.Name)}
            )
    return found


def test_both_ends_of_the_wire_agree() -> None:
    ops = {name: value for name, value in constants(SHIM).items() if not name.startswith("_")}
    assert ops == {name: getattr(parts, name) for name in ops}
    assert sorted(ops.values()) == [*range(1, 10), parts.SLEEP_STEP_MS]


class Memory:
    """An I2C chip that keeps what is written and gives it back."""

    def __init__(self) -> None:
        self.data = b""

    def i2c_write(self, data: bytes) -> bool:
        self.data = data
        return data != b"refused"

    def i2c_read(self, length: int) -> bytes:
        return self.data[:length]


def pieces(data: bytes) -> list[list[bytes]]:
    every = [[data[:at], data[at:]] for at in range(1, len(data))]
    return [*every, [data[at : at + 1] for at in range(len(data))]]


def test_i2c_requests_in_any_pieces() -> None:
    request = b"\x24\x00\x03\x00\x00abc" + b"\x24\x00\x00\x00\x02" + b"\x25\x00\x01\x00\x01z"
    for split in pieces(request):
        part = parts.I2cPart({0x24: Memory()})
        said: list[bytes] = []
        part.opened(said.append, ())
        for piece in split:
            part.received(piece)
        assert b"".join(said) == b"\x00" + b"\x00ab" + b"\x01\x00"


def test_i2c_chips_that_do_not_acknowledge() -> None:
    part = parts.I2cPart({0x24: Memory()})
    said: list[bytes] = []
    part.opened(said.append, ())
    part.received(b"\x24\x00\x07\x00\x00refused")
    part.received(b"\x24\x00\x00\x00\x08")  # has less to say than is asked for
    assert said == [b"\x01", b"\x01" + bytes(8)]


def test_pin_frames_in_any_pieces() -> None:
    frames = bytes([parts.SET_LEVEL, 4, 0, parts.WDT_FEED, 0, 0, parts.SET_LEVEL, 4, 1])
    for split in pieces(frames):
        did: list[tuple[int, int, int]] = []
        said: list[bytes] = []
        part = parts.PinsPart(lambda *frame, did=did: did.append(frame))
        part.set_input(6, 0)
        part.opened(said.append, ())
        for piece in split:
            part.received(piece)
        assert did == [(1, 4, 0), (3, 0, 0), (1, 4, 1)]
        assert said == [b"\x02\x06\x00\x08\x00\x01", b"\x01\x04\x00", b"\x01\x04\x01"]


def test_an_old_connection_does_not_close_the_new_one() -> None:
    part = parts.PinsPart(lambda *frame: None)
    old: list[bytes] = []
    new: list[bytes] = []
    say_old, say_new = old.append, new.append
    part.opened(say_old, ())
    part.opened(say_new, ())
    part.closed(say_old)
    part.set_wifi(False)
    assert new[-1] == b"\x08\x00\x00"


@pytest.mark.parametrize(
    ("line", "parsed"),
    [
        (b"uart 1 9600", ("uart 1", (9600,))),
        (b"i2c 0", ("i2c 0", ())),
        (b"pins", ("pins", ())),
    ],
)
def test_first_lines(line: bytes, parsed: tuple[str, tuple[int, ...]]) -> None:
    assert parts_server.parse_hello(line) == parsed


@pytest.mark.parametrize("line", [b"", b"uart 1", b"uart x 9600", b"spi 0", b"pins 1", b"\xff" * 40, b"i2c"])
def test_first_lines_that_name_nothing(line: bytes) -> None:
    with pytest.raises(parts_server.UnknownPart):
        parts_server.parse_hello(line)


def test_a_stranger_is_cut_off_and_told_of() -> None:
    async def main() -> None:
        server = parts_server.PartsServer({"pins": parts.PinsPart(lambda *frame: None)})
        await server.open()
        for line in (b"i2c 3\n", b"x" * 64):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(line)
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await asyncio.wait_for(reader.readexactly(1), 5)
            writer.close()
        assert server.refused[0] == "i2c 3 is not wired on this board" and len(server.refused) == 2
        await server.close()

    asyncio.run(main())


def test_the_interpreter_finds_the_shims_first() -> None:
    firmware = Firmware(Path("/b"), 100, "pass")
    assert command(firmware)[1:3] == ["-X", "heapsize=118k"]
    path = environment(firmware, 7, {"X": "1"})["MICROPYPATH"].split(":")
    assert path[0].endswith("shims") and path[1:] == ["/b", ".frozen"]


def test_what_the_firmware_prints_is_kept_within_bounds(tmp_path: Path) -> None:
    async def main() -> FirmwareProcess:
        ended = asyncio.Event()
        process = FirmwareProcess(tmp_path / "log", lambda code: ended.set())
        program = "for at in range(500):\n print(at, 'x' * 50)\nprint('last', end='')\nraise SystemExit(3)"
        await process.start(Firmware(tmp_path, 64, program), tmp_path, 1, {})
        await asyncio.wait_for(ended.wait(), 20)
        assert process.pid is None
        await process.kill()
        return process

    process = asyncio.run(main())
    assert len(process.output) == 200 and process.output[-1] == "last"
    assert (tmp_path / "log").read_text().startswith("0 xxx")


def test_levels_survive_the_squaring_of_the_light() -> None:
    for level in range(256):
        duty = level * level * 65535 // 65025 >> 8
        assert abs(level_of(duty) - level) <= (15 if level < 16 else max(1, 128 // level)), level
    assert level_of(0) == 0 and level_of(255) == 255


def test_tones_are_told_apart_by_pitch() -> None:
    assert [heard_as(hz) for hz in (0, 600, 1500, 2700)] == ["none", "no", "attention", "yes"]
