"""Raspberry Pi Pico W: the wiring of README.md as data."""

from firmware.boards import Board, I2c, Uart

BOARD = Board(
    name="pico_w",
    reader=I2c(id=0, scl=5, sda=4, hz=400000),
    reader_reset=7,
    reader_irq=6,
    scanner=Uart(id=0, tx=0, rx=1, rxbuf=1024),
    display=I2c(id=1, scl=11, sda=10, hz=400000),
    display_address=0x3C,
    keypad_address=0x20,
    light=(16, 17, 18),  # PWM slices 0 and 1: a slice has one frequency, so the buzzer has one of its own
    buzzer=20,  # slice 2
    wdt_ms=8300,  # RP2040 counts to 8,388 (ports/rp2/machine_wdt.c)
    heap_kib=142,  # all unused RAM, 182 (micropython pull request 10968), less 40 for TLS
    bench_heap_kib=192,  # stands for 118 to 161 (docs/decisions/0009)
    epoch_year=1970,
)
