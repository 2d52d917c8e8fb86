"""Why a program did not happen: one name for each reason, with words for people in both languages.

Reasons that acts share keep their names of gateway/core/model.py. WORDS has the shape of every catalogue:
key -> (zh-CN, English); `{short}` is how much more is needed, formatted for the reason.
"""

from typing import Final

from gateway.core import model
from gateway.core.programs.figures import count, money

SUBTOTAL_LOW, SUBTOTAL_HIGH = "subtotal_low", "subtotal_high"
QUANTITY_LOW, QUANTITY_HIGH = "quantity_low", "quantity_high"
TIER_OTHER = "tier_other"
MEMBER_NEEDED, WALK_IN_ONLY, NEW_ONLY = "member_needed", "walk_in_only", "new_only"
BALANCE_LOW, BALANCE_HIGH = "balance_low", "balance_high"
COUNTER_LOW, COUNTER_HIGH = "counter_low", "counter_high"
WRONG_TIME = "wrong_time"
NO_OCCASION = "no_occasion"
PAID_LOW = "paid_low"
AMOUNT_LOW, AMOUNT_HIGH = "amount_low", "amount_high"
ROLE_OTHER = "role_other"
EXCLUDED = "excluded"  # a Not whose condition holds

PAUSED, NOT_STARTED, ENDED = "paused", "not_started", "ended"
OTHER_STORE = "other_store"
OTHER_TRIGGER = "other_trigger"
NOT_CHOSEN = "not_chosen"
CLASS_TAKEN = "class_taken"  # another program of its exclusive class happened before it in this step
NOTHING_TO_DO = "nothing_to_do"  # no line, amount or price that it would change
COUPON_NEEDED = "coupon_needed"
NOT_YOURS = "not_yours"  # the coupon is somebody else's
NO_PROGRAM = "no_program"  # the coupon's template has no program at this till
LIMIT_REACHED = "limit_reached"  # as often as it may happen for this member in this period
NONE_LEFT = "none_left"  # this store's share of the total is used up
BUDGET_SHORT = "budget_short"  # this store's share of the budget does not pay all of it
CANNOT_BE_SURE = "cannot_be_sure"  # the count or the figure is kept elsewhere and is not known here

WORDS: Final[dict[str, tuple[str, str]]] = {
    SUBTOTAL_LOW: ("还差 {short} 元", "{short} more needed"),
    SUBTOTAL_HIGH: ("金额超出范围", "The amount is above the limit"),
    QUANTITY_LOW: ("还差 {short} 件", "{short} more pieces needed"),
    QUANTITY_HIGH: ("件数超出范围", "Too many pieces"),
    TIER_OTHER: ("会员等级不符", "For another member tier"),
    MEMBER_NEEDED: ("仅限会员", "For members"),
    WALK_IN_ONLY: ("仅限非会员", "For customers who are not members"),
    NEW_ONLY: ("仅限新会员", "For new members"),
    BALANCE_LOW: ("还差 {short}", "{short} more needed"),
    BALANCE_HIGH: ("余额超出范围", "The balance is above the limit"),
    COUNTER_LOW: ("消费记录不足", "Not enough purchases in the period"),
    COUNTER_HIGH: ("期间内消费已超出", "Too many purchases in the period"),
    WRONG_TIME: ("不在活动时段", "Not at this time of day or week"),
    NO_OCCASION: ("不在特殊日期内", "Not near that day"),
    PAID_LOW: ("实付还差 {short} 元", "{short} more must be paid"),
    AMOUNT_LOW: ("数额还差 {short}", "{short} below the least amount"),
    AMOUNT_HIGH: ("数额超出上限", "Above the greatest amount"),
    ROLE_OTHER: ("需要有权限的店员", "Needs a member of staff with that role"),
    EXCLUDED: ("不符合条件", "Excluded by a condition"),
    PAUSED: ("活动已暂停", "Paused"),
    NOT_STARTED: ("活动未开始", "Not begun yet"),
    ENDED: ("活动已结束", "Over"),
    OTHER_STORE: ("本店不参加", "Not at this store"),
    OTHER_TRIGGER: ("不在此环节触发", "Happens on another occasion"),
    NOT_CHOSEN: ("顾客未选择", "Not chosen by the customer"),
    CLASS_TAKEN: ("不与已用优惠同享", "Not together with another offer that counted"),
    NOTHING_TO_DO: ("没有适用的商品或金额", "Nothing here that it applies to"),
    COUPON_NEEDED: ("需出示优惠券", "Needs its coupon"),
    NOT_YOURS: ("此券属于其他会员", "The coupon belongs to another member"),
    NO_PROGRAM: ("此券在本店不可用", "The coupon cannot be used at this till"),
    LIMIT_REACHED: ("已达每人次数上限", "Used as often as allowed"),
    NONE_LEFT: ("本店名额已用完", "None left at this store"),
    BUDGET_SHORT: ("本店活动预算不足", "This store's budget for it is used up"),
    CANNOT_BE_SURE: ("离线时无法确认", "Cannot be sure while offline"),
    model.NOT_ENOUGH: ("余额不足，还差 {short}", "Not enough: {short} more needed"),
    model.USED_UP: ("已使用", "Already used"),
    model.LOT_UNKNOWN: ("查无此券", "No such coupon is known here"),
    model.PAST_LAST_DAY: ("已过期", "Expired"),
    model.NOT_VESTED: ("尚未生效", "Not valid yet"),
    model.HELD_ELSEWHERE: ("额度在其他门店，暂时无法使用", "Held elsewhere, cannot be used here now"),
    model.RIGHTS_FROZEN: ("本机已暂停核销", "This store's box may not redeem now"),
}

_MONEY = {SUBTOTAL_LOW, PAID_LOW, BUDGET_SHORT}


def words(reason: str, short: int | None = None) -> dict[str, str]:
    """What people read of a reason, by language."""
    texts = zip(("zh-CN", "en"), WORDS[reason], strict=True)
    shown = money if reason in _MONEY else count
    return {language: text.replace("{short}", shown(short or 0, language)) for language, text in texts}
