"""device.json of beacons and tags, checked: on both Pythons."""

import json

from firmware.ports import beacon_settings
from firmware.ports.checked import SettingsError

KEY = "00112233445566778899aabbccddeeff"
BEACON = {
    "device": "beacon-door",
    "role": "beacon",
    "board": "esp32_beacon",
    "gateway_host": "localhost",
    "gateway_port": 8883,
    "tls": 1,
    "identity_key": KEY,
    "uuid": "F" * 32,
}
TAG = {"device": "tag-7", "role": "tag", "board": "esp32_tag", "identity_key": KEY}


def refused(parse, good, **changes):
    values = dict(good)
    values.update(changes)
    try:
        parse(json.dumps(values).encode())
    except SettingsError as error:
        return error
    raise AssertionError(changes)


def test_the_good_ones():
    beacon = beacon_settings.parse_beacon(json.dumps(BEACON).encode())
    assert beacon.identity_key == bytes([0x11 * number for number in range(16)])
    assert (beacon.uuid, beacon.rotation, beacon.epoch_s) == (b"\xff" * 16, 5, 0)
    assert (beacon.power_dbm, beacon.wifi_ssid) == (-59, "")
    tag = beacon_settings.parse_tag(json.dumps(TAG).encode())
    assert (tag.wake_s, tag.rotation, tag.battery_pin, tag.device) == (5, 5, -1, "tag-7")


def test_every_key_is_checked():
    wrong = {
        "device": ("", "A", None),
        "board": ("esp32_devkit", "esp32_tag", 1),
        "gateway_port": (0, 65536),
        "tls": (2, True),
        "identity_key": ("", KEY[:-1], KEY + "0", KEY[:-1] + "g", "0x" + KEY[2:], " " + KEY[1:], 5, None),
        "uuid": ("", "f" * 31, None),
        "rotation": (-1, 16, "5", True),
        "epoch_s": (-1, 1 << 32),
        "power_dbm": (-101, -20, "loud"),
    }
    for key in wrong:
        for value in wrong[key]:
            error = refused(beacon_settings.parse_beacon, BEACON, **{key: value})
            assert error.key == key and error.expected, (key, value)
    for key, value in (("wake_s", 0), ("wake_s", 61), ("battery_pin", -2), ("board", "esp32_beacon")):
        assert refused(beacon_settings.parse_tag, TAG, **{key: value}).key == key


def test_what_the_other_kind_has_is_refused():
    assert refused(beacon_settings.parse_tag, TAG, gateway_host="x").key == "key"
    assert refused(beacon_settings.parse_beacon, BEACON, scanner="gm65").key == "key"
    assert refused(beacon_settings.parse_beacon, BEACON, wake_s=5).key == "key"


def test_a_missing_key_is_named():
    for parse, good in ((beacon_settings.parse_beacon, BEACON), (beacon_settings.parse_tag, TAG)):
        for key in good:
            values = dict(good)
            del values[key]
            try:
                parse(json.dumps(values).encode())
            except SettingsError as error:
                assert error.key == key
            else:
                raise AssertionError(key)


def test_an_identity_key_is_never_shown():
    assert KEY[:8] not in str(refused(beacon_settings.parse_beacon, BEACON, identity_key=KEY[:-1]))
