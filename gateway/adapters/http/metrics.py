"""Figures for Prometheus, made from the live view when somebody asks: nothing is counted twice.

docs/operations/metrics.md explains each one; a test compares the two.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.adapters.http.member_views import EXPOSURE_PARTS
from gateway.live import Live
from gateway.storage.bridge_status import RUNNING

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
PREFIX: Final = "shopbell_gateway_"
QUANTILES: Final = (0.5, 0.99)

Clock = Callable[[], float]  # unix seconds


class Metrics:
    """One registry per gateway, so that two in one test do not meet."""

    def __init__(self, live: Live, clock: Clock = time.time) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_LiveCollector(live, clock))
        ProcessCollector(namespace="shopbell_gateway", registry=self._registry)

    def text(self) -> bytes:
        """The exposition text."""
        return generate_latest(self._registry)


class _LiveCollector(Collector):
    def __init__(self, live: Live, clock: Clock) -> None:
        self._live = live
        self._clock = clock

    def collect(self) -> Iterable[Metric]:
        yield from _positions(self._live)
        yield from _cache(self._live, self._clock())
        yield from _bridge(self._live, self._clock())
        yield from _promises(self._live)
        yield _devices(self._live)
        yield _decide(self._live)
        counts = self._live.counters.snapshot()
        yield _family("count", "Things dropped, refused, retried or bounded", counts)


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(PREFIX + name, words, value=value)


def _positions(live: Live) -> Iterator[Metric]:
    sync = live.sync
    yield _gauge("ledger_epoch", "Epoch of the ledger", sync["epoch"])
    yield _gauge("ledger_seq", "Last durable event", sync["seq"])
    yield _gauge("hq_seq", "Last event HQ said it has applied", sync["as_of"])
    yield _gauge("waiting_events", "Events HQ has not confirmed", sync["waiting"])
    yield _gauge("alarms", "Conditions a person must look at", len(sync["alarms"]))


def _cache(live: Live, now_s: float) -> Iterator[Metric]:
    cache = live.cache
    yield _gauge("cache_ready", "1 if members can be recognised", cache["state"] == "ready")
    yield _gauge("cache_cursor", "Position in HQ's change feed", cache["cursor"])
    if cache["synced_at_ms"]:
        age_s = max(0.0, now_s - cache["synced_at_ms"] / 1_000)
        yield _gauge("cache_age_seconds", "Since the cache last heard from HQ", age_s)


def _bridge(live: Live, now_s: float) -> Iterator[Metric]:
    bridge = live.bridge
    running = bridge["state"] == RUNNING
    yield _gauge("bridge_running", "1 if the bridge says that it runs", running)
    yield _gauge(
        "bridge_trouble", "1 if something keeps it from its work", bool(bridge["trouble"]) or not running
    )
    if running and bridge["backlog"] is not None:
        yield _gauge("bridge_backlog_events", "Events it has still to send", bridge["backlog"])
    if bridge["last_contact_ms"]:
        age_s = max(0.0, now_s - bridge["last_contact_ms"] / 1_000)
        yield _gauge("bridge_contact_age_seconds", "Since HQ last gave it a good answer", age_s)
    yield _family("bridge_count", "What the bridge counts of itself", bridge["counters"])


def _promises(live: Live) -> Iterator[Metric]:
    promises = live.promises
    yield _gauge("rights_frozen", "1 while no right may be used here", promises["frozen"])
    yield _gauge("holds_pending", "Amounts kept back and not yet released", promises["holds"])
    refused = CounterMetricFamily(PREFIX + "acts_refused", "Acts refused, by reason", labels=["reason"])
    for reason, count in sorted(promises["refused"].items()):
        refused.add_metric([reason], count)
    yield refused
    exposure = promises["exposure"]
    if exposure is not None:
        yield _gauge("suspense_minor", "Given without a right, minor units", exposure["at_risk_now"])
        family = GaugeMetricFamily(
            PREFIX + "exposure_minor", "The worst loss now by part, minor units", labels=["part"]
        )
        for part in EXPOSURE_PARTS:
            family.add_metric([part], exposure[part])
        yield family


def _devices(live: Live) -> Metric:
    family = GaugeMetricFamily(PREFIX + "devices", "Devices by state", labels=["state"])
    for state, count in Counter(device["state"] for device in live.devices.values()).items():
        family.add_metric([state], count)
    return family


def _decide(live: Live) -> Metric:
    family = GaugeMetricFamily(
        PREFIX + "decide_recent_seconds", "Message in to commit done, of the taps kept", labels=["quantile"]
    )
    for quantile, decide_us in quantiles([tap["decide_us"] for tap in live.taps() if not tap["duplicate"]]):
        family.add_metric([str(quantile)], decide_us / 1_000_000)
    return family


def quantiles(values: list[int]) -> list[tuple[float, int]]:
    """Each of QUANTILES with the value that this share of values does not exceed; empty without values."""
    ranked = sorted(values)
    return [(share, ranked[min(len(ranked) - 1, int(share * len(ranked)))]) for share in QUANTILES if ranked]


def _family(metric: str, words: str, counts: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(PREFIX + metric, words, labels=["name"])
    for name, count in counts.items():
        family.add_metric([name], count)
    return family
