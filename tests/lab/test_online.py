"""What a guest has while online: a speed, a time, staff who can end it; a phone that asks by RFC 8908."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from gateway.core.promises import Enrol
from gateway.portal.announce import API_TYPE
from gateway.portal.settings import CONTROL_SOCKET
from hardware_tests.lab.children import until
from hardware_tests.lab.internet import BULK, BULK_PATH
from hardware_tests.lab.pages import Browser
from hardware_tests.lab.phones import Machine, Phone
from hardware_tests.lab.settings import CONSOLE_PORT, GATEWAY_USER, NAME, TOKEN
from hardware_tests.lab.store import Store
from hardware_tests.lab.wires import OURS_BEHIND, WORLD
from tests.lab.guest import HOME, code_of, connect, front, get_online, join

NewPhone = Callable[..., Phone]
API = f"https://{NAME}/api/captive"
CONSOLE = f"http://{OURS_BEHIND}:{CONSOLE_PORT}"
GUEST_KBIT, MEMBER_KBIT = 4_000, 10_000
ASK_SESSIONS = """\
import socket
with socket.socket(socket.AF_UNIX) as asking:
    asking.connect({path!r})
    asking.sendall(b'{{"do": "sessions"}}\\n')
    print(asking.makefile().readline())
"""
BURST_BITS = 1_600_000  # what a class may send at once, and what is on its way when the clock starts


def test_a_phone_is_told_of_the_api_by_dhcp_once_all_of_it_is_right(phone: Phone) -> None:
    """Option 114: real DHCP, a real certificate, checked by the phone."""
    assert until(lambda: phone.join().portal == API, "the portal has checked itself")
    before = phone.get(API)
    assert before.headers["content-type"] == API_TYPE
    said = json.loads(before.body)
    assert said["captive"] is True
    assert said["user-portal-url"].startswith(f"https://{NAME}/")
    connect(phone)
    after = json.loads(phone.get(API).body)
    assert after["captive"] is False
    assert 0 < after["seconds-remaining"] <= 3_600


def test_the_page_has_a_certificate_that_a_phone_believes(phone: Phone) -> None:
    page = Browser(phone).open(f"https://{NAME}/")
    assert page.answer.status == 200
    assert page.form("/join")


@pytest.mark.parametrize(("kbit", "member"), [(GUEST_KBIT, False), (MEMBER_KBIT, True)])
def test_a_guest_is_as_fast_as_the_class(phone: Phone, kbit: int, member: bool) -> None:
    """Never faster; how much slower is the machine's doing."""
    browser, page = front(phone)
    if member:
        page = browser.submit(page, page.form("/join"), name="Mia")
    browser.submit(page, page.form("/connect"))
    begun = time.perf_counter()
    assert phone.get(f"http://{WORLD}{BULK_PATH}").body == BULK
    took_s = time.perf_counter() - begun
    assert took_s >= (8 * len(BULK) - BURST_BITS) / kbit / 1_000


def test_staff_see_a_guest_with_the_bytes_and_give_more_time(store: Store, phone: Phone) -> None:
    get_online(phone)
    phone.get(f"http://{WORLD}{BULK_PATH}")
    row = until(lambda: _row(store, phone, len(BULK)), "the bytes are counted")
    assert row["class"] == "guest"
    assert row["mac"] == phone.mac[-5:]
    _press(store, row["id"], "extend")
    later = _row(store, phone)
    assert later["until_ms"] > row["until_ms"]
    assert phone.is_online()


def test_end_now_ends_it_at_once_also_what_was_open(store: Store, phone: Phone) -> None:
    get_online(phone)
    opened = phone.connect(WORLD, 80)
    with opened:
        _press(store, _row(store, phone)["id"], "end")
        assert not phone.is_online()
        assert phone.is_captive()
        opened.settimeout(2)
        with pytest.raises(OSError):
            opened.sendall(f"GET {BULK_PATH} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert not opened.recv(1), "a connection from before went on"
            raise ConnectionResetError
    assert _row(store, phone) == {}


def test_a_guest_may_ask_for_more_time_and_not_for_ever(phone: Phone) -> None:
    connect(phone)
    browser = Browser(phone)
    page = browser.open(HOME + "online")
    asked = 0
    while any(form.action == "/extend" for form in page.forms):
        page = browser.submit(page, page.form("/extend"))
        asked += 1
        assert asked < 10
    assert asked == 3
    assert phone.is_online()


def test_a_returning_guest_is_known_by_the_code_never_by_the_mac(
    store: Store, phone: Phone, new_phone: NewPhone
) -> None:
    _, card = join(phone, "Grace")
    enrolled = len(store.booked(Enrol))
    assert "Grace" not in front(phone)[1].text, "the same phone, another browser"
    other = new_phone()  # the phone with its next random MAC
    browser, page = front(other)
    back = browser.submit(page, page.form("/return"), code=code_of(card))
    assert "Welcome back, G" in back.text
    assert len(store.booked(Enrol)) == enrolled
    browser.submit(back, back.form("/connect"))
    assert other.is_online()


def _press(store: Store, session: str, what: str) -> None:
    """Press a session's button on the staff's page, at a machine of the store's own network."""
    browser = Browser(Machine(store.town.internet))
    page = browser.open(f"{CONSOLE}/wifi?token={TOKEN}")
    said = browser.submit(page, page.form(f"/wifi/{session}/{what}"))
    assert said.answer.status == 200, said.text


def _row(store: Store, phone: Phone, bytes_min: int = 0) -> dict[str, Any]:
    """What the portal tells the gateway of this phone's session; empty where it has none (or fewer bytes)."""
    path = str(store.folder / "run" / CONTROL_SOCKET)
    rows = json.loads(store.as_user(GATEWAY_USER, ASK_SESSIONS.format(path=path)))["sessions"]
    mine = (row for row in rows if row["ip"] == phone.ip and (row["down_bytes"] or 0) >= bytes_min)
    return next(mine, {})
