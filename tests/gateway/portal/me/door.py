"""The guests' door as a stand-in that is harsher than the gateway: what is asked in another shape than
its own fails the test, a key that comes again gets its first answer, who is forgotten is gone at once."""

import copy
from typing import Any

from gateway.guests.asked import read
from gateway.lines import Answer, Away, refusal

MEMBER = "m-0001"
NAME = "林晓雯"
CODE = "K7WD2M9Q"
CARD_TEXT = "SB-CARD-7F31"
PIN = "2468"
RECEIPT = "Rb12.123"
NOW_MS = 1_767_232_800_000  # 2026-01-01 10:00 in Shanghai
STEP_MS = 30_000

COUPON = {
    "lot": "17.2",
    "code": "CPN5-AB12",
    "name": {"zh-CN": "5元见面礼", "en": "5 yuan to say hello"},
    "face": 500,
    "threshold": None,
    "expires_on": "2026-03-31",
    "unusable": None,
}
FULL = {
    "lot": "18.1",
    "code": "CPN50-77QX",
    "name": {"zh-CN": "满100减50", "en": "50 off 100"},
    "face": 5_000,
    "threshold": 10_000,
    "expires_on": None,
    "unusable": "held_elsewhere",
}
CARD = {
    "member": MEMBER,
    "name": NAME,
    "code": "K7WD-2M9Q",
    "status": "provisional",
    "tier": "silver",
    "tier_name": {"zh-CN": "银卡", "en": "Silver"},
    "next_name": {"zh-CN": "金卡", "en": "Gold"},
    "to_next": 1_120,
    "points": 12_340,
    "units": [
        {"unit": "PTS", "name": {"zh-CN": "积分", "en": "Points"}, "scale": 0}
        | {"here": 12_000, "held": 0, "elsewhere": 340},
        {"unit": "CNY", "name": {"zh-CN": "储值余额", "en": "Stored value"}, "scale": 2}
        | {"here": 8_000, "held": 0, "elsewhere": 2_050},
        {"unit": "VISIT:coffee", "name": {"zh-CN": "咖啡次卡", "en": "Coffee pass"}, "scale": 0}
        | {"here": 7, "held": 0, "elsewhere": 0},
    ],
    "coupons": [COUPON, FULL],
    "given": [],
    "phone": "unverified",
    "consents": [],
    "synced_at_ms": NOW_MS - 3_600_000,
    "new": False,
}
ROWS = [
    {"at": NOW_MS - 60_000, "kind": "checked_in", "title": {"zh-CN": "到店签到", "en": "Checked in"}}
    | {"amount": None, "points": 5, "till": None, "order": None},
    {"at": NOW_MS - 90_000_000, "kind": "order", "title": {"zh-CN": "消费", "en": "Purchase"}}
    | {"amount": 6_200, "points": 62, "till": "till-1", "order": "o-1"},
    {"at": NOW_MS - 90_300_000, "kind": "return", "title": {"zh-CN": "退货", "en": "Return"}}
    | {"amount": -1_550, "points": -15, "till": "till-1", "order": "o-0"},
]
CARDS = [
    {"id": "i-1", "kind": "nfc.uid", "status": "active", "last4": "A4F2"},
    {"id": "i-2", "kind": "nfc.uid", "status": "lost", "last4": "0C11"},
    {"id": "i-3", "kind": "qr.static", "status": "active", "last4": "2M9Q"},
    {"id": "i-4", "kind": "phone", "status": "active"},
]
ORDER = {
    "order": "5b0f3f0a9d2c4e71",
    "at": NOW_MS - 90_000_000,
    "store": "corner-bakery",
    "lines": [
        {"name": {"zh-CN": "栗子蛋糕", "en": "Chestnut cake"}, "quantity": 2, "total": 5_600},
        {"name": {"zh-CN": "可颂", "en": "Croissant"}, "quantity": 1, "total": 600},
    ],
    "total": 6_200,
    "points": 62,
    "returned": False,
    "member": MEMBER,
}


class FakeDoor:
    """One member behind a door. `away`: nobody answers; `refuse[do]`: the answer to it, whatever is asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.away = False
        self.refuse: dict[str, Answer] = {}
        self.card: dict[str, Any] = copy.deepcopy(CARD)
        self.cards: list[dict[str, Any]] = copy.deepcopy(CARDS)
        self.rows: list[dict[str, Any]] = copy.deepcopy(ROWS)
        self.now_ms = NOW_MS
        self.wrong_pins = 0
        self._given: dict[str, tuple[dict[str, Any], Answer]] = {}

    async def ask(self, do: str, **more: Any) -> Answer:
        """The answer, judged by the gateway's own shapes."""
        question = {"do": do, **more}
        assert read(question) is not None, question
        self.asked.append(question)
        if self.away:
            raise Away("no gateway")
        if do in self.refuse:
            return self.refuse[do]
        key = more.get("key")
        if key in self._given:
            before, answer = self._given[key]
            assert before == question, f"one key for two things: {before} and {question}"
            return answer
        answer = self._answer(do, more)
        if key is not None:
            self._given[key] = question, answer
        return copy.deepcopy(answer)

    def booked(self, do: str) -> list[dict[str, Any]]:
        """What was asked of one kind, each key once."""
        found = {each["key"]: each for each in self.asked if each["do"] == do}
        return list(found.values())

    def _answer(self, do: str, more: dict[str, Any]) -> Answer:
        if "member" in more and (more["member"] != MEMBER or self.card["status"] == "erased"):
            return refusal("unknown_member")
        return {"ok": True, **getattr(self, f"_{do}")(**more)} if self._may(do, more) else self._no

    def _may(self, do: str, more: dict[str, Any]) -> bool:
        error = {"resolve": self._unknown, "receipt": self._no_receipt, "prove": self._wrong_pin}.get(do)
        found = error(more) if error else None
        self._no = refusal(found or "")
        return found is None

    def _unknown(self, more: dict[str, Any]) -> str | None:
        typed = more["code"].upper().replace("-", "")
        return None if typed in (CODE, CARD_TEXT.replace("-", "")) else "unknown_code"

    def _no_receipt(self, more: dict[str, Any]) -> str | None:
        return None if more["code"] == RECEIPT else "unknown_code"

    def _wrong_pin(self, more: dict[str, Any]) -> str | None:
        if self.wrong_pins >= 5:
            return "locked"
        self.wrong_pins = 0 if more["pin"] == PIN else self.wrong_pins + 1
        return None if more["pin"] == PIN else "wrong"

    def _card(self, member: str) -> Answer:
        return self.card

    def _history(self, member: str, limit: int) -> Answer:
        return {"rows": self.rows[:limit]}

    def _cards(self, member: str) -> Answer:
        return {"cards": self.cards}

    def _codes(self, member: str) -> Answer:
        first = self.now_ms // STEP_MS
        codes = [
            {
                "text": f"SBR{CODE}{step:07}{step:013}",
                "from_ms": step * STEP_MS,
                "until_ms": (step + 1) * STEP_MS,
            }
            for step in range(first, first + 15)
        ]
        return {"codes": codes, "now_ms": self.now_ms}

    def _settings(self) -> Answer:
        return {"phone": True, "currency": "CNY", "ready": True}

    def _export(self, member: str) -> Answer:
        return {"document": {"format": "shopbell member export 1", "name": self.card["name"]}}

    def _resolve(self, code: str) -> Answer:
        return {"member": MEMBER, "level": "weak", "name": "林**"}

    def _prove(self, member: str, pin: str) -> Answer:
        return {}

    def _receipt(self, code: str) -> Answer:
        return ORDER

    def _consent(self, **more: Any) -> Answer:
        row = {"purpose": more["purpose"], "given": more["given"], "text": more["text"], "at": self.now_ms}
        kept = [each for each in self.card["consents"] if each["purpose"] != more["purpose"]]
        self.card["consents"] = [*kept, row]
        return {}

    def _lost(self, key: str, member: str, instrument: str) -> Answer:
        for card in self.cards:
            if card["id"] == instrument:
                card["status"] = "lost"
        return {}

    def _forget(self, key: str, member: str) -> Answer:
        self.card["status"] = "erased"
        return {}
