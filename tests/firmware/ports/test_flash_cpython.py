"""Files that survive a power cut: on a LittleFS in memory under MicroPython, and their parsing here."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from firmware.ports import flash

ROOT = Path(__file__).resolve().parents[3]
MICROPYTHON = Path(sys.executable).parent / "micropython"


def test_every_cut_leaves_the_old_file_or_the_new_and_counts_on() -> None:
    done = subprocess.run(
        [str(MICROPYTHON), "tests/firmware/ports/cut_flash.py"],
        cwd=ROOT,
        env={"MICROPYPATH": f"{ROOT}:.frozen"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    counted = re.search(r"file (\d+) old (\d+) new; boots (\d+) (\d+)\n", done.stdout)
    assert counted, done.stdout[-3000:]
    old, new, same, next_ = map(int, counted.groups())
    assert old > 10 and new > 0 and same > 5 and next_ > 0  # both sides of the switch were cut


def test_boots_count_up_and_each_has_its_own_nonce(tmp_path: Path) -> None:
    file = str(tmp_path / "boot")
    starts = [flash.next_boot(file) for _ in range(3)]
    assert [boot for boot, _ in starts] == [1, 2, 3]
    assert len({nonce for _, nonce in starts}) == 3 and all(len(nonce) == 8 for _, nonce in starts)


@pytest.mark.parametrize(
    ("data", "number"),
    [
        (None, 0),
        (b"", 0),
        (b"7\n", 7),
        (b"4294967295\n", 0xFFFFFFFF),
        (b"4294967296\n", 0),
        (b"99999999999\n", 0),
        (b"-3\n", 0),
        (b"7 8\n", 0),
        (b"\xff\xff", 0),
    ],
)
def test_a_damaged_number_begins_again(data: bytes | None, number: int) -> None:
    assert flash.boot_number(data) == number


def test_the_last_number_is_followed_by_the_first(tmp_path: Path) -> None:
    file = tmp_path / "boot"
    file.write_bytes(b"4294967295\n")
    assert flash.next_boot(str(file))[0] == 1


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert flash.read(str(tmp_path / "none")) is None


def test_a_folder_is_no_missing_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"."):
        flash.read(str(tmp_path))


def test_write_leaves_nothing_aside(tmp_path: Path) -> None:
    flash.write(str(tmp_path / "file"), b"one")
    flash.write(str(tmp_path / "file"), b"two")
    assert flash.read(str(tmp_path / "file")) == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
