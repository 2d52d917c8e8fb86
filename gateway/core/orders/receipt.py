"""What a receipt warns of: a tier reached, near or about to fall, and points that lapse soon. Pure."""

from collections.abc import Sequence
from datetime import date, timedelta

from msgspec.structs import replace

from gateway.core.draft import Draft
from gateway.core.errors import EventError
from gateway.core.lots import usable
from gateway.core.model import Bundle, Member
from gateway.core.orders import words
from gateway.core.orders.model import Applied, Text
from gateway.core.promises import MEMBER, POINTS
from gateway.core.tiers import QUALIFYING, known, outlook, standing

LAPSE_DAYS = 30  # people are told from a month before; the last week asks for it again, on each receipt
SHOW = "show"
LADDER, LAPSE = "ladder", "lapse"  # in the place of a program: the brand's own rules


def warnings(bundle: Bundle, draft: Draft, applied: Sequence[Applied]) -> tuple[Applied, ...]:
    """What to tell the member of this order, after what it earns."""
    before = draft.facts.member
    if before is None:
        return ()
    more = sum(each.amount for each in applied if each.unit == QUALIFYING and each.does == "credit")
    after = replace(before, qualifying=before.qualifying + more)
    return (*_of_tier(bundle, draft, before, after), *_of_points(draft, after))


def _of_tier(bundle: Bundle, draft: Draft, before: Member, after: Member) -> list[Applied]:
    then = standing(bundle, before.tier, before.qualifying)
    now = outlook(bundle, after, draft.lots_of(MEMBER + after.id, QUALIFYING), draft.setting)
    found = []
    if now.tier != then.tier:
        found.append(_say(LADDER, words.told(words.NEW_TIER, name=_name(bundle, now.tier))))
    if now.near and now.to_next is not None and now.next is not None:
        near = words.told(words.NEAR_TIER, amount=now.to_next, name=_name(bundle, now.next))
        found.append(_say(LADDER, near))
    if now.falls_on is not None and now.needs is not None:
        falls = words.told(
            words.TIER_FALLS,
            amount=now.needs,
            day=now.falls_on,
            name=_name(bundle, now.tier),
            lower=_name(bundle, now.falls_to or ""),
        )
        found.append(_say(LADDER, falls))
    return found


def _of_points(draft: Draft, member: Member) -> list[Applied]:
    """The first day within LAPSE_DAYS on which points lapse, and how many then."""
    last = _last_day(draft.setting.date)
    days: dict[str, int] = {}
    for fact in draft.lots_of(MEMBER + member.id, POINTS):
        day = fact.nature.terms.expires_on
        taken = fact.left - fact.held - draft.free(fact)
        late = usable(fact, draft.setting, draft.facts.dates) is not None
        if day is not None and day <= last and not late and known(fact) > taken:
            days[day] = days.get(day, 0) + known(fact) - taken
    if not days:
        return []
    day = min(days)
    return [_say(LAPSE, words.told(words.POINTS_LAPSE, amount=days[day], day=day))]


def _last_day(today: str) -> str:
    try:
        return (date.fromisoformat(today) + timedelta(days=LAPSE_DAYS)).isoformat()
    except (ValueError, OverflowError) as problem:
        raise EventError("bad_facts", "date") from problem


def _name(bundle: Bundle, code: str) -> Text:
    """A tier as people know it."""
    found = next((tier.name for tier in bundle.tiers if tier.code == code), None)
    return found or {"zh-CN": "普通会员", "en": "plain membership"}


def _say(about: str, because: Text) -> Applied:
    return Applied(about, 0, SHOW, because)
