"""A shake as a phone may ask for it: on the store's own network, and not too often.

To the gateway this portal IS the store's network, which proves presence where nothing better does; so nobody
without a lease on it may ask (the pages see to that before they come here). Whose code is tried counts as a
guess where it was one, as on the first page.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, TypeVar

from gateway.lines import Away
from gateway.portal.clients import Client
from gateway.portal.doors import Refused
from gateway.portal.grants import Try
from gateway.portal.hall import Hall
from gateway.portal.joining import GUESSES, TOO_MANY
from gateway.portal.shake.door import CheckedIn, ShakeDoor, Ticket
from gateway.portal.shake.heard import Heard

NO_LEASE: Final = Refused("no_lease")
KEY_CHARACTERS: Final = 40

Got = TypeVar("Got")
Who = Mapping[str, str]  # {"member": id} or {"code": text}


class _Tried(NamedTuple):
    shake: Try
    code: Try | None


class Asking:
    """Asks the gateway for phones. Everything raises Away."""

    def __init__(self, hall: Hall, door: ShakeDoor) -> None:
        self._hall, self._door = hall, door

    async def shake(self, phone: Client, key: str, who: Who, heard: Sequence[Heard]) -> Ticket | Refused:
        """A ticket; its key is made of the phone, the asker's key and who it is for."""
        if phone.mac is None:
            return NO_LEASE
        tried = self._take(phone, "code" in who)
        if tried is None:
            return TOO_MANY
        own = self._key("shake", phone.mac, key, *who.values())
        try:
            became = await self._door.shake(own, who, heard)
        except Away:
            self._hall.limits.give_back(tried.shake)
            self._settle(tried, guessed=False)
            raise
        self._settle(tried, guessed=isinstance(became, Refused) and became.error in GUESSES)
        return self._counted("portal.shake", became)

    async def claim(
        self, phone: Client, key: str, ticket: str, member: str | None = None
    ) -> CheckedIn | Refused:
        """What a ticket brings; `member` sees the card whole."""
        if phone.mac is None:
            return NO_LEASE
        tried = self._hall.take("claim", phone)
        if tried is None:
            return TOO_MANY
        try:
            became = await self._door.claim(self._key("claim", phone.mac, key, ticket), ticket, member)
        except Away:
            self._hall.limits.give_back(tried)
            raise
        return self._counted("portal.check_in", became)

    def _take(self, phone: Client, by_code: bool) -> _Tried | None:
        """One shake of a phone, and one code where it names one."""
        code = self._hall.take("code", phone) if by_code else None
        if by_code and code is None:
            return None
        shake = self._hall.take("shake", phone)
        if shake is None:
            if code is not None:
                self._hall.limits.give_back(code)
            return None
        return _Tried(shake, code)

    def _settle(self, tried: _Tried, guessed: bool) -> None:
        """A right code costs nothing, a wrong one is kept through a restart."""
        if tried.code is None:
            return
        if guessed:
            self._hall.enforcer.remember(tried.code)
        else:
            self._hall.limits.give_back(tried.code)

    def _key(self, do: str, *told: str) -> str:
        """The key under which the gateway keeps an asking: no other phone's, no other member's. It stands in
        the books for ever, so it is a keyed hash: nobody gets back from it to a MAC."""
        return f"{do}." + self._hall.cookies.seals.mark("shake key", "\0".join((do, *told)))[:KEY_CHARACTERS]

    def _counted(self, name: str, became: Got) -> Got:
        self._hall.counters.add("portal.shake_refused" if isinstance(became, Refused) else name)
        return became
