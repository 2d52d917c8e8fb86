"""What the crash runs play: taps and acts drawn from a seed, and one of each for the slower harnesses.

A script sees only answers: which holds are pending and what may be returned it learns as a till does.
"""

import random
from collections.abc import Callable

from gateway.acting import Request
from gateway.core import model, promises
from gateway.core.event import Event, open_event
from gateway.core.evidence import NFC_UID
from gateway.core.orders.model import (
    Basket,
    CloseShift,
    GoBack,
    Line,
    OpenShift,
    Park,
    Piece,
    Sell,
    Tender,
)
from gateway.core.promises import (
    Change,
    Consent,
    Credit,
    Enrol,
    Forget,
    Here,
    Hold,
    Link,
    Post,
    Release,
    Reverse,
    Spend,
    Terms,
)
from gateway.core.rotating import member_code, rotating_text, step_at
from gateway.ports import Inbound
from tests.gateway.rig import BRAND_KEY, LIN, LIN_CODE, MIA, NOON_MS, STRANGER, WANG, ZHAO, House
from tests.proof.crash.recording import Script, Step
from tests.proof.crash.shop import (
    COUPON,
    COUPONS,
    FIRST_DAY,
    LAST_DAY,
    MEMBERS,
    POINTS,
    TEA,
    coupon,
    owner_of,
)
from tests.proof.crash.steps import DAY_MS, Act, Checkpoint, NextDay, Restart, Serve

DEVICES = ("counter-1", "till-1", "entrance-1")
CARDS = (LIN, MIA, WANG, ZHAO, STRANGER)
TOGETHER_MAX = 4  # messages, or acts, of one batch
STATUS_EVERY_MS = 11_000  # one state of a device may be booked in ten seconds
CHECKPOINT_EVERY, DAY_EVERY, RESTART_EVERY = 12, 35, 50
WEIGHTS = (4, 4, 2, 3, 4, 2, 1, 3, 1, 1, 1, 2, 5, 2, 2, 2, 1, 3)  # of the kinds of act, in Till's order
HOLD_MS = 3_600_000
NEW_CARD_BYTES = 7
TILL = "till-1"
PARKED = ("p-1", "p-2", "p-3")


class Till:
    """Draws batches; `hear` takes in what was answered."""

    def __init__(self, house: House, seed: int) -> None:
        self._house = house
        self._chance = random.Random(seed)
        self._asked = self._coupons = self._cards = 0
        self._holds: list[str] = []
        self._returnable: list[str] = []
        self._newcomers: list[str] = []
        self._shifts: list[str] = []
        self._orders: list[str] = []
        self._draws: dict[str, Callable[[], Request]] = {
            "earn": self.earn,
            "redeem": self.redeem,
            "use": self.use,
            "both": self.both,
            "hold": self.hold,
            "post": lambda: self.release(promises.POSTED),
            "void": lambda: self.release(promises.VOIDED),
            "return": self.give_back,
            "enrol": self.enrol,
            "link": self.link,
            "lock": self.lock,
            "shift": self.shift,
            "sell": self.sell,
            "goods back": self.goods_back,
            "park": self.park,
            "consent": self.consent,
            "forget": self.forget,
            "come in": self.come_in,
        }

    def draw(self) -> Step:
        """A batch of messages, or (twice as often) of acts."""
        if self._chance.randrange(3) == 0:
            return self.taps()
        count = self._chance.randint(1, TOGETHER_MAX)
        kinds = self._chance.choices(list(self._draws), WEIGHTS, k=count)
        return Act([self._draws[kind]() for kind in kinds])

    def one(self, kind: str) -> Act:
        """A batch of one act of this kind."""
        return Act([self._draws[kind]()])

    def hear(self, answers: tuple[bytes, ...]) -> None:
        """Learn from the verdicts on acts."""
        for event in map(open_event, answers):
            if event.outcome.name == model.DONE:
                self._learn(event)

    def taps(self) -> Serve:
        """One to four cards and codes; now and then a terminal says that it came or went."""
        batch = [self._shown() for _ in range(self._chance.randint(1, TOGETHER_MAX))]
        if self._chance.randrange(4) == 0:
            self._house.steady_ms += STATUS_EVERY_MS
            state, boot = self._chance.randrange(2), self._chance.randint(1, 3)
            batch.append(self._house.status(state, boot, self._chance.choice(DEVICES)))
        return Serve(batch)

    def earn(self) -> Request:
        day = self._chance.choice((None, LAST_DAY, LAST_DAY, FIRST_DAY))
        terms = Terms(expires_on=day, kind=self._chance.choice((promises.PAID, promises.BONUS)))
        credit = Credit(self._chance.randint(100, 900), self._member(), terms, POINTS)
        return self._request(model.TRANSFER_POSTED, Post((credit,), self._chance.choice((0, 0, 1, 3))))

    def redeem(self) -> Request:
        """One coupon of those HQ granted, or of those that lie elsewhere; the same twice, if all are used."""
        number, self._coupons = self._coupons % COUPONS, self._coupons + 1
        spend = Spend(1, owner_of(number), COUPON, coupon(number))
        return self._request(model.COUPON_REDEEMED, Post((spend,), self._chance.choice((0, 1))))

    def use(self) -> Request:
        """Points; often more than there are."""
        spend = Spend(self._chance.randint(1, 400), self._member(), POINTS)
        return self._request(model.TRANSFER_POSTED, Post((spend,), self._chance.choice((0, 2))))

    def both(self) -> Request:
        """A purchase: points used, points earned, a visit counted, to be returned in five pieces."""
        owner = self._member()
        parts = (
            Spend(self._chance.randint(1, 100), owner, POINTS),
            Credit(self._chance.randint(1, 300), owner, Terms(), POINTS),
            Credit(1, owner, Terms(), "VISIT"),
        )
        return self._request(model.TRANSFER_POSTED, Post(parts, 5))

    def hold(self) -> Request:
        until = self._house.now_ms + self._chance.choice((HOLD_MS, 40 * DAY_MS))
        return self._request(
            model.TRANSFER_HELD, Hold(self._chance.randint(1, 200), self._member(), POINTS, until)
        )

    def release(self, verdict: str) -> Request:
        """End a hold that was answered; the same one once more, now and then."""
        name = self._some(self._holds)
        if self._chance.randrange(4) and name in self._holds:
            self._holds.remove(name)
        amount = self._chance.choice((None, 1)) if verdict == promises.POSTED else None
        return self._request(model.TRANSFER_RELEASED, Release(name, verdict, amount))

    def give_back(self) -> Request:
        rule = self._chance.choice((promises.ONLY_PENDING, promises.WITHIN_BALANCE, promises.UNLIMITED))
        act = Reverse(rule, self._some(self._returnable), self._chance.randint(1, 2))
        return self._request(model.TRANSFER_REVERSED, act)

    def enrol(self) -> Request:
        """A newcomer with a name and, mostly, a card; every second one gives a number."""
        card = (NFC_UID, self._new_card()) if self._chance.randrange(4) else None
        act = Enrol("", "zh-CN", "")
        name = f"Guest {self._asked}"
        phone = (self._asked.to_bytes(16, "big"), name.encode() * 4) if self._asked % 2 else None
        return self._request(model.MEMBER_ENROLLED, act)._replace(evidence=card, person=name, phone=phone)

    def link(self) -> Request:
        act = Link("", self._some(self._newcomers))
        return self._request(model.INSTRUMENT_LINKED, act)._replace(evidence=(NFC_UID, self._new_card()))

    def consent(self) -> Request:
        """A newcomer's word, yes or no."""
        given, purpose = self._chance.randrange(2) == 0, self._chance.choice(("marketing", "profile"))
        act = Consent(given, "en", self._some(self._newcomers), purpose, "2026-11")
        return self._request(model.CONSENT_CHANGED, act)

    def forget(self) -> Request:
        """A newcomer's: nobody taps their cards here, so that what was shown then need not be shown again."""
        return self._request(model.MEMBER_FORGOTTEN, Forget(self._some(self._newcomers)))

    def come_in(self) -> Request:
        """By a shake or by a tag: one who redeems, or a newcomer, who may be forgotten later."""
        member = self._chance.choice(("m-1", "m-2", self._some(self._newcomers)))
        tag = Here(member, promises.BY_TAG, "beacon-shelf", "shelf", self._asked)
        shake = Here(member, promises.BY_BEACON, "beacon-door", "door", self._asked, f"{self._asked:016x}")
        return self._request(model.PRESENCE_SEEN, self._chance.choice((tag, shake)))

    def lock(self) -> Request:
        act = Change("c-2", "m-2", self._chance.choice(("active", "lost", "locked")))
        return self._request(model.INSTRUMENT_CHANGED, act)

    def shift(self) -> Request:
        """Open one, or close the one that is open."""
        if self._shifts:
            act = CloseShift(self._chance.randint(0, 50_000), self._shifts.pop(), TILL)
            return self._of_till(model.SHIFT_CLOSED, act)
        return self._of_till(model.SHIFT_OPENED, OpenShift(20_000, TILL))

    def sell(self) -> Request:
        """Tea for a member or for nobody; now and then of a basket that was parked."""
        cups = self._chance.randint(1, 3)
        member = self._chance.choice((None, "m-1", "m-2"))
        parked = self._chance.choice((None, None, *PARKED))
        basket = Basket((Line(TEA.sku, cups), Line(TEA.sku)), member=member)
        tenders = (Tender("cash", TEA.price * (cups + 1)),)
        return self._of_till(model.ORDER_COMMITTED, Sell(basket, tenders, TILL, parked=parked))

    def goods_back(self) -> Request:
        """One cup, or the whole order within its shift."""
        order, void = self._some(self._orders), self._chance.randrange(4) == 0
        act = GoBack(order, TILL, pieces=() if void else (Piece(0, 1),), void=void)
        return self._of_till(model.ORDER_VOIDED if void else model.ORDER_RETURNED, act)

    def park(self) -> Request:
        basket = self._chance.choice((None, Basket((Line(TEA.sku),))))
        return self._of_till(model.ORDER_PARKED, Park(self._chance.choice(PARKED), TILL, basket))

    def _of_till(self, kind: str, act: model.Act) -> Request:
        return self._request(kind, act)._replace(actor="pos")

    def _learn(self, event: Event) -> None:
        act = event.act
        if isinstance(act, Hold):
            self._holds.append(event.random)
        elif isinstance(act, Post) and act.returnable:
            self._returnable.append(event.random)
        elif isinstance(act, Enrol):
            self._newcomers.append(act.member)
        elif isinstance(act, OpenShift):
            self._shifts.append(event.random)
        elif isinstance(act, Sell):
            self._orders.append(event.random)

    def _shown(self) -> Inbound:
        device = self._chance.choice(DEVICES)
        if self._chance.randrange(5) == 0:
            return self._house.scan(self._chance.choice((LIN_CODE, self._rotating())), device)
        return self._house.tap(self._chance.choice(CARDS), device=device)

    def _rotating(self) -> bytes:
        """A code of the present half minute; shown again within it, it is spent."""
        code = member_code(BRAND_KEY, self._chance.choice(("m-1", "m-2")))
        return rotating_text(BRAND_KEY, code, step_at(self._house.now_ms // 1_000)).encode()

    def _request(self, kind: str, act: model.Act) -> Request:
        self._asked += 1
        return Request(f"till-1/{self._asked}", "staff:till", kind, act)

    def _member(self) -> str:
        newcomers = [promises.MEMBER + name for name in self._newcomers[-2:]]
        return self._chance.choice((*MEMBERS, *newcomers))

    def _some(self, names: list[str]) -> str:
        """One of these, or what nobody has heard of where there is none."""
        return self._chance.choice(names) if names else "0" * 16

    def _new_card(self) -> bytes:
        self._cards += 1
        return self._cards.to_bytes(NEW_CARD_BYTES, "big")


def long_script(house: House, seed: int, transactions: int) -> Script:
    """So many transactions of this seed; a checkpoint, the next day and a restart every few dozen."""
    till, days = Till(house, seed), 0
    for number in range(1, transactions + 1):
        house.now_ms += 1_000
        step = till.draw()
        answers = yield step
        if isinstance(step, Act):
            till.hear(answers)
        if number % CHECKPOINT_EVERY == 0:
            yield Checkpoint()
        if number % DAY_EVERY == 0:
            days += 1
            yield NextDay(NOON_MS + days * DAY_MS)
        if number % RESTART_EVERY == 0:
            yield Restart()


def short_script(house: House, seed: int = 5) -> Script:
    """One of everything."""
    till = Till(house, seed)
    yield till.taps()
    for kind in ("enrol", "earn", "earn", "redeem", "both", "hold"):
        till.hear((yield till.one(kind)))
    yield Checkpoint()
    for kind in ("post", "hold", "shift", "sell"):
        till.hear((yield till.one(kind)))
    yield Restart()
    for kind in ("return", "link", "lock", "goods back", "park", "consent", "come in", "forget"):
        till.hear((yield till.one(kind)))
    yield NextDay(NOON_MS + DAY_MS)
    yield till.taps()
