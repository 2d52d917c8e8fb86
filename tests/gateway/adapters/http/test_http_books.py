"""The API over the real desk and files: what a till asks is booked once and shows on every page."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from gateway.adapters.http import build_app
from gateway.adapters.http.books import Books
from gateway.enquiry import Enquiry
from gateway.settings import GatewaySettings
from gateway.teller import Teller
from tests.gateway.rig import House, booked_of

CARD = "04a1b2c3d4e5f6"
Play = Callable[[httpx.AsyncClient], Awaitable[Any]]


@pytest.fixture
def play(house: House, settings: GatewaySettings, token: str) -> Callable[[Play], Any]:
    """play(act) runs act(client) against an app whose teller serves the house's desk."""
    house.open()

    async def run(act: Play) -> Any:
        teller = Teller(house.desk, house.counters, wait_s=0.01)
        books = Books(teller, Enquiry(house.desk))
        app = build_app(house.live, settings, token, books)
        serving = asyncio.create_task(teller.run())
        try:
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(app),
                base_url="http://127.0.0.1",
                headers={"authorization": f"Bearer {token}"},
            ) as client:
                return await act(client)
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)

    return lambda act: asyncio.run(run(act))


def _post(unit: str, amount: int, do: str = "spend", **part: Any) -> dict[str, Any]:
    return {"do": "post", "parts": [{"do": do, "unit": unit, "amount": amount, **part}]}


async def _transfer(
    client: httpx.AsyncClient, key: str, type_: str, act: dict[str, Any], member: str = "m-1"
) -> Any:
    sent = {"key": key, "type": type_, "act": act}
    answer = await client.post(f"/v1/members/{member}/transfers", json=sent)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _known(client: httpx.AsyncClient, member: str = "m-1") -> Any:
    return (await client.get(f"/v1/members/{member}")).json()


def test_a_new_member_taps_earns_spends_and_loses_the_card(play: Any, house: House) -> None:
    async def act(client: httpx.AsyncClient) -> None:
        body = {"key": "k0", "name": "Ada L.", "instrument": {"kind": "nfc.uid", "value": CARD}}
        member = (await client.post("/v1/members", json=body)).json()["member"]
        tapped = house.desk.serve([house.tap(bytes.fromhex(CARD))])
        assert len(booked_of(tapped)) == 1 and house.live.taps(1)[0]["member"] == member
        await _transfer(client, "k1", "transfer.posted", _post("PTS", 62, "credit"), member)
        spent = await _transfer(client, "k2", "transfer.posted", _post("PTS", 50), member)
        assert spent["outcome"] == "done"
        known = await _known(client, member)
        assert known["units"][0]["here"] == 12 and known["name"] == "A**"
        card = known["instruments"][0]["id"]
        pressed = await client.post(
            f"/v1/members/{member}/instruments/{card}", json={"key": "k3", "status": "lost"}
        )
        assert pressed.json()["outcome"] == "done"
        house.desk.serve([house.tap(bytes.fromhex(CARD))])
        assert house.live.taps(1)[0]["outcome"] == "blocked"
        page = (await client.get(f"/members/{member}?lang=en")).text
        assert "HQ has not confirmed yet" in page and "Lost" in page

    play(act)
    assert b"Ada" not in b"".join(house.bodies())


def test_a_tag_is_linked_shown_and_reported_lost_like_a_card(play: Any, house: House) -> None:
    async def act(client: httpx.AsyncClient) -> None:
        body = {"key": "k1", "kind": "ble.tag", "value": "tag-7"}
        linked = (await client.post("/v1/members/m-1/instruments", json=body)).json()
        assert linked["outcome"] == "done"
        (tag,) = [one for one in (await _known(client))["instruments"] if one["kind"] == "ble.tag"]
        assert tag["status"] == "active"
        assert "Tag" in (await client.get("/members/m-1?lang=en")).text
        assert "蓝牙标签" in (await client.get("/members/m-1?lang=zh-CN")).text
        lost = {"key": "k2", "status": "lost"}
        pressed = await client.post(f"/v1/members/m-1/instruments/{tag['id']}", json=lost)
        assert pressed.json()["outcome"] == "done"

    play(act)


def test_a_coupon_is_redeemed_once_whatever_is_sent_again(play: Any, house: House) -> None:
    async def act(client: httpx.AsyncClient) -> list[Any]:
        await _transfer(client, "k1", "coupon.claimed", _post("CPN:tea", 1, "credit", terms={"face": 500}))
        sent = [("k2", "coupon.redeemed"), ("k2", "coupon.redeemed"), ("k3", "coupon.redeemed")]
        return await asyncio.gather(*(_transfer(client, *one, _post("CPN:tea", 1)) for one in sent))

    first, again, other = play(act)
    assert (first["outcome"], again, other["outcome"]) == ("done", first | {"duplicate": True}, "refused")
    assert other["reason"] in ("used_up", "not_enough")
    assert house.live.promises["refused"] == {other["reason"]: 1}


def test_a_key_means_one_act_only(play: Any, house: House) -> None:
    async def act(client: httpx.AsyncClient) -> httpx.Response:
        await _transfer(client, "k1", "transfer.posted", _post("PTS", 5, "credit"))
        sent = {"key": "k1", "type": "transfer.posted", "act": _post("PTS", 6, "credit")}
        return await client.post("/v1/members/m-1/transfers", json=sent)

    answer = play(act)
    assert (answer.status_code, answer.json()["reason"]) == (409, "key_reused")


def test_a_hold_is_named_by_its_verdict_and_released_once(play: Any, house: House) -> None:
    async def act(client: httpx.AsyncClient) -> list[Any]:
        await _transfer(client, "k1", "transfer.posted", _post("PTS", 40, "credit"))
        hold = {"do": "hold", "unit": "PTS", "amount": 30, "until": house.now_ms + 60_000}
        held = await _transfer(client, "k2", "transfer.held", hold)
        release = {"do": "release", "hold": held["random"], "verdict": "posted", "amount": 25}
        first = await _transfer(client, "k3", "transfer.released", release)
        again = await _transfer(client, "k4", "transfer.released", release)
        return [first["outcome"], again["reason"], (await _known(client))["units"][0]["here"]]

    assert play(act) == ["done", "hold_unknown", 15]


def test_a_return_goes_back_piece_by_piece(play: Any) -> None:
    async def act(client: httpx.AsyncClient) -> list[Any]:
        await _transfer(client, "k1", "transfer.posted", _post("PTS", 40, "credit"))
        bought = await _transfer(client, "k2", "transfer.posted", {**_post("PTS", 30), "returnable": 2})
        back = {"do": "reverse", "of": bought["random"], "pieces": 1}
        told = [await _transfer(client, f"b{number}", "transfer.reversed", back) for number in range(3)]
        return [*(one["reason"] for one in told), (await _known(client))["units"][0]["here"]]

    assert play(act) == [None, None, "nothing_to_return", 40]


def test_what_is_not_here_is_refused_with_words(play: Any) -> None:
    async def act(client: httpx.AsyncClient) -> list[Any]:
        unknown = await _transfer(client, "k1", "transfer.posted", _post("PTS", 1), "m-99")
        empty = await _transfer(client, "k2", "transfer.posted", _post("PTS", 1))
        lot = await _transfer(client, "k3", "coupon.redeemed", _post("CPN:tea", 1, lot="no.0"))
        taken = {"key": "k4", "kind": "qr.static", "value": "SB-LIN-1"}
        card = (await client.post("/v1/members/m-2/instruments", json=taken)).json()
        return [one["reason"] for one in (unknown, empty, lot, card)]

    assert play(act) == ["member_unknown", "not_enough", "lot_unknown", "instrument_taken"]
