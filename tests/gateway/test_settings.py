"""Settings: what is given counts, what is wrong is named with what to do."""

import pytest

from gateway.errors import SettingsError
from gateway.settings import GatewaySettings

LEAST: dict[str, object] = {"id": "g1", "store": "Sunflower"}
BRIDGE: dict[str, object] = {"payments_url": "https://pay.example/v1", "payments_token_file": "pay.token"}


def test_the_least_settings_have_safe_defaults() -> None:
    settings = GatewaySettings.from_table(LEAST)
    assert (settings.zone, settings.language, settings.mqtt_port) == ("Asia/Shanghai", "zh-CN", 1883)
    assert settings.mqtt_host == settings.http_host == "127.0.0.1"
    assert settings.broker_secured


def test_texts_of_the_environment_convert() -> None:
    settings = GatewaySettings.from_table({**LEAST, "http_port": "8081", "broker_secured": "false"})
    assert (settings.http_port, settings.broker_secured) == (8081, False)


def test_tills_are_told_their_terminals() -> None:
    settings = GatewaySettings.from_table({**LEAST, "tills": " till-1=counter-1, till-2 = counter-2 ,"})
    assert settings.terminals == {"till-1": "counter-1", "till-2": "counter-2"}
    assert GatewaySettings.from_table(LEAST).terminals == {}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"id": ""}, "id is missing"),
        ({"mqtt_prot": 1}, "mqtt_prot is not a setting"),
        ({"mqtt_port": "many"}, "mqtt_port = 'many'"),
        ({"http_port": 70_000}, "http_port = 70000 is out of range"),
        ({"http_port": -1}, "http_port = -1 is out of range"),
        ({"language": "fr"}, "language = 'fr'"),
        ({"zone": "Mars/Base"}, "zone = 'Mars/Base'"),
        ({"zone": "../etc/passwd"}, "zone = "),
        ({"ballast_mib": -1}, "ballast_mib = -1 is out of range"),
        ({"badge_minutes": 0}, "badge_minutes = 0 is out of range"),
        ({"badge_minutes": 721}, "badge_minutes = 721 is out of range"),
        ({"low_water_mib": "much"}, "low_water_mib = 'much'"),
        ({"printer_mm": 70}, "printer_mm = 70 is no paper"),
        ({"id": "hq"}, "id = 'hq' is headquarters' own"),
        ({"store": 5}, "store = 5"),
        ({"tills": "till-1"}, "tills = 'till-1'"),
        ({**BRIDGE, "payments_url": "http://pay.example/v1"}, "payments_url"),
        ({**BRIDGE, "payments_url": "https://"}, "payments_url"),
        ({**BRIDGE, "payments_url": "ftp://127.0.0.1"}, "payments_url"),
        ({**BRIDGE, "payments_token_file": ""}, "payments_token_file is missing"),
        ({**BRIDGE, "payments_tenders": "wechat,cash"}, "payments_tenders"),
        ({**BRIDGE, "payments_tenders": " , "}, "payments_tenders"),
        ({"tills": "till-1=counter-1,till-1=counter-2"}, "tills = "),
        ({"tills": "till-1=counter-1,till-2=counter-1"}, "tills = "),
        ({"tills": "till-1=counter/1"}, "tills = "),
        ({"tills": "=counter-1"}, "tills = "),
        ({"tills": "a=b=c"}, "tills = "),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(change: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        GatewaySettings.from_table({**LEAST, **change})
    assert words in caught.value.message
    assert caught.value.hint


def test_nothing_at_all_names_the_first_missing_key() -> None:
    with pytest.raises(SettingsError, match="id is missing"):
        GatewaySettings.from_table({})


def test_a_payment_bridge_takes_the_tenders_that_are_named_once_each() -> None:
    settings = GatewaySettings.from_table({**LEAST, **BRIDGE, "payments_tenders": "card, wechat,card,"})
    assert settings.asked_tenders == ("card", "wechat")
    assert GatewaySettings.from_table({**LEAST, **BRIDGE}).asked_tenders == ("wechat", "alipay")
    assert GatewaySettings.from_table({**LEAST, **BRIDGE, "payments_url": "http://127.0.0.1:9"}).payments_url
