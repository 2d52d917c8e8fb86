"""ESP32-DevKitC with a WROOM-32 module: the wiring of README.md as data."""

from firmware.boards import Board, I2c, Uart

BOARD = Board(
    name="esp32_devkit",
    reader=Uart(id=2, tx=17, rx=16, rxbuf=512),  # an extended frame has 275 bytes
    reader_reset=4,
    reader_irq=None,  # on a UART the bytes themselves tell
    scanner=Uart(id=1, tx=27, rx=26, rxbuf=1024),  # the default pins of UART1 are the flash's
    display=I2c(id=0, scl=22, sda=21, hz=400000),
    display_address=0x3C,
    keypad_address=0x20,
    light=(25, 32, 33),
    buzzer=13,
    wdt_ms=20000,  # free here; above the worst TLS handshake seen (14.1 s, micropython.md 1)
    heap_kib=128,
    bench_heap_kib=192,
    epoch_year=2000,
)
