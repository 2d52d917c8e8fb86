"""Resume codes: they carry a member's page from a phone's mini-browser, which forgets, to another browser.

A code is eight characters of Crockford's base32 (40 random bits), shown "ABCD-EFGH", good for 15 minutes and
once. It makes a browser the member's, so it is shown to nobody but the member, and few may be tried: tries.

    resume.db  offers(mark PRIMARY KEY, member, made_ms)        mark = HMAC of the code, which is not kept
               ended(member PRIMARY KEY, at_ms)                 "sign out everywhere": older cookies are void

Offers live through a restart. What was taken is durably gone before the taker gets a cookie, so nothing is
taken twice; an offer is not synced, and a power cut may lose the last ones: the page makes another. Where
the disk takes nothing there is no offer; take() and end() then raise sqlite3.OperationalError, and nothing
was done. The member's id stays in the file for 15 minutes after an offer and 30 days after signing out
everywhere.
"""

import secrets
import sqlite3
import unicodedata
from collections.abc import Callable
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Final

from markupsafe import Markup

from gateway.errors import SettingsError
from gateway.portal.cookies import AGES_S, KNOWN, Seals
from gateway.portal.me.qr import qr_svg

FILE: Final = "resume.db"
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHARACTERS: Final = 8  # with 2,048 of them out, one guess in 537 million is right
AGE_MS: Final = 15 * 60 * 1_000
OFFERS_MAX: Final = 2_048  # seven crowds of 300 within 15 minutes; the oldest leaves
OFFERS_OF_ONE_MAX: Final = 3  # a member's pages that were open at once
ENDED_MAX: Final = 20_000  # rows; members of a store who signed out everywhere within 30 days
ENDED_AGE_MS: Final = AGES_S[KNOWN] * 1_000
PUSHED_OUT: Final = "resume.pushed_out"
TAKEN: Final = "resume.taken"
REFUSED: Final = "resume.refused"
UNKEPT: Final = "resume.unkept"

_TYPED = str.maketrans("OIL", "011", " -\u2010\u2011\u2012\u2013\u2014\uff0d")
_TABLES = """
CREATE TABLE IF NOT EXISTS offers(mark TEXT PRIMARY KEY, member TEXT NOT NULL, made_ms INTEGER NOT NULL)
    WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS offers_by_member ON offers(member, made_ms);
CREATE INDEX IF NOT EXISTS offers_by_time ON offers(made_ms);
CREATE TABLE IF NOT EXISTS ended(member TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) WITHOUT ROWID;
"""


class Offer:
    """A code that was just made: `code` as people read it, `url` that leads to its page, `qr_svg` of the url
    (drawn when first asked for: that takes longer than all the rest)."""

    def __init__(self, code: str, url: str) -> None:
        self.code = code
        self.url = url

    @cached_property
    def qr_svg(self) -> Markup:
        """The url as a QR code."""
        return qr_svg(self.url, self.code)


class Offers:
    """Makes and takes codes. `base_url` is where the portal is, without a closing "/"; `now_ms` is unix time;
    `count` is told "resume.pushed_out", "resume.taken", "resume.refused" and "resume.unkept", and by the
    member's pages "me.let_in", "me.named", "me.wrong_code" and "me.<what was declined>"."""

    def __init__(
        self,
        data_dir: str | Path,
        key: bytes,
        base_url: str,
        now_ms: Callable[[], int],
        count: Callable[[str], None] = lambda name: None,
    ) -> None:
        self._seals = Seals(key)
        self._base_url = base_url
        self._now_ms = now_ms
        self.count = count
        self._database = _open(Path(data_dir) / FILE)

    def offer(self, member: str) -> Offer | None:
        """A new code for a member, of whom three are good at once; None where the disk takes nothing."""
        code = "".join(secrets.choice(ALPHABET) for _ in range(CHARACTERS))
        try:
            with self._database as books:
                self._keep(books, self._mark(code), member)
        except sqlite3.OperationalError:
            self.count(UNKEPT)
            return None
        shown = f"{code[:4]}-{code[4:]}"
        return Offer(shown, f"{self._base_url}/r/{shown}")

    def _keep(self, books: sqlite3.Connection, mark: str, member: str) -> None:
        now_ms = self._now_ms()
        books.execute("DELETE FROM offers WHERE abs(made_ms - ?) >= ?", (now_ms, AGE_MS))
        newest = "SELECT mark FROM offers WHERE member = ? ORDER BY made_ms DESC LIMIT ?"
        books.execute(
            f"DELETE FROM offers WHERE member = ? AND mark NOT IN ({newest})",
            (member, member, OFFERS_OF_ONE_MAX - 1),
        )
        books.execute("INSERT OR REPLACE INTO offers VALUES(?, ?, ?)", (mark, member, now_ms))
        self._push_out(books)

    def take(self, text: str) -> str | None:
        """The member of a code, which is then no longer good; None for what is none, old or taken."""
        code = normalise(text)
        if code is None:
            return None
        self._database.execute("PRAGMA synchronous = FULL")
        with self._database as books:
            found = books.execute(
                "DELETE FROM offers WHERE mark = ? RETURNING member, made_ms", (self._mark(code),)
            ).fetchone()
        self._database.execute("PRAGMA synchronous = NORMAL")
        if found is None or abs(self._now_ms() - found[1]) >= AGE_MS:
            self.count(REFUSED)
            return None
        self.count(TAKEN)
        return str(found[0])

    def end(self, member: str) -> None:
        """Void every cookie and every code of a member that were made before now."""
        now_ms = self._now_ms()
        self._database.execute("PRAGMA synchronous = FULL")
        with self._database as books:
            books.execute("DELETE FROM offers WHERE member = ?", (member,))
            books.execute("DELETE FROM ended WHERE abs(at_ms - ?) >= ?", (now_ms, ENDED_AGE_MS))
            books.execute("INSERT OR REPLACE INTO ended VALUES(?, ?)", (member, now_ms))
            over = "SELECT member FROM ended ORDER BY at_ms DESC LIMIT -1 OFFSET ?"
            books.execute(f"DELETE FROM ended WHERE member IN ({over})", (ENDED_MAX,))
        self._database.execute("PRAGMA synchronous = NORMAL")

    def ended_ms(self, member: str) -> int:
        """Since when older cookies of a member are void, unix time; 0 where they are not."""
        found = self._database.execute("SELECT at_ms FROM ended WHERE member = ?", (member,)).fetchone()
        return int(found[0]) if found is not None else 0

    def forget(self, member: str) -> None:
        """Keep nothing of a member."""
        with self._database as books:
            books.execute("DELETE FROM offers WHERE member = ?", (member,))
            books.execute("DELETE FROM ended WHERE member = ?", (member,))

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _push_out(self, books: sqlite3.Connection) -> None:
        over = books.execute("SELECT count(*) FROM offers").fetchone()[0] - OFFERS_MAX
        if over <= 0:
            return
        oldest = "SELECT mark FROM offers ORDER BY made_ms LIMIT ?"
        books.execute(f"DELETE FROM offers WHERE mark IN ({oldest})", (over,))
        for _ in range(over):
            self.count(PUSHED_OUT)

    def _mark(self, code: str) -> str:
        return self._seals.mark("resume code", code)


def normalise(text: str) -> str | None:
    """The eight characters of a code as typed or scanned, in any case, with or without its dash, or as the
    whole address; None where that is no code."""
    typed = text.strip().rpartition("/")[2]
    code = unicodedata.normalize("NFKC", typed[:64]).upper().translate(_TYPED)
    return code if len(code) == CHARACTERS and all(letter in ALPHABET for letter in code) else None


def _open(path: Path) -> sqlite3.Connection:
    """The file with its tables; raises SettingsError where it is unusable."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Built in one thread and served in another, as tests do; never used by two at once.
        database = sqlite3.connect(path, check_same_thread=False)
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON"):
            with closing(database.execute(f"PRAGMA {pragma}")) as told:
                told.fetchall()
        database.executescript(_TABLES)
    except (OSError, sqlite3.Error) as problem:
        hint = "Remove it: it holds only codes that go bad within 15 minutes, and who signed out everywhere"
        raise SettingsError(f"{path} cannot be used ({problem})", hint) from problem
    return database
