"""Rows of the catalogue for coupons and programs that did not happen: reasons of core/programs/reasons.py."""

from typing import Final

from gateway.screens_look import HELP, LATER, NO, STRANGE, Look, Pair, Row

_EXPLAIN: Final[Pair] = (
    "收银页写着原因和差多少，照着告诉顾客；券还在，没有用掉。",
    "The till page says why and how much is missing; tell the customer. The coupon is still there.",
)


def _missed(title: Pair, line: Pair, says: Pair, look: Look = NO, does: Pair = _EXPLAIN) -> Row:
    return Row(look, title, line, says, does)


ROWS: Final[dict[str, Row]] = {
    "subtotal_low": _missed(
        ("未满金额", "Below the sum"),
        ("还差 {short}", "{short} more"),
        ("再买 {short} 就能用这张券。", "Buy for {short} more and this coupon counts."),
        HELP,
    ),
    "subtotal_high": _missed(
        ("超出金额", "Above the sum"),
        ("金额超出范围", "Amount is too high"),
        ("这个活动只限金额以内。", "This offer ends at a certain amount."),
    ),
    "quantity_low": _missed(
        ("件数不够", "Too few"),
        ("还差 {short} 件", "{short} more pieces"),
        ("再拿 {short} 件就能参加。", "Take {short} more and it counts."),
        HELP,
    ),
    "quantity_high": _missed(
        ("件数太多", "Too many"),
        ("件数超出范围", "Too many pieces"),
        ("件数超过了活动范围。", "There are more pieces than the offer allows."),
    ),
    "tier_other": _missed(
        ("等级不符", "Other tier"),
        ("会员等级不符", "For another tier"),
        ("这个活动是给其他等级会员的。", "This offer is for another member tier."),
    ),
    "member_needed": _missed(
        ("仅限会员", "Members only"),
        ("请刷会员卡", "Tap your card"),
        (
            "这是会员活动，请刷会员卡；没有可以现在办。",
            "It is for members: please tap your card, or join now.",
        ),
        HELP,
        ("请顾客刷卡，或当场办卡。", "Ask for the card, or enrol the customer."),
    ),
    "walk_in_only": _missed(
        ("仅限新客", "New guests"),
        ("仅限非会员", "Not for members"),
        ("这个活动是给还不是会员的顾客的。", "This offer is for customers who are not members yet."),
    ),
    "new_only": _missed(
        ("仅限新会员", "New members"),
        ("仅限新会员", "For new members"),
        ("这个活动只给新会员。", "This offer is for new members."),
    ),
    "balance_low": _missed(
        ("还不够", "Not enough yet"),
        ("还差 {short}", "{short} more"),
        ("还差一点，攒够就能换。", "A little more and it is yours."),
        HELP,
    ),
    "balance_high": _missed(
        ("超出范围", "Above the limit"),
        ("不符合条件", "Not for you now"),
        ("现在不符合这个活动的条件。", "The terms of this offer are not met."),
    ),
    "counter_low": _missed(
        ("消费不够", "Not yet"),
        ("消费次数不够", "Buy a bit more"),
        ("最近的消费还没到活动要求。", "There were not enough purchases of late."),
    ),
    "counter_high": _missed(
        ("不符合条件", "Not for you now"),
        ("不符合条件", "Terms are not met"),
        ("这个活动是给好久没来的顾客的。", "This offer is for customers who have not been here for a while."),
    ),
    "wrong_time": _missed(
        ("时间不对", "Wrong time"),
        ("不在活动时段", "Not at this time"),
        ("现在不在活动时段，时间写在券上。", "It is not the time for this offer; the coupon says when."),
        LATER,
    ),
    "no_occasion": _missed(
        ("日子没到", "Not near it"),
        ("生日前后可用", "Near your birthday"),
        ("这是生日前后用的。", "This is for the days around your birthday."),
        LATER,
    ),
    "paid_low": _missed(
        ("实付不够", "Pay a bit more"),
        ("实付还差 {short}", "{short} more to pay"),
        ("实付再多 {short} 就能得到。", "Pay {short} more and you get it."),
        HELP,
    ),
    "amount_low": _missed(
        ("数额太小", "Too little"),
        ("还差 {short}", "{short} more"),
        ("再多 {short} 就能参加。", "With {short} more it counts."),
        HELP,
    ),
    "amount_high": _missed(
        ("数额太大", "Too much"),
        ("数额超出上限", "Above the limit"),
        ("数额超过了活动上限。", "The amount is above what the offer allows."),
    ),
    "role_other": _missed(
        ("请稍候", "One moment"),
        ("请问店员", "Please ask our staff"),
        ("这个要请值班长来办。", "A shift lead has to do this."),
        HELP,
        ("请有权限的同事办理。", "Ask a colleague who may."),
    ),
    "excluded": _missed(
        ("不符合条件", "Not for these"),
        ("不符合条件", "Terms are not met"),
        ("这一单不符合活动条件。", "This basket is outside the offer."),
    ),
    "paused": _missed(
        ("活动暂停", "Paused"),
        ("活动已暂停", "The offer is paused"),
        ("这个活动暂停了，券先留着。", "This offer is paused; keep the coupon."),
        LATER,
    ),
    "not_started": _missed(
        ("还没开始", "Not begun"),
        ("活动未开始", "Not begun yet"),
        ("活动还没开始，券先留着。", "The offer has not begun; keep the coupon."),
        LATER,
    ),
    "ended": _missed(
        ("已经结束", "It is over"),
        ("活动已结束", "The offer is over"),
        ("活动已经结束了，很抱歉。", "I am sorry, the offer is over."),
        LATER,
    ),
    "other_store": _missed(
        ("本店不参加", "Not here"),
        ("请到参加的门店", "At other shops"),
        (
            "本店不参加这个活动，券上写着可用的门店。",
            "This store does not take part; the coupon names those that do.",
        ),
        STRANGE,
    ),
    "other_trigger": _missed(
        ("用法不对", "Not this way"),
        ("请问店员", "Please ask our staff"),
        ("它不是在这一步用的，我帮您看。", "It is not used at this step; let me see."),
        STRANGE,
    ),
    "not_chosen": _missed(
        ("没有选它", "Not chosen"),
        ("要用请告诉店员", "Tell us to use it"),
        ("这个优惠要先选，要用吗？", "This offer has to be chosen. Would you like it?"),
        HELP,
        ("顾客要用就在收银页选上。", "If the customer wants it, choose it on the till page."),
    ),
    "class_taken": _missed(
        ("不能同享", "One at a time"),
        ("与其他优惠不同享", "Not with the other"),
        (
            "它不能和另一个优惠一起用，已经用了更合算的。",
            "It does not go with the other offer that counted already.",
        ),
    ),
    "nothing_to_do": _missed(
        ("用不上", "Nothing to save"),
        ("没有适用的商品", "No goods for it"),
        ("这一单里没有它能用的商品。", "There is nothing in this basket that it applies to."),
        STRANGE,
    ),
    "coupon_needed": _missed(
        ("需要券", "Coupon only"),
        ("请出示优惠券", "Show the coupon"),
        ("这个优惠要出示券。", "This offer needs its coupon."),
        HELP,
    ),
    "not_yours": _missed(
        ("不是您的券", "Not yours"),
        ("此券属于他人", "It is someone else's"),
        ("这张券是另一位会员的。", "This coupon belongs to another member."),
        STRANGE,
        ("不要说出是谁的；请本人来用。", "Do not say whose it is; its owner may use it."),
    ),
    "no_program": _missed(
        ("本店不能用", "Not at this till"),
        ("此券本店不可用", "Not at this shop"),
        ("这张券在本店用不了。", "This coupon cannot be used at this store."),
        STRANGE,
    ),
    "limit_reached": _missed(
        ("次数已满", "Limit reached"),
        ("已达每人上限", "Used as often as is"),
        ("这个活动每人的次数已经用完了。", "You have used this offer as often as is allowed."),
    ),
    "none_left": _missed(
        ("名额已满", "All gone"),
        ("本店名额已用完", "None left here"),
        ("本店的名额用完了，很抱歉。", "I am sorry, there are none left at this store."),
    ),
    "budget_short": _missed(
        ("活动已满", "All used up"),
        ("本店活动已用完", "Used up here"),
        ("本店的活动额度用完了，很抱歉。", "I am sorry, this store's share of the offer is used up."),
    ),
    "cannot_be_sure": _missed(
        ("离线不能确认", "Cannot be sure"),
        ("什么都没有扣", "Nothing was taken"),
        (
            "现在离线，不能确认您还能不能用，东西没有扣。",
            "We are offline and cannot be sure that it still counts. Nothing was taken.",
        ),
        LATER,
        ("联网后再试；急用请店长看离线规则。", "Try again once online; if it is urgent the manager decides."),
    ),
}
