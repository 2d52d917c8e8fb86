"""HQ's own log: the events that only HQ may book, in one line, with the State they make.

HQ's part of a member's lot is the pool that no gateway may spend. `right:<gateway>` has lots here: what was
granted of each and has not come back. What comes back beyond that (a gateway returns what it minted itself)
goes over the plain account of the same name, as it does in the gateway's log.
"""

from collections.abc import Callable, Sequence

from msgspec import UNSET

from gateway.core.book import NOTHING, LotKey, Part
from gateway.core.event import GENESIS, NO_BUNDLE_HASH, Event, Sealed, open_event, seal
from gateway.core.model import (
    CORE_VERSION,
    DONE,
    Act,
    CacheMark,
    Decision,
    Facts,
    Input,
    NewLot,
    Outcome,
    Setting,
)
from gateway.core.promises import HQ, ISSUER, RIGHT, WRITTEN_OFF, Nature, Transfer
from gateway.core.state import State


class HqLog:
    """The log, and what it does to lots."""

    def __init__(self, now: Callable[[], tuple[int, str]], zone: str) -> None:
        """`now` gives unix milliseconds and the civil date of `zone`."""
        self._now = now
        self._zone = zone
        self.state = State(HQ)
        self.events: list[Event] = []
        self._tip = GENESIS

    def book(
        self, kind: str, transfers: Sequence[Transfer], natures: dict[str, Nature], act: Act | None = None
    ) -> Event:
        """Put one event behind the tip; `natures` are of every lot the transfers touch."""
        at, date = self._now()
        number = len(self.events) + 1
        setting = Setting(at, NO_BUNDLE_HASH, CacheMark(0, None), 1, CORE_VERSION, date, self._zone)
        given = Input(setting, "", f"{number:016x}", kind, act=UNSET if act is None else act, actor=HQ)
        lots = tuple(self._new(transfers, natures))
        decision = Decision(given, Facts(), Outcome(False, DONE), tuple(transfers), lots or UNSET)
        sealed: Sealed = seal(decision, HQ, number, self._tip)
        event = open_event(sealed.body)
        self.state.apply(event)
        self.events.append(event)
        self._tip = sealed.hash.hex()
        return event

    def part(self, key: LotKey) -> Part:
        """HQ's part of a lot."""
        return self.state.parts.get((key, 1), NOTHING)

    def take_back(self, gateway: str, key: LotKey, amount: int) -> list[Transfer]:
        """What a gateway returned goes back into the pool: out of its right, then out of what it minted."""
        right = RIGHT + gateway
        granted = min(amount, self.part(LotKey(right, key.unit, key.lot)).left)
        found = [lot_transfer(key, right, key.owner, granted)] if granted else []
        if amount > granted:
            found.append(Transfer(amount - granted, key.owner, right, key.unit, credit_lot=key.lot))
        return found

    def write_off(self, gateway: str, key: LotKey, given: int, lost: int) -> list[Transfer]:
        """The member gets `given` anew in the pool; `lost` of the gateway's right is the merchant's loss."""
        found = []
        if lost:
            right = RIGHT + gateway
            found.append(Transfer(lost, WRITTEN_OFF, right, key.unit, debit_lot=key.lot))
        if given:
            found.append(Transfer(given, key.owner, ISSUER, key.unit, credit_lot=key.lot))
        return found

    def _new(self, transfers: Sequence[Transfer], natures: dict[str, Nature]) -> list[NewLot]:
        """Lots this log has not met, each told once."""
        sides = [
            lot for each in transfers for lot in (each.debit_lot, each.credit_lot) if isinstance(lot, str)
        ]
        return [NewLot(lot, natures[lot]) for lot in dict.fromkeys(sides) if lot not in self.state.natures]


def lot_transfer(key: LotKey, debit: str, credit: str, amount: int) -> Transfer:
    """An amount of one lot from one owner's part to another's."""
    return Transfer(amount, credit, debit, key.unit, credit_lot=key.lot, debit_lot=key.lot)
