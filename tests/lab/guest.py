"""What a guest does at the store's pages, by a phone's browser without JavaScript."""

import re

from hardware_tests.lab.children import until
from hardware_tests.lab.pages import Browser, Page
from hardware_tests.lab.phones import Phone
from hardware_tests.lab.settings import NAME
from hardware_tests.lab.wires import OURS

CODE = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b")  # a member code, as a card shows it
HOME = f"http://{OURS}/"  # leads to the other one while the certificate is good
SECURE = f"https://{NAME}/"
RELOAD_S = 0.5  # as a guest in a hurry; who reloads without a pause is refused by the web server


def front(phone: Phone, language: str = "en") -> tuple[Browser, Page]:
    """A fresh browser at the first page."""
    browser = Browser(phone, language)
    return browser, browser.open(HOME)


def join(phone: Phone, name: str = "Mia", **more: str) -> tuple[Browser, Page]:
    """Become a member: the browser, and the card."""
    found = until(lambda: _where_one_can_join(phone), "one can join", every_s=RELOAD_S)
    assert found
    browser, page = found
    card = browser.submit(page, page.form("/join"), name=name, **more)
    assert card.answer.status == 200, (card.answer.status, card.text)
    return browser, card


def _where_one_can_join(phone: Phone) -> tuple[Browser, Page] | None:
    """The first page; None while it says that the gateway is away, which it believes for some seconds."""
    browser, page = front(phone)
    return (browser, page) if any(form.action == "/join" for form in page.forms) else None


def connect(phone: Phone) -> Page:
    """Go online without becoming a member; the page that says so."""
    browser, page = front(phone)
    return browser.submit(page, page.form("/connect"))


def get_online(phone: Phone) -> None:
    """Just connect, and it is so."""
    page = connect(phone)
    assert page.answer.status == 200, (page.answer.status, page.text)
    assert phone.is_online(), page.text


def code_of(card: Page) -> str:
    """The member code on a card."""
    found = CODE.search(card.text)
    assert found, card.text
    return found[0]
