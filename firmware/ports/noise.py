"""Switches on what a board's random numbers are made of. MicroPython only.

ESP32: os.urandom() is true noise only while the radio is on, else "should be considered pseudo-random only"
(ESP-IDF, Random Number Generation). RP2 samples its ring oscillator and needs nothing.
"""


def radio_on() -> None:
    """Switch the radio on, unconnected; a host without one has an operating system that gathers noise."""
    try:
        import network
    except ImportError:
        return
    network.WLAN(network.WLAN.IF_STA).active(True)
