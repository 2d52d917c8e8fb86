"""The whole terminal as a MicroPython process on a virtual board, behind real mosquitto over mutual TLS.

The gateway here only answers `booked`, so that what is tested is the terminal: from the card in the field to
the pixels on the display, through brokers that die, silent gateways, readers that hang and ticks that wrap.
"""

import asyncio
import ctypes
import json
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware.core.face import picture
from firmware.protocol import messages
from firmware.protocol.messages import Booked, Screen, Show, Strip, Time
from hardware_tests.virtual.chips.cards import parse_card
from hardware_tests.virtual.terminal import Terminal
from tests.firmware.apps.terminal_bench import (
    HELLO,
    Gateway,
    counter,
    drawn,
    online,
    run,
    settings,
    until,
)

BOARDS = ("esp32_devkit", "pico_w")
REST = Screen(0, 0x000010, 0, (Strip(0, 0, 128, 64, bytes((0x0F,)) * 1024),))
TAPS = 500

pytestmark = pytest.mark.system


Bench = Callable[..., Any]


@pytest.mark.parametrize("board", BOARDS)
def test_a_card_becomes_pixels(bench: Bench, gateway: Gateway, board: str) -> None:
    async def test() -> None:
        async with bench(board) as terminal:
            await online(terminal, gateway)
            await until("the idle picture", lambda: terminal.pixels() == drawn(picture("ready")))
            await terminal.tap(parse_card("UID=04A1B2C3D4E580"))
            await until("pixels", lambda: terminal.pixels() == drawn(HELLO))
            await until("a yes", lambda: any(hz > 2000 for _, hz in terminal.tones))
            await until("rest", lambda: terminal.pixels() == drawn(picture("ready")))
            await until("darkness", lambda: terminal.light == 0)

    run(test())
    ((kind, message),) = gateway.received
    status = gateway.states[-1]
    assert (kind, message.payload.uid.hex(), message.record.number) == ("tap", "04a1b2c3d4e580", 1)
    assert (message.record.boot, message.record.nonce) == (status.boot, status.nonce)
    assert (status.board, status.role) == (board, "counter")


def test_a_code_is_a_scan(bench: Bench, gateway: Gateway) -> None:
    async def test() -> None:
        async with bench("esp32_devkit") as terminal:
            await online(terminal, gateway)
            await asyncio.sleep(1)  # the scanner is set up first
            while not gateway.received:
                terminal.show_code(b"SB1:KR7Q-22")
                await asyncio.sleep(0.7)
            await until("pixels", lambda: terminal.pixels() == drawn(HELLO))

    run(test())
    assert gateway.received[0][0] == "scan"
    assert gateway.received[0][1].payload.code == b"SB1:KR7Q-22"


def test_screens_and_time_from_the_gateway(bench: Bench, gateway: Gateway) -> None:
    async def test() -> None:
        async with bench("pico_w") as terminal:
            await online(terminal, gateway)
            gateway.tell("show", Show(1, REST))
            await until("the idle screen", lambda: terminal.pixels() == drawn(REST))
            gateway.tell("time", Time(1800000000000, 1, b"gwrun-01"))
            gateway.tell("show", Show(0, HELLO))
            await until("the screen of now", lambda: terminal.pixels() == drawn(HELLO))
            await until("rest", lambda: terminal.pixels() == drawn(REST))
            await terminal.tap(parse_card("UID=9B3E07C4"))
            await until("a record", lambda: gateway.received)

    run(test())
    record = gateway.received[0][1].record
    assert record.clock == 1 and 0 <= record.unix_ms - 1800000000000 < 60000


def test_a_broker_that_dies_costs_nothing(bench: Bench, gateway: Gateway, broker: Any) -> None:
    async def test() -> None:
        async with bench("esp32_devkit") as terminal:
            await online(terminal, gateway)
            broker.kill()
            await until("the offline picture", lambda: terminal.pixels() == drawn(picture("offline")))
            await terminal.tap(parse_card("UID=9B3E07C4"))
            await until("saved", lambda: terminal.pixels() == drawn(picture("saved")))
            await terminal.tap(parse_card("UID=04A1B2C3D4E580"))
            broker.start()
            await until("both taps", lambda: len(set(gateway.ids())) == 2, 60)
            before = len(gateway.states)
            gateway.tell("time", Time(0, 0, b"gwrun-02"))
            await asyncio.sleep(0.5)  # nothing may be sent again: all is booked
            await terminal.tap(parse_card("UID=04FFEEDDCCBBAA"))
            await until("a third tap", lambda: len(set(gateway.ids())) == 3)
            assert len(gateway.states) >= before

    run(test())
    uids = [message.payload.uid.hex() for _kind, message in gateway.received]
    assert list(dict.fromkeys(uids)) == ["9b3e07c4", "04a1b2c3d4e580", "04ffeeddccbbaa"]
    assert gateway.received[0][1].age_ms > 0


def test_a_silent_gateway_is_asked_again_and_a_new_one_at_once(bench: Bench, gateway: Gateway) -> None:
    async def test() -> None:
        gateway.answers = False
        async with bench("pico_w") as terminal:
            await online(terminal, gateway)
            gateway.tell("time", Time(0, 0, b"gwrun-01"))
            await terminal.tap(parse_card("UID=9B3E07C4"))
            await until("please wait", lambda: terminal.pixels() == drawn(picture("wait")))
            await until("saved", lambda: terminal.pixels() == drawn(picture("saved")))
            await until("a retry", lambda: len(gateway.ids()) >= 2)
            gateway.answers = True
            sent = len(gateway.ids())
            gateway.tell("time", Time(0, 0, b"gwrun-02"))
            await until("at once", lambda: len(gateway.ids()) > sent)
            await asyncio.sleep(3)
            assert len(gateway.ids()) == sent + 1  # booked: never again

    run(test())
    assert len(set(gateway.ids())) == 1
    ages = [message.age_ms for _kind, message in gateway.received]
    assert ages == sorted(ages) and ages[-1] > ages[0]


def test_two_quick_customers_see_their_own_answers(bench: Bench, gateway: Gateway) -> None:
    async def test() -> None:
        gateway.answers = False
        async with bench("esp32_devkit") as terminal:
            await online(terminal, gateway)
            for number, uid in enumerate(("9B3E07C4", "04A1B2C3D4E580")):
                card = parse_card("UID=" + uid)
                terminal.enter(card)
                await until("a record", lambda wanted=number + 1: len(set(gateway.ids())) == wanted)
                terminal.leave(card)
            first, second = dict.fromkeys(gateway.ids())
            gateway.tell("booked", Booked(*first, 1, 1, 1, HELLO))
            await asyncio.sleep(0.3)
            assert terminal.pixels() != drawn(HELLO)
            gateway.tell("booked", Booked(*second, 1, 2, 1, HELLO))
            await until("the second one's", lambda: terminal.pixels() == drawn(HELLO))

    run(test())


def test_a_reader_that_hangs_is_reset_and_reads_on(bench: Bench, gateway: Gateway) -> None:
    async def test() -> None:
        async with bench("esp32_devkit") as terminal:
            await online(terminal, gateway)
            resets = terminal.reader.resets
            terminal.reader.faults.hung = True
            await until("a reset", lambda: terminal.reader.resets > resets)
            await terminal.tap(parse_card("UID=9B3E07C4"), 1500)
            await until("the tap", lambda: gateway.received)
            assert terminal.starts == 1

    run(test())


def test_ticks_that_wrap_change_nothing(bench: Bench, gateway: Gateway) -> None:
    async def test() -> None:
        gateway.answers = False
        async with bench("esp32_devkit", SHOPBELL_TICKS_START=str((1 << 30) - 2500)) as terminal:
            await online(terminal, gateway)
            await terminal.tap(parse_card("UID=9B3E07C4"))
            await until("the tap", lambda: gateway.received)
            await until("its retry, behind the wrap", lambda: len(gateway.ids()) >= 3)
            gateway.answers = True
            await terminal.tap(parse_card("UID=04A1B2C3D4E580"))
            await until("pixels", lambda: terminal.pixels() == drawn(HELLO))

    run(test())
    ages = [message.age_ms for _kind, message in gateway.received]
    assert max(ages) < 60000 and gateway.received[0][1].record.uptime_ms < 60000


def test_nonsense_from_above_is_counted(bench: Bench, gateway: Gateway, broker: Any) -> None:
    async def test() -> None:
        async with bench("esp32_devkit") as terminal:
            await online(terminal, gateway)
            for payload in (b"", b"\xff", bytes(4000), messages.encode("time", Time(0, 0, b"12345678"))[:-1]):
                gateway.tell_bytes("booked", payload)
            gateway.tell_bytes("apdu", b"")  # of the contract, but none that a terminal takes
            await terminal.tap(parse_card("UID=9B3E07C4"))
            await until("pixels", lambda: terminal.pixels() == drawn(HELLO))
            states = len(gateway.states)
            broker.kill()
            broker.start()
            await until(
                "a new status", lambda: len(gateway.states) > states and gateway.states[-1].state == 1
            )

    run(test())
    assert (counter(gateway, "malformed"), counter(gateway, "foreign")) == (4, 1)


def test_a_reader_that_stays_dead_is_said_and_left_to_the_watchdog(bench: Bench, gateway: Gateway) -> None:
    async def kill_reader(terminal: Terminal) -> None:
        while True:
            terminal.reader.faults.hung = True  # also after each reset of the chip
            await asyncio.sleep(0.005)

    async def test() -> None:
        async with bench("pico_w") as terminal:
            await online(terminal, gateway)
            killer = asyncio.create_task(kill_reader(terminal))
            await until("words", lambda: terminal.pixels() == drawn(picture("broken")))
            await until("a status", lambda: counter(gateway, "reader.broken") == 1)
            await until("the watchdog", lambda: terminal.watchdog_bites, 90)
            killer.cancel()
            await until("a new start", lambda: gateway.states[-1].boot == 2)

    run(test())


def test_wifi_that_goes_is_joined_again(bench: Bench, gateway: Gateway, broker: Any, tmp_path: Path) -> None:
    async def test() -> None:
        async with bench("esp32_devkit") as terminal:
            values = settings("esp32_devkit", broker.tls_port)
            values.update(wifi_ssid="shop", wifi_password="sesame")
            (tmp_path / "flash/device.json").write_text(json.dumps(values))
            await online(terminal, gateway)
            terminal.wifi(False)
            broker.kill()
            await until("offline", lambda: terminal.pixels() == drawn(picture("offline")))
            broker.start()
            await terminal.tap(parse_card("UID=9B3E07C4"))
            await asyncio.sleep(2)  # longer than its first two pauses: without Wi-Fi it must not come back
            assert not gateway.received
            terminal.wifi(True)
            await until("the tap", lambda: gateway.received, 60)

    run(test())
    assert gateway.received[0][1].age_ms >= 2000


def sockets_of(pid: int) -> Iterator[socket.socket]:
    """The TCP sockets of another process, to ask them things (pidfd_getfd, Linux 5.6)."""
    process = os.pidfd_open(pid)
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        if os.readlink(entry).startswith("socket:"):
            copy = ctypes.CDLL(None, use_errno=True).syscall(438, process, int(entry.name), 0)
            assert copy >= 0, os.strerror(ctypes.get_errno())
            with socket.socket(fileno=copy) as found:
                yield found
    os.close(process)


@pytest.mark.skipif(sys.platform != "linux", reason="asks another process's socket, as Linux allows")
def test_the_line_to_the_broker_has_no_delay(bench: Bench, gateway: Gateway, broker: Any) -> None:
    async def test() -> None:
        async with bench("esp32_devkit") as terminal:
            await online(terminal, gateway)
            assert terminal.pid is not None
            lines = [
                found.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
                for found in sockets_of(terminal.pid)
                if found.getpeername()[1] == broker.tls_port
            ]
            assert lines == [1]

    run(test())


CRASHING = """
import firmware.core.desk as desk
import firmware.ports.flash as flash
old = desk.Desk.polled
def polled(self, target, now_ms):
    if target is not None and flash.read("crash") is None:
        raise ZeroDivisionError("planted")
    old(self, target, now_ms)
desk.Desk.polled = polled
import main
"""


def test_a_dead_task_leaves_its_trace_and_starts_anew(bench: Bench, gateway: Gateway, tmp_path: Path) -> None:
    async def test() -> None:
        async with bench("esp32_devkit", CRASHING) as terminal:
            await online(terminal, gateway)
            await terminal.tap(parse_card("UID=9B3E07C4"))
            await until("a new start", lambda: gateway.states[-1].boot == 2 and gateway.states[-1].state == 1)
            await terminal.tap(parse_card("UID=9B3E07C4"))
            await until("the tap", lambda: gateway.received)
            assert terminal.starts == 2

    run(test())
    assert counter(gateway, "crashes") == 1
    trace = (tmp_path / "flash/crash").read_text()
    assert trace.startswith("1\nboot 1\n") and "ZeroDivisionError: planted" in trace and "cards" in trace


def test_a_device_without_certificates_says_so_and_stops(bench: Bench, tmp_path: Path) -> None:
    async def test() -> None:
        async with bench("esp32_devkit") as terminal:
            (tmp_path / "flash/cert.der").unlink()
            await terminal.power_on()
            await until("the end", lambda: terminal.state == "stopped")
            assert any("cert.der is missing: provision this device" in line for line in terminal.output)
            assert terminal.watchdog_bites == 0

    run(test())


@pytest.mark.long
@pytest.mark.parametrize("board", BOARDS)
def test_the_heap_holds_over_many_taps(
    bench: Bench, gateway: Gateway, board: str, record_property: Callable[[str, object], None]
) -> None:
    waits: list[float] = []

    async def test() -> None:
        async with bench(board) as terminal:
            await online(terminal, gateway)
            for number in range(TAPS):
                card = parse_card(f"UID=04{number:012X}")
                entered = time.monotonic()
                terminal.enter(card)
                await until("the tap", lambda wanted=number + 1: len(set(gateway.ids())) == wanted)
                waits.append(gateway.times[-1] - entered)
                terminal.leave(card)
            before = len(gateway.states)
            await until("a last status", lambda: len(gateway.states) > before, 70)
            assert (terminal.starts, terminal.watchdog_bites) == (1, 0)

    run(test())
    waits.sort()
    figures = {
        "heap_free_min_bytes": counter(gateway, "heap.free_min"),
        "outbox_peak": counter(gateway, "outbox.peak"),
        "resends": counter(gateway, "outbox.resends"),
        "tap_to_message_ms_p50": round(waits[len(waits) // 2] * 1000),
        "tap_to_message_ms_p99": round(waits[len(waits) * 99 // 100] * 1000),
    }
    for name, value in figures.items():
        record_property(f"{board}_{name}", value)
    print(board, figures)
    assert len(set(gateway.ids())) == TAPS and counter(gateway, "taps") == TAPS
    assert counter(gateway, "outbox.now") == 0
    assert figures["heap_free_min_bytes"] > 4096
