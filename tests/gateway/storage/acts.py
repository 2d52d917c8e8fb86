"""Whole histories of acts, decided by the real core over a real ledger: what the desk does, without a desk.

Steps are small numbers, so that Hypothesis can shrink them; each is booked as whatever the core makes of it,
refusals too. The State of gateway/core/state.py follows, fed from the ledger's own bytes.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec import UNSET

from gateway.core import model
from gateway.core.acts import decide_act
from gateway.core.event import open_event
from gateway.core.evidence import FRESH, NFC_UID, QR_STATIC, WEAK
from gateway.core.model import (
    Act,
    CacheMark,
    Decision,
    Evidence,
    Facts,
    Input,
    Instrument,
    Member,
    RightsFact,
    Setting,
)
from gateway.core.orders.model import GoBack, TillAct
from gateway.core.promises import (
    AT_RISK,
    BONUS,
    BY_BEACON,
    BY_NETWORK,
    BY_TAG,
    GATEWAY,
    MEMBER,
    POSTED,
    TIMED_OUT,
    UNLIMITED,
    VOIDED,
    WITHIN_BALANCE,
    Change,
    Consent,
    Credit,
    Enrol,
    Expire,
    Fence,
    Forget,
    Here,
    Hold,
    Link,
    LotFact,
    Policy,
    Post,
    Release,
    Reverse,
    Spend,
    TakeGrants,
    Terms,
    Unit,
)
from gateway.core.risk import allowance_unit
from gateway.core.state import State
from gateway.storage.bundles import NOTHING_SIGNED
from gateway.storage.cache import CachedLot, Snapshot
from gateway.storage.knowledge import due, lot_facts
from gateway.storage.ledger import Ledger, Transaction
from tests.gateway.storage import till_acts
from tests.gateway.storage.till_acts import TillSide

GATEWAY_ID = "g1"
DAYS = ("2026-11-21", "2026-11-22", "2026-11-30", "2027-01-01")
OWNERS = ("member:m-1", "member:m-2", "program:p-1")
UNITS = ("PTS", "CPN:tea")
RISKY = Unit("CPN:*", Policy(AT_RISK, 5_000, 10_000, 20_000, 72), worth=1_000)
BUNDLE = model.Bundle(units=(RISKY,))
NOON_MS = 1_795_233_600_000
NOON_STEP = NOON_MS // 30_000


class Step(NamedTuple):
    """One act: its kind, and numbers that choose everything else."""

    kind: str
    a: int = 0
    b: int = 0
    c: int = 0


KINDS = (
    "credit", "spend", "spend_lot", "both", "hold", "release", "time_out", "reverse", "expire", "next_day",
    "take", "fence", "enrol", "link", "change", "consent", "forget", "here", "shown", "coded",
    *till_acts.KINDS,
)  # fmt: skip


class History:
    """A ledger's acts one after another; `granted` is what HQ would have granted, by lot."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.day = 0
        self.drawn = 0
        self.holds: list[str] = []
        self.returnables: list[str] = []
        self.granted: list[CachedLot] = []
        self.members: list[str] = []
        self.cards: list[tuple[str, str, str]] = []
        self.tills = TillSide()

    def book(self, steps: Iterable[Step]) -> list[Decision]:
        """Book steps as one batch."""
        with self.ledger.transaction() as page:
            return [made for step in steps for made in self._step(page, step)]

    def _step(self, page: Transaction, step: Step) -> list[Decision]:
        if step.kind == "next_day":
            self.day = min(self.day + 1, len(DAYS) - 1)
            return []
        act = self._act(page, step)
        if act is None:
            return []
        made = decide_act(BUNDLE, self._facts(page, act, step), self._input(act, step))
        page.add(made)
        self._remember(made)
        return [made]

    def _act(self, page: Transaction, step: Step) -> Act | None:
        owner, unit, amount = OWNERS[step.a % 3], UNITS[step.b % 2], step.c % 50 + 1
        if step.kind == "credit":
            return Post((Credit(amount, owner, self._terms(step), unit),), step.b % 3)
        if step.kind == "coded":
            return Post((Credit(1, owner, Terms(code=f"C-{step.c % 5}"), "CPN:tea"),))
        if step.kind == "shown":
            return Post((Credit(amount, owner, Terms(), "PTS"),))
        if step.kind == "spend":
            return Post((Spend(amount, owner, unit),), step.c % 3)
        if step.kind == "both":
            spend = Spend(amount, owner, unit)
            return Post((spend, Credit(step.b + 1, owner, self._terms(step), "PTS")), step.c % 4)
        if step.kind == "spend_lot":
            lots = page.lots(owner, unit)
            name = lots[step.c % len(lots)].key.lot if lots else "0" * 16 + ".0"
            return Post((Spend(step.b % 3 + 1, owner, unit, name),), 1)
        if step.kind == "hold":
            return Hold(amount, owner, unit, NOON_MS + self.drawn + step.c + 2)
        return self._later_act(page, step)

    def _later_act(self, page: Transaction, step: Step) -> Act | None:
        if step.kind == "release" and self.holds:
            verdict = (POSTED, VOIDED)[step.b % 2]
            part = step.c % 20 + 1 if verdict == POSTED and step.a % 2 else None
            return Release(self.holds[step.a % len(self.holds)], verdict, part)
        if step.kind == "time_out":
            late = page.due_holds(NOON_MS + self.drawn, 1)
            return Release(late[0].id, TIMED_OUT) if late else None
        if step.kind == "reverse" and self.returnables:
            rule = (WITHIN_BALANCE, UNLIMITED)[step.b % 2]
            return Reverse(rule, self.returnables[step.a % len(self.returnables)], step.c % 2 + 1)
        if step.kind == "expire":
            return Expire()
        if step.kind == "take":
            return TakeGrants()
        if step.kind == "fence":
            return Fence(page.epoch + step.a % 2)
        return self._act_on_people(step)

    def _act_on_people(self, step: Step) -> Act | None:
        if step.kind == "enrol":
            return Enrol("ab" * 32, "en", f"p-{step.a % 8}")
        if step.kind == "link" and self.members:
            member = self.members[step.a % len(self.members)]
            theirs = [card for card in self.cards if card[2] == member]
            replaces = theirs[step.c % len(theirs)][1] if theirs and step.c % 2 else None
            return Link(f"i-{self.drawn}", member, replaces)
        if step.kind == "change" and self.cards:
            _, card, member = self.cards[step.a % len(self.cards)]
            return Change(card, member, ("lost", "active", "locked", "revoked")[step.b % 4])
        if step.kind == "consent" and self.members:
            member, purpose = self.members[step.a % len(self.members)], ("ads", "profile")[step.b % 2]
            return Consent(step.c % 3 > 0, "en", member, purpose, f"v{step.c % 4}")
        if step.kind == "forget" and self.members and step.c % 4 == 0:
            return Forget(self.members[step.a % len(self.members)])
        if step.kind == "here":
            return self._visit(step)
        return self.tills.act(*step) if step.kind in till_acts.KINDS else None

    def _visit(self, step: Step) -> Here:
        """Of somebody enrolled here, or of the member who spends: who has both visits and coupons."""
        known = ["m-1", *self.members]
        member, ticket = known[step.a % len(known)], f"{self.drawn:016x}"
        proofs = (
            Here(member, BY_NETWORK, ticket=ticket),
            Here(member, BY_BEACON, "beacon-door", "door", step.c, ticket),
            Here(member, BY_TAG, "beacon-shelf", "shelf"),
            Here(member, BY_BEACON),
        )
        return proofs[step.b % len(proofs)]

    def _facts(self, page: Transaction, act: Act, step: Step) -> Facts:
        rights = RightsFact(page.epoch, False, False, NOON_MS)
        if isinstance(act, TillAct):
            return self.tills.facts(page, act, rights, Said(self.granted))
        if isinstance(act, Enrol | Link | Change | Consent | Forget | Here):
            return self._facts_of_people(page, act, rights, step)
        if isinstance(act, Release):
            hold = page.hold(act.hold)
            transfers = open_event(page.body(hold.seq)).transfers if hold else ()
            return Facts(transfers=transfers, rights=rights)
        if isinstance(act, Reverse):
            seq = page.returnable(act.of)
            transfers = open_event(page.body(seq)).transfers if seq else ()
            sides = [(t.debit, t.unit, t.debit_lot) for t in transfers]
            sides += [(t.credit, t.unit, t.credit_lot) for t in transfers]
            wanted = {side for side in sides if side[2] is not UNSET and side[0] != "suspense"}
            lots = [fact for o, u, n in sorted(wanted) for fact in self._lots(page, o, u, str(n))]
            return Facts(lots=tuple(lots), transfers=transfers, rights=rights)
        if isinstance(act, Expire):
            return Facts(lots=due(page, NO_CACHE, page.expired(DAYS[self.day], 5)), rights=rights)
        if isinstance(act, TakeGrants):
            return Facts(lots=tuple(self._grants(page, step)), rights=rights)
        return Facts(member=Member("m-1", 0, "active", ""), lots=tuple(self._used(page, act)), rights=rights)

    def _used(self, page: Transaction, act: Act) -> Iterable[LotFact]:
        parts: tuple[Spend | Credit | Hold, ...] = ()
        if isinstance(act, Post):
            parts = act.parts
        elif isinstance(act, Hold):
            parts = (act,)
        seen = set()
        for part in parts:
            if isinstance(part, Credit):
                continue
            wanted = [(part.owner, part.unit)]
            allowance = allowance_unit(RISKY, DAYS[self.day])
            wanted += [(part.owner, allowance), (GATEWAY + GATEWAY_ID, allowance)]
            for owner, unit in wanted:
                if (owner, unit) not in seen:
                    seen.add((owner, unit))
                    yield from self._lots(page, owner, unit, None)

    def _grants(self, page: Transaction, step: Step) -> Iterable[LotFact]:
        """HQ grants some of a lot, once by a name of its own, later more of the same."""
        name = f"{'f' * 15}{step.a % 3}.0"
        owner, unit = OWNERS[step.a % 3], UNITS[step.a % 3 % 2]
        told = sum(1 for lot in self.granted if lot.lot == name) + 1
        terms = Terms(kind=BONUS) if step.a % 3 else Terms(face=500)
        said = CachedLot(owner, unit, name, terms, 100 + told, page.epoch, 7 * told, 0, 0, 0, 0)
        self.granted.append(said)
        return lot_facts(page, Said(self.granted), (owner,), unit, name)

    def _lots(self, page: Transaction, owner: str, unit: str, lot: str | None) -> tuple[LotFact, ...]:
        return lot_facts(page, Said(self.granted), (owner,), unit, lot)

    def _facts_of_people(
        self,
        page: Transaction,
        act: Enrol | Link | Change | Consent | Forget | Here,
        rights: RightsFact,
        step: Step,
    ) -> Facts:
        row = page.member(act.member)
        member = Member(row.id, 0, row.status, "") if row else None
        name = act.replaces if isinstance(act, Link) else act.instrument if isinstance(act, Change) else None
        held = page.instrument_by_id(name) if name else None
        instrument = None
        if held is not None and held.key is not None:
            instrument = Instrument(held.id, held.kind or "", held.member, held.status, held.key.hex())
        if isinstance(act, Here):
            member = Member("m-1", 0, "active", "") if act.member == "m-1" else member
            return Facts(member=member, rights=rights, time=f"{step.b % 24:02d}:30")
        if isinstance(act, Forget):
            other = self.members[step.b % len(self.members)]  # merged into this one, as HQ has it
            merged = (
                {MEMBER + other: MEMBER + act.member} if other != act.member and step.b % 3 == 0 else UNSET
            )
            return Facts(member=member, lots=(), rights=rights, aliases=merged)
        return Facts(instrument, member, holder=None, rights=rights)

    def _input(self, act: Act, step: Step) -> Input:
        self.drawn += 1
        setting = Setting(
            NOON_MS + self.drawn, "b" * 64, CacheMark(1, "g"), 1, model.CORE_VERSION, DAYS[self.day], "UTC"
        )
        evidence = Evidence(f"{self.drawn:032x}", NFC_UID, WEAK) if isinstance(act, Link | Enrol) else None
        if step.kind == "shown":
            evidence = Evidence(f"{step.a % 3:032x}", QR_STATIC, FRESH, NOON_STEP + step.b * step.c)
        return Input(
            setting,
            "",
            f"{self.drawn:016x}",
            model.ORDER_VOIDED if isinstance(act, GoBack) and act.void else TYPES[type(act)],
            evidence=evidence,
            act=act,
            actor="pos" if isinstance(act, TillAct) else "staff:test",
            key=f"key-{self.drawn}" if self.drawn % 3 else UNSET,
            gateway=GATEWAY_ID,
        )

    def _remember(self, made: Decision) -> None:
        act, random = made.input.act, made.input.random
        if made.outcome.name != model.DONE:
            return
        self.tills.remember(made)
        if isinstance(act, Hold):
            self.holds.append(random)
        elif isinstance(act, Post) and act.returnable:
            self.returnables.append(random)
        elif isinstance(act, Enrol):
            self.members.append(act.member)
        elif isinstance(act, Link):
            assert made.input.evidence and made.input.evidence.key
            self.cards.append((made.input.evidence.key, act.instrument, act.member))

    def _terms(self, step: Step) -> Terms:
        day = DAYS[step.c % 4] if step.c % 3 else None
        return Terms(expires_on=day, zone="UTC" if day else None, face=700 if step.b % 2 else None)


class Said(Snapshot):
    """What HQ said of lots, without a file."""

    def __init__(self, said: Sequence[CachedLot]) -> None:
        super().__init__(None, {}, NOTHING_SIGNED)
        self._said = {(lot.owner, lot.unit, lot.lot): lot for lot in said}

    def lots(self, owner: str, unit: str | None = None, lot: str | None = None) -> list[CachedLot]:
        found = [one for one in self._said.values() if one.owner == owner]
        return [one for one in found if unit in (None, one.unit) and lot in (None, one.lot)]

    def recalled(self) -> Iterable[CachedLot]:  # type: ignore[override]
        return [one for one in self._said.values() if one.recall > 0]


NO_CACHE = Said(())

TYPES: dict[type, str] = {
    Post: model.TRANSFER_POSTED,
    Hold: model.TRANSFER_HELD,
    Release: model.TRANSFER_RELEASED,
    Reverse: model.TRANSFER_REVERSED,
    Expire: model.LOT_EXPIRED,
    TakeGrants: model.RIGHT_GRANTED,
    Fence: model.RIGHT_FENCED,
    Enrol: model.MEMBER_ENROLLED,
    Link: model.INSTRUMENT_LINKED,
    Change: model.INSTRUMENT_CHANGED,
    Consent: model.CONSENT_CHANGED,
    Forget: model.MEMBER_FORGOTTEN,
    Here: model.PRESENCE_SEEN,
    **till_acts.TYPES,
}


def state_of(bodies: Iterable[bytes]) -> State:
    """The reference's view of a log."""
    state = State(GATEWAY_ID)
    for body in bodies:
        state.apply(open_event(body))
    return state
