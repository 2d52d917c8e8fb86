"""Sends the ledger's events to HQ, in order, each once: the event log is the outbox.

There is no state of our own: HQ is asked where it stands, after the start and after any error whatever, and
the ledger is sent from there. If HQ's tip is not ours (a restored image, here or there) the last event both
have is searched by halves; what HQ has already it ignores.
"""

from cloud_bridge.bridge.afterwards import Afterwards
from cloud_bridge.bridge.door import HqDoor
from cloud_bridge.bridge.errors import Gap, HqUnreachable, LedgerUnreadable
from cloud_bridge.bridge.ledger import Ledger
from cloud_bridge.bridge.status import Status
from cloud_bridge.chain import Link
from cloud_bridge.wire import BATCH_EVENTS_MAX, CloudEvent, Position

BATCH_EVENTS_MIN = 10  # on the slowest line a batch still carries what one request costs


class Follower:
    """One gateway's way up."""

    def __init__(
        self, ledger: Ledger, door: HqDoor, status: Status, gateway: str, afterwards: Afterwards
    ) -> None:
        self._ledger = ledger
        self._door = door
        self._status = status
        self._gateway = gateway
        self._afterwards = afterwards
        self._at: tuple[int, bytes] | None = None  # the last event both sides have; None: ask HQ
        self._identity: tuple[int, int] | None = None
        self._batch_max = BATCH_EVENTS_MAX

    async def step(self) -> bool:
        """One question or one batch; True if there may be more to do at once. Raises Trouble."""
        head = self._ledger.head()
        self._door.head = head
        self._status.set_up(head=head)  # also while HQ is away: that is when a person asks what waits
        if head is None:
            return False
        try:
            return await self._forward(head)
        except Gap as gap:
            self._status.count("gap")
            self._status.log.warning("HQ lacks an event", hq_position=gap.position.seq)
            self._at = None
            return True
        except BaseException:
            self._at = None
            raise

    async def _forward(self, head: int) -> bool:
        self._forget_if_replaced(head)
        if self._at is None:
            self._at = await self._find_common(await self._door.position(), head)
        seq, hash_ = self._at
        self._status.set_up(position=seq)
        self._afterwards.reached(seq)
        if head <= seq:
            return False
        links = self._ledger.links(seq, hash_, head, self._batch_max)
        if not links:
            return False  # announced by a head that outlived its ledger: wait until the gateway says anew
        await self._send(links)
        return True

    def _forget_if_replaced(self, head: int) -> None:
        """Forget where we were if the log is another one: a restored image, with us still running."""
        identity = self._ledger.identity()
        if identity != self._identity or (self._at is not None and self._at[0] > head):
            self._at = None
        self._identity = identity

    async def _send(self, links: list[Link]) -> None:
        try:
            accepted = await self._door.send([cloud_event(self._gateway, link) for link in links])
        except HqUnreachable:
            self._batch_max = max(BATCH_EVENTS_MIN, self._batch_max // 2)
            raise
        self._batch_max = min(BATCH_EVENTS_MAX, self._batch_max * 2)
        self._status.count("sent", accepted.accepted)
        self._status.count("known", accepted.known)
        self._afterwards.sent(links)
        last = links[-1]
        if (accepted.seq, accepted.hash) == (last.seq, last.hash.hex()):
            self._at = (last.seq, last.hash)
            self._status.set_up(position=last.seq)
        else:
            self._at = None  # another branch was extended meanwhile: ask

    async def _find_common(self, tip: Position, head: int) -> tuple[int, bytes]:
        """The last event that HQ and this ledger both have; (0, zeros) if none. Raises Trouble."""
        if tip.seq <= head and self._ledger.hash_at(tip.seq) == bytes.fromhex(tip.hash):
            return tip.seq, bytes.fromhex(tip.hash)
        self._status.count("other_tip")
        self._status.log.warning("HQ's last event is not in this ledger", hq_position=tip.seq, head=head)
        low, high = 0, min(tip.seq, head)  # HQ has ours up to low; maybe up to high
        while low < high:
            middle = (low + high + 1) // 2
            if await self._is_known(middle):
                low = middle
            else:
                high = middle - 1
        found = self._ledger.hash_at(low)
        if found is None:
            raise LedgerUnreadable(f"event {low} was here a moment ago")
        self._afterwards.parted(low)
        return low, found

    async def _is_known(self, seq: int) -> bool:
        mine = self._ledger.hash_at(seq)
        return mine is not None and mine.hex() in await self._door.hashes_at(seq)


def cloud_event(gateway: str, link: Link) -> CloudEvent:
    """The event as it travels: its bytes unchanged."""
    return CloudEvent(
        "1.0",
        f"{gateway}:{link.seq}:{link.hash.hex()}",
        f"/gateways/{gateway}",
        f"shopbell.{link.type}.v1",
        "application/json",
        link.body,
    )
