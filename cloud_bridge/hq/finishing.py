"""The end of a transaction on the books: gateways are told, rows are written, people are asked for help."""

from cloud_bridge.hq import lot_feed, troubles
from cloud_bridge.hq.session import Session
from cloud_bridge.hq.troubles import Where
from gateway.core.promises import HQ


def finish(session: Session) -> list[str]:
    """Tell, write and raise; the kinds of exceptions that are new. Nothing may be booked after this."""
    connection, books, now_ms = session.connection, session.books, session.frame.now_ms
    changed = books.changed_lots()
    unfit = lot_feed.tell(connection, books, changed, now_ms)
    books.flush()
    raised = troubles.find_overspent(connection, books, changed, now_ms)
    for lot in unfit:
        where = Where(HQ, 0, bytes(32))
        if troubles.raise_trouble(connection, where, troubles.NOT_BOOKED, lot[:120], {"lot": lot}, now_ms):
            raised.append(troubles.NOT_BOOKED)
    return raised
