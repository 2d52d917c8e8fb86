"""Rotating codes that were shown and have stood for no PIN yet: at each place the last one, in memory only.

Noted when the event that booked the code is durable; gone when a sale is done at that till, when it has stood
for a PIN, when somebody else is met there, and with the process: then the PIN is asked for. So a code stands
for at most one act, of the member who showed it, where it was shown. A till and the terminal beside it are
one place.

Within a batch an act that is done ends its code for the acts after it; whoever keeps these ends it for good
when the batch is durable, and not where nothing was written.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Final, NamedTuple

from gateway.core.evidence import Bounds

PLACES_MAX: Final = 256  # tills and terminals of one store, far more than there are


class Showing(NamedTuple):
    """A fresh code of a member, shown at a till or terminal at a time in unix milliseconds; the event `seq`
    booked it."""

    place: str
    member: str
    seq: int
    at: int


class Showings:
    """`limit` is how much codes may spend for a member in a day, minor units of money; 0: none stands for a
    PIN. `terminals` is the device beside each till that has one; `bounds` how far members go by the PIN, and
    without any proof, None for no bounds."""

    def __init__(
        self,
        limit: int = 0,
        terminals: Mapping[str, str] | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        self.limit = limit
        self.bounds = bounds
        self._tills = {device: till for till, device in (terminals or {}).items()}
        self._last: OrderedDict[str, Showing] = OrderedDict()

    def note(self, showing: Showing) -> None:
        """A fresh code was shown, and that is durable."""
        if self.limit:
            place = self._place(showing.place)
            self._last[place] = showing
            self._last.move_to_end(place)
            if len(self._last) > PLACES_MAX:
                self._last.popitem(last=False)

    def met(self, place: str, member: str | None) -> None:
        """Somebody was met at a place: whoever else showed a code there has gone."""
        before = self._last.get(self._place(place))
        if before is not None and before.member != member:
            del self._last[self._place(place)]

    def at(self, place: str) -> Showing | None:
        """The code that was shown last at a place, if it is still to be used."""
        return self._last.get(self._place(place))

    def end(self, showing: Showing) -> None:
        """It stands for nothing any more; a later one is another."""
        place = self._place(showing.place)
        if self._last.get(place) == showing:
            del self._last[place]

    def _place(self, place: str) -> str:
        return self._tills.get(place, place)


class Turn:
    """One batch's view: what an act has ended the next does not find, and settle() ends it for all."""

    def __init__(self, showings: Showings) -> None:
        self._showings = showings
        self._ended: list[Showing] = []

    @property
    def limit(self) -> int:
        """Showings.limit."""
        return self._showings.limit

    @property
    def bounds(self) -> Bounds | None:
        """Showings.bounds."""
        return self._showings.bounds

    def at(self, place: str) -> Showing | None:
        """As Showings.at(), after the acts of this batch."""
        found = self._showings.at(place)
        return None if found in self._ended else found

    def end(self, place: str) -> None:
        """What was shown here is used up, once this batch is durable."""
        found = self.at(place)
        if found is not None:
            self._ended.append(found)

    def settle(self) -> None:
        """The batch is durable."""
        for each in self._ended:
            self._showings.end(each)
