"""How often codes may be tried, by one client and by all."""

from gateway.portal.me.tries import CLIENTS_MAX, CODES_WRONG_MAX, STORE_MAX, WINDOW_MS, Tries


def test_wrong_ones_of_a_client_are_few_in_an_hour_and_right_ones_free() -> None:
    tries = Tries(CODES_WRONG_MAX)
    for _ in range(100):
        assert tries.begin("a", 0)
        tries.right("a")
    assert [tries.begin("a", 0) for _ in range(CODES_WRONG_MAX + 1)] == [True] * CODES_WRONG_MAX + [False]
    assert tries.begin("b", 0), "another client is another person"
    assert not tries.begin("a", WINDOW_MS - 1)
    assert tries.begin("a", WINDOW_MS)


def test_the_store_has_a_bound_of_its_own_however_many_addresses_are_made_up() -> None:
    tries = Tries(CODES_WRONG_MAX)
    assert all(tries.begin(f"client {number}", number) for number in range(STORE_MAX))
    assert not tries.begin("an honest one", STORE_MAX)
    assert len(tries._clients) <= CLIENTS_MAX
    assert tries.begin("an honest one", WINDOW_MS)


def test_a_clock_set_back_locks_nobody_out() -> None:
    tries = Tries(1)
    assert tries.begin("a", 10 * WINDOW_MS)
    assert tries.begin("a", 0)


def test_a_right_one_of_a_client_nobody_remembers_is_no_fault() -> None:
    Tries(1).right("never seen")
