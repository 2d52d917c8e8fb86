"""The two doors the portal knocks at: the gateway's (enrol, return, card) and netd's (grant, revoke, list).

What comes back is checked against its shape here: an answer of another shape is Away, as silence is. A
refusal is a value, never an exception.
"""

from typing import Any, Final, TypeVar

import msgspec

from gateway.lines import Asker, Away
from gateway.portal.reconcile import Held, Pair

CLIENTS_PER_ASK: Final = 100  # netd takes no more in one transaction

WEAK: Final = "weak"

Texts = dict[str, str]
T = TypeVar("T")


class Coupon(msgspec.Struct, frozen=True):
    """A coupon in the hand. Money is in minor units; `unusable` says why, None where it can be used."""

    code: str | None
    name: Texts
    face: int | None = None
    threshold: int | None = None
    expires_on: str | None = None
    unusable: Any = None


class Given(msgspec.Struct, frozen=True):
    """What this visit brought, and because of what."""

    because: Texts
    does: str
    amount: int
    name: Texts
    unit: str = ""
    face: int | None = None
    code: str | None = None
    expires_on: str | None = None


class Card(msgspec.Struct, frozen=True):
    """A member as the portal may show it to the member. At level WEAK somebody only said a number that others
    may have read: the name is masked, and whose phone this is, is not known."""

    member: str
    name: str
    code: str | None
    points: int = 0
    tier_name: Texts | None = None
    coupons: tuple[Coupon, ...] = ()
    given: tuple[Given, ...] = ()
    phone: str = "none"
    new: bool = False
    level: str = WEAK


class Refused(msgspec.Struct, frozen=True):
    """The gateway says no: "unknown_code", "blocked", "too_many", "busy", "disk_low", "refused" ..."""

    error: str
    wait_ms: int | None = None  # how long until it may be asked for again, where that is known


class Service(msgspec.Struct, frozen=True):
    """What the gateway can do for guests."""

    phone: bool = False
    currency: str = "CNY"
    ready: bool = False


class _Listed(msgspec.Struct, frozen=True):
    mac: str
    ip: str
    left_s: int
    kind: str = msgspec.field(name="class")
    down_bytes: int | None = None
    up_bytes: int | None = None


class _Refused(msgspec.Struct, frozen=True):
    mac: str
    ip: str
    error: str


class GuestsDoor:
    """The gateway's door."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    async def enrol(
        self, key: str, name: str, phone: str | None, language: str, consents: list[Texts]
    ) -> Card | Refused:
        """Make a member. The same key again gets the same card. Raises Away."""
        told = {"name": name, "phone": phone, "language": language, "consents": consents}
        return _card(await self._asker.ask("enrol", key=key, **told))

    async def come_back(self, key: str, code: str, language: str) -> Card | Refused:
        """Check a member in by what stands on the card. Raises Away."""
        return _card(await self._asker.ask("return", key=key, code=code, language=language))

    async def card(self, member: str) -> Card | Refused:
        """The card, with nothing booked. Raises Away."""
        return _card(await self._asker.ask("card", member=member))

    async def service(self) -> Service:
        """What the gateway can do now. Raises Away."""
        return shaped(_accepted(await self._asker.ask("settings")), Service)


class NetdDoor:
    """netd's door. Every call raises Away where netd does not do it."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    async def grant(self, clients: list[dict[str, Any]]) -> dict[Pair, str]:
        """Let pairs through; gives those that were refused, and why: "no_lease" or "full"."""
        refused: dict[Pair, str] = {}
        for part in _parts(clients):
            answer = _accepted(await self._asker.ask("grant", clients=part))
            for each in shaped(answer.get("refused", []), list[_Refused]):
                refused[each.mac, each.ip] = each.error
        return refused

    async def revoke(self, pairs: list[Pair]) -> None:
        """Let pairs through no more; those it does not know are fine."""
        clients = [{"mac": mac, "ip": ip} for mac, ip in pairs]
        for part in _parts(clients):
            _accepted(await self._asker.ask("revoke", clients=part))

    async def held(self) -> dict[Pair, Held]:
        """Every pair that is let through."""
        listed = shaped(_accepted(await self._asker.ask("list")).get("clients"), list[_Listed])
        return {
            (each.mac, each.ip): Held(each.left_s, each.kind, each.down_bytes, each.up_bytes)
            for each in listed
        }

    async def wan(self, up: bool) -> None:
        """Whether the internet is there."""
        _accepted(await self._asker.ask("wan", up=up))


def _parts(clients: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    return [clients[at : at + CLIENTS_PER_ASK] for at in range(0, len(clients), CLIENTS_PER_ASK)]


def _accepted(answer: dict[str, Any]) -> dict[str, Any]:
    if not answer["ok"]:
        raise Away(f"refused: {answer.get('error')}")
    return answer


def _card(answer: dict[str, Any]) -> Card | Refused:
    return shaped(answer, Card) if answer["ok"] else shaped(answer, Refused)


def shaped(value: object, kind: type[T]) -> T:
    """What was told, as a value. Raises Away for another shape."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as problem:
        raise Away(f"not an answer: {problem}") from problem
