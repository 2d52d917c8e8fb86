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


class UnknownBoard(Exception):
    """`name` is not in BOARDS."""

    def __init__(self, name: str) -> None:
        super().__init__("board " + repr(name) + " is none of " + ", ".join(BOARDS))
        self.name = name


def load(name: str) -> Board:
    """The data of this board; only its folder is read. Raises UnknownBoard."""
    if name not in BOARDS:
        raise UnknownBoard(name)
    return __import__("firmware.boards." + name + ".board", None, None, ("BOARD",)).BOARD
