"""What the battery gives, through two equal resistors on an analogue input. MicroPython only."""

_DIVIDED_BY = 2


def millivolts(pin: int) -> int:
    """At the battery; 0 where nothing is wired (`pin` below 0)."""
    if pin < 0:
        return 0
    from machine import ADC, Pin

    return ADC(Pin(pin)).read_uv() * _DIVIDED_BY // 1000
