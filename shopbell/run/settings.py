"""The [run] table."""

import msgspec

from shopbell.broker.settings import Port
from shopbell.settings import Table, convert


class RunSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the bench page is served, and where the virtual radios are."""

    bench_host: str = "127.0.0.1"
    bench_port: Port = 8095
    air_port: Port = 8096

    @classmethod
    def from_table(cls, table: Table) -> "RunSettings":
        """The checked settings. Raises TableError."""
        return convert(table, cls)
