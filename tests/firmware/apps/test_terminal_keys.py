"""Questions on a whole terminal: the keypad at the bytes of its wire, over real mosquitto, to the gateway."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firmware.core.face import picture
from firmware.protocol import messages
from firmware.protocol.messages import (
    ASK_CHOICE,
    ASK_PIN,
    ENDED_CLEARED,
    ENDED_DIGITS,
    ENDED_NO_KEYPAD,
    ENDED_TIMEOUT,
    Command,
    Pin,
    Screen,
    Show,
    Strip,
)
from hardware_tests.virtual.chips.cards import parse_card
from hardware_tests.virtual.terminal import Terminal
from tests.firmware.apps.terminal_bench import HELLO, Gateway, counter, drawn, online, run, until

ONE = b"session1"
PROMPT = Screen(0, 0x2060FF, 3, (Strip(0, 0, 128, 32, b"\x3c" * 512),))
REFUSAL = Screen(messages.HOLD_STAYS, 0xC00000, 2, (Strip(0, 0, 128, 64, b"\x18" * 1024),))
DIGITS = "48210735"
READS_DOWN = 25  # five to a poll while a key is down; two polls must agree, and its contact may bounce in two
READS_UP = 8  # one to a poll while none is down, five where it bounces

Bench = Callable[..., Any]

pytestmark = pytest.mark.system


async def asked(terminal: Terminal, gateway: Gateway, ask: int = ASK_PIN) -> None:
    """The terminal shows the question, and listens."""
    gateway.tell("command", Command(ONE, ask, 60, PROMPT))
    await until("the question", lambda: terminal.pixels() == drawn(PROMPT))
    await looked(terminal, 3)


async def looked(terminal: Terminal, times: int) -> None:
    """The terminal reads its keypad so many times: however slow it is, it has seen what is down now."""
    reads = terminal.keypad.reads
    await until("its keys", lambda: terminal.keypad.reads >= reads + times)


async def typed(terminal: Terminal, keys: str) -> None:
    """Press keys that end nothing, each until it was seen and until it was seen to be up."""
    for key in keys:
        terminal.keypad.press(key)
        await looked(terminal, READS_DOWN)
        terminal.keypad.release(key)
        await looked(terminal, READS_UP)


async def held(terminal: Terminal, key: str, what: str, happened: Callable[[], Any]) -> None:
    """Press a key that ends something, until it has."""
    terminal.keypad.press(key)
    await until(what, happened)
    terminal.keypad.release(key)


def dots(terminal: Terminal) -> int:
    """How many pixels shine in the rows of the dots."""
    return sum(byte.bit_count() for byte in terminal.pixels()[6 * 128 :])


@pytest.mark.parametrize("board", ["esp32_devkit", "pico_w"])
def test_a_pin_goes_from_the_keys_to_the_gateway_and_nowhere_else(
    bench: Bench, gateway: Gateway, board: str, tmp_path: Path
) -> None:
    async def test() -> None:
        async with bench(board) as terminal:
            await online(terminal, gateway)
            await asked(terminal, gateway)
            await typed(terminal, DIGITS)
            await until("eight dots of 52 pixels", lambda: dots(terminal) == 8 * 52)
            await held(terminal, "#", "the digits", lambda: gateway.pins)
            await until("please wait", lambda: terminal.pixels() == drawn(picture("wait")))
            gateway.tell("show", Show(0, HELLO))
            await until("what comes of it", lambda: terminal.pixels() == drawn(HELLO))
            assert not [line for line in terminal.output if DIGITS in line]

    run(test())
    assert gateway.pins == [Pin(ONE, ENDED_DIGITS, DIGITS)]
    assert gateway.received == []
    for file in (tmp_path / "flash").rglob("*"):
        assert not file.is_file() or DIGITS.encode() not in file.read_bytes(), file
    assert DIGITS not in (tmp_path / "terminal.log").read_text()


def test_clear_time_and_another_card_end_a_question_without_digits(bench: Bench, gateway: Gateway) -> None:
    async def test() -> None:
        async with bench("esp32_devkit") as terminal:
            await online(terminal, gateway)
            await asked(terminal, gateway)
            await typed(terminal, "12*")
            await held(terminal, "*", "cleared", lambda: len(gateway.pins) == 1)
            gateway.tell("command", Command(ONE, ASK_PIN, 1, PROMPT))
            await until("the end of time", lambda: len(gateway.pins) == 2)
            await asked(terminal, gateway)
            await typed(terminal, "12")
            await terminal.tap(parse_card("UID=9B3E07C4"))
            await until("the other card's greeting", lambda: terminal.pixels() == drawn(HELLO))
            await until("all ends", lambda: len(gateway.pins) == 3)

    run(test())
    assert [pin.ended for pin in gateway.pins] == [ENDED_CLEARED, ENDED_TIMEOUT, ENDED_CLEARED]
    assert not any(pin.digits for pin in gateway.pins)


def test_a_terminal_without_a_keypad_says_so_at_once(bench: Bench, gateway: Gateway) -> None:
    async def test() -> None:
        async with bench("pico_w") as terminal:
            terminal.keypad.fitted = False
            await online(terminal, gateway)
            gateway.tell("command", Command(ONE, ASK_PIN, 30, PROMPT))
            await until("the answer", lambda: gateway.pins)
            await terminal.tap(parse_card("UID=9B3E07C4"))
            await until("a terminal as any other", lambda: terminal.pixels() == drawn(HELLO))

    run(test())
    assert gateway.pins == [Pin(ONE, ENDED_NO_KEYPAD, "")]


def test_a_choice_is_one_key_and_a_key_ends_a_refusal(bench: Bench, gateway: Gateway) -> None:
    async def test() -> None:
        async with bench("esp32_devkit") as terminal:
            await online(terminal, gateway)
            await asked(terminal, gateway, ASK_CHOICE)
            await held(terminal, "2", "the choice", lambda: gateway.pins)
            gateway.tell("show", Show(0, REFUSAL))
            await until("the refusal", lambda: terminal.pixels() == drawn(REFUSAL))
            await asyncio.sleep(1.2)  # longer than the face's own beat: nothing but a key ends it
            assert terminal.pixels() == drawn(REFUSAL)
            reads = terminal.keypad.reads
            await until("its keys", lambda: terminal.keypad.reads > reads + 2)
            await held(terminal, "C", "rest", lambda: terminal.pixels() == drawn(picture("ready")))

    run(test())
    assert gateway.pins == [Pin(ONE, ENDED_DIGITS, "2")]


def test_digits_end_with_the_link(bench: Bench, gateway: Gateway, broker: Any) -> None:
    async def test() -> None:
        async with bench("esp32_devkit") as terminal:
            await online(terminal, gateway)
            await asked(terminal, gateway)
            await typed(terminal, "4821")
            states = len(gateway.states)
            broker.kill()
            await until("the question is gone", lambda: terminal.pixels() == drawn(picture("offline")))
            await terminal.press("0735#")
            broker.start()
            await until("a new status", lambda: len(gateway.states) > states and gateway.states[-1].state)
            await until("rest", lambda: terminal.pixels() == drawn(picture("ready")))

    run(test())
    assert gateway.pins == []
    assert counter(gateway, "keypad.faults") == 0
