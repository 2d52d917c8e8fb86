"""A brand on each database: SQLite always, PostgreSQL where SHOPBELL_TEST_POSTGRESQL names a server.

    SHOPBELL_TEST_POSTGRESQL=postgresql+psycopg://shopbell@127.0.0.1:55432/postgres

Every test gets a database of its own there and drops it; the role must be allowed to create some. A server
in a folder of one's own, as any user (Debian's package `postgresql`; the driver is `psycopg[binary]`):

    PATH=$PATH:/usr/lib/postgresql/15/bin
    initdb -D FOLDER -A trust -U shopbell -E UTF8
    pg_ctl -D FOLDER -l FOLDER/log -w -o "-p 55432 -k FOLDER -c listen_addresses=127.0.0.1" start
"""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.cloud_bridge.hq.shops import Brand

SERVER = os.environ.get("SHOPBELL_TEST_POSTGRESQL", "")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/brand.db"
        return
    if not SERVER:
        pytest.skip("SHOPBELL_TEST_POSTGRESQL names no PostgreSQL server")
    name = f"shopbell_{secrets.token_hex(6)}"
    engine = create_engine(SERVER, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0"))
    yield make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def brand(database_url: str, tmp_path: Path) -> Iterator[Brand]:
    """HQ and three stores; HQ's books are compared with every log at the end."""
    folder = tmp_path / "brand"
    folder.mkdir()
    made = Brand(folder, database_url)
    yield made
    made.check()
    made.close()
