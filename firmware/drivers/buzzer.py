"""Driver of a passive buzzer on a PWM output (`freq(hz)`, `duty_u16(0..65535)`), never a pin.

Tones differ in pitch, number and rhythm, so that "yes" and "no" are told apart without seeing the light.
"""

import asyncio

from firmware.core.aio import sleep_ms
from firmware.protocol.messages import TONE_ATTENTION, TONE_NO, TONE_YES

LOUD = 32768  # half of each period: the loudest a passive buzzer gets

# Tone: (hz, ms) one after the other; 0 Hz is a pause.
TONES = {
    TONE_YES: ((2700, 120),),
    TONE_NO: ((600, 180), (0, 80), (600, 180)),
    TONE_ATTENTION: ((1500, 100), (0, 100), (1500, 100), (0, 100), (1500, 100)),
}


class Buzzer:
    """Plays one tone at a time; a new one cuts the old one short."""

    def __init__(self, pwm) -> None:
        self._pwm = pwm
        self._task = None
        pwm.duty_u16(0)

    def play(self, tone: int) -> None:
        """Start this tone of messages.TONE_* and return at once; one it does not know is silence."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._pwm.duty_u16(0)
        notes = TONES.get(tone)
        if notes:
            self._task = asyncio.create_task(self._run(notes))

    async def _run(self, notes) -> None:
        # Nothing is silenced on cancellation: by then play() has, and the next tone may sound already.
        for hz, ms in notes:
            if hz:
                self._pwm.freq(hz)
            self._pwm.duty_u16(LOUD if hz else 0)
            await sleep_ms(ms)
        self._pwm.duty_u16(0)
