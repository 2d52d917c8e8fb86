"""Whether rights may be used here: not while anyone has seen more of this log than it holds.

A ledger restored from an old image has forgotten what it spent. Whoever remembers more (a device, the head
file, a backup that was put back, HQ) freezes every right here, durably, because a log that goes on growing
soon looks as long as the one that was lost. Only a later epoch of HQ's ends it: what is left of the frozen
one is HQ's to settle. Earning goes on.
"""

from typing import NamedTuple

from gateway.core.model import EPOCHS_AHEAD_MAX, LEDGER_BEHIND, Position
from gateway.live import Live
from gateway.storage.layout import META_LOSS_TOLD, META_RESTORED
from gateway.storage.ledger import Ledger

THE_LAST_RUN = HEADQUARTERS = ""  # the device of a witness that is none: the head file, or the cache


class Witness(NamedTuple):
    """A device, and a position that it has seen and this ledger has not."""

    device: str
    seen: Position


class Guard:
    """The state of one ledger's rights; `announced` is what the last run vouched for, (0, 0) for nothing."""

    def __init__(self, ledger: Ledger, live: Live, announced: tuple[int, int]) -> None:
        self._ledger = ledger
        self._live = live
        # The newest epoch known to be of a log that was lost, 0 for none.
        self._stale = int(ledger.meta(META_RESTORED) or 0)
        self._told_epoch = int(ledger.meta(META_LOSS_TOLD) or 0)  # up to which HQ is told of a loss
        # Whom HQ has still to be told of, by an event: only HQ can end this, and it may not know of the loss.
        self.untold: Witness | None = None
        if announced > (ledger.epoch, ledger.seq):
            self.untold = Witness(THE_LAST_RUN, Position(*announced))
        elif self._stale >= ledger.epoch > self._told_epoch:
            self.untold = Witness(THE_LAST_RUN, Position(self._stale, ledger.seq))

    def frozen(self, rights_epoch: int) -> bool:
        """Whether no right may be used; `rights_epoch` is HQ's, as the cache has it."""
        epoch = self._ledger.epoch
        return self.untold is not None or self._stale >= epoch or rights_epoch > epoch

    def hear(self, witness: Witness) -> None:
        """Somebody has seen what the ledger does not hold; told to HQ once for each epoch."""
        if witness.seen.epoch > self._ledger.epoch + EPOCHS_AHEAD_MAX:
            self._live.counters.add("rights.witness_absurd")
            return
        if self.untold is None and max(self._ledger.epoch, witness.seen.epoch) > self._told_epoch:
            self.untold = witness

    def compare(self, rights_epoch: int, as_of: int) -> None:
        """HQ has seen this ledger's events up to `as_of`, says the cache: is that more than it holds?"""
        if as_of > self._ledger.seq:
            self.hear(Witness(HEADQUARTERS, Position(max(rights_epoch, self._ledger.epoch), as_of)))

    def freeze(self, seen: Position) -> None:
        """Freeze rights until an epoch after `seen`: durable before anything else is."""
        stale = max(self._stale, self._ledger.epoch, seen.epoch)
        if stale > self._stale:
            self._ledger.put_meta(META_RESTORED, stale)
            self._stale = stale
            self._live.counters.add("rights.freezes")
        self._live.raise_alarm(LEDGER_BEHIND)

    def told(self, witness: Witness) -> None:
        """The event that tells HQ of this one is durable."""
        self._told_epoch = max(self._ledger.epoch, witness.seen.epoch)
        self._ledger.put_meta(META_LOSS_TOLD, self._told_epoch)
        self.untold = None

    def show(self, rights_epoch: int) -> None:
        """Tell pages whether rights are frozen; the alarm of a lost log ends with its epoch."""
        if self.untold is not None or self._stale >= self._ledger.epoch:
            self._live.raise_alarm(LEDGER_BEHIND)
        else:
            self._live.clear_alarm(LEDGER_BEHIND)
        self._live.set_promises(frozen=self.frozen(rights_epoch))
