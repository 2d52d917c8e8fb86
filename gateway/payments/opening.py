"""Builds the payments of a store from its settings."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from gateway.counters import Counters
from gateway.enquiry import Consulted
from gateway.live import Live
from gateway.payments.book import Book
from gateway.payments.desk import Payments
from gateway.payments.port import Port
from gateway.payments.recorded import Recorded
from gateway.payments.sales import Booked
from gateway.settings import GatewaySettings
from gateway.web import read_secret

PAYMENTS_LEFT: Final = "payments_left"


def open_payments(
    settings: GatewaySettings,
    desk: Consulted,
    now_ms: Callable[[], int],
    steady_ms: Callable[[], int],
    live: Live,
    closing: ExitStack,
) -> Payments:
    """The payments, ready to run; raises SettingsError."""
    counters = live.counters
    book = Book(Path(settings.data_dir), counters)
    closing.callback(book.close)

    def alarm(left: bool) -> None:
        if left:
            live.raise_alarm(PAYMENTS_LEFT)
        else:
            live.clear_alarm(PAYMENTS_LEFT)

    port = _port(settings, counters)
    payments = Payments(book, port, Booked(desk), now_ms, steady_ms, counters, alarm)
    payments.begin()
    return payments


def _port(settings: GatewaySettings, counters: Counters) -> Port:
    if not settings.payments_url:
        return Recorded()
    # Imported here: the client is some megabytes, which a store without a payment bridge need not hold.
    from gateway.payments.http import Bridge

    token = read_secret(Path(settings.payments_token_file), "payments_token_file")
    return Bridge(settings.payments_url, token, settings.asked_tenders, settings.store, counters)
