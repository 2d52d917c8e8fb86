"""The [broker] and [pki] tables."""

from typing import Annotated, Literal

import msgspec

from shopbell.settings import Table, convert

Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]


class BrokerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`kind` auto takes mosquitto if it is there. `user` is the account it drops to when root starts it."""

    kind: Literal["auto", "mosquitto", "nats"] = "auto"
    mosquitto: str = "mosquitto"
    device_host: str = "127.0.0.1"
    device_port: Port = 8883
    folder: str = "/var/lib/shopbell/broker"
    user: str = ""

    @classmethod
    def from_table(cls, table: Table) -> "BrokerSettings":
        """The checked settings. Raises TableError."""
        return convert(table, cls)


class PkiSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the keys are, and the names and addresses of the broker beside this machine's own."""

    folder: str = "/var/lib/shopbell/pki"
    hosts: list[str] = []

    @classmethod
    def from_table(cls, table: Table) -> "PkiSettings":
        """The checked settings. Raises TableError."""
        return convert(table, cls)
