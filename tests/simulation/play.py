"""Plays a story from its first operation to its end, and says what happened; or where it went wrong."""

import os
import shutil
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from gateway.core.evidence import NFC_UID, QR_STATIC, evidence_key
from gateway.core.promises import Credit, Terms
from gateway.core.rotating import member_code
from tests.simulation.cache_file import BRAND_KEY
from tests.simulation.deeds_world import DEEDS
from tests.simulation.ending import judge_end, mend
from tests.simulation.judge import Judge
from tests.simulation.plan import FACE, MEMBERS, RISKY, make_plan
from tests.simulation.shop import drawing_from
from tests.simulation.story import Operation, Story
from tests.simulation.verdict import Violation
from tests.simulation.world import World

MEMORY = Path("/dev/shm")  # files in memory where the machine has that: nothing here is about fsync
STEP_MS_MAX = 60_000
SETTING_OUT = Operation(-1, "setting out", 1)
ENDING = Operation(-2, "ending", 2)

Planted = Callable[[], AbstractContextManager[object]]


class Report(NamedTuple):
    """What a story came to; `failure` is None where every invariant held."""

    seed: int
    operations: int
    events: int
    faults: Counter[str]
    outcomes: Counter[str]
    checks: Counter[int]
    digest: str = ""  # of all logs at the end: equal for equal stories
    failure: Violation | None = None
    at: Operation | None = None


def play(seed: int, story: Story, planted: Planted = nullcontext) -> Report:
    """The report of a story, played with a planted bug or none."""
    folder = Path(tempfile.mkdtemp(prefix="shopbell-", dir=MEMORY if MEMORY.is_dir() else None))
    player = _Player(seed)
    try:
        with planted():
            return player.play(story, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Player:
    """One play of one story."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._now = SETTING_OUT
        self._played = 0

    def play(self, story: Story, folder: Path) -> Report:
        world = judge = None
        failure = None
        try:
            with drawing_from(self._draw):
                world = World(make_plan(self._seed), folder)
                judge = Judge(world)
                self._play_all(world, judge, story)
        except Violation as violation:
            failure = violation
        except Exception:  # noqa: BLE001 - whatever our code raises is a finding with a seed
            failure = Violation(0, traceback.format_exc(limit=-6))
        finally:
            if world is not None:
                world.close()
        return self._report(world, judge, failure)

    def _play_all(self, world: World, judge: Judge, story: Story) -> None:
        self._begin(SETTING_OUT)
        _set_out(world)
        for operation in story:
            self._begin(operation)
            chance = operation.chance()
            world.now_ms += chance.randrange(STEP_MS_MAX)
            DEEDS[operation.name](world, operation, chance)
            judge.look()
            self._played += 1
        self._begin(ENDING)
        mend(world, judge, ENDING.chance())
        judge_end(world)
        judge.checks.update((6, 8, 13, 14))

    def _begin(self, operation: Operation) -> None:
        """From now on all random bytes come from this operation."""
        self._now = operation
        self._bytes = operation.chance()

    def _draw(self, count: int) -> bytes:
        return self._bytes.randbytes(count)

    def _report(self, world: World | None, judge: Judge | None, failure: Violation | None) -> Report:
        if world is None or judge is None:
            return Report(self._seed, 0, 0, Counter(), Counter(), Counter(), "", failure, self._now)
        events = len(world.truth.committed) + len(world.hq.log.events)
        at = self._now if failure else None
        counts = (world.faults, world.outcomes, judge.checks)
        return Report(self._seed, self._played, events, *counts, _digest(world), failure, at)


def _digest(world: World) -> str:
    tips = [*(chain.tip for chain in world.chains.values()), world.hq.log.state.digest()]
    return sha256("".join(tips).encode()).hexdigest()


def _set_out(world: World) -> None:
    """Members with a card each, some points and coupons, and every gateway in touch with HQ once."""
    for number, member in enumerate(MEMBERS):
        code = member_code(BRAND_KEY, member).encode()
        world.hq.enrol(member, evidence(NFC_UID, world.cards[number]), evidence(QR_STATIC, code))
        world.hq.issue(Credit(120, f"member:{member}", Terms(), "PTS"), f"{number:015x}a.0")
        coupon = world.hq.issue(
            Credit(1, f"member:{member}", Terms("C0", None, FACE), RISKY), f"{number:015x}b.0"
        )
        world.coupons[coupon] = None
    for name, bridge in world.bridges.items():
        while bridge.pull(None):
            pass
        world.shops[name].tick()


def evidence(kind: str, value: bytes) -> str:
    """The evidence key of a card or a code, in hex."""
    return evidence_key(BRAND_KEY, kind, value).hex()


def processors() -> int:
    """How many stories may be played side by side."""
    return os.cpu_count() or 1
