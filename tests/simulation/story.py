"""A story: what a seed lets happen, as a list of operations that can be played again, and in part.

An operation carries its own number to draw from, so that it means the same when others are left out: that
is what lets a failing story be shortened. The plan (how many gateways, their zones and rules) belongs to the
seed and stays.
"""

import random
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

# How often an operation is drawn, by its name in tests/simulation/deeds.
WEIGHTS: dict[str, int] = {
    # At the counter.
    "tap": 4,
    "show_code": 4,
    "status": 1,
    "enrol": 2,
    "link": 2,
    "change_instrument": 2,
    "consent": 1,
    "forget": 2,
    "come_in": 4,
    "pay_in": 2,
    "earn": 6,
    "issue_coupon": 5,
    "redeem": 12,
    "spend_points": 8,
    "hold": 6,
    "release": 6,
    "reverse": 8,
    "sell": 10,
    "bring_back": 8,
    "ask_again": 5,
    "other_act_same_key": 1,
    # In the air.
    "deliver_up": 6,
    "deliver_down": 6,
    "lose_letters": 1,
    "repeat_letters": 2,
    "cut_off": 3,
    "mend_line": 3,
    # In the store.
    "tick": 6,
    "kill": 2,
    "power_cut": 1,
    "kill_before_commit": 1,
    "kill_after_commit": 2,
    "disk_full": 1,
    "ghost_commit": 1,
    "take_image": 2,
    "restore_image": 2,
    "jump_clock": 1,
    "set_clock_right": 2,
    # Between store and HQ.
    "forward": 8,
    "pull": 10,
    "ask_rights": 6,
    "report": 2,
    "new_generation": 1,
    "lose_cache": 1,
    "old_cache": 1,
    # At HQ.
    "hq_issue": 4,
    "hq_grant": 8,
    "hq_recall": 4,
    "hq_merge": 1,
    "hq_write_off": 1,
    "hq_expire": 1,
    # Time.
    "pass_minutes": 4,
    "pass_days": 2,
}
PICK_BITS = 64


class Operation(NamedTuple):
    """One thing that happens; `number` is its place in its seed's whole story."""

    number: int
    name: str
    pick: int

    def chance(self) -> random.Random:
        """What this operation draws from, the same however often it is played."""
        return random.Random(self.pick)


Story = tuple[Operation, ...]


def write_story(seed: int, operations: int) -> Story:
    """The story of a seed: its first operations, so that a longer one begins like a shorter one."""
    chance = random.Random(f"story {seed}")
    names, weights = tuple(WEIGHTS), tuple(accumulate(WEIGHTS.values()))
    return tuple(
        Operation(number, chance.choices(names, cum_weights=weights)[0], chance.getrandbits(PICK_BITS))
        for number in range(operations)
    )


def keep(story: Story, numbers: Iterable[int]) -> Story:
    """The part of a story with these numbers."""
    wanted = set(numbers)
    return tuple(operation for operation in story if operation.number in wanted)
