"""What HQ says to a database is said in both dialects; locks and states are as promised."""

import threading

import pytest
from sqlalchemy import create_mock_engine, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError

from cloud_bridge.hq import models
from cloud_bridge.hq.database import Database, advance, insert_absent, pieces, upsert


@pytest.fixture
def database(tmp_path) -> Database:
    made = Database(f"sqlite:///{tmp_path}/hq.db")
    made.create()
    return made


def test_the_tables_are_postgresql_too() -> None:
    said: list[str] = []
    engine = create_mock_engine(
        "postgresql+psycopg://", lambda sql, *_: said.append(str(sql.compile(dialect=engine.dialect)))
    )
    models.metadata.create_all(engine, checkfirst=False)
    text = "\n".join(said)
    assert text.count("CREATE TABLE") == len(models.metadata.tables)
    assert "BYTEA" in text and "BIGINT" in text


def test_the_upsert_is_postgresql_too() -> None:
    class Recorder:
        dialect = postgresql.dialect()

        def execute(self, statement, rows=None):
            self.said = str(statement.compile(dialect=self.dialect))

            class Result:
                def first(self):
                    return None

            return Result()

    recorder = Recorder()
    upsert(recorder, models.stores, [{"id": "a", "name_zh_cn": "b", "name_en": "c"}], ["id"])  # type: ignore[arg-type]
    assert "ON CONFLICT (id) DO UPDATE SET name_zh_cn = excluded.name_zh_cn" in recorder.said
    insert_absent(recorder, models.counters, {"name": "a", "value": 0}, ["name"])  # type: ignore[arg-type]
    assert recorder.said.endswith("ON CONFLICT (name) DO NOTHING RETURNING counters.name")


def test_whether_a_row_was_inserted_is_known_on_both(database_url: str) -> None:
    made = Database(database_url)
    made.create()
    with made.writing() as connection:
        assert insert_absent(connection, models.counters, {"name": "a", "value": 1}, ["name"])
        assert not insert_absent(connection, models.counters, {"name": "a", "value": 2}, ["name"])
        assert not insert_absent(connection, models.counters, {"name": "a", "value": 3}, [])
        assert connection.execute(select(models.counters)).all() == [("a", 1)]
    made.close()


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(IntegrityError), database.writing() as connection:
        upsert(connection, models.stores, [{"id": "a", "name_zh_cn": "b", "name_en": "c"}], ["id"])
        connection.execute(models.stores.insert(), {"id": "a", "name_zh_cn": "b", "name_en": "c"})
    with database.reading() as connection:
        assert connection.execute(select(models.stores)).all() == []


def test_a_reader_sees_one_state(database: Database) -> None:
    with database.reading() as reader:
        assert reader.execute(select(models.counters)).all() == []
        with database.writing() as writer:
            assert advance(writer, "n", 5) == 5
        assert reader.execute(select(models.counters)).all() == []
    with database.reading() as reader:
        assert reader.execute(select(models.counters)).all() == [("n", 5)]


def test_writers_take_turns(database: Database) -> None:
    def count() -> None:
        for _ in range(25):
            with database.writing() as connection:
                advance(connection, "n", 1)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with database.reading() as connection:
        assert connection.execute(select(models.counters.c.value)).scalar_one() == 100


def test_pieces_hold_everything_once() -> None:
    assert [len(piece) for piece in pieces(range(1_201))] == [500, 500, 201]
    assert list(pieces([])) == []
