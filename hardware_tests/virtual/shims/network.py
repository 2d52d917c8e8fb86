"""`network` of a board beside an access point that is there, until the room takes it away (Terminal.wifi)."""

import parts_link

STA_IF, AP_IF = 0, 1
STAT_IDLE, STAT_CONNECTING, STAT_GOT_IP = 1000, 1001, 1010
STAT_NO_AP_FOUND = 201

_country = "XX"
_hostname = "shopbell"


class WLAN:
    IF_STA, IF_AP = STA_IF, AP_IF
    PM_NONE, PM_PERFORMANCE, PM_POWERSAVE = 0, 1, 2

    def __init__(self, interface=STA_IF):
        self._active = False
        self._joined = False
        self._settings = {}

    def active(self, on=None):
        if on is None:
            return self._active
        self._active = bool(on)
        self._joined = self._joined and self._active
        return None

    def connect(self, ssid=None, key=None, *, bssid=None):
        if not self._active:
            raise OSError("Wifi Not Started")
        self._joined = True

    def disconnect(self):
        self._joined = False

    def isconnected(self):
        return self._joined and parts_link.pins().wifi_is_up()

    def status(self, what=None):
        if what == "rssi":
            return -50
        if self.isconnected():
            return STAT_GOT_IP
        return STAT_NO_AP_FOUND if self._joined else STAT_IDLE

    def ifconfig(self, settings=None):
        return ("127.0.0.1", "255.0.0.0", "127.0.0.1", "127.0.0.1")

    def config(self, name=None, **settings):
        if name is not None:
            return self._settings.get(name, b"\x02\x42\xac\x11\x00\x02" if name == "mac" else None)
        self._settings.update(settings)
        return None


def country(code=None):
    global _country
    if code is None:
        return _country
    _country = code
    return None


def hostname(name=None):
    global _hostname
    if name is None:
        return _hostname
    _hostname = name
    return None
