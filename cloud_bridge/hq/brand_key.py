"""The brand's key, by which cards, codes and phone numbers are known everywhere and legible nowhere."""

import secrets
from typing import Any, Final

from sqlalchemy import Connection, select

from cloud_bridge.hq import models
from cloud_bridge.hq.database import insert_absent
from gateway.core.evidence import BRAND_KEY_BYTES

NAME: Final = "brand_key"


def read_brand_key(connection: Connection) -> bytes:
    """The key, made at the first start."""
    table = models.secrets
    row: dict[str, Any] = {"name": NAME, "value": secrets.token_bytes(BRAND_KEY_BYTES)}
    insert_absent(connection, table, row, ["name"])
    key = connection.scalar(select(table.c.value).where(table.c.name == NAME))
    assert isinstance(key, bytes), "just written"
    return key
