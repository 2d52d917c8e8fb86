"""The PN532 driver wired to the simulated chip, on an event loop whose time jumps: no test waits for real."""

import asyncio
import selectors

import pytest

from firmware.drivers.pn532 import Pn532
from firmware.drivers.pn532_i2c import Pn532I2c
from firmware.drivers.pn532_talk import ReaderError
from firmware.drivers.pn532_uart import Pn532Uart
from hardware_tests.virtual.chips.cards import parse_card
from hardware_tests.virtual.chips.pn532 import Pn532Chip

DESFIRE = "desfire:04de5f1eacc040"
CLASSIC = "classic:04a1b2c3"
ULTRALIGHT = "ultralight:04112233445566"
SELECT = bytes.fromhex("00a4040007d276000085010100")
UID = bytes.fromhex("04de5f1eacc040")
READ_MS_MAX = 60000  # far above every wait of the driver
LINKS = ("uart", "i2c", "i2c-irq")


class Clock:
    """Seconds that pass only when every task waits."""

    def __init__(self):
        self.seconds = 0.0

    def now_ms(self):
        return int(self.seconds * 1000 + 1e-6)


class JumpSelector(selectors.SelectSelector):
    """Instead of waiting, moves the clock to the next thing to do."""

    def __init__(self, clock):
        super().__init__()
        self._clock = clock

    def select(self, timeout=None):
        if timeout is None:
            raise RuntimeError("every task waits for something that never happens")
        self._clock.seconds += max(0.0, timeout)
        return super().select(0)


class JumpLoop(asyncio.SelectorEventLoop):
    def __init__(self, clock):
        super().__init__(JumpSelector(clock))
        self.time = lambda: clock.seconds


class UartEnd:
    """machine.UART and its asyncio stream in one. `piece`: at most so many bytes arrive at once."""

    def __init__(self, chip):
        self._chip = chip
        self._arrived = b""
        self.piece = 1000

    async def read(self, size):
        count = min(size, self.piece)
        for _ in range(READ_MS_MAX):
            if self._pull():
                break
            await asyncio.sleep(0.001)
        data, self._arrived = self._arrived[:count], self._arrived[count:]
        return data

    def _pull(self):
        self._arrived += self._chip.uart_out()
        return self._arrived

    def write(self, data):
        for at in range(0, len(data), self.piece):
            self._chip.uart_in(data[at : at + self.piece])

    async def drain(self):
        pass


class Uart:
    """What the link uses of machine.UART itself: a read that never waits."""

    def __init__(self, end):
        self._end = end

    def read(self):
        self._end._pull()
        data, self._end._arrived = self._end._arrived, b""
        return data or None


class I2cBus:
    """machine.I2C at 400 kHz with one chip on it; `longest_read` is kept for the tests."""

    def __init__(self, chip, clock):
        self._chip = chip
        self._clock = clock
        self.longest_read = 0

    def writeto(self, address, data):
        self._spend(len(data))
        assert address == 0x24
        if not self._chip.i2c_write(bytes(data)):
            raise OSError(5)
        return len(data)

    def readfrom_into(self, address, buffer):
        self._spend(len(buffer))
        assert address == 0x24
        self.longest_read = max(self.longest_read, len(buffer))
        data = self._chip.i2c_read(len(buffer))
        if not data:
            raise OSError(5)
        buffer[:] = data

    def _spend(self, size):
        """The bus is synchronous: its time passes for everybody."""
        self._clock.seconds += (size + 1) * 9 / 400000


class IrqLine:
    """The waiter of firmware/ports. `broken`: no edge ever arrives; `stuck_low`: the line says so always."""

    def __init__(self, chip):
        self._chip = chip
        self._fell = False
        self.broken = self.stuck_low = False
        self.edges = 0
        chip.on_irq(self._changed)

    def _changed(self, level):
        if level == 0 and not self.broken:
            self._fell = True
            self.edges += 1

    async def wait(self, timeout_ms):
        if self.stuck_low:
            return True
        for _ in range(timeout_ms):
            if self._fell:
                break
            await asyncio.sleep(0.001)
            self._chip.tick()
        fell, self._fell = self._fell, False
        return fell


class ResetPin:
    def __init__(self, chip):
        self._chip = chip

    def value(self, level):
        self._chip.reset(level)


class Bench:
    """A reader, its chip and the wires between; the strictest chip unless told otherwise."""

    def __init__(self, link, reset_wired=True, **chip_settings):
        self.clock = Clock()
        self.chip = Pn532Chip(self.clock.now_ms, **{"sam_first": True, **chip_settings})
        self.end = UartEnd(self.chip)
        self.bus = I2cBus(self.chip, self.clock)
        self.irq = None
        if link == "uart":
            wires = Pn532Uart(Uart(self.end), self.end)
        else:
            self.irq = IrqLine(self.chip) if link == "i2c-irq" else None
            wires = Pn532I2c(self.bus, self.irq)
        self.reader = Pn532(wires, ResetPin(self.chip) if reset_wired else None, self.clock.now_ms)

    def run(self, act):
        """What `await act(self)` gives."""
        loop = JumpLoop(self.clock)
        try:
            return loop.run_until_complete(act(self))
        finally:
            loop.close()

    def card(self, spec):
        """A card held to the reader."""
        card = parse_card(spec)
        self.chip.enter(card)
        return card


async def started(bench):
    """The Version of a chip brought up."""
    return await bench.reader.start()


async def poll(bench):
    """The target in the field, the field off again."""
    target = await bench.reader.poll()
    assert not bench.chip.field_on
    return target


async def select(bench):
    """The R-APDU of a SELECT on the card in the field."""
    await bench.reader.poll(hold=True)
    assert bench.chip.field_on
    answer = await bench.reader.exchange(SELECT)
    await bench.reader.release()
    assert not bench.chip.field_on
    return answer


def after_start(bench, act):
    """What `act` gives on a reader that was started."""

    async def run(bench):
        await started(bench)
        return await act(bench)

    return bench.run(run)


def reason(bench, act):
    """Why `act` fails."""
    with pytest.raises(ReaderError) as caught:
        bench.run(act)
    return caught.value.reason


async def exchange_all(bench, apdus):
    """The R-APDUs of the card in the field."""
    await bench.reader.poll(hold=True)
    answers = [await bench.reader.exchange(apdu) for apdu in apdus]
    await bench.reader.release()
    return answers
