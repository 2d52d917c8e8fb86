"""An ESP32 module on mains power as a beacon: README.md."""
