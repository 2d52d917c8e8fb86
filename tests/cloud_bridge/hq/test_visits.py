"""Where members were seen: counted at HQ by store, in whatever order it hears; of the forgotten nothing."""

from hashlib import sha256

import pytest
from msgspec.structs import replace

from cloud_bridge.chain import read_link
from cloud_bridge.hq.facts import moves_nothing
from cloud_bridge.hq.own_data import own_data
from cloud_bridge.hq.people_models import visits
from cloud_bridge.hq.visits import read_visits
from gateway.core.event import Event
from gateway.core.model import PRESENCE_SEEN, Facts
from gateway.core.promises import BY_BEACON, Here
from tests.cloud_bridge.hq.shops import Brand, Store
from tests.cloud_bridge.hq.test_member_events import enrol, rows
from tests.cloud_bridge.hq.test_wishes import forget, known


def come_in(store: Store, member: str, number: int = 1) -> Event:
    act = Here(member, BY_BEACON, "beacon-door", "door", number, f"{number:016x}")
    return store.done(act, PRESENCE_SEEN, facts=here(member, store))


def here(member: str, store: Store) -> Facts:
    return replace(known(member, store), time="14:05")


def seen(brand: Brand, member: str) -> list[tuple[str, int, int]]:
    with brand.hq.database.reading() as connection:
        return [(row["gateway"], row["times"], row["at_ms"]) for row in read_visits(connection, member)]


def test_visits_are_counted_by_store_and_the_last_one_stands(brand: Brand) -> None:
    river, garden = brand["river"], brand["garden"]
    first, last = [come_in(river, "lin", number) for number in (1, 2)]
    other = come_in(garden, "lin")
    river.push()
    garden.push()
    assert first.at < last.at < other.at
    assert seen(brand, "lin") == [("garden-1", 1, other.at), ("river-1", 2, last.at)]
    assert brand.kinds() == []
    brand.post(river.gateway, river.bodies, 1)
    assert seen(brand, "lin")[1] == ("river-1", 2, last.at), "told twice, it happened once"


def test_a_refused_one_is_no_visit(brand: Brand) -> None:
    river = brand["river"]
    refused = river.do(Here("lin", BY_BEACON), PRESENCE_SEEN, facts=here("lin", river))
    assert refused.outcome.reason == "bad_amount"
    river.push()
    assert seen(brand, "lin") == []
    assert brand.kinds() == []


def test_one_person_was_seen_under_both_names(brand: Brand) -> None:
    river, garden = brand["river"], brand["garden"]
    member = enrol(river)
    mine = come_in(river, member)
    come_in(garden, "lin")
    river.push()
    garden.push()
    brand.hq.promises.merge(member, "lin")
    late = come_in(garden, member, 2)
    garden.push()
    assert seen(brand, "lin") == [("garden-1", 2, late.at), ("river-1", 1, mine.at)]
    assert seen(brand, member) == []


@pytest.mark.parametrize("order", [("river", "garden"), ("garden", "river")])
def test_of_whoever_is_forgotten_nothing_is_kept(brand: Brand, order: tuple[str, str]) -> None:
    river, garden = brand["river"], brand["garden"]
    member = enrol(river)
    river.push()
    come_in(river, member)
    forget(river, member)
    come_in(garden, member)
    for name in order:
        brand[name].push()
    assert rows(brand, visits) == []
    assert brand.kinds() == []


def test_a_person_gets_where_they_were_in_their_copy(brand: Brand) -> None:
    at = come_in(brand["river"], "lin").at
    brand["river"].push()
    with brand.hq.database.reading() as connection:
        copy = own_data(connection, "lin")
    assert copy is not None
    assert copy["visits"] == [{"gateway": "river-1", "times": 1, "at_ms": at}]


def test_a_visit_that_no_column_holds_is_told_and_kept_as_a_fact(brand: Brand) -> None:
    river = brand["river"]
    come_in(river, "m" * 40)
    come_in(river, "lin", 2)
    river.push()
    assert [row["member"] for row in rows(brand, visits)] == ["lin"]
    assert brand.kinds() == ["not_booked"]


def test_what_a_beacon_only_saw_is_not_opened(brand: Brand) -> None:
    event = come_in(brand["river"], "lin")
    body = brand["river"].bodies[-1]
    link = read_link(body, sha256(body).digest(), event.gateway, event.seq)
    assert not moves_nothing(link)
    assert moves_nothing(link._replace(body=body.replace(b'{"act":', b'{"at":', 1)))
