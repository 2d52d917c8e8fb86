"""The link against a real mosquitto: booked only after the commit, nothing stuck, always back."""

import asyncio
import socket
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from firmware.protocol import messages, outcomes
from gateway.adapters import buffered, mqtt
from gateway.adapters.mqtt import Address, Link
from gateway.counters import Counters
from gateway.errors import LedgerUnsafe
from gateway.ports import Inbound, Outbound
from tests.gateway.broker_rig import Broker, broker, device, wait_until
from tests.gateway.rig import LIN, MIA, STRANGER, House
from tests.gateway.storage.test_ledger import Failing

pytestmark = pytest.mark.system


class Running:
    """A link in a loop of its own thread, as it runs in the gateway; `problem` is what ended it."""

    def __init__(self, link: Callable[[], Link]) -> None:
        self.problem: BaseException | None = None
        self.logged: list[dict[str, Any]] = []
        self._make = link
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Running":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self.link.stop)
        self._thread.join(20)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        async def live() -> None:
            self.loop = asyncio.get_running_loop()
            self.loop.set_exception_handler(lambda *_: None)
            self.link = self._make()
            self.link._log = lambda event, **values: self.logged.append({"event": event, **values})
            await self.link.run()

        try:
            asyncio.run(live())
        except LedgerUnsafe as problem:
            self.problem = problem

    def up(self) -> bool:
        return hasattr(self, "link") and self.link.up

    def join(self) -> None:
        self._thread.join(20)


class Parrot:
    """A desk that gives every payload back, and remembers its batches."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def serve(self, batch: Sequence[Inbound]) -> Sequence[Outbound]:
        self.batches.append(len(batch))
        return [Outbound(topic.replace("/up/", "/down/"), payload) for topic, payload in batch]

    def greet(self) -> Sequence[Outbound]:
        return [Outbound("sb/v1/counter-1/down/time", b"hello")]


def link_to(port: int, desk: Any, counters: Counters | None = None, password: str | None = None) -> Running:
    def make() -> Link:
        address = Address("127.0.0.1", port, "g1", "gateway", password)
        return Link(address, desk, counters or Counters(), lambda *_, **__: None, lambda: 0.0)

    return Running(make)


@pytest.fixture
def served(tmp_path: Path) -> Any:
    with broker(tmp_path) as running:
        yield running


def test_a_tap_is_answered_only_after_its_commit(served: Broker, house: House) -> None:
    house.open()
    db = house.ledger._db
    house.ledger._db = Failing(db, "COMMIT", "SQLITE_FULL")  # type: ignore[assignment]
    with device(served.port) as terminal, link_to(served.port, house.desk) as running:
        wait_until(running.up, "the link")
        terminal.send(house.tap(LIN, 1))
        wait_until(lambda: house.counters.get("ledger.batches_refused"), "the refusal")
        assert terminal.told.empty(), "nothing was committed, nothing may be answered"
        house.ledger._db = db
        terminal.send(house.tap(LIN, 1))
        topic, payload = terminal.answer()
        rows = house.rows("SELECT seq FROM records")
    booked = messages.decode("booked", payload)
    assert topic == "sb/v1/counter-1/down/booked"
    assert (booked.outcome, booked.seq) == (outcomes.GREETED, 1)
    assert rows == [(1,)], "another connection saw it when the answer came"


def test_the_socket_sends_at_once(served: Broker) -> None:
    with link_to(served.port, Parrot()) as running:
        wait_until(running.up, "the link")
        connection = running.link._connection
        assert connection is not None
        opened = connection.opened()
        assert opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
        assert not opened.getblocking()


def test_stopping_says_goodbye(served: Broker) -> None:
    with link_to(served.port, Parrot()) as running:
        wait_until(running.up, "the link")
    wait_until(lambda: "Client g1 disconnected" in served.log.read_text(), "the broker's note of it")


def test_a_quiet_link_pings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt, "KEEPALIVE_S", 1)
    monkeypatch.setattr(mqtt, "MISC_INTERVAL_S", 0.05)
    more = "allow_anonymous true\nlog_type debug\n"
    with broker(tmp_path, more) as served, link_to(served.port, Parrot()) as running:
        wait_until(lambda: "Received PINGREQ from g1" in served.log.read_text(), "a ping")
        assert running.up()


def test_a_burst_is_served_in_batches_and_every_message_is_answered(served: Broker) -> None:
    parrot = Parrot()
    with device(served.port) as terminal, link_to(served.port, parrot) as running:
        wait_until(running.up, "the link")
        for number in range(1_000):
            terminal._client.publish("sb/v1/counter-1/up/tap", number.to_bytes(2, "big"), qos=1)
        answers = [terminal.answer() for _ in range(1_001)]
    assert answers[0] == ("sb/v1/counter-1/down/time", b"hello")
    assert [payload for _, payload in answers[1:]] == [number.to_bytes(2, "big") for number in range(1_000)]
    assert sum(parrot.batches) == 1_000
    assert max(parrot.batches) <= mqtt.BATCH_MAX


def test_a_batch_is_bounded_and_what_was_read_ahead_is_not_forgotten(
    served: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt, "BATCH_MAX", 2)
    parrot = Parrot()
    with device(served.port) as terminal, link_to(served.port, parrot) as running:
        wait_until(running.up, "the link")
        for number in range(200):
            terminal._client.publish("sb/v1/counter-1/up/tap", bytes((number,)), qos=1)
        assert [terminal.answer()[1] for _ in range(201)][1:] == [bytes((number,)) for number in range(200)]


@pytest.mark.parametrize("behind_bytes", [1_000, 1 << 20])
def test_large_answers_wait_for_a_slow_socket(
    served: Broker, monkeypatch: pytest.MonkeyPatch, behind_bytes: int
) -> None:
    monkeypatch.setattr(buffered, "WRITE_BEHIND_BYTES", behind_bytes)

    class Verbose(Parrot):
        def serve(self, batch: Sequence[Inbound]) -> Sequence[Outbound]:
            return [Outbound("sb/v1/counter-1/down/show", bytes(200_000)) for _ in batch]

    with device(served.port) as terminal, link_to(served.port, Verbose()) as running:
        wait_until(running.up, "the link")
        for _ in range(20):
            terminal.send(Inbound("sb/v1/counter-1/up/tap", b"?"))
        assert [len(terminal.answer()[1]) for _ in range(21)][1:] == [200_000] * 20


def test_broken_messages_are_dropped_and_the_next_is_served(served: Broker, house: House) -> None:
    house.open()
    good = house.tap(LIN)
    with device(served.port) as terminal, link_to(served.port, house.desk) as running:
        wait_until(running.up, "the link")
        for payload in (b"", b"\xff" * 50, good.payload[:-3], b"\x85\x02" + good.payload[2:], bytes(9_000)):
            terminal.send(Inbound(good.topic, payload))
        terminal.send(Inbound("sb/v1/Forged%20Device/up/tap", good.payload))
        terminal.send(good)
        assert messages.decode("booked", terminal.answer()[1]).seq == 1
    counts = house.counters.snapshot()
    assert sum(count for name, count in counts.items() if name.startswith("wire.")) == 6
    assert house.ledger.seq == 1


@pytest.mark.parametrize("kill", [True, False])
def test_a_broker_that_dies_and_comes_back_is_found_again(served: Broker, house: House, kill: bool) -> None:
    house.open()
    with link_to(served.port, house.desk, house.counters) as running:
        wait_until(running.up, "the link")
        with device(served.port) as terminal:
            terminal.send(house.tap(LIN, 1))
            terminal.answer()
        served.stop(kill)
        wait_until(lambda: not running.up(), "the loss")
        running.loop.call_soon_threadsafe(running.link.send, [Outbound("sb/v1/counter-1/down/time", b"")])
        wait_until(lambda: house.counters.get("mqtt.unsent"), "the drop")
        served.start()
        wait_until(running.up, "the link again")
        with device(served.port) as terminal:
            terminal.send(house.tap(LIN, 1))
            terminal.send(house.tap(MIA, 2))
            told = [messages.decode("booked", terminal.answer()[1]) for _ in range(2)]
    assert [booked.seq for booked in told] == [1, 2]
    assert house.counters.get("mqtt.disconnected") >= 1
    assert {line["event"] for line in running.logged} == {"mqtt.disconnected"}


def test_a_desk_that_fails_ends_the_link(served: Broker, house: House) -> None:
    house.open()
    house.ledger._db = Failing(house.ledger._db, "COMMIT", "SQLITE_IOERR_FSYNC")  # type: ignore[assignment]
    with device(served.port) as terminal, link_to(served.port, house.desk) as running:
        wait_until(running.up, "the link")
        terminal.send(house.tap(STRANGER))
        running.join()
        assert isinstance(running.problem, LedgerUnsafe)
        assert terminal.told.empty()


def test_a_broker_that_refuses_us_is_tried_again_and_named(tmp_path: Path) -> None:
    with broker(tmp_path, "allow_anonymous false\n") as served, link_to(served.port, Parrot()) as running:
        wait_until(lambda: len(running.logged) >= 2, "two refusals")
        assert "refused" in running.logged[0]["reason"]
        assert not running.up()


def test_a_silent_peer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt, "HANDSHAKE_WAIT_S", 0.2)
    monkeypatch.setattr(mqtt, "MISC_INTERVAL_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as mute, link_to(mute.getsockname()[1], Parrot()) as running:
        wait_until(lambda: running.logged, "the end of patience")
        assert "in time" in running.logged[0]["reason"]


def test_no_broker_at_all_is_no_reason_to_end() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with link_to(port, Parrot()) as running:
        wait_until(lambda: len(running.logged) >= 3, "three tries")
        assert "cannot connect" in running.logged[0]["reason"]
