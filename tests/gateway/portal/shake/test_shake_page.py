"""Checking in at the shake page, without a script: who is known, who is not, what goes wrong."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.gateway.portal.house import House, Phone, hidden, play
from tests.gateway.portal.shake.presence import FRESH_BEACON, OLD_BEACON, ROUND_MS

EN = "?lang=en"
CODE = "AB01-EFGH"
Story = Callable[[House], Awaitable[None]]


async def joined(house: House, number: int = 1) -> Phone:
    """The phone of somebody who has just joined."""
    phone = house.phone(number)
    await phone.get("/" + EN)
    answer = await phone.send("/join", name="Lin")
    assert answer.status_code == 200
    return phone


def asked(house: House, do: str) -> list[dict[str, object]]:
    return [each for each in house.gateway.asked if each["do"] == do]


def test_a_member_presses_the_button_and_is_here(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = await joined(house)
        await phone.get("/shake")
        here = await phone.send("/shake")
        assert here.status_code == 200
        assert "You&#39;re here, Lin" in here.text and "+5 points" in here.text
        assert "today&#39;s points" not in here.text.lower()
        (shake,) = asked(house, "shake")
        assert shake["member"] == "m-1" and "code" not in shake and "heard" not in shake
        (claim,) = asked(house, "claim")
        assert claim["member"] == "m-1"
        assert house.count("portal.shake") == house.count("portal.check_in") == 1
        assert house.count("portal.shaken_by_button") == 1

    play(tmp_path, story)


def test_the_form_sent_again_is_the_same_page_and_asks_nothing_more(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = await joined(house)
        form = hidden((await phone.get("/shake")).text)["/shake"]
        first, second = [await phone.post("/shake", form) for _ in range(2)]
        assert "+5 points" in first.text and "+5 points" in second.text
        assert len(asked(house, "shake")) == len(asked(house, "claim")) == 1

    play(tmp_path, story)


def test_a_form_sent_twice_at_once_is_one_shake(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = await joined(house)
        form = hidden((await phone.get("/shake")).text)["/shake"]
        pages = await asyncio.gather(*(phone.post("/shake", form) for _ in range(5)))
        assert all("+5 points" in page.text for page in pages)
        assert len(asked(house, "shake")) == len(asked(house, "claim")) == 1

    play(tmp_path, story)


def test_a_form_follows_whose_browser_it_is(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = await joined(house)
        form = hidden((await phone.get("/shake")).text)["/shake"]
        assert "Lin" in (await phone.post("/shake", form)).text
        phone.cookies.clear()
        await phone.get("/" + EN)
        await phone.send("/join", name="Mo")
        other = await phone.post("/shake", form)
        assert "You&#39;re here, Mo" in other.text and "Lin" not in other.text
        assert [each["member"] for each in asked(house, "shake")] == ["m-1", "m-2"]

    play(tmp_path, story)


def test_a_second_shake_of_the_day_greets_and_says_that_points_were_given(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = await joined(house)
        await phone.get("/shake")
        await phone.send("/shake")
        await phone.get("/shake")
        soon = await phone.send("/shake")
        assert soon.status_code == 429 and "only just" in soon.text and "wait 20 s," in soon.text
        house.gateway.presence.now_ms += ROUND_MS
        await phone.get("/shake")
        later = await phone.send("/shake")
        assert later.status_code == 200 and "Shake again tomorrow" in later.text and "+5" not in later.text

    play(tmp_path, story)


def test_a_relayed_beacon_says_where_and_one_out_of_its_time_is_said_not_to_count(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = await joined(house)
        await phone.get("/shake")
        heard = json.dumps([{**FRESH_BEACON, "rssi": -60.4}])
        near = await phone.send("/shake", heard=heard, how="app")
        assert "You are at: the door" in near.text and "Known by a beacon" in near.text
        assert asked(house, "shake")[0]["heard"] == [{**FRESH_BEACON, "rssi": -60}]
        house.gateway.presence.now_ms += ROUND_MS
        await phone.get("/shake")
        old = await phone.send("/shake", heard=json.dumps([OLD_BEACON]))
        assert "did not count: That beacon signal is too old" in old.text
        assert "Known by the store&#39;s Wi-Fi" in old.text and "You are at: Corner" in old.text

    play(tmp_path, story)


@pytest.mark.parametrize("heard", ["[", "{}", "7", '["x"]', '[{"uuid":"no"}]', '[{"eid":"zz"}]', "7" * 3_100])
def test_what_an_app_cannot_have_heard_is_a_bad_form(tmp_path: Path, heard: str) -> None:
    async def story(house: House) -> None:
        phone = await joined(house)
        await phone.get("/shake")
        answer = await phone.send("/shake", heard=heard)
        assert answer.status_code == 403 and not asked(house, "shake")
        assert house.count("portal.bad_form_heard") == 1

    play(tmp_path, story)


def test_who_is_not_known_joins_first_and_goes_on_to_the_shake(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = house.phone()
        page = await phone.get("/shake" + EN)
        assert 'href="/?next=shake"' in page.text and "data-shake-start" not in page.text
        await phone.get("/?next=shake")
        card = await phone.send("/join", name="Lin")
        first = card.text.index('href="/shake"')
        assert first < card.text.index('action="/connect"')
        assert 'class="button wide" href="/shake"' in card.text
        assert "data-shake-start" in (await phone.get("/shake")).text

    play(tmp_path, story)


def test_a_typed_number_checks_in_and_shows_nothing_of_the_card(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await joined(house)
        other = house.phone(2)
        await other.get("/shake" + EN)
        here = await other.send("/shake", code=CODE)
        assert "You&#39;re here, L**" in here.text and "+5 points" in here.text
        assert CODE not in here.text and "5-yuan coupon" not in here.text
        (claim,) = asked(house, "claim")
        assert "member" not in claim
        again = await other.get("/shake")
        assert "Hello, L**" in again.text
        assert "me_card" not in (await other.get("/me")).text and "PIN" in (await other.get("/me")).text

    play(tmp_path, story)


def test_numbers_cannot_be_guessed_for_long(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await joined(house)
        phone = house.phone(2)
        for _ in range(10):
            await phone.get("/shake" + EN)
            wrong = await phone.send("/shake", code="ZZZZ-ZZZZ")
            assert wrong.status_code == 422 and "do not know this code" in wrong.text
        await phone.get("/shake")
        stopped = await phone.send("/shake", code=CODE)
        assert stopped.status_code == 429 and "Too many tries" in stopped.text
        assert len(asked(house, "shake")) == 10

    play(tmp_path, story)


def test_a_lost_answer_to_the_shake_costs_nothing(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = await joined(house)
        await phone.get("/shake")
        house.gateway.tears = {"shake"}  # does what it is asked, and hangs up
        lost = await phone.send("/shake")
        assert lost.status_code == 503 and "did not answer" in lost.text
        house.gateway.tears = set()
        here = await phone.send("/shake")
        assert here.status_code == 200 and "+5 points" in here.text
        assert len(house.gateway.presence.used) == 1

    play(tmp_path, story)


def test_a_lost_answer_to_the_tickets_use_is_given_again(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = await joined(house)
        await phone.get("/shake")
        house.gateway.tears = {"claim"}
        assert (await phone.send("/shake")).status_code == 503
        assert len(house.gateway.presence.used) == 1
        house.gateway.tears = set()
        here = await phone.send("/shake")
        assert here.status_code == 200 and "+5 points" in here.text
        assert len(asked(house, "shake")) == 1 and len(house.gateway.presence.used) == 1

    play(tmp_path, story)


def test_nobody_off_the_stores_network_is_asked_for(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = await joined(house)
        form = hidden((await phone.get("/shake")).text)["/shake"]
        house.take_back(phone.ip)
        for answer in (await phone.get("/shake"), await phone.post("/shake", form)):
            assert answer.status_code == 403 and "join the Wi-Fi" in answer.text
        assert not asked(house, "shake")

    play(tmp_path, story)


def test_a_form_is_its_phones_own_and_grows_old(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone, other = await joined(house), await joined(house, 2)
        form = hidden((await phone.get("/shake")).text)["/shake"]
        assert (await other.post("/shake", form)).status_code == 403
        assert (await phone.post("/shake", form, origin="https://evil.example")).status_code == 403
        await house.pass_time(61)
        old = await phone.post("/shake", form)
        assert old.status_code == 422 and "open too long" in old.text
        assert not asked(house, "shake")

    play(tmp_path, story)


@pytest.mark.parametrize(
    ("refusal", "status", "says"),
    [
        ("no_books", 503, "coming back"),
        ("busy", 503, "a little busy"),
        ("never_heard_of", 503, "a little busy"),
        ("ticket_expired", 409, "too old"),
        ("not_here", 403, "cannot tell that you are here"),
        ("blocked", 403, "blocked"),
    ],
)
def test_a_refusal_is_said_and_nothing_is_kept_of_it(
    tmp_path: Path, refusal: str, status: int, says: str
) -> None:
    async def story(house: House) -> None:
        phone = await joined(house)
        await phone.get("/shake")
        house.gateway.refuses = refusal
        form = hidden((await phone.get("/shake")).text)["/shake"]
        no = await phone.post("/shake", form)
        assert no.status_code == status and says in no.text and 'href="/shake"' in no.text
        house.gateway.refuses = None
        assert (await phone.post("/shake", form)).status_code == 200

    play(tmp_path, story)


def test_a_member_who_was_forgotten_is_nobody(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = await joined(house)
        await phone.get("/shake")
        house.gateway.members.clear()
        page = await phone.send("/shake")
        assert 'href="/?next=shake"' in page.text and not any("member" in name for name in phone.cookies)

    play(tmp_path, story)


def test_every_page_of_a_member_leads_to_it(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = await joined(house)
        assert phone.last is not None and 'href="/shake"' in phone.last.text
        assert 'href="/shake"' in (await phone.get("/coupon")).text
        await phone.send("/connect")
        assert 'href="/shake"' in (await phone.get("/online")).text

    play(tmp_path, story)


def test_only_the_named_frame_may_hand_over_what_it_hears(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = await joined(house)
        page = await phone.get("/shake")
        assert 'data-framed-by="http://127.0.0.1:8095"' in page.text
        assert "frame-ancestors http://127.0.0.1:8095" in page.headers["content-security-policy"]

    play(tmp_path, story, framed_by="http://127.0.0.1:8095")
