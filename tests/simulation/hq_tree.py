"""What HQ has of one gateway's log: a tree of events, of which an honest gateway's is one line.

Every event is checked as it comes: its hash, its place behind its parent, and the decision once more from its
own facts. At the end of each branch stands the State that the events up to there make.
"""

from collections.abc import Callable
from typing import NamedTuple

from gateway.core.book import LotKey, Part, moves
from gateway.core.event import GENESIS, Event, Sealed, check_link
from gateway.core.model import Bundle
from gateway.core.promises import Fence
from gateway.core.redecide import redecide
from gateway.core.state import State
from tests.simulation.verdict import Violation

FIRST_EPOCH = 1


class Gap(Exception):
    """The event's parent is not here: ask for the position again."""


class Node(NamedTuple):
    """An event in its tree; `epoch` is the one it was booked in, `number` its place in order of arrival."""

    event: Event
    hash: str
    body: bytes
    epoch: int
    number: int


class Tree:
    """One gateway's events."""

    def __init__(self, gateway: str, bundle_of: Callable[[str], Bundle]) -> None:
        self.gateway = gateway
        self._bundle_of = bundle_of
        self.nodes: dict[str, Node] = {}
        self.tip = (0, GENESIS)
        self.forks = 0
        self.epoch_reached = FIRST_EPOCH
        self.ends: dict[str, State] = {GENESIS: State(gateway)}

    def take(self, sealed: Sealed) -> Node | None:
        """The event as a node, None if it was here; raises Gap where its parent is not."""
        name = sealed.hash.hex()
        if name in self.nodes:
            return None
        event = self._check(sealed)
        if event.prev != GENESIS and event.prev not in self.nodes:
            raise Gap
        node = Node(event, name, sealed.body, self._epoch(event), len(self.nodes))
        self._grow(node)
        self.nodes[name] = node
        self.epoch_reached = max(self.epoch_reached, node.epoch)
        self.tip = (sealed.seq, name)
        return node

    def hashes_at(self, seq: int) -> list[str]:
        """Every event known at this seq."""
        return [name for name, node in self.nodes.items() if node.event.seq == seq]

    def chain(self, name: str) -> list[Node]:
        """The events from the first to this one."""
        found = []
        while name != GENESIS:
            if name not in self.nodes:
                raise Violation(13, f"{self.gateway}: HQ lacks event {name[:16]}, and has one behind it")
            found.append(self.nodes[name])
            name = self.nodes[name].event.prev
        return found[::-1]

    def state_at(self, name: str) -> State:
        """The State behind this event, made anew where it is not the end of a branch."""
        if name in self.ends:
            return self.ends[name]
        state = State(self.gateway)
        for node in self.chain(name):
            state.apply(node.event)
        return state

    def _check(self, sealed: Sealed) -> Event:
        seq, hash_, body = sealed
        prev = GENESIS if seq == 1 else _prev(body)
        event = check_link(hash_, body, seq, prev)
        if redecide(body, self._bundle_of(event.bundle)) != body:
            raise Violation(9, f"{self.gateway} {seq} {event.type}: HQ decides otherwise")
        return event

    def _epoch(self, event: Event) -> int:
        before = self.nodes[event.prev].epoch if event.prev != GENESIS else FIRST_EPOCH
        return event.act.epoch if isinstance(event.act, Fence) else before

    def _grow(self, node: Node) -> None:
        prev = node.event.prev
        state = self.ends.pop(prev, None)
        if state is None:
            self.forks += 1
            state = self.state_at(prev)
        state.apply(node.event)
        self.ends[node.hash] = state


def part_moves(event: Event) -> dict[LotKey, Part]:
    """What an event changes of lots."""
    return moves(event.transfers).parts


def _prev(body: bytes) -> str:
    mark = body.index(b'"prev":"') + 8
    return body[mark : mark + 64].decode()
