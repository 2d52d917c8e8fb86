"""The figures: true, and every one of them explained in docs/operations/metrics.md."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.adapters.http.member_views import EXPOSURE_PARTS
from gateway.adapters.http.metrics import Metrics, quantiles
from gateway.live import Live

Make = Callable[..., dict[str, Any]]
DOCUMENT = Path(__file__).parents[4] / "docs/operations/metrics.md"


def _samples(live: Live, now_s: float) -> dict[str, float]:
    text = Metrics(live, clock=lambda: now_s).text().decode()
    families = text_string_to_metric_families(text)
    return {
        _name(sample.name, sample.labels): sample.value for family in families for sample in family.samples
    }


def _name(name: str, labels: dict[str, str]) -> str:
    return name + "".join(f"[{value}]" for value in labels.values())


def test_the_figures_are_those_of_the_live_view(live: Live, bridge: Make) -> None:
    live.counters.add("http.wrong_token", 3)
    live.set_bridge(bridge(counters={"hq_nonsense": 2}))
    found = _samples(live, live.cache["synced_at_ms"] / 1_000 + 60)
    assert found["shopbell_gateway_ledger_seq"] == 2
    assert found["shopbell_gateway_waiting_events"] == 1
    assert found["shopbell_gateway_cache_age_seconds"] == 60
    assert found["shopbell_gateway_bridge_running"] == 1
    assert found["shopbell_gateway_bridge_trouble"] == 0
    assert found["shopbell_gateway_bridge_backlog_events"] == 1
    assert found["shopbell_gateway_bridge_contact_age_seconds"] == 60
    assert found["shopbell_gateway_bridge_count_total[hq_nonsense]"] == 2
    assert found["shopbell_gateway_devices[online]"] == 1
    assert found["shopbell_gateway_decide_recent_seconds[0.5]"] == 0.00064
    assert found["shopbell_gateway_count_total[http.wrong_token]"] == 3


def test_promises_are_figures_in_minor_units(live: Live) -> None:
    live.set_promises(holds=3, frozen=True)
    live.count_refused("used_up")
    found = _samples(live, 0)
    assert found["shopbell_gateway_rights_frozen"] == 1
    assert found["shopbell_gateway_holds_pending"] == 3
    assert found["shopbell_gateway_acts_refused_total[used_up]"] == 1
    assert found["shopbell_gateway_suspense_minor"] == 1_250
    parts = [found[f"shopbell_gateway_exposure_minor[{part}]"] for part in EXPOSURE_PARTS]
    assert parts == [1_250, 5_000, 30_000]
    live.set_promises(exposure=None)
    assert not [name for name in _samples(live, 0) if "minor" in name]


def test_a_cache_that_never_heard_from_hq_has_no_age(live: Live) -> None:
    live.set_cache(synced_at_ms=0)
    assert "shopbell_gateway_cache_age_seconds" not in _samples(live, 0)


@pytest.mark.parametrize("state", ["silent", "absent"])
def test_a_bridge_that_does_not_run_is_trouble_and_has_no_backlog(
    live: Live, bridge: Make, state: str
) -> None:
    live.set_bridge(bridge(state=state, last_contact_ms=0))
    found = _samples(live, 0)
    assert (found["shopbell_gateway_bridge_running"], found["shopbell_gateway_bridge_trouble"]) == (0, 1)
    assert not [name for name in found if "backlog" in name or "contact" in name]


def test_every_metric_is_documented_and_every_documented_one_exists(live: Live) -> None:
    live.counters.add("http.wrong_token")
    live.count_refused("used_up")
    exposed = {name.partition("[")[0] for name in _samples(live, live.cache["synced_at_ms"] / 1_000)}
    table = re.findall(r"^\| `(shopbell_gateway_\w+)", DOCUMENT.read_text(), re.MULTILINE)
    assert exposed == set(table)


def test_quantiles_take_the_value_that_the_share_does_not_exceed() -> None:
    assert quantiles([]) == []
    assert quantiles([7]) == [(0.5, 7), (0.99, 7)]
    assert quantiles(list(range(100))) == [(0.5, 50), (0.99, 99)]
