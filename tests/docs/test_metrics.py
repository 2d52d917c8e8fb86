"""docs/operations/metrics.md explains every figure of HQ; the gateway's are held by tests/gateway."""

import re

from cloud_bridge.hq.metrics import Metrics
from tests.docs import pages

TEXT = pages.text(pages.ROOT / "docs/operations/metrics.md")
NAMED = set(re.findall(r"^\| `(shopbell_hq_[a-z_]+)(?:\{([a-z,]+)\})?`", TEXT, re.MULTILINE))


def measured() -> set[tuple[str, str]]:
    """Every figure as it is served, with its label."""
    metrics = Metrics()
    for counter in (metrics.accepted, metrics.known, metrics.exceptions, metrics.refused):
        counter.labels("x")
    for figure in (metrics.position, metrics.snapshots, metrics.changes):
        figure.labels("x")
    lines = metrics.text().decode().splitlines()
    found = {match.groups() for line in lines if (match := re.match(r"(\w+)\{(\w+)=", line))}
    return {(name, label) for name, label in found if not name.endswith("_created")}


def test_every_figure_of_hq_is_explained_and_no_other() -> None:
    assert measured() == NAMED
