"""Terminals with keypads for tests: what the gateway sends them, and answers typed by a script."""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from typing import Any

from firmware.protocol import messages, topics
from firmware.protocol.messages import ENDED_DIGITS, Command, Pin, Show
from gateway.counters import Counters
from gateway.keypads import Keypads
from gateway.live import Live
from gateway.ports import Outbound

WAIT_S = 5.0


class Terminals:
    """Every message sent down, decoded by the contract's own codec; `types` answers each question with the
    next of these digits, None for the clear key, and is silent when they are used up."""

    def __init__(self, *types: str | None, wait_s: float = WAIT_S) -> None:
        self.counters = Counters()
        self.live = Live("g1", self.counters)
        self.keypads = Keypads(self.live, self.counters, self.send, wait_s)
        self.types = list(types)
        self.asked: list[tuple[str, Command]] = []
        self.shown: list[tuple[str, Show]] = []
        for device in ("counter-1", "kiosk-1"):
            self.turn(device, "online")

    def turn(self, device: str, state: str) -> None:
        """A device goes on or off."""
        role = device.rpartition("-")[0]
        self.live.set_device(device, {"device": device, "state": state, "role": role})

    def send(self, sent: Iterable[Outbound]) -> None:
        """As a link publishes."""
        for topic, payload in sent:
            device, _, kind = topics.parse(topic)
            message = messages.decode(kind, payload)
            if kind == "show":
                self.shown.append((device, message))
                continue
            assert kind == "command"
            self.asked.append((device, message))
            if message.ask != messages.ASK_NOTHING and self.types:
                digits = self.types.pop(0)
                ended = messages.ENDED_CLEARED if digits is None else ENDED_DIGITS
                self.answer(device, Pin(message.session, ended, digits or ""))

    def answer(self, device: str, pin: Pin) -> None:
        """Soon, as messages come."""
        asyncio.get_running_loop().call_soon(self.keypads.heard, device, pin)

    def kinds(self) -> list[int]:
        """What was asked, in order."""
        return [command.ask for _, command in self.asked]


def run(work: Awaitable[Any]) -> Any:
    """What it gives, within a bound."""

    async def bounded() -> Any:
        return await asyncio.wait_for(work, WAIT_S * 2)

    return asyncio.run(bounded())


async def turns(count: int = 20) -> None:
    """Let everything that is ready happen."""
    for _ in range(count):
        await asyncio.sleep(0)


def screens_of(shown: Sequence[tuple[str, Show]]) -> list[messages.Screen]:
    """What was shown, in order."""
    return [show.screen for _, show in shown]
