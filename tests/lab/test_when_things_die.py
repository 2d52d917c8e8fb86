"""The store's processes are killed, starved or fed garbage, one after the other, while guests are there."""

import json
import socket
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from gateway.core.promises import Enrol
from gateway.portal.net.rules import PAGE_CONNECTIONS_MAX
from gateway.portal.settings import NETD_SOCKET
from hardware_tests.lab.children import until
from hardware_tests.lab.crowd import Crowd
from hardware_tests.lab.pages import Browser
from hardware_tests.lab.phones import PROBE, Phone
from hardware_tests.lab.settings import GATEWAY_USER, PORTAL_USER
from hardware_tests.lab.store import Store
from hardware_tests.lab.wires import OURS
from shopbell.network.places import WEB_USER
from tests.lab.guest import HOME, RELOAD_S, front, get_online, join

NewPhone = Callable[..., Phone]
SLOW_CONNECTIONS, SLOW_PHONES, SLOW_TRIES = 500, 15, 3
HALF_A_HEADER = b"GET / HTTP/1.1\r\nHost: 10.77.0.1\r\nX-Slow: "

# Sends each line of its input to netd, each on a connection of its own, and prints what came back.
ASK_NETD = """\
import base64, socket, sys
for line in sys.stdin:
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(5)
        try:
            asking.connect({path!r})
            asking.sendall(base64.b64decode(line))
            asking.shutdown(socket.SHUT_WR)
            said = b"".join(iter(lambda: asking.recv(65536), b""))
        except OSError as problem:
            said = repr(problem).encode()
    print(base64.b64encode(said).decode())
"""


def test_the_portal_is_killed_who_is_online_stays_so(store: Store, phone: Phone, new_phone: NewPhone) -> None:
    get_online(phone)
    store["portal"].kill()
    try:
        assert phone.is_online()
        other = new_phone()
        assert not other.is_online()
        told = Browser(other).open(HOME)
        assert told.answer.status in (502, 503)
        assert "back in a moment" in told.text
        assert other.get(PROBE).goes_to, "the page still opens by itself"
    finally:
        store.start("portal")
    get_online(other)
    assert phone.is_online()
    assert Browser(phone).open(HOME).url.endswith("/online"), "the portal knows whom it let online"


def test_netd_is_killed_the_page_says_so_and_the_card_is_given_all_the_same(
    store: Store, phone: Phone, new_phone: NewPhone
) -> None:
    get_online(phone)
    store["netd"].kill()
    other = new_phone()
    try:
        assert phone.is_online()
        browser, card = join(other)
        assert card.form("/connect")
        page = browser.submit(card, card.form("/connect"))
        assert "Opening the way for you" in page.text
        assert not other.is_online()
    finally:
        store.start("netd")
    assert until(other.is_online, "netd lets in whom the portal has noted meanwhile")
    assert phone.is_online(), "who was online did not notice"


def test_netd_and_portal_are_killed_the_kernel_is_brought_back_to_what_is_true(
    store: Store, phone: Phone, new_phone: NewPhone
) -> None:
    get_online(phone)
    store["portal"].kill()
    store["netd"].kill()
    store.town.pi.run("nft", "delete", "table", "inet", "shopbell")  # a firewall restarted by hand
    store.start("netd", "portal")
    assert until(phone.is_online, "who was online before is online again")
    other = new_phone()
    assert other.is_captive()


def test_the_gateway_is_killed_the_page_says_so_and_just_connect_works(
    store: Store, new_phone: NewPhone
) -> None:
    store["gateway"].kill()
    phone = new_phone()
    try:
        get_online(phone)
    finally:
        store.start("gateway")
    browser = Browser(phone)
    page = until(lambda: _with_form(browser), "one can join again", every_s=RELOAD_S)
    assert browser.submit(page, page.form("/join"), name="Mia").answer.status == 200


def test_the_gateway_is_killed_while_a_form_is_sent_it_is_booked_once(
    store: Store, new_phone: NewPhone
) -> None:
    phone = new_phone()
    browser, page = front(phone)
    before = len(store.booked(Enrol))
    store["gateway"].kill()
    try:
        away = browser.submit(page, page.form("/join"), name="Mia")
        assert away.answer.status == 503
    finally:
        store.start("gateway")
    card = browser.submit(away, away.form("/join"), name="Mia")
    again = browser.submit(away, away.form("/join"), name="Mia")
    assert (card.answer.status, again.answer.status) == (200, 200)
    assert len(store.booked(Enrol)) == before + 1


def test_slow_loris_from_one_phone_gets_no_more_than_its_share(phone: Phone, new_phone: NewPhone) -> None:
    taken = [opened for _ in range(SLOW_CONNECTIONS) if (opened := _slow(phone))]
    try:
        assert 0 < len(taken) <= PAGE_CONNECTIONS_MAX
        get_online(new_phone())
    finally:
        for opened in taken:
            opened.close()


def test_slow_loris_with_500_connections_and_normal_guests_are_served(
    store: Store, crowd: Crowd, new_phone: NewPhone
) -> None:
    with crowd.space.inside():
        taken = [_slow_seat(crowd, number) for number in range(SLOW_CONNECTIONS)]
    try:
        assert len([opened for opened in taken if opened.fileno() >= 0]) == SLOW_CONNECTIONS
        guest = new_phone()
        browser, card = join(guest)
        browser.submit(card, card.form("/connect"))
        assert guest.is_online()
        for opened in taken:  # and at the end of their time they are cut off
            opened.settimeout(20)
            assert _is_cut_off(opened)
    finally:
        for opened in taken:
            opened.close()


@pytest.fixture
def crowd(store: Store) -> Iterator[Crowd]:
    made = Crowd(store.town, SLOW_PHONES)
    made.gather()
    yield made
    made.space.remove()


GARBAGE: list[bytes] = [
    b"",
    b"\n",
    b"\0" * 64 + b"\n",
    b"\xff\xfe{}\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"[" * 10_000 + b"\n",
    b"{" * 20_000,
    b'"' + b"x" * 50_000 + b'"\n',
    b"null\n[]\n1e999\n",
    b'{"do": null}\n',
    b'{"do": ["grant"]}\n',
    b'{"do": "flush"}\n',
    b'{"do": "grant"}\n',
    b'{"do": "grant", "clients": {}}\n',
    b'{"do": "grant", "clients": [1, null, "x"]}\n',
    b'{"do": "wan", "up": "yes"}\n',
    b'{"do": "revoke", "clients": [{"mac": "x", "ip": "y"}]}\n',
]
BAD_CLIENTS: list[dict[str, Any]] = [
    {"mac": "02:00:00:00:00:01", "ip": "10.77.0.60", "seconds": -1, "class": "guest"},
    {"mac": "02:00:00:00:00:01", "ip": "10.77.0.60", "seconds": 1 << 70, "class": "guest"},
    {"mac": "02:00:00:00:00:01", "ip": "10.77.0.60", "seconds": 60, "class": "root"},
    {"mac": "02:00:00:00:00:01", "ip": "0.0.0.0/0", "seconds": 60, "class": "guest"},
    {"mac": "02:00:00:00:00:01", "ip": "8.8.8.8", "seconds": 60, "class": "guest"},
    {"mac": "x; flush ruleset", "ip": "10.77.0.60", "seconds": 60, "class": "guest"},
    {"mac": "02:00:00:00:00:0g", "ip": "10.77.0.60", "seconds": 60, "class": "guest"},
    {"mac": "02:00:00:00:00:01", "ip": "10.77.0.60", "seconds": True, "class": "guest"},
    {"mac": "02:00:00:00:00:01", "ip": "10.77.0.60", "seconds": 60, "class": "guest"},  # no lease
]


def test_garbage_on_netds_socket_changes_nothing(store: Store, phone: Phone, new_phone: NewPhone) -> None:
    get_online(phone)
    before = _online(store)
    asked = [*GARBAGE, *(_line({"do": "grant", "clients": [client]}) for client in BAD_CLIENTS)]
    asked += [_line({"do": "grant", "clients": [BAD_CLIENTS[-1]] * 101})]
    answers = _ask_netd(store, PORTAL_USER, *asked)
    assert len(answers) == len(asked)
    assert not any(b'"ok":true' in answer and b'"refused":[]' in answer for answer in answers)
    assert store["netd"].running
    assert _online(store) == before
    get_online(new_phone())


def test_netd_hears_the_portal_alone(store: Store) -> None:
    health = _line({"do": "health"})
    (heard,) = _ask_netd(store, PORTAL_USER, health)
    assert json.loads(heard)["ok"]
    for user in (GATEWAY_USER, WEB_USER):
        (refused,) = _ask_netd(store, user, health)
        assert b'"ok":true' not in refused, user


def test_netd_and_portal_hold_no_right_they_do_not_need(store: Store) -> None:
    """Of all capabilities netd has CAP_NET_ADMIN (bit 12), nginx CAP_NET_BIND_SERVICE (10), the rest none."""
    for name, wanted in (("netd", 1 << 12), ("portal", 0), ("gateway", 0), ("web", 1 << 10)):
        status = dict(
            line.split(":", 1) for line in Path(f"/proc/{store[name].pid}/status").read_text().splitlines()
        )
        held = {kind: int(status[kind], 16) for kind in ("CapEff", "CapPrm", "CapBnd", "CapAmb")}
        assert set(held.values()) == {wanted}, (name, held)
        assert status["Uid"].split()[0] != "0", name
        assert status["NoNewPrivs"].strip() == "1", name


def _with_form(browser: Browser) -> Any:
    page = browser.open(HOME + "?join=1")
    return page if any(form.action == "/join" for form in page.forms) else None


def _slow(phone: Phone) -> socket.socket | None:
    """A connection that will never finish its header; None where it is refused."""
    try:
        opened = phone.connect(OURS, 80, 0.5)
    except OSError:
        return None
    opened.sendall(HALF_A_HEADER)
    return opened


def _slow_seat(crowd: Crowd, number: int) -> socket.socket:
    """One that does not give up when it is not answered at once, which is once in some ten thousand."""
    for _ in range(SLOW_TRIES):
        with suppress(TimeoutError):
            opened = crowd.connect(crowd.seats[number % SLOW_PHONES], OURS, 80, 5)
            opened.sendall(HALF_A_HEADER)
            return opened
    raise TimeoutError(f"slow connection {number} was not answered {SLOW_TRIES} times")


def _is_cut_off(opened: socket.socket) -> bool:
    try:
        return not opened.recv(65536) or not opened.recv(1)
    except ConnectionResetError:
        return True


def _line(asked: dict[str, Any]) -> bytes:
    return json.dumps(asked).encode() + b"\n"


def _ask_netd(store: Store, user: str, *lines: bytes) -> list[bytes]:
    """What netd says to each, asked by this user."""
    code = ASK_NETD.format(path=str(store.folder / "run" / NETD_SOCKET))
    said = store.as_user(user, code, "".join(b64encode(line).decode() + "\n" for line in lines))
    return [b64decode(line) for line in said.splitlines()]


def _online(store: Store) -> set[tuple[str, ...]]:
    """Pairs in the kernel's set."""
    said = json.loads(store.town.pi.run("nft", "-j", "list", "set", "inet", "shopbell", "auth"))
    (found,) = (one["set"] for one in said["nftables"] if "set" in one)
    return {tuple(_plain(one)["concat"]) for one in found.get("elem", [])}


def _plain(element: Any) -> Any:
    """An element without its timeout and counter."""
    return element["elem"]["val"] if isinstance(element, dict) and "elem" in element else element
