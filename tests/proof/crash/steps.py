"""The steps of a crash run: batches of taps and statuses, and what a gateway does between batches."""

import random

from gateway.ports import Inbound
from gateway.storage.opening import checkpoint
from tests.gateway.rig import LIN, LIN_CODE, MIA, STRANGER, WANG, ZHAO, House
from tests.proof.crash.recording import Answers, Script, Step

DEVICES = ("counter-1", "till-1", "entrance-1")
CARDS = (LIN, MIA, WANG, ZHAO, STRANGER)
BATCH_MAX = 4
SHORT_SEED, SHORT_TRANSACTIONS = 3, 8
STATUS_EVERY_MS = 11_000  # one state of a device may be booked in ten seconds


class Serve:
    """A batch of messages; its answers are the `booked` payloads."""

    transaction = True

    def __init__(self, batch: tuple[Inbound, ...]) -> None:
        self.batch = batch

    def send(self, house: House) -> Answers:
        sent = house.desk.serve(self.batch)
        return tuple(answer.payload for answer in sent if answer.topic.endswith("/booked"))

    def again(self) -> "Serve":
        """The same, without what is no record: an old status sent late would be another happening."""
        return Serve(tuple(inbound for inbound in self.batch if not inbound.topic.endswith("/status")))

    def complete(self, answers: Answers) -> bool:
        return len(answers) == len(self.again().batch)

    def promise(self, answers: Answers) -> Answers:
        return answers


class Between:
    """What nobody waits for."""

    transaction = False

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
        house.reopen()
        return ()


def taps(house: House, chance: random.Random) -> Serve:
    """One to four cards and codes at the terminals; now and then a terminal says that it came or went."""
    batch = [_shown(house, chance) for _ in range(chance.randint(1, BATCH_MAX))]
    if chance.randrange(6) == 0:
        house.steady_ms += STATUS_EVERY_MS
        batch.append(
            house.status(chance.randrange(2), boot=chance.randint(1, 3), device=chance.choice(DEVICES))
        )
    return Serve(tuple(batch))


def _shown(house: House, chance: random.Random) -> Inbound:
    device = chance.choice(DEVICES)
    if chance.randrange(5) == 0:
        return house.scan(LIN_CODE, device)
    return house.tap(chance.choice(CARDS), device=device)


def script(house: House, seed: int, transactions: int) -> Script:
    """So many transactions of this seed, a checkpoint every dozen and a restart every fifty."""
    chance = random.Random(seed)
    for number in range(1, transactions + 1):
        yield taps(house, chance)
        yield from housekeeping(number)


def short_script(house: House) -> Script:
    """A few transactions of every sort, with a checkpoint and a restart among them."""
    chance = random.Random(SHORT_SEED)
    for number in range(1, SHORT_TRANSACTIONS + 1):
        yield taps(house, chance)
        yield from housekeeping(number, 3, 5)


def housekeeping(number: int, checkpoint_every: int = 12, restart_every: int = 50) -> Script:
    """What comes between two transactions."""
    between: tuple[tuple[int, Step], ...] = ((checkpoint_every, Checkpoint()), (restart_every, Restart()))
    for every, step in between:
        if number % every == 0:
            yield step
