"""From what is known of promises and members to what a page shows: pure, as views.py.

Amounts are whole numbers of a unit's smallest part until the very last step, and money is minor units.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final
from zoneinfo import ZoneInfo

from gateway.adapters.http.act_words import stem_of
from gateway.adapters.http.member_words import WORDS
from gateway.core.model import REFUSED
from gateway.live import Data, Live
from shopbell.look.outcomes import EVIDENCE_ICONS

MONEY_SCALE: Final = 2
RECENT_SHOWN: Final = 8
EXPOSURE_PARTS: Final = ("at_risk_now", "still_possible", "in_box")

# What a page may do with a card of this status, as the statuses it may be given.
STEPS: Final[Mapping[str, tuple[str, ...]]] = {
    "active": ("lost", "locked"),
    "locked": ("active", "lost"),
    "lost": ("active",),
}
INSTRUMENT_MOODS: Final = {"active": ("check", "yes"), "locked": ("key", "heed"), "lost": ("blocked", "no")}
INSTRUMENT_ICONS: Final = {**EVIDENCE_ICONS, "phone": "phone", "ble.tag": "key"}
LOT_MOODS: Final = {None: "yes", "held_elsewhere": "calm", "not_vested": "calm"}


def decimal(amount: int, scale: int) -> str:
    """An amount of smallest parts as people write it: 123456 at scale 2 is "1,234.56"."""
    whole, rest = divmod(abs(amount), 10**scale)
    sign = "-" if amount < 0 else ""
    return f"{sign}{whole:,}" + (f".{rest:0{scale}d}" if scale else "")


def money(amount: int) -> str:
    """Minor units as people write them, without the currency's sign."""
    return decimal(amount, MONEY_SCALE)


def promises(live: Live, now_ms: int) -> Data:
    """The worst loss with its parts, holds, and what was refused, the most frequent first."""
    said = live.promises
    exposure = said["exposure"]
    refused = sorted(said["refused"].items(), key=lambda counted: (-counted[1], counted[0]))
    return {
        "worst": None if exposure is None else money(exposure["worst"]),
        "none_at_all": exposure is not None and not exposure["worst"],
        "parts": [] if exposure is None else [(name, money(exposure[name])) for name in EXPOSURE_PARTS],
        "age_ms": None if exposure is None else now_ms - exposure["at_ms"],
        "frozen": said["frozen"],
        "holds": said["holds"],
        "due_ms": said["holds_due_ms"] - now_ms,
        "refused": [_refused(reason, count) for reason, count in refused],
    }


def _refused(reason: str, count: int) -> Data:
    return {"reason": reason, "count": count, "said": stem_of(REFUSED, reason) + ".what"}


def recent(live: Live, now_ms: int) -> Data:
    """The members of the newest taps, each once."""
    rows: dict[str, Data] = {}
    for tap in live.taps():
        if tap["member"] and len(rows) < RECENT_SHOWN:
            rows.setdefault(tap["member"], {**tap, "age_ms": now_ms - tap["at"]})
    return {"rows": list(rows.values())}


def member(known: Data, zone: ZoneInfo, as_of: int, now_ms: int) -> Data:
    """A member's page; `as_of` is the last event of this log that HQ has confirmed."""
    synced_at_ms = known["synced_at_ms"]
    status = f"member.status.{known['status']}"
    return {
        **known,
        "age_ms": now_ms - synced_at_ms if synced_at_ms else None,
        "status_key": status if status in WORDS else "member.status.other",
        "mood": {"active": "yes", "provisional": "calm"}.get(known["status"], "no"),
        "units": [_unit(unit, zone) for unit in known["units"]],
        "instruments": [_instrument(one, as_of) for one in known["instruments"]],
    }


def _unit(unit: Data, zone: ZoneInfo) -> Data:
    key, name = unit_name(unit["unit"])
    scale = unit["scale"]
    figures = {part: decimal(unit[part], scale) for part in ("here", "held", "offered", "elsewhere")}
    lots = [_lot(lot, scale, zone) for lot in unit["lots"]]
    return {**unit, **figures, "on_hold": bool(unit["held"]), "key": key, "name": name, "lots": lots}


def unit_name(code: str) -> tuple[str, str]:
    """The word's key of a unit and the name in it: "CPN:tea" is ("unit.CPN", "tea")."""
    kind, _, name = code.partition(":")
    key = f"unit.{kind}"
    return (key, name) if key in WORDS else ("unit.other", code)


def _lot(lot: Data, scale: int, zone: ZoneInfo) -> Data:
    reason = lot["unusable"]
    word = "lot.usable" if reason is None else f"lot.{reason}"
    vests = datetime.fromtimestamp(lot["vests_at"] / 1_000, zone)
    return {
        **lot,
        "amount": decimal(lot["here"] + lot["held"] + lot["offered"] + lot["elsewhere"], scale),
        "face": None if lot["face"] is None else money(lot["face"]),
        "vests": vests.strftime("%Y-%m-%d %H:%M") if reason == "not_vested" else None,
        "word": word if word in WORDS else "lot.other",
        "mood": LOT_MOODS.get(reason, ""),
    }


def _instrument(one: Data, as_of: int) -> Data:
    kind, status = f"instrument.{one['kind']}", f"instrument.{one['status']}"
    icon, mood = INSTRUMENT_MOODS.get(one["status"], ("cross", ""))
    return {
        **one,
        "kind_key": kind if kind in WORDS else "instrument.other",
        "kind_icon": INSTRUMENT_ICONS.get(one["kind"], "card"),
        "status_key": status if status in WORDS else "lot.other",
        "icon": icon,
        "mood": mood,
        "known": ("pending" if one["seq"] > as_of else "settled") if one["here"] else "hq",
        "steps": [{"status": to, "key": step_key(one, to)} for to in STEPS.get(one["status"], ())],
    }


def step_key(one: Data, status: str) -> str:
    """The key of a button: the same however often the page is drawn or pressed, another after each change."""
    named = f"{one['id']}|{one['status']}|{one['seq']}|{status}"
    return "page." + sha256(named.encode()).hexdigest()[:32]
