"""The light, on PWM and on plain pins, on both Pythons."""

from firmware.drivers.rgb_led import FULL, RgbLed


class Pwm:
    duty = None

    def duty_u16(self, duty):
        self.duty = duty


class Pin:
    level = None

    def value(self, level):
        self.level = level


def test_pwm_levels():
    outputs = Pwm(), Pwm(), Pwm()
    RgbLed(*outputs).set(0xFF0080)
    red, green, blue = [output.duty for output in outputs]
    assert (red, green) == (FULL, 0)
    assert FULL // 5 < blue < FULL // 3  # half as bright to the eye is a quarter of the power


def test_brighter_is_never_less_power():
    output = Pwm()
    light = RgbLed(output, Pwm(), Pwm())
    duties = []
    for level in range(256):
        light.set(level << 16)
        duties.append(output.duty)
    assert duties == sorted(duties) and duties[0] == 0 and duties[-1] == FULL


def test_active_low_is_the_other_way_round():
    outputs = Pwm(), Pwm(), Pwm()
    RgbLed(*outputs, active_low=True).set(0x00FF00)
    assert [output.duty for output in outputs] == [FULL, 0, FULL]


def test_plain_pins_are_on_or_off():
    for active_low in (False, True):
        outputs = Pin(), Pin(), Pin()
        RgbLed(*outputs, active_low=active_low).set(0x80FF7F)
        assert [output.level != active_low for output in outputs] == [True, True, False]
