"""The room's end of the wires between a firmware process and its parts; shims/parts_link.py is the other end.

    uart   bytes as they are, both ways; the rate is an argument of the connection
    i2c    request >BHH (address, bytes to write, bytes to read), data; answer 0 / 1 (no acknowledge), data
    pins   op, pin, value, both ways

A part outlives its connections: a process that is reset opens new ones. What a chip says while nobody is
connected is lost, as on a wire.
"""

import asyncio
import struct
from collections.abc import Callable
from typing import Protocol

SET_LEVEL = 1  # < output level; > the same again, when the parts have felt it
INPUT_LEVEL = 2  # > level of an input
WDT_FEED = 3
WDT_START = 4  # value in 100 ms
PWM_DUTY = 5  # value 0..255
PWM_HZ = 6  # value in 20 Hz
RESET = 7
WIFI = 8  # > 1 the access point is there; ends what is said to a new connection
DEEP_SLEEP = 9  # pin and value are one number, high byte first, of SLEEP_STEP_MS
SLEEP_STEP_MS = 100

Send = Callable[[bytes], None]


class Part(Protocol):
    """What a connection is attached to."""

    def opened(self, send: Send, arguments: tuple[int, ...]) -> None:
        """A process connected; an older connection counts no more."""

    def received(self, data: bytes) -> None:
        """Bytes of the connection that was opened last."""

    def closed(self, send: Send) -> None:
        """That connection is gone."""


class UartChip(Protocol):
    """A chip on a UART; next_due_ms() is the time until it may have something to say by itself."""

    def host_baud(self, baud: int) -> None: ...
    def uart_in(self, data: bytes) -> None: ...
    def uart_out(self) -> bytes: ...
    def next_due_ms(self) -> int | None: ...


class I2cChip(Protocol):
    """A chip on an I2C bus; False and b"" mean: not acknowledged."""

    def i2c_write(self, data: bytes) -> bool: ...
    def i2c_read(self, length: int) -> bytes: ...


class TimedChip(Protocol):
    """A chip that moves its IRQ line by itself."""

    def tick(self) -> None: ...
    def next_due_ms(self) -> int | None: ...


class Alarm:
    """Calls `action` once `due_ms()` is over, and again for as long as there is something due."""

    def __init__(self, due_ms: Callable[[], int | None], action: Callable[[], None]) -> None:
        self._due_ms = due_ms
        self._action = action
        self._handle: asyncio.TimerHandle | None = None

    def set(self) -> None:
        """Look anew at when it is due."""
        self.cancel()
        due_ms = self._due_ms()
        if due_ms is not None:
            # At least 1 ms, so that a chip that is always due cannot stop the room.
            self._handle = asyncio.get_running_loop().call_later(max(due_ms, 1) / 1000, self._ring)

    def cancel(self) -> None:
        """Forget it."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _ring(self) -> None:
        self._action()
        self.set()


class UartPart:
    """One chip on one UART."""

    def __init__(self, chip: UartChip) -> None:
        self._chip = chip
        self._send: Send | None = None
        self._alarm = Alarm(chip.next_due_ms, self._say)

    def opened(self, send: Send, arguments: tuple[int, ...]) -> None:
        self._send = send
        self._chip.host_baud(arguments[0])
        self.pump()

    def received(self, data: bytes) -> None:
        self._chip.uart_in(data)
        self.pump()

    def closed(self, send: Send) -> None:
        if self._send is send:
            self._send = None

    def pump(self) -> None:
        """Carry what the chip has to say; to be called after anything that may have changed it."""
        self._say()
        self._alarm.set()

    def stop(self) -> None:
        """Carry nothing more by itself."""
        self._alarm.cancel()

    def _say(self) -> None:
        data = self._chip.uart_out()
        if data and self._send is not None:
            self._send(data)


class I2cPart:
    """The chips on one I2C bus, by address; `timed`: the one that has an IRQ line."""

    def __init__(self, chips: dict[int, I2cChip], timed: TimedChip | None = None) -> None:
        self._chips = chips
        self._send: Send | None = None
        self._buffer = b""
        self._alarm = Alarm(timed.next_due_ms, timed.tick) if timed is not None else None

    def opened(self, send: Send, arguments: tuple[int, ...]) -> None:
        self._send = send
        self._buffer = b""

    def received(self, data: bytes) -> None:
        self._buffer += data
        while self._take_request():
            pass
        self.pump()

    def closed(self, send: Send) -> None:
        if self._send is send:
            self._send = None

    def pump(self) -> None:
        """Look anew at when the chip with the IRQ line has something to do."""
        if self._alarm is not None:
            self._alarm.set()

    def stop(self) -> None:
        """Let nothing happen by itself any more."""
        if self._alarm is not None:
            self._alarm.cancel()

    def _take_request(self) -> bool:
        if len(self._buffer) < 5:
            return False
        address, to_write, to_read = struct.unpack(">BHH", self._buffer[:5])
        if len(self._buffer) < 5 + to_write:
            return False
        data, self._buffer = self._buffer[5 : 5 + to_write], self._buffer[5 + to_write :]
        answer = self._transfer(address, data, to_read)
        if self._send is not None:
            self._send(b"\x01" + bytes(to_read) if answer is None else b"\x00" + answer)
        return True

    def _transfer(self, address: int, data: bytes, to_read: int) -> bytes | None:
        """What was read; None: not acknowledged."""
        chip = self._chips.get(address)
        if chip is None or ((data or not to_read) and not chip.i2c_write(data)):
            return None
        answer = chip.i2c_read(to_read) if to_read else b""
        return answer if len(answer) == to_read else None


class PinsPart:
    """All pins of one board. `on_frame(op, pin, value)` gets what the board does."""

    def __init__(self, on_frame: Callable[[int, int, int], None]) -> None:
        self._on_frame = on_frame
        self._send: Send | None = None
        self._buffer = b""
        self._inputs: dict[int, int] = {}
        self._wifi = 1

    def opened(self, send: Send, arguments: tuple[int, ...]) -> None:
        self._send = send
        self._buffer = b""
        levels = b"".join(bytes([INPUT_LEVEL, pin, level]) for pin, level in self._inputs.items())
        send(levels + bytes([WIFI, 0, self._wifi]))

    def received(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= 3:
            frame, self._buffer = self._buffer[:3], self._buffer[3:]
            self._on_frame(*frame)
            if frame[0] == SET_LEVEL and self._send is not None:
                self._send(frame)

    def closed(self, send: Send) -> None:
        if self._send is send:
            self._send = None

    def set_input(self, pin: int, level: int) -> None:
        """A part drives this input."""
        self._inputs[pin] = level
        self._say(INPUT_LEVEL, pin, level)

    def set_wifi(self, up: bool) -> None:
        """The access point appears or disappears."""
        self._wifi = int(up)
        self._say(WIFI, 0, self._wifi)

    def _say(self, op: int, pin: int, value: int) -> None:
        if self._send is not None:
            self._send(bytes([op, pin, value]))
