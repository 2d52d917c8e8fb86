"""What came of an act, told on the customer's terminal beside the till: the rows of gateway/screens.py.

Nothing here is promised: a display that is away misses it, and the till page says the same to the clerk.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from msgspec import UNSET

from firmware.protocol.messages import ASK_PIN
from gateway.acting import Refused, Request, Verdict
from gateway.core import model
from gateway.core.event import Event
from gateway.core.orders.model import (
    TOPUP,
    Applied,
    GoBack,
    OrderRecord,
    ReturnRecord,
    Run,
    RunRecord,
    Sell,
)
from gateway.core.programs import reasons
from gateway.core.programs.figures import count, money
from gateway.core.promises import POINTS
from gateway.keypads import Keypads, Send, show
from gateway.live import Live
from gateway.ports import Told
from gateway.screens import COUNTER, role_of

CREDIT = "credit"
LANGUAGES = ("zh-CN", "en")
SHORT_IN_PIECES = (reasons.QUANTITY_LOW,)

Figure = tuple[tuple[str, str], ...]


class Teller(Protocol):
    """Books acts."""

    async def ask(self, request: Request) -> Verdict:
        """The verdict, durable; raises Refused."""
        ...


class Screens(Protocol):
    """Draws what a display shows."""

    def told(self, role: str, told: Told, language: str | None, name: str | None = None) -> bytes:
        """The encoded screen."""
        ...


class Displays:
    """The terminals beside tills; `terminals` is the device of each till that has one."""

    def __init__(
        self,
        terminals: dict[str, str],
        live: Live,
        screens: Screens,
        send: Send,
        zone: str,
        now_ms: Callable[[], int],
    ) -> None:
        self._terminals = terminals
        self._live = live
        self._screens = screens
        self._send = send
        self._zone = ZoneInfo(zone)
        self._now_ms = now_ms

    def device(self, till: str) -> str | None:
        """The terminal beside a till; None where there is none."""
        return self._terminals.get(till)

    def screen(self, device: str, told: Told, language: str | None = None) -> bytes:
        """What a terminal of this device's role shows."""
        view = self._live.devices.get(device)
        return self._screens.told(role_of(view["role"]) if view else COUNTER, told, language)

    def show(self, till: str, told: Told) -> None:
        """Show this beside a till, if there is a display."""
        device = self._terminals.get(till)
        if device is not None:
            self._send([show(device, self.screen(device, told))])

    def announce(self, request: Request, verdict: Verdict) -> None:
        """Show what came of an act at a till."""
        act = request.act
        if not isinstance(act, Sell | GoBack | Run) or act.till is None or verdict.duplicate:
            return
        told = self.told_of(verdict)
        if told is not None:
            self.show(act.till, told)

    def told_of(self, verdict: Verdict) -> Told | None:
        """The outcome of the catalogue that this verdict is; None where a customer need not hear of it."""
        outcome, settled = verdict.event.outcome, verdict.event.settled
        if outcome.name == model.REFUSED:
            return self._refused(verdict)
        if outcome.name == model.ASKED:
            return Told("asked")
        if isinstance(settled, OrderRecord):
            return _sold(settled)
        if isinstance(settled, ReturnRecord):
            return Told("returned", (("amount", _each(money, settled.total)),))
        return None

    def _refused(self, verdict: Verdict) -> Told:
        event = verdict.event
        reason = str(event.outcome.reason)
        if reason == model.USED_UP:
            return self.used(verdict.used_at, verdict.used_where, getattr(event.act, "till", None))
        if reason == model.PAST_LAST_DAY:
            return Told(reason, (("day", _last_day(event)),))
        if reason == model.PROGRAM_MISSED and isinstance(event.settled, RunRecord):
            named = event.act.program if isinstance(event.act, Run) else None
            missed = [each for each in event.settled.missed if each.program == named]
            if missed:
                return missed_told(missed[0].reason, missed[0].short)
        return Told(reason)

    def used(self, used_at: int | None, used_where: str | None, till: str | None) -> Told:
        """That something was used up, with when and where as far as this store knows, told at a till."""
        if used_at is None:
            return Told("used_up.elsewhere")
        at = datetime.fromtimestamp(used_at / 1000, self._zone)
        now = datetime.fromtimestamp(self._now_ms() / 1000, self._zone)
        when = at.strftime("%H:%M" if at.date() == now.date() else "%m-%d %H:%M")
        same = used_where is not None and used_where == till
        where = (
            (("zh-CN", "本收银台"), ("en", "at this till"))
            if same
            else (("zh-CN", "本店"), ("en", "at this shop"))
        )
        return Told(model.USED_UP, (("when", when), ("where", where)))


class Announcing:
    """A teller whose verdicts are told beside the till as well."""

    def __init__(self, teller: Teller, displays: Displays) -> None:
        self._teller = teller
        self._displays = displays

    async def ask(self, request: Request) -> Verdict:
        """As the teller's own."""
        try:
            verdict = await self._teller.ask(request)
        except Refused as problem:
            till = getattr(request.act, "till", None)
            if isinstance(request.act, Sell | GoBack) and till is not None:
                self._displays.show(till, Told(problem.code))
            raise
        self._displays.announce(request, verdict)
        return verdict


class TillKeypads:
    """Asks for a PIN at the terminal beside a till."""

    def __init__(self, keypads: Keypads, displays: Displays) -> None:
        self._keypads = keypads
        self._displays = displays

    async def digits(self, till: str) -> str | None:
        """What the customer typed, within its time; None where no terminal is paired, online, or answered."""
        device = self._displays.device(till)
        if device is None:
            return None
        digits = await self._keypads.ask(device, ASK_PIN, self._displays.screen(device, Told("pin.ask")))
        if digits is None:
            self._displays.show(till, Told("pin.no_answer"))
        return digits

    def found(self, till: str, verdict: str) -> None:
        """Show what was found of them: "right", "wrong", "locked" or "none"."""
        self._displays.show(till, Told(f"pin.{verdict}"))


def missed_told(reason: str, short: int | None) -> Told:
    """A program that did not happen, with how much more is needed where that is a number."""
    shown = money if reason in (reasons.SUBTOTAL_LOW, reasons.PAID_LOW) else count
    return Told(reason, (("short", _each(shown, short or 0)),))


def _sold(record: OrderRecord) -> Told:
    total = (("amount", _each(money, record.total)),)
    if record.lines and all(line.kind == TOPUP for line in record.lines):
        return Told("topped_up", total)
    points = earned(record.applied)
    return Told("sold.earned", (("count", points),)) if points else Told("sold", total)


def earned(applied: Iterable[Applied]) -> int:
    """How many points these effects gave."""
    return sum(each.amount for each in applied if each.does == CREDIT and each.unit == POINTS)


def _last_day(event: Event) -> str:
    """The last day of the first lot of this act that has one."""
    lots = () if event.facts.lots is UNSET else event.facts.lots
    days = [fact.nature.terms.expires_on for fact in lots if fact.nature.terms.expires_on]
    return min(days) if days else ""


def _each(shown: Callable[[int, str], str], value: int) -> Figure:
    return tuple((language, shown(value, language)) for language in LANGUAGES)
