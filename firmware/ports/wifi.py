"""The board's Wi-Fi, as core.link wants it: begin, ask, leave. None of it waits."""

from network import WLAN


class Wifi:
    """One access point. Power saving stays off: it costs 100 ms an answer, and a Pico W goes deaf in it."""

    def __init__(self, ssid: str, password: str) -> None:
        self._ssid = ssid
        self._password = password
        self._wlan = WLAN(WLAN.IF_STA)

    def begin(self) -> None:
        """Start joining; `is_up` tells when it is done. Raises OSError."""
        self._wlan.active(True)
        self._wlan.config(pm=WLAN.PM_NONE)
        if not self._wlan.isconnected():
            self._wlan.connect(self._ssid, self._password)

    def is_up(self) -> bool:
        """Associated, and an address given."""
        return self._wlan.isconnected()

    def leave(self) -> None:
        """Drop the association and switch the radio off."""
        self._wlan.disconnect()
        self._wlan.active(False)


class Wired:
    """No Wi-Fi to join: the host's own network, on the bench."""

    def begin(self) -> None:
        """Nothing to do."""

    def is_up(self) -> bool:
        """Always."""
        return True

    def leave(self) -> None:
        """Nothing to do."""


def of(ssid: str, password: str) -> "Wifi | Wired":
    """The network of these settings; an empty `ssid` means there is no Wi-Fi."""
    return Wifi(ssid, password) if ssid else Wired()
