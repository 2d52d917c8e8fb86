"""Questions on terminals' keypads, in the live lane: one at a time on each, answered once or not at all.

A question is a `command` with a session of eight random bytes, its answer a `pin` with the same. Nothing of
either is kept: digits go from the message to whoever asked. An answer to another question is counted and
dropped; whoever asks is answered within ANSWER_S, however silent a terminal is.
"""

import asyncio
import os
from collections.abc import Callable, Iterable
from typing import NamedTuple

from firmware.protocol import cbor, messages, topics
from firmware.protocol.messages import ASK_NOTHING, ENDED_DIGITS, Pin
from gateway.counters import Counters
from gateway.live import Live
from gateway.ports import Outbound

SESSION_BYTES = 8
SECONDS = 30  # without a key, then the terminal gives up
ANSWER_S = 90.0  # eight digits typed as slowly as a question allows, and some more
NOTHING = cbor.encode((0, 0, messages.TONE_NONE, ()))

Send = Callable[[Iterable[Outbound]], None]


class Question(NamedTuple):
    """What a terminal is being asked, and where the answer is waited for."""

    session: bytes
    answer: "asyncio.Future[Pin | None]"


class Keypads:
    """The questions of one gateway; `send` publishes, dropping what no broker takes."""

    def __init__(self, live: Live, counters: Counters, send: Send, wait_s: float = ANSWER_S) -> None:
        self._live = live
        self._counters = counters
        self._send = send
        self._wait_s = wait_s
        self._open: dict[str, Question] = {}

    async def ask(self, device: str, kind: int, screen: bytes, seconds: int = SECONDS) -> str | None:
        """The digits that were typed for a PIN or a choice; None where nobody, or no keypad, answered, and
        where another question took the place of this one."""
        if not self._online(device):
            self._counters.add("keypads.offline")
            return None
        self._close(device)
        question = Question(os.urandom(SESSION_BYTES), asyncio.get_running_loop().create_future())
        self._open[device] = question
        self._send([command(device, question.session, kind, seconds, screen)])
        try:
            pin = await asyncio.wait_for(question.answer, self._wait_s)
        except TimeoutError:
            self._counters.add("keypads.silent")
            pin = None
        finally:
            if self._open.get(device) is question:
                del self._open[device]
                if not question.answer.done() or question.answer.cancelled():
                    self._send([command(device, question.session, ASK_NOTHING, 0, NOTHING)])
        if pin is None or pin.ended != ENDED_DIGITS:
            return None
        self._counters.add("keypads.answered")
        return str(pin.digits)

    def heard(self, device: str, pin: Pin) -> None:
        """An answer came in; nothing happens where it is to no question that is open."""
        question = self._open.get(device)
        if question is None or question.session != pin.session or question.answer.done():
            self._counters.add("keypads.stray")
            return
        question.answer.set_result(pin)

    def lost(self, device: str) -> None:
        """The terminal went offline: its question went with it."""
        self._close(device)

    def _close(self, device: str) -> None:
        question = self._open.pop(device, None)
        if question is not None and not question.answer.done():
            self._counters.add("keypads.unanswered")
            question.answer.set_result(None)

    def _online(self, device: str) -> bool:
        view = self._live.devices.get(device)
        return view is not None and view["state"] == "online"


def command(device: str, session: bytes, kind: int, seconds: int, screen: bytes) -> Outbound:
    """The message around an encoded screen: byte for byte messages.encode()."""
    head = b"\x85\x01\x48" + session + cbor.head(0, kind) + cbor.head(0, seconds)
    return Outbound(topics.down(device, "command"), head + screen)


def show(device: str, screen: bytes) -> Outbound:
    """An encoded screen to be shown now."""
    return Outbound(topics.down(device, "show"), b"\x83\x01" + cbor.head(0, messages.SLOT_NOW) + screen)
