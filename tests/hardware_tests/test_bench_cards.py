"""A card held to a virtual reader is read by the real driver on the real interpreter, on both boards."""

import pytest

from firmware.boards import BOARDS
from hardware_tests.virtual.chips.cards import parse_card
from hardware_tests.virtual.terminal import Terminal


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("card", ["classic:04A1B2C3", "ntag:04112233445566", "desfire:04DE5F1EACC040"])
def test_a_card_is_read(bench, board: str, card: str) -> None:
    async def scenario(terminal: Terminal) -> None:
        await bench.printed(terminal, "ready")
        await terminal.tap(parse_card(card), hold_ms=600)
        await bench.printed(terminal, "uid " + card.split(":")[1].lower())
        assert [line for line in terminal.output if line.startswith("uid")] == [terminal.output[-2]]

    bench.run(board, "read_card", scenario)


@pytest.mark.parametrize("board", BOARDS)
def test_a_card_is_read_after_a_power_cut(bench, board: str) -> None:
    async def scenario(terminal: Terminal) -> None:
        await bench.printed(terminal, "ready")
        await terminal.power_off()
        assert terminal.pid is None and terminal.state == "off"
        await terminal.power_on()
        await bench.printed(terminal, "ready")
        await terminal.tap(bytes.fromhex("04A1B2C3"), hold_ms=600)
        await bench.printed(terminal, "uid 04a1b2c3")
        assert terminal.starts == 2

    bench.run(board, "read_card", scenario)


def test_a_card_is_held_until_the_reader_has_come_upon_it(bench) -> None:
    """From before the board has even started: what people do with a slow one."""

    async def scenario(terminal: Terminal) -> None:
        await terminal.tap(bytes.fromhex("04A1B2C3"), hold_ms=1)
        await bench.printed(terminal, "uid 04a1b2c3")
        assert terminal.reader.found and not terminal.reader.cards

    bench.run("esp32_devkit", "read_card", scenario)
