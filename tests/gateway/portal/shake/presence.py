"""The gateway's verbs for a shake as a stand-in: one ticket a member and round, used once, by one key."""

from typing import Any

from gateway.guests.asked import read
from gateway.lines import Answer, refusal

ROUND_MS = 20_000
TICKET_MS = 30 * 60_000
FRESH_BEACON = {"uuid": "fda50693a4e24fb1afcfc6eb07647825", "major": 1, "minor": 2}
OLD_BEACON = {**FRESH_BEACON, "major": 9}
DOOR = {"zone": "door", "name": {"zh-CN": "门口", "en": "the door"}}


class FakePresence:
    """For FakeGateway. `now_ms` is its clock, `gift` what the first check-in of the day gives."""

    def __init__(self, gift: Answer) -> None:
        self.gift = gift
        self.now_ms = 0
        self.used: dict[str, tuple[str, Answer]] = {}
        self.came_today: set[str] = set()

    def shake(self, asked: Answer, members: dict[str, Answer]) -> Answer:
        assert read(asked) is not None, asked
        member = asked.get("member") or _by_code(members, asked["code"])
        if member not in members:
            return refusal("unknown_member" if "member" in asked else "unknown_code")
        relayed = [
            {name: value for name, value in each.items() if name != "rssi"} for each in asked.get("heard", [])
        ]
        fresh = FRESH_BEACON in relayed
        ticket = f"SBT1.{member}.{'b' if fresh else 'n'}.{self.now_ms // ROUND_MS}"
        if ticket in self.used:
            return refusal("too_many", wait_ms=ROUND_MS - self.now_ms % ROUND_MS)
        return {
            "ok": True,
            "ticket": ticket,
            "expires_ms": self.now_ms + TICKET_MS,
            "proof": "beacon" if fresh else "network",
            "place": DOOR if fresh else None,
            "heard": "identity_old" if relayed and not fresh else None,
        }

    def claim(self, asked: Answer, members: dict[str, Answer]) -> Answer:
        assert read(asked) is not None, asked
        parts = asked["ticket"].split(".")
        if len(parts) != 4 or parts[1] not in members:
            return refusal("ticket_bad")
        key, answer = self.used.get(asked["ticket"], ("", {}))
        if answer:
            return answer if key == asked["key"] else refusal("ticket_used")
        if self.now_ms - int(parts[3]) * ROUND_MS > TICKET_MS:
            return refusal("ticket_expired")
        answer = self._came(parts[1], members[parts[1]], parts[2] == "b", asked.get("member") == parts[1])
        self.used[asked["ticket"]] = asked["key"], answer
        return answer

    def _came(self, member: str, card: dict[str, Any], beacon: bool, proved: bool) -> Answer:
        first = member not in self.came_today
        self.came_today.add(member)
        coupons = card["coupons"] if proved else [{**each, "code": None} for each in card["coupons"]]
        return {
            **card,
            "name": card["name"] if proved else card["name"][:1] + "**",
            "coupons": coupons,
            "given": [self.gift] if first else [],
            "new": False,
            "level": "fresh" if proved else "weak",
            "proof": "beacon" if beacon else "network",
            "place": DOOR if beacon else None,
            "first_today": first,
        }


def _by_code(members: dict[str, Answer], code: str) -> str | None:
    wanted = code.replace("-", "").upper()
    found = (id_ for id_, card in members.items() if card["code"].replace("-", "") == wanted)
    return next(found, None)
