"""One virtual terminal: a board, the chips wired to it, and the firmware process that runs on it.

Power and reset differ as they do on a table: pulling the plug restarts every chip (the scanner keeps what it
saved), a reset or a watchdog's bite restarts the process alone, and the display goes on showing its last
picture. A firmware that ends by itself leaves a board that does nothing, until its watchdog bites.
"""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from firmware import boards
from hardware_tests.virtual import parts
from hardware_tests.virtual.chips.cards import parse_card
from hardware_tests.virtual.chips.cards_air import Card
from hardware_tests.virtual.chips.gm65 import Gm65Chip
from hardware_tests.virtual.chips.pcf8574 import KeypadChip
from hardware_tests.virtual.chips.pn532 import Pn532Chip
from hardware_tests.virtual.chips.ssd1306 import Ssd1306Chip
from hardware_tests.virtual.firmware_process import Firmware, FirmwareProcess
from hardware_tests.virtual.outputs import Outputs, Watchdog, heard_as, now_ms
from hardware_tests.virtual.parts_server import PartsServer

PN532_ADDRESS = 0x24
HOLD_MS = 400  # a deliberate tap
SHOW_MS = 600  # a phone held to the glass
KEY_MS = 120  # a key is down, and up before the next

POWER_ON, WATCHDOG, SOFT_RESET = 1, 3, 5  # machine.reset_cause()


class Wiring(NamedTuple):
    """What a terminal is made of. `flash` is a folder; `log` keeps what the firmware prints."""

    facts: boards.Board
    role: str
    flash: Path
    log: Path
    firmware: Firmware
    extra: Mapping[str, str]


class Terminal:
    """`reader`, `scanner`, `display`, `keypad` are its chips. on_frame() is called after the display changed,
    on_change() after light, tone or state did."""

    def __init__(self, name: str, wiring: Wiring) -> None:
        self.name = name
        self.role = wiring.role
        self.facts = wiring.facts
        self._wiring = wiring
        self.reader = Pn532Chip(now_ms)
        self.scanner = Gm65Chip(now_ms)
        self.display = Ssd1306Chip(lambda _: self._tell(self.on_frame))
        self.keypad = KeypadChip(now_ms)
        self.on_frame: Callable[[], None] | None = None
        self.on_change: Callable[[], None] | None = None
        self.state = "off"  # off, running, stopped (ended by itself)
        self.starts = self.watchdog_bites = self.resets = self.crashes = 0
        self._outputs = Outputs(self.facts, lambda: self._tell(self.on_change))
        self._watchdog = Watchdog(self._bitten)
        self._process: FirmwareProcess | None = None
        self._turning = asyncio.Lock()  # power and reset do not overlap
        self._tasks: set[asyncio.Task[None]] = set()
        self._hiding: asyncio.TimerHandle | None = None
        self._wire()
        self.reader.reset(0)

    def _wire(self) -> None:
        board = self.facts
        self._pins = parts.PinsPart(self._board_does)
        self._reader_part: parts.UartPart | parts.I2cPart
        if isinstance(board.reader, boards.Uart):
            self._reader_part = parts.UartPart(self.reader)
        else:
            self._reader_part = parts.I2cPart({PN532_ADDRESS: self.reader}, self.reader)
        if board.reader_irq is not None:
            self.reader.on_irq(lambda level: self._pins.set_input(board.reader_irq, level))
        self._scanner_part = parts.UartPart(self.scanner)
        self._server = PartsServer(
            {
                "pins": self._pins,
                _bus(board.reader): self._reader_part,
                _bus(board.scanner): self._scanner_part,
                _bus(board.display): parts.I2cPart(
                    {board.display_address: self.display, board.keypad_address: self.keypad}
                ),
            }
        )

    @property
    def board(self) -> str:
        """The board's name."""
        return str(self.facts.name)

    @property
    def powered(self) -> bool:
        """Whether the plug is in."""
        return self.state != "off"

    @property
    def light(self) -> int:
        """0xRRGGBB."""
        return self._outputs.light

    @property
    def tone(self) -> str:
        """What sounds now: none, yes, no or attention."""
        return heard_as(self._outputs.tone_hz)

    @property
    def tones(self) -> list[tuple[int, int]]:
        """The last changes of the buzzer as (now_ms, Hz)."""
        return list(self._outputs.tones)

    def pixels(self) -> bytes:
        """What a person sees on the display, 1024 bytes MONO_VLSB."""
        return self.display.pixels()

    @property
    def output(self) -> list[str]:
        """The last lines the firmware printed since its last start."""
        return list(self._process.output) if self._process is not None else []

    @property
    def pid(self) -> int | None:
        """Of the firmware process; None when there is none."""
        return self._process.pid if self._process is not None else None

    @property
    def refused(self) -> list[str]:
        """Connections to parts this board has not."""
        return self._server.refused

    # --- power ---

    async def close(self) -> None:
        """Power off, wires away."""
        await self.power_off()
        if self._hiding is not None:
            self._hiding.cancel()
        for task in self._tasks:
            task.cancel()
        await self._server.close()

    async def power_on(self) -> None:
        """Put the plug in; nothing happens if it is."""
        async with self._turning:
            if self.state != "off":
                return
            if not self._server.port:
                await self._server.open()
            self.scanner.power_cycle()
            self.reader.reset(1)
            await self._start(POWER_ON)

    async def power_off(self) -> None:
        """Pull the plug: SIGKILL for the process, darkness for the rest."""
        async with self._turning:
            await self._halt()
            self.reader.reset(0)
            self.display.power_cycle()
            self.keypad.power_cycle()
            self._reader_part.stop()
            self._scanner_part.stop()
            self._to("off")

    async def reset(self, cause: int = SOFT_RESET) -> None:
        """Restart the board's processor; the chips keep their power."""
        async with self._turning:
            if self.state != "off":
                await self._halt()
                await self._start(cause)

    async def _start(self, cause: int) -> None:
        wiring = self._wiring
        self._process = FirmwareProcess(wiring.log, self._ended)
        extra = {
            "SHOPBELL_RESET_CAUSE": str(cause),
            "SHOPBELL_WDT_MS_MAX": str(self.facts.wdt_ms),
            "SHOPBELL_EPOCH_YEAR": str(self.facts.epoch_year),
            **wiring.extra,
        }
        await self._process.start(wiring.firmware, wiring.flash, self._server.port, extra)
        self.starts += 1
        self._to("running")

    async def _halt(self) -> None:
        self._watchdog.reset()
        if self._process is not None:
            await self._process.kill()
        self._outputs.release()

    def _ended(self, code: int) -> None:
        self.crashes += 1
        self._to("stopped")

    def _to(self, state: str) -> None:
        self.state = state
        self._tell(self.on_change)

    # --- what people do ---

    def enter(self, card: Card) -> None:
        """Hold a card to the reader."""
        self.reader.enter(card)
        self._pump(self._reader_part)

    def _pump(self, part: parts.UartPart | parts.I2cPart) -> None:
        """Let a chip notice what people do; without power it cannot."""
        if self.powered:
            part.pump()

    def leave(self, card: Card) -> None:
        """Take it away."""
        self.reader.leave(card)

    async def tap(self, card: Card | bytes, hold_ms: int = HOLD_MS) -> None:
        """Hold a card, or the usual card of this UID, to the reader for a moment; raises CardError for a UID
        no card can have."""
        card = card if isinstance(card, Card) else parse_card("UID=" + card.hex())
        self.enter(card)
        try:
            await asyncio.sleep(hold_ms / 1000)
        finally:
            self.leave(card)

    def show_code(self, code: bytes, hold_ms: int = SHOW_MS) -> None:
        """Hold a QR code to the scanner, in place of another, and take it away after a moment."""
        self.scanner.show(code)
        self._pump(self._scanner_part)
        if self._hiding is not None:
            self._hiding.cancel()
        self._hiding = asyncio.get_running_loop().call_later(hold_ms / 1000, self.scanner.hide)

    async def press(self, keys: str, hold_ms: int = KEY_MS) -> None:
        """Press these keys one after the other; raises ValueError for one that the keypad has not."""
        for key in keys:
            self.keypad.press(key)
            try:
                await asyncio.sleep(hold_ms / 1000)
            finally:
                self.keypad.release(key)
            await asyncio.sleep(hold_ms / 1000)

    def wifi(self, up: bool) -> None:
        """The access point is there, or not."""
        self._pins.set_wifi(up)

    # --- what the board does ---

    @staticmethod
    def _tell(callback: Callable[[], None] | None) -> None:
        if callback is not None:
            callback()

    def _board_does(self, op: int, pin: int, value: int) -> None:
        if op == parts.SET_LEVEL:
            self._level(pin, value)
        elif op == parts.PWM_DUTY:
            self._outputs.duty(pin, value)
        elif op == parts.PWM_HZ:
            self._outputs.frequency(pin, value)
        elif op == parts.WDT_START:
            self._watchdog.start(value * 100)
        elif op == parts.WDT_FEED:
            self._watchdog.feed()
        elif op == parts.RESET:
            self._restart(SOFT_RESET)

    def _level(self, pin: int, level: int) -> None:
        if pin == self.facts.reader_reset:
            self.reader.reset(level)
            self._reader_part.pump()

    def _bitten(self) -> None:
        self.watchdog_bites += 1
        self._restart(WATCHDOG)

    def _restart(self, cause: int) -> None:
        """Reset from inside a callback."""
        self.resets += 1
        task = asyncio.get_running_loop().create_task(self.reset(cause))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _bus(wires: boards.Uart | boards.I2c) -> str:
    """The name a firmware process gives this bus in its first line."""
    return f"{'uart' if isinstance(wires, boards.Uart) else 'i2c'} {wires.id}"
