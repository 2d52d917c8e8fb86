"""Reading the cache: absent, attached, switched between batches, unusable, read-only."""

import sqlite3
from pathlib import Path

import pytest

from gateway.core.event import NO_BUNDLE, NO_BUNDLE_HASH, bundle_hash, canonical
from gateway.core.evidence import NFC_UID, QR_STATIC, evidence_key
from gateway.core.model import Bundle, CacheMark, Facts, Instrument, Member
from gateway.errors import CacheUnusable
from gateway.storage import layout
from gateway.storage.cache import DAMAGED, KEYS_TOGETHER, NOBODY, READY, Cache, Found, Snapshot
from tests.gateway.rig import BRAND_KEY, BUNDLE, LIN, LIN_CODE, PEOPLE, STRANGER, point_to, write_generation

LIN_KEY = evidence_key(BRAND_KEY, NFC_UID, LIN)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    write_generation(tmp_path, "g1")
    point_to(tmp_path, "g1")
    cache = Cache(tmp_path)
    assert cache.follow()
    return cache


def find(snapshot: Snapshot, key: bytes) -> Found:
    seen = snapshot.see([key]).get(key)
    return NOBODY if seen is None else seen.found


def change(folder: Path, statement: str, *values: object, generation: str = "g1") -> None:
    """As the bridge would, from its own connection."""
    db = sqlite3.connect(layout.generation_path(folder, generation), isolation_level=None)
    db.execute(statement, values)
    db.close()


def test_an_instrument_leads_to_its_member_and_the_greeting(cache: Cache) -> None:
    with cache.reading() as snapshot:
        assert find(snapshot, LIN_KEY) == Found(
            Facts(Instrument("c-1", "nfc.uid", "m-1", "active"), Member("m-1", 880, "active", "silver")),
            "林晓雯",
            "zh-CN",
        )
        assert find(snapshot, evidence_key(BRAND_KEY, QR_STATIC, LIN_CODE)).facts.member == Member(
            "m-1", 880, "active", "silver"
        )
        assert find(snapshot, evidence_key(BRAND_KEY, NFC_UID, STRANGER)) is NOBODY
        assert snapshot.mark == CacheMark(7, "g1")
        assert snapshot.bundle == BUNDLE
        assert snapshot.bundle_hash == bundle_hash(canonical(BUNDLE))
        assert snapshot.person("m-1") == ("林晓雯", "zh-CN")


@pytest.mark.parametrize("count", [0, 1, KEYS_TOGETHER - 1, KEYS_TOGETHER, KEYS_TOGETHER * 2 + 3])
def test_any_number_of_keys_is_looked_up_together(cache: Cache, count: int) -> None:
    wanted = [evidence_key(BRAND_KEY, NFC_UID, uid) for uid in PEOPLE]
    keys = [wanted[at % 4] if at % 3 else bytes((at,)) * 16 for at in range(count)]
    with cache.reading() as snapshot:
        assert set(snapshot.see(keys)) == set(keys) & set(wanted)
        assert all(snapshot.see([key]) == {key: snapshot.see(keys)[key]} for key in set(keys) & set(wanted))


def test_erased_personal_rows_leave_the_member(cache: Cache, tmp_path: Path) -> None:
    change(tmp_path, "DELETE FROM people WHERE member = 'm-1'")
    with cache.reading() as snapshot:
        found = find(snapshot, LIN_KEY)
        assert found.facts.member is not None
        assert found.name is None
        assert snapshot.person("m-1") == (None, "zh-CN")


def test_a_member_that_is_not_here_leaves_the_instrument_alone(cache: Cache, tmp_path: Path) -> None:
    change(tmp_path, "DELETE FROM members WHERE id = 'm-1'")
    with cache.reading() as snapshot:
        assert find(snapshot, LIN_KEY) == Found(
            Facts(Instrument("c-1", "nfc.uid", "m-1", "active")), None, None
        )
        assert snapshot.person("m-1") == (None, None)


def test_no_pointer_is_an_empty_snapshot(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "nowhere")
    assert not cache.follow()
    with cache.reading() as snapshot:
        assert snapshot.mark == CacheMark(0, None)
        assert snapshot.brand_key is None
        assert (snapshot.bundle, snapshot.bundle_hash) == (NO_BUNDLE, NO_BUNDLE_HASH)
        assert find(snapshot, LIN_KEY) is NOBODY
    assert cache.state == "absent"


def test_a_batch_reads_one_state_although_the_bridge_commits(cache: Cache, tmp_path: Path) -> None:
    with cache.reading() as snapshot:
        change(tmp_path, "UPDATE instruments SET status = 'lost'")
        change(tmp_path, "UPDATE meta SET value = 8 WHERE key = 'cursor'")
        assert find(snapshot, LIN_KEY).facts.instrument == Instrument("c-1", "nfc.uid", "m-1", "active")
        assert snapshot.mark.cursor == 7
    with cache.reading() as snapshot:
        assert find(snapshot, LIN_KEY).facts.instrument == Instrument("c-1", "nfc.uid", "m-1", "lost")
        assert snapshot.mark.cursor == 8


def test_a_new_generation_is_followed_and_the_old_file_may_go(cache: Cache, tmp_path: Path) -> None:
    write_generation(tmp_path, "g2", cursor=90)
    assert not cache.follow()
    point_to(tmp_path, "g2")
    assert cache.follow()
    assert not cache.follow()
    layout.generation_path(tmp_path, "g1").unlink()
    with cache.reading() as snapshot:
        assert snapshot.mark == CacheMark(90, "g2")


def test_another_bundle_in_force_is_read_from_the_same_generation(cache: Cache, tmp_path: Path) -> None:
    body = canonical(Bundle(BUNDLE.tiers[:1]))
    change(tmp_path, "INSERT INTO bundles(hash, body) VALUES(?, ?)", bundle_hash(body), body)
    change(tmp_path, "UPDATE meta SET value = ? WHERE key = 'bundle_hash'", bundle_hash(body))
    with cache.reading() as snapshot:
        assert len(snapshot.bundle.tiers) == 1


@pytest.mark.parametrize(
    ("statement", "value", "words"),
    [
        ("UPDATE meta SET value = ? WHERE key = 'bundle_hash'", "f" * 64, "lacks the program bundle"),
        ("UPDATE bundles SET body = ?", b'{"tiers":[],"v":1}', "lacks the program bundle"),
        ("DROP TABLE meta", None, "cannot be read"),
    ],
)
def test_a_generation_in_use_that_breaks_is_broken(
    cache: Cache, tmp_path: Path, statement: str, value: object, words: str
) -> None:
    change(tmp_path, statement, *([value] if value is not None else []))
    with pytest.raises(CacheUnusable, match=words) as caught, cache.reading():
        pass
    assert caught.value.broken


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE meta SET value = 99 WHERE key = 'layout'", "has layout 99"),
        ("UPDATE meta SET value = 'nonsense' WHERE key = 'layout'", "has layout 0"),
        ("UPDATE meta SET value = 'g9' WHERE key = 'generation'", "another one"),
        ("DELETE FROM meta WHERE key = 'brand_key'", "no brand key"),
        ("DROP TABLE meta", "cannot be read"),
    ],
)
def test_an_unusable_generation_is_not_attached_and_the_old_one_stays(
    cache: Cache, tmp_path: Path, statement: str, words: str
) -> None:
    write_generation(tmp_path, "g2")
    change(tmp_path, statement, generation="g2")
    point_to(tmp_path, "g2")
    with pytest.raises(CacheUnusable, match=words) as caught:
        cache.follow()
    assert not caught.value.broken
    assert cache.generation == "g1"
    with cache.reading() as snapshot:
        assert find(snapshot, LIN_KEY).name == "林晓雯"


@pytest.mark.parametrize("content", [b"", b"\n", b"../../etc/passwd\n", b"a" * 65, b"\xff\n", b"g1;g2"])
def test_nonsense_in_the_pointer_is_refused(cache: Cache, tmp_path: Path, content: bytes) -> None:
    (tmp_path / layout.POINTER_FILE).write_bytes(content)
    with pytest.raises(CacheUnusable, match="pointer"):
        cache.follow()
    assert cache.generation == "g1"


def test_a_pointer_without_its_file_is_refused(cache: Cache, tmp_path: Path) -> None:
    point_to(tmp_path, "g7")
    with pytest.raises(CacheUnusable, match="g7"):
        cache.follow()


def test_a_file_that_is_no_database_is_refused(cache: Cache, tmp_path: Path) -> None:
    layout.generation_path(tmp_path, "g2").write_bytes(b"no database at all" * 1_000)
    point_to(tmp_path, "g2")
    with pytest.raises(CacheUnusable, match="cannot be read"):
        cache.follow()


def test_the_gateway_cannot_write_into_the_cache(cache: Cache) -> None:
    assert cache._db is not None
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        cache._db.execute("DELETE FROM people")


def test_a_detached_cache_says_why(cache: Cache) -> None:
    assert cache.state == READY
    cache.detach(DAMAGED)
    assert (cache.state, cache.generation) == (DAMAGED, None)
    assert cache.follow(), "the same generation may have been repaired"
