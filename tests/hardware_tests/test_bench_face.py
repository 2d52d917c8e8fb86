"""Display, light and buzzer of a virtual terminal show what the firmware tells them, on both boards."""

import pytest

from firmware.boards import BOARDS
from hardware_tests.virtual.terminal import Terminal

FULL = bytes(at * 7 & 0xFF for at in range(1024))
STRIPS = bytearray(1024)
STRIPS[131:136], STRIPS[259:264], STRIPS[1016:1024] = b"ABCDE", b"abcde", b"\xff" * 8


@pytest.mark.parametrize("board", BOARDS)
def test_pictures_lights_and_tones(bench, board: str) -> None:
    async def scenario(terminal: Terminal) -> None:
        frames: list[bytes] = []
        changes: list[tuple[int, str]] = []
        terminal.on_frame = lambda: frames.append(terminal.pixels())
        terminal.on_change = lambda: changes.append((terminal.light, terminal.tone))
        for at, picture in enumerate((FULL, bytes(STRIPS), bytes(1024))):
            await bench.printed(terminal, f"shown {at} True")
            await bench.until(lambda picture=picture: terminal.pixels() == picture, f"picture {at}")
        await bench.printed(terminal, "done")
        assert frames[-1] == bytes(1024)
        lights = list(dict.fromkeys(light for light, _ in changes if light))
        assert [light for light in lights if light in (0xFF0000, 0x00C000, 0x0000FF)] == [
            0xFF0000,
            0x00C000,
            0x0000FF,
        ]
        assert any(abs((light >> 16) - 0x80) < 2 and abs((light >> 8 & 0xFF) - 0x40) < 3 for light in lights)
        heard = [hz for _, hz in terminal.tones if hz]
        assert heard == [2700, 600, 600, 1500, 1500, 1500]
        assert [tone for _, tone in changes if tone != "none"] == ["yes", "no", "no"] + ["attention"] * 3

    bench.run(board, "draw", scenario)
