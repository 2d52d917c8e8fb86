"""What a member may do: each thing once, only from our own page, and only to what is theirs."""

import pytest

from gateway.lines import refusal
from gateway.portal.me.forms import TICKET_AGE_MS, act_key
from tests.gateway.portal.me.conftest import Hands, Shop, hidden, known
from tests.gateway.portal.me.door import CODE, MEMBER, PIN

FORMS = [
    ("/me/data", "/me/consent", "consent"),
    ("/me", "/me/lost", "lost"),
    ("/me/forget", "/me/forget", "forget"),
]
WORDS = {"given": "1", "sure": "1"}


def test_consent_is_given_and_withdrawn_with_the_version_of_its_words(shop: Shop, mine: Hands) -> None:
    answer = mine.fill("/me/data", "/me/consent", given="1")
    page = mine.follow(answer).text
    assert "Noted: you allow it." in page and "Allow it no more" in page and "noted 2026-01-01 10:00" in page
    assert "Noted: you allow it no more." in mine.follow(mine.fill("/me/data", "/me/consent", given="0")).text
    told = [
        (each["purpose"], each["text"], each["given"], each["language"])
        for each in shop.door.booked("consent")
    ]
    assert told == [("marketing", "marketing-1", True, "en"), ("marketing", "marketing-1", False, "en")]


def test_what_there_are_no_words_for_can_be_withdrawn_and_never_given(shop: Shop, mine: Hands) -> None:
    given = {"purpose": "research", "given": True, "text": "research-3", "at": shop.now_ms}
    shop.door.card["consents"] = [given]
    ticket = hidden(mine.get("/me/data").text, "/me/consent")["ticket"]
    for purpose, wish in (("research", "1"), ("no-such", "1"), ("no-such", "0"), ("", "1")):
        answer = mine.post("/me/consent", {"ticket": ticket, "purpose": purpose, "given": wish})
        assert answer.status_code == 409 and "was not done" in answer.text
    assert shop.door.booked("consent") == []
    mine.post("/me/consent", {"ticket": ticket, "purpose": "research", "given": "0"})
    assert [(each["text"], each["given"]) for each in shop.door.booked("consent")] == [("research-3", False)]


def test_a_card_that_was_lost_is_reported_once_however_often_the_button_is_pressed(
    shop: Shop, mine: Hands
) -> None:
    fields = hidden(mine.get("/me").text, "/me/lost")
    assert fields["card"] == "i-1"
    for _ in range(3):
        assert "nobody can use it" in mine.follow(mine.post("/me/lost", fields)).text
    assert [each["instrument"] for each in shop.door.booked("lost")] == ["i-1"]


def test_two_cards_of_one_page_are_two_acts(shop: Shop, mine: Hands) -> None:
    fields = hidden(mine.get("/me").text, "/me/lost")
    mine.post("/me/lost", fields)
    mine.post("/me/lost", {**fields, "card": "i-3"})
    assert [each["instrument"] for each in shop.door.booked("lost")] == ["i-1", "i-3"]


def test_keys_differ_by_form_act_and_value_and_fit_the_door() -> None:
    keys = [act_key("k", "lost", "i-1"), act_key("k", "lost", "i-2"), act_key("l", "lost", "i-1")]
    keys += [act_key("k", "consent", "a", "True"), act_key("k", "consent", "aTrue")]
    assert len(set(keys)) == len(keys)
    assert all(len(key) <= 64 for key in keys)


def test_deleting_takes_two_steps(shop: Shop, mine: Hands) -> None:
    page = mine.get("/me/forget").text
    assert "Points: 12,340, and coupons: 2" in page and "cannot be undone" in page
    unsure = mine.fill("/me/forget", "/me/forget")
    assert "tick the box" in mine.follow(unsure).text
    assert shop.door.booked("forget") == []


def test_who_is_deleted_is_nobody_here_any_more(shop: Shop, mine: Hands) -> None:
    code = shop.offers.offer(MEMBER)
    assert code is not None
    answer = mine.fill("/me/forget", "/me/forget", sure="1")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert "Your name and number are deleted" in mine.follow(answer).text
    assert shop.offers.take(code.code) is None
    other = known(shop, Hands(shop))
    assert "That card is no more" in other.follow(other.get("/me")).text


@pytest.mark.parametrize("answer", [refusal("money_left"), refusal("refused", reason="money_left")])
def test_nobody_is_deleted_while_there_is_money_on_the_card(
    shop: Shop, mine: Hands, answer: dict[str, object]
) -> None:
    shop.door.refuse["forget"] = answer
    page = mine.follow(mine.fill("/me/forget", "/me/forget", sure="1")).text
    assert "paid out at the till" in page
    assert mine.get("/me").status_code == 200


def test_signing_out_here_leaves_the_other_browser_and_everywhere_takes_it(shop: Shop, mine: Hands) -> None:
    other = known(shop, Hands(shop))
    left = mine.fill("/me", "/me/leave")
    assert "Max-Age=0" in left.headers["set-cookie"]
    assert "Open my member card" in mine.follow(left).text
    third = known(shop, Hands(shop))
    shop.now_ms += 1
    third.fill("/me", "/me/leave", everywhere="1")
    assert "Open my member card" in other.get("/me").text
    assert mine.post("/me/leave", {}).headers["location"] == "/me"


def test_who_only_showed_a_code_can_leave_but_sign_out_nobody_else(shop: Shop, mine: Hands) -> None:
    guest = Hands(shop, "10.77.0.99")
    guest.follow(guest.fill("/m", "/m", code=CODE))
    shop.now_ms += 1
    answer = guest.fill("/me", "/me/leave", everywhere="1")
    assert answer.headers["location"] == "/me?said=left"
    assert "Hello" in mine.get("/me").text


@pytest.mark.parametrize(("page", "action", "do"), FORMS)
def test_a_form_of_another_visit_or_of_nobody_changes_nothing(
    shop: Shop, mine: Hands, page: str, action: str, do: str
) -> None:
    other = known(shop, Hands(shop))
    theirs = {**hidden(other.get(page).text, action), **WORDS}
    unsealed = {**theirs, "ticket": theirs["ticket"][:-1] + "x"}
    for fields in (theirs, unsealed, {**theirs, "ticket": ""}, {}):
        answer = mine.post(action, fields)
        assert answer.status_code == 403 and "nothing was changed" in answer.text
    assert shop.door.booked(do) == []


@pytest.mark.parametrize(("page", "action", "do"), FORMS)
def test_a_form_from_elsewhere_is_stopped_before_it_is_read(
    shop: Shop, mine: Hands, page: str, action: str, do: str
) -> None:
    fields = {**hidden(mine.get(page).text, action), **WORDS}
    for header, value in (
        ("origin", "http://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
    ):
        assert mine.post(action, fields, **{header: value}).status_code == 403
    assert shop.door.booked(do) == []
    assert mine.post(action, fields, origin=shop.address).status_code == 303
    assert len(shop.door.booked(do)) == 1


@pytest.mark.parametrize(("page", "action", "do"), FORMS)
def test_a_form_is_good_for_two_hours(shop: Shop, mine: Hands, page: str, action: str, do: str) -> None:
    fields = {**hidden(mine.get(page).text, action), **WORDS}
    shop.now_ms += TICKET_AGE_MS
    assert "open for too long" in mine.post(action, fields).text
    assert shop.door.booked(do) == []


@pytest.mark.parametrize("action", ["/me/consent", "/me/lost", "/me/forget", "/m", "/r", "/m/pin"])
def test_a_form_of_nonsense_is_answered_and_books_nothing(shop: Shop, mine: Hands, action: str) -> None:
    for body in (b"", b"&&&&", b"ticket=%ff%00", b"a=" + b"x" * 9_000, b"\xff\xfe", b"a=1&" * 64):
        answer = mine.ask("POST", action, content=body, headers={"content-type": "text/plain"})
        assert answer.status_code in (303, 403)
    assert [each for each in shop.door.asked if "key" in each] == []


@pytest.mark.parametrize("path", ["/me/consent", "/me/lost", "/me/leave", "/m/pin"])
def test_the_address_of_a_form_opened_as_a_page_leads_to_the_card(mine: Hands, path: str) -> None:
    assert mine.get(path + "?lang=en").headers["location"] == "/me"


def test_a_pin_opens_what_a_code_only_named(shop: Shop) -> None:
    guest = Hands(shop, "10.77.0.99")
    guest.follow(guest.fill("/m", "/m", code=CODE))
    answer = guest.fill("/me", "/m/pin", pin=PIN)
    assert "This browser knows you now" in guest.follow(answer).text
