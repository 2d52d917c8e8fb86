"""What to do while one PN532 command is under way, and how a reader fails; no I/O, no clock.

`Talk.take(event)` turns each event of pn532_frames, or NOTHING when the time is over, into one action:

    SEND     the command, again         REPEAT   wait for quiet, then a NACK: the response once more
    WAIT     on, to the same deadline   LONGER   a new deadline, wait_ms from now
    DONE     value is the data after the response code        FAIL     value is the reason

A response counts only after the ACK of this command (an older one may still arrive) and only if nothing was
damaged on the way: what follows damage is asked for again.
"""

from firmware.drivers.pn532_frames import DAMAGED, HEARD_ACK, NOTHING, RESPONSE, SYNTAX
from firmware.protocol.compat import const

WAIT = const(0)
SEND = const(1)
REPEAT = const(2)
LONGER = const(3)
DONE = const(4)
FAIL = const(5)

SENDS_MAX = const(3)  # a frame lost twice in a row is not chance
_ACK_WAIT_MS = const(100)  # the chip takes at most 15 ms; adapters and a busy host add to it (nfcpy)
_REPEATS_MAX = const(2)


class ReaderError(Exception):
    """`reason` is one of these; `status` is the chip's status byte where it gave one, else 0.

    link        the bus refused the bytes             no_ack       the chip does not react: recover
    no_answer   it took the command and fell silent   damaged      answers keep arriving damaged
    syntax      it could not read the command         bad_answer   an answer of another shape
    wrong_chip  not a PN532                           no_target    exchange without a held target
    card_gone   the card does not answer any more     rf           another error on the air: see status
    too_long    an R-APDU above what the driver keeps
    """

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(reason, status)
        self.reason = reason
        self.status = status


class Talk:
    """One command: its code, how long its response may take, how often it may be sent."""

    def __init__(self, code: int, answer_wait_ms: int, sends_max: int = SENDS_MAX) -> None:
        self.wait_ms = _ACK_WAIT_MS
        self.acknowledged = False
        self.sends = 1
        self.repeats = 0
        self._code = code
        self._answer_wait_ms = answer_wait_ms
        self._sends_max = sends_max
        self._doubtful = False  # something was damaged since the command or the NACK

    def take(self, kind: int, body: bytes) -> tuple:
        """(action, value) for an event."""
        if kind == RESPONSE:
            return self._response(body)
        if kind == HEARD_ACK:
            return self._acknowledge()
        if kind == NOTHING:
            return self._silence()
        if kind == DAMAGED:
            if self.acknowledged:
                return self._repeat()
            self._doubtful = True
        elif kind == SYNTAX and self.acknowledged:
            return FAIL, "syntax"
        return WAIT, b""

    def _acknowledge(self) -> tuple:
        if self.acknowledged:
            return WAIT, b""
        self.acknowledged = True
        self.wait_ms = self._answer_wait_ms
        return LONGER, b""

    def _response(self, body: bytes) -> tuple:
        if body[0] != self._code + 1 or not (self.acknowledged or self._doubtful):
            return WAIT, b""
        return self._repeat() if self._doubtful else (DONE, body[1:])

    def _repeat(self) -> tuple:
        self._acknowledge()
        self._doubtful = False
        self.repeats += 1
        return (FAIL, "damaged") if self.repeats > _REPEATS_MAX else (REPEAT, b"")

    def _silence(self) -> tuple:
        if self._doubtful and not self.acknowledged:  # the ACK may be what was damaged: do not send twice
            return self._acknowledge()
        if self.repeats:
            return self._repeat()
        if self.acknowledged:
            return FAIL, "no_answer"
        if self.sends >= self._sends_max:
            return FAIL, "no_ack"
        self.sends += 1
        return SEND, b""
