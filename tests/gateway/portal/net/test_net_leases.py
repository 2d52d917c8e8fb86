"""The lease file as dnsmasq leaves it, also in the middle of being written."""

import os
from pathlib import Path

import pytest

from gateway.portal.net.leases import FILE_BYTES_MAX, Leases, path_of
from gateway.portal.settings import NetworkSettings

NOW = 1_800_000_000
ROW = f"{NOW + 600} 02:00:00:00:00:01 10.77.0.51 * 01:02:00:00:00:00:01\n"
OTHER = f"{NOW + 600} 02:00:00:00:00:0A 10.77.0.52 linsphone *\n"


class Told:
    """A lease file and what time it is."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "dnsmasq.leases"
        self.now_s = float(NOW)
        self.leases = Leases(self.path, lambda: self.now_s)

    def write(self, text: str, age_s: float = 0.0) -> None:
        self.path.write_text(text)
        changed_ns = int((self.now_s - age_s) * 1e9)
        os.utime(self.path, ns=(changed_ns, changed_ns))


@pytest.fixture
def told(tmp_path: Path) -> Told:
    return Told(tmp_path)


def test_a_pair_is_leased_until_its_second(told: Told) -> None:
    told.write(ROW + OTHER)
    assert told.leases.mac_of("10.77.0.51") == "02:00:00:00:00:01"
    assert told.leases.leased("02:00:00:00:00:0a", "10.77.0.52")
    assert not told.leases.leased("02:00:00:00:00:0a", "10.77.0.51")
    told.now_s += 600
    assert told.leases.mac_of("10.77.0.51") is None


def test_a_lease_without_end_does_not_end(told: Told) -> None:
    told.write("0 02:00:00:00:00:01 10.77.0.51 * *\n")
    told.now_s += 10**9
    assert told.leases.leased("02:00:00:00:00:01", "10.77.0.51")


def test_a_changed_file_is_read_again_and_an_unchanged_one_is_not(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.write(ROW)
    assert told.leases.mac_of("10.77.0.52") is None
    told.write(OTHER)
    assert told.leases.mac_of("10.77.0.51") is None
    assert told.leases.mac_of("10.77.0.52") == "02:00:00:00:00:0a"
    monkeypatch.setattr(Path, "open", None)
    assert told.leases.mac_of("10.77.0.52") == "02:00:00:00:00:0a"


def test_every_beginning_of_a_file_that_is_being_written_leaves_what_was_known(told: Told) -> None:
    for cut in range(len(ROW)):
        told.write(ROW, age_s=5)
        assert told.leases.mac_of("10.77.0.51") is not None
        told.write(ROW[:cut])
        assert told.leases.mac_of("10.77.0.51") == "02:00:00:00:00:01", cut
    assert told.leases.unreadable == len(ROW)


def test_a_file_that_stays_empty_is_believed(told: Told) -> None:
    told.write(ROW)
    assert told.leases.mac_of("10.77.0.51") is not None
    told.write("")
    assert told.leases.mac_of("10.77.0.51") is not None
    told.now_s += 2
    assert told.leases.mac_of("10.77.0.51") is None


def test_no_file_has_no_rows_and_a_folder_in_its_place_is_counted(told: Told) -> None:
    assert told.leases.mac_of("10.77.0.51") is None
    assert told.leases.unreadable == 0
    told.path.mkdir()
    assert told.leases.mac_of("10.77.0.51") is None
    assert told.leases.unreadable == 1


def test_a_file_beyond_the_bound_is_not_believed(told: Told) -> None:
    told.write(ROW * (FILE_BYTES_MAX // len(ROW) + 1), age_s=5)
    assert told.leases.mac_of("10.77.0.51") is None
    assert told.leases.unreadable == 1


@pytest.mark.parametrize(
    "line",
    [
        "duid 00:01:00:01:2c",
        "",
        "soon 02:00:00:00:00:01 10.77.0.51 * *",
        "1800000600 02:00:00:00:00 10.77.0.51 * *",
        "1800000600 02:00:00:00:00:01 fd00::1 * *",
        "1800000600 02:00:00:00:00:01 10.77.0.510 * *",
        "1800000600 06-02:00:00:00:00:01 10.77.0.51 * *",
        "\x00\xff",
    ],
)
def test_a_row_that_is_none_hides_no_other(told: Told, line: str) -> None:
    told.write(line + "\n" + OTHER)
    assert told.leases.mac_of("10.77.0.51") is None
    assert told.leases.mac_of("10.77.0.52") == "02:00:00:00:00:0a"


def test_there_is_one_place_for_the_file() -> None:
    assert path_of(NetworkSettings(data_dir="/somewhere")) == Path("/somewhere/dnsmasq.leases")
