"""Register maps of the GM65 family, one row per model: data, because makers move zones between models.

A field is (zone, mask, value): the bits of `mask` in that zone shall be `value`. Zones mix fields, so they
are read, changed and written. Sources: GM65-S user manual, GM812 notes of cv-scanner, specter-diy
(readers.md 3.1, 3.3). Nothing here has been measured on hardware by this project.

`stop` leaves the scanner silent (command mode), `start` makes it read for itself: continuous mode and the
trigger, since command mode alone acknowledges and never scans on some firmware (gm65-scanner findings).
`lock` is the field that switches printed setup codes off. Where no zone is known for it (GM812: only the
printed code _SET_CODE_OFF), `lock` is None and the driver refuses the model: what cannot be read back is not
verified. `heartbeat`: answers the heartbeat frame; otherwise its version zone is read instead.
"""

from collections import namedtuple

Model = namedtuple("Model", "name heartbeat version_zone baud_zone stop settings lock start")

_STOP = ((0x0000, 0x03, 0x01),)
_START = ((0x0000, 0x03, 0x02), (0x0002, 0x01, 0x01))
# Light and aim while reading. The scanner's own beep stays off: the customer must not hear a "yes" before the
# gateway has booked.
_LIGHT_AND_BEEP = (0x0000, 0x7C, 0x14)
_SERIAL_UTF8 = (0x000D, 0x0F, 0x0C)
# Same-code delay on, 10 units: 1 s by the manual, 10 s as specter-diy counts them; Reread does the rest.
_SAME_CODE_DELAY = (0x0013, 0xFF, 0x8A)
_QR_ON = (0x003F, 0x01, 0x01)
_TAIL_CR = (0x0060, 0x7F, 0x01)  # tail on, CR; no read-fail text, prefix, code id, suffix

_GM65_SETTINGS = (_LIGHT_AND_BEEP, _SERIAL_UTF8, _SAME_CODE_DELAY, _QR_ON, _TAIL_CR)
_GM65_LOCK = (0x0003, 0x02, 0x02)
_GM812_SETTINGS = (_LIGHT_AND_BEEP, (0x000E, 0xFF, 0x00))  # its tail lives at 000E, its USB role at 0003

GM65 = Model("gm65", False, 0x00E2, 0x002A, _STOP, _GM65_SETTINGS, _GM65_LOCK, _START)
GM805 = Model("gm805", True, 0x00E2, 0x002A, _STOP, _GM65_SETTINGS, _GM65_LOCK, _START)
GM812 = Model("gm812", True, 0x00E2, 0x002A, _STOP, _GM812_SETTINGS, None, _START)

MODELS = (GM65, GM805, GM812)
NAMES = ("gm65", "gm805", "gm812")


def named(name: str) -> Model:
    """The model of that name; raises KeyError."""
    for model in MODELS:
        if model.name == name:
            return model
    raise KeyError(name)
