"""HQ's counters and gauges in a registry of their own; labels are our constants and known gateways."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

REFUSALS: Final = (
    "no_token",
    "other_gateway",
    "too_large",
    "malformed",
    "gap",
    "stream_refused",
    "stream_dropped",
    "import_fault",
    "imports_waiting",
    "foreign_host",
    "foreign_origin",
)


class Metrics:
    """All that HQ counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.accepted = Counter(
            "shopbell_hq_events_accepted", "Events stored", ["gateway"], registry=self.registry
        )
        self.known = Counter(
            "shopbell_hq_events_known", "Events that came again", ["gateway"], registry=self.registry
        )
        self.exceptions = Counter(
            "shopbell_hq_exceptions", "Exceptions raised for a person", ["kind"], registry=self.registry
        )
        self.refused = Counter("shopbell_hq_refused", "Requests refused", ["reason"], registry=self.registry)
        self.position = Gauge("shopbell_hq_position", "Position held", ["gateway"], registry=self.registry)
        self.snapshots = Counter(
            "shopbell_hq_snapshots", "Snapshots sent", ["gateway"], registry=self.registry
        )
        self.changes = Counter(
            "shopbell_hq_changes_sent", "Feed rows sent", ["gateway"], registry=self.registry
        )
        for reason in REFUSALS:
            self.refused.labels(reason)

    def refuse(self, reason: str) -> None:
        """Count one refusal, by a name of REFUSALS."""
        self.refused.labels(reason).inc()

    def text(self) -> bytes:
        """The exposition format."""
        return generate_latest(self.registry)
