"""Both tables of the settings file: what is wrong is named with key, value and what to do."""

import json
from pathlib import Path

import pytest

from cloud_bridge.bridge.settings import BridgeSettings, read_token
from cloud_bridge.errors import SettingsError
from cloud_bridge.hq.settings import HqSettings, read_tokens

BRIDGE = {"gateway_id": "gw-1", "hq_url": "https://hq.example", "token_file": "t"}
HQ = {"token_file": "t"}


def test_text_from_the_environment_converts() -> None:
    assert BridgeSettings.from_table({**BRIDGE, "poll_ms": "500"}).poll_ms == 500
    assert HqSettings.from_table({**HQ, "port": "8099"}).port == 8099


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8091", "http://localhost:8090", "http://[::1]:1", "https://hq.example/base"]
)
def test_a_token_travels_in_the_clear_only_inside_the_machine(url: str) -> None:
    assert BridgeSettings.from_table({**BRIDGE, "hq_url": url}).hq_url == url


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({}, ["gateway_id"]),
        ({**BRIDGE, "gateway_id": "GW 1"}, ["gateway_id", "GW 1"]),
        ({**BRIDGE, "hq_url": "http://hq.example"}, ["hq_url", "https://"]),
        ({**BRIDGE, "hq_url": "https://user:pw@hq.example"}, ["hq_url"]),
        ({**BRIDGE, "hq_url": "hq.example"}, ["hq_url"]),
        ({**BRIDGE, "poll_ms": 0}, ["poll_ms", "0"]),
        ({**BRIDGE, "poll_ms": "soon"}, ["poll_ms", "soon"]),
        ({**BRIDGE, "pool_ms": 1}, ["pool_ms", "poll_ms"]),
    ],
)
def test_wrong_bridge_settings(table: dict[str, object], words: list[str]) -> None:
    with pytest.raises(SettingsError) as caught:
        BridgeSettings.from_table(table)
    assert all(word in str(caught.value) for word in words), str(caught.value)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({}, ["token_file"]),
        ({**HQ, "port": 70_000}, ["port", "70000"]),
        ({**HQ, "zone": "Moon/Base"}, ["zone", "Moon/Base"]),
        ({**HQ, "language": "fr"}, ["language", "fr"]),
        ({**HQ, "database_url": "postgresql://db/hq"}, ["spool_dir"]),
        ({**HQ, "hots": 1}, ["hots", "host"]),
    ],
)
def test_wrong_hq_settings(table: dict[str, object], words: list[str]) -> None:
    with pytest.raises(SettingsError) as caught:
        HqSettings.from_table(table)
    assert all(word in str(caught.value) for word in words), str(caught.value)


TOKEN = "x" * 20


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        json.dumps({"gateways": {}}),
        json.dumps({"gateways": {"GW": TOKEN}, "staff": "y" * 20}),
        json.dumps({"gateways": {"gw": "short"}, "staff": "y" * 20}),
        json.dumps({"gateways": {"gw": TOKEN}, "staff": TOKEN}),
        json.dumps({"gateways": {"gw": TOKEN}, "staff": "y" * 20, "more": 1}),
    ],
)
def test_a_wrong_token_file_is_named_and_no_token_is_quoted(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tokens.json"
    path.write_text(text)
    with pytest.raises(SettingsError, match=r"tokens\.json") as caught:
        read_tokens(str(path))
    assert TOKEN not in str(caught.value)


def test_tokens_show_themselves_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    path.write_text(json.dumps({"gateways": {"gw": TOKEN}, "staff": "y" * 20}))
    tokens = read_tokens(str(path))
    assert TOKEN not in repr(tokens) + repr(vars(tokens))
    assert (tokens.gateway(TOKEN), tokens.gateway("z"), tokens.is_staff("y" * 20)) == ("gw", None, True)


@pytest.mark.parametrize("text", ["", "  \n", "two tokens", "a\tb", "x" * 600, "令牌"])
def test_a_wrong_token_of_the_bridge(tmp_path: Path, text: str) -> None:
    path = tmp_path / "token"
    path.write_text(text)
    with pytest.raises(SettingsError, match="token_file"):
        read_token(str(path))
