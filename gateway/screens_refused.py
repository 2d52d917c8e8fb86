"""Rows of the catalogue for acts that were refused: every reason of gateway/core/model.py and acting.py."""

from typing import Final

from gateway.screens_look import HELP, LATER, LOCKED, NO, STRANGE, Look, Pair, Row

_SORRY: Final[Pair] = ("这次办不了", "Not possible")
_ASK: Final[Pair] = ("请问店员", "Please ask our staff")
_AGAIN: Final[Pair] = ("请再试一次", "Please try again")


def _clerk(zh: str, en: str, look: Look = HELP) -> Row:
    """What only the clerk can put right: the customer is asked to wait."""
    waits = ("请稍等，我马上弄好。", "One moment please, I will put it right.")
    return Row(look, ("请稍候", "One moment"), _ASK, waits, (zh, en))


ROWS: Final[dict[str, Row]] = {
    "refused": Row(
        NO,
        _SORRY,
        _ASK,
        ("这次办不了，我帮您看一下原因。", "This cannot be done; let me see why."),
        ("看收银页上写的原因。", "The till page says why."),
    ),
    "not_enough": Row(
        NO,
        ("余额不足", "Not enough"),
        ("请换个方式付", "Pay another way"),
        (
            "余额不够，可以少用一些或者换别的方式付。",
            "There is not enough on it; use less, or pay another way.",
        ),
        (
            "金额在收银页上，不要念出声；改用别的付款方式。",
            "The till page has the figure, do not say it aloud; take another tender.",
        ),
    ),
    "used_up": Row(
        NO,
        ("已使用", "Already used"),
        ("{when} {where}", "{when} {where}"),
        ("这张券 {when} 在{where}已经用过了。", "This coupon was used {when}, {where}."),
        (
            "把时间和地点告诉顾客；有异议请店长查那张小票。",
            "Say when and where; if they object, the manager looks up that receipt.",
        ),
    ),
    "used_up.elsewhere": Row(
        NO,
        ("已使用", "Already used"),
        ("在别处用过了", "Used elsewhere"),
        ("这张券已经在别处用过了。", "This coupon was used somewhere else."),
        (
            "总部的记录里有时间和门店；有异议请店长查。",
            "Headquarters knows when and where; if they object, the manager looks it up.",
        ),
    ),
    "lot_unknown": Row(
        STRANGE,
        ("查无此券", "Not known"),
        _ASK,
        ("系统里没有这张券，请让我核对一下号码。", "I cannot find this coupon; let me check its number."),
        (
            "核对券码；别店刚发的券要等同步，联网后再试。",
            "Check the code; one just issued elsewhere comes with the next sync.",
        ),
    ),
    "lot_expired": Row(
        LATER,
        ("已过期", "Expired"),
        ("{day} 到期", "Ended {day}"),
        ("这张券 {day} 到期了，很抱歉。", "I am sorry, this coupon ended on {day}."),
        ("不能用；要补偿由店长另发。", "It cannot be used; a manager may give another one."),
    ),
    "not_vested": Row(
        LATER,
        ("还没生效", "Not valid yet"),
        ("请改天再来", "Please come later"),
        ("它还没有生效，过几天就能用。", "It is not valid yet; it will be in some days."),
        ("生效时间在会员页上。", "The member's page says from when on."),
    ),
    "held_elsewhere": Row(
        LATER,
        ("暂时不能用", "Not just now"),
        ("额度在别的门店", "Kept at another shop"),
        (
            "这份额度在另一家店，那里可以用；什么都没有扣。",
            "It is kept for another of our stores and works there. Nothing was taken.",
        ),
        ("联网后再试一次；不要手工核销。", "Try again once online; do not redeem it by hand."),
    ),
    "rights_frozen": Row(
        LATER,
        ("暂时不能用", "Not just now"),
        _ASK,
        (
            "本店的券和余额暂时停用，消费可以照常付款。",
            "Coupons and balances are paused at this store; you can pay as usual.",
        ),
        (
            "系统从备份恢复，等总部确认；请店长联系总部。",
            "The system was restored and waits for headquarters; the manager calls them.",
        ),
    ),
    "hq_unreachable": Row(
        LATER,
        ("离线不能确认", "Cannot be sure"),
        ("什么都没有扣", "Nothing was taken"),
        (
            "现在连不上总部，不能确认这张券，东西没有扣。",
            "We cannot reach headquarters to be sure of it. Nothing was taken.",
        ),
        (
            "换别的方式付，或记下券码，联网后补用。",
            "Take another tender, or note the code and use it once online.",
        ),
    ),
    "risk_limit": Row(
        LATER,
        ("离线额度已满", "Offline limit"),
        ("联网后可用", "Works once online"),
        (
            "离线能用的额度今天用完了，联网后就能用。",
            "What may be used offline today is used up; it works once we are online.",
        ),
        (
            "换别的方式付；不要拆成几笔绕过限额。",
            "Take another tender; do not split the sale to get round the limit.",
        ),
    ),
    "hold_unknown": _clerk(
        "这笔预留已经结束，请重新开始这一单。", "What was held is settled already; start this sale again."
    ),
    "hold_too_small": _clerk(
        "预留的不够，请重新报价再结账。", "Less was held than is needed; quote again and check out."
    ),
    "nothing_to_return": Row(
        NO,
        ("没有可退的", "Nothing left"),
        _ASK,
        ("这一件已经退过了。", "This was returned already."),
        ("收银页上列出每一行还能退几件。", "The till page lists how many pieces of each line are left."),
    ),
    "member_unknown": Row(
        STRANGE,
        ("没找到会员", "Not found"),
        ("请再刷一次卡", "Tap again, please"),
        ("没有找到会员，请再刷一次卡。", "I cannot find the membership; please tap again."),
        ("还不行就用手机号查，或按非会员结账。", "Else look it up by phone, or sell without membership."),
    ),
    "member_blocked": Row(
        HELP,
        ("请稍候", "One moment"),
        ("店员马上来帮您", "Staff will help"),
        ("请稍等，我帮您看一下。", "One moment please, I will look into it."),
        (
            "会员资格现在不能用，原因在会员页；请店长处理。",
            "The membership cannot be used now, its page says why; call the manager.",
        ),
    ),
    "instrument_unknown": _clerk(
        "会员名下没有这张卡，请核对是哪一张。", "The member has no such card; check which one it is.", STRANGE
    ),
    "money_left": Row(
        NO,
        ("还有余额", "Money is left"),
        ("请先用完或退还", "Use or refund it"),
        (
            "您还有储值余额，请先用完或者退还，再删除资料。",
            "There is money on your balance; spend it or have it paid out before your data go.",
        ),
        (
            "在收银页用完余额，或按店里的规定退还，再请顾客重新申请删除。",
            "Let them spend it at the till or pay it out as your shop does; then they ask for erasure again.",
        ),
    ),
    "instrument_taken": Row(
        STRANGE,
        ("卡已有主", "Card is taken"),
        ("请换一张卡", "Another card, please"),
        ("这张卡已经是别人的，请换一张。", "This card belongs to somebody already; please take another."),
        ("换一张新卡；捡到的卡交给店长。", "Take a new card; hand a found one to the manager."),
    ),
    "goods_unknown": _clerk(
        "没有这个商品；改用输入金额，并告诉店长补商品。",
        "No such article; key in its price, and tell the manager to add it.",
        STRANGE,
    ),
    "quote_changed": _clerk(
        "价格刚有变动，请按新的价格再确认一次。", "The price has just changed; confirm the new one.", LATER
    ),
    "tenders_differ": _clerk(
        "付款合计与应付不一致，请改正金额。", "What was paid does not sum to what is due; correct it."
    ),
    "shift_unknown": _clerk(
        "这台收银还没有开班，请先开班。", "No shift is open at this till; open one first."
    ),
    "shift_taken": _clerk(
        "这台收银已经开班，接着用或先交班。", "A shift is open here already; go on with it or close it first."
    ),
    "staff_unknown": _clerk(
        "没有登录或工牌无效，请重新登录。", "Nobody is signed in, or the badge is not valid; sign in again."
    ),
    "not_allowed": _clerk(
        "您的岗位不能做这一步，请找有权限的同事。", "Your role may not do this; ask a colleague who may."
    ),
    "approval_needed": _clerk(
        "超过您的限额，请值班长或店长刷工牌。", "It is above your limit; a lead or manager taps their badge."
    ),
    "pin_needed": Row(
        HELP,
        ("需要密码", "PIN needed"),
        ("请输入会员密码", "Please enter it"),
        ("用余额或积分要输入密码。", "Your PIN is needed for balance or points."),
        ("按“请顾客输入”，让顾客自己在键盘上输。", "Press 'ask the customer'; they type it on the keypad."),
    ),
    "code_limit": Row(
        HELP,
        ("免密额度不够", "PIN needed"),
        ("请输入会员密码", "Please enter it"),
        (
            "会员码今天的免密额度不够，要输入密码。",
            "It is more than your code may pay without the PIN today.",
        ),
        ("按“请顾客输入”，让顾客自己在键盘上输。", "Press 'ask the customer'; they type it on the keypad."),
    ),
    "pin_limit": Row(
        NO,
        ("今天到上限了", "Limit of the day"),
        ("请换个方式付", "Pay another way"),
        (
            "今天能用的余额和积分到上限了，其余请换别的方式付。",
            "That is all of points and balance for today; please pay the rest another way.",
        ),
        ("少用一些，或换别的方式付；明天又可以用。", "Use less, or another way; tomorrow it is free again."),
    ),
    "pin_wrong": Row(
        NO,
        ("密码不对", "Wrong PIN"),
        _AGAIN,
        (
            "密码不对，请再试一次；忘记了可以用别的方式付。",
            "That PIN was wrong. Try again, or pay another way.",
        ),
        ("钱和积分都没有动。", "Nothing was taken."),
    ),
    "pin_locked": Row(
        LOCKED,
        ("密码已锁", "PIN is locked"),
        ("请用其他方式付", "Pay another way"),
        ("密码试错太多次，暂时锁住了。", "Too many wrong tries: the PIN is locked for a while."),
        (
            "至少等 15 分钟自动解开；核实身份后店长可重设。",
            "It opens by itself after 15 minutes or more; a manager may set another one.",
        ),
    ),
    "order_unknown": Row(
        STRANGE,
        ("查无此单", "No such order"),
        _ASK,
        ("没有找到这张小票，请让我再扫一次。", "I cannot find this receipt; let me scan it again."),
        (
            "再扫小票二维码，或按会员查；别店的单到那家店退。",
            "Scan the receipt again or look it up by member; another store's order is returned there.",
        ),
    ),
    "parked_unknown": _clerk(
        "这张挂单已经取走或结账了。", "This parked order was taken or paid already.", STRANGE
    ),
    "program_unknown": _clerk(
        "没有这个活动；活动表可能刚更新，请重新打开页面。",
        "No such program; they may just have changed: open the page again.",
        STRANGE,
    ),
    "program_missed": Row(
        NO,
        ("条件不符", "Not this time"),
        ("不符合活动条件", "Terms are not met"),
        (
            "这个活动的条件还差一点，我告诉您差在哪里。",
            "The terms are not met yet; let me tell you what is missing.",
        ),
        (
            "收银页写着差在哪一条，照着告诉顾客。",
            "The till page says which condition; tell the customer that.",
        ),
    ),
    "bad_amount": _clerk("数额不对，请改正后再试。", "The amount cannot be; correct it and try again."),
    "disk_low": _clerk(
        "网关存储快满了：只能收银，暂停核销和办卡。请店长清理。",
        "The gateway's disk is nearly full: sell, but redeem and enrol nothing. Tell the manager.",
        LATER,
    ),
    "key_reused": _clerk(
        "这一步刚做过别的事，请重新打开页面再试。",
        "This key was used for something else; open the page again.",
    ),
    "busy": _clerk(
        "系统正忙，几秒后再按一次，不会重复入账。",
        "The system is busy; press again in some seconds, nothing is booked twice.",
        LATER,
    ),
    "ledger_refuses": _clerk(
        "账本暂时写不进，什么都没有入账；过几秒再试，不行请店长。",
        "The ledger cannot be written, nothing was booked; try again, else call the manager.",
        LATER,
    ),
    "undecidable": _clerk(
        "资料对不上，没有入账；请店长联系支持。",
        "The data contradict each other and nothing was booked; the manager calls support.",
    ),
}
