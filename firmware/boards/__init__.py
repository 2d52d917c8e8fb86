"""Boards: pins and limits as data, one folder each. A new board is a new folder and a name in BOARDS.

Uart  id, tx, rx: GPIO numbers; rxbuf: bytes kept until the firmware comes to read
I2c   id, scl, sda: GPIO numbers; hz
Board name
      reader, reader_reset, reader_irq   PN532: a Uart or an I2c, RSTPD_N, IRQ (None: not wired)
      scanner                            GM65 family: a Uart
      display, display_address           SSD1306: an I2c
      keypad_address                     PCF8574 on the display's bus; a terminal works without one
      light                              (red, green, blue) GPIO of a common-cathode LED, on PWM
      buzzer                             GPIO of a passive buzzer, on PWM
      wdt_ms                             the watchdog's limit: every blocking call must fit
      heap_kib, bench_heap_kib           free for Python on the board; what stands for it on the bench
      epoch_year                         of time.time()

A board that only hears and is heard has no parts: BEACONS and TAGS, whose parts are None.
"""

from collections import namedtuple

Uart = namedtuple("Uart", "id tx rx rxbuf")
I2c = namedtuple("I2c", "id scl sda hz")
Board = namedtuple(
    "Board",
    "name reader reader_reset reader_irq scanner display display_address keypad_address light buzzer"
    " wdt_ms heap_kib bench_heap_kib epoch_year",
)

BOARDS = ("esp32_devkit", "pico_w")
# A Pico W can be neither: its Bluetooth stack (BTstack) refuses the private addresses that rotate
# (MicroPython extmod/btstack/modbluetooth_btstack.c: MP_BLUETOOTH_ADDRESS_MODE_NRPA is EINVAL).
BEACONS = ("esp32_beacon",)
TAGS = ("esp32_tag",)


def bare(name: str, wdt_ms: int, heap_kib: int, bench_heap_kib: int, epoch_year: int) -> Board:
    """A board with nothing wired to it."""
    nothing = [None] * 9
    return Board(name, *nothing, wdt_ms, heap_kib, bench_heap_kib, epoch_year)  # pyright: ignore[reportCallIssue]


class UnknownBoard(Exception):
    """`name` is in none of the lists."""

    def __init__(self, name: str) -> None:
        super().__init__("board " + repr(name) + " is none of " + ", ".join(BOARDS + BEACONS + TAGS))
        self.name = name


def load(name: str) -> Board:
    """The data of this board; only its folder is read. Raises UnknownBoard."""
    if name not in BOARDS + BEACONS + TAGS:
        raise UnknownBoard(name)
    return __import__("firmware.boards." + name + ".board", None, None, ("BOARD",)).BOARD
