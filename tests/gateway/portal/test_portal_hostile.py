"""What guests may try on the pages: forms sent again, from elsewhere, in masses, or full of markup."""

import asyncio
from pathlib import Path

import pytest
from markupsafe import escape

from gateway.portal.clients import Client
from gateway.portal.forms import TOKEN_AGE_MINUTES_MAX
from gateway.portal.limits import RULES
from tests.gateway.portal.house import House, elements, hidden, play


def enrolments(house: House) -> int:
    return len(house.gateway.members)


def test_a_form_sent_again_is_one_member_and_the_same_card(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = house.phone()
        page = await phone.get("/")
        fields = {**hidden(page.text)["/join"], "name": "Lin"}
        first, *others = await asyncio.gather(*(phone.post("/join", fields) for _ in range(5)))
        others.append(await phone.post("/join", {**fields, "name": "Somebody else"}))
        assert first.status_code == 200
        assert all("AB01-EFGH" in other.text and "Lin" in other.text for other in others)
        assert enrolments(house) == 1

    play(tmp_path, story)


def test_a_form_sent_again_after_a_lost_answer_is_one_member(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = house.phone()
        await phone.get("/")
        house.gateway.torn = True
        lost = await phone.send("/join", name="Lin")
        assert lost.status_code == 503 and 'value="Lin"' in lost.text and enrolments(house) == 1
        house.gateway.torn = False
        card = await phone.send("/join", name="Lin")
        assert card.status_code == 200 and enrolments(house) == 1

    play(tmp_path, story)


def test_a_form_sent_again_after_a_restart_is_one_member(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = house.phone()
        page = await phone.get("/")
        fields = {**hidden(page.text)["/join"], "name": "Lin"}
        await phone.post("/join", fields)
        await house.restart()
        again = await phone.post("/join", fields)
        assert again.status_code == 200 and enrolments(house) == 1

    play(tmp_path, story)


def test_a_form_of_another_phone_books_nothing(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        mine, theirs = house.phone(1), house.phone(2)
        page = await mine.get("/")
        for path in ("/join", "/return", "/connect", "/extend"):
            fields = {**hidden(page.text)["/join"], "name": "Lin", "code": "AB01-EFGH"}
            assert (await theirs.post(path, fields)).status_code == 403
        assert enrolments(house) == 0 and not house.netd.online
        assert house.count("portal.bad_form_token") == 4

    play(tmp_path, story)


@pytest.mark.parametrize("token", ["", "x", "0" * 24 + "." + "0" * 32, "\u0660" * 57, "a" * 5_000])
def test_a_form_with_a_token_that_is_none_books_nothing(tmp_path: Path, token: str) -> None:
    async def story(house: House) -> None:
        phone = house.phone()
        assert (await phone.post("/join", {"name": "Lin", "token": token})).status_code == 403
        assert (await phone.post("/connect", {"token": token})).status_code == 403
        assert enrolments(house) == 0 and not house.netd.online

    play(tmp_path, story)


def test_a_voucher_for_another_member_is_a_guest_like_any_other(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = house.phone()
        await phone.get("/")
        await phone.send("/join", name="Lin")
        await phone.send("/connect", member="m-7")
        assert house.netd.online[phone.mac, phone.ip]["class"] == "guest"
        assert next(house.parts.enforcer.sessions.all_live()).member is None

    play(tmp_path, story)


def test_a_form_that_lay_open_too_long_is_asked_for_again_and_keeps_what_was_typed(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = house.phone()
        await phone.get("/")
        house.now_ms += (TOKEN_AGE_MINUTES_MAX + 1) * 60_000
        house.lend(phone.ip, phone.mac)
        old = await phone.send("/join", name="Lin")
        assert old.status_code == 422 and 'value="Lin"' in old.text and enrolments(house) == 0
        assert (await phone.send("/join", name="Lin")).status_code == 200

    play(tmp_path, story)


@pytest.mark.parametrize(
    "foreign",
    [{"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site", "origin": ""}],
)
def test_a_form_sent_from_another_site_is_refused(tmp_path: Path, foreign: dict[str, str]) -> None:
    async def story(house: House) -> None:
        phone = house.phone()
        page = await phone.get("/")
        for path in ("/join", "/connect"):
            fields = {**hidden(page.text)["/join"], "name": "Lin"}
            assert (await phone.post(path, fields, **foreign)).status_code == 403
        assert enrolments(house) == 0 and not house.netd.online
        assert house.count("portal.refused_origin") == 2

    play(tmp_path, story)


@pytest.mark.parametrize("name", ["<script>x</script>", '"><img src=x>', "{{ 7*7 }}", "'><b>"])
def test_a_name_full_of_markup_is_only_text(tmp_path: Path, name: str) -> None:
    async def story(house: House) -> None:
        phone = house.phone()
        await phone.get("/")
        wrong = await phone.send("/join", name=name, phone="12")
        card = await phone.send("/join", name=name)
        for page in (wrong, card, await phone.get("/coupon")):
            assert str(escape(name)) in page.text
            assert not {"script", "img", "b"} & elements(page.text)
            assert "script-src 'self'" in page.headers["content-security-policy"]

    play(tmp_path, story)


def test_a_thousand_enrolments_from_one_phone_are_three(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = house.phone()
        statuses = []
        for _ in range(1_000):
            page = await phone.get("/", follow=False)
            if page.status_code == 303:  # the cookie is thrown away, as a script would
                phone.cookies.clear()
                page = await phone.get("/")
            statuses.append((await phone.send("/join", name="Lin")).status_code)
        assert statuses == [200] * 3 + [429] * 997 and enrolments(house) == 3
        assert house.count("portal.over_limit_join") == 997

    play(tmp_path, story)


def test_the_days_limit_outlives_a_restart_and_ends_with_the_day(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = house.phone()

        async def join() -> int:
            phone.cookies.clear()
            await phone.get("/")
            return (await phone.send("/join", name="Lin")).status_code

        assert [await join() for _ in range(3)] == [200] * 3
        await house.pass_time(1 / 60)
        await house.restart()
        assert await join() == 429
        await house.pass_time(24 * 60 + 1)
        assert await join() == 200

    play(tmp_path, story)


def test_codes_cannot_be_guessed_in_numbers(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = house.phone()
        await phone.get("/")
        statuses = []
        for number in range(20):
            if "form" not in (phone.last.text if phone.last else ""):
                await phone.get("/")
            statuses.append((await phone.send("/return", code=f"ZZZZ-{number:04}")).status_code)
            await phone.get("/")
        assert statuses == [422] * 10 + [429] * 10
        assert len([each for each in house.gateway.asked if each["do"] == "return"]) == 10

    play(tmp_path, story)


def test_all_phones_together_have_a_budget(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        limits = RULES["join"]
        hall = house.parts.hall
        phones = [
            Client(f"02:00:00:00:{number // 256:02x}:{number % 256:02x}", "")
            for number in range(limits.all_at_once + 5)
        ]
        taken = [hall.take("join", phone) for phone in phones]
        assert sum(each is not None for each in taken) == limits.all_at_once
        house.now_ms += 3_000
        assert hall.take("join", phones[-1]) is not None

    play(tmp_path, story)


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a=" * 5_000, b"&".join([b"a=b"] * 40), b"name=%ff"])
def test_a_body_that_is_no_form_of_ours_is_refused(tmp_path: Path, body: bytes) -> None:
    async def story(house: House) -> None:
        phone = house.phone()
        for path in ("/join", "/return", "/connect", "/extend"):
            assert (await phone.post_bytes(path, body)).status_code == 403
        assert enrolments(house) == 0

    play(tmp_path, story)


@pytest.mark.parametrize("refusal", ["busy", "disk_low", "too_many", "no_books"])
def test_what_the_gateway_could_not_do_costs_the_guest_no_try(tmp_path: Path, refusal: str) -> None:
    async def story(house: House) -> None:
        phone = house.phone()
        page = await phone.get("/")
        fields = {**hidden(page.text)["/join"], "name": "Lin"}
        house.gateway.refuses = refusal
        for _ in range(5):
            assert (await phone.post("/join", fields)).status_code in (429, 503)
        house.gateway.refuses = None
        assert (await phone.post("/join", fields)).status_code == 200, "and the same form works again"

    play(tmp_path, story)
