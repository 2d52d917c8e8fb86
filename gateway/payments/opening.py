"""Builds the payments of a store from its settings."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from gateway.counters import Counters
from gateway.enquiry import Consulted
from gateway.payments.book import Book
from gateway.payments.desk import Payments
from gateway.payments.port import Port
from gateway.payments.recorded import Recorded
from gateway.payments.sales import Booked
from gateway.settings import GatewaySettings
from gateway.web import read_secret


def open_payments(
    settings: GatewaySettings,
    desk: Consulted,
    now_ms: Callable[[], int],
    steady_ms: Callable[[], int],
    counters: Counters,
    closing: ExitStack,
) -> Payments:
    """The payments, ready to run; raises SettingsError."""
    book = Book(Path(settings.data_dir), counters)
    closing.callback(book.close)
    payments = Payments(book, _port(settings, counters), Booked(desk), now_ms, steady_ms, counters)
    payments.begin()
    return payments


def _port(settings: GatewaySettings, counters: Counters) -> Port:
    if not settings.payments_url:
        return Recorded()
    # Imported here: the client is some megabytes, which a store without a payment bridge need not hold.
    from gateway.payments.http import Bridge

    token = read_secret(Path(settings.payments_token_file), "payments_token_file")
    return Bridge(settings.payments_url, token, settings.asked_tenders, settings.store, counters)
