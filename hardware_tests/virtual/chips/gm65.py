"""A simulated GM65 QR scanner, at the level of the bytes on its UART.

Frames as in firmware/drivers/gm65_frames.py, written again from the manual so that driver and chip judge
each other. Modelled because a driver can fail on it: silence after a wrong CRC or a frame not complete
within 400 ms; zones that mix fields; save and restore; setup codes obeyed from the factory on; codes as bare
text on the stream of replies; the same-code delay; GBK output until told otherwise; a rate that must match,
or all is garbage. Stricter than the manual: the factory sets no tail, command mode acknowledges a trigger
and never scans (seen on some firmware), and type 05, which erases a real scanner's program, leaves this one
dead.

The printed setup codes of the maker are pictures with unpublished text. `_SET_CODE_OFF` and `_SET_CODE_ON`
are known; `_ZONE:aaaadd` (hex address and data) stands in for every other one.
"""

from collections import deque
from collections.abc import Callable

ZONES = 0x133
# Continuous mode, light, aim and beep on; setup codes on (0003 bit 1 clear); GBK; 9600 baud; no tail.
FACTORY = {
    0x0000: 0xD6,
    0x0005: 0x05,
    0x000A: 0x3E,
    0x002A: 0x39,
    0x002B: 0x01,
    0x002C: 0x02,
    0x003F: 0x01,
    0x00E2: 0x69,
}
FRAME_MS_MAX = 400
DECODE_MS = 30
SKIP_CRC = b"\xab\xcd"
OK = b"\x00"

READ, WRITE, SAVE, HEARTBEAT, ERASE = 0x07, 0x08, 0x09, 0x0A, 0x05
CONTINUOUS, SENSING = 2, 3
RESTORES = (0x02, 0xFF)  # data of a save frame that restore the factory's settings: two sources, two values
BAUDS = (1200, 2400, 4800, 9600, 14400, 19200, 38400, 57600, 115200)
TAILS = (b"\r", b"\r\n", b"\t", b"")


def crc_xmodem(data: bytes) -> bytes:
    """CRC-16/XMODEM, high byte first."""
    crc = 0
    for byte in data:
        for bit in range(7, -1, -1):
            top = crc >> 15 ^ byte >> bit & 1
            crc = crc << 1 & 0xFFFF ^ (0x1021 if top else 0)
    return crc.to_bytes(2, "big")


def baud_zones(baud: int) -> bytes:
    """Zones 002A and 002B for a rate: 3,000,000 / baud, rounded half up, low byte first."""
    return ((3_000_000 * 2 + baud) // (2 * baud)).to_bytes(2, "little")


def garbled(data: bytes, sent_baud: int, heard_baud: int) -> bytes:
    """What a receiver at another rate makes of these bytes: fewer or more of them, and none right."""
    if sent_baud == heard_baud:
        return data
    length = min(64, max(1, len(data) * heard_baud // sent_baud)) if data else 0
    return bytes(0x80 | data[index * len(data) // length] * 5 + index & 0x7F for index in range(length))


class Gm65Chip:
    """One scanner. `baud` is its own rate; `now_ms` is its only clock.

    `obeyed` counts setup codes it followed, `refused` frames it did not answer.
    """

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._saved = self._factory()
        self._host_baud = 9600
        self.dead = False
        self.obeyed = self.refused = self.saves = 0
        self._in_view: bytes | None = None
        self.power_cycle()

    @staticmethod
    def _factory() -> bytes:
        return bytes(FACTORY.get(zone, 0) for zone in range(ZONES))

    def power_cycle(self) -> None:
        """Start again with the saved settings."""
        self.zones = bytearray(self._saved)
        self._frame = b""
        self._frame_ms = 0
        self._out: deque[tuple[int, bytes]] = deque()  # the rate they are sent at, the bytes
        self._last_out: tuple[bytes, int] | None = None
        self._next_read_ms = self._now_ms() + DECODE_MS

    @property
    def baud(self) -> int:
        """The rate its zones say; an unknown setting counts as the nearest."""
        divisor = max(1, self.zones[0x2A] | self.zones[0x2B] << 8)
        return min(BAUDS, key=lambda baud: abs(baud - 3_000_000 / divisor))

    def host_baud(self, baud: int) -> None:
        """The host's UART now runs at this rate."""
        self._host_baud = baud

    def show(self, code: bytes) -> None:
        """Hold a code in front of the glass."""
        self._in_view = code
        self._next_read_ms = self._now_ms() + DECODE_MS

    def hide(self) -> None:
        """Take the code away."""
        self._in_view = None

    def uart_in(self, data: bytes) -> None:
        """Bytes from the host, sent at its rate."""
        now = self._now_ms()
        if self._frame and now - self._frame_ms > FRAME_MS_MAX:
            self._frame = b""
            self.refused += 1
        if not self._frame:
            self._frame_ms = now
        self._frame += garbled(data, self._host_baud, self.baud)
        while not self.dead and self._take_frame():
            self._frame_ms = now

    def uart_out(self) -> bytes:
        """Bytes for the host that have become due, as it sees them at its rate."""
        if self._scanning() and self._now_ms() >= self._next_read_ms:
            self._read_code()
        sent = b"".join(garbled(data, baud, self._host_baud) for baud, data in self._out)
        self._out.clear()
        return sent

    def next_due_ms(self) -> int | None:
        """Milliseconds until uart_out() may have something new by itself; None: not without input."""
        if self._out:
            return 0
        return max(0, self._next_read_ms - self._now_ms()) if self._scanning() else None

    def _take_frame(self) -> bool:
        """Obey the first whole frame; False when there is none."""
        start = self._frame.find(b"\x7e\x00")
        if start < 0:
            self._frame = b"\x7e" if self._frame.endswith(b"\x7e") else b""
            return False
        self._frame = self._frame[start:]
        if len(self._frame) < 4:
            return False
        size = 6 + (self._frame[3] or 256) + 2
        if len(self._frame) < size:
            return False
        frame, self._frame = self._frame[:size], self._frame[size:]
        if frame[-2:] in (SKIP_CRC, crc_xmodem(frame[2:-2])):
            self._obey(frame[2], int.from_bytes(frame[4:6], "big"), frame[6:-2])
        else:
            self.refused += 1
        return True

    def _obey(self, kind: int, zone: int, data: bytes) -> None:
        if kind == READ and len(data) == 1:
            count = data[0] or 256
            self._reply(bytes(self.zones[zone : zone + count]).ljust(count, b"\x00"))
        elif kind == WRITE and data:
            self._write(zone, data)
        elif kind == SAVE and len(data) == 1:
            self._save(data[0])
        elif kind == HEARTBEAT:
            self._reply(OK, header=3)
        elif kind == ERASE:
            self.dead = True
        else:
            self.refused += 1

    def _reply(self, data: bytes, header: int = 2) -> None:
        body = bytes([0, len(data) & 0xFF]) + data
        self._out.append((self.baud, bytes([header, 0]) + body + crc_xmodem(body)))

    def _write(self, zone: int, data: bytes) -> None:
        self._reply(OK)  # still at the old rate, if it is the rate that is written
        if zone == 0x00D9:
            if data[0] == 0x55:
                self.power_cycle()
            return
        # The trigger of 0002 clears itself; the version of 00E2 is not for writing.
        for at, byte in enumerate(data, zone):
            if at < ZONES and at != 0x00E2:
                self.zones[at] = byte & 0xFE if at == 0x0002 else byte
        self._next_read_ms = self._now_ms() + DECODE_MS

    def _save(self, what: int) -> None:
        if what == 0:
            self._saved = bytes(self.zones)
            self.saves += 1
        elif what in RESTORES:
            self._saved = self._factory()
        self._reply(OK)
        if what in RESTORES:
            self.zones = bytearray(self._saved)

    def _scanning(self) -> bool:
        return self._in_view is not None and not self.dead and self.zones[0] & 3 in (CONTINUOUS, SENSING)

    def _read_code(self) -> None:
        now = self._now_ms()
        self._next_read_ms = now + max(DECODE_MS, self.zones[0x0005] * 100)
        code = self._in_view
        if code is None or not self.zones[0x003F] & 1 or self._rests(code, now):
            return
        self._last_out = (code, now)
        if not self.zones[0x0003] & 2 and self._set_up_by(code):
            self.obeyed += 1
        elif self.zones[0x000D] & 3 == 0:
            self._out.append((self.baud, self._encoded(code) + self._tail()))

    def _rests(self, code: bytes, now: int) -> bool:
        """The same-code delay says that this is still the last one; 0 tenths of a second is for ever."""
        delay = self.zones[0x0013]
        if not delay & 0x80 or self._last_out is None or self._last_out[0] != code:
            return False
        return delay == 0x80 or now - self._last_out[1] < (delay & 0x7F) * 100

    def _set_up_by(self, code: bytes) -> bool:
        """Follow a printed setup code; False: it is none."""
        if code in (b"_SET_CODE_OFF", b"_SET_CODE_ON"):
            self.zones[0x0003] = self.zones[0x0003] & ~2 | (2 if code.endswith(b"OFF") else 0)
            return True
        if not code.startswith(b"_ZONE:"):
            return False
        change = bytes.fromhex(code[6:].decode("ascii"))
        zone = int.from_bytes(change[:2], "big")
        self.zones[zone : zone + len(change) - 2] = change[2:]
        return True

    def _encoded(self, code: bytes) -> bytes:
        """UTF-8 as it is; in the other settings text comes out as GBK, and what GBK has not is lost."""
        if self.zones[0x000D] >> 2 & 3 == 3:
            return code
        return code.decode("utf-8", "replace").encode("gbk", "replace")

    def _tail(self) -> bytes:
        setting = self.zones[0x0060]
        return TAILS[setting >> 5 & 3] if setting & 1 else b""
