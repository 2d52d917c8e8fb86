"""The broker's files: their text, their modes, their owner, and the password format mosquitto reads."""

import base64
import hashlib
import os
import pwd
import stat
from pathlib import Path

import pytest

from shopbell.broker import folder, mosquitto, service
from shopbell.broker.passwords import ROUNDS, password_line
from shopbell.errors import ShopbellError
from shopbell.pki import verbs
from tests.shopbell.broker import rig


def options(text: str) -> dict[str, list[str]]:
    """A mosquitto.conf as option -> values, comments left out."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.partition(" ")
            found.setdefault(name, []).append(value)
    return found


def text(user: str = "") -> str:
    return mosquitto.configuration(Path("/b"), mosquitto.Listeners("0.0.0.0", 8883, "127.0.0.1", 1883, user))


def test_the_device_listener_asks_for_a_certificate_and_believes_its_name() -> None:
    found = options(text())
    assert found["listener"] == ["8883 0.0.0.0", "1883 127.0.0.1"]
    for name in ("require_certificate", "use_identity_as_username", "use_username_as_clientid"):
        assert found[name] == ["true"]
    assert found["tls_version"] == ["tlsv1.2"]
    assert found["crlfile"] == ["/b/device-crl.pem"]
    assert found["allow_anonymous"] == ["false", "false"]


def test_every_store_of_the_broker_is_bounded_and_none_is_kept() -> None:
    found = options(text())
    assert found["persistence"] == ["false"]
    assert found["set_tcp_nodelay"] == ["true"]
    assert int(found["max_inflight_messages"][0]) >= 64
    for name in ("max_packet_size", "max_queued_messages", "max_queued_bytes", "memory_limit"):
        assert int(found[name][0]) > 0


def test_the_account_is_only_written_where_there_is_a_choice() -> None:
    assert "user" not in options(text())
    assert options(text("mosquitto"))["user"] == ["mosquitto"]


def test_a_password_line_is_as_mosquitto_checks_it() -> None:
    user, _, rest = password_line("gateway", "secret", salt=bytes(12)).partition(":")
    _, kind, rounds, salt, hashed = rest.split("$")
    assert (user, kind, int(rounds), base64.b64decode(salt)) == ("gateway", "7", ROUNDS, bytes(12))
    assert base64.b64decode(hashed) == hashlib.pbkdf2_hmac("sha512", b"secret", bytes(12), ROUNDS)
    assert password_line("gateway", "secret") != password_line("gateway", "secret")


def test_no_authority_key_is_where_the_broker_can_read(tmp_path: Path) -> None:
    config = rig.configuration(tmp_path)
    verbs.init(tmp_path / "pki", ["localhost"])
    service.write_mosquitto(config)
    files = {path.name: path for path in (tmp_path / "broker").iterdir()}
    assert {name for name in files if name.endswith(".key")} == {"broker.key"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.values()} == {0o600}


def test_a_second_writing_keeps_the_passwords(tmp_path: Path) -> None:
    config = rig.configuration(tmp_path)
    verbs.init(tmp_path / "pki", ["localhost"])
    service.write_mosquitto(config)
    path = service.gateway_password_path(config)
    before = path.read_bytes()
    service.write_mosquitto(config)
    assert path.read_bytes() == before


def test_without_keys_it_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(ShopbellError, match="shopbell pki init"):
        service.write_mosquitto(rig.configuration(tmp_path))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_the_files_belong_to_the_account_mosquitto_drops_to(tmp_path: Path) -> None:
    config = rig.configuration(tmp_path)
    config.tables["broker"]["user"] = "nobody"
    verbs.init(tmp_path / "pki", ["localhost"])
    path = service.write_mosquitto(config)
    assert options(path.read_text())["user"] == ["nobody"]
    assert {item.stat().st_uid for item in path.parent.iterdir()} == {pwd.getpwnam("nobody").pw_uid}


def test_an_account_that_does_not_exist_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(ShopbellError, match="no account 'no-such-account'"):
        folder.give_away(tmp_path, "no-such-account")
