"""`machine` of a board whose parts are simulated in another process: what firmware/ports uses, no more.

Stricter than a board where a board forgives: unknown arguments raise, and so does a watchdog longer than the
board's (SHOPBELL_WDT_MS_MAX).
"""

import asyncio
import io
import os
import struct
import sys
import time

import parts_link

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5

_POLL_FILENO = 10  # MP_STREAM_GET_FILENO: with it a poll costs 79 us, without it 1.15 ms (micropython.md 7)
_EIO = 5
_RTC_BYTES_MAX = 2048


class _Flag:
    """asyncio.ThreadSafeFlag without its polling, which would put every wait of the process back to 1.14 ms.

    Handlers of this shim run from a task, not from an interrupt, so an Event is enough.
    """

    def __init__(self):
        self._event = asyncio.Event()

    def set(self):
        self._event.set()

    def clear(self):
        self._event.clear()

    async def wait(self):
        await self._event.wait()
        self._event.clear()


asyncio.ThreadSafeFlag = _Flag


class Pin:
    IN, OUT, OPEN_DRAIN = 1, 3, 7
    PULL_DOWN, PULL_UP = 1, 2
    IRQ_RISING, IRQ_FALLING = 1, 2

    def __init__(self, id, mode=-1, pull=-1, *, value=None):
        self.id = id
        self._handler = None
        self._trigger = 0
        self._out = 1
        self.init(mode, pull, value=value)

    def init(self, mode=-1, pull=-1, *, value=None):
        self._mode = mode
        if value is not None and mode in (Pin.OUT, Pin.OPEN_DRAIN):
            self.value(value)

    def value(self, level=None):
        if level is None:
            return self._out if self._mode == Pin.OUT else parts_link.pins().level(self.id)
        self._out = int(bool(level))
        parts_link.pins().send(parts_link.SET_LEVEL, self.id, self._out)
        return None

    __call__ = value

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    def irq(self, handler=None, trigger=IRQ_RISING | IRQ_FALLING, *, hard=False):
        self._handler = handler
        self._trigger = trigger
        parts_link.pins().watch(self.id, self._changed)
        return self

    def _changed(self, level):
        if self._handler and self._trigger & (Pin.IRQ_RISING if level else Pin.IRQ_FALLING):
            self._handler(self)


class PWM:
    def __init__(self, pin, *, freq=None, duty_u16=None):
        self._pin = pin.id
        self._hz = self._duty = 0
        self.init(freq=freq, duty_u16=duty_u16)

    def init(self, *, freq=None, duty_u16=None):
        if freq is not None:
            self.freq(freq)
        if duty_u16 is not None:
            self.duty_u16(duty_u16)

    def freq(self, hz=None):
        if hz is None:
            return self._hz
        if not 8 <= hz <= 40000000:
            raise ValueError("freq")
        self._hz = hz
        parts_link.pins().send(parts_link.PWM_HZ, self._pin, min(hz // 20, 255))
        return None

    def duty_u16(self, duty=None):
        if duty is None:
            return self._duty
        if not 0 <= duty <= 65535:
            raise ValueError("duty")
        self._duty = duty
        parts_link.pins().send(parts_link.PWM_DUTY, self._pin, duty >> 8)
        return None

    def deinit(self):
        self.duty_u16(0)


class UART(io.IOBase):
    IRQ_RX, IRQ_RXIDLE = 1, 2

    def __init__(self, id, baudrate=115200, **settings):
        self._id = id
        self._link = None
        self.init(baudrate, **settings)

    def init(
        self,
        baudrate=115200,
        bits=8,
        parity=None,
        stop=1,
        *,
        tx=None,
        rx=None,
        txbuf=None,
        rxbuf=None,
        timeout=0,
        timeout_char=0,
        invert=0,
    ):
        self.deinit()
        self._link = parts_link.connect(b"uart %d %d" % (self._id, baudrate))
        self._link.setblocking(False)
        self._rxbuf = rxbuf or 256

    def deinit(self):
        if self._link is not None:
            self._link.close()

    def any(self):
        return parts_link.peek(self._link, self._rxbuf)

    def read(self, size=-1):
        data = self._link.read(size) if size >= 0 else self._link.read()
        if data == b"" and size != 0:
            parts_link.gone()
        return data

    def readinto(self, buffer, size=None):
        count = self._link.readinto(buffer) if size is None else self._link.readinto(buffer, size)
        if count == 0:
            parts_link.gone()
        return count

    def write(self, data):
        return self._link.write(data)

    def flush(self):
        pass

    def ioctl(self, request, argument):
        return self._link.fileno() if request == _POLL_FILENO else -1


class I2C:
    def __init__(self, id, *, scl=None, sda=None, freq=400000, timeout=50000):
        self._link = parts_link.connect(b"i2c %d" % id)

    def writeto(self, address, data, stop=True):
        self._exchange(address, data, 0)
        return len(data)

    def writevto(self, address, vector, stop=True):
        return self.writeto(address, b"".join(bytes(part) for part in vector))

    def readfrom(self, address, size, stop=True):
        return self._exchange(address, b"", size)

    def readfrom_into(self, address, buffer, stop=True):
        buffer[:] = self._exchange(address, b"", len(buffer))

    def scan(self):
        return [address for address in range(8, 120) if self._acknowledges(address)]

    def _acknowledges(self, address):
        try:
            self.readfrom(address, 1)
        except OSError:
            return False
        return True

    def _exchange(self, address, data, size):
        self._link.write(struct.pack(">BHH", address, len(data), size) + bytes(data))
        answer = parts_link.receive(self._link, 1 + size)
        if answer[0]:
            raise OSError(_EIO)
        return answer[1:]


SoftI2C = I2C


class WDT:
    def __init__(self, id=0, timeout=5000):
        most = int(os.getenv("SHOPBELL_WDT_MS_MAX") or 25500)
        if timeout > most:
            raise ValueError("timeout exceeds " + str(most))
        parts_link.pins().send(parts_link.WDT_START, 0, (timeout + 99) // 100)

    def feed(self):
        parts_link.pins().send(parts_link.WDT_FEED, 0, 0)


class RTC:
    """SHOPBELL_RTC is the folder that holds what outlives a reset and deep sleep; without it nothing does."""

    def memory(self, data=None):
        path = os.getenv("SHOPBELL_RTC") + "/memory"
        if data is not None:
            if len(data) > _RTC_BYTES_MAX:
                raise ValueError("buffer too long")
            with open(path, "wb") as file:
                file.write(data)
            return None
        try:
            with open(path, "rb") as file:
                return file.read()
        except OSError:  # nothing was kept yet
            return b""

    def datetime(self, parts=None):
        if parts is None:
            year, month, day, hour, minute, second, weekday = time.gmtime()[:7]
            return (year, month, day, weekday, hour, minute, second, 0)
        year, month, day, _, hour, minute, second, _ = parts
        time.set_local_s(time.mktime((year, month, day, hour, minute, second, 0, 0)))
        return None


def reset():
    """Never returns: the room ends this process and starts it anew."""
    parts_link.pins().send(parts_link.RESET, 0, 0)
    while True:
        time.sleep_ms(1000)


soft_reset = reset


def deepsleep(ms):
    """Never returns: the room ends this process and starts it anew when the time is over."""
    steps = min((ms + parts_link.SLEEP_STEP_MS - 1) // parts_link.SLEEP_STEP_MS, 0xFFFF)
    parts_link.pins().send(parts_link.DEEP_SLEEP, steps >> 8, steps & 0xFF)
    while True:
        time.sleep_ms(1000)


def reset_cause():
    return int(os.getenv("SHOPBELL_RESET_CAUSE") or PWRON_RESET)


def unique_id():
    return bytes.fromhex(os.getenv("SHOPBELL_UNIQUE_ID") or "0242ac110002")


def idle():
    pass


def freq(hz=None):
    return 160000000 if sys.platform == "linux" else 125000000
