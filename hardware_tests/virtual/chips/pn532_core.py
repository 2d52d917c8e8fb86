"""What each PN532 command does (UM0701-02, 7): command in, answer and its delay out; no wire, no clock.

`Core.execute` gives an Answer, or a Search that the chip steps through as time passes. A command the chip
does not know, or with parameters it cannot read, raises SyntaxFault: the error frame.
"""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from hardware_tests.virtual.chips.cards_air import REQA, SHORT_BITS, AirFrame, crc_a
from hardware_tests.virtual.chips.pn532_air import (
    CARD_GONE,
    CRC_ERROR,
    FORMAT_ERROR,
    LOGIN_REFUSED,
    TIMEOUT,
    Field,
    Reader,
    RfError,
    Target,
)

FIRMWARE = bytes.fromhex("32010607")
BAUD_RATES = (9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600, 1288000)
ENDLESS = 0xFF
AUTOMATIC_RATS = 0x10
MORE = 0x40
SAK_CLASSIC = 0x08
MIFARE_LOGINS = (0x60, 0x61)

TX_MODE = 0x6302
RX_MODE = 0x6303
FIFO_DATA = 0x6339
FIFO_LEVEL = 0x633A
CONTROL = 0x633C
BIT_FRAMING = 0x633D
CRC_ON = 0x80
FLUSH = 0x80
FIFO_BYTES = 64
RESET_REGISTERS = {0x6301: 0x3F, 0x6304: 0x80, 0x6305: 0x40, FIFO_LEVEL: 0}

FIELD_GUARD_MS = 5  # unmodulated field before the first request (ISO/IEC 14443-3, 5)
SEARCH_TRY_MS = 4  # one unanswered request with the firmware's own time limits
GONE_MS = 100  # retries of an activated card that does not answer any more
SEARCH_KINDS = 5  # 106 A, 212 F, 424 F, 106 B, Jewel: only type A cards exist here
CONFIGURATION_BYTES = {0x01: 1, 0x02: 3, 0x04: 1, 0x05: 3, 0x0A: 11, 0x0B: 8, 0x0C: 3, 0x0D: 9}


class SyntaxFault(Exception):
    """The host's command cannot be read."""


class Answer(NamedTuple):
    """Response code and data, due after `wait_ms`; `body` None: never. Then sleep or a new rate."""

    body: bytes | None
    wait_ms: int = 1
    wake: int | None = None  # PowerDown: the wake-up sources
    baud: int | None = None  # SetSerialBaudRate: valid after the host's ACK


class Search(NamedTuple):
    """An InListPassiveTarget under way."""

    targets_max: int
    uid: bytes
    hears_cards: bool  # False for the modulations no card here speaks
    tries_left: int | None  # None: endless
    wait_ms: int = SEARCH_TRY_MS


def _expect(right: bool) -> None:
    if not right:
        raise SyntaxFault


def _without_cascade_tags(uid: bytes) -> bytes:
    """The UID of an InListPassiveTarget filter, which carries 88 before each but the last level."""
    if len(uid) == 12:
        return uid[1:4] + uid[5:]
    return uid[1:] if len(uid) == 8 else uid


class Core:
    """Everything the chip remembers between commands."""

    def __init__(self) -> None:
        self.field = Field()
        self.reader = Reader(self.field)
        self.registers = dict(RESET_REGISTERS)
        self.parameters = 0x14
        self.irq_enabled = True
        self.search_retries = ENDLESS
        self.raw_timeout = 0x0A
        self._fifo: deque[int] = deque(maxlen=FIFO_BYTES)
        self._commands: dict[int, Callable[[bytes], Answer | Search]] = {
            0x00: self._diagnose,
            0x02: self._firmware_version,
            0x06: self._read_registers,
            0x08: self._write_registers,
            0x10: self._set_baud,
            0x12: self._set_parameters,
            0x14: self._sam,
            0x16: self._power_down,
            0x32: self._configure,
            0x40: self._data_exchange,
            0x42: self._communicate_thru,
            0x44: self._deselect,
            0x4A: self._list_targets,
            0x52: self._release,
            0x54: self._select,
        }

    def execute(self, command: bytes) -> Answer | Search:
        """Carries out a command code with its parameters; raises SyntaxFault."""
        act = self._commands.get(command[0])
        if act is None:
            raise SyntaxFault
        return act(command[1:])

    def _firmware_version(self, data: bytes) -> Answer:
        _expect(not data)
        return Answer(b"\x03" + FIRMWARE)

    def _sam(self, data: bytes) -> Answer:
        _expect(1 <= len(data) <= 3 and 1 <= data[0] <= 4)
        self.irq_enabled = len(data) < 3 or bool(data[2])
        return Answer(b"\x15")

    def _diagnose(self, data: bytes) -> Answer:
        _expect(data[:1] in (b"\x00", b"\x01", b"\x02", b"\x06"))
        if data[0] == 0x00:
            return Answer(b"\x01" + data, 2)
        if data[0] == 0x06:
            return self._with_status(0x01, self._present)
        return Answer(b"\x01\x00", 20)  # ROM and RAM are sound

    def _present(self) -> bytes:
        """Attention request: an R(NAK) to the activated ISO-DEP card."""
        heard = self.field.send(AirFrame(b"\xb2")) or self.field.send(AirFrame(b"\xb3"))
        if heard is None:
            raise RfError(TIMEOUT)
        return b""

    def _set_parameters(self, data: bytes) -> Answer:
        _expect(len(data) == 1)
        self.parameters = data[0]
        return Answer(b"\x13")

    def _set_baud(self, data: bytes) -> Answer:
        _expect(len(data) == 1 and data[0] < len(BAUD_RATES))
        return Answer(b"\x11", baud=BAUD_RATES[data[0]])

    def _power_down(self, data: bytes) -> Answer:
        _expect(len(data) in (1, 2))
        self._switch(False)
        return Answer(b"\x17\x00", wake=data[0])

    def _configure(self, data: bytes) -> Answer:
        _expect(bool(data) and CONFIGURATION_BYTES.get(data[0]) == len(data) - 1)
        if data[0] == 0x01:
            self._switch(bool(data[1] & 1))
        elif data[0] == 0x02:
            _expect(data[3] <= 16)
            self.raw_timeout = data[3]
        elif data[0] == 0x05:
            self.search_retries = data[3]
        return Answer(b"\x33")

    def _switch(self, on: bool) -> None:
        self.field.switch(on)
        if not on:
            self.reader.forget()

    def _read_registers(self, data: bytes) -> Answer:
        _expect(bool(data) and len(data) % 2 == 0)
        places = (int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))
        return Answer(b"\x07" + bytes(self._read(place) for place in places))

    def _read(self, place: int) -> int:
        if place == FIFO_DATA:
            return self._fifo.popleft() if self._fifo else 0
        return len(self._fifo) if place == FIFO_LEVEL else self.registers.get(place, 0)

    def _write_registers(self, data: bytes) -> Answer:
        _expect(bool(data) and len(data) % 3 == 0)
        for at in range(0, len(data), 3):
            self._write(int.from_bytes(data[at : at + 2], "big"), data[at + 2])
        return Answer(b"\x09")

    def _write(self, place: int, value: int) -> None:
        if place == FIFO_DATA:
            self._fifo.append(value)
        elif place == FIFO_LEVEL and value & FLUSH:
            self._fifo.clear()
        self.registers[place] = value

    def _list_targets(self, data: bytes) -> Answer | Search:
        _expect(len(data) >= 2 and data[0] in (1, 2) and data[1] < SEARCH_KINDS)
        uid = data[2:] if data[1] == 0 else b""
        _expect(len(uid) in (0, 4, 8, 12))
        guard_ms = 0 if self.field.on else FIELD_GUARD_MS
        self._switch(True)
        self.registers[TX_MODE] = self.registers[RX_MODE] = CRC_ON
        tries = None if self.search_retries == ENDLESS else self.search_retries + 1
        return Search(data[0], _without_cascade_tags(uid), data[1] == 0, tries, guard_ms + SEARCH_TRY_MS)

    def step(self, search: Search) -> Answer | Search:
        """One attempt of a search: its answer, or the search with one attempt less."""
        if search.hears_cards and self._search_once(search):
            reports = b"".join(target.report(number) for number, target in self.reader.targets.items())
            found = bytes([0x4B, len(self.reader.targets)]) + reports
            return Answer(found, self.field.take_air_ms())
        self._fifo.clear()
        self._fifo.append(REQA.data[0])  # the unanswered request stays in the FIFO
        left = None if search.tries_left is None else search.tries_left - 1
        if left == 0:
            return Answer(b"\x4b\x00", 0)
        return search._replace(tries_left=left, wait_ms=SEARCH_TRY_MS)

    def _search_once(self, search: Search) -> bool:
        try:
            return self.reader.search(search.targets_max, search.uid, bool(self.parameters & AUTOMATIC_RATS))
        except RfError:
            return False

    def _with_status(self, code: int, act: Callable[[], bytes]) -> Answer:
        """The answer of a command whose data begins with a status byte."""
        self.field.take_air_ms()
        try:
            data = b"\x00" + act()
        except RfError as error:
            data = bytes([error.status])
        gone_ms = GONE_MS if data[0] in (TIMEOUT, CARD_GONE) else 0
        return Answer(bytes([code]) + data, 1 + self.field.take_air_ms() + gone_ms)

    def _deselect(self, data: bytes) -> Answer:
        return self._on_target(0x45, data, self.reader.rest)

    def _release(self, data: bytes) -> Answer:
        return self._on_target(0x53, data, self.reader.release)

    def _select(self, data: bytes) -> Answer:
        return self._on_target(0x55, data, self.reader.use)

    def _on_target(self, code: int, data: bytes, act: Callable[[int], Target | None]) -> Answer:
        _expect(len(data) == 1)

        def run() -> bytes:
            act(data[0])
            return b""

        return self._with_status(code, run)

    def _data_exchange(self, data: bytes) -> Answer:
        _expect(bool(data))
        more = False

        def run() -> bytes:
            nonlocal more
            target = self.reader.use(data[0] & ~MORE)
            if target.protocol is None:
                return self._memory_card(target, data[1:])
            answer, more = target.protocol.exchange(data[1:], bool(data[0] & MORE))
            return answer

        answer = self._with_status(0x41, run)
        if more and answer.body is not None:
            return answer._replace(body=bytes([0x41, MORE]) + answer.body[2:])
        return answer

    def _memory_card(self, target: Target, data: bytes) -> bytes:
        heard = self.field.send(AirFrame(data)) if data else None
        if heard is None:
            login = bool(data) and bool(target.sak & SAK_CLASSIC) and data[0] in MIFARE_LOGINS
            raise RfError(LOGIN_REFUSED if login else TIMEOUT)
        if heard.last_bits and heard.data != b"\x0a":
            raise RfError(FORMAT_ERROR)
        return b"" if heard.last_bits else heard.data

    def _communicate_thru(self, data: bytes) -> Answer:
        _expect(bool(data))
        answer = self._with_status(0x43, lambda: self._raw(data))
        if answer.body != bytes([0x43, TIMEOUT]):
            return answer
        if self.raw_timeout == 0:
            return Answer(None)
        return Answer(answer.body, -(-(100 << (self.raw_timeout - 1)) // 1000))

    def _raw(self, data: bytes) -> bytes:
        heard = self.field.send(self._on_air(data))
        if heard is None:
            raise RfError(TIMEOUT)
        self.registers[CONTROL] = heard.last_bits
        if self.registers.get(RX_MODE, 0) & CRC_ON:
            if not heard.crc:
                raise RfError(CRC_ERROR)
            return heard.data
        return heard.data + (crc_a(heard.data) if heard.crc else b"")

    def _on_air(self, data: bytes) -> AirFrame:
        bits = self.registers.get(BIT_FRAMING, 0) & SHORT_BITS
        if self.registers.get(TX_MODE, 0) & CRC_ON:
            return AirFrame(data, bits)
        if data[-2:] == crc_a(data[:-2]):
            return AirFrame(data[:-2], bits)
        return AirFrame(data, bits, crc=False)
