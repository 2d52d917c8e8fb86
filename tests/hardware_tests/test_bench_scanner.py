"""Codes held to a virtual scanner, through the real driver on the real interpreter, on both boards."""

import pytest

from firmware.boards import BOARDS
from hardware_tests.virtual.chips.gm65 import Gm65Chip
from hardware_tests.virtual.outputs import now_ms
from hardware_tests.virtual.terminal import Terminal

ATTACK = b"_ZONE:002a1a00"  # stands for a printed setup code that changes the baud rate
SUCCESS = bytes.fromhex("02000001003331")


def codes(terminal: Terminal) -> list[bytes]:
    return [bytes.fromhex(line[5:]) for line in terminal.output if line.startswith("code ")]


@pytest.mark.parametrize("board", BOARDS)
def test_codes_are_read_whole(bench, board: str) -> None:
    shown = ["优惠券 42".encode(), b"x" * 512, SUCCESS, b"BEGIN:VCARD\r\nEND:VCARD"]

    async def scenario(terminal: Terminal) -> None:
        await bench.printed(terminal, "ready")
        for count, code in enumerate(shown, 1):
            terminal.show_code(code)
            await bench.until(lambda count=count: len(codes(terminal)) == count)
        assert codes(terminal) == shown

    bench.run(board, "read_codes", scenario)


@pytest.mark.parametrize("board", BOARDS)
def test_a_setup_code_works_on_a_factory_scanner_and_not_on_ours(bench, board: str) -> None:
    async def scenario(terminal: Terminal) -> None:
        await bench.printed(terminal, "ready")
        before = bytes(terminal.scanner.zones)
        terminal.show_code(ATTACK)
        await bench.until(lambda: codes(terminal) == [ATTACK])  # a text like any other
        assert bytes(terminal.scanner.zones) == before and terminal.scanner.obeyed == 0
        # The same scanner as it left the factory follows it: the assertions above can fail.
        factory = Gm65Chip(now_ms)
        factory.show(ATTACK)
        await bench.until(lambda: factory.uart_out() == b"" and factory.obeyed == 1)
        assert factory.baud == 115200

    bench.run(board, "read_codes", scenario)


def test_settings_are_saved_once(bench) -> None:
    async def scenario(terminal: Terminal) -> None:
        for start in range(2):
            await bench.printed(terminal, "ready")
            assert terminal.scanner.saves == 1, start
            assert terminal.scanner.baud == 115200
            await terminal.power_off()
            await terminal.power_on()
        await bench.printed(terminal, "ready")

    bench.run("esp32_devkit", "read_codes", scenario)


def test_a_scanner_that_dies_is_noticed_at_start(bench) -> None:
    async def scenario(terminal: Terminal) -> None:
        terminal.scanner.dead = True
        await bench.printed(terminal, "stopped silent False")

    bench.run("esp32_devkit", "read_codes", scenario)
