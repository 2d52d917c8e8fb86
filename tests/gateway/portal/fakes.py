"""The guests' door and netd in memory, harsher than they are: they refuse what is only nearly right, die in
the middle of an ask, and never forget what they were asked.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gateway.lines import Answer, Door, own_uid, refusal, serve
from tests.gateway.portal.shake.presence import FakePresence

MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
KEY = re.compile(r"[A-Za-z0-9.-]{1,64}")
COUPON = {
    "lot": 7,
    "code": "CP-0001",
    "name": {"zh-CN": "5 元券", "en": "5-yuan coupon"},
    "face": 500,
    "threshold": None,
    "expires_on": "2026-12-22",
    "unusable": None,
}
GIVEN = {
    "because": {"zh-CN": "第一次来店送 5 元券", "en": "A 5-yuan coupon because it is your first visit"},
    "does": "issue",
    "unit": "CPN:off-5",
    "amount": 1,
    "name": COUPON["name"],
    "face": 500,
    "code": "CP-0001",
    "expires_on": "2026-12-22",
}
POINTS = {
    "because": {"zh-CN": "今天来店签到送 5 积分", "en": "5 points because you came by today"},
    "does": "credit",
    "unit": "PTS",
    "amount": 5,
    "name": {"zh-CN": "积分", "en": "points"},
    "face": None,
    "code": None,
    "expires_on": None,
}


class Doorman:
    """One Unix socket; `mute` answers nothing any more, `torn` does what it is asked and then hangs up."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.asked: list[Answer] = []
        self.counted: list[str] = []
        self.torn = False
        self.tears: set[str] = set()  # what is torn off, of all that is asked
        self._door: Door | None = None

    async def open(self) -> None:
        self._door = await serve(self.path, {own_uid()}, self._handle, self.counted.append)

    async def close(self) -> None:
        """As a killed process: nobody listens, and who was connected is hung up on."""
        if self._door is not None:
            await self._door.close()
            self.path.unlink(missing_ok=True)
        self._door = None

    async def _handle(self, asked: Answer) -> Answer:
        self.asked.append(asked)
        answer: Answer = getattr(self, "do_" + str(asked.get("do")), self.do_unknown)(asked)
        if self.torn or asked.get("do") in self.tears:
            raise ConnectionResetError
        return answer

    def do_unknown(self, asked: Answer) -> Answer:
        return refusal("bad_request")


class FakeGateway(Doorman):
    """Enrols, greets and shows. Each key has one answer for ever; another question with it is an alarm."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.members: dict[str, Answer] = {}
        self.refuses: str | None = None
        self.presence = FakePresence(POINTS)
        self._keys: dict[str, tuple[Answer, Answer]] = {}

    def do_settings(self, asked: Answer) -> Answer:
        return {"ok": True, "phone": True, "currency": "CNY", "ready": True}

    def do_enrol(self, asked: Answer) -> Answer:
        return self._once(asked, {"key", "name", "phone", "language", "consents"}, self._enrol)

    def do_return(self, asked: Answer) -> Answer:
        return self._once(asked, {"key", "code", "language"}, self._return)

    def do_card(self, asked: Answer) -> Answer:
        found = self.members.get(asked["member"])
        return {**found, "given": [], "new": False} if found else refusal("unknown_member")

    def do_shake(self, asked: Answer) -> Answer:
        return refusal(self.refuses) if self.refuses else self.presence.shake(asked, self.members)

    def do_claim(self, asked: Answer) -> Answer:
        return refusal(self.refuses) if self.refuses else self.presence.claim(asked, self.members)

    def _once(self, asked: Answer, fields: set[str], do: Callable[[Answer], Answer]) -> Answer:
        if set(asked) - {"do"} != fields or not KEY.fullmatch(asked["key"]):
            return refusal("bad_request")
        if self.refuses:
            return refusal(self.refuses)
        if asked["key"] in self._keys:
            before, answer = self._keys[asked["key"]]
            assert before == asked, "one key, two questions"
            return answer
        answer = do(asked)
        if answer["ok"]:
            self._keys[asked["key"]] = asked, answer
        return answer

    def _enrol(self, asked: Answer) -> Answer:
        if not asked["name"].strip() or len(asked["name"]) > 40:
            return refusal("bad_request")
        if asked["phone"] is not None and not re.fullmatch(r"1\d{10}", asked["phone"]):
            return refusal("bad_phone")
        member = f"m-{len(self.members) + 1}"
        self.members[member] = card(member, asked["name"])
        return {**self.members[member], "given": [GIVEN, POINTS], "new": True, "level": "fresh"}

    def _return(self, asked: Answer) -> Answer:
        code = asked["code"].replace("-", "").upper()
        found = next((each for each in self.members.values() if each["code"].replace("-", "") == code), None)
        if found is None:
            return refusal("unknown_code")
        masked = found["name"][:1] + "**"
        return {**found, "name": masked, "given": [POINTS], "new": False, "level": "weak"}


class FakeNetd(Doorman):
    """Two sets of a kernel. A pair without a lease is refused, a batch over its bound whole, a pair that is
    not written exactly so is an alarm."""

    def __init__(self, path: Path, leased: Callable[[str, str], bool], clients_max: int = 250) -> None:
        super().__init__(path)
        self.online: dict[tuple[str, str], Answer] = {}
        self.wan: bool | None = None
        self.clients_max = clients_max
        self._leased = leased

    def do_grant(self, asked: Answer) -> Answer:
        clients = asked["clients"]
        if not 0 < len(clients) <= 100:
            return refusal("too_many")
        assert len({(each["mac"], each["ip"]) for each in clients}) == len(clients), "a pair twice in a batch"
        refused = [each for each in map(self._grant, clients) if each is not None]
        return {"ok": True, "refused": refused}

    def do_revoke(self, asked: Answer) -> Answer:
        if not 0 < len(asked["clients"]) <= 100:
            return refusal("too_many")
        for each in asked["clients"]:
            self.online.pop((each["mac"], each["ip"]), None)
        return {"ok": True}

    def do_list(self, asked: Answer) -> Answer:
        rows = [
            {
                "mac": mac,
                "ip": ip,
                "left_s": each["seconds"],
                "class": each["class"],
                "down_bytes": 9,
                "up_bytes": 4,
            }
            for (mac, ip), each in self.online.items()
        ]
        return {"ok": True, "clients": rows}

    def do_wan(self, asked: Answer) -> Answer:
        self.wan = asked["up"]
        return {"ok": True}

    def _grant(self, each: dict[str, Any]) -> dict[str, str] | None:
        assert set(each) == {"mac", "ip", "seconds", "class"} and MAC.fullmatch(each["mac"])
        assert (
            isinstance(each["seconds"], int) and each["seconds"] > 0 and each["class"] in ("guest", "member")
        )
        pair = each["mac"], each["ip"]
        if not self._leased(*pair):
            return {"mac": each["mac"], "ip": each["ip"], "error": "no_lease"}
        if pair not in self.online and len(self.online) >= self.clients_max:
            return {"mac": each["mac"], "ip": each["ip"], "error": "full"}
        self.online[pair] = each
        return None


def card(member: str, name: str) -> Answer:
    """A member as the gateway shows one, without what a visit gave."""
    number = int(member.removeprefix("m-"))
    return {
        "ok": True,
        "member": member,
        "name": name,
        "code": f"AB{number:02}-EFGH",
        "status": "provisional",
        "tier": "member",
        "tier_name": {"zh-CN": "会员", "en": "Member"},
        "next_name": None,
        "to_next": None,
        "points": 5,
        "units": [],
        "coupons": [COUPON],
        "phone": "none",
        "consents": [],
        "synced_at_ms": 1,
    }
