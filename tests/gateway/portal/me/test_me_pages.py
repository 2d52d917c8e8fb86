"""What a member sees, in both languages, and what is said where something is missing."""

import json
import re
import sqlite3
from html import unescape
from typing import Any

import pytest
from starlette.responses import Response

from gateway.lines import refusal
from gateway.portal.cookies import SHOWN
from tests.gateway.portal.me.conftest import Hands, Shop, known
from tests.gateway.portal.me.door import MEMBER, NAME

PAGES = ("/me", "/me/coupons/17.2", "/me/history", "/me/data", "/me/forget", "/me/another", "/m")
PAGES = (*PAGES, "/r/K7WD-2M9Q", "/m/receipt/Rb12.123")
ONLY_KNOWN = ("/me/codes", "/me/coupons/17.2", "/me/history", "/me/data", "/me/export", "/me/forget")
ONLY_KNOWN = (*ONLY_KNOWN, "/me/another")


def words(page: str) -> str:
    """What a page says, without its markup."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_the_card_shows_all_that_is_the_members(mine: Hands) -> None:
    told = words(mine.get("/me").text)
    for part in (
        f"Hello, {NAME}",
        "Silver 1,120 to Gold",
        "Good until 10:00:30",
        "K7WD-2M9Q",
        "Points 12,340",
        "¥5 5 yuan to say hello On any purchase Until 2026-03-31",
        "¥50 50 off 100 On ¥100 or more No end date Kept at another shop",
        "Stored value ¥100.50 ¥20.50 of it",
        "Checked in +5 points",
        "Purchase ¥62 +62 points",
        "ending in A4F2",
        "not confirmed yet",
        "Figures of other shops as of 2026-01-01 09:00",
    ):
        assert part in told, part


@pytest.mark.parametrize("path", PAGES)
def test_every_page_speaks_both_languages_and_keeps_the_choice(mine: Hands, path: str) -> None:
    chinese = mine.get(path + "?lang=zh-CN")
    assert chinese.status_code == 200
    assert '<html lang="zh-CN">' in chinese.text
    assert '<html lang="zh-CN">' in mine.get(path).text, "the cookie keeps it"
    english = mine.get(path + "?lang=en").text
    assert not re.search(
        r"[一-鿿]", words(english).replace("街角面包房", "").replace(NAME, "").replace("中文", "")
    )


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_one_heading_of_the_first_rank_and_names_its_fields(mine: Hands, path: str) -> None:
    page = mine.get(path).text
    assert len(re.findall("<h1", page)) == 1
    fields = re.findall(r'<input id="([^"]+)"', page)
    assert all(f'<label for="{field}"' in page for field in fields)
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_a_name_of_markup_and_words_from_elsewhere_stay_text(shop: Shop, mine: Hands) -> None:
    hostile = "<img src=x onerror=alert(1)>\"'{{7*7}}"
    shop.door.card["name"] = hostile
    shop.door.card["tier_name"] = {"en": hostile}
    shop.door.card["coupons"][0]["name"] = {"en": hostile}
    shop.door.card["coupons"][0]["lot"] = '"><script>'
    shop.door.rows[0]["title"] = {"en": hostile}
    shop.door.cards[0].update(id='"><script>', last4='"><script>')
    shop.door.card["consents"] = [{"purpose": '"><script>', "given": True, "text": "x", "at": 0}]
    for path in ("/me", "/me/history", "/me/data"):
        page = mine.get(path).text
        assert "<img" not in page and "<script>" not in page.replace('<script type="module"', "")
        assert path == "/me/data" or "&lt;img src=x onerror=alert(1)&gt;" in page


def test_pages_carry_the_guards_headers_and_no_inline_script(mine: Hands) -> None:
    answer = mine.get("/me")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<script(?![^>]*src=)", answer.text) and " style=" not in answer.text


def test_the_codes_of_the_next_minutes_come_drawn(mine: Hands) -> None:
    told = mine.get("/me/codes").json()
    assert len(told["codes"]) == 15
    assert [code["until_ms"] for code in told["codes"]][:-1] == [code["from_ms"] for code in told["codes"]][
        1:
    ]
    assert all(code["svg"].startswith('<span role="img"') for code in told["codes"])
    assert len({code["svg"] for code in told["codes"]}) == 15


def test_without_a_clock_the_page_shows_the_member_number_and_says_so(shop: Shop, mine: Hands) -> None:
    shop.door.refuse["codes"] = refusal("refused", reason="no_clock")
    page = mine.get("/me")
    assert page.status_code == 200 and "clock is not set" in page.text
    assert "<svg" in page.text and "me.js" not in page.text
    assert mine.get("/me/codes").status_code == 503


def test_a_member_whose_code_was_reported_lost_is_told_where_to_get_one(shop: Shop, mine: Hands) -> None:
    shop.door.refuse["codes"] = refusal("blocked")
    shop.door.card["code"] = None
    page = mine.get("/me").text
    assert "Please ask at the till for a new one" in page and 'class="me-qr"' not in page


def test_a_member_without_a_name_or_anything_is_greeted_all_the_same(shop: Shop, mine: Hands) -> None:
    bare = {"name": None, "tier_name": None, "next_name": None, "to_next": None, "synced_at_ms": None}
    shop.door.card.update(bare, coupons=[], units=[], phone="none")
    shop.door.cards, shop.door.rows = [], []
    told = words(mine.get("/me").text)
    for part in ("Hello", "No coupons now", "Nothing yet", "No cards are linked", "No phone number"):
        assert part in told


def test_the_export_is_a_file_with_everything(mine: Hands) -> None:
    answer = mine.get("/me/export")
    assert answer.headers["content-disposition"] == 'attachment; filename="shopbell-2026-01-01.json"'
    assert json.loads(answer.content) == {"format": "shopbell member export 1", "name": NAME}
    assert NAME in answer.text, "a person can read it too"


def test_a_coupon_that_went_leads_back_to_the_card(shop: Shop, mine: Hands) -> None:
    shop.door.card["coupons"] = []
    answer = mine.get("/me/coupons/17.2")
    assert "no longer with you" in mine.follow(answer).text


@pytest.mark.parametrize("path", ONLY_KNOWN)
def test_nobody_sees_a_page_of_a_member_without_being_known(shop: Shop, hands: Hands, path: str) -> None:
    for browser in (hands, shown(shop)):
        answer = browser.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/me")
    assert shop.door.asked == []


def test_a_browser_that_nobody_knows_is_asked_for_a_code(hands: Hands) -> None:
    page = hands.get("/me")
    assert page.status_code == 200 and "Open my member card" in page.text


def shown(shop: Shop) -> Hands:
    """The browser of somebody who only typed the member's code."""
    response, browser = Response(), Hands(shop)
    shop.cookies.set_member(response, MEMBER, SHOWN, "林**")
    name, _, rest = response.headers["set-cookie"].partition("=")
    browser.cookies.set(name, rest.partition(";")[0], domain="10.77.0.1")
    return browser


def test_who_only_showed_a_code_sees_a_masked_name_and_a_count(shop: Shop) -> None:
    page = shown(shop).get("/me").text
    assert "林**" in page and "Coupons waiting: 2" in page
    for secret in (NAME, "12,340", "CPN5-AB12", "K7WD-2M9Q", "100.50", "Silver"):
        assert secret not in page


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        ("busy", 503, "It is busy"),
        ("too_many", 429, "tried too often"),
        ("no_books", 503, "only just started"),
        ("something_new", 503, "Something went wrong"),
    ],
)
def test_what_the_gateway_cannot_do_now_is_said(
    shop: Shop, mine: Hands, error: str, status: int, said: str
) -> None:
    shop.door.refuse["card"] = refusal(error)
    page = mine.get("/me")
    assert page.status_code == status and said in page.text


def test_without_the_gateway_every_page_says_so_and_the_visit_stays(shop: Shop, mine: Hands) -> None:
    shop.door.away = True
    for path in ("/me", "/me/history", "/me/data", "/me/export", "/m/receipt/Rb12.123"):
        page = mine.get(path)
        assert page.status_code == 503 and "does not answer" in page.text
    assert mine.get("/me/codes").status_code == 503
    shop.door.away = False
    assert NAME in mine.get("/me").text


def test_a_member_who_is_no_more_is_told_and_the_browser_forgets(shop: Shop, mine: Hands) -> None:
    shop.door.card["status"] = "erased"
    answer = mine.get("/me")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    page = mine.follow(answer)
    assert "That card is no more" in page.text and "welcome to join again" in page.text
    assert mine.get("/me").text.count("Open my member card") >= 1


def test_a_member_who_comes_back_after_a_day_stays_known(shop: Shop, mine: Hands) -> None:
    assert "set-cookie" not in mine.get("/me").headers
    for _ in range(3):
        shop.now_ms += 20 * 24 * 3_600_000
        assert "Max-Age=2592000" in mine.get("/me").headers["set-cookie"]
    shop.now_ms += 31 * 24 * 3_600_000
    assert "Open my member card" in mine.get("/me").text


def test_a_full_disk_is_said_and_nothing_else_breaks(shop: Shop, mine: Hands) -> None:
    shop.offers._database.execute("PRAGMA query_only = ON")
    page = mine.get("/me/another")
    assert page.status_code == 503 and "cannot store anything" in page.text
    assert mine.get("/me").status_code == 200
    left = mine.fill("/me", "/me/leave", everywhere="1")
    assert left.status_code == 503 and NAME in mine.get("/me").text


def test_our_own_mistakes_are_not_called_a_full_disk(shop: Shop, mine: Hands) -> None:
    shop.offers.close()
    with pytest.raises(sqlite3.ProgrammingError):
        mine.get("/me/another")


def test_a_demonstration_says_that_it_is_one(tmp_path: Any) -> None:
    for simulated, said in ((True, True), (False, False)):
        shop = Shop(tmp_path, simulated=simulated)
        assert ("A demonstration" in known(shop, Hands(shop)).get("/me").text) is said
        shop.offers.close()
