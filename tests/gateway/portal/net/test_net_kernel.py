"""The firewall in real namespaces: what nft and conntrack say of what our netlink did, and who gets where."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.portal.net import elements, rules, shaping
from gateway.portal.net.elements import Counted
from gateway.portal.net.firewall import KernelFirewall, Seen, in_parts
from gateway.portal.net.netlink import NESTED, KernelRefused, Netlink
from gateway.portal.net.roster import Client
from gateway.portal.net.rules import PAGE_CONNECTIONS_MAX, TABLE
from tests.gateway.portal.net import netrig
from tests.gateway.portal.net.netrig import INTERNET, ONE, OURS, STORE, TWO, Net, Space, connect, met
from tests.gateway.portal.net.test_net_netlink import tree

MINUTE_MS = 60_000


def now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


class Here:
    """The namespaces with the firewall loaded in the middle one, and everybody's doors open."""

    def __init__(self, net: Net) -> None:
        self.net = net
        self.gate, self.one, self.two = net.gate, net.one, net.two
        self.netlink = self.gate.call(Netlink)
        self.firewall = self.made(net)
        assert self.gate.call(self.firewall.prepare)
        self.gate.call(self.firewall.shape)
        for port, says in ((80, b"page"), (8080, b"console"), (1883, b"broker"), (22, b"shell")):
            netrig.serve(self.gate, port, says)
        for port in (80, 443, 8080):
            netrig.serve(net.beyond, port, b"beyond")
        netrig.serve(self.two, 80, b"guest")

    def made(self, net: Net, **other: Any) -> KernelFirewall:
        return KernelFirewall(replace(net.settings, **other), self.netlink, now_ms)

    def change(self, put: list[Client], take: list[tuple[str, str]] | None = None) -> None:
        self.gate.call(lambda: self.firewall.change(put, take or []))

    def wan(self, up: bool, online: list[Client] | None = None) -> None:
        self.gate.call(lambda: self.firewall.set_wan(up, online or []))

    def rest(self) -> None:
        """As at the beginning: nobody online, the internet there, nothing remembered."""
        if not self.gate.call(self.firewall.loaded):
            self.gate.call(self.firewall.prepare)
        self.change([], [seen.client.pair for seen in self.gate.call(self.firewall.clients)])
        self.wan(True)
        self.gate.tool("conntrack", "-F", check=False)
        for name in ("dns_captive", "dns_online", "page_flows"):
            self.gate.tool("nft", "flush", "set", "inet", TABLE, name)

    def elements(self, name: str) -> list[Any]:
        """As nft lists them."""
        kind = "map" if name == rules.SLOTS else "set"
        (listed,) = self.gate.nft("list", kind, "inet", TABLE, name)
        found: list[Any] = listed[kind].get("elem", [])
        return found


@pytest.fixture(scope="module")
def built() -> Iterator[Here]:
    netrig.needs_root()
    with netrig.net() as net:
        yield Here(net)


@pytest.fixture
def here(built: Here) -> Iterator[Here]:
    yield built
    built.rest()


def client(pair: tuple[str, str] = ONE, kind: str = "guest", place: int = 3, ms: int = MINUTE_MS) -> Client:
    return Client(*pair, kind, place, now_ms() + ms)


def quiet(here: Here) -> list[Seen]:
    """Who is online, when the last packets of what was closed have gone by."""
    found: list[list[Seen]] = [here.gate.call(here.firewall.clients)]

    def still() -> bool:
        found.append(here.gate.call(here.firewall.clients))
        return [(s.sent, s.got) for s in found[-1]] == [(s.sent, s.got) for s in found[-2]]

    until(still, pause_s=0.3)
    return found[-1]


def until(holds: Callable[[], bool], seconds: float = 10.0, pause_s: float = 0.05) -> None:
    deadline = time.monotonic() + seconds
    time.sleep(pause_s)
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(pause_s)


# What the kernel has


def test_nft_sees_a_client_as_it_was_put_in(here: Here) -> None:
    here.change([client(), client(TWO, "member", 4, 2 * MINUTE_MS)])
    auth = {tuple(each["elem"]["val"]["concat"]): each["elem"] for each in here.elements("auth")}
    assert set(auth) == {ONE, TWO}
    assert 58 <= auth[ONE]["timeout"] <= 60
    assert 118 <= auth[TWO]["timeout"] <= 120
    assert auth[ONE]["counter"] == {"packets": 0, "bytes": 0}
    assert {each["elem"]["val"] for each in here.elements("auth_ip")} == {ONE[1], TWO[1]}
    listed = here.gate.tool("nft", "list", "map", "inet", TABLE, rules.SLOTS)
    guest, member = (f"1:{shaping.class_id(*key) & 0xFFFF:x}" for key in ((3, "guest"), (4, "member")))
    assert re.search(rf"{ONE[1]} timeout \w+ expires \w+ : {guest}\b", listed)
    assert re.search(rf"{TWO[1]} timeout \w+ expires \w+ : {member}\b", listed)


def test_our_bytes_are_the_ones_that_nft_sends(here: Here) -> None:
    ours = elements.put(*ONE, 90_000, 0x10011, Counted(5, 1), Counted(7, 2))
    mac, ip = ONE
    said = {
        "auth": f"{mac} . {ip} counter packets 1 bytes 5 timeout 90s",
        "auth_ip": f"{ip} counter packets 2 bytes 7 timeout 90s",
        "slots": f"{ip} timeout 90s : 1:11",
    }
    for message, (name, text) in zip(ours, said.items(), strict=True):
        words = ["nft", "--debug=mnl", "add", "element", "inet", TABLE, name, f"{{ {text} }}"]
        by_nft = sent(here.gate.tool(*words, check=True), elements.NEW_ELEMENT)
        by_nft.pop(4)  # nft's own number of the set: for one that is made in the same batch
        assert tree(message.payload) == by_nft


def test_an_extension_keeps_what_was_counted_and_changes_the_rest(here: Here) -> None:
    here.change([client()])
    assert met(here.one, INTERNET, 443) == "beyond"
    (before,) = quiet(here)
    assert before.sent.bytes > 0
    assert before.got.bytes > 0
    here.change([client(kind="member", place=5, ms=10 * MINUTE_MS)])
    (after,) = here.gate.call(here.firewall.clients)
    assert (after.sent, after.got) == (before.sent, before.got)
    assert (after.client.kind, after.client.place) == ("member", 5)
    assert after.client.until_ms - now_ms() > 9 * MINUTE_MS


def test_another_guest_at_the_same_address_begins_at_nothing(here: Here) -> None:
    here.change([client()])
    assert met(here.one, INTERNET, 443) == "beyond"
    quiet(here)
    other = ("02:00:00:00:00:99", ONE[1])
    here.change([client(other)], [ONE])
    (seen,) = here.gate.call(here.firewall.clients)
    assert seen.client.pair == other
    assert (seen.sent, seen.got) == (Counted(), Counted())
    assert met(here.one, INTERNET, 443) == "refused"


def test_a_client_runs_out_by_the_kernel_alone_and_can_be_put_in_again(here: Here) -> None:
    here.change([client(ms=300)])
    assert met(here.one, INTERNET, 443) == "beyond"
    until(lambda: met(here.one, INTERNET, 443) == "refused")
    here.change([client(kind="member")])
    assert met(here.one, INTERNET, 443) == "beyond"


def test_taking_out_who_is_not_in_is_fine(here: Here) -> None:
    here.change([], [ONE, TWO])
    here.change([client()], [TWO])
    assert [seen.client.pair for seen in here.gate.call(here.firewall.clients)] == [ONE]


def test_one_refused_message_undoes_the_batch(here: Here) -> None:
    messages = [
        *elements.put(*ONE, MINUTE_MS, 0x10011, Counted(), Counted()),
        elements.take(elements.keys_of(*TWO)[0]),
    ]
    with pytest.raises(KernelRefused, match="No such file"):
        here.gate.call(lambda: here.netlink.transact(messages, "both"))
    assert here.elements("auth") == []


def test_a_loaded_table_is_known_and_another_text_takes_its_place_with_everybody_in_it(here: Here) -> None:
    assert not here.gate.call(here.firewall.prepare)
    here.change([client(kind="member", place=6)])
    assert met(here.one, INTERNET, 443) == "beyond"
    (before,) = quiet(here)
    other = here.made(here.net, https_port=8443)
    assert not here.gate.call(other.loaded)
    assert here.gate.call(other.prepare)
    (after,) = here.gate.call(other.clients)
    assert (after.client.pair, after.client.kind, after.client.place) == (ONE, "member", 6)
    assert (after.sent, after.got) == (before.sent, before.got)
    assert abs(after.client.until_ms - before.client.until_ms) < 2_000
    assert here.gate.call(other.wan)
    here.wan(False)
    assert here.gate.call(here.firewall.prepare)
    assert not here.gate.call(here.firewall.wan)


def test_the_fullest_house_is_carried_over_too(here: Here) -> None:
    full = here.made(here.net, clients_max=1_000)
    assert here.gate.call(full.prepare)
    pairs = [
        (f"02:00:00:01:{n >> 8:02x}:{n & 255:02x}", f"10.77.{1 + (n >> 8)}.{n & 255}") for n in range(700)
    ]
    clients = [client(pair, place=place) for place, pair in enumerate(pairs)]
    for part in in_parts(clients):
        here.gate.call(lambda part=part: full.change(part, []))  # type: ignore[misc]
        here.gate.call(lambda part=part: full.change(part, []))  # type: ignore[misc]
    other = here.made(here.net, clients_max=999)
    assert here.gate.call(other.prepare)
    assert sorted(seen.client.pair for seen in here.gate.call(other.clients)) == sorted(pairs)
    here.gate.tool("nft", "delete", "table", "inet", TABLE)


def test_the_kernels_counters_are_those_that_nft_lists(here: Here) -> None:
    met(here.one, INTERNET, 443)
    met(here.one, INTERNET, 80)
    listed = here.gate.nft("list", "counters", "table", "inet", TABLE)
    by_nft = {each["counter"]["name"]: each["counter"]["packets"] for each in listed}
    assert here.gate.call(here.firewall.counters) == by_nft
    assert by_nft["captured"] > 0
    assert by_nft["refused"] > 0


# Who gets where

CLOSED = [
    (OURS, 8080),
    (OURS, 1883),
    (OURS, 22),
    (OURS, 443),
    ("192.168.9.2", 8080),
    (STORE, 8080),
    (STORE, 443),
]


@pytest.mark.parametrize("online", [False, True], ids=["captive", "online"])
@pytest.mark.parametrize(("host", "port"), CLOSED)
def test_a_guest_is_refused_at_everything_that_is_the_stores(
    here: Here, host: str, port: int, online: bool
) -> None:
    here.change([client()] if online else [])
    assert met(here.one, OURS, 80) == "page"
    assert met(here.one, host, port) == "refused"


def test_the_store_itself_is_not_kept_from_its_own_doors(here: Here) -> None:
    assert met(here.gate, "127.0.0.1", 8080) == "console"
    assert met(here.net.beyond, "192.168.9.2", 8080) == "console"


@pytest.mark.parametrize("online", [False, True], ids=["captive", "online"])
def test_a_guest_does_not_reach_another_guest_by_the_air_or_by_us(here: Here, online: bool) -> None:
    here.change([client(), client(TWO, place=4)] if online else [])
    assert met(here.one, TWO[1], 80, wait_s=0.3) == "nothing"
    here.one.ip(f"route add {TWO[1]}/32 via {OURS}")
    try:
        assert met(here.one, TWO[1], 80) == ("refused" if online else "page")  # led to us, as all of port 80
        assert met(here.one, TWO[1], 443) == "refused"
    finally:
        here.one.ip(f"route del {TWO[1]}/32 via {OURS}")


def test_captive_is_led_to_the_page_refused_elsewhere_and_online_is_neither(here: Here) -> None:
    assert met(here.one, INTERNET, 80) == "page"
    assert met(here.one, INTERNET, 443) == "refused"
    here.change([client()])
    assert met(here.one, INTERNET, 80) == "beyond"
    assert met(here.one, INTERNET, 443) == "beyond"
    assert met(here.two, INTERNET, 443) == "refused"
    here.change([], [ONE])
    assert met(here.one, INTERNET, 80) == "page"
    assert met(here.one, INTERNET, 443) == "refused"


def test_nobody_beyond_reaches_a_guest(here: Here) -> None:
    here.change([client(TWO)])
    here.net.beyond.ip("route add 10.77.0.0/22 via 192.168.9.2")
    try:
        assert met(here.net.beyond, TWO[1], 80, wait_s=0.3) == "nothing"
    finally:
        here.net.beyond.ip("route del 10.77.0.0/22 via 192.168.9.2")


def test_the_same_mac_at_another_address_is_not_online_and_nobodys_address_is_dropped(here: Here) -> None:
    here.change([client()])
    for address, expected in (("10.77.0.77/22", "refused"), ("172.20.0.9/16", "nothing")):
        here.one.ip(f"address add {address} dev eth0")
        source = address.partition("/")[0]
        try:
            assert met_from(here.one, source) == expected
        finally:
            here.one.ip(f"address del {address} dev eth0")


def test_an_end_bites_in_the_middle_of_a_connection(here: Here) -> None:
    here.change([client()])
    with connect(here.one, INTERNET, 443) as connected:
        assert connected.recv(64) == b"beyond"
        here.change([], [ONE])
        connected.sendall(b"more")
        with pytest.raises(ConnectionResetError):
            connected.recv(64)


@pytest.mark.parametrize("by_kernel", [True, False])
def test_a_connection_from_before_the_grant_does_not_lead_to_the_page_after_it(
    here: Here, by_kernel: bool
) -> None:
    here.firewall._connections.by_kernel = by_kernel
    with connect(here.one, INTERNET, 80) as captured, connect(here.one, OURS, 80) as asking:
        assert captured.recv(64) == b"page"
        assert asking.recv(64) == b"page"
        here.change([client()])
        led = [
            line for line in here.gate.tool("conntrack", "-L", "-s", ONE[1]).splitlines() if INTERNET in line
        ]
        assert led == []
        captured.sendall(b"more")
        with pytest.raises(ConnectionResetError):
            captured.recv(64)
        asking.sendall(b"more")  # the one that asks for the grant gets its answer
        with pytest.raises(TimeoutError):
            asking.settimeout(0.3)
            asking.recv(64)
    here.firewall._connections.by_kernel = True


def test_an_extension_leaves_connections_alone(here: Here) -> None:
    here.change([client()])
    with connect(here.one, INTERNET, 443):
        here.change([client(kind="member")])
        assert f"dst={INTERNET}" in here.gate.tool("conntrack", "-L", "-s", ONE[1])


def test_without_the_internet_everybody_is_led_to_the_page_and_refused_at_once_elsewhere(here: Here) -> None:
    online = client()
    here.change([online])
    here.wan(False, [online])
    for guest in (here.one, here.two):
        assert met(guest, INTERNET, 80) == "page"
        assert met(guest, INTERNET, 443) == "refused"
    here.wan(False)
    here.wan(True, [online])
    assert met(here.one, INTERNET, 80) == "beyond"
    here.wan(True)
    assert met(here.one, INTERNET, 443) == "beyond"


# Names, flows, classes


def test_names_are_asked_of_us_wherever_they_were_sent_and_of_the_other_one_without_the_internet(
    here: Here,
) -> None:
    with answering(here.gate, 53, b"true"), answering(here.gate, 5354, b"anything"):
        for host in (OURS, INTERNET, "8.8.8.8"):
            assert asked(here.one, host) == b"true"
        here.change([client()])
        assert asked(here.one, "8.8.8.8") == b"true"
        here.wan(False, [client()])
        for guest in (here.one, here.two):
            assert asked(guest, OURS) == b"anything"
            assert asked(guest, "8.8.8.8") == b"anything"
        here.wan(True, [client()])
        assert asked(here.one, OURS) == b"true"


def test_a_tunnel_of_names_is_braked_and_who_is_online_may_ask_more(here: Here) -> None:
    with answering(here.gate, 53, b"true"):
        captive = flood(here.one, 400)
        here.change([client(TWO)])
        online = flood(here.two, 400)
    assert rules.CAPTIVE_DNS_BURST <= captive < 200
    assert rules.ONLINE_DNS_BURST <= online < 400
    assert here.gate.call(here.firewall.counters)["dns_braked"] >= 800 - captive - online


def test_one_phone_has_only_so_many_connections_to_our_pages(here: Here) -> None:
    opened = []
    with pytest.raises(ConnectionRefusedError):
        for _ in range(PAGE_CONNECTIONS_MAX + 5):
            opened.append(connect(here.one, OURS, 80))
    assert len(opened) == PAGE_CONNECTIONS_MAX
    assert met(here.two, OURS, 80) == "page"
    for each in opened:
        each.close()


def test_what_a_client_sends_and_gets_goes_through_its_own_class(here: Here) -> None:
    for kind in shaping.KINDS:
        here.change([client(kind=kind, place=2)])
        minor = f"1:{shaping.class_id(2, kind) & 0xFFFF:x}"
        for interface in ("lan0", "wan0"):
            before = through(here.gate, interface, minor)
            assert met(here.one, INTERNET, 443) == "beyond"
            assert through(here.gate, interface, minor) > before


def test_classes_have_the_rates_of_the_settings(here: Here) -> None:
    listed = here.gate.tool("tc", "class", "show", "dev", "lan0")
    assert "class htb 1:1 root rate 90Mbit" in listed
    assert len(re.findall("ceil 4Mbit", listed)) == 8
    assert len(re.findall("ceil 20Mbit", listed)) == 8


def met_from(space: Space, source: str) -> str:
    """As `met`, from another address of that guest."""

    def tried() -> str:
        with socket.socket() as made:
            made.settimeout(0.5)
            made.bind((source, 0))
            try:
                made.connect((INTERNET, 443))
            except ConnectionRefusedError:
                return "refused"
            except OSError:
                return "nothing"
            return made.recv(64).decode()

    return space.call(tried)


@contextmanager
def answering(space: Space, port: int, says: bytes) -> Iterator[None]:
    """A resolver that says one thing whatever it is asked."""
    made = space.call(lambda: bound(port))
    made.settimeout(0.1)
    closed = threading.Event()

    def answer() -> None:
        while not closed.is_set():
            with suppress(TimeoutError):
                _, sender = made.recvfrom(512)
                made.sendto(says, sender)

    working = threading.Thread(target=answer)
    working.start()
    try:
        yield
    finally:
        closed.set()
        working.join()
        made.close()


def bound(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((OURS, port))
    return made


def asked(space: Space, host: str) -> bytes:
    def ask() -> bytes:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
            made.settimeout(3)
            made.sendto(b"name?", (host, 53))
            return made.recv(512)

    return space.call(ask)


def flood(space: Space, count: int) -> int:
    """How many of so many questions at once are answered."""

    def ask() -> int:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
            made.settimeout(0.5)
            answered = 0
            for number in range(count):
                made.sendto(b"name?", (OURS, 53))
                if number % 20 == 19:
                    answered += drained(made)
            return answered + drained(made)

    return space.call(ask)


def drained(made: socket.socket) -> int:
    count = 0
    made.settimeout(0.05)
    try:
        while made.recv(512):
            count += 1
    except TimeoutError:
        pass
    return count


def through(space: Space, interface: str, minor: str) -> int:
    """Packets of a class so far."""
    found = re.search(
        rf"class htb {minor} .*?Sent \d+ bytes (\d+) pkt",
        space.tool("tc", "-s", "class", "show", "dev", interface),
        re.DOTALL,
    )
    assert found
    return int(found[1])


SHOWN = re.compile(r"^\|(?:(\d{5})\|(..)\|(\d{5})\||((?: [0-9a-f]{2}){4})  \|\t\|      data)", re.MULTILINE)


def sent(shown: str, kind: int) -> dict[int, object]:
    """The attributes of the message of a kind in what `nft --debug=mnl` shows."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    (block,) = [each for each in plain.split("message length") if f"| {10 << 8 | kind:05d} |" in each]
    data = b""
    for length, flags, number, value in SHOWN.findall(block):
        if value:
            data += bytes.fromhex(value)
        else:
            marked = int(number) | (NESTED if "N" in flags else 0)
            data += int(length).to_bytes(2, "little") + marked.to_bytes(2, "little")
    return tree(data)
