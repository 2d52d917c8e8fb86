"""POST /v1/checkins: a ticket and its use, over HTTP, and what people try instead."""

import asyncio
import contextlib
import re
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import httpx
import msgspec
import pytest

from gateway.adapters.http import build_app
from gateway.adapters.http.act_words import WORDS
from gateway.adapters.http.books import Books
from gateway.adapters.http.checkin_operations import CHECKED_IN, GIVEN, TICKET, TICKET_PATTERN
from gateway.adapters.http.checkin_shapes import CheckedIn, TicketGiven
from gateway.adapters.http.checkins import STATUSES
from gateway.core.event import open_event
from gateway.enquiry import Enquiry
from gateway.errors import LedgerUnsafe
from gateway.live import Live
from gateway.presence.checkins import (
    IDENTITY_USED,
    NOT_HERE,
    TICKET_BAD,
    TICKET_EXPIRED,
    TICKET_USED,
)
from gateway.presence.doors import open_doors
from gateway.presence.heard import CLOCK_UNKNOWN, IDENTITY_CLONED, IDENTITY_OLD, IDENTITY_UNKNOWN, Spot
from gateway.presence.tickets import ROUND_MS, TEXT_MAX, TICKET_MS
from gateway.settings import GatewaySettings
from gateway.teller import Teller
from tests.gateway.adapters.http.conftest import TOKEN, Client
from tests.gateway.day import stock
from tests.gateway.guests.hall import HALL, KEY, types
from tests.gateway.presence.shop import Ears, eid, ibeacon
from tests.gateway.rig import LIN_CODE, House

LIN_ID = "m-1"
DAY_MS = 86_400_000
KEYS = count()  # each shake has its own


class Counter:
    """A gateway with beacons, as an app's own backend meets it."""

    def __init__(self, house: House) -> None:
        self.house = house
        house.seed("g1p", HALL)
        stock(house.open())
        self.ears = Ears()

    def post(self, path: str, body: Any, token: str = TOKEN, **more: Any) -> httpx.Response:
        """One request."""
        (answer,) = self.post_all((path, body), token=token, **more)
        return answer

    def post_all(self, *asked: tuple[str, Any], token: str = TOKEN, **more: Any) -> list[httpx.Response]:
        """Requests that come at once, each to a gateway that has just started."""
        return asyncio.run(self._post(asked, token, more))

    def shake(self, **more: Any) -> httpx.Response:
        """A member shakes, near beacon 1 where nothing else is said."""
        heard = [ibeacon(1, self.house.now_ms)]
        return self.post("/v1/checkins", {"key": f"s{next(KEYS)}", "member": LIN_ID, "heard": heard} | more)

    def claim(self, ticket: str, key: str = "c1", **more: Any) -> httpx.Response:
        """A ticket is used."""
        return self.post(f"/v1/checkins/{ticket}", {"key": key} | more)

    async def _post(self, asked: tuple[Any, ...], token: str, more: dict[str, Any]) -> list[httpx.Response]:
        house = self.house
        teller = Teller(house.desk, house.counters)
        doors = open_doors(house.desk, teller, self.ears, KEY, house.counters, lambda: house.steady_ms)
        books = Books(teller, Enquiry(house.desk), check_ins=doors.api)
        app = build_app(house.live, GatewaySettings(id="g1", store="s1"), TOKEN, books)
        serving = asyncio.create_task(teller.run())
        headers = {"authorization": f"Bearer {token}"} if token else {}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1:8080", headers=headers
        ) as client:
            answers = await asyncio.gather(
                *(client.post(path, **({"json": body} | more)) for path, body in asked)
            )
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving
        return list(answers)


@pytest.fixture
def counter(house: House) -> Iterator[Counter]:
    made = Counter(house)
    yield made
    unknown = {name for name in house.counters.snapshot() if name.startswith("checkins.")}
    assert unknown <= {f"checkins.{name}" for name in COUNTED}


REFUSED = (IDENTITY_CLONED, IDENTITY_OLD, IDENTITY_UNKNOWN, IDENTITY_USED, CLOCK_UNKNOWN, NOT_HERE,
           TICKET_BAD, TICKET_EXPIRED, TICKET_USED)  # fmt: skip
COUNTED = (*REFUSED, "tickets", "visits", "too_often", "too_soon")


def reason(answer: httpx.Response) -> tuple[int, str]:
    """What a refusal says to programs; people hear it in both languages."""
    body = answer.json()
    assert all(body["says"][language][part] for language in ("zh-CN", "en") for part in ("what", "do"))
    return answer.status_code, body["reason"]


def test_a_ticket_is_given_and_used(counter: Counter) -> None:
    given = counter.shake()
    assert given.status_code == 201
    told = msgspec.convert(given.json(), TicketGiven)
    assert (told.proof, told.place and told.place.zone, told.heard) == ("beacon", "door", None)
    assert told.expires_ms == counter.house.now_ms + TICKET_MS
    used = counter.claim(told.ticket, member=LIN_ID)
    assert used.status_code == 200
    card = msgspec.convert(used.json(), CheckedIn)
    assert (card.member, card.level, card.first_today) == (LIN_ID, "fresh", True)
    assert [(each.unit, each.amount) for each in card.given] == [("PTS", 5)]
    seen = [open_event(body) for body in counter.house.bodies()]
    assert [(event.type, event.actor) for event in seen] == [
        ("presence.seen", "api:c1"), ("presence.checked_in", "api:c1")]  # fmt: skip
    assert counter.ears.seen == [(LIN_ID, "beacon", Spot("beacon-door", "door", seen[0].act.quantum))]  # type: ignore[union-attr]


def test_by_a_code_the_card_is_from_outside(counter: Counter) -> None:
    ticket = counter.shake(member=None, code=LIN_CODE.decode()).json()["ticket"]
    card = counter.claim(ticket).json()
    assert (card["level"], card["name"], card["first_today"]) == ("weak", "林**", True)


def test_a_tag_is_enough_and_the_network_is_nobodys_word_here(counter: Counter) -> None:
    assert reason(counter.shake(heard=[])) == (409, "not_here")
    assert counter.post("/v1/checkins", {"key": "k", "member": LIN_ID, "network": True}).status_code == 400
    counter.ears.tags[LIN_ID] = Spot("beacon-shelf", "shelf", 3)
    assert counter.shake(heard=[]).json()["proof"] == "tag"
    late = counter.shake(heard=[eid(1, counter.house.now_ms - 600_000)]).json()
    assert (late["proof"], late["heard"]) == ("tag", "identity_old")


@pytest.mark.parametrize(("heard", "why"), [
    (lambda now: eid(1, now - 64_000), IDENTITY_OLD), (lambda now: eid(1, now + 64_000), IDENTITY_OLD),
    (lambda now: eid(7, now), IDENTITY_UNKNOWN), (lambda now: ibeacon(1, now - DAY_MS), IDENTITY_OLD),
    (lambda now: ibeacon(1, now) | {"uuid": "00" * 16}, IDENTITY_UNKNOWN),
])  # fmt: skip
def test_what_was_heard_and_is_not_fresh_is_refused_by_name(
        counter: Counter, heard: Callable[[int], dict[str, Any]], why: str) -> None:  # fmt: skip
    now_ms = counter.house.now_ms - counter.house.now_ms % 32_000
    counter.house.now_ms = now_ms
    assert reason(counter.shake(heard=[heard(now_ms)])) == (409, why)
    assert types(counter) == []  # type: ignore[arg-type]


def test_a_used_identity_and_a_used_round(counter: Counter) -> None:
    counter.claim(counter.shake().json()["ticket"])
    assert reason(counter.shake()) == (409, IDENTITY_USED)
    counter.ears.tags[LIN_ID] = Spot("beacon-shelf", "shelf", 3)
    counter.house.now_ms += ROUND_MS - counter.house.now_ms % ROUND_MS + 4_500
    counter.claim(counter.shake(heard=[]).json()["ticket"], "c2")
    again = counter.shake(heard=[])
    assert (reason(again), again.headers["retry-after"]) == ((429, "too_many"), "16")


def test_a_ticket_is_used_once(counter: Counter) -> None:
    ticket = counter.shake().json()["ticket"]
    first = counter.claim(ticket)
    assert counter.claim(ticket).json() == first.json()
    assert reason(counter.claim(ticket, "c2")) == (409, TICKET_USED)
    counter.house.now_ms += DAY_MS
    assert counter.claim(ticket).json()["points"] == first.json()["points"]
    assert reason(counter.claim(ticket, "c2")) == (409, TICKET_USED)


def test_of_two_askers_at_once_one_is_let_in(counter: Counter) -> None:
    ticket = counter.shake().json()["ticket"]
    asked = [(f"/v1/checkins/{ticket}", {"key": f"c{number}"}) for number in range(12)]
    answers = counter.post_all(*asked)
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 11]
    assert types(counter) == ["presence.seen", "presence.checked_in"]  # type: ignore[arg-type]


def test_an_old_a_changed_and_a_foreign_ticket(counter: Counter) -> None:
    ticket = counter.shake().json()["ticket"]
    for wrong in (ticket[:-1], ticket + "A", ticket[:40] + "x" + ticket[41:], TICKET, "SBT1.", "m-1",
                  "SBT1." + "A" * TEXT_MAX, "%00", "%F0%9F%90%B1", ticket + "%0A"):  # fmt: skip
        assert reason(counter.claim(wrong)) == (400, TICKET_BAD), wrong
    assert reason(counter.claim(ticket, member="m-2")) == (400, TICKET_BAD)
    assert reason(counter.claim(ticket, member="nobody")) == (404, "unknown_member")
    counter.house.now_ms += TICKET_MS
    assert reason(counter.claim(ticket)) == (410, TICKET_EXPIRED)
    assert types(counter) == []  # type: ignore[arg-type]


def test_a_restart_between_shake_and_claim_changes_nothing(counter: Counter) -> None:
    ticket = counter.shake().json()["ticket"]
    counter.house.restart()
    assert counter.claim(ticket).status_code == 200


def test_people_who_are_unknown_or_blocked(counter: Counter) -> None:
    assert reason(counter.shake(member="nobody")) == (404, "unknown_member")
    assert reason(counter.shake(member=None, code="ABCD-EFGH")) == (404, "unknown_code")
    counter.house.say("UPDATE members SET status = 'suspended' WHERE id = 'm-1'")
    assert reason(counter.shake()) == (403, "blocked")


@pytest.mark.parametrize(("body", "field"), [
    ({"member": LIN_ID}, "key"), ({"key": "k"}, "member"), ({"key": "k", "member": "m", "code": "c"}, "code"),
    ({"key": "k", "member": "m/1"}, "member"), ({"key": "k", "member": LIN_ID, "heard": [{}]}, "heard[0]"),
    ({"key": "k", "member": LIN_ID, "heard": [{"eid": "00" * 8}] * 21}, "heard"),
    ({"key": "k", "member": LIN_ID, "heard": [{"eid": "0g" * 8}]}, "heard[0].eid"), ([], "body"),
    ({"key": "k", "member": LIN_ID, "proof": "network"}, "proof"),
])  # fmt: skip
def test_a_wrong_body_is_told_where(counter: Counter, body: Any, field: str) -> None:
    answer = counter.post("/v1/checkins", body)
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert counter.house.counters.get("http.checkin_faults") == 1


def test_nobody_without_the_token(counter: Counter) -> None:
    for path in ("/v1/checkins", f"/v1/checkins/{TICKET}"):
        assert counter.post(path, {"key": "k", "member": LIN_ID}, token="").status_code == 401
        assert counter.post(path, {"key": "k", "member": LIN_ID}, token="f" * 32).status_code == 401
    assert counter.ears.asked == []


def test_what_cannot_be_written_now_may_be_sent_again(counter: Counter) -> None:
    counter.house.cache.detach("absent")
    answer = counter.shake()
    assert (reason(answer), answer.headers["retry-after"]) == ((503, "no_books"), "1")


class Broken:
    """Check-ins of a gateway whose disk just failed."""

    async def ask(self, ask: Any) -> dict[str, Any]:
        raise LedgerUnsafe("half-way")


def test_a_gateway_without_the_part_or_with_a_broken_disk_says_so(books: Books, live: Live) -> None:
    for part, why in ((None, "no_books"), (Broken(), "unsure")):
        app = build_app(live, GatewaySettings(id="g1", store="s1"), TOKEN, books._replace(check_ins=part))
        answer = Client(app, token=TOKEN).post("/v1/checkins", json={"key": "k", "member": "m-1"})
        assert reason(answer) == (503, why)


def test_every_refusal_has_words_and_the_examples_fit_their_shapes() -> None:
    errors = {*STATUSES, *REFUSED, "refused"}
    assert {f"checkin.{error}.what" for error in errors} <= set(WORDS)
    msgspec.convert(GIVEN, TicketGiven)
    msgspec.convert(CHECKED_IN, CheckedIn)
    assert re.search(TICKET_PATTERN, TICKET)
