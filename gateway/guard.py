"""Whether rights may be used here: not while anyone has seen more of this log than it holds.

A ledger restored from an old image has forgotten what it spent. Whoever remembers more (a device, the head
file, a backup that was put back, HQ) freezes every right here, durably, because a log that goes on growing
soon looks as long as the one that was lost. Only a later epoch of HQ's ends it: what is left of the frozen
one is HQ's to settle. Earning goes on.
"""

from gateway.core.model import LEDGER_BEHIND, Position
from gateway.live import Live
from gateway.storage.layout import META_RESTORED
from gateway.storage.ledger import Ledger


class Guard:
    """The state of one ledger's rights; `announced` is what the last run vouched for, (0, 0) for nothing."""

    def __init__(self, ledger: Ledger, live: Live, announced: tuple[int, int]) -> None:
        self._ledger = ledger
        self._live = live
        # The newest epoch known to be of a log that was lost, 0 for none.
        self._stale = int(ledger.meta(META_RESTORED) or 0)
        ahead = announced > (ledger.epoch, ledger.seq)
        self.announced = Position(*announced) if ahead else None  # still to be frozen by, and noted

    def frozen(self, rights_epoch: int) -> bool:
        """Whether no right may be used; `rights_epoch` is HQ's, as the cache has it."""
        epoch = self._ledger.epoch
        return self.announced is not None or self._stale >= epoch or rights_epoch > epoch

    def is_news(self, witness: Position) -> bool:
        """Whether somebody who saw this position tells us of a loss that is not known yet."""
        epoch, seq = self._ledger.epoch, self._ledger.seq
        return (witness.epoch, witness.seq) > (epoch, seq) and max(epoch, witness.epoch) > self._stale

    def freeze(self, witness: Position) -> None:
        """Somebody has seen this position, which the ledger has not: durable before anything else is."""
        stale = max(self._stale, self._ledger.epoch, witness.epoch)
        if stale > self._stale:
            self._ledger.put_meta(META_RESTORED, stale)
            self._stale = stale
            self._live.counters.add("rights.freezes")
        self.announced = None
        self._live.raise_alarm(LEDGER_BEHIND)

    def show(self, rights_epoch: int) -> None:
        """Tell pages whether rights are frozen; the alarm of a lost log ends with its epoch."""
        if self.announced is not None or self._stale >= self._ledger.epoch:
            self._live.raise_alarm(LEDGER_BEHIND)
        else:
            self._live.clear_alarm(LEDGER_BEHIND)
        self._live.set_promises(frozen=self.frozen(rights_epoch))
