"""An ESP32 module on a battery as a member's tag: README.md."""
