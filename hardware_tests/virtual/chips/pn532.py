"""A PN532 as its wires show it: power, host link (UART or I2C), timing, IRQ, RSTPD_N and faults.

Pure: time comes from `now_ms`, nothing happens between calls. Whoever carries the bytes calls in whenever
`next_due_ms` has passed.

    UART   uart_in(bytes); uart_out() gives what is due
    I2C    i2c_write(frame) -> acknowledged; i2c_read(n) -> status (bit 0 ready) and n - 1 bytes, b"" = NAK
    after power-on or reset the chip sleeps in low-battery mode (C106): every frame needs a wake-up first and
    only GetFirmwareVersion and SAMConfiguration are heard; SAMConfiguration ends it (AN10609). With
    `sam_first` even GetFirmwareVersion stays unheard before it.

Each command is answered by an ACK, then by one response, which until the next command can be repeated by a
NACK and, unless `i2c_reads_once`, read again over I2C. A host ACK, or another command, aborts what runs.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from hardware_tests.virtual.chips import pn532_wire as wire
from hardware_tests.virtual.chips.cards_air import Card
from hardware_tests.virtual.chips.pn532_core import Answer, Core, Search, SyntaxFault

BOOT_MS = 10  # after RSTPD_N rises
I2C_WAKE_MS = 2  # the address is not acknowledged while the oscillator starts
ACK_MS = 1
UART_WAKE_BYTES = 5  # the rising edges that wake the chip cost it these bytes
FIRST_BAUD = 115200
BITS_PER_BYTE = 10
LOW_BATTERY_COMMANDS = (0x02, 0x14)
SAM_CONFIGURATION = 0x14
WAKE_BY_I2C = 0x80
WAKE_BY_UART = 0x10
WAKE_BY_ALL = 0xFF
READY = 1


class Face(Enum):
    """The host link in use: the one that spoke last."""

    UART = "uart"
    I2C = "i2c"


@dataclass
class Faults:
    """What is wrong with this chip; the answer faults hold for the next response only."""

    hung: bool = False  # until RSTPD_N is pulled low
    delay_ms: int = 0  # added to every response
    noise: bytes = b""  # sent before the next response
    drop_at: int | None = None  # this byte of the next response is lost
    flip: tuple[int, int] | None = None  # (index, mask) of the next response

    def damage(self, frame: bytes) -> bytes:
        """The next response as it reaches the wire."""
        out = bytearray(frame)
        if self.flip is not None:
            out[self.flip[0] % len(out)] ^= self.flip[1]
        if self.drop_at is not None:
            del out[self.drop_at % len(out)]
        damaged = self.noise + bytes(out)
        self.noise, self.drop_at, self.flip = b"", None, None
        return damaged


@dataclass
class _Link:
    """One host conversation: frames waiting for their time, and what the last command left behind."""

    waiting: list[tuple[int, bytes]] = field(default_factory=list)  # (due, frame), ACK before response
    search: Search | None = None
    search_at: int = 0
    last_response: bytes = b""
    readable: bytes = b""  # a response read once over I2C
    baud_offered: int | None = None
    wake: int | None = None  # sleep after the response, with these wake-up sources

    def abort(self) -> None:
        self.waiting = []
        self.search = None
        self.readable = b""
        self.baud_offered = None


class Pn532Chip:
    """See the module. `faults` may be changed at any time; `field_on` tells whether the antenna is driven."""

    _asleep: bool
    _wake_sources: int
    _bytes_to_wake: int

    def __init__(
        self,
        now_ms: Callable[[], int],
        sam_first: bool = False,
        i2c_filler: int = 0x00,
        i2c_reads_once: bool = False,
    ) -> None:
        self._now_ms = now_ms
        self._i2c_reads_once = i2c_reads_once
        self._heard_first = (SAM_CONFIGURATION,) if sam_first else LOW_BATTERY_COMMANDS
        self._i2c_filler = i2c_filler  # what a read beyond the frame gives
        self._irq_callback: Callable[[int], None] | None = None
        self._irq_shown = 1
        self._host_baud: int | None = None
        self.faults = Faults()
        self.resets = 0
        self.found = 0  # searches that came upon a card, since it was made
        self._held_in_reset = False
        self._power_up(now_ms())

    def _power_up(self, ready_at: int) -> None:
        self._core = Core()
        self._frames = wire.HostFrames()
        self._link = _Link()
        self._face = Face.UART
        self._baud = FIRST_BAUD
        self._ready_at = ready_at
        self._low_battery = True
        self._fall_asleep(WAKE_BY_ALL)

    # --- the world around the chip ---

    @property
    def field_on(self) -> bool:
        """True while the antenna is driven."""
        return self._core.field.on

    @property
    def cards(self) -> tuple[Card, ...]:
        """The cards held to the antenna."""
        return tuple(self._core.field.cards)

    def enter(self, card: Card) -> None:
        """A card is held to the antenna; raises ValueError beyond four."""
        self._core.field.enter(card)

    def leave(self, card: Card) -> None:
        """A card is taken away."""
        self._core.field.leave(card)

    def reset(self, level: int) -> None:
        """RSTPD_N: 0 stops the chip and its field, 1 lets it start anew; cards stay where they are."""
        self._held_in_reset = not level
        if self._held_in_reset:
            cards = self._core.field.cards
            self._core.field.switch(False)
            self._power_up(self._now_ms())
            self._core.field.cards = cards
            self.faults.hung = False
            self.resets += 1
        else:
            self._ready_at = self._now_ms() + BOOT_MS
        self._show_irq()

    def host_baud(self, baud: int) -> None:
        """The host's UART now runs at this rate; bytes pass only while both rates agree.

        Where a rate was offered and the host already uses it, its ACK is taken as received: a
        pseudo-terminal may lose bytes written just before it is closed (12 of 300 measured).
        """
        self._host_baud = baud
        if self._link.baud_offered == baud and not self._link.waiting:
            self._take_offered_baud()

    # --- time ---

    def tick(self) -> None:
        """Does what has become due; every other call begins with it."""
        now = self._now_ms()
        while self._link.search is not None and self._link.search_at <= now and not self._deaf():
            step = self._core.step(self._link.search)
            self.found += isinstance(step, Answer) and step.body is not None and step.body[1] > 0
            self._after(step, self._link.search_at)
        self._show_irq()

    def next_due_ms(self) -> int | None:
        """Milliseconds until this chip has more to do or say by itself; None: only when spoken to."""
        now = self._now_ms()
        if self._deaf():
            return None
        due = [at for at, _ in self._link.waiting if self._face is Face.UART or at > now]
        if self._link.search is not None:
            due.append(self._link.search_at)
        return max(0, min(due) - now) if due else None

    def _deaf(self) -> bool:
        return self.faults.hung or self._held_in_reset or self._now_ms() < self._ready_at

    # --- UART ---

    def uart_in(self, data: bytes) -> None:
        """Bytes from the host."""
        self.tick()
        if self._deaf() or self._host_baud not in (None, self._baud):
            return
        if self._asleep:
            data = self._wake_by_uart(data)
        self._face = Face.UART
        self._heard(data)

    def uart_out(self) -> bytes:
        """The bytes due by now, each once."""
        self.tick()
        if self._deaf() or self._face is not Face.UART:
            return b""
        out = b"".join(self._take() for _ in self._due_frames())
        return out if self._host_baud in (None, self._baud) else bytes(byte ^ 0xA5 for byte in out)

    def _wake_by_uart(self, data: bytes) -> bytes:
        if not self._wake_sources & WAKE_BY_UART:
            return b""
        lost = min(len(data), self._bytes_to_wake)
        self._bytes_to_wake -= lost
        self._asleep = self._bytes_to_wake > 0
        return data[lost:]

    # --- I2C ---

    def i2c_write(self, data: bytes) -> bool:
        """A write to address 24; False: not acknowledged."""
        self.tick()
        if not self._acknowledges():
            return False
        self._face = Face.I2C
        self._heard(data)
        self._show_irq()
        return True

    def i2c_read(self, count: int) -> bytes:
        """A read of `count` bytes: the status byte, then the frame from its start; b"": not acknowledged."""
        self.tick()
        if not self._acknowledges():
            return b""
        ready = self._due_frames() if self._face is Face.I2C else []
        if self.faults.hung or not (ready or self._link.readable):
            return bytes(count)
        if count < 2:
            return bytes([READY])
        frame = self._link.readable if not ready else self._take()
        self._link.readable = b"" if frame == wire.ACK or self._i2c_reads_once else frame
        self._show_irq()
        return (bytes([READY]) + frame).ljust(count, bytes([self._i2c_filler]))[:count]

    def _acknowledges(self) -> bool:
        """A hung chip still acknowledges its address and says for ever that it is busy."""
        if self._held_in_reset or self._now_ms() < self._ready_at:
            return False
        if self._asleep and self._wake_sources & WAKE_BY_I2C and not self.faults.hung:
            self._asleep = False
            self._ready_at = self._now_ms() + I2C_WAKE_MS
            return False
        return not self._asleep

    @property
    def irq_level(self) -> int:
        """P70_IRQ: 0 while a frame waits to be read over I2C, else 1."""
        self.tick()
        return self._irq_shown

    def on_irq(self, callback: Callable[[int], None]) -> None:
        """`callback(level)` is called at each change."""
        self._irq_callback = callback

    def _show_irq(self) -> None:
        waits = self._face is Face.I2C and self._core.irq_enabled and not self._deaf() and self._due_frames()
        level = 0 if waits else 1
        if level != self._irq_shown:
            self._irq_shown = level
            if self._irq_callback is not None:
                self._irq_callback(level)

    # --- frames ---

    def _due_frames(self) -> list[bytes]:
        now = self._now_ms()
        return [frame for due, frame in self._link.waiting if due <= now]

    def _take(self) -> bytes:
        """Hands out the frame that waits longest."""
        _, frame = self._link.waiting.pop(0)
        if frame == wire.ACK:
            return frame
        if self._link.wake is not None:
            self._fall_asleep(self._link.wake)
        return self.faults.damage(frame)

    def _heard(self, data: bytes) -> None:
        if self.faults.hung:
            return
        for frame in self._frames.feed(data):
            if frame.kind is wire.Kind.COMMAND:
                self._command(frame.body)
            elif frame.kind is wire.Kind.NACK:
                self._repeat()
            else:
                self._host_ack()

    def _host_ack(self) -> None:
        if self._link.baud_offered is not None and not self._link.waiting:
            self._take_offered_baud()
        self._link.abort()

    def _take_offered_baud(self) -> None:
        self._baud = self._link.baud_offered or self._baud
        self._link.baud_offered = None

    def _repeat(self) -> None:
        """NACK: the last response again, unless a command still runs or nothing was said yet."""
        if not self._link.waiting and self._link.search is None and self._link.last_response:
            self._link.readable = b""
            self._schedule(self._now_ms() + ACK_MS, self._link.last_response)

    def _command(self, body: bytes) -> None:
        if self._low_battery and body[0] not in self._heard_first:
            return
        now = self._now_ms()
        self._link.abort()
        self._link.wake = None
        self._link.last_response = b""
        self._schedule(now + ACK_MS, wire.ACK)
        try:
            self._after(self._core.execute(body), now + ACK_MS)
        except SyntaxFault:
            self._respond(now + ACK_MS, wire.ERROR)
        self._leave_low_battery(body[0])

    def _leave_low_battery(self, code: int) -> None:
        """SAMConfiguration ends the mode; any other command in it lets the chip doze off again."""
        if code == SAM_CONFIGURATION:
            self._low_battery = False
        elif self._low_battery:
            self._fall_asleep(WAKE_BY_ALL)

    def _after(self, step: Answer | Search, now: int) -> None:
        """Takes up what a command, or one attempt of a search, led to at `now`."""
        self._link.search = step if isinstance(step, Search) else None
        if isinstance(step, Search):
            self._link.search_at = now + step.wait_ms
        elif step.body is not None:
            self._link.wake = step.wake
            self._link.baud_offered = step.baud
            self._respond(now + step.wait_ms + self.faults.delay_ms, wire.encode(step.body))

    def _respond(self, due: int, frame: bytes) -> None:
        self._link.last_response = frame
        self._schedule(due, frame)

    def _schedule(self, due: int, frame: bytes) -> None:
        wire_ms = len(frame) * BITS_PER_BYTE * 1000 // self._baud if self._face is Face.UART else 0
        self._link.waiting.append((due + wire_ms, frame))

    def _fall_asleep(self, wake_sources: int) -> None:
        self._asleep = True
        self._wake_sources = wake_sources
        self._bytes_to_wake = UART_WAKE_BYTES
