"""Who a real mosquitto with our configuration lets in, and what it lets them say and hear."""

import shutil
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from shopbell.broker import eviction, mosquitto, service
from shopbell.pki import verbs
from tests.shopbell.broker import rig

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(shutil.which("mosquitto") is None, reason="mosquitto is not installed: make system"),
]
DEVICE, OTHER = "counter-1", "entrance-1"
MARK = b"end of the test"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[rig.Broker]:
    running = rig.Broker(tmp_path_factory.mktemp("broker"))
    yield running
    running.close()


@pytest.fixture(scope="module")
def context(broker: rig.Broker, tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    return broker.context(rig.Identity(tmp_path_factory.mktemp("device"), broker.pki, DEVICE))


def device(broker: rig.Broker, context: ssl.SSLContext, client_id: str = DEVICE) -> rig.Client:
    return rig.Client(broker.device_port, client_id, context)


def gateway(broker: rig.Broker, client_id: str = "gateway") -> rig.Client:
    password = service.password(service.gateway_password_path(broker.config))
    return rig.Client(broker.gateway_port, client_id, user=(mosquitto.GATEWAY_USER, password))


def other_device(broker: rig.Broker, tmp_path: Path, name: str = OTHER) -> ssl.SSLContext:
    return broker.context(rig.Identity(tmp_path / "other", broker.pki, name))


def test_a_device_and_the_gateway_hear_each_other(broker: rig.Broker, context: ssl.SSLContext) -> None:
    with rig.connected(gateway(broker)) as hq, rig.connected(device(broker, context)) as terminal:
        hq.subscribe("sb/v1/+/up/+")
        terminal.subscribe(f"sb/v1/{DEVICE}/down/+")
        terminal.publish(f"sb/v1/{DEVICE}/up/tap", b"up")
        hq.publish(f"sb/v1/{DEVICE}/down/booked", b"down")
        assert rig.wait_until(lambda: hq.received and terminal.received)
        assert hq.received == [(f"sb/v1/{DEVICE}/up/tap", b"up")]
        assert terminal.received == [(f"sb/v1/{DEVICE}/down/booked", b"down")]


def test_no_certificate_no_entry(broker: rig.Broker) -> None:
    assert not device(broker, broker.context(None)).connect()


def test_a_certificate_of_another_store_no_entry(broker: rig.Broker, tmp_path: Path) -> None:
    """The same device name, signed by an authority of the same name."""
    foreign = tmp_path / "foreign"
    verbs.init(foreign, ["localhost"])
    assert not device(broker, broker.context(rig.Identity(tmp_path, foreign, DEVICE))).connect()


def test_the_brokers_own_certificate_is_no_devices(broker: rig.Broker) -> None:
    context = broker.context(None)
    context.load_cert_chain(broker.pki / "broker.pem", broker.pki / "broker.key")
    assert not device(broker, context, "broker").connect()


def test_a_device_refuses_a_broker_of_another_store(broker: rig.Broker, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    verbs.init(foreign, ["localhost"])
    context = broker.context(None)
    trusted = ssl.DER_cert_to_PEM_cert((foreign / "ca.der").read_bytes())
    context = ssl.create_default_context(cadata=trusted)
    assert not device(broker, context).connect()


@pytest.mark.parametrize("user", [None, ("gateway", "wrong"), ("nobody", "x"), (DEVICE, "")])
def test_the_gateways_listener_asks_for_its_password(
    broker: rig.Broker, user: tuple[str, str] | None
) -> None:
    assert not rig.Client(broker.gateway_port, "somebody", user=user).connect()


# What counter-1 may not say. Its own up topics are the only ones that may reach anybody.
FORBIDDEN_TO_SAY = [
    f"sb/v1/{OTHER}/up/tap",
    f"sb/v1/{OTHER}/up/status",
    f"sb/v1/{OTHER}/down/booked",
    f"sb/v1/{DEVICE}/down/booked",
    f"sb/v1/{DEVICE}/down/show",
    f"sb/v1/{DEVICE}/down",
    f"sb/v1/{DEVICE}/tap",
    f"sb/v1/{DEVICE}",
    f"sb/v1/{DEVICE}/../{OTHER}/up/tap",
    f"sb/v1/../v1/{OTHER}/up/tap",
    f"sb/v2/{DEVICE}/up/tap",
    f"sb/v1//{DEVICE}/up/tap",
    f"/sb/v1/{DEVICE}/up/tap",
    f"SB/v1/{DEVICE}/up/tap",
    f"sb/v1/{DEVICE.upper()}/up/tap",
    f"sb/v1/{DEVICE}x/up/tap",
    "sb/v1/%u/up/tap",
    f"$share/g/sb/v1/{OTHER}/up/tap",
    "$SYS/broker/uptime",
    "anything",
]
# What counter-1 may subscribe to without hearing anything that is not its own.
TRIED_TO_HEAR = [
    "#",
    "+/#",
    "sb/#",
    "sb/v1/#",
    "sb/v1/+/up/#",
    "sb/v1/+/down/#",
    f"sb/v1/{OTHER}/#",
    f"sb/v1/{OTHER}/down/booked",
    f"sb/v1/{OTHER}/up/tap",
    f"sb/v1/{DEVICE}/up/#",
    "$share/g/sb/v1/+/down/#",
    f"$share/g/sb/v1/{OTHER}/down/#",
    "$SYS/#",
    "+/+/+/+/+",
]


def test_what_a_device_may_not_say_reaches_nobody(
    broker: rig.Broker, context: ssl.SSLContext, tmp_path: Path
) -> None:
    """Every try once plainly and once retained; the listener may read every topic of the contract."""
    watcher_password = service.password(
        Path(service.broker_settings(broker.config).folder) / "watch.password"
    )
    watcher = rig.Client(broker.gateway_port, "watcher", user=(mosquitto.WATCH_USER, watcher_password))
    victim = rig.Client(broker.device_port, OTHER, other_device(broker, tmp_path))
    with (
        rig.connected(gateway(broker)) as hq,
        rig.connected(watcher) as watch,
        rig.connected(victim) as other,
        rig.connected(device(broker, context)) as terminal,
    ):
        for listener in (hq, watch, other):
            listener.subscribe("#", "sb/v1/#", f"sb/v1/{OTHER}/down/+")
        for topic in FORBIDDEN_TO_SAY:
            terminal.publish(topic, b"forged")
            terminal.publish(topic, b"forged and retained", retain=True)
        terminal.publish(f"sb/v1/{DEVICE}/up/tap", MARK)
        assert rig.wait_until(lambda: has_mark(hq) and has_mark(watch))
        hq.publish(f"sb/v1/{OTHER}/down/show", MARK)
        assert rig.wait_until(lambda: has_mark(other))
        heard = [entry for client in (hq, watch, other) for entry in client.received]
        assert [entry for entry in heard if entry[1] != MARK] == []


def test_what_is_not_a_devices_is_never_delivered_to_it(
    broker: rig.Broker, context: ssl.SSLContext, tmp_path: Path
) -> None:
    """Subscribing is always granted; the broker checks at delivery, so delivery is what is tested."""
    other = rig.Client(broker.device_port, OTHER, other_device(broker, tmp_path))
    with (
        rig.connected(gateway(broker)) as hq,
        rig.connected(other) as victim,
        rig.connected(device(broker, context)) as spy,
    ):
        hq.subscribe("sb/v1/+/up/+")
        victim.publish(f"sb/v1/{OTHER}/up/status", b"retained", retain=True)
        spy.subscribe(*TRIED_TO_HEAR)
        for kind in ("booked", "show", "time"):
            hq.publish(f"sb/v1/{OTHER}/down/{kind}", b"not for the spy")
        victim.publish(f"sb/v1/{OTHER}/up/tap", b"not for the spy")
        spy.publish(f"sb/v1/{DEVICE}/up/tap", b"not even its own up topics")
        hq.publish(f"sb/v1/{DEVICE}/down/show", MARK)
        assert rig.wait_until(lambda: has_mark(spy))
        assert {topic for topic, _ in spy.received} == {f"sb/v1/{DEVICE}/down/show"}
        victim.publish(f"sb/v1/{OTHER}/up/status", b"", retain=True)


def test_there_are_enough_tries() -> None:
    """The goal is 30 tries and no leak."""
    assert len(FORBIDDEN_TO_SAY) + len(TRIED_TO_HEAR) >= 30


def test_a_will_for_another_device_reaches_nobody(broker: rig.Broker, context: ssl.SSLContext) -> None:
    with rig.connected(gateway(broker)) as hq:
        hq.subscribe("sb/v1/+/up/+")
        dying = device(broker, context)
        dying.paho.will_set(f"sb/v1/{OTHER}/up/status", b"forged", qos=1, retain=True)
        assert dying.connect()
        dying.paho.socket().shutdown(2)
        assert dying.gone.wait(rig.WAIT_S)
        dying.paho.loop_stop()
        with rig.connected(device(broker, context)) as terminal:
            terminal.publish(f"sb/v1/{DEVICE}/up/tap", MARK)
            assert rig.wait_until(lambda: has_mark(hq))
        assert {topic for topic, _ in hq.received} == {f"sb/v1/{DEVICE}/up/tap"}


def test_nobody_evicts_a_device_by_taking_its_client_id(
    broker: rig.Broker, context: ssl.SSLContext, tmp_path: Path
) -> None:
    with rig.connected(gateway(broker)) as hq, rig.connected(device(broker, context)) as victim:
        hq.subscribe("sb/v1/+/up/+")
        thief = rig.Client(broker.device_port, DEVICE, other_device(broker, tmp_path))
        with rig.connected(thief):
            thief.publish(f"sb/v1/{DEVICE}/up/tap", b"forged")
            thief.publish(f"sb/v1/{OTHER}/up/tap", b"what it is allowed")
            victim.publish(f"sb/v1/{DEVICE}/up/tap", MARK)
            assert rig.wait_until(lambda: has_mark(hq))
        assert not victim.gone.is_set()
        assert (f"sb/v1/{DEVICE}/up/tap", b"forged") not in hq.received


def test_too_large_a_message_is_not_delivered(broker: rig.Broker, context: ssl.SSLContext) -> None:
    with rig.connected(gateway(broker)) as hq:
        hq.subscribe("sb/v1/+/up/+")
        loud = device(broker, context)
        assert loud.connect()
        loud.paho.publish(f"sb/v1/{DEVICE}/up/tap", bytes(mosquitto.PACKET_BYTES_MAX + 1), qos=1)
        assert loud.gone.wait(rig.WAIT_S)
        loud.close()
        with rig.connected(device(broker, context)) as terminal:
            terminal.publish(f"sb/v1/{DEVICE}/up/tap", MARK)
            assert rig.wait_until(lambda: has_mark(hq))
        assert [payload for _, payload in hq.received] == [MARK]


def test_the_gateway_may_not_speak_as_a_device(broker: rig.Broker, context: ssl.SSLContext) -> None:
    with (
        rig.connected(gateway(broker)) as hq,
        rig.connected(gateway(broker, "second")) as listener,
        rig.connected(device(broker, context)) as terminal,
    ):
        listener.subscribe("#", "sb/v1/+/up/+")
        hq.publish(f"sb/v1/{DEVICE}/up/tap", b"forged")
        hq.publish("sb/v1/x/other", b"forged")
        terminal.publish(f"sb/v1/{DEVICE}/up/tap", MARK)
        assert rig.wait_until(lambda: has_mark(listener))
        assert {payload for _, payload in listener.received} == {MARK}


def test_a_revoked_device_is_out_at_once_and_others_are_unhurt(tmp_path: Path, broker: rig.Broker) -> None:
    """The open connection is closed, a new one refused, another device stays."""
    doomed = broker.context(rig.Identity(tmp_path, broker.pki, "doomed-1"))
    other = rig.Client(broker.device_port, OTHER, other_device(broker, tmp_path))
    with rig.connected(other):
        open_one = rig.Client(broker.device_port, "doomed-1", doomed)
        assert open_one.connect()
        assert verbs.revoke(broker.pki, "doomed-1") == 1
        assert "closed" in eviction.shut_out(broker.config, "doomed-1")
        assert open_one.gone.wait(rig.WAIT_S)
        open_one.close()
        assert not rig.Client(broker.device_port, "doomed-1", doomed).connect()
        assert not other.gone.is_set()


def has_mark(client: rig.Client) -> bool:
    return any(payload == MARK for _, payload in client.received)
