"""ISO/IEC 14443-4 cards: RATS, blocks and chaining from the card's side, and the applications behind them.

    RATS      E0 FSDI<<4|CID -> ATS (length counting itself, T0 ..)
    I-block   02|n|10 if more follows, data      R-block  A2|n ACK, B2|n NAK     S-block  C2 deselect, F2 wait

An application is any callable from a command APDU to a response APDU. No CID and no NAD: frames that carry
one, or are longer than the ATS allows, are met with silence, as the standard asks.
"""

from collections.abc import Callable

from hardware_tests.virtual.chips.cards_air import AirFrame, Card, State

Application = Callable[[bytes], bytes]

FRAME_BYTES = (16, 24, 32, 40, 48, 64, 96, 128, 256)  # by FSCI and FSDI; larger codes count as 8
FRAME_OVERHEAD = 3  # PCB and CRC
DEFAULT_ATS = bytes.fromhex("067777710280")  # FSC 128, frame waiting time 39 ms

RATS = 0xE0
DESELECT = 0xC2
WAIT = 0xF2
MORE = 0x10
NAK = 0x10

OK = b"\x90\x00"
NOT_FOUND = b"\x6a\x82"
WRONG_PLACE = b"\x6b\x00"
NOT_ALLOWED = b"\x69\x86"
UNKNOWN_INSTRUCTION = b"\x6d\x00"
SELECT = 0xA4
READ_BINARY = 0xB0
UPDATE_BINARY = 0xD6


def frame_bytes(code: int) -> int:
    """Frame size of an FSCI or FSDI."""
    return FRAME_BYTES[min(code, len(FRAME_BYTES) - 1)]


class IsoDepCard(Card):
    """A card that speaks APDUs. `waits` extensions of the waiting time are asked for before each answer."""

    name = "iso-dep"

    def __init__(
        self,
        uid: bytes,
        application: Application,
        ats: bytes = DEFAULT_ATS,
        atqa: int = 0x0344,
        sak: int = 0x20,
        waits: int = 0,
    ) -> None:
        super().__init__(uid, atqa, sak)
        self.ats = ats
        self.application = application
        self.waits = waits
        self._reset_protocol()

    def _reset_protocol(self) -> None:
        self._active = False
        self._number = 1  # rule C: a card starts at 1 and toggles with each I-block it receives
        self._received = b""
        self._unsent = b""
        self._waits_left = 0
        self._last: AirFrame | None = None
        self._payload_max = 0

    def power_off(self) -> None:
        super().power_off()
        self._reset_protocol()

    def receive(self, frame: AirFrame) -> AirFrame | None:
        """As Card.receive; once activated only blocks are heard, neither REQA nor HLTA."""
        if not self._active:
            return super().receive(frame)
        if frame.last_bits or not frame.crc or not self._fits(frame):
            return None
        answer = self._block(frame.data[0], frame.data[1:])
        self._last = answer or self._last
        return answer

    def command(self, frame: AirFrame) -> AirFrame | None:
        """RATS opens the protocol; anything else silences the card."""
        if len(frame.data) != 2 or frame.data[0] != RATS:
            return super().command(frame)
        self._reset_protocol()
        self._active = True
        self._payload_max = frame_bytes(frame.data[1] >> 4) - FRAME_OVERHEAD
        return AirFrame(self.ats)

    def _fits(self, frame: AirFrame) -> bool:
        return 0 < len(frame.data) <= frame_bytes(self.ats[1] & 0x0F) - 2

    def _block(self, control: int, data: bytes) -> AirFrame | None:
        if control & 0xEE == 0x02:
            return self._information(control, data)
        if control & 0xEE == 0xA2:
            return self._acknowledged(control)
        if control == WAIT and self._waits_left:
            self._waits_left -= 1
            return self._answer_or_wait()
        if control == DESELECT and not data:
            self._reset_protocol()
            self._to(State.HALT)
            return AirFrame(bytes([DESELECT]))
        return None

    def _information(self, control: int, data: bytes) -> AirFrame:
        self._number ^= 1
        self._received += data
        if control & MORE:
            return AirFrame(bytes([0xA2 | self._number]))
        self._unsent = self.application(self._received)
        self._received = b""
        self._waits_left = self.waits
        return self._answer_or_wait()

    def _answer_or_wait(self) -> AirFrame:
        if self._waits_left:
            return AirFrame(bytes([WAIT, 1]))
        return self._next_piece()

    def _next_piece(self) -> AirFrame:
        piece, self._unsent = self._unsent[: self._payload_max], self._unsent[self._payload_max :]
        return AirFrame(bytes([0x02 | (MORE if self._unsent else 0) | self._number]) + piece)

    def _acknowledged(self, control: int) -> AirFrame | None:
        if control & 1 == self._number:  # rule 11: the reader missed our last block
            return self._last
        if control & NAK:  # rule 12: nothing to repeat, we are here
            return AirFrame(bytes([0xA2 | self._number]))
        if not self._unsent:
            return None
        self._number ^= 1  # rule E: the acknowledged piece is through
        return self._next_piece()


class NdefApplication:
    """The NFC Forum Type 4 application: SELECT by name, capability file E103, message file E104."""

    APPLICATION = bytes.fromhex("d2760000850101")
    CAPABILITY = bytes.fromhex("e103")
    MESSAGE = bytes.fromhex("e104")
    FILE_BYTES = 256

    def __init__(self, message: bytes = b"") -> None:
        capability = bytes.fromhex("000f20 0080 0080 0406 e104 0100 00 00")
        content = len(message).to_bytes(2, "big") + message
        self._files = {
            self.CAPABILITY: bytearray(capability),
            self.MESSAGE: bytearray(content.ljust(self.FILE_BYTES, b"\x00")),
        }
        self._selected = False
        self._file: bytearray | None = None

    def __call__(self, apdu: bytes) -> bytes:
        """The response APDU."""
        if len(apdu) < 4:
            return UNKNOWN_INSTRUCTION
        instruction, offset, body = apdu[1], int.from_bytes(apdu[2:4], "big"), apdu[5:]
        if instruction == SELECT:
            return self._select(apdu[2], body[: apdu[4] if len(apdu) > 4 else 0])
        if instruction == READ_BINARY:
            return self._read(offset, (apdu[4] or 256) if len(apdu) > 4 else 256)
        if instruction == UPDATE_BINARY:
            return self._update(offset, body)
        return UNKNOWN_INSTRUCTION

    def _select(self, by: int, what: bytes) -> bytes:
        if by == 0x04:
            self._selected, self._file = what == self.APPLICATION, None
            return OK if self._selected else NOT_FOUND
        self._file = self._files.get(what) if self._selected else None
        return NOT_FOUND if self._file is None else OK

    def _read(self, offset: int, count: int) -> bytes:
        if self._file is None:
            return NOT_ALLOWED
        return bytes(self._file[offset : offset + count]) + OK if offset < len(self._file) else WRONG_PLACE

    def _update(self, offset: int, data: bytes) -> bytes:
        if self._file is None:
            return NOT_ALLOWED
        if offset + len(data) > len(self._file):
            return WRONG_PLACE
        self._file[offset : offset + len(data)] = data
        return OK


def long_answers(apdu: bytes) -> bytes:
    """An application for tests: READ BINARY answers Le counting bytes (short or extended Le) and 9000.

    With Le 00 the answer has 258 bytes, the longest short response APDU.
    """
    if len(apdu) < 2 or apdu[1] != READ_BINARY:
        return OK if apdu[1:2] == bytes([SELECT]) else UNKNOWN_INSTRUCTION
    le = int.from_bytes(apdu[4:], "big")
    count = le or (256 if len(apdu) < 6 else 65536)
    return bytes(index & 0xFF for index in range(count)) + OK


def echo(apdu: bytes) -> bytes:
    """An application for tests: the command itself and 9000."""
    return apdu + OK
