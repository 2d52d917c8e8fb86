"""A disk that is really full: a small tmpfs, filled to the last byte under a gateway's feet."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from gateway.core import model
from gateway.core.promises import POINTS, Credit, Post, Spend, Terms
from gateway.ports import Inbound
from gateway.storage.ballast import MIB, Ballast
from gateway.storage.verify import verify_chain
from tests.gateway.rig import LIN, House, booked_of

MEMBER = "member:m-1"
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MiB."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m,mode=0700", "shopbell-test", str(tmp_path)]
    subprocess.run(mount, check=True, timeout=10)
    try:
        yield tmp_path
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True, timeout=10)


def fill(folder: Path) -> Path:
    """A file that takes every byte left."""
    path = folder / "videos"
    with open(path, "wb") as file:
        try:
            while True:
                file.write(bytes(64 * 1024))
        except OSError:
            return path


def test_what_is_due_is_booked_and_nothing_new_is_promised(small: Path) -> None:
    with ExitStack() as closing:
        house = House(small, closing)
        house.seed()
        house.open()
        ballast = Ballast(house.data, 4 * MIB, 2 * MIB, house.counters)
        ballast.look()
        house.act(model.GRANT_REQUESTED, Post((Credit(50, MEMBER, Terms(), POINTS),)))
        seq = house.ledger.seq
        videos = fill(small)
        lost = until_refused(house)
        assert "ledger_refuses" in house.live.sync["alarms"]
        assert ballast.let_go()
        house.room = not ballast.low()
        assert booked_of(house.desk.serve([lost]))  # the device sends it again
        house.act(model.GRANT_REQUESTED, Post((Credit(5, MEMBER, Terms(), POINTS),)))
        assert house.refusal(model.TRANSFER_POSTED, spend()) == "disk_low"
        assert "ledger_refuses" not in house.live.sync["alarms"]
        videos.unlink()
        ballast.look()
        house.room = not ballast.low()
        house.act(model.TRANSFER_POSTED, spend())
        assert house.ledger.seq == seq + 3
        found = verify_chain(house.ledger._db)
        assert (found.seq, found.bad_seq) == (house.ledger.seq, None)


def until_refused(house: House) -> Inbound:
    """Taps until the disk takes no more; the one that was answered with silence."""
    for _ in range(20_000):
        tap = house.tap(LIN)
        if not house.desk.serve([tap]):
            return tap
    raise AssertionError("the disk never filled")


def spend() -> Post:
    return Post((Spend(1, MEMBER, POINTS),))
