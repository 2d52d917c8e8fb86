"""PINs of members and staff: argon2id over PIN, owner and a key of this gateway, off the deciding thread.

What is kept of a PIN is one text, `1$<key id>$<argon2id>`. The password that argon2id gets is HMAC-SHA256 of
owner and digits under the key, so a ledger without its key file gives no PIN away, however short PINs are,
and a hash moved to another owner's row fits nobody. The key lives beside the ledger in its own file: where
it is lost or replaced, every PIN is as if it had never been set.

Invariants: a try is durable, counted as wrong, before anything is compared, so neither power cuts nor
guesses at the same time give more tries than are counted; digits reach no file, log, event or message.
"""

import asyncio
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.counters import Counters
from gateway.errors import GatewayError, SettingsError

RIGHT, WRONG, LOCKED, NONE = "right", "wrong", "locked", "none"

DIGITS_MIN, DIGITS_MAX = 4, 8
TRIES_MAX = 5  # wrong in a row; each one after that locks again, twice as long
LOCK_MS = 15 * 60_000
LOCK_MS_MAX = 24 * 3_600_000
WAITING_MAX = 16  # asked and not answered: some two seconds of a Raspberry Pi

KEY_FILE = "pin.key"
KEY_BYTES = 32
KEY_ID_CHARACTERS = 8
VERSION = "1"

# OWASP's least for argon2id: 19 MiB, two passes, one lane; 40 ms here. The key does what length cannot.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

Done = TypeVar("Done")


class PinUnfit(GatewayError):
    """Not four to eight digits."""


class PinsBusy(GatewayError):
    """Too many are asked at once; nothing was tried or counted."""


class Row(Protocol):
    """What a ledger keeps of one owner's PIN."""

    @property
    def hash(self) -> str:
        """As hashed() gave it."""
        ...

    @property
    def tries(self) -> int:
        """Wrong ones since the last right one."""
        ...

    @property
    def locked_until_ms(self) -> int:
        """Unix milliseconds; 0 where it is not locked."""
        ...


class Page(Protocol):
    """One transaction of the ledger."""

    def pin(self, owner: str) -> Row | None:
        """The row of "member:<id>" or "staff:<id>"; None where no PIN is set."""
        ...

    def put_pin(self, owner: str, hash_: str, tries: int, locked_until_ms: int) -> None:
        """Write the row."""
        ...


class Book(Protocol):
    """The ledger; both as gateway.storage.ledger has them."""

    def transaction(self) -> AbstractContextManager[Page]:
        """Durable when the block ends. Raises LedgerRefused, LedgerUnsafe."""
        ...

    def reading(self) -> AbstractContextManager[Page]:
        """One state to look things up in."""
        ...


class Standing(NamedTuple):
    """How an owner's PIN stands: `tries_left` before it is locked, `locked_ms` from now, 0 if it is not."""

    is_set: bool
    tries_left: int
    locked_ms: int


class Pins:
    """Sets and checks PINs; one at a time is hashed, in a thread."""

    def __init__(
        self,
        book: Book,
        key: bytes,
        now_ms: Callable[[], int],
        counters: Counters,
        hasher: PasswordHasher = HASHER,
    ) -> None:
        self._book = book
        self._key = key
        self._prefix = f"{VERSION}${_key_id(key)}$"
        self._now_ms = now_ms
        self._counters = counters
        self._hasher = hasher
        self._waiting = 0
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pin")

    async def check(self, owner: str, digits: str) -> str:
        """RIGHT, WRONG, LOCKED (also of the try that locked it) or NONE (no PIN is set).

        Raises PinsBusy, and what the ledger raises: then nothing was compared.
        """
        self._refuse_crowd()
        tried = self._count_try(owner)
        if isinstance(tried, str):
            return self._answer(tried)
        fits = fit(digits) and await self._off_loop(lambda: self._fits(tried.hash, owner, digits))
        if fits:
            self._forget_tries(owner, tried.hash)
            return self._answer(RIGHT)
        return self._answer(LOCKED if tried.locked_until_ms else WRONG)

    async def hashed(self, owner: str, digits: str) -> str:
        """What to keep of a new PIN, in the commit of its event. Raises PinUnfit, PinsBusy."""
        if not fit(digits):
            raise PinUnfit("A PIN has 4 to 8 digits", "Choose others")
        self._refuse_crowd()
        return await self._off_loop(lambda: self._prefix + self._hasher.hash(self._mixed(owner, digits)))

    async def set(self, owner: str, digits: str) -> None:
        """Keep a new PIN, and forget wrong tries. Raises PinUnfit, PinsBusy, and what the ledger raises."""
        made = await self.hashed(owner, digits)
        with self._book.transaction() as page:
            page.put_pin(owner, made, 0, 0)

    def standing(self, owner: str) -> Standing:
        """How many tries are left, or how long it is locked."""
        with self._book.reading() as page:
            row = self._row(page, owner)
        if row is None:
            return Standing(False, 0, 0)
        return Standing(True, max(0, TRIES_MAX - row.tries), self._locked_ms(row))

    def close(self) -> None:
        """End the thread; what waits is given up."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _count_try(self, owner: str) -> "Tried | str":
        """The try, durably counted as wrong; or the answer without one."""
        with self._book.reading() as page:
            row = self._row(page, owner)
        if row is None:
            return NONE
        if self._locked_ms(row):
            return LOCKED
        tries = row.tries + 1
        locked_until_ms = self._now_ms() + lock_ms(tries) if tries >= TRIES_MAX else 0
        with self._book.transaction() as page:
            page.put_pin(owner, row.hash, tries, locked_until_ms)
        return Tried(row.hash, locked_until_ms)

    def _forget_tries(self, owner: str, hash_: str) -> None:
        """After a right one; not where another PIN was set meanwhile."""
        with self._book.transaction() as page:
            row = page.pin(owner)
            if row is not None and row.hash == hash_:
                page.put_pin(owner, hash_, 0, 0)

    def _row(self, page: Page, owner: str) -> Row | None:
        row = page.pin(owner)
        if row is not None and not row.hash.startswith(self._prefix):
            self._counters.add("pins.other_key")
            return None
        return row

    def _locked_ms(self, row: Row) -> int:
        """How long it is still locked; a clock that was set back adds nothing to what a lock may last."""
        return min(max(0, row.locked_until_ms - self._now_ms()), lock_ms(row.tries))

    def _fits(self, hash_: str, owner: str, digits: str) -> bool:
        try:
            return self._hasher.verify(hash_.removeprefix(self._prefix), self._mixed(owner, digits))
        except (VerificationError, InvalidHashError):
            return False

    def _mixed(self, owner: str, digits: str) -> bytes:
        return hmac.digest(self._key, f"{owner}\0{digits}".encode(), "sha256")

    def _refuse_crowd(self) -> None:
        if self._waiting >= WAITING_MAX:
            self._counters.add("pins.busy")
            raise PinsBusy("Too many PINs are being checked", "Try again in a moment")

    async def _off_loop(self, work: Callable[[], Done]) -> Done:
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._waiting -= 1

    def _answer(self, verdict: str) -> str:
        self._counters.add(f"pins.{verdict}")
        return verdict


class Tried(NamedTuple):
    """A counted try: what it is compared with, and until when this try locked the PIN; 0 if it did not."""

    hash: str
    locked_until_ms: int


def fit(digits: str) -> bool:
    """Whether these can be a PIN at all: four to eight of 0 to 9."""
    return DIGITS_MIN <= len(digits) <= DIGITS_MAX and digits.isascii() and digits.isdigit()


def lock_ms(tries: int) -> int:
    """How long a PIN is locked after so many wrong tries in a row: 15 min, 30, 60 ... at most a day."""
    if tries < TRIES_MAX:
        return 0
    return min(LOCK_MS_MAX, LOCK_MS << min(tries - TRIES_MAX, 10))


def read_key(data_dir: str) -> bytes:
    """The gateway's key for PINs, made at the first start. Raises SettingsError: its file is unusable."""
    path = Path(data_dir) / KEY_FILE
    if not path.exists():
        _write_new(path, secrets.token_hex(KEY_BYTES))
    try:
        key = bytes.fromhex(path.read_text("ascii"))
    except (OSError, ValueError) as problem:
        raise SettingsError(f"{path} cannot be read ({type(problem).__name__})", HINT) from problem
    if len(key) != KEY_BYTES:
        raise SettingsError(f"{path} holds no key of {KEY_BYTES} bytes", HINT)
    return key


HINT = "Put the file of a backup back; without it move it away, and every PIN must be set anew"


def _write_new(path: Path, text: str) -> None:
    """Whole and on the disk, or not there: a key that is lost after its first PIN is worth nothing."""
    aside = path.with_suffix(".new")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(aside, path)


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"pin key id" + key).hexdigest()[:KEY_ID_CHARACTERS]
