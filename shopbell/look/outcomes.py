"""How an outcome looks on every page: an icon and a mood beside the word "outcome.<name>"."""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Look(NamedTuple):
    """icon: a name of icons.py; mood: a tag of the stylesheet, "" for plain."""

    icon: str
    mood: str


UNHEARD_OF: Final = Look("question", "")
OUTCOMES: Final[Mapping[str, Look]] = {
    "greeted": Look("wave", "yes"),
    "unknown": Look("question", "heed"),
    "blocked": Look("blocked", "no"),
    "seen": Look("eye", "calm"),
    "staff": Look("key", "calm"),
    "coupon": Look("gift", "yes"),
}
EVIDENCE_ICONS: Final[Mapping[str | None, str]] = {"nfc.uid": "card", "qr.static": "code"}


def outcome_look(outcome: str) -> Look:
    """How it looks; an outcome of a later version is shown plainly."""
    return OUTCOMES.get(outcome, UNHEARD_OF)


def evidence_icon(kind: str | None) -> str:
    """The icon of what was shown at the door; None and the unknown are a sighting."""
    return EVIDENCE_ICONS.get(kind, "eye")


def milliseconds(microseconds: int) -> str:
    """Milliseconds with as many places as a person can use: "0.6", "12", "1,204"."""
    value = microseconds / 1_000
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"
