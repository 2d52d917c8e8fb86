"""Questions on keypads: one at a time, answered once, by the terminal that was asked, or not at all."""

import asyncio

from firmware.protocol import messages
from firmware.protocol.messages import ASK_NOTHING, ASK_PIN, ENDED_DIGITS, ENDED_NO_KEYPAD, Command, Pin
from gateway import keypads
from gateway.adapters.pixels import NOTHING
from gateway.keypads import command, show
from tests.gateway.lanes import Terminals, run, turns
from tests.gateway.rig import screens

SCREEN = NOTHING


def test_digits_come_from_the_terminal_that_was_asked() -> None:
    terminals = Terminals("4821")
    assert run(terminals.keypads.ask("counter-1", ASK_PIN, SCREEN)) == "4821"
    ((device, asked),) = terminals.asked
    assert (device, asked.ask, asked.seconds, len(asked.session)) == ("counter-1", ASK_PIN, 30, 8)
    assert terminals.counters.get("keypads.answered") == 1


def test_who_clears_or_has_no_keypad_gives_no_digits() -> None:
    assert run(Terminals(None).keypads.ask("counter-1", ASK_PIN, SCREEN)) is None

    async def without() -> str | None:
        terminals = Terminals()
        asking = asyncio.ensure_future(terminals.keypads.ask("counter-1", ASK_PIN, SCREEN))
        await turns()
        terminals.answer("counter-1", Pin(terminals.asked[0][1].session, ENDED_NO_KEYPAD, ""))
        return await asking

    assert run(without()) is None


def test_a_terminal_that_is_away_is_not_asked() -> None:
    terminals = Terminals()
    terminals.turn("counter-1", "offline")
    for device in ("counter-1", "nobody-1"):
        assert run(terminals.keypads.ask(device, ASK_PIN, SCREEN)) is None
    assert terminals.asked == []
    assert terminals.counters.get("keypads.offline") == 2


def test_answers_of_another_session_or_device_are_dropped() -> None:
    async def stray() -> tuple[str | None, int]:
        terminals = Terminals()
        asking = asyncio.ensure_future(terminals.keypads.ask("counter-1", ASK_PIN, SCREEN))
        await turns()
        session = terminals.asked[0][1].session
        terminals.keypads.heard("counter-1", Pin(bytes(8), ENDED_DIGITS, "1111"))
        terminals.keypads.heard("kiosk-1", Pin(session, ENDED_DIGITS, "2222"))
        terminals.keypads.heard("counter-1", Pin(session, ENDED_DIGITS, "3333"))
        terminals.keypads.heard("counter-1", Pin(session, ENDED_DIGITS, "4444"))
        digits = await asking
        terminals.keypads.heard("counter-1", Pin(session, ENDED_DIGITS, "5555"))
        return digits, terminals.counters.get("keypads.stray")

    assert run(stray()) == ("3333", 4)


def test_another_question_ends_the_first_without_an_answer() -> None:
    async def two() -> tuple[list[str | None], list[bytes]]:
        terminals = Terminals()
        first = asyncio.ensure_future(terminals.keypads.ask("counter-1", ASK_PIN, SCREEN))
        await turns()
        second = asyncio.ensure_future(terminals.keypads.ask("counter-1", ASK_PIN, SCREEN))
        await turns()
        terminals.answer("counter-1", Pin(terminals.asked[1][1].session, ENDED_DIGITS, "22"))
        return list(await asyncio.gather(first, second)), [asked.session for _, asked in terminals.asked]

    answers, sessions = run(two())
    assert answers == [None, "22"]
    assert len(sessions) == len(set(sessions)) == 2, "the terminal ends the first by itself"


def test_a_terminal_that_stays_silent_or_goes_is_not_waited_for() -> None:
    terminals = Terminals(wait_s=0.01)
    assert run(terminals.keypads.ask("counter-1", ASK_PIN, SCREEN)) is None
    assert terminals.kinds() == [ASK_PIN, ASK_NOTHING]
    assert terminals.counters.get("keypads.silent") == 1

    async def goes() -> str | None:
        asking = asyncio.ensure_future(terminals.keypads.ask("counter-1", ASK_PIN, SCREEN))
        await turns()
        terminals.keypads.lost("counter-1")
        return await asking

    assert run(goes()) is None
    assert terminals.counters.get("keypads.unanswered") == 1


def test_whoever_stops_asking_ends_the_question_on_the_terminal() -> None:
    async def stops() -> list[int]:
        terminals = Terminals()
        asking = asyncio.ensure_future(terminals.keypads.ask("counter-1", ASK_PIN, SCREEN))
        await turns()
        asking.cancel()
        await turns()
        return terminals.kinds()

    assert run(stops()) == [ASK_PIN, ASK_NOTHING]


def test_messages_are_spliced_as_the_codec_would_encode_them() -> None:
    encoded = screens().listing(["林** 券3", "1 满500减50"])
    sent = command("counter-1", b"session1", ASK_PIN, keypads.SECONDS, encoded)
    asked = messages.decode("command", sent.payload)
    assert asked == Command(b"session1", ASK_PIN, 30, asked.screen)
    assert messages.encode("command", asked) == sent.payload
    shown = show("counter-1", encoded)
    assert messages.encode("show", messages.decode("show", shown.payload)) == shown.payload
    assert (sent.topic, shown.topic) == ("sb/v1/counter-1/down/command", "sb/v1/counter-1/down/show")
