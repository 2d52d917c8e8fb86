"""One virtual terminal: a board, the chips wired to it, and the firmware process that runs on it.

Pulling the plug restarts every chip (the scanner keeps what it saved); a reset or a watchdog's bite restarts
the process alone, and the display goes on showing its last picture.
"""

import asyncio
from collections.abc import Callable, Mapping

from firmware import boards
from hardware_tests.virtual import parts
from hardware_tests.virtual.board import PoweredBoard, Wiring
from hardware_tests.virtual.chips.cards import parse_card
from hardware_tests.virtual.chips.cards_air import Card
from hardware_tests.virtual.chips.gm65 import Gm65Chip
from hardware_tests.virtual.chips.pcf8574 import KeypadChip
from hardware_tests.virtual.chips.pn532 import Pn532Chip
from hardware_tests.virtual.chips.ssd1306 import Ssd1306Chip
from hardware_tests.virtual.outputs import Outputs, heard_as, now_ms

PN532_ADDRESS = 0x24
HOLD_MS = 400  # a deliberate tap
PATIENCE_MS = 3_000  # people hold a card until the beep; a busy machine is slow to look at its reader
LOOK_EVERY_MS = 20
SHOW_MS = 600  # a phone held to the glass
KEY_MS = 120  # a key is down, and up before the next


class Terminal(PoweredBoard):
    """`reader`, `scanner`, `display`, `keypad` are its chips. on_frame() is called after the display changed,
    on_change() after light, tone or state did."""

    def __init__(self, name: str, wiring: Wiring) -> None:
        self.reader = Pn532Chip(now_ms)
        self.scanner = Gm65Chip(now_ms)
        self.display = Ssd1306Chip(lambda _: self._tell(self.on_frame))
        self.keypad = KeypadChip(now_ms)
        self.on_frame: Callable[[], None] | None = None
        self._outputs = Outputs(wiring.facts, lambda: self._tell(self.on_change))
        self._hiding: asyncio.TimerHandle | None = None
        super().__init__(name, wiring)
        self.reader.reset(0)

    def _wired(self) -> Mapping[str, parts.Part]:
        board = self.facts
        self._reader_part: parts.UartPart | parts.I2cPart
        if isinstance(board.reader, boards.Uart):
            self._reader_part = parts.UartPart(self.reader)
        else:
            self._reader_part = parts.I2cPart({PN532_ADDRESS: self.reader}, self.reader)
        if board.reader_irq is not None:
            self.reader.on_irq(lambda level: self._pins.set_input(board.reader_irq, level))
        self._scanner_part = parts.UartPart(self.scanner)
        return {
            _bus(board.reader): self._reader_part,
            _bus(board.scanner): self._scanner_part,
            _bus(board.display): parts.I2cPart(
                {board.display_address: self.display, board.keypad_address: self.keypad}
            ),
        }

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

    # --- power ---

    async def close(self) -> None:
        """Power off, wires away."""
        if self._hiding is not None:
            self._hiding.cancel()
        await super().close()

    def _powered(self) -> None:
        self.scanner.power_cycle()
        self.reader.reset(1)

    def _unpowered(self) -> None:
        self.reader.reset(0)
        self.display.power_cycle()
        self.keypad.power_cycle()
        self._reader_part.stop()
        self._scanner_part.stop()

    def _released(self) -> None:
        self._outputs.release()

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
        """Hold a card, or the usual card of this UID, to the reader for a moment, and at most PATIENCE_MS
        more until the reader has come upon it; raises CardError for a UID no card can have."""
        card = card if isinstance(card, Card) else parse_card("UID=" + card.hex())
        before, ends = self.reader.found, now_ms() + hold_ms + PATIENCE_MS
        self.enter(card)
        try:
            await asyncio.sleep(hold_ms / 1000)
            while self.powered and self.reader.found == before and now_ms() < ends:  # noqa: ASYNC110 - a chip's
                await asyncio.sleep(LOOK_EVERY_MS / 1000)
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

    # --- what the board does ---

    def _drives(self, op: int, pin: int, value: int) -> None:
        if op == parts.SET_LEVEL:
            self._level(pin, value)
        elif op == parts.PWM_DUTY:
            self._outputs.duty(pin, value)
        elif op == parts.PWM_HZ:
            self._outputs.frequency(pin, value)

    def _level(self, pin: int, level: int) -> None:
        if pin == self.facts.reader_reset:
            self.reader.reset(level)
            self._reader_part.pump()


def _bus(wires: boards.Uart | boards.I2c) -> str:
    """The name a firmware process gives this bus in its first line."""
    return f"{'uart' if isinstance(wires, boards.Uart) else 'i2c'} {wires.id}"
