"""The ballast: laid when there is room, let go when there is none, and the mark that refuses new promises."""

import os
from pathlib import Path

import pytest

from gateway.counters import Counters
from gateway.storage.ballast import BALLAST_FILE, MIB, Ballast


class Disk:
    """A disk of so many free bytes, beside what the ballast really takes."""

    def __init__(self, folder: Path, room: int) -> None:
        self.folder = folder
        self.room = room

    def free(self, _: Path) -> int:
        file = self.folder / BALLAST_FILE
        return self.room - (file.stat().st_blocks * 512 if file.exists() else 0)


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path, 10 * MIB)


def made(disk: Disk, counters: Counters | None = None) -> Ballast:
    return Ballast(disk.folder, 2 * MIB, 3 * MIB, counters or Counters(), disk.free)


def test_it_is_really_allocated(disk: Disk) -> None:
    made(disk).look()
    found = (disk.folder / BALLAST_FILE).stat()
    assert found.st_size == 2 * MIB and found.st_blocks * 512 >= 2 * MIB


def test_below_the_mark_nothing_new_is_promised(disk: Disk) -> None:
    ballast = made(disk)
    ballast.look()
    assert not ballast.low()
    disk.room = 5 * MIB - 1  # two of them lie in the ballast
    ballast.look()
    assert ballast.low() and (disk.folder / BALLAST_FILE).exists()
    disk.room = 5 * MIB
    ballast.look()
    assert not ballast.low()


def test_a_full_disk_gets_its_room_at_once_and_the_ballast_comes_back(disk: Disk) -> None:
    counters = Counters()
    ballast = made(disk, counters)
    ballast.look()
    disk.room = 2 * MIB
    assert ballast.let_go() and not ballast.let_go()
    assert disk.free(disk.folder) == 2 * MIB
    ballast.look()
    assert ballast.low() and not (disk.folder / BALLAST_FILE).exists()
    disk.room = 5 * MIB
    ballast.look()
    assert not ballast.low() and (disk.folder / BALLAST_FILE).exists()
    assert counters.get("disk.ballast_let_go") == 1


def test_it_stays_low_from_letting_go_until_it_lies_again(disk: Disk) -> None:
    ballast = made(disk)
    ballast.look()
    ballast.let_go()
    assert ballast.low()
    ballast.look()
    assert not ballast.low()


def test_an_allocation_that_fails_is_counted_and_leaves_nothing(
    disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", fail)
    counters = Counters()
    ballast = made(disk, counters)
    ballast.look()
    assert ballast.low() and not (disk.folder / BALLAST_FILE).exists()
    assert counters.get("disk.ballast_not_laid") == 1


def test_a_half_laid_one_is_laid_again(disk: Disk) -> None:
    (disk.folder / BALLAST_FILE).write_bytes(b"\0" * 100)
    ballast = made(disk)
    ballast.look()
    assert not ballast.low() and (disk.folder / BALLAST_FILE).stat().st_size == 2 * MIB


def test_none_is_laid_where_none_is_wanted(disk: Disk) -> None:
    ballast = Ballast(disk.folder, 0, 3 * MIB, Counters(), disk.free)
    ballast.look()
    assert not ballast.low()
