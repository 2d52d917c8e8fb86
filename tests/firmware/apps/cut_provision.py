"""Cuts the power at every flash operation of making a key, on a LittleFS in memory. MicroPython only.

From operation k on everything fails, the k-th having written nothing, half, or all of its bytes. After each
cut the flash is mounted anew: there is no key or the whole one, and the next run ends with a key that stays.
(LittleFS prints the errors it is given.)
"""

import errno
import os

import vfs

from firmware.apps import provision

BLOCK_BYTES = 4096
BLOCKS = 32
FIRST_KEY, SECOND_KEY = 11, 22


class Flash:
    """NOR flash in memory: erase sets bits, writing clears them; fails from its `cut_at`-th change on."""

    def __init__(self, memory=None):
        self.memory = memory or bytearray(b"\xff" * BLOCK_BYTES * BLOCKS)
        self.cut_at = None
        self.part = 0
        self.changes = 0

    def readblocks(self, block, buffer, offset=0):
        at = block * BLOCK_BYTES + offset
        buffer[:] = self.memory[at : at + len(buffer)]

    def writeblocks(self, block, buffer, offset=0):
        at = block * BLOCK_BYTES + offset
        size = self._allowed(len(buffer))
        for i in range(size):
            self.memory[at + i] &= buffer[i]
        self._fail_if_cut()

    def ioctl(self, operation, argument):
        if operation == 4:
            return BLOCKS
        if operation == 5:
            return BLOCK_BYTES
        if operation == 6:
            at = argument * BLOCK_BYTES
            for i in range(self._allowed(BLOCK_BYTES)):
                self.memory[at + i] = 0xFF
            self._fail_if_cut()
        return 0

    def _allowed(self, size):
        self.changes += 1
        if self.cut_at is None or self.changes < self.cut_at:
            return size
        return size * self.part // 2 if self.changes == self.cut_at else 0

    def _fail_if_cut(self):
        if self.cut_at is not None and self.changes >= self.cut_at:
            raise OSError(errno.EIO)


def source(key):
    """A random source that draws this key."""
    return lambda size: key.to_bytes(size, "big")


def mount(flash):
    os.mount(vfs.VfsLfs2(flash), "/flash")
    os.chdir("/flash")


def unmount():
    os.chdir("/")
    os.umount("/flash")


def make_key_cut(memory, cut_at, part):
    """The memory after a run that was cut, or None if the run ended before."""
    flash = Flash(bytearray(memory))
    mount(flash)
    flash.changes, flash.cut_at, flash.part = 0, cut_at, part
    try:
        provision.make_key(source(FIRST_KEY))
    except OSError:
        return flash.memory
    finally:
        unmount()
    return None


def assert_recovers(memory):
    mount(Flash(memory))
    survived = provision.read_key()
    assert survived in (None, FIRST_KEY)
    if survived is None:
        assert provision.make_key(source(SECOND_KEY)) == SECOND_KEY
    unmount()
    mount(Flash(memory))
    assert provision.read_key() == (survived or SECOND_KEY)
    assert sorted(os.listdir()) in (["key.der"], ["key.der", "key.der.new"])
    unmount()
    return survived


def main():
    empty = Flash()
    vfs.VfsLfs2.mkfs(empty)
    cuts, survivors, cut_at = 0, 0, 1
    while True:
        cut = [make_key_cut(empty.memory, cut_at, part) for part in (0, 1, 2)]
        if None in cut:
            break
        survivors += len([1 for memory in cut if assert_recovers(memory)])
        cuts += len(cut)
        cut_at += 1
    print(cuts, "cuts,", survivors, "with the first key")


if __name__ == "__main__":
    main()
