"""The board as a whole: starting it anew, and its random numbers."""

import os

import machine


def reset() -> None:
    """Start anew, as after power-on; does not return."""
    machine.reset()


def below(limit: int) -> int:
    """A random integer 0..limit-1; `limit` is at most 2**31. For spreading retries, not for keys."""
    return int.from_bytes(os.urandom(4), "big") % limit
