"""The steps of a crash run: batches of messages, batches of acts, and what a gateway does between batches."""

import json
from collections.abc import Sequence

from gateway.acting import Refused, Request, Verdict
from gateway.core.event import canonical
from gateway.core.promises import Post
from gateway.ports import Inbound
from gateway.storage.opening import checkpoint
from tests.gateway.rig import House
from tests.proof.crash.recording import Answers
from tests.proof.crash.shop import start

DAY_MS = 86_400_000
REFUSED = b"refused: "
PROMISED = ("seq", "type", "key", "outcome")


class Serve:
    """A batch of messages; its answers are the `booked` payloads."""

    transaction = True

    def __init__(self, batch: Sequence[Inbound]) -> None:
        self.batch = tuple(batch)
        self.name = "messages"

    def send(self, house: House) -> Answers:
        sent = house.desk.serve(self.batch)
        return tuple(answer.payload for answer in sent if answer.topic.endswith("/booked"))

    def again(self) -> "Serve":
        """The same, without what is no record: an old status sent late would be another happening."""
        return Serve([inbound for inbound in self.batch if not inbound.topic.endswith("/status")])

    def complete(self, answers: Answers) -> bool:
        return len(answers) == len(self.again().batch)

    def promise(self, answers: Answers) -> Answers:
        return answers


class Act:
    """A batch of acts; an answer is the event that was booked for it."""

    transaction = True

    def __init__(self, requests: Sequence[Request]) -> None:
        self.requests = tuple(requests)
        self.name = " and ".join(map(_name, self.requests))

    def send(self, house: House) -> Answers:
        return tuple(_answer(verdict) for verdict in house.desk.act(self.requests))

    def again(self) -> "Act":
        return self

    def complete(self, answers: Answers) -> bool:
        return len(answers) == len(self.requests) and not any(each.startswith(REFUSED) for each in answers)

    def promise(self, answers: Answers) -> object:
        """Place, key and outcome of each; of lots that are as good as each other another may be taken."""
        return [tuple(json.loads(answer).get(name) for name in PROMISED) for answer in answers]


class Between:
    """What nobody waits for."""

    transaction = False
    name = "between"

    def send(self, house: House) -> Answers:
        return ()

    def again(self) -> "Between":
        return self

    def complete(self, answers: Answers) -> bool:
        return True

    def promise(self, answers: Answers) -> Answers:
        return answers


class Checkpoint(Between):
    """What an idle gateway does every thirty beats."""

    def send(self, house: House) -> Answers:
        checkpoint(house.ledger_path)
        return ()


class Restart(Between):
    """An end as asked for, and the next start."""

    def send(self, house: House) -> Answers:
        house.closing.close()
        start(house)
        return ()


class NextDay(Between):
    """Midnight, and the beat after it: lots end, holds time out, what HQ wants back goes back."""

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms

    def send(self, house: House) -> Answers:
        house.now_ms = self._now_ms
        house.desk.tick()
        return ()


def _name(request: Request) -> str:
    parts = len(request.act.parts) if isinstance(request.act, Post) else 1
    return request.type if parts == 1 else f"{request.type} of {parts}"


def _answer(verdict: Verdict | Refused) -> bytes:
    return REFUSED + verdict.code.encode() if isinstance(verdict, Refused) else canonical(verdict.event)
