"""An ESP32 module on a battery, nothing wired to it: Bluetooth and deep sleep are all it uses."""

from firmware.boards import bare

BOARD = bare(
    "esp32_tag",
    wdt_ms=8000,  # a wake takes a second; one that hangs must not empty the battery
    heap_kib=128,
    bench_heap_kib=192,  # stands for 128 (docs/decisions/0009)
    epoch_year=2000,
)
