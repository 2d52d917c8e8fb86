"""A brand on each database: SQLite always, PostgreSQL where it is installed, on a server of the tests' own.

Every test gets a database of its own there and drops it.
"""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.cloud_bridge.hq import postgresql
from tests.cloud_bridge.hq.guests import Guests, Staff
from tests.cloud_bridge.hq.shops import Brand


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A server's URL; skips where PostgreSQL is not installed."""
    if postgresql.programs() is None:
        pytest.skip(postgresql.MISSING)
    with postgresql.server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/brand.db"
        return
    server: str = request.getfixturevalue("postgresql_server")
    name = f"shopbell_{secrets.token_hex(6)}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0"))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
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


@pytest.fixture
def guests(brand: Brand) -> Guests:
    return Guests(brand)


@pytest.fixture
def staff(brand: Brand) -> Staff:
    return Staff(brand.hq.site)
