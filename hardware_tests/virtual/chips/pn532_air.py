"""The PN532 as a reader on the air: field, cards, selection and ISO-DEP (ISO/IEC 14443-3 and -4).

A field without current powers nothing: switching it off resets every card in it. Anticollision is decided
as the chip does, a 1 winning the first differing bit, without replaying each step. Times add up in
`air_us`: 106 kbit/s with a parity bit per byte.
"""

from hardware_tests.virtual.chips.cards_air import (
    HALT,
    REQA,
    SAK_ISO_DEP,
    WUPA,
    AirFrame,
    Card,
    select_frames,
)
from hardware_tests.virtual.chips.cards_isodep import DESELECT, FRAME_OVERHEAD, MORE, RATS, WAIT, frame_bytes

CARDS_MAX = 4  # more do not fit a real antenna either
BYTE_US = 85  # 9 bits at 106 kbit/s
RETRIES = 2  # R(NAK) before the chip gives a card up
WAITS_MAX = 20  # waiting time extensions before the chip calls it a protocol error
READER_FRAME_CODE = 5  # the firmware announces frames of 64 bytes in its automatic RATS
DATA_BYTES_MAX = 262  # of one InDataExchange answer

TIMEOUT = 0x01
CRC_ERROR = 0x02
COLLISION = 0x06
PROTOCOL_ERROR = 0x0B
FORMAT_ERROR = 0x13
LOGIN_REFUSED = 0x14
WRONG_CONTEXT = 0x27
CARD_GONE = 0x2B


class RfError(Exception):
    """An exchange that ends with this status byte."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status:02x}")
        self.status = status


class Field:
    """The antenna and the cards held to it."""

    def __init__(self) -> None:
        self.on = False
        self.cards: list[Card] = []
        self.air_us = 0

    def switch(self, on: bool) -> None:
        """Field on or off; off forgets what the cards knew."""
        if self.on and not on:
            for card in self.cards:
                card.power_off()
        self.on = on

    def enter(self, card: Card) -> None:
        """A card is held to the reader; raises ValueError beyond CARDS_MAX."""
        if len(self.cards) >= CARDS_MAX:
            raise ValueError(f"{CARDS_MAX} cards are in the field already; take one away first")
        card.power_off()
        self.cards.append(card)

    def leave(self, card: Card) -> None:
        """A card is taken away; one that is not there changes nothing."""
        if card in self.cards:
            self.cards.remove(card)
            card.power_off()

    def take_air_ms(self) -> int:
        """Milliseconds on the air since the last call, rounded up."""
        spent_ms = -(-self.air_us // 1000)
        self.air_us = 0
        return spent_ms

    def request(self, frame: AirFrame = REQA) -> list[Card]:
        """The cards that answer REQA or WUPA."""
        answered = [card for card in self.cards if self.on and card.receive(frame)]
        self.air_us += (len(frame.data) + 2) * BYTE_US
        return answered

    def send(self, frame: AirFrame) -> AirFrame | None:
        """The one answer to a frame; None is silence, two at once raise RfError."""
        answers = [answer for card in self.cards if self.on and (answer := card.receive(frame))]
        self.air_us += (len(frame.data) + sum(len(answer.data) for answer in answers) + 4) * BYTE_US
        if len(set(answers)) > 1:  # equal answers overlap bit by bit and are heard as one
            raise RfError(COLLISION)
        return answers[0] if answers else None


class Protocol:
    """ISO-DEP from the reader's side with one activated card."""

    def __init__(self, field: Field, ats: bytes) -> None:
        self._field = field
        self._number = 0
        self._payload_max = frame_bytes(ats[1] & 0x0F if len(ats) > 1 else 2) - FRAME_OVERHEAD
        self._unsent = b""  # came from the card and did not fit the last answer
        self._card_has_more = False

    def exchange(self, data: bytes, host_has_more: bool) -> tuple[bytes, bool]:
        """(data of the card, whether more follows); empty `data` fetches what follows."""
        if not data and (self._unsent or self._card_has_more):
            return self._collect(self._unsent)
        while True:
            piece, data = data[: self._payload_max], data[self._payload_max :]
            chained = bool(data) or host_has_more
            answer = self._transact(bytes([0x02 | (MORE if chained else 0) | self._number]) + piece)
            if not chained:
                return self._collect(self._take(answer))
            if answer[0] != 0xA2 | self._number:
                raise RfError(PROTOCOL_ERROR)
            self._number ^= 1
            if not data:
                return b"", False

    def _collect(self, data: bytes) -> tuple[bytes, bool]:
        """Fetches blocks until an answer is full or the card has no more."""
        while self._card_has_more and len(data) < DATA_BYTES_MAX:
            data += self._take(self._transact(bytes([0xA2 | self._number])))
        data, self._unsent = data[:DATA_BYTES_MAX], data[DATA_BYTES_MAX:]
        return data, bool(self._unsent or self._card_has_more)

    def _take(self, block: bytes) -> bytes:
        """The data of the card's I-block; raises RfError for anything else."""
        if block[0] & 0xEF != 0x02 | self._number:
            raise RfError(PROTOCOL_ERROR)
        self._number ^= 1
        self._card_has_more = bool(block[0] & MORE)
        return block[1:]

    def _transact(self, block: bytes) -> bytes:
        """The card's block after retries and waiting time extensions; raises RfError when it stays silent."""
        sent = block
        for _ in range(1 + RETRIES):
            answer = self._send(sent)
            for _ in range(WAITS_MAX):
                if answer[:1] != bytes([WAIT]):
                    break
                answer = self._send(answer)
            if answer and sent != block and answer[0] == 0xA2 | (self._number ^ 1):
                answer = self._send(block)  # rule 6: the card never got our block
            if answer:
                return answer
            sent = bytes([0xB2 | self._number])
        raise RfError(CARD_GONE)

    def _send(self, block: bytes) -> bytes:
        answer = self._field.send(AirFrame(block))
        return answer.data if answer else b""


class Target:
    """A card in the chip's table: what was reported, and its protocol while it is activated."""

    def __init__(self, uid: bytes, atqa: int, sak: int, ats: bytes, protocol: Protocol | None) -> None:
        self.uid = uid
        self.atqa = atqa
        self.sak = sak
        self.ats = ats
        self.protocol = protocol

    def report(self, number: int) -> bytes:
        """The bytes of this target in an InListPassiveTarget answer."""
        head = bytes([number]) + self.atqa.to_bytes(2, "big") + bytes([self.sak, len(self.uid)])
        return head + self.uid + self.ats


def _bits_on_air(card: Card) -> list[int]:
    return [int(f"{byte:08b}"[::-1], 2) for byte in card.uid]


class Reader:
    """The chip's target table, numbers 1 and 2, over one field."""

    def __init__(self, field: Field) -> None:
        self._field = field
        self.targets: dict[int, Target] = {}
        self._current: Target | None = None

    def forget(self) -> None:
        """The field went off, or a new search begins."""
        self.targets = {}
        self._current = None

    def search(self, count: int, uid: bytes, automatic_rats: bool) -> bool:
        """One attempt to fill the table with `count` cards (only `uid`, if given); True if any was found."""
        self.forget()
        for number in range(1, count + 1):
            self._rest()
            found = self._activate(REQA, uid, automatic_rats)
            if found is None:
                break
            self.targets[number] = self._current = found
        return bool(self.targets)

    def use(self, number: int) -> Target:
        """Target `number`, selected again if it rests; raises RfError."""
        target = self._known(number)
        if target is not self._current:
            self._rest()
            again = self._activate(WUPA, target.uid, target.protocol is not None)
            if again is None:
                raise RfError(CARD_GONE)
            target.protocol = again.protocol
            self._current = target
        return target

    def rest(self, number: int) -> None:
        """Deselects target `number`, or whichever is selected for 0; raises RfError for an unknown one."""
        if number == 0 or self._known(number) is self._current:
            self._rest()

    def release(self, number: int) -> None:
        """Deselects and forgets target `number`, or all for 0; raises RfError for an unknown one."""
        self.rest(number)
        if number:
            del self.targets[number]
        else:
            self.forget()

    def _known(self, number: int) -> Target:
        if number not in self.targets:
            raise RfError(WRONG_CONTEXT)
        return self.targets[number]

    def _rest(self) -> None:
        if self._current is not None:
            self._field.send(AirFrame(bytes([DESELECT])) if self._current.protocol else HALT)
        self._current = None

    def _activate(self, request: AirFrame, uid: bytes, automatic_rats: bool) -> Target | None:
        answered = [card for card in self._field.request(request) if uid in (b"", card.uid)]
        if not answered:
            return None
        chosen = max(answered, key=_bits_on_air)
        for frame in select_frames(chosen.uid):
            self._field.send(frame)
        ats = self._rats() if chosen.sak & SAK_ISO_DEP and automatic_rats else b""
        protocol = Protocol(self._field, ats) if ats else None
        return Target(chosen.uid, chosen.atqa, chosen.sak, ats, protocol)

    def _rats(self) -> bytes:
        answer = self._field.send(AirFrame(bytes([RATS, READER_FRAME_CODE << 4])))
        return answer.data if answer else b""
