"""The terminal a command speaks to."""

import os

from shopbell.look.languages import match


def language() -> str:
    """The terminal's language, where we speak it; else English."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return match(spoken.partition(".")[0].replace("_", "-")) or "en"
