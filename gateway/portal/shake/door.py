"""The gateway's two verbs for a shake: `shake` gives a ticket for a proof of presence, `claim` uses it up.

A claim with the same key gets the same card again. A shake is bound to the moment: asked for again within
some seconds it is the same ticket, unless that was used meanwhile; so who may have to ask again keeps it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from gateway.lines import Asker
from gateway.portal.doors import Card, Refused, Texts, shaped
from gateway.portal.shake.heard import Heard

NETWORK: Final = "network"


class Place(msgspec.Struct, frozen=True):
    """A part of the store's floor; `name` None: nobody gave it one."""

    zone: str
    name: Texts | None = None


class Ticket(msgspec.Struct, frozen=True):
    """Presence that was proved: good once, until `expires_ms` (unix time). `place` None: somewhere here.
    `heard`: why nothing of what was relayed counted; None where something did, or nothing was."""

    ticket: str
    expires_ms: int
    proof: str = NETWORK
    place: Place | None = None
    heard: str | None = None


class CheckedIn(Card, frozen=True):
    """A member who is here, with what that brought. `first_today`: by this shake the day's check-in is
    booked; else it was before."""

    proof: str = NETWORK
    place: Place | None = None
    first_today: bool = False


class ShakeDoor:
    """The gateway's door. Both raise Away."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    async def shake(self, key: str, who: Mapping[str, str], heard: Sequence[Heard]) -> Ticket | Refused:
        """A ticket for {"member": id} or {"code": text}; nothing heard: the network is the proof."""
        relayed = {"heard": list(heard)} if heard else {}
        answer = await self._asker.ask("shake", key=key, **who, **relayed)
        return shaped(answer, Ticket) if answer["ok"] else shaped(answer, Refused)

    async def claim(self, key: str, ticket: str, member: str | None = None) -> CheckedIn | Refused:
        """What a ticket brings. `member`: who has proved to be that member, and sees the card whole."""
        proved = {} if member is None else {"member": member}
        answer = await self._asker.ask("claim", key=key, ticket=ticket, **proved)
        return shaped(answer, CheckedIn) if answer["ok"] else shaped(answer, Refused)
