"""Civil days: the last day of what is given, and the period a count belongs to. Pure.

Dates come from facts and settings as "YYYY-MM-DD"; one that is none, or lies outside the calendar, raises
EventError.
"""

from datetime import date, timedelta
from hashlib import sha256

from gateway.core.errors import EventError
from gateway.core.programs.model import Validity

DAY_MS = 86_400_000


def day(text: str) -> date:
    """The civil day of a text."""
    if not is_day(text):
        raise EventError("bad_facts", "date")
    return date.fromisoformat(text)


def is_day(text: str) -> bool:
    """Whether a text is a day of the calendar, written as "YYYY-MM-DD"."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def weekday(text: str) -> int:
    """1 Monday to 7 Sunday."""
    return day(text).isoweekday()


def last_day(validity: Validity, today: str, random: str) -> str | None:
    """The last civil day of what is given today; None: for ever. Of several `days`, random chooses one."""
    if validity.until is not None:
        return validity.until
    if validity.year_end is not None:
        return f"{day(today).year + validity.year_end:04d}-12-31"
    if not validity.days:
        return None
    return after_days(today, validity.days[choice(random, len(validity.days))])


def after_days(today: str, days: int) -> str:
    """The civil day so many days later."""
    try:
        return (day(today) + timedelta(days=days)).isoformat()
    except OverflowError as problem:
        raise EventError("bad_facts", "date") from problem


def after_months(today: str, months: int) -> str:
    """The same day so many months later, or that month's last day where it has no such day."""
    start = day(today)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    try:
        next_month = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    except ValueError as problem:
        raise EventError("bad_facts", "date") from problem
    last = (next_month - timedelta(days=1)).day
    return date(year, month + 1, min(start.day, last)).isoformat()


def period_of(period: str, today: str) -> str:
    """What ends the code of a cap's unit: "" for ever, "2026", "2026-11" or the day."""
    return {"ever": "", "day": today, "month": today[:7], "year": today[:4]}[period]


def choice(random: str, of: int) -> int:
    """A number below `of` by the event's random, the same at the gateway and at HQ."""
    return int.from_bytes(sha256(b"validity:" + random.encode()).digest()[:8], "big") % of
