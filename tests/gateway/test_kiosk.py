"""The kiosk: what may be taken is listed, taken by number, and paid for with a PIN."""

import asyncio
from typing import Any

import pytest

from firmware.protocol import messages
from firmware.protocol.messages import ASK_CHOICE, ASK_PIN
from gateway.acting import Refused, Request, Verdict
from gateway.booking import Guest
from gateway.core import model
from gateway.core.evidence import QR_STATIC
from gateway.core.promises import Link
from gateway.core.rotating import STEP_S, member_code, rotating_text
from gateway.displays import Displays
from gateway.kiosk import CHOICES_MAX, Kiosk, Offer, pages_of
from gateway.ports import Told
from tests.gateway.day import coupon
from tests.gateway.lanes import Terminals, run, screens_of, turns
from tests.gateway.rig import BRAND_KEY, House, screens
from tests.gateway.till import earned, types

GUEST = Guest("kiosk-1", "m-1", "林**", "zh-CN")
PIN = "4821"


class Pins:
    """One PIN for everybody; what was typed is kept."""

    def __init__(self) -> None:
        self.typed: list[tuple[str, str]] = []

    async def check(self, owner: str, digits: str) -> str:
        self.typed.append((owner, digits))
        return "right" if digits == PIN else "wrong"


class Corner:
    """A kiosk in the bakery, its keys pressed by a script."""

    def __init__(self, shop: House, *keys: str | None) -> None:
        self.shop = shop
        self.terminals = Terminals(*keys)
        self.pins = Pins()
        live, send, counters = self.terminals.live, self.terminals.send, self.terminals.counters
        keypads, painter = self.terminals.keypads, screens()
        displays = Displays({}, live, painter, send, "Asia/Shanghai", lambda: shop.now_ms)
        self.kiosk = Kiosk(shop.desk, self, self.pins, keypads, displays, painter, send, counters)

    async def ask(self, request: Request) -> Verdict:
        """As the teller."""
        (verdict,) = self.shop.desk.act([request])
        if isinstance(verdict, Refused):
            raise verdict
        return verdict

    def serve(self, guest: Guest = GUEST) -> list[messages.Screen]:
        """What was shown in the end."""

        async def served() -> None:
            self.kiosk.met(guest)
            await asyncio.gather(*self.kiosk._serving.values())

        run(served())
        return screens_of(self.terminals.shown)


def drawn(told: Told) -> Any:
    encoded = screens().told("kiosk", told, "zh-CN", "林**")
    return messages.decode("show", b"\x83\x01\x00" + encoded).screen


CLAIMED = drawn(Told("kiosk.claimed", (("what", (("zh-CN", "mall"), ("en", "mall"))),)))


def test_a_code_shown_at_the_kiosk_is_enough_once_and_then_the_pin_is_asked_for(bakery: House) -> None:
    bakery.code_day_max = 80
    bakery.reopen()
    earned(bakery, 200)
    code = member_code(BRAND_KEY, "m-1")
    bakery.act(model.INSTRUMENT_LINKED, Link("", "m-1"), evidence=(QR_STATIC, code.encode()))
    shown = rotating_text(BRAND_KEY, code, bakery.now_ms // 1_000 // STEP_S)
    bakery.desk.serve([bakery.scan(shown.encode(), "kiosk-1")])
    corner = Corner(bakery, "1")
    assert (corner.serve(), corner.pins.typed) == ([CLAIMED], [])
    later = Corner(bakery, "1", PIN)
    assert (later.serve(), later.terminals.kinds()) == ([CLAIMED], [ASK_CHOICE, ASK_PIN])


def test_a_coupon_is_chosen_by_number_and_paid_for_with_a_pin(bakery: House) -> None:
    earned(bakery, 60)
    corner = Corner(bakery, "1", PIN)
    assert corner.serve() == [CLAIMED]
    assert corner.terminals.kinds() == [ASK_CHOICE, ASK_PIN]
    assert corner.pins.typed == [("member:m-1", PIN)]
    event = [body for body in bakery.bodies() if b"coupon.claimed" in body][-1]
    assert b'"actor":"device:kiosk-1"' in event and PIN.encode() not in event
    assert b"CPN:off50" in event


def test_a_wrong_pin_takes_nothing(bakery: House) -> None:
    earned(bakery, 60)
    assert Corner(bakery, "1", "0000").serve() == [drawn(Told("pin.wrong"))]
    assert b"CPN:off50" not in b"".join(bakery.bodies())


def test_who_walks_away_from_the_pin_takes_nothing(bakery: House) -> None:
    earned(bakery, 60)
    assert Corner(bakery, "1", None).serve() == [drawn(Told("pin.no_answer"))]


def test_who_clears_the_list_is_shown_nothing(bakery: House) -> None:
    earned(bakery, 60)
    corner = Corner(bakery, None)
    assert corner.serve() == []
    assert "coupon.claimed" not in types(bakery)


def test_a_number_that_is_not_listed_is_said_so(bakery: House) -> None:
    earned(bakery, 60)
    assert Corner(bakery, "7").serve() == [drawn(Told("kiosk.wrong_key"))]


def test_what_a_member_cannot_pay_for_is_not_offered(bakery: House) -> None:
    earned(bakery, 49)
    corner = Corner(bakery)
    assert corner.serve() == [drawn(Told("kiosk.empty"))]
    assert corner.terminals.asked == []
    assert types(bakery) == ["transfer.posted"], "trying books nothing"


def test_coupons_that_a_member_has_are_listed_though_nothing_may_be_taken(bakery: House) -> None:
    coupon(bakery)
    corner = Corner(bakery, None)
    assert corner.serve() == []
    (asked,) = [command for _, command in corner.terminals.asked]
    assert (
        asked.screen
        == messages.decode("show", b"\x83\x01\x00" + screens().listing(["林** 券1", "· 满100减50 ×1"])).screen
    )


def test_what_changed_since_it_was_listed_is_refused_with_its_reason(bakery: House) -> None:
    earned(bakery, 60)
    corner = Corner(bakery, "1", PIN)
    real = corner.ask
    asked: list[Request] = []

    async def spent_meanwhile(request: Request) -> Verdict:
        asked.append(request)
        if len(asked) == 2:
            bakery.say("UPDATE members SET status = 'suspended'")
        return await real(request)

    corner.ask = spent_meanwhile  # type: ignore[method-assign]
    assert corner.serve() == [drawn(Told("member_blocked"))]


def test_a_gateway_that_takes_no_act_says_so(bakery: House) -> None:
    earned(bakery, 60)
    corner = Corner(bakery, "1")

    async def busy(request: Request) -> Verdict:
        raise Refused("busy")

    corner.ask = busy  # type: ignore[method-assign]
    assert corner.serve() == [drawn(Told("busy"))]


def test_the_next_card_ends_the_conversation_of_the_first(bakery: House) -> None:
    earned(bakery, 60)
    corner = Corner(bakery)

    async def two() -> None:
        corner.kiosk.met(GUEST)
        await turns()
        corner.kiosk.met(Guest("kiosk-1", "m-2", "M**", "en"))
        await turns()

    run(two())
    assert corner.terminals.kinds()[:2] == [ASK_CHOICE, messages.ASK_NOTHING]
    assert screens_of(corner.terminals.shown)[-1].hold_ms == 3_000, (
        "nothing for the second: they have no points"
    )


def test_pages_number_what_may_be_taken_and_then_list_what_there_is() -> None:
    offers = [
        Offer(f"p{number}", {"zh-CN": f"活动{number}", "en": f"Offer {number}"}) for number in range(1, 5)
    ]
    names = [{"zh-CN": "五元券", "en": "5 off"}] * 3
    assert pages_of(offers, names, "林**", "zh-CN") == [
        ["林** 券3   0 →", "1 活动1", "2 活动2", "3 活动3"],
        ["林** 券3   0 →", "4 活动4", "· 五元券 ×3"],
    ]
    assert pages_of(offers[:1], [], None, "en") == [[": 0", "1 Offer 1"]]
    assert CHOICES_MAX == 9, "one number key each"


@pytest.mark.parametrize("pages", [2, 3])
def test_0_turns_the_page_and_comes_round(bakery: House, pages: int) -> None:
    earned(bakery, 60)
    corner = Corner(bakery, *["0"] * pages, "1", PIN)
    assert corner.serve() == [CLAIMED]
    assert corner.terminals.kinds() == [ASK_CHOICE] * (pages + 1) + [ASK_PIN]


def test_only_so_many_kiosks_are_served_at_once(bakery: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.kiosk.SERVED_MAX", 1)
    earned(bakery, 60)
    corner = Corner(bakery)
    corner.terminals.turn("kiosk-2", "online")

    async def two() -> int:
        corner.kiosk.met(GUEST)
        corner.kiosk.met(GUEST._replace(device="kiosk-2"))
        await turns()
        corner.kiosk.close()
        await turns()
        return corner.terminals.counters.get("kiosk.refused")

    assert run(two()) == 1
    assert model.COUPON_CLAIMED not in types(bakery)
