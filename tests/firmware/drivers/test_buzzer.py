"""The buzzer's tones, on both Pythons. Notes are told apart by what they do to the output, not by time."""

import asyncio

from firmware.core.aio import sleep_ms
from firmware.drivers import buzzer
from firmware.protocol.messages import TONE_ATTENTION, TONE_NO, TONE_NONE, TONE_YES


class Pwm:
    """Keeps what is heard: (hz, loud) whenever loudness changes."""

    def __init__(self):
        self.hz = 0
        self.heard = []

    def freq(self, hz):
        self.hz = hz

    def duty_u16(self, duty):
        if not self.heard or self.heard[-1] != (self.hz if duty else 0):
            self.heard.append(self.hz if duty else 0)


def shortened(test):
    """Run the coroutine with every note 1 ms long."""
    tones = dict(buzzer.TONES)
    for tone in tones:
        buzzer.TONES[tone] = tuple([(hz, 1) for hz, _ in tones[tone]])
    try:
        asyncio.run(test)
    finally:
        buzzer.TONES.update(tones)


async def finished(player):
    while not player._task.done():
        await sleep_ms(1)


def heard_of(tone):
    pwm = Pwm()

    async def main():
        player = buzzer.Buzzer(pwm)
        player.play(tone)
        await finished(player)

    shortened(main())
    return pwm.heard


def test_yes_is_one_high_tone():
    assert heard_of(TONE_YES) == [0, 2700, 0]


def test_no_is_two_low_tones():
    assert heard_of(TONE_NO) == [0, 600, 0, 600, 0]


def test_attention_is_three_tones():
    assert heard_of(TONE_ATTENTION) == [0, 1500, 0, 1500, 0, 1500, 0]


def test_tones_are_short():
    for notes in buzzer.TONES.values():
        assert sum([ms for _, ms in notes]) <= 500


def test_playing_returns_at_once_and_a_new_tone_cuts_the_old_one_short():
    pwm = Pwm()

    async def main():
        player = buzzer.Buzzer(pwm)
        player.play(TONE_NO)
        while pwm.heard[-1] == 0:
            await sleep_ms(1)
        player.play(TONE_YES)
        assert pwm.heard == [0, 600, 0]
        await finished(player)

    asyncio.run(main())
    assert pwm.heard == [0, 600, 0, 2700, 0]


def test_no_tone_and_an_unknown_tone_are_silence():
    pwm = Pwm()

    async def main():
        player = buzzer.Buzzer(pwm)
        player.play(TONE_NO)
        await sleep_ms(1)
        player.play(TONE_NONE)
        await sleep_ms(1)
        player.play(99)
        await sleep_ms(1)

    asyncio.run(main())
    assert pwm.heard == [0, 600, 0]
