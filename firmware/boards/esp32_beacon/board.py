"""An ESP32 module on mains power, nothing wired to it: Wi-Fi and Bluetooth are all it uses."""

from firmware.boards import bare

BOARD = bare(
    "esp32_beacon",
    wdt_ms=20000,  # above the worst TLS handshake seen (14.1 s, micropython.md 1)
    heap_kib=128,  # Bluetooth's own buffers come from the other heap, as TLS's do
    bench_heap_kib=192,  # stands for 128 (docs/decisions/0009)
    epoch_year=2000,
)
