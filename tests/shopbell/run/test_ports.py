"""A taken port is named with its owner and the setting to change."""

import os
import socket
from pathlib import Path

import pytest

from shopbell.errors import ShopbellError
from shopbell.run import ports
from shopbell.run.ports import Port


def test_a_free_port_is_left_alone() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]
    ports.require_free([Port("127.0.0.1", number, "gateway", "http_port")], "var/shopbell.toml")


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="the owner is read from Linux's /proc")
def test_a_taken_port_is_one_line_with_all_that_is_needed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1]
        with pytest.raises(ShopbellError) as caught:
            ports.require_free([Port("127.0.0.1", number, "gateway", "http_port")], "var/shopbell.toml")
    line = str(caught.value)
    assert "\n" not in line
    for part in (
        str(number),
        str(os.getpid()),
        "[gateway] http_port",
        "var/shopbell.toml",
        "SHOPBELL_GATEWAY__HTTP_PORT",
    ):
        assert part in line


def test_where_the_owner_cannot_be_found_the_line_does_without(tmp_path: Path) -> None:
    assert ports.owner_of(80, tmp_path) is None
