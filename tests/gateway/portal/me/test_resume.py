"""Resume codes: once, for a quarter of an hour, through restarts, and never more than there is room for."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.errors import SettingsError
from gateway.keyfile import KEY_BYTES
from gateway.portal import resume
from gateway.portal.resume import AGE_MS, FILE, OFFERS_OF_ONE_MAX, Offer, Offers, normalise

KEY = bytes(range(KEY_BYTES))
HOME = "http://wifi.brand.example"


class Till:
    """Offers in a folder, with a clock and what was counted."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now_ms, self.counted = folder, 1_767_232_800_000, list[str]()
        self.offers = self.open()

    def open(self) -> Offers:
        self.offers = Offers(self.folder, KEY, HOME, lambda: self.now_ms, self.counted.append)
        return self.offers

    def offer(self, member: str) -> Offer:
        made = self.offers.offer(member)
        assert made is not None
        return made


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Till]:
    made = Till(tmp_path)
    yield made
    made.offers.close()


def test_a_code_is_good_once(till: Till) -> None:
    made = till.offer("m-1")
    assert made.url == f"{HOME}/r/{made.code}"
    assert till.offers.take(made.code) == "m-1"
    assert till.offers.take(made.code) is None
    assert till.counted == ["resume.taken", "resume.refused"]


def test_its_qr_is_its_address(till: Till) -> None:
    made = till.offer("m-1")
    assert made.qr_svg.startswith('<span role="img"') and made.code in made.qr_svg
    assert made.qr_svg is made.qr_svg


@pytest.mark.parametrize("shape", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code} "])
def test_a_code_may_be_typed_as_people_type(till: Till, shape: object) -> None:
    assert callable(shape)
    assert till.offers.take(shape(till.offer("m-1").code)) == "m-1"


def test_the_whole_address_may_be_pasted(till: Till) -> None:
    assert till.offers.take(till.offer("m-1").url) == "m-1"


def test_letters_that_look_like_digits_are_read_as_them() -> None:
    assert normalise("oil0-1234") == "01101234"
    assert normalise("ＡＢＣＤ－１２３４") == "ABCD1234"
    for wrong in ("", "ABCD-123", "ABCD-12345", "ABCD-123U", "ABCD-123é", "/" * 99, "A" * 9_999):
        assert normalise(wrong) is None


def test_a_code_is_bad_after_a_quarter_of_an_hour(till: Till) -> None:
    first, second = till.offer("m-1").code, till.offer("m-1").code
    till.now_ms += AGE_MS - 1
    assert till.offers.take(first) == "m-1"
    till.now_ms += 1
    assert till.offers.take(second) is None


def test_a_clock_that_was_set_back_revives_nothing(till: Till) -> None:
    code = till.offer("m-1").code
    till.now_ms -= AGE_MS
    assert till.offers.take(code) is None


def test_codes_and_what_was_taken_live_through_a_restart(till: Till) -> None:
    taken, kept = till.offer("m-1").code, till.offer("m-2").code
    assert till.offers.take(taken) == "m-1"
    till.offers.close()
    till.open()
    assert till.offers.take(taken) is None
    assert till.offers.take(kept) == "m-2"


def test_another_portals_key_opens_nothing(till: Till) -> None:
    code = till.offer("m-1").code
    other = Offers(till.folder, KEY[::-1], HOME, lambda: till.now_ms)
    assert other.take(code) is None
    other.close()
    assert till.offers.take(code) == "m-1"


def test_the_file_holds_no_code(till: Till) -> None:
    code = till.offer("m-1").code.replace("-", "")
    stored = b"".join(path.read_bytes() for path in till.folder.iterdir())
    assert code.encode() not in stored and b"m-1" in stored


def test_three_of_a_member_are_good_at_once_and_the_oldest_leaves(till: Till) -> None:
    codes = []
    for _ in range(OFFERS_OF_ONE_MAX + 1):
        codes.append(till.offer("m-1").code)
        till.now_ms += 1
    assert till.offers.take(codes[0]) is None
    assert [till.offers.take(code) for code in codes[1:]] == ["m-1"] * OFFERS_OF_ONE_MAX


def test_a_crowd_pushes_the_oldest_out_and_that_is_counted(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resume, "OFFERS_MAX", 4)
    codes = []
    for number in range(6):
        codes.append(till.offer(f"m-{number}").code)
        till.now_ms += 1
    assert till.counted == ["resume.pushed_out"] * 2
    assert [till.offers.take(code) is not None for code in codes] == [False, False, True, True, True, True]


def test_signing_out_everywhere_voids_codes_and_tells_since_when(till: Till) -> None:
    code, other = till.offer("m-1").code, till.offer("m-2").code
    assert till.offers.ended_ms("m-1") == 0
    till.offers.end("m-1")
    assert till.offers.ended_ms("m-1") == till.now_ms
    assert till.offers.take(code) is None and till.offers.take(other) == "m-2"
    till.now_ms += resume.ENDED_AGE_MS
    till.offers.end("m-2")
    assert till.offers.ended_ms("m-1") == 0


def test_who_is_forgotten_leaves_no_row(till: Till) -> None:
    till.offer("m-1")
    till.offers.end("m-1")
    till.offer("m-1")
    till.offers.forget("m-1")
    with sqlite3.connect(till.folder / FILE) as books:
        assert books.execute("SELECT count(*) FROM offers").fetchone() == (0,)
        assert books.execute("SELECT count(*) FROM ended").fetchone() == (0,)


def test_a_disk_that_takes_nothing_makes_no_offer_and_takes_none(till: Till) -> None:
    code = till.offer("m-1").code
    till.offers._database.execute("PRAGMA query_only = ON")
    assert till.offers.offer("m-1") is None
    assert till.counted == ["resume.unkept"]
    with pytest.raises(sqlite3.OperationalError):
        till.offers.take(code)
    till.offers._database.execute("PRAGMA query_only = OFF")
    assert till.offers.take(code) == "m-1"


def test_a_file_that_is_none_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"not a database, but longer than its header would be" * 9)
    with pytest.raises(SettingsError, match="Remove it"):
        Offers(tmp_path, KEY, HOME, lambda: 0)


def test_a_code_is_synced_as_taken_before_anybody_is_told(till: Till) -> None:
    code, said = till.offer("m-1").code, list[str]()
    till.offers._database.set_trace_callback(said.append)
    assert till.offers.take(code) == "m-1"
    till.offers._database.set_trace_callback(None)
    kinds = [each.split()[0] for each in said]
    assert kinds == ["PRAGMA", "BEGIN", "DELETE", "COMMIT", "PRAGMA"]
    assert said[0].endswith("FULL") and said[-1].endswith("NORMAL")
    assert till.offers._database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
