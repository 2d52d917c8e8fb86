"""A PN532 card reader for ISO/IEC 14443 type A: start, poll, exchange APDUs, recover.

    reader = Pn532(link, reset_pin)     link: of pn532_uart or pn532_i2c
    await reader.start()                Version
    await reader.poll()                 Target or None
    await reader.poll(hold=True)        the same; a target found keeps the field for `exchange`
    await reader.exchange(apdu)         the R-APDU; `release` when done
    await reader.healthy()              False: call `recover`

The field is on only inside `poll` and while a target is held; every failure switches it off again, as far as
the chip listens. All waiting is bounded by the constants below, so nothing here needs cancelling; a call that
is cancelled all the same is aborted at the chip before the next one. Failures are ReaderError (pn532_talk).
"""

import asyncio
from collections import namedtuple

from firmware.core.aio import Uptime, sleep_ms
from firmware.drivers import pn532_frames as frames
from firmware.drivers import pn532_talk as talk
from firmware.drivers.pn532_talk import ReaderError
from firmware.protocol.compat import const
from firmware.protocol.messages import TECH_A3, TECH_ISO_DEP

Version = namedtuple("Version", ("chip", "version", "revision", "support"))
Target = namedtuple("Target", ("tech", "uid", "atqa", "sak", "ats"))  # ats as sent, length first; b"" if none

_COMMAND_WAIT_MS = const(200)  # commands that end inside the chip take a few ms
_POLL_WAIT_MS = const(500)  # two tries with three cascade levels and RATS
_EXCHANGE_WAIT_MS = const(3000)  # a card may ask for more time several times
_GAP_MS = const(50)  # silence inside a frame; the bytes of one frame follow each other
_START_TRIES = const(3)
_RECOVER_TRIES = const(3)
_RESET_LOW_MS = const(10)
_RESET_UP_MS = const(100)  # Adafruit's value; the chip itself needs a few ms
_ACK_BYTES = const(6)
_ANSWER_BYTES = const(48)  # first read of a response over I2C: 1 ms at 400 kHz, holds any usual poll answer
ANSWER_BYTES_MAX = const(1024)  # of an R-APDU in pieces: what a small heap can spare; a short one has 258
_ATS_BYTES_MAX = const(64)

_FIRMWARE_VERSION = const(0x02)
_SET_PARAMETERS = const(0x12)
_SAM_CONFIGURATION = const(0x14)
_RF_CONFIGURATION = const(0x32)
_DATA_EXCHANGE = const(0x40)
_LIST_TARGETS = const(0x4A)

_CHIP = const(0x32)
_NORMAL_MODE = b"\x01\x00\x00"
_NORMAL_MODE_WITH_IRQ = b"\x01\x00\x01"
_AUTOMATIC_RATS = b"\x14"  # and automatic ATR_RES, as after reset
_RETRIES = b"\x05\x01\x00\x01"  # one retry of ATR and activation: the chip's own default is to try for ever
_FIELD_OFF = b"\x01\x00"
_ONE_TYPE_A = b"\x01\x00"
_TARGET = const(1)
_MORE = const(0x40)
_STATUS = const(0x3F)
_GONE = (0x01, 0x2B)


def read_target(data: bytes):
    """The Target of an InListPassiveTarget answer for one card; None for no card; raises ReaderError."""
    if data == b"\x00":
        return None
    if len(data) < 6 or data[0] != 1 or data[1] != _TARGET or data[5] not in (4, 7, 10):
        raise ReaderError("bad_answer")
    end = 6 + data[5]
    uid, ats = data[6:end], data[end:]
    if len(uid) != data[5] or (ats and ats[0] != len(ats)) or len(ats) > _ATS_BYTES_MAX:
        raise ReaderError("bad_answer")
    return Target(TECH_A3 | TECH_ISO_DEP if ats else TECH_A3, uid, data[2] << 8 | data[3], data[4], ats)


def read_status(data: bytes) -> tuple:
    """(data, whether more follows) of an InDataExchange answer; raises ReaderError."""
    if not data:
        raise ReaderError("bad_answer")
    status = data[0] & _STATUS
    if status:
        raise ReaderError("card_gone" if status in _GONE else "rf", status)
    return data[1:], data[0] & _MORE


class Pn532:
    """See the module. `reset_pin` has value(level); None where RSTPD_N is not wired. `now_ms` never wraps."""

    def __init__(self, link, reset_pin=None, now_ms=None) -> None:
        self._link = link
        self._reset_pin = reset_pin
        self._now_ms = now_ms or Uptime()
        self._lock = asyncio.Lock()
        self._reader = frames.FrameReader()
        self._events = []
        self._untidy = False  # something of an earlier command may still be under way
        self._held = False
        self._resends = self._repeats = self._recoveries = 0

    def counters(self) -> tuple:
        """What reading has cost so far, as (name, value) pairs."""
        return (
            ("reader.resends", self._resends),  # commands, for want of an ACK
            ("reader.damaged", self._reader.damaged),
            ("reader.repeats", self._repeats),  # responses asked for again
            ("reader.recoveries", self._recoveries),
        )

    async def start(self):
        """Wakes and sets up the chip, field off; its Version."""
        async with self._lock:
            return await self._start()

    async def poll(self, hold: bool = False):
        """The card in the field or None. With `hold` a Target keeps the field on until `release`."""
        async with self._lock:
            target, self._held = None, False
            try:
                target = read_target(await self._command(_LIST_TARGETS, _ONE_TYPE_A, _POLL_WAIT_MS))
            finally:
                if not (hold and target):
                    await self._field_off()
            self._held = hold and target is not None
            return target

    async def exchange(self, apdu: bytes) -> bytes:
        """The R-APDU of the held target; after a failure it is held no more."""
        async with self._lock:
            if not self._held:
                raise ReaderError("no_target")
            self._held = False
            try:
                answer = await self._exchange(apdu)
                self._held = True
            finally:
                if not self._held:
                    await self._field_off()
            return answer

    async def release(self) -> None:
        """Lets the target go, field off."""
        async with self._lock:
            self._held = False
            await self._field_off()

    async def healthy(self) -> bool:
        """True if the chip answers as a PN532 should."""
        try:
            async with self._lock:
                await self._version()
        except ReaderError:
            return False
        return True

    async def recover(self):
        """Resets the chip, where wired, and starts it; its Version. Raises ReaderError of the last try."""
        async with self._lock:
            self._held = False
            for _ in range(_RECOVER_TRIES - 1):
                try:
                    return await self._restart()
                except ReaderError:
                    continue
            return await self._restart()

    async def command(self, code: int, data: bytes = b"", wait_ms: int = _COMMAND_WAIT_MS) -> bytes:
        """The data after the response code of any command."""
        async with self._lock:
            return await self._command(code, data, wait_ms)

    async def _restart(self):
        self._recoveries += 1
        if self._reset_pin is not None:
            self._reset_pin.value(0)
            await sleep_ms(_RESET_LOW_MS)
            self._reset_pin.value(1)
            await sleep_ms(_RESET_UP_MS)
        return await self._start()

    async def _start(self):
        for attempt in range(_START_TRIES - 1):
            try:
                await self._wake(attempt)
                break
            except ReaderError:
                continue
        else:
            await self._wake(_START_TRIES - 1)
        version = await self._version()
        await self._command(_SET_PARAMETERS, _AUTOMATIC_RATS)
        await self._command(_RF_CONFIGURATION, _RETRIES)
        await self._field_off()
        return version

    async def _wake(self, attempt: int) -> None:
        """SAMConfiguration comes first: C106 silicon starts in low-battery mode (AN10609)."""
        await self._link.wake(attempt)
        await self._link.quiet()
        self._untidy = False
        await self._command(
            _SAM_CONFIGURATION, _NORMAL_MODE_WITH_IRQ if self._link.uses_irq else _NORMAL_MODE, sends_max=1
        )

    async def _version(self):
        data = await self._command(_FIRMWARE_VERSION)
        if len(data) != 4 or data[0] != _CHIP:
            raise ReaderError("wrong_chip")
        return Version(data[0], data[1], data[2], data[3])

    async def _field_off(self) -> None:
        await self._command(_RF_CONFIGURATION, _FIELD_OFF)

    async def _exchange(self, apdu: bytes) -> bytes:
        while len(apdu) > frames.DATA_BYTES_MAX:
            piece, apdu = apdu[: frames.DATA_BYTES_MAX], apdu[frames.DATA_BYTES_MAX :]
            await self._data_exchange(_TARGET | _MORE, piece)
        answer, more = await self._data_exchange(_TARGET, apdu)
        while more:
            piece, more = await self._data_exchange(_TARGET, b"")
            answer += piece
            if len(answer) > ANSWER_BYTES_MAX:
                raise ReaderError("too_long")
        return answer

    async def _data_exchange(self, target: int, data: bytes) -> tuple:
        """Sent once only: a card may not take a command twice."""
        return read_status(await self._command(_DATA_EXCHANGE, bytes((target,)) + data, _EXCHANGE_WAIT_MS, 1))

    async def _command(
        self, code: int, data: bytes = b"", wait_ms: int = _COMMAND_WAIT_MS, sends_max: int = talk.SENDS_MAX
    ) -> bytes:
        if self._untidy:
            await self._write(frames.ACK)  # aborts whatever still runs
            await self._link.quiet()
        self._untidy = True
        state = talk.Talk(code, wait_ms, sends_max)
        answer = await self._converse(state, frames.encode(code, data))
        self._untidy = state.sends > 1 or state.repeats > 0
        return answer

    async def _converse(self, state: talk.Talk, frame: bytes) -> bytes:
        action = talk.SEND
        deadline_ms = 0
        while True:
            await self._act(action, frame, state.sends)
            if action != talk.WAIT:
                deadline_ms = self._now_ms() + state.wait_ms
            kind, body = await self._event(deadline_ms, _ANSWER_BYTES if state.acknowledged else _ACK_BYTES)
            action, value = state.take(kind, body)
            if action == talk.DONE:
                return value
            if action == talk.FAIL:
                raise ReaderError(value)

    async def _act(self, action: int, frame: bytes, sends: int) -> None:
        if action == talk.SEND:
            self._resends += sends > 1
            await self._write(frame)
        elif action == talk.REPEAT:
            self._repeats += 1
            await self._link.quiet()
            await self._write(frames.NACK)

    async def _write(self, frame: bytes) -> None:
        """Sends a frame; nothing heard before it counts any more."""
        self._reader.reset()
        self._events = []
        await self._link.write(frame)

    async def _event(self, deadline_ms: int, size: int) -> tuple:
        """The next event; NOTHING at the deadline, DAMAGED when a frame stops in the middle."""
        while not self._events:
            left_ms = deadline_ms - self._now_ms()
            inside = self._reader.inside
            data = b""
            if left_ms > 0:
                data = await self._link.read(min(left_ms, _GAP_MS) if inside else left_ms, size)
            if not data:
                return self._reader.cut() if inside else (frames.NOTHING, b"")
            self._events = self._reader.feed(data)
        return self._events.pop(0)
