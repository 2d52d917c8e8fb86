"""The lab itself: it leaves nothing behind, also after a failure, and has no link in the machine's net."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from hardware_tests.lab import spaces
from hardware_tests.lab.children import until
from hardware_tests.lab.phones import Phone
from hardware_tests.lab.spaces import CommandFailed, Space
from hardware_tests.lab.store import Store
from hardware_tests.lab.wires import LAN, OURS, WAN, Town
from tests.lab.needs import need_the_lab


@pytest.fixture(autouse=True)
def lab() -> None:
    need_the_lab()


def ours() -> list[str]:
    """Namespaces of this process."""
    return [path.name for path in spaces.FOLDER.glob(f"{spaces.PREFIX}{os.getpid()}-*")]


def links() -> set[str]:
    """Names of the links in the machine's own network."""
    said = json.loads(spaces.run("ip", "-j", "link"))
    return {str(link["ifname"]) for link in said}


def test_after_a_failure_nothing_is_left(tmp_path: Path) -> None:
    before = ours()
    with pytest.raises(ZeroDivisionError), Store() as store:
        folder = store.folder
        store.phone(joined=False)
        assert len(ours()) == len(before) + 3
        assert not links() & {LAN, WAN, "store0", "pf1"}
        raise ZeroDivisionError
    assert ours() == before
    assert not folder.exists()
    assert len(list(spaces.ETC.glob(f"{spaces.PREFIX}{os.getpid()}-*"))) <= len(before)


def test_what_a_killed_maker_left_is_swept_away_with_its_processes() -> None:
    left = subprocess.Popen(["true"])
    left.wait()
    name = f"{spaces.PREFIX}{left.pid}-left"  # a process id that was, and is no more
    spaces.run("ip", "netns", "add", name)
    orphan = subprocess.Popen(["ip", "netns", "exec", name, "sleep", "600"])
    try:
        until(lambda: spaces.run("ip", "netns", "pids", name), "it runs in there")
        spaces.sweep()
        assert orphan.wait(10) == -9
        assert not (spaces.FOLDER / name).exists()
    finally:
        spaces.remove(name)


def test_what_somebody_uses_is_not_swept_away() -> None:
    mine = Space("mine")
    try:
        assert mine.name not in spaces.sweep()
        mine.run("true")
    finally:
        mine.remove()


def test_a_command_that_fails_says_what_it_said() -> None:
    with pytest.raises(CommandFailed, match="nowhere"):
        spaces.run("ip", "link", "show", "dev", "nowhere")


def test_a_socket_opened_inside_stays_there_and_the_thread_comes_back(tmp_path: Path) -> None:
    town = Town()
    try:
        phone = Phone(town, 1, tmp_path)
        phone.pose_as("10.77.0.60", OURS)
        here = os.readlink("/proc/thread-self/ns/net")
        with phone.space.inside():
            assert os.readlink("/proc/thread-self/ns/net") != here
        assert os.readlink("/proc/thread-self/ns/net") == here
        assert not phone.reaches(OURS, 80)
    finally:
        town.close()
