"""A scanner on a line with turned-by-hand time, for both Pythons; harsher than a real one where it can be.

It sends one byte at a time unless told otherwise, and nothing moves unless the driver waits.
"""

from firmware.drivers.gm65_frames import crc16

OK = b"\x00"
REPLY_MS = 3


def reply(data):
    body = bytes((0, len(data))) + data
    crc = crc16(body)
    return b"\x02\x00" + body + bytes((crc >> 8, crc & 0xFF))


class FakeScanner:
    """`stuck`: zones that keep their value; `mute`: it hears nothing; `deaf_to`: types it never answers."""

    def __init__(self, baud=9600, piece=1):
        self.now = 0
        self.zones = {0x0000: 0xD6, 0x002A: 0x39, 0x002B: 0x01, 0x00E2: 0x69}
        self.baud = baud
        self.line_baud = 0
        self.piece = piece
        self.stuck = ()
        self.mute = False
        self.deaf_to = ()
        self.stays_slow = False
        self.saved = 0
        self.frames = []
        self.events = []  # (when, bytes) still to come

    def now_ms(self):
        return self.now

    def send(self, data, after_ms=0):
        """Bytes that reach the driver `after_ms` from now."""
        self.events.append((self.now + after_ms, data))
        self.events.sort(key=lambda event: event[0])

    async def read(self, wait_ms):
        assert wait_ms > 0
        if not self.events or self.events[0][0] > self.now + wait_ms:
            self.now += wait_ms
            return b""
        when, data = self.events.pop(0)
        self.now = max(self.now, when)
        if len(data) > self.piece:
            self.events.insert(0, (when, data[self.piece :]))
        return data[: self.piece]

    async def write(self, data):
        self.frames.append(data)
        if self.mute or self.line_baud != self.baud or data[2] in self.deaf_to:
            return
        kind, zone, body = data[2], data[4] << 8 | data[5], data[6:-2]
        if kind == 7:
            self.send(reply(bytes([self.zones.get(zone + at, 0) for at in range(body[0])])), REPLY_MS)
            return
        self.send(reply(OK), REPLY_MS)
        if kind == 8:
            self.change(zone, body)
        elif kind == 9:
            self.saved += 1

    def change(self, zone, body):
        for at, byte in enumerate(body):
            if zone + at not in self.stuck:
                self.zones[zone + at] = byte
        if zone == 0x002A and not self.stays_slow:
            self.baud = 115200

    def set_baud(self, baud):
        self.line_baud = baud
        self.events = []
