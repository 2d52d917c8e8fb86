"""What a guest may try on the network: another's MAC and address, ways past the firewall, others' things."""

import socket
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from gateway.portal.net.rules import CAPTIVE_DNS_BURST, CAPTIVE_DNS_RATE
from hardware_tests.lab.children import until
from hardware_tests.lab.dns import PORT as DNS_PORT
from hardware_tests.lab.dns import TXT, question
from hardware_tests.lab.pages import Browser
from hardware_tests.lab.phones import PROBE, SITE, Phone
from hardware_tests.lab.settings import BROKER_PORT, CONSOLE_PORT, PORTAL_PORT
from hardware_tests.lab.store import Store
from hardware_tests.lab.wires import OURS, OURS_BEHIND, ROUTER, TILL, WORLD, WORLD_DNS
from tests.lab.guest import HOME, SECURE, connect, front, get_online

NewPhone = Callable[..., Phone]
SSH_PORT, BROKER_TLS_PORT, CAPTIVE_DNS_PORT = 22, 8883, 5354


def test_nobody_is_online_before_a_grant(phone: Phone) -> None:
    assert not phone.is_online()
    assert phone.is_captive()
    assert not phone.reaches(WORLD, 443)


def test_refusals_come_at_once_so_that_no_phone_waits(phone: Phone) -> None:
    with pytest.raises(ConnectionRefusedError):
        phone.connect(WORLD, 443)


def test_a_cloned_mac_with_another_address_is_not_online(phone: Phone, new_phone: NewPhone) -> None:
    get_online(phone)
    clone = new_phone(joined=False)
    clone.pose_as(_next(phone.ip), OURS, phone.mac)
    assert not clone.is_online()
    assert not clone.reaches(WORLD, 443)


def test_a_cloned_address_with_another_mac_is_not_online(phone: Phone, new_phone: NewPhone) -> None:
    get_online(phone)
    thief = new_phone(joined=False)
    thief.pose_as(phone.ip, OURS)
    assert not thief.reaches(WORLD, 443)


def test_a_cloned_pair_passes_as_the_docs_say(phone: Phone, new_phone: NewPhone) -> None:
    """What cannot be stopped: to the network both are one phone. docs/operations/wifi-attacks.md says so."""
    get_online(phone)
    clone = new_phone(joined=False)
    clone.pose_as(phone.ip, OURS, phone.mac)
    assert until(clone.is_online, "the clone of the whole pair is taken for its phone")


def test_a_cloned_pair_never_sees_the_members_card(phone: Phone, new_phone: NewPhone) -> None:
    browser, page = front(phone)
    card = browser.submit(page, page.form("/join"), name="Wilhelmina")
    browser.submit(card, card.form("/connect"))
    clone = new_phone(joined=False)
    clone.pose_as(phone.ip, OURS, phone.mac)
    stranger = Browser(clone)
    for path in ("", "online", "coupon", "me"):
        assert "Wilhelmina" not in stranger.open(HOME + path).answer.text


def test_a_client_without_a_lease_gets_a_page_that_says_so_and_no_grant(new_phone: NewPhone) -> None:
    phone = new_phone(joined=False)
    phone.pose_as("10.77.0.22", OURS)
    page = Browser(phone).open(HOME)
    assert page.answer.status == 403
    assert not page.forms
    assert not phone.is_online()


def test_a_form_of_another_phone_grants_nothing_to_a_client_without_a_lease(
    phone: Phone, new_phone: NewPhone
) -> None:
    _, page = front(phone)
    thief = new_phone(joined=False)
    thief.pose_as("10.77.0.21", OURS)
    Browser(thief).post(page, page.form("/connect"), page.form("/connect").fields)
    assert not thief.is_online()


def test_an_address_that_is_told_in_a_header_counts_for_nothing(phone: Phone, new_phone: NewPhone) -> None:
    get_online(phone)
    other = new_phone()
    for name in ("X-Real-IP", "X-Forwarded-For", "Forwarded"):
        page = Browser(other).send("GET", SECURE, {name: phone.ip})
        assert page.status == 200, "the phone that is online would have been led to its page"
        assert "/connect" in page.text


@pytest.mark.parametrize(
    ("address", "port"),
    [
        pytest.param(OURS, CONSOLE_PORT, id="console"),
        pytest.param(OURS, BROKER_PORT, id="broker"),
        pytest.param(OURS, BROKER_TLS_PORT, id="broker-tls"),
        pytest.param(OURS, SSH_PORT, id="ssh"),
        pytest.param(OURS, PORTAL_PORT, id="portal-without-nginx"),
        pytest.param(OURS_BEHIND, CONSOLE_PORT, id="console-by-the-other-address"),
        pytest.param(OURS_BEHIND, BROKER_PORT, id="broker-by-the-other-address"),
        pytest.param(TILL, 443, id="till"),
        pytest.param(ROUTER, 443, id="router"),
    ],
)
@pytest.mark.parametrize("online", [False, True], ids=["captive", "online"])
def test_a_guest_reaches_nothing_of_the_stores_own(
    store: Store, guests: tuple[Phone, Phone], address: str, port: int, online: bool
) -> None:
    phone = guests[online]
    before = _refused(store)
    assert not phone.reaches(address, port)
    assert _refused(store) > before, "somebody else than the firewall refused it"


def test_a_guest_who_asks_the_till_for_a_page_gets_ours_or_none(guests: tuple[Phone, Phone]) -> None:
    captive, online = guests
    assert captive.get(f"http://{TILL}/").goes_to
    assert not online.reaches(TILL, 80)


@pytest.fixture(scope="module")
def guests(store: Store) -> tuple[Phone, Phone]:
    """One that is captive, one that is online."""
    captive, online = store.phone(), store.phone()
    get_online(online)
    return captive, online


def test_the_stores_own_machines_do_reach_the_console(store: Store) -> None:
    """The tests above would pass if nobody listened."""
    with store.town.internet.inside():
        for port in (CONSOLE_PORT, BROKER_PORT):
            socket.create_connection((OURS_BEHIND, port), 2).close()
        socket.create_connection((TILL, 443), 2).close()


def test_a_guest_reaches_no_other_guest(guests: tuple[Phone, Phone], new_phone: NewPhone) -> None:
    phone, other = guests[1], new_phone()
    get_online(other)
    with other.space.inside():
        listening = socket.create_server((other.ip, 8000))
    with listening:
        assert not phone.reaches(other.ip, 8000), "side by side at the access point"
        phone.space.ip(f"route add {other.ip} via {OURS}")  # and by way of the Pi
        assert not phone.reaches(other.ip, 8000)
        phone.space.ip(f"neigh replace {other.ip} lladdr {other.mac} dev eth0 nud permanent")
        phone.space.ip(f"route del {other.ip}")
        assert not phone.reaches(other.ip, 8000), "without asking where it is"


def test_a_guest_has_no_ipv6(phone: Phone) -> None:
    phone.space.run("sysctl", "-qw", "net.ipv6.conf.eth0.disable_ipv6=0")
    with phone.space.inside(), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as asking:
        link = socket.if_nametoindex("eth0")
        asking.settimeout(0.5)
        with pytest.raises(OSError):  # nobody answers, or nobody can be asked
            asking.sendto(question("example.com"), ("ff02::1", DNS_PORT, 0, link))
            asking.recv(512)


def test_a_connection_from_before_the_grant_does_not_stay_with_the_portal(phone: Phone) -> None:
    kept = phone.connect(WORLD, 80)
    connect(phone)
    with kept:
        kept.settimeout(2)
        try:
            kept.sendall(b"GET /generate_204 HTTP/1.1\r\nHost: example.com\r\n\r\n")
            said = kept.recv(512)
        except OSError:
            said = b""
    assert not said.startswith(b"HTTP/1.1 302"), "the portal still answers for the internet"
    assert phone.is_online()


def test_the_brake_on_names_lets_a_phone_live_and_a_tunnel_starve(phone: Phone) -> None:
    answered = _ask_names(phone, 400)
    assert CAPTIVE_DNS_BURST // 2 <= answered <= CAPTIVE_DNS_BURST + 3 * CAPTIVE_DNS_RATE
    time.sleep(2 / CAPTIVE_DNS_RATE)  # the bucket fills again by time alone
    assert phone.resolve("example.com") == WORLD


def test_no_other_name_server_answers_a_guest(phone: Phone) -> None:
    """Whatever server a phone asks, ours answers: the brake cannot be gone around."""
    with phone.space.inside(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(2)
        asking.connect(("198.18.0.99", DNS_PORT))  # nobody's address
        asking.send(question("wifi.shopbell.example"))
        assert socket.inet_aton(OURS) in asking.recv(512)


def test_names_by_tls_or_another_port_go_nowhere(phone: Phone) -> None:
    assert not phone.reaches(WORLD_DNS, 853)
    assert not phone.reaches(WORLD_DNS, CAPTIVE_DNS_PORT)


def test_online_is_online(phone: Phone) -> None:
    get_online(phone)
    assert phone.get(PROBE).status == 204
    assert b"The internet is here" in phone.get(SITE).body


def _next(ip: str) -> str:
    head, _, last = ip.rpartition(".")
    return f"{head}.{int(last) + 1 if int(last) < 250 else int(last) - 1}"


def _refused(store: Store) -> int:
    """Packets that the firewall turned away."""
    said = store.town.pi.run("nft", "list", "counter", "inet", "shopbell", "refused")
    return int(said.split("packets")[1].split()[0])


def _ask_names(phone: Phone, count: int) -> int:
    """Ask for so many names as fast as it goes; how many answers came."""
    heard = 0
    with phone.space.inside(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect((OURS, DNS_PORT))
        for number in range(count):
            asking.send(question(f"{number:08x}.tunnel.example", TXT, number + 1))
        asking.settimeout(1)
        with suppress(TimeoutError):
            while asking.recv(4096):
                heard += 1
    return heard
