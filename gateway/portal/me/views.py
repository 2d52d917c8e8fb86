"""What the gateway says of a member, as the page shows it: values in, values out.

Amounts of money are minor units, times unix milliseconds, days ISO dates; names come by language. A name in
neither of the page's languages, which no brand should have, is shown in whatever there is.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from gateway.lines import Answer
from gateway.portal.me.words import CONSENTS, WORDS
from shopbell.look.words import LANGUAGES, Language

Shown = dict[str, Any]
Row = Mapping[str, Any]
POINTS: Final = "PTS"
MONEY: Final = ("CNY", "CNY.bonus")
SIGNS: Final = {"CNY": "¥"}
MINOR: Final = 100
LOCKABLE: Final = "active"
PHONE_KIND: Final = "phone"
OWN_CODE_KIND: Final = "qr.static"
KIND_ICONS: Final = {"qr.static": "code", "phone": "phone"}


def card_view(card: Answer, language: Language, zone: ZoneInfo, currency: str) -> Shown:
    """guests' Card for me_card.html.j2."""
    return {
        "name": card["name"] or "",
        "code": card["code"],
        "tier": told(card.get("tier_name"), language),
        "next": told(card.get("next_name"), language),
        "to_next": card.get("to_next"),
        "points": card["points"],
        "provisional": card["status"] == "provisional",
        "phone": card["phone"],
        "coupons": [coupon_view(coupon, language, currency) for coupon in card["coupons"]],
        "units": list(_units(card["units"], language, currency)),
        "synced": moment(card.get("synced_at_ms"), zone),
    }


def coupon_view(coupon: Row, language: Language, currency: str) -> Shown:
    """One coupon; `why_not` is the end of a word's key, None where it may be used."""
    unusable = coupon.get("unusable")
    known = f"me.coupon.not.{unusable}" in WORDS
    return {
        "lot": coupon["lot"],
        "code": coupon.get("code"),
        "name": told(coupon.get("name"), language),
        "face": money(coupon["face"], currency) if coupon.get("face") is not None else None,
        "threshold": money(coupon["threshold"], currency) if coupon.get("threshold") else None,
        "expires_on": coupon.get("expires_on"),
        "why_not": None if unusable is None else unusable if known else "other",
    }


def _units(units: Iterable[Row], language: Language, currency: str) -> Iterable[Shown]:
    """What a member has besides points and coupons: stored value, visits, plans."""
    for unit in units:
        code = unit["unit"]
        total = unit["here"] + unit.get("held", 0) + unit["elsewhere"]
        if code == POINTS or code.startswith("CPN:") or total <= 0:
            continue
        figure = (lambda amount: money(amount, currency)) if code in MONEY else str
        yield {
            "name": told(unit["name"], language) or code,
            "total": figure(total),
            "elsewhere": figure(unit["elsewhere"]) if unit["elsewhere"] > 0 else None,
        }


def history_view(rows: Iterable[Row], language: Language, zone: ZoneInfo, currency: str) -> Shown:
    """What happened, newest first, by day."""
    days: Shown = {}
    for row in rows:
        at = datetime.fromtimestamp(row["at"] / 1_000, zone)
        points, amount = row.get("points"), row.get("amount")
        days.setdefault(at.date().isoformat(), []).append(
            {
                "time": f"{at:%H:%M}",
                "title": told(row.get("title"), language) or row["kind"],
                "amount": money(amount, currency) if amount is not None else None,
                "points": f"{points:+,}" if points else None,
            }
        )
    return days


def consent_view(consents: Iterable[Row], zone: ZoneInfo) -> list[Shown]:
    """Each purpose there is words for, given or not, then what else was ever given: that may be withdrawn."""
    last = {consent["purpose"]: consent for consent in consents}
    shown = []
    for purpose in (*CONSENTS, *sorted(last.keys() - CONSENTS.keys())):
        consent = last.get(purpose)
        given = consent is not None and consent["given"]
        if purpose in CONSENTS or given:
            when = moment(consent["at"], zone) if consent is not None else None
            shown.append({"purpose": purpose, "given": given, "when": when, "worded": purpose in CONSENTS})
    return shown


def cards_view(cards: Iterable[Row]) -> list[Shown]:
    """A member's cards and codes; `may_lose`: whether it can still be reported lost."""
    return [
        {
            "id": card["id"],
            "kind": f"me.kind.{card['kind']}" if f"me.kind.{card['kind']}" in WORDS else "me.kind.other",
            "status": f"me.status.{card['status']}"
            if f"me.status.{card['status']}" in WORDS
            else "me.status.other",
            "last4": card.get("last4"),
            "may_lose": card["status"] == LOCKABLE and card["kind"] != PHONE_KIND,
            "own_code": card["kind"] == OWN_CODE_KIND,
            "icon": KIND_ICONS.get(card["kind"], "card"),
        }
        for card in cards
    ]


def receipt_view(receipt: Answer, language: Language, zone: ZoneInfo, currency: str) -> Shown:
    """One order's lines."""
    return {
        "at": moment(receipt["at"], zone),
        "lines": [
            {
                "name": told(line.get("name"), language),
                "quantity": line["quantity"],
                "total": money(line["total"], currency),
            }
            for line in receipt["lines"]
        ],
        "total": money(receipt["total"], currency),
        "points": receipt.get("points"),
        "returned": receipt["returned"],
        "of_member": receipt.get("member") is not None,
    }


def code_at(codes: Iterable[Row], now_ms: int) -> Row | None:
    """The rotating code to show now; None where there is none for now."""
    return next((code for code in codes if code["from_ms"] <= now_ms < code["until_ms"]), None)


def told(names: Mapping[str, str] | None, language: Language) -> str:
    """A name by language; "" where there is none."""
    if not names:
        return ""
    return names.get(language) or names.get(language.partition("-")[0]) or next(iter(names.values()))


def in_language(name: str, language: Language) -> str:
    """A name of the settings, where it is given as "中文 / English"; any other as it is."""
    parts = name.split(" / ")
    return parts[LANGUAGES.index(language)] if len(parts) == len(LANGUAGES) else name


def money(amount: int, currency: str) -> str:
    """Minor units as people write them: "¥5", "¥12.50", "-¥5"."""
    whole, rest = divmod(abs(amount), MINOR)
    figure = f"{whole:,}.{rest:02}" if rest else f"{whole:,}"
    sign = SIGNS.get(currency, f"{currency} ")
    return f"{'-' if amount < 0 else ''}{sign}{figure}"


def moment(at_ms: int | None, zone: ZoneInfo) -> str | None:
    """A time to the minute, in the store's zone."""
    return None if at_ms is None else f"{datetime.fromtimestamp(at_ms / 1_000, zone):%Y-%m-%d %H:%M}"


def clock_time(at_ms: int, zone: ZoneInfo) -> str:
    """A time of today, to the second."""
    return f"{datetime.fromtimestamp(at_ms / 1_000, zone):%H:%M:%S}"
