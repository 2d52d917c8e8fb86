"""Bugs planted on purpose, one at a time: a simulation that does not find them proves nothing.

Each is a small change of the real core, storage or desk, or (where the mistake would be headquarters') of the
model HQ; put in place for one play, and taken out again.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch

from msgspec import UNSET

from firmware.protocol.messages import CLOCK_SET
from gateway.clock import Clock, Moment
from gateway.core import people, reversal, risk
from gateway.core.book import LotKey
from gateway.core.draft import Draft
from gateway.core.model import RIGHT_RETURNED
from gateway.core.orders.shares import Cut
from gateway.core.promises import RIGHT, SPENT, SUSPENSE, Transfer
from gateway.guard import Guard
from gateway.lookup import Lookup
from gateway.storage import knowledge, ledger
from gateway.storage.projections import HoldRow, Projections
from gateway.storage.rotated import Rotated
from tests.simulation import hq_rights, hq_tree
from tests.simulation.bridge import read_parts
from tests.simulation.calendar import civil_date
from tests.simulation.hq import Hq
from tests.simulation.hq_tree import Node, Tree
from tests.simulation.world import World

Plant = Callable[[], AbstractContextManager[object]]


@contextmanager
def _instead(target: Any, name: str, new: Any) -> Iterator[None]:
    with patch.object(target, name, new):
        yield


def double_apply_on_retry() -> AbstractContextManager[object]:
    """The key of an act is not looked up, so that a retry is booked once more."""

    def write(book: Projections) -> None:
        book._keys.clear()
        real(book)

    real = Projections.write
    return _instead(Projections, "write", write)


def reclaim_on_lease_expiry() -> AbstractContextManager[object]:
    """HQ takes a right back because its lease is over, though nobody returned it."""

    def grant(books: hq_rights.Rights, gateway: str, key: LotKey, amount: int, now_ms: int) -> int:
        for other, epoch in books.epochs.items():
            over = 0 < books.lease_end.get((other, key, epoch), 0) < now_ms
            right = books.log.part(key._replace(owner=RIGHT + other)).left
            taken = min(books.held_by(other, key), right) if over and other != gateway else 0
            if taken > 0:
                books.log.book(RIGHT_RETURNED, books.log.take_back(other, key, taken), books.natures)
        return real(books, gateway, key, amount, now_ms)

    real = hq_rights.Rights.grant
    return _instead(hq_rights.Rights, "grant", grant)


def forget_to_fence() -> AbstractContextManager[object]:
    """A gateway that was told that its ledger is an old image goes on using its rights."""
    return _instead(Guard, "frozen", lambda guard, rights_epoch: False)


def grant_without_max() -> AbstractContextManager[object]:
    """What HQ granted in all is offered again, although some of it was taken before."""

    def join(page: Any, snapshot: Any, key: Any, met: Any, said: Any) -> Any:
        fact = real(page, snapshot, key, met, said)
        if said is None or said.epoch != page.epoch:
            return fact
        return type(fact)(**{**_fields(fact), "offered": said.granted})

    real = knowledge._join
    return _instead(knowledge, "_join", join)


def hold_released_twice() -> AbstractContextManager[object]:
    """A hold that was released is found again, by the event that made it."""

    def hold(book: Projections, id_: str) -> HoldRow | None:
        found = real(book, id_)
        if found is not None:
            remembered[id_] = found
        return found or remembered.get(id_)

    remembered: dict[str, HoldRow] = {}
    real = Projections.hold
    return _instead(Projections, "hold", hold)


def expiry_revived_by_the_clock() -> AbstractContextManager[object]:
    """The time has no floor: a clock set back is believed."""

    def moment(clock: Clock) -> Moment:
        now_ms = clock._now_ms()
        return Moment(now_ms, CLOCK_SET, civil_date(now_ms, clock.zone))

    return _instead(Clock, "moment", moment)


def reported_before_commit() -> AbstractContextManager[object]:
    """HQ is told of a gateway's numbers before they are committed."""

    def build(world: World, *arguments: Any) -> None:
        real_build(world, *arguments)
        seen["hq"] = world.hq

    def write(page: ledger.Transaction) -> None:
        real_write(page)
        hq = seen.get("hq")
        if isinstance(hq, Hq):
            hq.take_report(page._gateway, read_parts(page._db))

    seen: dict[str, object] = {}
    real_build, real_write = World.__init__, ledger.Transaction.write

    @contextmanager
    def both() -> Iterator[None]:
        with patch.object(World, "__init__", build), patch.object(ledger.Transaction, "write", write):
            yield

    return both()


def reversal_to_a_new_lot() -> AbstractContextManager[object]:
    """What was used comes back as a new lot, with a life of its own."""

    def restore(draft: Draft, transfer: Transfer, amount: int) -> reversal.Undone:
        fact = draft.lot(transfer.debit, transfer.unit, str(transfer.debit_lot))
        if fact is None or transfer.debit == SUSPENSE:
            return real(draft, transfer, amount)
        made = draft.mint(transfer.debit, transfer.unit, amount, fact.nature.terms)
        minted = draft.transfers.pop()
        draft.transfers.append(Transfer(amount, minted.credit, SPENT, minted.unit, made.lot, UNSET))
        return reversal.Undone(given_back=amount)

    real = reversal._restore
    return _instead(reversal, "_restore", restore)


def cap_checked_but_not_booked() -> AbstractContextManager[object]:
    """A day's limit is looked at and not used up."""

    def spend_limits(self: risk.Risk, unit: Any, owner: str, worth: int) -> None:
        before = len(self._draft.transfers)
        taken = dict(self._draft._taken)
        real(self, unit, owner, worth)
        kept = [each for each in self._draft.transfers[before:] if each.credit != SPENT]
        self._draft.transfers[before:] = kept
        self._draft._taken = taken

    real = risk.Risk._spend_limits
    return _instead(risk.Risk, "_spend_limits", spend_limits)


def position_skipped_by_one() -> AbstractContextManager[object]:
    """After a lost answer HQ's position is one too far, and HQ does not look at an event's parent."""

    def position(hq: Hq, gateway: str) -> tuple[int, str]:
        seq, name = hq.trees[gateway].tip
        return (seq + 1, name) if seq else (seq, name)

    def hashes_at(hq: Hq, gateway: str, seq: int) -> Any:
        return _Anything()

    def take(tree: Tree, sealed: Any) -> Node | None:
        try:
            return real(tree, sealed)
        except hq_tree.Gap:
            tree.tip = (sealed.seq, sealed.hash.hex())  # the one between is nowhere now
            return None

    real = Tree.take

    @contextmanager
    def all_three() -> Iterator[None]:
        with (
            patch.object(Hq, "position", position),
            patch.object(Hq, "hashes_at", hashes_at),
            patch.object(Tree, "take", take),
        ):
            yield

    return all_three()


def page_ahead_of_its_rows() -> AbstractContextManager[object]:
    """HQ says with half a page of the feed that all is told that it knows."""
    return _instead(Hq, "as_of", lambda hq, gateway, cursor: hq.trees[gateway].tip[0])


def forgotten_and_greeted() -> AbstractContextManager[object]:
    """Whoever was forgotten here is greeted as long as HQ has not heard of it."""
    return _instead(Lookup, "_is_forgotten", lambda lookup, names: False)


def forgotten_with_money_left() -> AbstractContextManager[object]:
    """Nobody looks for money before somebody is forgotten."""
    return _instead(people, "_holds_money", lambda draft, fact: False)


def codes_not_remembered() -> AbstractContextManager[object]:
    """A rotating code is fresh however often it is shown."""
    return _instead(Rotated, "shown", lambda rotated, key, step: False)


class _Anything:
    """Contains whatever is asked for."""

    def __contains__(self, _: object) -> bool:
        return True


def coupon_back_with_every_piece() -> AbstractContextManager[object]:
    """A coupon comes back with the first piece it touched, and with each one after it."""

    def ends(cut: Cut, split: Sequence[int]) -> bool:
        return any(share and cut.after[line] > cut.before[line] for line, share in enumerate(split))

    return _instead(Cut, "ends", ends)


def _fields(fact: Any) -> dict[str, Any]:
    return {name: getattr(fact, name) for name in fact.__struct_fields__}


PLANTED: dict[str, Plant] = {
    plant.__name__.replace("_", " "): plant
    for plant in (
        double_apply_on_retry,
        reclaim_on_lease_expiry,
        forget_to_fence,
        grant_without_max,
        hold_released_twice,
        expiry_revived_by_the_clock,
        reported_before_commit,
        reversal_to_a_new_lot,
        cap_checked_but_not_booked,
        position_skipped_by_one,
        page_ahead_of_its_rows,
        coupon_back_with_every_piece,
        forgotten_and_greeted,
        forgotten_with_money_left,
        codes_not_remembered,
    )
}
