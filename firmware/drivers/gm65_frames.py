"""The wire of the Grow GM65 family of QR scanners, without I/O: commands, replies and codes.

    command  7E 00 | type | len | zoneH zoneL | data | crcH crcL     type 07 read (data = count), 08 write,
                                                                     09 save (data 00), 0A heartbeat
    reply    02 00 | 00 | len | data | crcH crcL                     a heartbeat may be answered with 03 first
    code     the text of a QR code, then CR; no frame around it

CRC-16/XMODEM over type..data (GM65-S manual; vectors.json "grow_scanner"). Type 05 erases the scanner's
program: there is no way to build one here.

A code is whatever the customer shows, so nothing in it may steer us. Invariants of ScannerStream:
  * bytes count as a reply only while a command is outstanding, and only from the start of a message;
  * a code ends by silence alone, short after a CR and longer without one: a CR inside a code stays inside;
  * no more than CODE_BYTES_MAX bytes of a code and CODES_MAX codes are ever held; what is lost is counted.
"""

from firmware.protocol.compat import const

CODE_BYTES_MAX = const(512)  # the contract's limit for a scan
CODES_MAX = const(4)  # read while a command was outstanding; a command lasts 1.5 s at most
GAP_MS = const(40)  # silence that ends a code which has no tail
TAIL_GAP_MS = const(10)  # silence after CR: ten byte times at 9600 baud

_READ = const(7)
_WRITE = const(8)
_SAVE = const(9)
_HEARTBEAT = const(10)
_CR = const(13)
_HEAD = const(4)  # bytes of a reply before its data
# One driver records this CRC on every reply, whatever the data (readers.md 3.1).
_CONSTANT_CRC = b"\x33\x31"


def crc16(data: bytes) -> int:
    """CRC-16/XMODEM: polynomial 1021, initial value 0."""
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1
        crc &= 0xFFFF
    return crc


def _crc_bytes(data: bytes) -> bytes:
    crc = crc16(data)
    return bytes((crc >> 8, crc & 0xFF))


def _frame(kind: int, zone: int, data: bytes) -> bytes:
    body = bytes((kind, len(data), zone >> 8, zone & 0xFF)) + data
    return b"\x7e\x00" + body + _crc_bytes(body)


def read_frame(zone: int, count: int) -> bytes:
    """Ask for `count` zones from `zone` on; the reply carries as many bytes."""
    return _frame(_READ, zone, bytes((count,)))


def write_frame(zone: int, data: bytes) -> bytes:
    """Set the zones from `zone` on; the reply carries one byte."""
    return _frame(_WRITE, zone, data)


def save_frame() -> bytes:
    """Keep the zones over a power cut; the reply carries one byte."""
    return _frame(_SAVE, 0, b"\x00")


def heartbeat_frame() -> bytes:
    """Ask whether the scanner lives; the reply carries one byte."""
    return _frame(_HEARTBEAT, 0, b"\x00")


def match_reply(data: bytes, length: int) -> int:
    """Size of the reply, with `length` bytes of data, at the front of `data`; 0: none; -1: too short yet."""
    for at, allowed in enumerate(((2, 3), (0,), (0,), (length,))):
        if at == len(data):
            return -1
        if data[at] not in allowed:
            return 0
    size = _HEAD + length + 2
    if len(data) < size:
        return -1
    check = bytes(data[size - 2 : size])
    return size if check in (_crc_bytes(data[2 : size - 2]), _CONSTANT_CRC) else 0


def _once(code: bytes) -> bytes:
    """The code itself where the same one was read again before we came to look, CR between them."""
    first = code.split(b"\r", 1)[0]
    repeated = first + b"\r"
    times = (len(code) + 1) // len(repeated)
    return first if first and repeated * times == code + b"\r" else code


class ScannerStream:
    """What the scanner sends, sorted into replies and codes. Fed bytes; told of silence; asked how long to
    wait.

    `codes`: finished, oldest first. Counters: `overlong` codes dropped, `spilled` codes beyond CODES_MAX,
    `broken_replies` begun and not finished, `stray_replies` nobody waited for.
    """

    def __init__(self) -> None:
        self.codes = []
        self.reply = None  # the data of the reply to the command outstanding
        self.overlong = self.spilled = self.broken_replies = self.stray_replies = 0
        self._wanted = 0  # bytes of data in the reply that is waited for; 0: no command is outstanding
        self._head = b""  # could become that reply
        self._code = bytearray()
        self._too_long = False

    def expect(self, length: int) -> None:
        """A command is outstanding whose reply carries `length` bytes."""
        self._wanted = length
        self.reply = None

    def forget(self) -> None:
        """No command is outstanding any more."""
        self._wanted = 0
        self.reply = None
        self._drop_head()

    def feed(self, data: bytes) -> None:
        """Sort what arrived."""
        at_start = not self._code and not self._too_long
        if self._wanted and self.reply is None and at_start:
            data = self._match(self._head + data)
        self._add(data)

    def quiet_ms(self) -> "int | None":
        """Milliseconds of silence that end what has begun; None: nothing has."""
        if self._head or self._too_long:
            return GAP_MS
        if not self._code:
            return None
        return TAIL_GAP_MS if self._code[-1] == _CR else GAP_MS

    def quiet(self) -> None:
        """The line has been silent for quiet_ms()."""
        self._drop_head()
        code = bytes(self._code)
        self._code = bytearray()
        if self._too_long:
            self._too_long = False
            self.overlong += 1
        elif code:
            self._finish(code)

    def heard(self) -> int:
        """A number that changes with every code and every byte that fits no reply."""
        lost = self.overlong + self.spilled + self.broken_replies + self.stray_replies
        return len(self.codes) + lost

    def _match(self, data: bytes) -> bytes:
        """Take the reply off the front of `data`; the rest belongs to a code."""
        size = match_reply(data, self._wanted)
        self._head = data if size < 0 else b""
        if size <= 0:
            return b"" if size else data
        self.reply = data[_HEAD : size - 2]
        return data[size:]

    def _add(self, data: bytes) -> None:
        if len(self._code) + len(data) > CODE_BYTES_MAX + 1:  # one for the tail
            self._too_long = True
            self._code = bytearray()
        elif not self._too_long:
            self._code.extend(data)

    def _finish(self, code: bytes) -> None:
        if code[-1] == _CR:
            code = _once(code[:-1])
        elif len(code) > _HEAD and match_reply(code, code[3]) == len(code):
            self.stray_replies += 1  # it came after its command was given up; a code would have its tail
            return
        if len(code) > CODE_BYTES_MAX:
            self.overlong += 1
        elif code and len(self.codes) == CODES_MAX:
            self.spilled += 1
        elif code:
            self.codes.append(code)

    def _drop_head(self) -> None:
        if self._head:
            self._head = b""
            self.broken_replies += 1
