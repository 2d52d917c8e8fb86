"""Three hundred phones join at once: every one gets its card and goes online, each is booked once.

Times and rates are printed, not judged: they are the machine's. `make bench` has them beside other portals'.
"""

import json
from collections.abc import Iterator

import pytest

from gateway.core.promises import Enrol
from hardware_tests.figures.joins import CROWD, MEMORY_MIB_MAX, Joins, join
from hardware_tests.lab.crowd import Crowd
from hardware_tests.lab.pages import Browser
from hardware_tests.lab.store import Store
from tests.lab.guest import HOME
from tests.lab.needs import need_the_lab

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    need_the_lab()
    with Store(secured=False, clients_max=CROWD) as made:
        yield made.open()


@pytest.fixture(scope="module")
def crowd(store: Store) -> Crowd:
    made = Crowd(store.town, CROWD)
    made.gather()
    return made


@pytest.fixture(scope="module")
def joins(store: Store, crowd: Crowd) -> Joins:
    found = join(store, crowd, crowd.seats, CROWD)
    cpu = ", ".join(f"{name} {each:.1f}" for name, each in found.cpu_ms.items())
    print(f"\n{CROWD} phones joined in {found.took_s:.1f} s: {found.rate:.0f}/s, CPU ms a join: {cpu}")
    for what in ("redirect_s", "coupon_s", "access_s"):
        print(f"  {what[:-2]}: p50 {found.ms(what, 0.5):.0f} ms, p99 {found.ms(what, 0.99):.0f} ms")
    return found


def test_every_phone_of_three_hundred_goes_online(store: Store, crowd: Crowd, joins: Joins) -> None:
    assert len(joins.joined) == CROWD
    assert _online(store) == {(seat.mac, seat.ip) for seat in crowd.seats}


def test_every_one_is_booked_once(store: Store, joins: Joins) -> None:
    members = [act.member for act in store.booked(Enrol)]
    assert len(members) == len(set(members)) == CROWD


def test_nobody_more_than_the_settings_allow_goes_online(store: Store, joins: Joins) -> None:
    late = store.phone()
    assert late.is_captive()
    page = Browser(late).open(HOME)
    said = Browser(late).submit(page, page.form("/connect"))
    assert said.answer.status >= 400
    assert not late.is_online()


def test_memory_stays_small(store: Store, joins: Joins) -> None:
    for name in ("portal", "netd"):
        assert store[name].resident_mib_max() < MEMORY_MIB_MAX, name


def _online(store: Store) -> set[tuple[str, str]]:
    said = json.loads(store.town.pi.run("nft", "-j", "list", "set", "inet", "shopbell", "auth"))
    (found,) = (one["set"] for one in said["nftables"] if "set" in one)
    return {tuple(one["elem"]["val"]["concat"]) for one in found["elem"]}
