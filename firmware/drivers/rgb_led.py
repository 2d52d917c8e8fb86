"""Driver of a three-colour light. It is given three outputs, never pins.

An output is a PWM (`duty_u16(0..65535)`) or, where a board has none to spare, a plain pin (`value(0 or 1)`).
"""

FULL = 65535


class RgbLed:
    """`active_low`: the three share their plus pole, so a low output lights."""

    def __init__(self, red, green, blue, active_low: bool = False) -> None:
        self._outputs = (red, green, blue)
        self._active_low = active_low

    def set(self, rgb: int) -> None:
        """Show 0xRRGGBB; 0 is dark."""
        for output, shift in zip(self._outputs, (16, 8, 0)):  # noqa: B905 - MicroPython has no strict
            self._drive(output, rgb >> shift & 0xFF)

    def _drive(self, output, level: int) -> None:
        if hasattr(output, "duty_u16"):
            duty = level * level * FULL // (255 * 255)  # eyes see about the square root of the power
            output.duty_u16(FULL - duty if self._active_low else duty)
        else:
            output.value(int((level >= 128) != self._active_low))
