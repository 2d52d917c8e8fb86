"""The firewall as netd uses it: the kernel's, or one that is only remembered (`shopbell netd --simulate`).

Both answer the same questions. The kernel's is loaded by `nft` and shaped by `tc`, once, where it is not
there as our settings have it; after that each change is one transaction over our own netlink socket.
"""

import errno
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, Protocol, TypeVar

from gateway.portal.net import elements, rules, shaping
from gateway.portal.net.asked import CLIENTS_MAX
from gateway.portal.net.conntrack import LED_HERE, LED_OUT, Connections
from gateway.portal.net.elements import Counted, Element, Key
from gateway.portal.net.netlink import KernelRefused, Message, Netlink
from gateway.portal.net.roster import Client
from gateway.portal.settings import NetworkSettings

TRIES_MAX: Final = 4  # the first without a look; a client may run out between a look and our change
TOOL_WAIT_S: Final = 20.0
TOOLS_PATH: Final = "/usr/sbin:/sbin:/usr/bin:/bin"  # an ordinary user's path may lack the first two
COUNTERS: Final = ("captured", "refused", "dns_braked")
NOBODY: Final = -1  # the place of a client whose class is missing

T = TypeVar("T")
Pair = tuple[str, str]


class Seen(NamedTuple):
    """A client as the firewall has it, and how much it sent and got."""

    client: Client
    sent: Counted
    got: Counted


class Firewall(Protocol):
    """What netd asks of it. Everything raises KernelRefused."""

    def prepare(self) -> bool:
        """Load what is not there; False where it was loaded already."""
        ...

    def shape(self) -> None:
        """Give every place its classes of traffic."""
        ...

    def loaded(self) -> bool:
        """Whether our table is there, as the settings have it."""
        ...

    def clients(self) -> list[Seen]:
        """Everybody who is online."""
        ...

    def change(self, put: Sequence[Client], take: Sequence[Pair]) -> None:
        """Let some online and others out of it, all or none; what they had open is forgotten."""
        ...

    def wan(self) -> bool:
        """Whether names are answered truly: what it was told last."""
        ...

    def set_wan(self, up: bool, online: Iterable[Client]) -> None:
        """Lead names and pages to us while the internet is away."""
        ...

    def counters(self) -> Mapping[str, int]:
        """How many packets were captured, refused and braked."""
        ...


class KernelFirewall:
    """Of the network this process is in. `now_ms` is the clock of Client.until_ms."""

    def __init__(self, settings: NetworkSettings, netlink: Netlink, now_ms: Callable[[], int]) -> None:
        self._settings = settings
        self._netlink = netlink
        self._connections = Connections(netlink)
        self._now_ms = now_ms
        self._mark = rules.mark(settings)

    def prepare(self) -> bool:
        """Load the table; who is online under an older text of the rules stays so."""
        if self.loaded():
            return False
        before, wan = self._known(), self.wan()
        _run("nft", "-f", "-", given=rules.ruleset(self._settings))
        if not wan:
            self.set_wan(False, [])
        for part in in_parts(before):
            again = [m for seen in part for m in self._put(seen.client, seen.sent, seen.got)]
            self._transact(again, "carry over")
        return True

    def loaded(self) -> bool:
        """Whether the table has the chain that bears our text's hash."""
        return bool(self._found(elements.read_chain(self._mark)))

    def clients(self) -> list[Seen]:
        """Read the three sets; who has no class has the place NOBODY."""
        auth, auth_ip, slots = (self._all(name) for name in (rules.AUTH, rules.AUTH_IP, rules.SLOTS))
        now_ms = self._now_ms()
        seen = []
        for key, element in auth.items():
            mac, ip = elements.pair_of(key)
            address = elements.ip_key(ip)
            place, kind = _class_of(slots.get(address))
            got = auth_ip[address].counted if address in auth_ip else Counted()
            seen.append(Seen(Client(mac, ip, kind, place, now_ms + element.left_ms), element.counted, got))
        return seen

    def change(self, put: Sequence[Client], take: Sequence[Pair]) -> None:
        """First as if nothing were there; else read it, take it out, and put in what it had counted."""
        before: dict[Key, Element] = {}
        for tries in range(TRIES_MAX):
            try:
                if take or tries:
                    before = self._there([*take, *(client.pair for client in put)])
                self._transact(self._renewal(put, before), "change who is online")
                break
            except KernelRefused as problem:
                if problem.number not in (errno.ENOENT, errno.EEXIST) or tries == TRIES_MAX - 1:
                    raise
        renewed = {client.ip for client in put if elements.keys_of(*client.pair)[0] in before}
        self._connections.forget({client.ip for client in put} - renewed, LED_HERE)
        self._connections.forget({ip for _, ip in take}, LED_OUT)

    def wan(self) -> bool:
        """Whether our interface is not in the set."""
        return not self._found(elements.read_one(elements.wan_down_key(self._settings.lan)))

    def set_wan(self, up: bool, online: Iterable[Client]) -> None:
        """Put our interface into the set that the rules ask, or take it out."""
        lan = self._settings.lan
        self._transact(
            elements.take_wan_down(lan) if up else elements.put_wan_down(lan), "tell of the internet"
        )
        self._connections.forget((client.ip for client in online), LED_HERE)

    def counters(self) -> dict[str, int]:
        """The named counters of the table."""
        found = {name: self._found(elements.read_counter(name)) for name in COUNTERS}
        return {name: elements.counter(rows[0]).packets for name, rows in found.items() if rows}

    def shape(self) -> None:
        """Anew each time: what waits in a queue meanwhile is sent again by whoever sent it."""
        _run("tc", "-force", "-batch", "-", given=shaping.removals(self._settings), may_fail=True)
        _run("tc", "-batch", "-", given=shaping.commands(self._settings))

    def _known(self) -> list[Seen]:
        """Who is online under another text of the rules; nobody where there is no table."""
        try:
            return [seen for seen in self.clients() if seen.client.place != NOBODY]
        except KernelRefused as problem:
            if problem.number != errno.ENOENT:
                raise
            return []

    def _renewal(self, put: Iterable[Client], before: Mapping[Key, Element]) -> list[Message]:
        messages = [elements.take(key) for key in before]
        for client in put:
            auth, auth_ip, _ = elements.keys_of(*client.pair)
            same = auth in before and auth_ip in before  # with another MAC it is another guest's count
            sent, got = (before[auth].counted, before[auth_ip].counted) if same else (Counted(), Counted())
            messages += self._put(client, sent, got)
        return messages

    def _put(self, client: Client, sent: Counted, got: Counted) -> list[Message]:
        timeout_ms = max(1, client.until_ms - self._now_ms())
        class_id = shaping.class_id(client.place, client.kind)
        return elements.put(*client.pair, timeout_ms, class_id, sent, got)

    def _there(self, pairs: Iterable[Pair]) -> dict[Key, Element]:
        """Which of these clients' elements the kernel has."""
        found = {}
        for key in dict.fromkeys(key for pair in pairs for key in elements.keys_of(*pair)):
            for row in self._found(elements.read_one(key)):
                found[key] = elements.elements(row)[0]
        return found

    def _found(self, question: Message) -> list[bytes]:
        """The answer; empty where there is no such thing."""
        try:
            return self._netlink.ask(question, "look at the firewall")
        except KernelRefused as problem:
            if problem.number != errno.ENOENT:
                raise
            return []

    def _all(self, name: str) -> dict[bytes, Element]:
        rows = self._netlink.ask(elements.read_all(name), f"read {name}")
        return {element.key: element for row in rows for element in elements.elements(row)}

    def _transact(self, messages: Sequence[Message], doing: str) -> None:
        self._netlink.transact(messages, doing)


class SimulatedFirewall:
    """Lets nobody through and keeps nobody out: it remembers, for trying without any right."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._clients: dict[Pair, Client] = {}
        self._wan = True

    def prepare(self) -> bool:
        return True

    def shape(self) -> None:
        pass

    def loaded(self) -> bool:
        return True

    def clients(self) -> list[Seen]:
        now_ms = self._now_ms()
        self._clients = {pair: c for pair, c in self._clients.items() if c.until_ms > now_ms}
        return [Seen(client, Counted(), Counted()) for client in self._clients.values()]

    def change(self, put: Sequence[Client], take: Sequence[Pair]) -> None:
        for pair in take:
            self._clients.pop(pair, None)
        self._clients |= {client.pair: client for client in put}

    def wan(self) -> bool:
        return self._wan

    def set_wan(self, up: bool, online: Iterable[Client]) -> None:
        self._wan = up

    def counters(self) -> dict[str, int]:
        return {}


def in_parts(clients: Sequence[T]) -> Iterator[Sequence[T]]:
    """As many at a time as fit into one message to the kernel: its usual 208 KiB hold some 200 clients."""
    return (clients[at : at + CLIENTS_MAX] for at in range(0, len(clients), CLIENTS_MAX))


def _class_of(element: Element | None) -> tuple[int, str]:
    if element is None:
        return NOBODY, shaping.GUEST
    try:
        return shaping.place_of(elements.class_of(element))
    except ValueError:
        return NOBODY, shaping.GUEST


def _run(tool: str, *arguments: str, given: str, may_fail: bool = False) -> None:
    """Run a tool of the system with a text on its standard input. Raises KernelRefused with what it said."""
    path = shutil.which(tool, path=TOOLS_PATH)
    if path is None:
        raise KernelRefused(errno.ENOENT, f"find {tool} in {TOOLS_PATH}")
    try:
        done = subprocess.run(
            [path, *arguments], input=given, capture_output=True, text=True, timeout=TOOL_WAIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise KernelRefused(errno.EIO, f"{tool}: {problem}") from problem
    if done.returncode and not may_fail:
        raise KernelRefused(errno.EIO, f"{tool}: {done.stderr.strip()[:300]}")
