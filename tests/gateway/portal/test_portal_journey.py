"""A guest's way: captured, the form, the card while still captive, connected, online; and what goes wrong."""

import asyncio
from pathlib import Path

import pytest

from tests.gateway.portal.house import OURS, House, Phone, hidden, play

EN = {"accept-language": "en"}


def test_a_guest_joins_holds_the_coupon_and_only_then_goes_online(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = house.phone()
        captured = await phone.get("/hotspot-detect.html", host="captive.apple.com")
        assert captured.status_code == 302
        assert captured.headers["location"] == f"http://{OURS}/"
        form = await phone.get("/")
        assert form.status_code == 200 and 'name="name"' in form.text
        card = await phone.send("/join", name="小林", marketing="1")
        assert card.status_code == 200
        for text in ("小林", "¥5", "第一次来店送 5 元券", "AB01-EFGH", "+5 积分"):
            assert text in card.text
        assert not house.netd.online
        assert (await phone.captive())["captive"] is True
        phone.last = card
        online = await phone.send("/connect")
        assert online.status_code == 200 and "可以上网了" in online.text
        assert house.netd.online == {
            (phone.mac, phone.ip): {
                "mac": phone.mac,
                "ip": phone.ip,
                "seconds": 240 * 60 + 120,
                "class": "member",
            }
        }
        said = await phone.captive()
        assert said["captive"] is False and said["seconds-remaining"] == 240 * 60

    play(tmp_path, story)


def test_the_internet_page_is_a_navigation_of_its_own(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = house.phone()
        await phone.get("/")
        answer = await phone.send("/connect", follow=False)
        assert answer.status_code == 303 and answer.headers["location"] == "/online"
        assert house.netd.online, "access works before the browser is sent on"

    play(tmp_path, story)


def test_just_connecting_asks_for_nothing_and_makes_no_member(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = house.phone()
        await phone.get("/")
        online = await phone.send("/connect")
        assert "可以上网了" in online.text and "/me" not in online.text
        assert not house.gateway.members and not phone.cookies
        granted = house.netd.online[phone.mac, phone.ip]
        assert granted["class"] == "guest" and granted["seconds"] == 60 * 60 + 120

    play(tmp_path, story)


def test_consent_is_booked_only_where_it_was_ticked(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        for number, fields in ((1, {}), (2, {"marketing": "1"})):
            phone = house.phone(number)
            page = await phone.get("/")
            assert "checked" not in page.text
            await phone.send("/join", name="Lin", **fields)
        asked = [each["consents"] for each in house.gateway.asked if each["do"] == "enrol"]
        assert asked == [[], [{"purpose": "marketing", "text": "marketing-1"}]]

    play(tmp_path, story)


def test_a_member_comes_back_by_the_number_on_the_card(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        first, second = house.phone(1), house.phone(2)
        await first.get("/")
        await first.send("/join", name="Lin")
        await second.get("/", **EN)
        wrong = await second.send("/return", code="AAAA-AAAA")
        assert wrong.status_code == 422 and 'value="AAAA-AAAA"' in wrong.text
        card = await second.send("/return", code="ab01efgh")
        assert card.status_code == 200 and "AB01-EFGH" in card.text and "L**" in card.text
        await second.send("/connect")
        assert house.netd.online[second.mac, second.ip]["class"] == "member"

    play(tmp_path, story)


def test_a_number_that_others_may_have_read_makes_nobody_known(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        mine, theirs = house.phone(1), house.phone(2)
        await mine.get("/")
        await mine.send("/join", name="Wilhelmina")
        await theirs.get("/")
        await theirs.send("/return", code="AB01-EFGH")
        online = await theirs.send("/connect")
        pages = [online, await theirs.get("/coupon"), await theirs.get("/me"), await theirs.get("/me/data")]
        assert all("Wilhelmina" not in page.text and "/r/" not in page.text for page in pages)

    play(tmp_path, story)


def test_a_browser_with_the_cookie_is_shown_its_card_and_a_changed_mac_alone_is_nobody(
    tmp_path: Path,
) -> None:
    async def story(house: House) -> None:
        phone = house.phone(1)
        await phone.get("/")
        await phone.send("/join", name="Lin")
        stranger = house.phone(2)
        stranger.ip, stranger.mac = phone.ip, phone.mac
        assert "AB01-EFGH" not in (await stranger.get("/")).text
        moved = house.phone(3)
        moved.cookies = phone.cookies
        assert "AB01-EFGH" in (await moved.get("/")).text

    play(tmp_path, story)


def test_a_cloned_address_is_given_no_way_into_the_members_page(tmp_path: Path) -> None:
    """A cloned pair is online as its original is: no kernel can tell them apart. It is not the member."""

    async def story(house: House) -> None:
        phone = house.phone(1)
        await phone.get("/")
        await phone.send("/join", name="Lin")
        mine = await phone.send("/connect")
        assert "/r/" in mine.text
        clone = house.phone(2)
        clone.ip, clone.mac = phone.ip, phone.mac
        theirs = await clone.get("/online")
        assert theirs.status_code == 200 and "/r/" not in theirs.text and "Lin" not in theirs.text

    play(tmp_path, story)


def test_a_guest_who_joins_later_stays_online_as_a_member(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = house.phone()
        await phone.get("/")
        await phone.send("/connect")
        house.now_ms += 30 * 60_000
        await phone.get("/?join=1")
        await phone.send("/join", name="Lin")
        await phone.send("/connect")
        assert house.netd.online[phone.mac, phone.ip]["class"] == "member"
        assert house.netd.online[phone.mac, phone.ip]["seconds"] == 240 * 60 + 120
        assert "/connect" not in (await phone.get("/coupon")).text, "who is online is not asked to connect"

    play(tmp_path, story)


@pytest.mark.parametrize("name", ["", "   ", "x" * 21])
def test_a_name_that_is_none_is_said_beside_its_field(tmp_path: Path, name: str) -> None:
    async def story(house: House) -> None:
        phone = house.phone()
        await phone.get("/")
        answer = await phone.send("/join", name=name)
        assert answer.status_code == 422
        for mark in ('aria-invalid="true"', 'id="name-fault"', 'role="alert"', "autofocus"):
            assert mark in answer.text
        assert not [each for each in house.gateway.asked if each["do"] == "enrol"]
        assert (await phone.send("/join", name="Lin")).status_code == 200

    play(tmp_path, story)


def test_a_wrong_phone_number_is_said_and_costs_no_enrolment(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = house.phone()
        await phone.get("/")
        for _ in range(5):
            answer = await phone.send("/join", name="Lin", phone="12")
            assert (
                answer.status_code == 422
                and 'id="phone-fault"' in answer.text
                and 'value="12"' in answer.text
            )
        assert (await phone.send("/join", name="Lin", phone="13800138000")).status_code == 200

    play(tmp_path, story)


def test_without_a_lease_there_is_a_page_that_says_so_and_nothing_else(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = house.phone(1, lease=False)
        page = await phone.get("/", **EN)
        assert page.status_code == 403 and "Shopbell" in page.text and "<form" not in page.text
        other = house.phone(2)
        await other.get("/")
        for path in ("/join", "/return", "/connect"):
            phone.last = other.last
            assert (await phone.send(path, name="Lin", code="AB01-EFGH")).status_code == 403
        assert not house.netd.online and not house.gateway.members

    play(tmp_path, story)


def test_a_lease_that_ended_between_form_and_grant_is_refused_by_netd(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = house.phone()
        await phone.get("/")
        house.leased = lambda mac, ip: False  # type: ignore[method-assign]
        house.netd._leased = house.leased
        answer = await phone.send("/connect")
        assert answer.status_code == 403
        assert list(house.parts.enforcer.sessions.all_live()) == []

    play(tmp_path, story)


def test_a_full_store_says_so_and_the_card_stays(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        house.netd.clients_max = 1
        first, second = house.phone(1), house.phone(2)
        await first.get("/")
        await first.send("/connect")
        await second.get("/")
        await second.send("/join", name="Lin")
        full = await second.send("/connect")
        assert full.status_code == 503 and "/coupon" in full.text
        house.netd.clients_max = 2
        await second.get("/coupon")
        assert (await second.send("/connect")).status_code == 200, "a refused grant used up no time"

    play(tmp_path, story)


def test_with_the_internet_away_the_coupon_is_there_and_the_page_says_what_is_not(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        house.parts.wan.up = False
        phone = house.phone()
        form = await phone.get("/", **EN)
        assert "The internet is away" in form.text
        card = await phone.post("/join", {**hidden(form.text)["/join"], "name": "Lin"}, **EN)
        assert "¥5" in card.text and "The internet is away" in card.text
        phone.last = card
        waiting = await phone.send("/connect")
        assert "等外网恢复" in waiting.text and 'http-equiv="refresh"' in waiting.text
        house.parts.wan.up = True
        back = await phone.get("/online")
        assert "可以上网了" in back.text and 'http-equiv="refresh"' not in back.text

    play(tmp_path, story)


def test_pages_speak_both_languages_and_keep_the_one_chosen(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = house.phone()
        assert '<html lang="en">' in (await phone.get("/", **EN)).text
        assert '<html lang="zh-CN">' in (await phone.get("/?lang=zh-CN", **EN)).text
        assert '<html lang="zh-CN">' in (await phone.get("/", **EN)).text
        led = await phone.get("/join?lang=en")
        assert led.status_code == 200 and '<html lang="en">' in led.text

    play(tmp_path, story)


def test_every_page_says_where_nothing_is_enforced(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = house.phone()
        for path in ("/", "/privacy", "/nowhere"):
            assert "演示" in (await phone.get(path)).text
        await phone.get("/")
        assert "演示" in (await phone.send("/connect")).text

    play(tmp_path, story, simulated=True)


def test_the_privacy_page_needs_no_lease_and_names_whom_to_ask(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        page = await house.phone(1, lease=False).get("/privacy", **EN)
        assert page.status_code == 200 and "privacy@mai.example" in page.text and "24 hours" in page.text

    play(tmp_path, story, contact="privacy@mai.example")


def test_a_crowd_joins_at_once_in_few_commits(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phones = [house.phone(number) for number in range(1, 61)]

        async def join(phone: Phone) -> int:
            await phone.get("/")
            await phone.send("/join", name="Lin")
            return (await phone.send("/connect")).status_code

        assert set(await asyncio.gather(*map(join, phones))) == {200}
        assert len(house.netd.online) == 60 and len(house.gateway.members) == 60
        asks = [each for each in house.netd.asked if each["do"] == "grant"]
        assert len(asks) < 60

    play(tmp_path, story)


def test_a_known_guest_is_led_to_the_code_that_another_phone_can_scan(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = house.phone()
        await phone.get("/")
        await phone.send("/join", name="Lin")
        assert "/me/another" in (await phone.send("/connect")).text
        assert 'role="img"' in (await phone.get("/me/another")).text

    play(tmp_path, story)


def test_waiting_for_the_internet_speaks_of_cards_to_members_alone(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        house.parts.wan.up = False
        guest, member = house.phone(1), house.phone(2)
        await guest.get("/")
        assert "会员卡和优惠券" not in (await guest.send("/connect")).text
        await member.get("/")
        await member.send("/join", name="Lin")
        assert "会员卡和优惠券现在就能用" in (await member.send("/connect")).text

    play(tmp_path, story)
