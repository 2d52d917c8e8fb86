"""What every asking of guests shares: looking at the books, booking, bounds, and how it ends.

An asking ends with an answer, with Told (a refusal that the rules know) or with the teller's Refused;
finish() makes a line of each.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from gateway.acting import BUSY, DISK_LOW, LEDGER_REFUSES, Acting, Refused, Request, Verdict, is_done
from gateway.batch import Batch
from gateway.core.orders.model import Applied
from gateway.counters import Counters
from gateway.errors import LedgerRefused
from gateway.guests.found import (
    NO_BOOKS,
    REFUSED,
    TOO_MANY,
    TOO_OLD,
    UNKNOWN_CODE,
    UNKNOWN_MEMBER,
    Named,
    Told,
    named,
)
from gateway.guests.limits import Bucket, Limits
from gateway.guests.ports import Desk, Teller
from gateway.guests.view import GuestView
from gateway.lines import Answer, refusal

TRANSIENT = (BUSY, DISK_LOW, LEDGER_REFUSES)

Done = TypeVar("Done")


class Asking:
    """One door's: its desk, its teller, its bounds."""

    def __init__(self, desk: Desk, teller: Teller, limits: Limits, counters: Counters) -> None:
        self.desk = desk
        self.teller = teller
        self.limits = limits
        self.counters = counters

    async def finish(self, doing: Awaitable[Answer]) -> Answer:
        """The answer, or the refusal that it ended with. Raises LedgerUnsafe: it ends the gateway."""
        try:
            return await doing
        except Told as told:
            self.counters.add("guests.refused")
            reason = {} if told.reason is None else {"reason": told.reason}
            return refusal(told.error, **reason, **told.more)
        except Refused as problem:
            self.counters.add("guests.not_now")
            later = problem.code in TRANSIENT
            return refusal(problem.code) if later else refusal(REFUSED, reason=problem.code)
        except LedgerRefused:
            self.counters.add("guests.not_now")
            return refusal(LEDGER_REFUSES)

    def take(self, bucket: Bucket) -> None:
        """One of a bound. Raises Told where it is used up."""
        if not bucket.take():
            self.counters.add("guests.too_many")
            raise Told(TOO_MANY)

    def look(self, find: Callable[[Batch], Done]) -> Done:
        """What one state of the books says. Raises Told(NO_BOOKS) where HQ was never heard."""

        def looked(batch: Batch, acting: Acting) -> Done:
            if batch.cache.brand_key is None:
                raise Told(NO_BOOKS)
            return find(batch)

        return self.desk.consult(looked)

    def card(self, member: str, given: Sequence[Applied], new: bool) -> Answer:
        """A member's card, whole. Raises Told."""
        card = self.desk.consult(
            lambda batch, acting: GuestView(batch, acting.rights.frozen).card(member, given, new)
        )
        if card is None:
            raise Told(UNKNOWN_MEMBER)
        return {"ok": True, **card}

    def named(self, code: str) -> Named:
        """Whom a code names; a text that names nobody is a try, and without tries left nothing is read."""
        if self.limits.tries.empty():
            self.counters.add("guests.too_many")
            raise Told(TOO_MANY)
        found = self.look(lambda batch: named(batch, code))
        if isinstance(found, Named):
            return found
        if found == UNKNOWN_CODE:
            self.limits.tries.take()
        raise Told(*((UNKNOWN_CODE, TOO_OLD) if found == TOO_OLD else (found,)))

    async def done(self, request: Request) -> Verdict:
        """The verdict of an act that was done; raises Told where it was refused."""
        verdict = await self.teller.ask(request)
        if not is_done(verdict.event):
            raise Told(REFUSED, verdict.event.outcome.reason)
        return verdict

    async def together(self, requests: Sequence[Request]) -> list[Verdict]:
        """The verdicts of acts that share a commit where they can; what a rule refuses is counted. Raises
        Refused, once all are answered, where any was not booked."""
        found = await asyncio.gather(*map(self.teller.ask, requests), return_exceptions=True)
        for each in found:
            if isinstance(each, BaseException):
                raise each
        verdicts = [each for each in found if isinstance(each, Verdict)]
        self.counters.add("guests.parts_refused", sum(not is_done(each.event) for each in verdicts))
        return verdicts
