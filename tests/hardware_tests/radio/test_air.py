"""The air: distance, noise, loss and the floor, all from one seed."""

import statistics

from hardware_tests.virtual.radio.air import SILENT, Air, Model

PACKETS = 4_000


def heard(model: Model, metres: float = 3, seed: int = 5) -> list[int | None]:
    air = Air(seed, model)
    air.place("a", 0, 0)
    air.place("b", round(metres * 100), 0)
    return [air.receive_dbm("a", "b") for _ in range(PACKETS)]


def test_strength_falls_with_distance() -> None:
    # -59 dBm at 1 m; 10 * 2.5 * log10: 25 dB a decade, 7.5 dB each doubling
    for metres, dbm in ((1, -59), (2, -67), (4, -74), (10, -84)):
        assert set(heard(SILENT, metres)) == {dbm}
    assert set(heard(SILENT._replace(exponent=2.0), 10)) == {-79}


def test_nobody_is_nearer_than_a_hand() -> None:
    assert set(heard(SILENT, 0)) == set(heard(SILENT, 0.1)) == {-34}


def test_noise_and_loss_are_those_of_the_model() -> None:
    results = heard(Model(loss=0.25, noise_db=5.0))
    arrived = [rssi for rssi in results if rssi is not None]
    assert abs(len(arrived) / PACKETS - 0.75) < 0.03
    assert abs(statistics.mean(arrived) + 59 + 25 * 0.4771) < 0.5
    assert abs(statistics.stdev(arrived) - 5.0) < 0.3


def test_what_is_too_faint_is_not_heard() -> None:
    air = Air(1, Model(loss=0.0, noise_db=4.0))
    air.place("b", 4_000, 0)  # the mean is -99
    results = [air.receive_dbm("a", "b") for _ in range(PACKETS)]
    arrived = [rssi for rssi in results if rssi is not None]
    assert 0.2 < len(arrived) / PACKETS < 0.45 and min(arrived) >= -97
    assert (air.heard, air.faint, air.lost) == (len(arrived), PACKETS - len(arrived), 0)


def test_the_same_seed_gives_the_same_packets() -> None:
    assert heard(Model(), seed=7) == heard(Model(), seed=7)
    assert heard(Model(), seed=7) != heard(Model(), seed=8)


def test_a_radio_moves_while_it_is_on() -> None:
    air = Air(1, SILENT)
    air.place("tag", 100, 0, power_dbm=-65)
    assert air.receive_dbm("tag", "door") == -65
    air.place("tag", 1_000, 0)  # keeps its power
    assert air.receive_dbm("tag", "door") == -90
    assert air.receive_dbm("door", "tag") == -84
    air.place("door", 1_000, 100)
    assert air.receive_dbm("tag", "door") == -65
