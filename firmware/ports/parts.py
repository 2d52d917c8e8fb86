"""Builds a board's parts: the one place where pins become drivers.

    reader    Pn532        await start(), poll(), healthy(), recover()
    scanner   Gm65         await start(), read_code()
    display   Ssd1306      show(strips)
    light     RgbLed       set(rgb)
    buzzer    Buzzer       play(tone)
    keypad    (bus, address) of drivers/keypad.py, which is loaded while keys are wanted
    watchdog  Watchdog     start(), feed(); not started yet
    uptime    Uptime       () -> ms since this start

The pins are the board's facts (firmware/boards), the scanner's model is the shop's (device.json).
"""

from collections import namedtuple

from machine import I2C, PWM, UART, Pin

from firmware import boards
from firmware.boards import Board
from firmware.core.aio import Uptime
from firmware.core.modules import borrowed
from firmware.drivers.buzzer import Buzzer
from firmware.drivers.gm65 import Gm65
from firmware.drivers.pn532 import Pn532
from firmware.drivers.rgb_led import RgbLed
from firmware.drivers.ssd1306 import Ssd1306
from firmware.ports.irq import FallingEdge
from firmware.ports.line import UartLine
from firmware.ports.watchdog import Watchdog

READER_BAUD = 115200  # of a PN532 after reset
SCANNER_BAUD = 9600  # from the factory; its driver looks for the right one
LIGHT_HZ = 1000  # above flicker, and far below what the LED cannot follow
BUZZER_HZ = 1000  # until the first tone says otherwise

Parts = namedtuple("Parts", "reader scanner display light buzzer keypad watchdog uptime")


def build(board: Board, settings) -> Parts:
    """The parts of this board, for these Settings; nothing is spoken to yet."""
    uptime = Uptime()
    bus = _i2c(board.display)  # the keypad is on it as well
    return Parts(
        Pn532(_reader_link(board), Pin(board.reader_reset, Pin.OUT, value=1), uptime),
        _scanner(board, settings.scanner, uptime),
        Ssd1306(bus, board.display_address),
        _light(board),
        Buzzer(PWM(Pin(board.buzzer), freq=BUZZER_HZ, duty_u16=0)),
        (bus, board.keypad_address),
        Watchdog(board.wdt_ms),
        uptime,
    )


def _scanner(board: Board, model: str, uptime: Uptime) -> Gm65:
    """The scanner; of the models' data only its own stays."""
    named = borrowed("firmware.drivers.gm65_models", "named")
    return Gm65(UartLine(board.scanner, SCANNER_BAUD), named(model), uptime)


def _light(board: Board) -> RgbLed:
    red, green, blue = [PWM(Pin(pin), freq=LIGHT_HZ, duty_u16=0) for pin in board.light]
    return RgbLed(red, green, blue)


def _reader_link(board: Board):
    """The PN532's link: whichever of the two the board has wired. The other's driver is never loaded."""
    wires = board.reader
    if isinstance(wires, boards.Uart):
        from firmware.drivers.pn532_uart import Pn532Uart

        uart = UART(wires.id, baudrate=READER_BAUD, tx=Pin(wires.tx), rx=Pin(wires.rx), rxbuf=wires.rxbuf)
        return Pn532Uart(uart)
    from firmware.drivers.pn532_i2c import Pn532I2c

    pin = board.reader_irq
    return Pn532I2c(_i2c(wires), None if pin is None else FallingEdge(Pin(pin, Pin.IN, Pin.PULL_UP)))


def _i2c(wires: boards.I2c) -> I2C:
    return I2C(wires.id, scl=Pin(wires.scl), sda=Pin(wires.sda), freq=wires.hz)
