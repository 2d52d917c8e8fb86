"""A database that an older HQ left: it gets what it lacks, and stores are told what they were not."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, delete, insert, inspect, select, text

from cloud_bridge.hq import feed, models, upgrade
from cloud_bridge.hq.app import build
from cloud_bridge.hq.feed import FeedRow
from tests.cloud_bridge.hq.shops import NOW_MS, STORES, tokens_for
from tests.cloud_bridge.rig import hq_settings, silent_log

OLD_ROW = '{"id":"%s","status":"active","tier":"","qualifying":5,"language":"en"}'
COLUMNS = {"people": ["birthday"], "bundles": ["signature"], "imports": ["kind"]}


@pytest.fixture
def start(database_url: str, tmp_path: Path):
    settings = hq_settings(tmp_path, database_url=database_url, spool_dir=str(tmp_path))
    return lambda: build(settings, tokens_for(tmp_path, STORES), silent_log(), lambda: NOW_MS)


def leave_as_before(url: str) -> None:
    """Tables without the newer columns, and a feed of members without their homes."""
    engine = create_engine(url)
    ids = [f"m{number:03}" for number in range(700)]
    members = [
        {
            "id": id_,
            "member_no": id_,
            "status": "active",
            "tier": "",
            "qualifying": 5,
            "language": "en",
            "home_store": "river",
        }
        for id_ in ids
    ]
    with engine.begin() as connection:
        connection.execute(insert(models.members), members)
        feed.append(connection, [FeedRow("members", id_, "put", OLD_ROW % id_) for id_ in ids], NOW_MS)
        connection.execute(
            insert(models.people), [{"member": id_, "name": "林", "phone": "", "birthday": ""} for id_ in ids]
        )
        connection.execute(delete(models.counters).where(models.counters.c.name == upgrade.TOLD))
        for table, columns in COLUMNS.items():
            for column in columns:
                connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {column}"))
        connection.execute(text("DROP TABLE goods"))
        connection.execute(text("DROP INDEX people_by_phone"))
    engine.dispose()


def test_an_older_database_gets_what_it_lacks_once(start, database_url: str) -> None:
    start().close()
    leave_as_before(database_url)
    hq = start()
    with hq.database.reading() as connection:
        rows = feed.read_page(connection, 0, 2_000).rows
        homes = [payload for table, _, payload in rows if table == "members"]
        assert len(homes) == 700 and all('"home":"river"' in payload for payload in homes)
        assert connection.scalar(select(models.people.c.birthday).limit(1)) == ""
        assert connection.execute(select(models.goods)).all() == []
        assert "people_by_phone" in {index["name"] for index in inspect(connection).get_indexes("people")}
        head = feed.head(connection)
    hq.close()
    hq = start()
    with hq.database.reading() as connection:
        assert feed.head(connection) == head, "once"
    hq.close()


def test_an_upgrade_that_is_cut_off_begins_anew(start, database_url: str, monkeypatch) -> None:
    start().close()
    leave_as_before(database_url)
    with monkeypatch.context() as broken:
        broken.setattr(upgrade, "advance", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            start()
    hq = start()
    with hq.database.reading() as connection:
        told = [payload for table, payload in feed.read_snapshot(connection) if table == "members"]
    assert len(told) == 700 and all('"home":"river"' in payload for payload in told)
    hq.close()
