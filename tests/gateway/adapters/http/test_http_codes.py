"""Codes and phone numbers over the API of tills, at the real desk of a bakery."""

from typing import Any

import pytest

from gateway.adapters.http import act_shapes, order_shapes, pos_shapes
from gateway.core import model
from gateway.core.evidence import QR_STATIC
from gateway.core.promises import Credit, Link, Post, Terms
from gateway.core.rotating import STEP_S, member_code, rotating_text, shown
from tests.gateway.adapters.http.till_rig import Clerk, play
from tests.gateway.day import BADGE, LIN, LIN_ID
from tests.gateway.rig import BRAND_KEY, House

__all__ = ["play"]  # a fixture

CODE = member_code(BRAND_KEY, LIN_ID)
NUMBER = "138 0013 8000"


@pytest.fixture
def rotating(bakery: House) -> str:
    """What Lin's page shows now."""
    linked = bakery.act(model.INSTRUMENT_LINKED, Link("", LIN_ID), evidence=(QR_STATIC, CODE.encode()))
    assert linked.event.outcome.name == model.DONE
    return rotating_text(BRAND_KEY, CODE, bakery.now_ms // 1_000 // STEP_S)


async def look(clerk: Clerk, code: str) -> Any:
    return await clerk.get("/lookup", pos_shapes.Looked, code=code)


async def prove(clerk: Clerk, phone: str = NUMBER, member: str = LIN_ID) -> tuple[int, Any]:
    return await clerk.act(f"/members/{member}/phone", act_shapes.Verdict, phone=phone)


def test_a_rotating_code_finds_its_member_for_its_till_alone(play: Any, bakery: House, rotating: str) -> None:
    async def at_one_till(clerk: Clerk) -> None:
        assert (await look(clerk, rotating))["member"]["id"] == LIN_ID
        assert (await look(clerk, rotating))["kind"] == "member"
        assert (await look(clerk, shown(CODE).lower()))["member"]["id"] == LIN_ID

    async def at_another(clerk: Clerk) -> None:
        status, _ = await clerk.post("/staff/sign_in", badge=BADGE.hex(), till="till-2")
        assert status == 200
        found = await look(clerk, rotating)
        assert (found["kind"], found["member"]) == ("stale", None)

    play(at_one_till)
    play(at_another, None)


def test_a_code_that_was_shown_at_a_till_pays_there_once_without_the_pin(play: Any, bakery: House) -> None:
    bakery.code_day_max = 2_000
    bakery.reopen()
    linked = bakery.act(model.INSTRUMENT_LINKED, Link("", LIN_ID), evidence=(QR_STATIC, CODE.encode()))
    assert linked.event.outcome.name == model.DONE
    bakery.act(model.TRANSFER_POSTED, Post((Credit(5_000, LIN, Terms(), "CNY"),)))
    text = rotating_text(BRAND_KEY, CODE, bakery.now_ms // 1_000 // STEP_S)
    basket = {"member": LIN_ID, "lines": [{"sku": "loaf"}]}
    sale = {"basket": basket, "till": "till-1", "tenders": [{"kind": "balance", "amount": 1_200}]}
    free = {"shown_at": bakery.now_ms, "left": 2_000}

    async def story(pos: Clerk) -> None:
        found = await pos.get("/lookup", pos_shapes.Looked, code=text, till="till-1")
        assert (found["kind"], found["without_pin"]) == ("member", free)
        status, priced = await pos.post("/orders/quote", order_shapes.QuoteTold, basket=basket, till="till-1")
        assert (status, priced["without_pin"]) == (200, free)
        _, elsewhere = await pos.post("/orders/quote", basket=basket, till="till-2")
        assert elsewhere["without_pin"] is None
        status, told = await pos.act("/orders/commit", **{**sale, "till": "till-2"})
        assert (status, told["reason"]) == (409, "pin_needed")
        status, told = await pos.act("/orders/commit", **sale)
        assert (status, told["outcome"]) == (200, "done")
        status, told = await pos.act("/orders/commit", **sale)
        assert (status, told["reason"]) == (409, "pin_needed")
        assert (await pos.get("/lookup", code=LIN_ID, till="till-1"))["without_pin"] is None
        answer = await pos.client.get("/v1/lookup", params={"code": text, "till": "no such till"})
        assert answer.status_code == 400

    play(story)


def test_a_proved_number_finds_its_member_and_is_shown_verified(play: Any, bakery: House) -> None:
    async def story(clerk: Clerk) -> None:
        assert (await look(clerk, NUMBER))["kind"] == "unknown"
        status, said = await prove(clerk)
        assert (status, said["outcome"], said["type"]) == (200, "done", "instrument.linked")
        found = await look(clerk, "+86 13800138000")
        assert (found["member"]["id"], found["member"]["phone"], found["claims"]) == (LIN_ID, "verified", 0)
        status, said = await prove(clerk)
        assert (status, said["outcome"], said["reason"]) == (200, "refused", "instrument_taken")

    play(story)
    assert b"13800138000" not in b"".join(bakery.bodies())


@pytest.mark.parametrize("phone", ["12345", "not a number", "+86 10", "138001380001380013800013800138000"])
def test_what_is_no_number_books_nothing(play: Any, bakery: House, phone: str) -> None:
    before = bakery.ledger.seq

    async def story(clerk: Clerk) -> None:
        status, said = await prove(clerk, phone)
        assert (status, said["reason"], said["field"]) == (400, "phone", "phone")

    play(story)
    assert bakery.ledger.seq == before


def test_another_number_may_take_the_place_of_one(play: Any, bakery: House) -> None:
    async def story(clerk: Clerk) -> None:
        _, first = await prove(clerk)
        status, said = await clerk.act(
            f"/members/{LIN_ID}/phone", act_shapes.Verdict, phone="13900139000", replaces=first["instrument"]
        )
        assert (status, said["outcome"]) == (200, "done")
        assert (await look(clerk, NUMBER))["kind"] == "unknown"
        assert (await look(clerk, "13900139000"))["member"]["id"] == LIN_ID

    play(story)
