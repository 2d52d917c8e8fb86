"""What people try with tickets: nothing of it is a visit, and nobody but the owner learns anything."""

import random
import sqlite3
from itertools import count
from typing import Any

import pytest

from gateway.acting import BUSY, Refused
from gateway.core.event import open_event
from gateway.core.promises import Here
from gateway.presence.checkins import TICKET
from gateway.presence.limits import CLAIMS_BURST
from gateway.presence.tickets import TICKET_MS, Tickets
from gateway.teller import Teller
from tests.gateway.guests.hall import Hall, types
from tests.gateway.presence.shop import QUANTUM_S, eid

LIN_ID, WANG_ID = "m-1", "m-2"
KEYS = count()  # each shake has its own


def shake(hall: Hall, member: str = LIN_ID, **more: Any) -> dict[str, Any]:
    return hall.ask("shake", **{"key": f"s{next(KEYS)}", "member": member} | more)


def claim(hall: Hall, ticket: str, key: str = "c1", **more: Any) -> dict[str, Any]:
    return hall.ask("claim", key=key, ticket=ticket, **more)


def visits(hall: Hall) -> int:
    return sum(isinstance(open_event(body).act, Here) for body in hall.house.bodies())


def test_a_ticket_is_used_once_whoever_has_it(hall: Hall) -> None:
    ticket = shake(hall)["ticket"]
    assert claim(hall, ticket)["ok"]
    for key in ("c2", "", "portal:c1"):
        assert claim(hall, ticket, key)["error"] == ("ticket_used" if key else "bad_request")
    hall.restart()
    assert claim(hall, ticket, "c2") == {"ok": False, "error": "ticket_used"}
    assert visits(hall) == 1 and hall.house.counters.get("checkins.ticket_used") == 1


def test_every_ticket_of_one_identity_is_the_same_ticket(hall: Hall) -> None:
    heard = [eid(1, hall.house.now_ms)]
    tickets = []
    for _ in range(3):
        tickets.append(shake(hall, heard=heard, network=False)["ticket"])
        hall.house.now_ms += 1_000
        hall.restart()  # what was handed out is remembered by nobody
    answers = [claim(hall, ticket, f"c{number}") for number, ticket in enumerate(tickets)]
    assert [answer.get("error") for answer in answers] == [None, "ticket_used", "ticket_used"]
    assert shake(hall, heard=heard, network=False) == {"ok": False, "error": "identity_used"}
    assert shake(hall, WANG_ID, heard=heard, network=False)["ok"], "another member heard it too"
    assert visits(hall) == 1


def test_an_identity_relayed_late_is_no_proof(hall: Hall) -> None:
    heard = [eid(1, hall.house.now_ms)]
    for quanta, ok in ((1, True), (2, False), (100, False), (2_700, False)):
        hall.house.now_ms = hall.house.now_ms - hall.house.now_ms % 1_000 + quanta * QUANTUM_S * 1_000
        assert shake(hall, heard=heard, network=False)["ok"] is ok
    assert types(hall) == []


def test_a_foreign_ticket_is_no_ticket_of_whoever_has_proved_to_be_somebody_else(hall: Hall) -> None:
    ticket = shake(hall)["ticket"]
    for asker in (WANG_ID, hall.enrol()["member"]):
        before = len(hall.house.bodies())
        assert claim(hall, ticket, member=asker) == {"ok": False, "error": "ticket_bad"}
        assert len(hall.house.bodies()) == before
    assert claim(hall, ticket, member="nobody") == {"ok": False, "error": "unknown_member"}
    assert claim(hall, ticket, member=LIN_ID)["ok"]


def test_a_ticket_of_another_store_is_none(hall: Hall) -> None:
    ticket = shake(hall)["ticket"]
    hall.tickets = Tickets(b"another store's key, 32 bytes...")
    assert claim(hall, ticket) == {"ok": False, "error": "ticket_bad"}


@pytest.mark.parametrize(("later_ms", "error"), [(TICKET_MS - 1, None), (TICKET_MS, "ticket_expired")])
def test_a_ticket_is_good_for_half_an_hour(hall: Hall, later_ms: int, error: str | None) -> None:
    ticket = shake(hall)["ticket"]
    hall.house.now_ms += later_ms
    assert claim(hall, ticket).get("error") == error
    assert visits(hall) == (error is None)


def test_flipped_bytes_book_nothing(hall: Hall) -> None:
    dice, ticket = random.Random(3), shake(hall)["ticket"]
    asked = []
    for _ in range(300):
        at = dice.randrange(len(ticket))
        changed = ticket[:at] + dice.choice("AZaz09-_.=") + ticket[at + 1 :]
        if changed != ticket:
            asked.append({"do": "claim", "key": "c", "ticket": changed})
    assert {answer["error"] for answer in hall.ask_all(*asked)} == {"ticket_bad"}
    assert types(hall) == []
    assert claim(hall, ticket)["ok"]


def test_of_many_askers_at_once_one_is_let_in(hall: Hall) -> None:
    ticket = shake(hall)["ticket"]
    lines = [{"do": "claim", "key": f"c{number}", "ticket": ticket} for number in range(40)]
    answers = hall.ask_all(*lines)
    assert sorted(answer.get("error", "ok") for answer in answers) == ["ok", *["ticket_used"] * 39]
    assert types(hall) == ["presence.seen", "presence.checked_in"]


def test_the_same_asker_many_times_at_once_hears_the_same(hall: Hall) -> None:
    ticket = shake(hall)["ticket"]
    answers = hall.ask_all(*[{"do": "claim", "key": "c", "ticket": ticket}] * 10)
    assert all(answer == answers[0] and answer["ok"] for answer in answers)
    assert types(hall) == ["presence.seen", "presence.checked_in"]


def test_a_crash_between_shake_and_claim_leaves_the_ticket_good(hall: Hall) -> None:
    given = shake(hall, heard=[eid(2, hall.house.now_ms)])
    hall.restart()
    card = claim(hall, given["ticket"])
    assert (card["ok"], card["proof"], card["first_today"]) == (True, "beacon", True)


def test_a_cut_between_visit_and_check_in_is_mended_by_the_same_asker(
        hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    hall.house.now_ms += 86_400_000 - (hall.house.now_ms + 8 * 3_600_000) % 86_400_000 - 1  # 23:59:59.999
    ticket, ask = shake(hall)["ticket"], Teller.ask

    async def cut(self: Teller, request: Any) -> Any:
        if not str(request.key).startswith(TICKET):
            raise Refused(BUSY)
        return await ask(self, request)

    with monkeypatch.context() as cutting:
        cutting.setattr(Teller, "ask", cut)
        assert claim(hall, ticket) == {"ok": False, "error": "busy"}
    assert types(hall) == ["presence.seen"]
    hall.house.now_ms += 1_000  # the next day
    hall.restart()
    assert claim(hall, ticket, "c2")["error"] == "ticket_used"
    assert types(hall) == ["presence.seen"], "nobody else is checked in by it"
    assert claim(hall, ticket)["first_today"]
    keys = [open_event(body).key for body in hall.house.bodies()]
    assert keys[1] == "check-in:m-1:" + open_event(hall.house.bodies()[0]).date


def test_nothing_written_is_nothing_used(hall: Hall) -> None:
    ticket = shake(hall)["ticket"]
    other = sqlite3.connect(hall.house.ledger_path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert claim(hall, ticket) == {"ok": False, "error": "ledger_refuses"}
    other.execute("ROLLBACK")
    other.close()
    assert claim(hall, ticket, "c2")["ok"]


def test_a_member_is_forgotten_with_their_tickets(hall: Hall) -> None:
    member = hall.enrol()["member"]
    ticket = shake(hall, member)["ticket"]
    assert hall.ask("forget", key="f", member=member)["ok"]
    assert claim(hall, ticket) == {"ok": False, "error": "unknown_member"}
    assert shake(hall, member)["error"] == "unknown_member"
    assert visits(hall) == 0


def test_claims_have_a_burst(hall: Hall) -> None:
    asked = [{"do": "claim", "key": "c", "ticket": "SBT1.x"}] * (CLAIMS_BURST + 3)
    errors = [answer["error"] for answer in hall.ask_all(*asked)]
    assert errors.count("too_many") == 3
