"""What a check says when something is wrong: which invariant of the domain, and what was seen."""

NAMES = {
    1: "conservation: each unit sums to zero",
    2: "no overdraft: nothing is spent or held twice",
    3: "a coupon is redeemed once",
    4: "rights: no more spent than granted, one live epoch",
    5: "idempotence: twice is once",
    6: "confluence: the order of arrival does not matter",
    7: "exact reversal, to the same lots, once",
    8: "edge = cloud: equal digests",
    9: "determinism: the decision is byte-equal on both sides",
    10: "money: tenders = total, shares = discount, no line below nothing",
    11: "time: what expired is never spent",
    12: "caps hold offline",
    13: "each event is in the cloud exactly once",
    14: "suspense stays within the limits of risk",
    15: "a tier is a function of qualifying points, which are never spent",
    16: "what was answered is durable",
    20: "beyond the sixteen: a card reported lost in a store opens nothing there any more",
    21: "beyond the sixteen: whoever was forgotten in a store is nobody there any more, and left no money",
    22: "beyond the sixteen: a rotating code opens something once in a store",
}
NOT_YET = {
    17: "terminals' data: the devices here are played; the kill simulation has the real ones",
}


class Violation(Exception):
    """An invariant does not hold; `number` is the domain model's, 0 for a crash of our own code."""

    def __init__(self, number: int, seen: str) -> None:
        super().__init__(number, seen)  # so that it travels between processes
        self.number = number
        self.seen = seen

    def __str__(self) -> str:
        return f"invariant {self.number} ({NAMES.get(self.number, 'the program failed')}): {self.seen}"
