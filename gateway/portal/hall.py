"""What every page for guests needs, in one hand: who asks, what may be asked, how it is drawn and counted."""

from collections.abc import Callable
from typing import NamedTuple

from gateway.counters import Counters
from gateway.portal.clerk import Clerk
from gateway.portal.clients import Client, Clients, Hashes
from gateway.portal.cookies import Cookies
from gateway.portal.drawing import Drawing
from gateway.portal.enforcer import Enforcer
from gateway.portal.forms import Forms
from gateway.portal.grants import Try
from gateway.portal.limits import Limits
from gateway.portal.settings import NetworkSettings, PortalSettings


class Hall(NamedTuple):
    """Shared by joining.py and staying.py. `now_ms` is unix time."""

    settings: PortalSettings
    network: NetworkSettings
    drawing: Drawing
    clients: Clients
    hashes: Hashes
    forms: Forms
    limits: Limits
    cookies: Cookies
    clerk: Clerk
    enforcer: Enforcer
    now_ms: Callable[[], int]
    counters: Counters

    def take(self, kind: str, phone: Client) -> Try | None:
        """One try of a phone that has a lease; None where it, or the store, had enough of them."""
        assert phone.mac is not None
        tried = self.limits.take(kind, self.hashes.recent(phone.mac, self.now_ms()))
        if tried is None:
            self.counters.add(f"portal.over_limit_{kind}")
        return tried
