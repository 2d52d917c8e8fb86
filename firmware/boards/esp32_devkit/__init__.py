"""ESP32-DevKitC (WROOM-32): wiring in README.md."""
