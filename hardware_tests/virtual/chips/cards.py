"""The cards people hold to a reader, by the names used on the command line and the bench.

    classic      MIFARE Classic 1K   4-byte UID, ATQA 0004, SAK 08   key login, blocks of 16 bytes
    ultralight   MIFARE Ultralight   7-byte UID, ATQA 0044, SAK 00   16 pages of 4 bytes
    ntag         NTAG213             7-byte UID, ATQA 0044, SAK 00   45 pages, GET_VERSION
    desfire      ISO 14443-4         7-byte UID, ATQA 0344, SAK 20   NDEF application behind APDUs
    phone        ISO 14443-4         4-byte UID, ATQA 0004, SAK 20   NDEF application behind APDUs
    long         ISO 14443-4         7-byte UID, ATQA 0344, SAK 20   answers READ BINARY with 258 bytes

The ciphers of these cards are not modelled: a MIFARE Classic compares the key it is handed.
"""

from collections.abc import Callable

from hardware_tests.virtual.chips.cards_air import CASCADE_TAG, AirFrame, Card, State
from hardware_tests.virtual.chips.cards_isodep import IsoDepCard, NdefApplication, long_answers

READ = 0x30
WRITE = 0xA2
CLASSIC_WRITE = 0xA0
GET_VERSION = 0x60
KEYS = (0x60, 0x61)  # MIFARE Classic login with key A, key B
PAGE_BYTES = 4
BLOCK_BYTES = 16
ACK = AirFrame(b"\x0a", last_bits=4, crc=False)
NAK = AirFrame(b"\x00", last_bits=4, crc=False)


class CardError(ValueError):
    """A card that cannot be made; the text says what to write instead."""


class Classic(Card):
    """MIFARE Classic 1K. A login (60 or 61, block, key, UID) opens the 4 blocks of one sector."""

    name = "classic"
    DEFAULT_KEY = b"\xff" * 6
    BLOCKS = 64

    def __init__(self, uid: bytes) -> None:
        super().__init__(uid, atqa=0x0004, sak=0x08)
        self.keys = {KEYS[0]: self.DEFAULT_KEY, KEYS[1]: self.DEFAULT_KEY}
        self.blocks = [bytes(BLOCK_BYTES) for _ in range(self.BLOCKS)]
        self.blocks[0] = uid.ljust(BLOCK_BYTES, b"\x00")
        self._open_sector: int | None = None

    def power_off(self) -> None:
        super().power_off()
        self._open_sector = None

    def command(self, frame: AirFrame) -> AirFrame | None:
        """Login, read, write; a refused command silences the card until it is selected again."""
        answer = self._answer(frame.data)
        if answer is None:
            self._open_sector = None
            self._to(State.IDLE)
        return answer

    def _answer(self, data: bytes) -> AirFrame | None:
        if len(data) < 2 or data[1] >= self.BLOCKS:
            return None
        code, block = data[0], data[1]
        if code in KEYS:
            return self._login(code, block, data[2:])
        if self._open_sector != block // 4:
            return None
        if code == READ and len(data) == 2:
            return AirFrame(self.blocks[block])
        if code == CLASSIC_WRITE and len(data) == 2 + BLOCK_BYTES:
            self.blocks[block] = data[2:]
            return ACK
        return None

    def _login(self, code: int, block: int, key_and_uid: bytes) -> AirFrame | None:
        self._open_sector = block // 4 if key_and_uid == self.keys[code] + self.uid else None
        return None if self._open_sector is None else AirFrame(b"")


class Ultralight(Card):
    """An NFC Forum Type 2 tag: pages of 4 bytes, reads of 4 pages that roll over at the end."""

    name = "ultralight"
    PAGES = 16
    DATA_AREA = 6  # capability byte 2: data bytes / 8
    VERSION = b""

    def __init__(self, uid: bytes) -> None:
        super().__init__(uid, atqa=0x0044, sak=0x00)
        self.pages = [bytes(PAGE_BYTES) for _ in range(self.PAGES)]
        self.pages[0] = uid[:3] + bytes([CASCADE_TAG ^ uid[0] ^ uid[1] ^ uid[2]])
        self.pages[1] = uid[3:]
        self.pages[2] = bytes([uid[3] ^ uid[4] ^ uid[5] ^ uid[6], 0x48, 0, 0])
        self.pages[3] = bytes([0xE1, 0x10, self.DATA_AREA, 0])
        self.pages[4] = bytes.fromhex("0300fe00")  # an empty NDEF message

    def command(self, frame: AirFrame) -> AirFrame | None:
        """READ, WRITE, GET_VERSION; an unknown command silences the tag until it is selected again."""
        data = frame.data
        if data[:1] == bytes([READ]) and len(data) == 2:
            return self._read(data[1])
        if data[:1] == bytes([WRITE]) and len(data) == 2 + PAGE_BYTES:
            return self._write(data[1], data[2:])
        if data == bytes([GET_VERSION]) and self.VERSION:
            return AirFrame(self.VERSION)
        return super().command(frame)

    def _read(self, page: int) -> AirFrame:
        if page >= self.PAGES:
            self._to(State.IDLE)
            return NAK
        return AirFrame(b"".join(self.pages[(page + index) % self.PAGES] for index in range(4)))

    def _write(self, page: int, data: bytes) -> AirFrame:
        if not 2 <= page < self.PAGES:
            self._to(State.IDLE)
            return NAK
        self.pages[page] = data
        return ACK


class Ntag213(Ultralight):
    """A Type 2 tag with more pages that tells its version."""

    name = "ntag"
    PAGES = 45
    DATA_AREA = 18
    VERSION = bytes.fromhex("0004040201000f03")


def _desfire(uid: bytes) -> Card:
    return IsoDepCard(uid, NdefApplication())


def _phone(uid: bytes) -> Card:
    return IsoDepCard(uid, NdefApplication(), ats=bytes.fromhex("0578807002"), atqa=0x0004)


def _long(uid: bytes) -> Card:
    return IsoDepCard(uid, long_answers)


KINDS: dict[str, tuple[int, Callable[[bytes], Card]]] = {
    "classic": (4, Classic),
    "ultralight": (7, Ultralight),
    "ntag": (7, Ntag213),
    "desfire": (7, _desfire),
    "phone": (4, _phone),
    "long": (7, _long),
}
_BY_LENGTH = {4: "classic", 7: "ultralight"}


def _uid(text: str, spec: str) -> bytes:
    compact = text.replace(":", "").replace(" ", "")
    try:
        uid = bytes.fromhex(compact)
    except ValueError:
        raise CardError(f"card {spec!r}: the UID must be hex digits in pairs, for example 04A1B2C3") from None
    if len(uid) not in _BY_LENGTH:
        raise CardError(f"card {spec!r}: the UID has {len(uid)} bytes; write 4 bytes (04A1B2C3) or 7")
    if uid[0] == CASCADE_TAG or (len(uid) == 7 and uid[3] == CASCADE_TAG):
        raise CardError(f"card {spec!r}: byte 88 announces a longer UID; choose another byte")
    return uid


def parse_card(spec: str) -> Card:
    """The card of `UID=<hex>` (kind by length) or `<kind>:<hex>`; raises CardError saying what to write."""
    kind, separator, text = spec.partition("=" if spec[:4].upper() == "UID=" else ":")
    if not separator:
        raise CardError(f"card {spec!r}: write UID=04A1B2C3 or <kind>:<uid>, kind one of {', '.join(KINDS)}")
    uid = _uid(text, spec)
    kind = _BY_LENGTH[len(uid)] if kind.upper() == "UID" else kind.lower()
    if kind not in KINDS:
        raise CardError(f"card {spec!r}: no card kind {kind!r}; choose one of {', '.join(KINDS)}")
    length, make = KINDS[kind]
    if len(uid) != length:
        raise CardError(f"card {spec!r}: a {kind} card has a UID of {length} bytes, this one has {len(uid)}")
    return make(uid)
