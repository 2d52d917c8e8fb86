"""device.json, checked: on both Pythons."""

import json

from firmware.ports import settings

GOOD = {
    "device": "counter-1",
    "role": "counter",
    "board": "esp32_devkit",
    "gateway_host": "localhost",
    "gateway_port": 8883,
    "tls": 1,
    "wifi_ssid": "",
    "wifi_password": "",
}


def parsed(**changes):
    values = dict(GOOD)
    values.update(changes)
    return settings.parse(json.dumps(values).encode())


def refused(data):
    try:
        settings.parse(data)
    except settings.SettingsError as error:
        return error
    raise AssertionError(data)


def refused_with(**changes):
    values = dict(GOOD)
    values.update(changes)
    return refused(json.dumps(values).encode())


def test_the_good_one():
    assert parsed() == settings.Settings(
        "counter-1", "counter", "esp32_devkit", "localhost", 8883, 1, "", "", "gm65"
    )


def test_what_may_be_left_out():
    values = dict(GOOD)
    del values["wifi_ssid"], values["wifi_password"]
    assert settings.parse(json.dumps(values).encode()).wifi_ssid == ""


def test_another_scanner():
    assert parsed(scanner="gm805").scanner == "gm805"


def test_every_key_is_checked():
    wrong = {
        "device": ("", "A", "x" * 33, "a b", 7, None),
        "role": ("", "x" * 33, 1, None),
        "board": ("pico", "", 0, None),
        "gateway_host": ("", "x" * 254, 1, None),
        "gateway_port": (0, 65536, "8883", True, None),
        "tls": (2, "1", True, None),
        "wifi_ssid": ("x" * 33, 1),
        "wifi_password": ("x" * 64, 1),
        "scanner": ("gm67", 1, None),
    }
    for key in wrong:
        for value in wrong[key]:
            error = refused_with(**{key: value})
            assert error.key == key and error.value == value and error.expected


def test_a_missing_key_is_named():
    for key in ("device", "role", "board", "gateway_host", "gateway_port", "tls"):
        values = dict(GOOD)
        del values[key]
        assert refused(json.dumps(values).encode()).key == key


def test_an_unknown_key_is_named():
    assert "wifi_pasword" in str(refused_with(wifi_pasword="typo"))


def test_a_password_is_never_shown():
    assert "hunter2" not in str(refused_with(wifi_password="hunter2" * 10))


def test_what_is_no_object():
    for data in (b"", b"[]", b"7", b"null", b"{", b'"x"'):
        assert refused(data).key == "the file"
