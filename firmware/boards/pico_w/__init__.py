"""Raspberry Pi Pico W: wiring in README.md."""
