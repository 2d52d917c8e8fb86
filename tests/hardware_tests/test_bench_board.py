"""What the shims give the firmware of a board: pins, watchdog, reset, clock, wrapping ticks, a UART."""

import asyncio

import pytest

from firmware.boards import BOARDS, load
from hardware_tests.virtual import board as virtual_board
from hardware_tests.virtual.terminal import Terminal

WRAP = 1 << 30


@pytest.mark.parametrize("board", BOARDS)
def test_a_starved_watchdog_restarts_the_process_and_not_the_chips(bench, board: str) -> None:
    async def scenario(terminal: Terminal) -> None:
        scanner_zones = terminal.scanner.zones
        await bench.printed(terminal, "fed")
        assert terminal.output[0].startswith("boot 1 cause 1 ")
        assert terminal.watchdog_bites == 0
        await bench.printed(terminal, "longer than the board's is refused")
        await bench.until(lambda: terminal.watchdog_bites == 1 and terminal.starts == 2)
        await bench.printed(terminal, "fed")
        assert terminal.output[0].startswith(f"boot 2 cause {virtual_board.WATCHDOG} ")
        assert terminal.scanner.zones is scanner_zones

    bench.run(board, "starve", scenario)


@pytest.mark.parametrize("board", BOARDS)
def test_clock_ticks_wifi_and_reset(bench, board: str) -> None:
    async def scenario(terminal: Terminal) -> None:
        for boot, cause in ((1, virtual_board.POWER_ON), (2, virtual_board.SOFT_RESET)):
            await bench.printed(terminal, "bounded True")
            assert terminal.output[:10] == [
                f"boot {boot} cause {cause}",
                "wifi True",
                f"epoch {load(board).epoch_year} clock 2000",
                "floor True True False",
                "set 86400 (2026, 8, 2)",
                "not back 0 (2026, 8, 1)",
                "before the wrap True",
                "wrapped, elapsed True",
                "uptime True True",
                "bounded True",
            ]
            terminal.wifi(False)
            await bench.printed(terminal, "wifi gone")
            terminal.wifi(True)
            await bench.printed(terminal, "wifi back" if boot == 2 else f"boot {boot + 1} cause 5")
        await bench.until(lambda: terminal.state == "stopped")
        assert terminal.output[-2] == "still here"
        assert (terminal.resets, terminal.crashes, terminal.watchdog_bites) == (1, 1, 0)

    bench.run(board, "tell", scenario, SHOPBELL_TICKS_START=str(WRAP - 2500))


def test_an_interrupt_line_wakes_its_waiter(bench) -> None:
    async def scenario(terminal: Terminal) -> None:
        await bench.printed(terminal, "ready")
        assert terminal.output[:2] == ["level 1", "silent False"]
        for number in range(3):
            terminal._pins.set_input(34, 0)
            await bench.printed(terminal, f"fell {number} True 0 True")
            terminal._pins.set_input(34, 1)
            await bench.printed(terminal, f"rose {number}")

    bench.run("esp32_devkit", "interrupts", scenario)


class Wire:
    """A chip that is a piece of wire with a counter."""

    def __init__(self) -> None:
        self.bauds: list[int] = []
        self.heard = b""
        self.to_say = b""

    def host_baud(self, baud: int) -> None:
        self.bauds.append(baud)

    def uart_in(self, data: bytes) -> None:
        self.heard += data
        if self.bauds[-1] == 115200:
            self.to_say = b"as asked"

    def uart_out(self) -> bytes:
        said, self.to_say = self.to_say, b""
        return said

    def next_due_ms(self) -> int | None:
        return None


@pytest.mark.parametrize("board", BOARDS)
def test_a_uart_carries_every_byte(bench, board: str) -> None:
    data = bytes(range(256)) * 78 + bytes(32)
    wire = Wire()

    async def scenario(terminal: Terminal) -> None:
        await bench.until(lambda: wire.bauds)  # what is said before the wire is laid is lost
        for at in range(0, len(data), 500):
            wire.to_say = data[at : at + 500]
            terminal._scanner_part.pump()
            await bench.until(lambda at=at: len(wire.heard) == min(at + 500, len(data)))
        assert wire.heard == data
        await bench.printed(terminal, "silence b''")
        await bench.printed(terminal, "answer b'as asked'")
        assert wire.bauds == [9600, 115200]

    bench.run(board, "echo", scenario, chip=wire)


def test_a_firmware_that_ends_leaves_a_dead_board(bench) -> None:
    async def scenario(terminal: Terminal) -> None:
        await bench.until(lambda: terminal.state == "stopped")
        assert terminal.powered and terminal.crashes == 1 and terminal.pid is None
        assert any("NameError" in line for line in terminal.output)
        await terminal.power_off()
        assert not terminal.powered

    bench.run("esp32_devkit", "wrong", scenario)


def test_a_part_that_is_not_wired_is_refused(bench) -> None:
    async def scenario(terminal: Terminal) -> None:
        await bench.until(lambda: terminal.state == "stopped")
        assert terminal.refused == ["i2c 7 is not wired on this board"]
        terminal.refused.clear()

    bench.run("esp32_devkit", "unwired", scenario)


def test_terminals_beside_each_other(bench) -> None:
    async def both() -> None:
        await asyncio.gather(*(bench.play(board, "starve", fed, folder=board) for board in BOARDS))

    async def fed(terminal: Terminal) -> None:
        await bench.printed(terminal, "fed")

    asyncio.run(both())
