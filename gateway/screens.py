"""The catalogue of screens: every outcome, what a terminal of each role shows for it, and what a clerk does.

One row is how it looks and sounds, a title and a line for the display, a sentence that the clerk says, and
what the clerk does; each in Chinese and English, placeholders as str.format fields. The gateway draws
(gateway/adapters/pixels.py) and writes docs/screens.md (gateway/screens_doc.py) from here alone. What
a device says by itself is drawn by firmware/words.py and stands here with the same words: a test compares.

Roles: `entrance` greets and checks in; `counter` identifies and asks for PINs; `desk` serves cards and
accounts; `kiosk` lists coupons. A terminal of another role is a counter.

Invariants: at the entrance no amount, reason or balance is shown, only where to go; a refusal stays until it
is dismissed; a card that cannot be used shows the same for every reason, and only the clerk learns it.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from firmware.protocol import messages
from gateway import screens_device, screens_met, screens_programs, screens_refused, screens_till
from gateway.screens_look import REFUSALS, Row

ENTRANCE, COUNTER, DESK, KIOSK = "entrance", "counter", "desk", "kiosk"
ROLES: Final = (ENTRANCE, COUNTER, DESK, KIOSK)

ASK_INSIDE: Final = (("您好", "Hello"), ("请到收银台", "Please ask inside"))
NOBODY_HERE: Final = (
    "门口没有店员：顾客到了收银台，照柜台一行办理。",
    "Nobody stands at the entrance: once the customer is at the counter, do as its row says.",
)

# By outcome: what every role shows, and after it what single roles show instead.
ROWS: Final[Mapping[str, Row]] = {
    **screens_met.ROWS,
    **screens_till.ROWS,
    **screens_refused.ROWS,
    **screens_programs.ROWS,
    **screens_device.ROWS,
}
OF_ROLE: Final[Mapping[tuple[str, str], Row]] = {**screens_met.OF_ROLE, **screens_till.OF_ROLE}
OUTCOMES: Final = tuple(ROWS)

BESIDES: Final = ("coupons_waiting",)  # said below the member's standing, in their language alone

REFUSED: Final = "refused"  # stands for a reason that this catalogue does not know yet


class Shown(NamedTuple):
    """What the display shows of an outcome: its row, for this role."""

    outcome: str
    row: Row


def row(outcome: str, role: str) -> Row:
    """The row of an outcome at a role; one that is not known is a refusal without a reason."""
    known = outcome if outcome in ROWS else REFUSED
    own = OF_ROLE.get((known, role))
    if own is not None:
        return own
    shared = ROWS[known]
    if role == ENTRANCE and (shared.look in REFUSALS or known in screens_till.ROWS):
        title, line = ASK_INSIDE
        return shared._replace(title=title, line=line, does=NOBODY_HERE)
    return shared


def role_of(role: str) -> str:
    """The role that a terminal plays; whatever it was given that is none of ROLES, a counter's."""
    return role if role in ROLES else COUNTER


def stays(found: Row) -> bool:
    """Whether a screen stays until it is dismissed."""
    return found.look.hold_ms == messages.HOLD_STAYS
