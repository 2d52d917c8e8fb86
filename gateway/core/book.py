"""What transfers do to lots and accounts: the one arithmetic of every log, at a gateway and at HQ. Pure.

A log's part of a lot is five numbers: granted, minted, returned and spent never decrease; held does. What a
lot gains from `right:<gateway>` is granted, all else is minted; what it loses to one is returned, all else is
spent. So in a gateway's log left = g + M - q - s, and in HQ's log the same holds with the roles turned round.

Invariants: moves() of any transfers sum to zero for each unit; a part that passes check() has
0 <= held <= left, unless its owner is SUSPENSE, which may be negative.
"""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec import UNSET

from gateway.core.errors import EventError
from gateway.core.promises import HELD, PLAIN, RELEASED, RIGHT, SUSPENSE, Transfer

AMOUNT_MAX = 2**53 - 1  # what any JSON reader keeps exact, far above any shop


class Part(NamedTuple):
    """A log's part of one lot, cumulative; or a change of it."""

    granted: int = 0
    minted: int = 0
    returned: int = 0
    spent: int = 0
    held: int = 0

    @property
    def left(self) -> int:
        """What this log may still move."""
        return self.granted + self.minted - self.returned - self.spent

    @property
    def free(self) -> int:
        """What is left and not kept back by a hold."""
        return self.left - self.held


class LotKey(NamedTuple):
    """Names one lot of one owner."""

    owner: str
    unit: str
    lot: str


class AccountKey(NamedTuple):
    """Names one plain account."""

    owner: str
    unit: str


class Moves(NamedTuple):
    """What a decision's transfers change: parts of lots, and balances of plain accounts."""

    parts: dict[LotKey, Part]
    accounts: dict[AccountKey, int]


NOTHING = Part()
NO_MOVES = Moves({}, {})


def add(part: Part, change: Part) -> Part:
    """The part after a change."""
    return Part(*(before + more for before, more in zip(part, change, strict=True)))


def moves(transfers: Iterable[Transfer]) -> Moves:
    """The changes that these transfers make together; EventError where one is not well formed."""
    made = Moves({}, {})
    for transfer in transfers:
        _check_form(transfer)
        if transfer.phase is UNSET:
            _post(made, transfer)
        else:
            amount = transfer.amount if transfer.phase == HELD else -transfer.amount
            _change(made, transfer.debit, transfer.unit, transfer.debit_lot, Part(held=amount))
    return made


def check(key: LotKey, part: Part) -> None:
    """Nothing, if a log may hold this part; EventError "overdrawn" otherwise."""
    if key.owner != SUSPENSE and not 0 <= part.held <= part.left:
        raise EventError("overdrawn", f"{key.owner} {key.unit} {key.lot}")


def is_plain(owner: str, lot: object) -> bool:
    """Whether this side of a transfer is a plain account: it has no lots, or (a right) names none."""
    return owner in PLAIN or (owner.startswith(RIGHT) and lot is UNSET)


def _post(made: Moves, transfer: Transfer) -> None:
    amount, unit = transfer.amount, transfer.unit
    if is_plain(transfer.debit, transfer.debit_lot):
        _balance(made, transfer.debit, unit, -amount)
    else:
        given = Part(returned=amount) if transfer.credit.startswith(RIGHT) else Part(spent=amount)
        _change(made, transfer.debit, unit, transfer.debit_lot, given)
    if is_plain(transfer.credit, transfer.credit_lot):
        _balance(made, transfer.credit, unit, amount)
    else:
        got = Part(granted=amount) if transfer.debit.startswith(RIGHT) else Part(minted=amount)
        _change(made, transfer.credit, unit, transfer.credit_lot, got)


def _change(made: Moves, owner: str, unit: str, lot: object, change: Part) -> None:
    key = LotKey(owner, unit, str(lot))
    made.parts[key] = add(made.parts.get(key, NOTHING), change)


def _balance(made: Moves, owner: str, unit: str, amount: int) -> None:
    key = AccountKey(owner, unit)
    made.accounts[key] = made.accounts.get(key, 0) + amount


def _check_form(transfer: Transfer) -> None:
    if not 0 < transfer.amount <= AMOUNT_MAX:
        raise EventError("bad_transfer", f"amount {transfer.amount}")
    if transfer.phase not in (UNSET, HELD, RELEASED) or (transfer.phase is UNSET) != (transfer.hold is UNSET):
        raise EventError("bad_transfer", f"phase {transfer.phase}")
    for owner, lot in ((transfer.debit, transfer.debit_lot), (transfer.credit, transfer.credit_lot)):
        if (owner in PLAIN) != (lot is UNSET) and not owner.startswith(RIGHT):
            raise EventError("bad_transfer", f"{owner} with lot {lot}")
    if transfer.phase is not UNSET and is_plain(transfer.debit, transfer.debit_lot):
        raise EventError("bad_transfer", f"{transfer.debit} cannot be held")
