"""Fixtures of bridge and HQ tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cloud_bridge.rig import FakeGateway, RunningHq, running_hq


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[RunningHq]:
    folder = tmp_path / "hq"
    folder.mkdir()
    with running_hq(folder) as running:
        yield running


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[FakeGateway]:
    made = FakeGateway(tmp_path / "store")
    yield made
    made.close()
