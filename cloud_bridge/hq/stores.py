"""The stores HQ knows: an id every part of the system uses, and a name in both languages."""

from typing import NamedTuple

from sqlalchemy import Connection, select

from cloud_bridge.hq import models
from cloud_bridge.hq.database import upsert


class Store(NamedTuple):
    """One store."""

    id: str
    name_zh_cn: str
    name_en: str


def put_store(connection: Connection, store: Store) -> None:
    """Add a store, or give it other names."""
    upsert(connection, models.stores, [store._asdict()], ["id"])


def read_stores(connection: Connection) -> list[Store]:
    """All stores by id."""
    table = models.stores
    return [
        Store(row.id, row.name_zh_cn, row.name_en)
        for row in connection.execute(select(table).order_by(table.c.id))
    ]


def store_ids(connection: Connection) -> set[str]:
    """The ids alone."""
    return set(connection.scalars(select(models.stores.c.id)))
