"""Cuts the power at every flash operation of a start and of a file's replacement, on a LittleFS in memory.

MicroPython only. After each cut the flash is mounted anew: the file is the old one or the new one, whole,
and the next start counts on. (LittleFS prints the errors it is given.)
"""

import sys

sys.path.insert(0, __file__.replace("ports/cut_flash.py", "apps"))

import vfs
from cut_provision import Flash, mount, unmount

from firmware.ports import flash

OLD, NEW = b"old " * 300, b"new " * 900  # one block, and more than one inline file


def cut(memory, action, cut_at, part):
    """The memory after `action` was cut, or None if it ended before."""
    medium = Flash(bytearray(memory))
    mount(medium)
    medium.changes, medium.cut_at, medium.part = 0, cut_at, part
    try:
        action()
    except OSError:
        return medium.memory
    finally:
        unmount()
    return None


def every_cut(memory, action):
    """The memory after each cut, three parts of each operation; ends when the action does."""
    cut_at = 1
    while True:
        memories = [cut(memory, action, cut_at, part) for part in (0, 1, 2)]
        if None in memories:
            return
        for after in memories:
            yield after
        cut_at += 1


def prepared():
    """A flash with a file and three starts behind it."""
    medium = Flash()
    vfs.VfsLfs2.mkfs(medium)
    mount(medium)
    flash.write("file", OLD)
    for boot in (1, 2, 3):
        assert flash.next_boot()[0] == boot
    unmount()
    return medium.memory


def replace():
    flash.write("file", NEW)


def main():
    memory = prepared()
    found = {OLD: 0, NEW: 0}
    for after in every_cut(memory, replace):
        mount(Flash(after))
        found[flash.read("file")] += 1  # KeyError: neither the old one nor the new
        flash.write("file", NEW)
        assert flash.read("file") == NEW
        unmount()
    boots = {4: 0, 5: 0}
    for after in every_cut(memory, flash.next_boot):
        mount(Flash(after))
        boots[flash.next_boot()[0]] += 1  # KeyError: a number used before, or one left out for no start
        unmount()
    print("file", found[OLD], "old", found[NEW], "new; boots", boots[4], boots[5])


if __name__ == "__main__":
    main()
