"""What a guest, or a page that a guest's browser has open elsewhere, may try on the store's pages."""

import re
import secrets
from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from gateway.core.promises import Enrol
from gateway.portal.limits import RULES
from hardware_tests.lab.pages import FORM_TYPE, Browser, Page
from hardware_tests.lab.phones import Machine, Phone
from hardware_tests.lab.settings import CONSOLE_PORT, NAME, TOKEN
from hardware_tests.lab.store import Store
from hardware_tests.lab.wires import OURS, OURS_BEHIND
from tests.lab.guest import HOME, SECURE, code_of, front, join

NewPhone = Callable[..., Phone]
ENROLMENTS = 1_000
PRIVATE = ("me", "me/history", "me/data", "me/codes", "me/another", "me/forget", "coupon", "online")
EVIL = "https://evil.example"
SCRIPT = "<script>x()</script>"
NICKNAMES = (SCRIPT, '"><img src=x>', "{{7*7}}{%if%}", "'onfocus=x() a='", "<b>evil</b>", "javascript:x()")
CONSOLE = f"http://{OURS_BEHIND}:{CONSOLE_PORT}"


def test_a_form_that_is_sent_again_books_nothing_again(store: Store, phone: Phone) -> None:
    before = len(store.booked(Enrol))
    browser, page = front(phone)
    form = page.form("/join")
    values = {**form.fields, "name": "Mia"}
    cards = [browser.post(page, form, values) for _ in range(5)]
    assert len(store.booked(Enrol)) == before + 1
    assert len({code_of(card) for card in cards}) == 1


def test_a_form_that_is_sent_again_after_the_portal_was_killed_books_nothing_again(
    store: Store, phone: Phone
) -> None:
    browser, page = front(phone)
    form = page.form("/join")
    values = {**form.fields, "name": "Mia"}
    first = browser.post(page, form, values)
    before = len(store.booked(Enrol))
    store.restart("portal")
    second = browser.post(page, form, values)
    assert second.answer.status == 200
    assert code_of(second) == code_of(first)
    assert len(store.booked(Enrol)) == before


def test_a_form_of_one_phone_is_nothing_to_another(store: Store, phone: Phone, new_phone: NewPhone) -> None:
    before = len(store.booked(Enrol))
    _, page = front(phone)
    other = new_phone()
    form = page.form("/join")
    for path, values in (
        ("/join", {**form.fields, "name": "Mia"}),
        ("/connect", page.form("/connect").fields),
    ):
        answer = Browser(other).post(page, page.form(path), values).answer
        assert answer.status >= 400, path
    assert len(store.booked(Enrol)) == before
    assert not other.is_online()
    assert not phone.is_online()


@pytest.mark.parametrize("token", ["", "0" * 57, "x" * 4_000, "é"])
def test_a_form_without_a_token_of_ours_does_nothing(store: Store, phone: Phone, token: str) -> None:
    before = len(store.booked(Enrol))
    browser, page = front(phone)
    for path in ("/join", "/connect", "/return"):
        form = page.form(path)
        answer = browser.post(page, form, {**form.fields, "token": token, "name": "Mia", "code": "AAAA-AAAA"})
        assert answer.answer.status in (400, 403, 413, 422), path
    assert len(store.booked(Enrol)) == before
    assert not phone.is_online()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": EVIL},
        {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": f"http://{NAME}.evil.example"},
    ],
)
def test_another_sites_page_cannot_send_our_forms_csrf(
    store: Store, phone: Phone, headers: dict[str, str]
) -> None:
    """Even with a token that was read somehow: the browser says whose page sends."""
    before = len(store.booked(Enrol))
    browser, page = front(phone)
    for path in ("join", "connect"):
        fields = {**page.form(f"/{path}").fields, **({"name": "Mia"} if path == "join" else {})}
        sent = {"Content-Type": FORM_TYPE, **headers}
        answer = browser.send("POST", SECURE + path, sent, urlencode(fields).encode())
        assert answer.status == 403, path
    assert len(store.booked(Enrol)) == before
    assert not phone.is_online()


def test_nothing_happens_by_reading(store: Store, phone: Phone) -> None:
    """An image or a link on another site's page can only GET."""
    before = len(store.booked(Enrol))
    browser, page = front(phone)
    fields = urlencode({**page.form("/join").fields, "name": "Mia"})
    for path in ("join", "connect", "return", "extend"):
        assert browser.send("GET", f"{SECURE}{path}?{fields}").status in (303, 404, 405), path
    assert len(store.booked(Enrol)) == before
    assert not phone.is_online()


@pytest.mark.parametrize("name", NICKNAMES)
def test_a_nickname_is_text_wherever_it_is_shown_xss(new_phone: NewPhone, name: str) -> None:
    browser, card = join(new_phone(), name)
    pages = [card, *(browser.open(HOME + path) for path in ("coupon", "me", "me/history", "me/data"))]
    browser.cookies.clear()
    page = browser.open(HOME)
    refused = browser.submit(page, page.form("/join"), name=name + "x" * 40)
    assert refused.answer.status == 422
    for page in (*pages, refused):
        _is_text(page, name)


@pytest.mark.parametrize("name", NICKNAMES)
def test_a_nickname_is_text_on_the_staffs_pages_too_xss(store: Store, phone: Phone, name: str) -> None:
    browser, card = join(phone, name)
    browser.submit(card, card.form("/connect"))
    staff = Browser(Machine(store.town.internet))
    wifi = staff.open(f"{CONSOLE}/wifi?token={TOKEN}")
    member = next(link for link in wifi.links if link.startswith("/members/"))
    for page in (wifi, staff.open(CONSOLE + "/"), staff.open(CONSOLE + member)):
        assert page.answer.status == 200, page.url
        _is_text(page, name)


def test_a_nickname_that_turns_the_text_around_is_refused(store: Store, phone: Phone) -> None:
    before = len(store.booked(Enrol))
    for name in ("a\N{RIGHT-TO-LEFT OVERRIDE}b", "a\0b", "a\x1b[2Jb", "\N{ZERO WIDTH SPACE}"):
        browser, page = front(phone)
        assert browser.submit(page, page.form("/join"), name=name).answer.status == 422, ascii(name)
    assert len(store.booked(Enrol)) == before


def _is_text(page: Page, name: str) -> None:
    """No markup came of the name, and the policy would not run it if it had."""
    html = page.answer.text
    assert SCRIPT not in html
    assert "<img src=x" not in html
    assert "<b>" not in html
    assert "49{" not in html
    assert not re.search(r"<[^>]*'onfocus=", html.replace("&#39;", "")), "an attribute of its own"
    policy = page.answer.headers["content-security-policy"]
    assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
    assert "default-src" in policy


def test_a_thousand_enrolments_from_one_phone_come_to_three(store: Store, phone: Phone) -> None:
    before = len(store.booked(Enrol))
    statuses = _enrol_again_and_again(phone)
    booked = len(store.booked(Enrol)) - before
    assert 1 <= booked <= RULES["join"].each
    assert set(statuses) <= {200, 429, 503}
    assert statuses.count(200) == booked


def test_a_phone_that_came_over_its_limit_can_still_just_connect(phone: Phone) -> None:
    for number in range(RULES["join"].each + 1):
        browser, page = front(phone)
        card = browser.submit(page, page.form("/join"), name=f"Mia {number}")
    assert card.answer.status == 429
    browser, page = front(phone)
    browser.submit(page, page.form("/connect"))
    assert phone.is_online()


def test_guessing_member_codes_ends_soon(phone: Phone) -> None:
    statuses = []
    for _ in range(RULES["code"].each + 3):
        browser, page = front(phone)
        code = "".join(secrets.choice("0123456789ABCDEFGHJKMNPQRSTVWXYZ") for _ in range(8))
        statuses.append(browser.submit(page, page.form("/return"), code=code).answer.status)
    assert 200 not in statuses
    assert statuses[-1] == 429
    assert not phone.is_online()


def test_a_member_code_that_was_read_over_a_shoulder_opens_no_ones_card(
    phone: Phone, new_phone: NewPhone
) -> None:
    """It names a member and checks in; what is the member's own takes more than eight letters."""
    owner, card = join(phone, "Wilhelmina")
    own = owner.open(SECURE + "me")
    assert "Wilhelmina" in own.answer.text, "the member's own browser does see it"
    browser, page = front(new_phone())
    told = browser.submit(page, page.form("/return"), code=code_of(card))
    for shown in (told, *(browser.open(SECURE + path) for path in PRIVATE)):
        assert "Wilhelmina" not in shown.answer.text, shown.url
        assert "SBR" not in shown.answer.text, "a rotating code"
    assert browser.send("GET", SECURE + "me/export").headers.get("content-type") != "application/json"


def test_a_body_without_end_is_cut_off(phone: Phone) -> None:
    browser, page = front(phone)
    form = page.form("/join")
    assert browser.post(page, form, {**form.fields, "name": "x" * 200_000}).answer.status in (400, 413)


def test_no_page_of_ours_may_be_framed_or_kept(phone: Phone) -> None:
    browser, card = join(phone)
    for page in (card, browser.open(HOME + "me"), browser.open(HOME + "coupon")):
        headers = page.answer.headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "no-store" in headers["cache-control"]


def test_a_redirect_goes_to_our_own_page_whatever_the_request_says(phone: Phone) -> None:
    """No open redirect: the place never comes from the request."""
    for host in ("evil.example", f"{NAME}.evil.example", f"evil.example#{NAME}", "captive.apple.com"):
        answer = phone.ask("GET", f"http://{OURS}//{host}/%0d%0aSet-Cookie:x=1", {"Host": host})
        assert answer.status == 302
        assert re.fullmatch(rf"https?://({re.escape(NAME)}|{re.escape(OURS)})/", answer.goes_to)
        assert not answer.cookies


def _enrol_again_and_again(phone: Phone) -> list[int]:
    """A thousand times: a fresh form, filled in and sent; what became of each."""
    phone.hosts[NAME] = OURS  # the brake on names would slow it down
    statuses = []
    for number in range(ENROLMENTS):
        browser, page = front(phone)
        if page.answer.status == 200:
            page = browser.submit(page, page.form("/join"), name=f"Mia {number}")
        statuses.append(page.answer.status)
    return statuses
