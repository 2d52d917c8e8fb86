"""`python -m hardware_tests.virtual.pn532 --card UID=04A1B2C3`: a simulated PN532 on a pseudo-terminal.

The first line printed is the path of the terminal; any PN532 driver for a serial port can open it. Cards are
held to the reader after `--enter-after` seconds and stay, unless `--leave-after` takes them away again.
The chip follows the terminal's rate as a wire would: after SetSerialBaudRate both ends must agree.
"""

import argparse
import os
import pty
import select
import signal
import sys
import termios
import time
import tty
from collections.abc import Callable, Sequence
from typing import NoReturn, TextIO

from hardware_tests.virtual.chips.cards import KINDS, CardError, parse_card
from hardware_tests.virtual.chips.cards_air import Card
from hardware_tests.virtual.chips.pn532 import Pn532Chip
from hardware_tests.virtual.chips.pn532_air import CARDS_MAX

READ_BYTES = 4096
IDLE_MS_MAX = 50  # how late a change of the terminal's rate or a card's move may be noticed
INPUT_SPEED, OUTPUT_SPEED = 4, 5  # places of the rates in what tcgetattr gives
EXIT_WRONG_ARGUMENTS = 2
SECONDS_MAX = 86400
_RATES = {
    getattr(termios, f"B{rate}"): rate
    for rate in (9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)
    if hasattr(termios, f"B{rate}")
}


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


class Terminal:
    """A raw pseudo-terminal: `path` for the host, bytes and rate on this side."""

    def __init__(self) -> None:
        self._master, self._host_side = pty.openpty()
        tty.setraw(self._host_side)  # kept open, so that a host may close and open again
        self._set_first_rate()
        self.path = os.ttyname(self._host_side)

    def _set_first_rate(self) -> None:
        """For hosts that open the terminal without setting a rate."""
        attributes = termios.tcgetattr(self._host_side)
        attributes[INPUT_SPEED] = attributes[OUTPUT_SPEED] = termios.B115200
        termios.tcsetattr(self._host_side, termios.TCSANOW, attributes)

    def read(self, wait_ms: int) -> bytes:
        """What the host wrote, after at most `wait_ms`; b"" for nothing."""
        readable, _, _ = select.select([self._master], [], [], wait_ms / 1000)
        return os.read(self._master, READ_BYTES) if readable else b""

    def write(self, data: bytes) -> None:
        """Bytes for the host."""
        while data:
            data = data[os.write(self._master, data) :]

    def rate(self) -> int | None:
        """The rate the host set; None for one a PN532 does not know."""
        return _RATES.get(termios.tcgetattr(self._master)[OUTPUT_SPEED])

    def close(self) -> None:
        """Ends both sides."""
        os.close(self._master)
        os.close(self._host_side)


class Schedule:
    """Cards that enter and leave at their times."""

    def __init__(self, chip: Pn532Chip, cards: Sequence[Card], enter_ms: int, leave_ms: int | None) -> None:
        self._moves: list[tuple[int, Callable[[Card], None], Card]] = [
            (enter_ms, chip.enter, card) for card in cards
        ]
        if leave_ms is not None:
            self._moves += [(leave_ms, chip.leave, card) for card in cards]

    def run(self, elapsed_ms: int) -> None:
        """Makes the moves that are due."""
        while self._moves and self._moves[0][0] <= elapsed_ms:
            _, move, card = self._moves.pop(0)
            move(card)


def serve(chip: Pn532Chip, terminal: Terminal, schedule: Schedule) -> NoReturn:
    """Carries bytes between host and chip until KeyboardInterrupt."""
    started_ms = _now_ms()
    while True:
        due_ms = chip.next_due_ms()
        data = terminal.read(IDLE_MS_MAX if due_ms is None else min(due_ms, IDLE_MS_MAX))
        schedule.run(_now_ms() - started_ms)
        _carry(chip, terminal, data)


def _carry(chip: Pn532Chip, terminal: Terminal, data: bytes) -> None:
    """The rate goes first: a host changes it only after an answer, and may have spoken since."""
    rate = terminal.rate()
    if rate is not None:
        chip.host_baud(rate)
    if data:
        chip.uart_in(data)
    terminal.write(chip.uart_out())


def _seconds(text: str) -> int:
    """Milliseconds of a number of seconds."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= SECONDS_MAX:
        raise argparse.ArgumentTypeError(f"{text!r}: write seconds from 0 to {SECONDS_MAX}, for example 2.5")
    return round(seconds * 1000)


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m hardware_tests.virtual.pn532",
        description="A simulated PN532 card reader on a pseudo-terminal; its path is the first line printed.",
    )
    add = parser.add_argument
    add(
        "--card", action="append", default=[], help=f"UID=04A1B2C3 or <kind>:<uid>; kinds: {', '.join(KINDS)}"
    )
    add("--link", default="uart", help="uart (the only one a pseudo-terminal can carry)")
    add("--enter-after", type=_seconds, default=0, metavar="S", help="seconds until the cards come")
    add("--leave-after", type=_seconds, default=None, metavar="S", help="seconds until the cards go")
    return parser


def cards_of(options: argparse.Namespace) -> list[Card]:
    """The cards asked for; raises CardError, also for a link or times that make no sense."""
    if options.link != "uart":
        raise CardError(f"--link {options.link}: a pseudo-terminal carries only uart; leave --link out")
    if options.leave_after is not None and options.leave_after < options.enter_after:
        raise CardError("--leave-after: cards cannot leave before they enter; write more than --enter-after")
    if len(options.card) > CARDS_MAX:
        raise CardError(f"--card: at most {CARDS_MAX} cards fit the antenna, these are {len(options.card)}")
    return [parse_card(spec) for spec in options.card]


def main(argv: Sequence[str], output: TextIO) -> int:
    """Serves until Ctrl-C or SIGTERM; 2 if the arguments make no sense."""
    options = arguments().parse_args(argv)
    chip = Pn532Chip(_now_ms)
    try:
        schedule = Schedule(chip, cards_of(options), options.enter_after, options.leave_after)
    except CardError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_WRONG_ARGUMENTS
    for number in (signal.SIGINT, signal.SIGTERM):  # SIGINT is ignored in what a shell starts with &
        signal.signal(number, signal.default_int_handler)
    terminal = Terminal()
    output.write(f"{terminal.path}\n")
    output.flush()
    try:
        serve(chip, terminal, schedule)
    except KeyboardInterrupt:
        return 0
    finally:
        terminal.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], sys.stdout))
