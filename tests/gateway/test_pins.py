"""PINs: tries counted before anything is compared, locks that double, and what is kept of them."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

import pytest
from argon2 import PasswordHasher

from gateway import pins
from gateway.counters import Counters
from gateway.errors import LedgerRefused, SettingsError
from gateway.pins import LOCKED, NONE, RIGHT, WRONG, Pins, PinsBusy, PinUnfit, read_key

KEY, OTHER_KEY = bytes(range(32)), bytes(32)
LIN, WANG = "member:m-1", "staff:wang"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
START_MS = 1_795_000_000_000


class Row(NamedTuple):
    """A row as the ledger keeps it."""

    hash: str
    tries: int
    locked_until_ms: int


class Book:
    """A ledger that keeps what a transaction wrote only when its block ends well."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.full = False
        self.commits = 0
        self._writing: dict[str, Row] = {}

    def pin(self, owner: str) -> Row | None:
        """As written last."""
        return self._writing.get(owner)

    def put_pin(self, owner: str, hash_: str, tries: int, locked_until_ms: int) -> None:
        """Into the transaction."""
        self._writing[owner] = Row(hash_, tries, locked_until_ms)

    @contextmanager
    def transaction(self) -> Iterator["Book"]:
        """Committed at the end, unless the disk is full."""
        self._writing = dict(self.rows)
        yield self
        if self.full:
            raise LedgerRefused("full")
        self.rows = self._writing
        self.commits += 1

    @contextmanager
    def reading(self) -> Iterator["Book"]:
        """What is committed."""
        self._writing = dict(self.rows)
        yield self


class Shop:
    """PINs over such a ledger, and a clock that is set by hand."""

    def __init__(self, key: bytes = KEY, book: Book | None = None) -> None:
        self.book = book or Book()
        self.now_ms = START_MS
        self.counters = Counters()
        self.pins = Pins(self.book, key, lambda: self.now_ms, self.counters, QUICK)

    def check(self, digits: str, owner: str = LIN) -> str:
        """One try."""
        return asyncio.run(self.pins.check(owner, digits))

    def set(self, digits: str, owner: str = LIN) -> None:
        """Another PIN."""
        asyncio.run(self.pins.set(owner, digits))


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop()
    made.set("4821")
    yield made
    made.pins.close()


def test_the_right_pin_is_right_and_another_is_wrong(shop: Shop) -> None:
    assert shop.check("4821") == RIGHT
    assert shop.check("4822") == WRONG


def test_who_has_no_pin_is_told_so(shop: Shop) -> None:
    assert shop.check("4821", WANG) == NONE
    assert shop.book.rows.keys() == {LIN}


def test_nothing_kept_shows_the_digits_or_what_two_people_share(shop: Shop) -> None:
    shop.set("4821", WANG)
    assert "4821" not in shop.book.rows[LIN].hash
    assert shop.book.rows[LIN].hash != shop.book.rows[WANG].hash


def test_a_hash_moved_to_another_owner_fits_nobody(shop: Shop) -> None:
    shop.book.rows[WANG] = shop.book.rows[LIN]
    assert shop.check("4821", WANG) == WRONG


def test_the_hash_alone_without_the_gateways_key_fits_nobody(shop: Shop) -> None:
    kept = shop.book.rows[LIN].hash.split("$", 2)[2]
    with pytest.raises(Exception, match="does not match"):
        QUICK.verify(kept, "4821")


def test_under_another_key_every_pin_is_as_if_never_set(shop: Shop) -> None:
    elsewhere = Shop(OTHER_KEY, shop.book)
    assert elsewhere.check("4821") == NONE
    assert elsewhere.counters.get("pins.other_key") == 1
    assert shop.check("4821") == RIGHT
    elsewhere.pins.close()


def test_the_fifth_wrong_try_locks_for_a_quarter_of_an_hour(shop: Shop) -> None:
    assert [shop.check("0000") for _ in range(5)] == [WRONG] * 4 + [LOCKED]
    shop.now_ms += pins.LOCK_MS - 1
    assert shop.check("4821") == LOCKED
    shop.now_ms += 1
    assert shop.check("4821") == RIGHT


def test_each_wrong_try_after_a_lock_locks_twice_as_long(shop: Shop) -> None:
    lasted = []
    for _ in range(5):
        shop.check("0000")
    for _ in range(9):
        lasted.append(shop.pins.standing(LIN).locked_ms // 60_000)
        shop.now_ms += shop.pins.standing(LIN).locked_ms
        shop.check("0000")
    assert lasted == [15, 30, 60, 120, 240, 480, 960, 1440, 1440]


def test_tries_while_locked_do_not_lengthen_the_lock(shop: Shop) -> None:
    for _ in range(5):
        shop.check("0000")
    kept = shop.book.rows[LIN]
    assert shop.check("0000") == LOCKED
    assert shop.book.rows[LIN] == kept


def test_a_right_pin_forgets_the_wrong_tries(shop: Shop) -> None:
    for _ in range(4):
        shop.check("0000")
    assert shop.pins.standing(LIN).tries_left == 1
    assert shop.check("4821") == RIGHT
    assert shop.pins.standing(LIN) == (True, 5, 0)


def test_a_clock_set_back_does_not_make_a_lock_longer_than_it_was(shop: Shop) -> None:
    for _ in range(5):
        shop.check("0000")
    shop.now_ms -= 365 * 86_400_000
    assert shop.pins.standing(LIN).locked_ms == pins.LOCK_MS


def test_a_try_is_durable_before_anything_is_compared(shop: Shop) -> None:
    shop.book.full = True
    with pytest.raises(LedgerRefused):
        shop.check("4821")
    shop.book.full = False
    seen = []

    class Watching(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            seen.append(shop.book.rows[LIN].tries)
            return super().verify(hash, password)

    watched = Pins(shop.book, KEY, lambda: shop.now_ms, shop.counters, Watching(1, 8, 1))
    assert asyncio.run(watched.check(LIN, "4821")) == RIGHT
    assert seen == [1]
    watched.close()


def test_guesses_at_the_same_time_get_no_more_tries_than_are_counted(shop: Shop) -> None:
    async def guess() -> list[str]:
        return list(await asyncio.gather(*(shop.pins.check(LIN, f"{guess:04}") for guess in range(12))))

    verdicts = asyncio.run(guess())
    assert verdicts.count(WRONG) == 4
    assert verdicts.count(LOCKED) == 8
    assert shop.book.rows[LIN].tries == 5


def test_who_asks_into_a_crowd_is_sent_away_uncounted(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pins, "WAITING_MAX", 2)

    async def crowd() -> list[str | BaseException]:
        asked = (shop.pins.check(LIN, "4821") for _ in range(3))
        return list(await asyncio.gather(*asked, return_exceptions=True))

    answers = asyncio.run(crowd())
    assert answers[:2] == [RIGHT, RIGHT]
    assert isinstance(answers[2], PinsBusy)
    assert shop.book.rows[LIN].tries == 0


def test_a_new_pin_set_while_the_old_one_is_checked_stays(shop: Shop) -> None:
    async def both() -> str:
        checking = asyncio.ensure_future(shop.pins.check(LIN, "4821"))
        await asyncio.sleep(0)
        with shop.book.transaction() as page:
            page.put_pin(LIN, "1$of-a-new-one", 0, 0)
        return await checking

    assert asyncio.run(both()) == RIGHT
    assert shop.book.rows[LIN].hash == "1$of-a-new-one"


@pytest.mark.parametrize("digits", ["", "123", "123456789", "12a4", "12 4", "１２３４", "-123"])
def test_what_is_no_pin_is_not_set_and_counts_as_wrong(shop: Shop, digits: str) -> None:
    with pytest.raises(PinUnfit):
        shop.set(digits)
    assert shop.check(digits) == WRONG
    assert shop.book.rows[LIN].tries == 1


def test_a_hash_that_nobody_made_fits_nothing(shop: Shop) -> None:
    kept = shop.book.rows[LIN]
    shop.book.rows[LIN] = Row(kept.hash[:21] + "rubbish", 0, 0)
    assert shop.check("4821") == WRONG


def test_verdicts_are_counted(shop: Shop) -> None:
    shop.check("4821")
    shop.check("1111")
    shop.check("1111", WANG)
    assert shop.counters.snapshot() == {"pins.none": 1, "pins.right": 1, "pins.wrong": 1}


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    key = read_key(str(tmp_path))
    assert len(key) == 32 and key != read_key(str(_folder(tmp_path / "other")))
    assert read_key(str(tmp_path)) == key
    assert (tmp_path / "pin.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "zz" * 32, "00" * 16])
def test_a_key_file_that_is_damaged_is_not_replaced(tmp_path: Path, content: str) -> None:
    (tmp_path / "pin.key").write_text(content)
    with pytest.raises(SettingsError):
        read_key(str(tmp_path))
    assert (tmp_path / "pin.key").read_text() == content


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
