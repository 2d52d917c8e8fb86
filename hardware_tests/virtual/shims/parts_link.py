"""The connections from a firmware process to the machine room that holds its parts (room.py).

One TCP connection per part; the first line names it:

    uart <id> <baud>   bytes as they are, both ways; another rate is another connection
    i2c <id>           > addr, bytes to write, bytes to read (>BHH), data    < 0 ok / 1 no acknowledge, data
    pins               op, pin, value, both ways (op codes below)

A level written to an output is answered with the same frame before the program goes on, so that what it does
next cannot overtake the pin. Without the room there is no board: the process ends.
"""

# isort: skip_file
import time  # noqa: F401 - before asyncio: shims/time.py says why

import asyncio.core
import os
import socket
import sys

SET_LEVEL = 1  # > output level; < the same again, when the parts have felt it
INPUT_LEVEL = 2  # < level of an input
WDT_FEED = 3
WDT_START = 4  # value in 100 ms
PWM_DUTY = 5  # value 0..255
PWM_HZ = 6  # value in 20 Hz
RESET = 7
WIFI = 8  # < 1 the access point is there
DEEP_SLEEP = 9  # pin and value are one number, high byte first, of SLEEP_STEP_MS
SLEEP_STEP_MS = 100

_TCP = 6
_TCP_NODELAY = 1
_EAGAIN = 11, 35  # Linux, macOS


def connect(hello, where="SHOPBELL_PARTS"):
    """A connected socket; `hello` says to which part, the variable `where` at which host:port."""
    host, port = os.getenv(where).rsplit(":", 1)
    link = socket.socket()
    link.connect(socket.getaddrinfo(host, int(port))[0][-1])
    # Without it an answer takes 44 ms (micropython.md 7).
    link.setsockopt(_TCP, _TCP_NODELAY, 1)
    link.write(hello + b"\n")
    return link


def receive(link, size):
    """Exactly `size` bytes of a blocking socket."""
    data = link.read(size)
    if data is None or len(data) < size:
        gone()
    return data


def peek(link, size):
    """How many of the next `size` bytes are there already; they stay."""
    try:
        data = link.recv(size, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except OSError as error:
        if error.errno not in _EAGAIN:
            raise
        return 0
    if not data:
        gone()
    return len(data)


def gone():
    """The room closed a connection: the power is off."""
    sys.exit(1)


class Pins:
    """All pins of the board, on one connection."""

    def __init__(self):
        self.levels = {}
        self.wifi = 1
        self.handlers = {}  # pin -> function(level) called at each change
        self._pumping = False
        self._link = connect(b"pins")
        self._wait_for(WIFI, 0)  # the room begins with the levels of the inputs and ends with this

    def send(self, op, pin, value):
        """Tell the room; an output's level has arrived when this returns."""
        self._link.write(bytes((op, pin, value)))
        if op == SET_LEVEL:
            self._wait_for(op, pin)

    def level(self, pin):
        """The level of an input now; 1 (pulled up) while nothing drives it."""
        self._drain()
        return self.levels.get(pin, 1)

    def watch(self, pin, handler):
        """Call handler(level) when an input changes; from a task, as the loop comes by."""
        self.handlers[pin] = handler
        if not self._pumping:
            self._pumping = True
            asyncio.core.create_task(self._pump())

    def wifi_is_up(self):
        """Whether the room's access point is there."""
        self._drain()
        return bool(self.wifi)

    def _pump(self):
        while True:
            yield asyncio.core._io_queue.queue_read(self._link)
            self._drain()

    def _drain(self):
        """Take in what has arrived."""
        while peek(self._link, 1):
            self._take(receive(self._link, 3))

    def _wait_for(self, op, pin):
        while True:
            frame = receive(self._link, 3)
            self._take(frame)
            if frame[0] == op and frame[1] == pin:
                return

    def _take(self, frame):
        op, pin, value = frame
        if op == WIFI:
            self.wifi = value
        elif op == INPUT_LEVEL and self.levels.get(pin, 1) != value:
            self.levels[pin] = value
            if pin in self.handlers:
                self.handlers[pin](value)


_pins = None


def pins():
    """The board's pins; connected at first use."""
    global _pins
    if _pins is None:
        _pins = Pins()
    return _pins
