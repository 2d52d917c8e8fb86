"""The ways in: what each code opens, what a wrong one says, and how many may be tried."""

import pytest

from gateway.lines import refusal
from gateway.portal.me.tries import CODES_WRONG_MAX, RECEIPTS_MAX, WINDOW_MS
from tests.gateway.portal.me.conftest import Hands, Shop, hidden
from tests.gateway.portal.me.door import CARD_TEXT, CODE, MEMBER, NAME, PIN, RECEIPT


def offered(shop: Shop) -> str:
    made = shop.offers.offer(MEMBER)
    assert made is not None
    return made.code


def test_a_resume_code_carries_the_card_into_another_browser_once(shop: Shop, mine: Hands) -> None:
    page = mine.get("/me/another").text
    address = page.partition('<a href="http://10.77.0.1/r/')[2][:9]
    other, third = Hands(shop, "10.77.0.70"), Hands(shop, "10.77.0.71")
    assert "Open in this browser" in other.get(f"/r/{address}").text
    answer = other.fill(f"/r/{address}", "/r")
    assert "HttpOnly; SameSite=Lax" in answer.headers["set-cookie"]
    assert NAME in other.follow(answer).text
    again = third.fill(f"/r/{address}", "/r")
    assert again.status_code == 404 and "was used before" in again.text


def test_previews_and_reloads_of_its_page_use_no_code_up(shop: Shop, hands: Hands) -> None:
    code = offered(shop)
    for _ in range(5):
        assert hands.get(f"/r/{code}").status_code == 200
    assert hands.ask("HEAD", f"/r/{code}").status_code == 200
    assert shop.offers.take(code) == MEMBER


def test_its_page_tells_nobody_whether_a_code_is_one(shop: Shop, hands: Hands) -> None:
    good, bad = hands.get(f"/r/{offered(shop)}"), hands.get("/r/AAAA-AAAA")
    assert good.status_code == bad.status_code == 200
    assert hands.get("/r/what-is-this").status_code == 404


@pytest.mark.parametrize("path", ["/m", "/r", "/me"])
def test_a_resume_code_may_be_typed_where_any_code_is(shop: Shop, path: str) -> None:
    guest = Hands(shop, "10.77.0.70")
    answer = guest.fill(path, "/m", code=offered(shop).lower())
    assert NAME in guest.follow(answer).text


@pytest.mark.parametrize("code", [CODE, "k7wd-2m9q", CARD_TEXT])
def test_a_code_that_others_may_have_read_shows_only_the_front(shop: Shop, hands: Hands, code: str) -> None:
    answer = hands.fill("/m", "/m", code=code)
    assert "Max-Age=900" in answer.headers["set-cookie"]
    page = hands.follow(answer).text
    assert "林**" in page and NAME not in page and "12,340" not in page


def test_a_rotating_code_too_only_names_its_member(shop: Shop, hands: Hands) -> None:
    shop.door._unknown = lambda more: None  # type: ignore[method-assign]
    shop.door._resolve = lambda code: {"member": MEMBER, "level": "fresh", "name": None}  # type: ignore[method-assign]
    page = hands.follow(hands.fill("/m", "/m", code="SBR" + "0" * 28)).text
    assert NAME not in page and "Member card" in page


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (refusal("unknown_code"), "There is no such code"),
        (refusal("unknown_code", reason="stale"), "That QR is too old"),
        (refusal("blocked"), "has been ended"),
    ],
)
def test_a_code_that_opens_nothing_says_why(
    shop: Shop, hands: Hands, answer: dict[str, object], said: str
) -> None:
    shop.door.refuse["resolve"] = answer
    page = hands.fill("/m", "/m", code="WHAT-EVER")
    assert page.status_code == 404 and said in page.text and 'aria-invalid="true"' in page.text
    assert "set-cookie" not in page.headers


def test_an_empty_code_is_asked_for_again(shop: Shop, hands: Hands) -> None:
    page = hands.fill("/m", "/m", code="  ")
    assert page.status_code == 400 and "Please type a code" in page.text
    assert shop.door.asked == []


def test_guessing_ends_after_a_few_wrong_ones_for_that_client_alone(shop: Shop, hands: Hands) -> None:
    for number in range(CODES_WRONG_MAX):
        assert hands.fill("/m", "/m", code=f"WRNG-{number:04}").status_code == 404
    asked = len(shop.door.asked)
    refused = hands.fill("/m", "/m", code=CODE)
    assert refused.status_code == 429 and "in an hour" in refused.text
    assert len(shop.door.asked) == asked, "what may not be tried is not asked"
    assert hands.fill("/r/AAAA-AAAA", "/r").status_code == 429, "one budget for every kind of code"
    assert (shop.counted.count("me.wrong_code"), shop.counted.count("me.too_many")) == (CODES_WRONG_MAX, 2)
    assert Hands(shop, "10.77.0.70").fill("/m", "/m", code=CODE).status_code == 303
    shop.now_ms += WINDOW_MS
    assert hands.fill("/m", "/m", code=CODE).status_code == 303


def test_who_types_right_is_never_stopped(shop: Shop) -> None:
    guest = Hands(shop, "10.77.0.70")
    for _ in range(3 * CODES_WRONG_MAX):
        assert guest.fill("/m", "/m", code=CODE).status_code == 303


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("wrong", "not right"),
        ("locked", "locked for a while"),
        ("none", "no PIN yet"),
        ("busy", "some seconds"),
    ],
)
def test_a_pin_that_opens_nothing_says_why(shop: Shop, hands: Hands, error: str, said: str) -> None:
    hands.follow(hands.fill("/m", "/m", code=CODE))
    shop.door.refuse["prove"] = refusal(error)
    page = hands.follow(hands.fill("/me", "/m/pin", pin="1111")).text
    assert said in page and NAME not in page


def test_a_right_pin_makes_the_browser_known_and_a_wrong_one_does_not(shop: Shop, hands: Hands) -> None:
    hands.follow(hands.fill("/m", "/m", code=CODE))
    hands.follow(hands.fill("/me", "/m/pin", pin="0000"))
    assert hands.get("/me/data").headers["location"] == "/me"
    assert NAME in hands.follow(hands.fill("/me", "/m/pin", pin=PIN)).text
    assert hands.get("/me/data").status_code == 200


def test_a_pin_without_a_visit_proves_nothing(shop: Shop, hands: Hands) -> None:
    assert hands.post("/m/pin", {"pin": PIN}).headers["location"] == "/me"
    assert shop.door.asked == []


def test_a_fault_that_is_none_of_ours_is_not_said(shop: Shop, hands: Hands) -> None:
    hands.follow(hands.fill("/m", "/m", code=CODE))
    for query in ("?fault=<script>", "?fault=hello", "?said=<script>"):
        page = hands.get("/me" + query)
        assert page.status_code == 200 and "hello" not in page.text and "<script>" not in page.text


def test_a_receipt_shows_what_was_bought_and_no_word_of_by_whom(shop: Shop, hands: Hands) -> None:
    answer = hands.get(f"/m?receipt={RECEIPT}")
    assert answer.headers["location"] == f"/m/receipt/{RECEIPT}"
    page = hands.follow(answer).text
    for part in ("Chestnut cake", "2 pcs", "¥56", "Total", "¥62", "62 points earned"):
        assert part in page
    for secret in (NAME, "林", MEMBER, "K7WD"):
        assert secret not in page
    assert "set-cookie" not in hands.get(f"/m/receipt/{RECEIPT}").headers


def test_a_receipt_that_is_none_says_so_and_receipts_cannot_be_counted_through(
    shop: Shop, hands: Hands
) -> None:
    page = hands.get("/m/receipt/Rb12.999999")
    assert page.status_code == 404 and "no such receipt" in page.text
    for _ in range(RECEIPTS_MAX - 1):
        assert hands.get(f"/m/receipt/{RECEIPT}").status_code == 200
    assert hands.get(f"/m/receipt/{RECEIPT}").status_code == 429


ELSEWHERE = [
    "//evil.example",
    "../me",
    "Rx.1\r\nset-cookie: a=b",
    "%2f%2fevil",
    "",
    "R/x.1",
    "Rx.1?said=left",
]


@pytest.mark.parametrize("receipt", ELSEWHERE)
def test_a_receipts_address_leads_nowhere_else(hands: Hands, receipt: str) -> None:
    answer = hands.get("/m", params={"receipt": receipt})
    assert answer.status_code == 200 and "location" not in answer.headers


def test_a_form_of_another_client_opens_nothing(shop: Shop, hands: Hands) -> None:
    code = offered(shop)
    theirs = hidden(Hands(shop, "10.77.0.70").get(f"/r/{code}").text, "/r")
    assert hands.post("/r", theirs).status_code == 403
    assert shop.offers.take(code) == MEMBER


def test_a_restart_between_page_and_button_loses_nothing(shop: Shop) -> None:
    guest, code = Hands(shop, "10.77.0.70"), offered(shop)
    fields = hidden(guest.get(f"/r/{code}").text, "/r")
    shop.offers.close()
    shop.restart()
    assert NAME in guest.follow(guest.post("/r", fields)).text
