"""Places of the traffic shaper: one for each, none twice, whatever comes in whatever order."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.portal.net.roster import ENDED_MS, Client, Plan, Roster, Wish

NOW = 1_000_000


def mac(number: int) -> str:
    return f"02:00:00:00:00:{number:02x}"


def ip(number: int) -> str:
    return f"10.77.0.{number}"


def wish(number: int, address: int | None = None, kind: str = "guest", ms: int = 60_000) -> Wish:
    return Wish(mac(number), ip(number if address is None else address), kind, NOW + ms)


def grant(roster: Roster, *wishes: Wish, now_ms: int = NOW) -> Plan:
    plan = roster.plan(wishes, now_ms)
    roster.settle(plan.put, [client.pair for client in plan.take])
    return plan


def test_places_are_given_from_the_first_on_until_there_are_none() -> None:
    roster = Roster(2)
    plan = grant(roster, wish(1), wish(2), wish(3))
    assert [(client.mac, client.place) for client in plan.put] == [(mac(1), 0), (mac(2), 1)]
    assert plan.full == [wish(3)]
    assert len(roster) == 2


def test_an_extension_keeps_its_place_even_in_a_full_house() -> None:
    roster = Roster(2)
    grant(roster, wish(1), wish(2))
    plan = grant(roster, wish(2, kind="member", ms=90_000))
    assert plan == Plan([Client(mac(2), ip(2), "member", 1, NOW + 90_000)], [], [])


def test_a_phone_with_a_new_address_leaves_its_old_one() -> None:
    roster = Roster(2)
    grant(roster, wish(1), wish(2))
    plan = grant(roster, wish(1, address=9))
    assert [client.pair for client in plan.take] == [(mac(1), ip(1))]
    assert [client.ip for client in roster] == [ip(2), ip(9)]


def test_an_address_with_a_new_phone_loses_its_old_one() -> None:
    roster = Roster(2)
    grant(roster, wish(1))
    plan = grant(roster, wish(5, address=1))
    assert [client.pair for client in plan.take] == [(mac(1), ip(1))]
    assert {client.pair for client in roster} == {(mac(5), ip(1))}


def test_the_later_of_two_wishes_counts() -> None:
    roster = Roster(5)
    plan = grant(roster, wish(1), wish(1, ms=90_000), wish(2, address=1))
    assert [client.pair for client in plan.put] == [(mac(2), ip(1))]
    assert plan.take == []


def test_a_place_is_free_a_moment_after_its_time_and_not_before() -> None:
    roster = Roster(1)
    grant(roster, wish(1, ms=500))
    assert roster.plan([wish(2)], NOW + 500 + ENDED_MS - 1).full == [wish(2)]
    plan = grant(roster, wish(2), now_ms=NOW + 500 + ENDED_MS)
    assert [client.place for client in plan.put] == [0]
    assert roster.plan([wish(1)], NOW + 500 + ENDED_MS).full == [wish(1)]


def test_who_was_taken_out_is_gone_but_not_whoever_has_the_address_now() -> None:
    roster = Roster(2)
    grant(roster, wish(1), wish(2))
    roster.settle([], [(mac(1), ip(1)), (mac(9), ip(2)), (mac(7), ip(7))])
    assert [client.mac for client in roster] == [mac(2)]


def test_a_plan_changes_nothing() -> None:
    roster = Roster(1)
    roster.plan([wish(1)], NOW)
    assert len(roster) == 0


small = st.integers(1, 6)
steps = st.lists(
    st.tuples(st.lists(st.tuples(small, small, st.integers(1, 5_000)), max_size=6), st.integers(0, 3_000)),
    max_size=12,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
@given(steps)
def test_no_place_address_or_mac_is_ever_had_twice(
    story: list[tuple[list[tuple[int, int, int]], int]],
) -> None:
    roster, now_ms = Roster(4), NOW
    for asked, later_ms in story:
        wishes = [Wish(mac(m), ip(a), "guest", now_ms + ms) for m, a, ms in asked]
        before = {client.pair for client in roster}
        plan = grant(roster, *wishes, now_ms=now_ms)
        clients = [client for client in roster if client.until_ms + ENDED_MS > now_ms]
        for each in ({c.mac for c in clients}, {c.ip for c in clients}, {c.place for c in clients}):
            assert len(each) == len(clients)
        assert {client.place for client in clients} <= set(range(4))
        assert {client.pair for client in plan.take} <= before
        assert not {client.pair for client in plan.take} & (
            {c.pair for c in clients} - {c.pair for c in plan.put}
        )
        last = {wish.ip: wish for wish in wishes}
        assert {client.ip for client in plan.put} <= set(last)
        now_ms += later_ms
