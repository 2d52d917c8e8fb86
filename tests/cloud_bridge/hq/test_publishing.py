"""Publishing: all or nothing, versions never edited, limits made once and shared out, signed for stores."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from sqlalchemy import func, select

from cloud_bridge.errors import SettingsError
from cloud_bridge.hq import bundle as bundles
from cloud_bridge.hq import models, program_views
from cloud_bridge.hq.app import Hq, build
from cloud_bridge.hq.publishing import Publication, Refused
from cloud_bridge.hq.signing import read_signer
from gateway.core.event import canonical, open_bundle
from gateway.core.model import Tier
from tests.cloud_bridge.hq.shops import BUNDLE, NOW_MS, STORES, Brand, tokens_for
from tests.cloud_bridge.rig import hq_settings, silent_log

SAMPLES = Path(__file__).parents[3] / "samples"
BOTH = {"zh-CN": "满100减10", "en": "10 off 100"}
TODAY = "2026-11-21"


def program(id_: str = "ten-off", version: int = 1, off: int = 1_000, **more: Any) -> bytes:
    return json.dumps(
        {
            "id": id_,
            "version": version,
            "name": BOTH,
            "because": BOTH,
            "trigger": "order.quoted",
            "when": {"test": "subtotal", "at_least": 10_000},
            "then": [{"do": "fixed", "off": off}],
            **more,
        }
    ).encode()


def shares(brand: Brand, unit: str) -> tuple[int, dict[str, int]]:
    """What HQ's part has left of a limit, and what each store was granted of it."""
    rows = [row for row in brand.feed(STORES[0])[1] if row.unit == unit]
    granted = dict.fromkeys(STORES, 0)
    for row in rows:
        for gateway, part in row.parts.items():
            granted[gateway] += part.granted
    return sum(brand.pool(row.lot) for row in rows), granted


def in_force(brand: Brand) -> bundles.Published:
    with brand.hq.database.reading() as connection:
        found = bundles.newest_of(connection)
    assert found is not None
    return found


def state_of(brand: Brand) -> tuple[int, ...]:
    tables = (models.bundles, models.programs, models.feed, models.events)
    with brand.hq.database.reading() as connection:
        return tuple(connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables)


def refused(brand: Brand, body: bytes) -> list[tuple[str, str]]:
    before = state_of(brand)
    with pytest.raises(Refused) as caught:
        brand.hq.publisher.publish(body)
    assert state_of(brand) == before, "nothing is written"
    return [(problem.pointer, problem.reason) for problem in caught.value.problems]


def test_a_program_joins_the_bundle_in_force(brand: Brand) -> None:
    made = brand.hq.publisher.publish(program())
    assert made == Publication(in_force(brand).hash, [("ten-off", 1)])
    bundle = open_bundle(in_force(brand).body)
    assert bundle.units == BUNDLE.units and [one.id for one in bundle.programs or ()] == ["ten-off"]
    brand.hq.publisher.publish(program("b"))
    made = brand.hq.publisher.publish(program("ten-off", 2, 2_000))
    assert made.new == [("ten-off", 2)]
    bundle = open_bundle(in_force(brand).body)
    assert [(one.id, one.version) for one in bundle.programs or ()] == [("b", 1), ("ten-off", 2)]


def test_a_version_is_never_edited(brand: Brand) -> None:
    brand.hq.publisher.publish(program())
    assert refused(brand, program(off=2_000)) == [("/programs/0/version", "version_edited")]
    assert brand.hq.publisher.publish(program()).new == [], "the same again is no edit"
    brand.hq.publisher.publish(program(version=2, off=2_000))
    assert brand.hq.publisher.publish(program()).new == [], "an older version may come back"


def test_a_program_whose_uses_would_be_taken_for_risk_is_refused(brand: Brand) -> None:
    assert refused(brand, program("risk")) == [("/programs/0/id", "reserved_id")]


def test_what_is_wrong_is_told_where_it_stands_and_changes_nothing(brand: Brand) -> None:
    assert refused(brand, program(then=[])) == [("/then", "no_effect")]
    assert refused(brand, b"{") == [("", "shape")]
    tiers = [{"code": "gold", "name": {"en": "Gold"}, "threshold": "5"}]
    assert refused(brand, json.dumps({"tiers": tiers}).encode()) == [("/tiers/0/threshold", "shape")]
    whole = json.dumps({"programs": [json.loads(program()), json.loads(program(then=[]))]}).encode()
    assert ("/programs/1/then", "no_effect") in refused(brand, whole)


def test_a_bundle_that_no_page_can_carry_is_refused(brand: Brand) -> None:
    lines = {"skus": [f"article-{number:04}" for number in range(1_000)]}
    then = [{"do": "fixed", "off": 100, "lines": lines}]
    programs = [json.loads(program(f"p{n}", then=then, level="item")) for n in range(68)]
    body = json.dumps({"programs": programs}, ensure_ascii=False, separators=(",", ":")).encode()
    assert len(body) < 1 << 20
    assert refused(brand, body) == [("", "too_large")]


def test_limits_are_made_once_and_shared_out(brand: Brand) -> None:
    brand.hq.publisher.publish(program(limits={"total": 10, "budget": 9_000}))
    assert shares(brand, "USE:ten-off") == (1, dict.fromkeys(STORES, 3))
    assert shares(brand, "BUDGET:ten-off") == (0, dict.fromkeys(STORES, 3_000))
    brand.hq.publisher.publish(program(limits={"total": 10, "budget": 9_000}))
    assert shares(brand, "USE:ten-off") == (1, dict.fromkeys(STORES, 3)), "once"
    brand.hq.publisher.publish(program(version=2, limits={"total": 16, "budget": 9_000}))
    assert shares(brand, "USE:ten-off") == (1, dict.fromkeys(STORES, 5)), "the difference"
    problem = refused(brand, program(version=3, limits={"total": 15, "budget": 9_000}))
    assert problem == [("/programs/0/limits/total", "limit_lowered")]


def test_a_store_uses_its_share_alone_and_then_asks(brand: Brand) -> None:
    brand.hq.publisher.publish(program(limits={"total": 7}))
    river, garden = brand["river"], brand["garden"]
    owner, unit = "program:ten-off", "USE:ten-off"
    river.pull()
    river.take()
    assert [river.spend(1, unit, owner=owner).outcome.name for _ in range(3)] == ["done", "done", "refused"]
    river.push()
    assert river.ask(1, unit, owner=owner).rows[0].parts["river-1"].granted == 3, "what was left over"
    river.ask(1, unit, owner=owner)
    garden.pull()
    garden.take()
    garden.give_back()
    garden.push()
    river.pull()
    river.take()
    assert river.free(owner, unit) == 2
    with brand.hq.database.reading() as connection:
        (view,) = program_views.standing(connection, TODAY).programs
    assert [(limit.made, limit.left) for limit in view.limits] == [(7, 5)]


def test_a_limit_smaller_than_the_stores_waits_at_hq(brand: Brand) -> None:
    brand.hq.publisher.publish(program(limits={"total": 2}))
    assert shares(brand, "USE:ten-off") == (2, dict.fromkeys(STORES, 0))


def test_states_of_programs(brand: Brand) -> None:
    more = {"a": {}, "b": {"paused": True}, "c": {"first_day": "2026-11-22"}, "d": {"last_day": "2026-11-20"}}
    for id_, fields in more.items():
        brand.hq.publisher.publish(program(id_, **fields))
    ended = canonical(BUNDLE)

    def states() -> list[tuple[str, str]]:
        with brand.hq.database.reading() as connection:
            standing = program_views.standing(connection, TODAY)
        return [(view.id, view.state) for view in standing.programs]

    assert states() == [("a", "live"), ("c", "waiting"), ("b", "paused"), ("d", "over")]
    brand.hq.publisher.publish(ended)
    assert states() == [(id_, "ended") for id_ in "abcd"]


def test_words_have_their_figures(brand: Brand) -> None:
    words = {"zh-CN": "满{at_least}减{off}", "en": "{off} off {at_least}"}
    brand.hq.publisher.publish(program(because=words))
    with brand.hq.database.reading() as connection:
        (view,) = program_views.standing(connection, TODAY).programs
    assert view.because == {"zh-CN": "满100减10", "en": "10 off 100"}


@pytest.fixture
def key(tmp_path: Path) -> str:
    return str(tmp_path / "bundle.key")


def test_a_key_is_made_once_for_its_owner_alone(key: str) -> None:
    first, again = read_signer(key), read_signer(key)
    assert first.sign(b"x") == again.sign(b"x") != read_signer(key + "2").sign(b"x")
    assert Path(key).stat().st_mode & 0o777 == 0o600
    public = load_pem_public_key(Path(key + ".pub").read_bytes())
    public.verify(bytes.fromhex(first.sign(b"x")), b"x")  # type: ignore[call-arg, union-attr]
    with pytest.raises(InvalidSignature):
        public.verify(bytes.fromhex(first.sign(b"x")), b"y")  # type: ignore[call-arg, union-attr]
    assert first.public_pem == Path(key + ".pub").read_text()
    assert list(Path(key).parent.glob("*.part")) == []
    assert read_signer("").sign(b"x") == ""


def test_a_key_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad").write_text("no key")
    for path in (tmp_path / "bad", tmp_path / "no" / "folder"):
        with pytest.raises(SettingsError, match="bundle_key_file"):
            read_signer(str(path))


class Desk:
    """One HQ, stopped and started again on the same database with other settings."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url

    def start(self, file: bytes = b"", **more: str) -> Hq:
        path = self.folder / "bundle.json"
        path.write_bytes(file or canonical(BUNDLE))
        settings = hq_settings(
            self.folder,
            **{"database_url": self.url, "spool_dir": str(self.folder), "bundle_file": str(path), **more},
        )
        return build(settings, tokens_for(self.folder, STORES), silent_log(), lambda: NOW_MS)

    def newest(self, hq: Hq) -> bundles.Published:
        with hq.database.reading() as connection:
            found = bundles.newest_of(connection)
        assert found is not None
        return found


@pytest.fixture
def desk(tmp_path: Path, database_url: str) -> Desk:
    (tmp_path / "desk").mkdir()
    return Desk(tmp_path / "desk", database_url)


def test_what_staff_published_stays_over_a_restart(desk: Desk) -> None:
    hq = desk.start()
    made = hq.publisher.publish(program())
    hq.close()
    hq = desk.start()
    assert desk.newest(hq).hash == made.hash
    hq.close()
    other = canonical(BUNDLE.__class__(tiers=(Tier("gold", {"zh-CN": "金", "en": "Gold"}, 0),)))
    hq = desk.start(other)
    assert desk.newest(hq).body == other, "a file that changed is published"
    hq.close()
    hq = desk.start(other)
    hq.publisher.publish(program())
    assert len(open_bundle(desk.newest(hq).body).programs or ()) == 1
    hq.close()


def test_another_key_signs_the_present_bundle_again(desk: Desk, key: str) -> None:
    hq = desk.start()
    assert desk.newest(hq).signature == ""
    hq.close()
    signatures = []
    for path in (key, key, key + "2"):
        hq = desk.start(bundle_key_file=path)
        newest = desk.newest(hq)
        public = load_pem_public_key(Path(path + ".pub").read_bytes())
        public.verify(bytes.fromhex(newest.signature), newest.body)  # type: ignore[call-arg, union-attr]
        signatures.append(newest.signature)
        with hq.database.reading() as connection:
            table = models.feed
            fed = connection.scalars(select(table.c.payload).where(table.c.table_name == "bundles")).all()
        assert any(newest.signature in payload for payload in fed)
        hq.close()
    assert signatures[0] == signatures[1] != signatures[2]


def test_a_faulty_file_stops_the_start_and_says_where(desk: Desk) -> None:
    wrong = json.dumps({"programs": [json.loads(program(then=[]))]}).encode()
    with pytest.raises(SettingsError, match="/programs/0/then"):
        desk.start(wrong)


def test_the_sample_bundle_can_be_published(brand: Brand) -> None:
    made = brand.hq.publisher.publish((SAMPLES / "bundle.json").read_bytes())
    assert len(made.new) > 25
    with brand.hq.database.reading() as connection:
        views = program_views.standing(connection, TODAY).programs
    assert all("{" not in text for view in views for text in (*view.name.values(), *view.because.values()))
