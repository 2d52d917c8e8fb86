"""What follows from new facts of a lot: rights come back, shortfalls are settled, waiting gateways are
served.

Order, for each lot: (1) what gateways returned goes from their right into HQ's part; (2) what a gateway used
beyond its right is taken over by SUSPENSE; (3) what is left of a settled epoch goes to the owner anew, at the
merchant's cost; (4) SUSPENSE is settled from HQ's part, or gives back what it has too much; (5) what is past
its last day goes to EXPIRED; (6) what is free then goes to who waits for it, what is missing is asked back.

Invariants: HQ's part of a lot never goes below zero; all of it is told by events of HQ's own log.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from cloud_bridge.hq import granting
from cloud_bridge.hq.books import Books
from cloud_bridge.hq.lease import LeaseKey, owed, rest
from cloud_bridge.hq.session import Session
from gateway.core.model import LOT_EXPIRED, RIGHT_RETURNED, RIGHT_WRITTEN_OFF, TRANSFER_POSTED
from gateway.core.promises import EXPIRED, GATEWAY, ISSUER, RIGHT, RISK, SUSPENSE, WRITTEN_OFF, Transfer

Rule = Callable[[Books, str], list[Transfer]]
_LOCAL_OWNERS: Final = (GATEWAY, RIGHT)


def is_shared(books: Books, lot: str) -> bool:
    """Whether HQ keeps a part of this lot: its nature is known, and it is not one gateway's own limit."""
    nature = books.natures.get(lot)
    return (
        nature is not None and not nature.owner.startswith(_LOCAL_OWNERS) and not nature.unit.startswith(RISK)
    )


def settle(session: Session, lots: Iterable[str]) -> None:
    """Bring these loaded lots to rest."""
    books = session.books
    shared = sorted(lot for lot in set(lots) if is_shared(books, lot))
    for kind, rule in _RULES:
        _apply(session, kind, rule, shared)
    session.book_all(LOT_EXPIRED, [transfer for lot in shared for transfer in _expire(session, lot)])
    granting.hand_out(session, shared)
    for lot in shared:
        granting.recall(session, lot)


def _apply(session: Session, kind: str, rule: Rule, lots: Sequence[str]) -> None:
    transfers = [transfer for lot in lots for transfer in rule(session.books, lot)]
    session.book_all(kind, transfers)


def _take_back(books: Books, lot: str) -> list[Transfer]:
    owner, unit, _ = books.key(lot)
    made = []
    for key in books.holders(lot):
        lease, part, right = books.lease(key), books.holder(*key), RIGHT + key.gateway
        back = max(part.returned, lease.reported_returned) - lease.returned
        if back <= 0 or key.epoch < books.settled(key.gateway):
            continue
        of_right = min(back, books.right(lot, key.gateway).left)
        books.put_lease(key, lease._replace(returned=lease.returned + back))
        if of_right:
            made.append(Transfer(of_right, owner, right, unit, credit_lot=lot, debit_lot=lot))
        if back > of_right:  # minted there and never granted: as in the gateway's log, over the plain account
            made.append(Transfer(back - of_right, owner, right, unit, credit_lot=lot))
    return made


def _cover(books: Books, lot: str) -> list[Transfer]:
    made = []
    for key in books.holders(lot):
        lease = books.lease(key)
        over = -rest(lease, books.holder(*key)) - lease.covered
        if over > 0:
            books.put_lease(key, lease._replace(covered=lease.covered + over))
            right, unit = RIGHT + key.gateway, books.natures[lot].unit
            made.append(Transfer(over, right, SUSPENSE, unit, credit_lot=lot, debit_lot=lot))
    return made


def _make_whole(books: Books, lot: str) -> list[Transfer]:
    over = [key for key in books.holders(lot) if key.epoch < books.settled(key.gateway)]
    return [transfer for key in over for transfer in _write_off(books, key)]


def _write_off(books: Books, key: LeaseKey) -> list[Transfer]:
    """What an ended epoch still owes the owner: the right is the merchant's loss, the owner is made whole.

    What the gateway had minted itself was never granted, so it is charged from the issuer.
    """
    lease = books.lease(key)
    due = owed(lease, books.holder(*key))
    if due == 0:
        return []
    (owner, unit, lot), gateway = books.key(key.lot), key.gateway
    books.put_lease(key, lease._replace(written=lease.written + due))
    of_right = min(
        due, max(0, lease.granted - lease.returned - lease.written), books.right(lot, gateway).left
    )
    made = [Transfer(due, owner, ISSUER, unit, credit_lot=lot)]
    if of_right:
        made.append(Transfer(of_right, WRITTEN_OFF, RIGHT + key.gateway, unit, debit_lot=lot))
    if due > of_right:
        made.append(Transfer(due - of_right, WRITTEN_OFF, ISSUER, unit))
    return made


def _settle_shortfall(books: Books, lot: str) -> list[Transfer]:
    short = books.shortfall(lot)
    amount = min(short, books.pool(lot).free)
    owner, unit, _ = books.key(lot)
    if amount > 0:
        return [Transfer(amount, SUSPENSE, owner, unit, credit_lot=lot, debit_lot=lot)]
    if short < 0:  # what was settled has been taken back since
        return [Transfer(-short, owner, SUSPENSE, unit, credit_lot=lot, debit_lot=lot)]
    return []


def _expire(session: Session, lot: str) -> list[Transfer]:
    """What is left of a lot past its last day, in HQ's part; once it is over nothing of it can be granted."""
    books = session.books
    free = books.pool(lot).free
    if free <= 0 or not granting.is_over(books.natures[lot].terms, session.frame):
        return []
    owner, unit, _ = books.key(lot)
    return [Transfer(free, EXPIRED, owner, unit, debit_lot=lot)]


_RULES: Final = (
    (RIGHT_RETURNED, _take_back),
    (TRANSFER_POSTED, _cover),
    (RIGHT_WRITTEN_OFF, _make_whole),
    (TRANSFER_POSTED, _settle_shortfall),
)
