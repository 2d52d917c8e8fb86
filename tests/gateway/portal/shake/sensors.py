"""A phone's motion in a headless Chromium: readings of its sensors by the DevTools protocol, which make
trusted devicemotion events. Chromium wants all three sensors set, and set before the page listens.
"""

import time
from typing import Any, Final

SENSORS: Final = ("accelerometer", "linear-acceleration", "gyroscope")
GRAVITY: Final = 9.8
STEP_S: Final = 0.08  # half a shake of some six a second


class Hand:
    """Holds the phone of one page."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self._tools = page.context.new_cdp_session(page)
        for sensor in SENSORS:
            self._tools.send("Emulation.setSensorOverrideEnabled", {"enabled": True, "type": sensor})
        self._set("gyroscope", 0.0, 0.0, 0.0)
        self.hold()

    def hold(self, x: float = 0.0) -> None:
        """The phone upright, moved along its narrow side with so many m/s2."""
        self._set("linear-acceleration", x, 0.0, 0.0)
        self._set("accelerometer", x, GRAVITY, 0.0)

    def move(self, *strokes: float, step_s: float = STEP_S) -> None:
        """One after the other, each for a while; ends at rest."""
        for stroke in strokes:
            self.hold(stroke)
            self._page.wait_for_timeout(step_s * 1_000)
        self.hold()

    def shake(self) -> None:
        """As people do; a page that goes on in the middle of it is left alone."""
        for at in range(12):
            self.hold(22.0 if at % 2 else -22.0)
            time.sleep(STEP_S)

    def lose(self) -> None:
        """A computer that has none of them."""
        for sensor in SENSORS:
            self._tools.send("Emulation.setSensorOverrideEnabled", {"enabled": False, "type": sensor})

    def _set(self, sensor: str, x: float, y: float, z: float) -> None:
        reading = {"xyz": {"x": x, "y": y, "z": z}}
        self._tools.send("Emulation.setSensorOverrideReadings", {"type": sensor, "reading": reading})
