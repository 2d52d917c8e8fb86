"""The receipt printer on its line: a serial port, USB serial, or a TCP socket, by one pyserial URL.

Blocking, so the gateway's loop calls it on a thread. One receipt at a time; a line that fails is opened anew
at the next one. What cannot be printed is said, never kept: a receipt can be printed again from its event.
"""

import asyncio
import termios
import threading
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

import serial

from gateway.adapters import escpos
from gateway.counters import Counters
from gateway.receipts.rows import Row

Printed = Literal["printed", "sent", "no_paper", "no_printer", "busy"]

BAUD: Final = 115_200
ASK_WAIT_S: Final = 0.3  # a printer answers DLE EOT within milliseconds; one that never does costs this much
WRITE_WAIT_S: Final = 30.0  # 20 lines are 83 to 124 kB: 7 to 11 s at 115,200 baud; three times that is dead
DONE_WAIT_S: Final = 10.0  # a metre of paper at 100 mm/s
ANSWERS_MAX: Final = 64  # to questions that a picture seemed to ask, at most
WAITING_MAX: Final = 4  # receipts behind the one that is printed: a queue of customers, not of paper

# A USB line that was pulled out fails in termios' own way.
LINE_ERRORS: Final = (serial.SerialException, OSError, termios.error)

Open = Callable[[str], Any]


def open_line(url: str) -> serial.SerialBase:
    """The line of this URL ("/dev/ttyUSB0", "socket://printer:9100"); raises SerialException, OSError."""
    return serial.serial_for_url(url, BAUD, timeout=ASK_WAIT_S, write_timeout=WRITE_WAIT_S)


class Printer:
    """One receipt printer; `url` empty: there is none."""

    def __init__(self, url: str, width_mm: int, counters: Counters, open_: Open = open_line) -> None:
        self._url = url
        self._width_mm = width_mm
        self._counters = counters
        self._open = open_
        self._line: Any = None
        self._lock = threading.Lock()
        self._waiting = 0

    @property
    def present(self) -> bool:
        """Whether one is set up."""
        return bool(self._url)

    async def print(self, rows: Sequence[Row]) -> Printed:
        """Print a receipt. "sent": the printer took it and says nothing of what became of it."""
        if not self._url:
            return "no_printer"
        if self._waiting > WAITING_MAX:
            self._counters.add("printer.busy")
            return "busy"
        self._waiting += 1
        try:
            return await asyncio.to_thread(self.print_now, rows)
        finally:
            self._waiting -= 1

    def print_now(self, rows: Sequence[Row]) -> Printed:
        """Print a receipt, on the caller's thread."""
        data = escpos.receipt_bytes(rows, self._width_mm)
        with self._lock:
            try:
                done = self._send(data)
            except LINE_ERRORS:
                self._close()
                done = "no_printer"
        self._counters.add(f"printer.{done}")
        return done

    def close(self) -> None:
        """Let go of the line."""
        with self._lock:
            self._close()

    def _send(self, data: bytes) -> Printed:
        if self._line is None:
            self._line = self._open(self._url)
        line = self._line
        line.reset_input_buffer()
        line.write(escpos.ASK_PAPER)
        if paper_ends(line.read(1)):
            return "no_paper"
        line.write(data)
        line.flush()
        return _verdict(line)

    def _close(self) -> None:
        if self._line is not None:
            line, self._line = self._line, None
            line.close()


def _verdict(line: Any) -> Printed:
    """What the printer says when it has worked through a receipt. A picture may hold the bytes of a question,
    and is answered then: such answers are passed over."""
    line.timeout = DONE_WAIT_S
    try:
        for _ in range(ANSWERS_MAX):
            answer = line.read(1)
            if not answer:
                return "sent"
            if answer[0] & escpos.ANSWER_MASK != escpos.ANSWER_MARK:
                ended = answer[0] & escpos.PAPER_ENDED == escpos.PAPER_ENDED
                return "no_paper" if ended else "printed"
    finally:
        line.timeout = ASK_WAIT_S
    return "sent"


def paper_ends(answer: bytes) -> bool:
    """Whether a printer said that its paper is out; silence and nonsense say nothing."""
    if not answer or answer[0] & escpos.ANSWER_MASK != escpos.ANSWER_MARK:
        return False
    return answer[0] & escpos.PAPER_ENDS == escpos.PAPER_ENDS
