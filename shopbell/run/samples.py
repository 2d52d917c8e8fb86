"""Brings the sample members to HQ: at the first start, and again when the sample file has changed."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from samples.brand import MEMBERS_CSV

Say = Callable[[str], None]


def fingerprint() -> str:
    """What stands for the sample file's content."""
    return hashlib.sha256(MEMBERS_CSV.read_bytes()).hexdigest()


def wanted(mark: Path) -> bool:
    """Whether HQ does not have the sample members as they are now."""
    return not mark.exists() or mark.read_text("ascii") != fingerprint()


def done(mark: Path) -> None:
    """Remember that HQ has them."""
    mark.write_text(fingerprint(), "ascii")
