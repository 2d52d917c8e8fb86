"""Rows of the catalogue for what was done at a till, at the keypad and at the kiosk."""

# ruff: noqa: E501 - a sentence that people say stands on one line

from typing import Final

from gateway.screens_look import GOOD, HELP, KEYS, LOCKED, NO, READING, STRANGE, WAITING, WELCOME, Pair, Row

_THANKS: Final[Pair] = ("谢谢惠顾。", "Thank you.")
_NOTHING: Final[Pair] = ("无需操作。", "Nothing to do.")
_KEYPAD: Final[Pair] = ("请按键盘输入", "Use the keypad")

ROWS: Final[dict[str, Row]] = {
    "sold": Row(
        WELCOME,
        ("谢谢", "Thank you"),
        ("已付 {amount}", "Paid {amount}"),
        _THANKS,
        ("交给顾客小票和商品。", "Hand over the receipt and the goods."),
    ),
    "sold.earned": Row(
        GOOD,
        ("谢谢", "Thank you"),
        ("本次 +{count} 积分", "+{count} points"),
        ("谢谢惠顾，这次积了 {count} 分。", "Thank you; you earned {count} points."),
        (
            "交给顾客小票和商品；小票上有积分说明。",
            "Hand over receipt and goods; the receipt explains the points.",
        ),
    ),
    "returned": Row(
        WELCOME,
        ("已退", "Returned"),
        ("已退 {amount}", "Refunded {amount}"),
        (
            "退好了，钱、积分和券都退回原处。",
            "It is returned; money, points and coupons went back where they came from.",
        ),
        ("把退款和退货小票交给顾客，收回商品。", "Give the refund and its receipt, keep the goods."),
    ),
    "pin.ask": Row(
        KEYS,
        ("请输密码", "Your PIN"),
        _KEYPAD,
        (
            "请在键盘上输入密码，按 # 确认，按 * 重来。",
            "Please type your PIN and press #; press * to start over.",
        ),
        ("转开视线，等顾客输完；不要替顾客输入。", "Look away and wait; never type it for the customer."),
    ),
    "pin.right": Row(
        WELCOME,
        ("密码正确", "PIN right"),
        ("正在结账", "Checking out"),
        ("密码正确，正在结账。", "The PIN is right, I am checking out."),
        (
            "在收银页完成这一笔；确认只管一分钟、一笔。",
            "Finish this sale on the till page; the proof is good for one act within a minute.",
        ),
    ),
    "pin.wrong": Row(
        NO,
        ("密码不对", "Wrong PIN"),
        ("请再试一次", "Please try again"),
        (
            "密码不对，请再试一次；忘记了可以用别的方式付。",
            "That PIN was wrong. Try again, or pay another way.",
        ),
        (
            "最多再请顾客试到锁定前；钱和积分都没有动。",
            "Let the customer try again while tries are left; nothing was taken.",
        ),
    ),
    "pin.none": Row(
        STRANGE,
        ("没有密码", "No PIN yet"),
        ("请到服务台设置", "Set one at the desk"),
        ("您还没有设置密码，可以在服务台设一个。", "You have no PIN yet; you can set one at the desk."),
        (
            "核实身份后在会员页设置密码，或换一种付款方式。",
            "Check who they are and set one on the member's page, or take another tender.",
        ),
    ),
    "pin.no_answer": Row(
        HELP,
        ("没有输入", "Nothing typed"),
        ("请告诉店员", "Please tell our staff"),
        ("没有收到密码，要再试一次吗？", "No PIN came. Shall we try again?"),
        (
            "再按一次“请顾客输入”；键盘坏了就在收银页的密码框由顾客自己输。",
            "Ask again; if the keypad is broken the customer types it into the till page.",
        ),
    ),
    "coupon.till": Row(
        GOOD,
        ("券已读", "Coupon read"),
        ("请看收银页", "See the till page"),
        ("券收到了，马上算进去。", "I have your coupon and am adding it."),
        (
            "券在收银页这一单里；没有出现就请顾客再出示一次。",
            "The coupon is in the sale on the till page; if it is not, let the customer show it again.",
        ),
    ),
    "coupon.reading": Row(
        READING,
        ("请稍候", "One moment"),
        ("正在核销", "Redeeming"),
        ("请稍等，正在核销。", "One moment, I am redeeming it."),
        (
            "等结果；没有结果就请顾客再出示一次，不会扣两次。",
            "Wait for the result; if none comes, let them show it again: it is never taken twice.",
        ),
    ),
    "coupon.redeemed": Row(
        GOOD,
        ("已核销", "Redeemed"),
        ("{what}", "{what}"),
        ("券用好了：{what}。", "Your coupon is redeemed: {what}."),
        ("把券上写的东西交给顾客。", "Give the customer what the coupon is for."),
    ),
    "coupon.with_goods": Row(
        HELP,
        ("付款时用", "When you pay"),
        ("请到收银台出示", "Show it at a till"),
        (
            "这张券要和商品一起用，结账时出示就行。",
            "This coupon goes with goods; show it when you pay.",
        ),
        (
            "在收银页扫商品，再扫这张券；这里什么都没有扣。",
            "Scan the goods at a till page, then the coupon; nothing was taken here.",
        ),
    ),
    "coupon.counter": Row(
        HELP,
        ("请到收银台", "At the counter"),
        ("请到收银台出示", "Show it at a till"),
        ("这张券在收银台用。", "This coupon is used at the counter."),
        ("什么都没有扣；请顾客到收银台出示。", "Nothing was taken; send the customer to the counter."),
    ),
    "kiosk.list": Row(
        KEYS,
        ("{name} 券{count}", "{name}: {count}"),
        ("按数字领取", "Press a number"),
        (
            "按左边的数字就能领，按 0 看下一页，按 * 退出。",
            "Press the number on the left to take one, 0 for more, * to leave.",
        ),
        (
            "自助机无需操作；顾客不会用时站在旁边帮忙，不替顾客输密码。",
            "Nothing to do; help from beside, and never type a PIN for the customer.",
        ),
    ),
    "kiosk.empty": Row(
        WELCOME,
        ("{name} 欢迎", "Hi {name}"),
        ("暂无可领的券", "No coupons today"),
        ("今天没有可以领的券，欢迎下次再来看。", "There is nothing to take today; do look again."),
        _NOTHING,
    ),
    "kiosk.claimed": Row(
        GOOD,
        ("已领取", "It is yours"),
        ("{what}", "{what}"),
        ("领好了，在收银台刷卡就能用。", "It is yours; tap your card at the counter to use it."),
        ("券在收银页的会员券里，可直接使用。", "It is among the member's coupons on the till page."),
    ),
    "kiosk.wrong_key": Row(
        STRANGE,
        ("没有这项", "Not listed"),
        ("请再刷一次卡", "Tap again, please"),
        ("没有这个数字的选项，请再刷卡看一次。", "There is nothing by that number; tap again and look."),
        _NOTHING,
    ),
    "enrolled": Row(
        GOOD,
        ("欢迎入会", "You are in"),
        ("会员卡已开通", "Your card is ready"),
        ("会员办好了，以后刷这张卡就行。", "You are a member now; just tap this card from now on."),
        ("把卡交给会员；新会员礼在收银页上。", "Hand over the card; the till page shows the welcome gift."),
    ),
    "linked": Row(
        GOOD,
        ("换好了", "All moved over"),
        ("新卡可用", "The new card works"),
        (
            "新卡绑好了，积分和券都在；旧卡不能再用。",
            "The new card works; points and coupons are all there, and the old card is dead.",
        ),
        ("收回旧卡剪角。", "Take the old card back and clip it."),
    ),
    "topped_up": Row(
        GOOD,
        ("充值成功", "Topped up"),
        ("已充 {amount}", "Added {amount}"),
        (
            "充好了，赠送部分的有效期写在小票上。",
            "It is topped up; the receipt says how long the bonus lasts.",
        ),
        ("把小票交给会员；本金永不过期。", "Hand over the receipt; the money itself never expires."),
    ),
    "reported_lost": Row(
        HELP,
        ("已挂失", "Reported lost"),
        ("旧卡已停用", "The old card is off"),
        ("旧卡已经停用，余额都还在。", "The old card is off, and all that was on it is safe."),
        ("核实身份后当场补一张新卡。", "Check who they are and give out a new card at once."),
    ),
    "asked": Row(
        WAITING,
        ("请稍候", "One moment"),
        ("正在向总部确认", "Asking headquarters"),
        ("正在确认，几秒钟就好。", "I am checking, it takes a few seconds."),
        ("等页面出结果，不要再点一次。", "Wait for the page to answer; do not press again."),
    ),
    "pin.locked": Row(
        LOCKED,
        ("密码已锁", "PIN is locked"),
        ("请用其他方式付", "Pay another way"),
        (
            "密码试错太多次，暂时锁住了，可以用别的方式付。",
            "Too many wrong tries: the PIN is locked for a while. Please pay another way.",
        ),
        (
            "至少等 15 分钟自动解开；核实身份后店长可在会员页重设。",
            "It opens by itself after 15 minutes or more; a manager may set another one after checking who they are.",
        ),
    ),
}

OF_ROLE: Final[dict[tuple[str, str], Row]] = {
    ("pin.none", "kiosk"): ROWS["pin.none"]._replace(line=("请到服务台设置", "Please see the desk")),
    ("pin.no_answer", "kiosk"): ROWS["pin.no_answer"]._replace(
        line=("请再刷一次卡", "Tap again, please"),
        does=("顾客离开了，无需操作。", "The customer has gone; nothing to do."),
    ),
}
