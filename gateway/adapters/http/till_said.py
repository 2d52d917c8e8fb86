"""What the till says of something that did not go: what happened, what to do, what to say to the customer.

Keys: <what>, <what>.next; customer.<reason> is a sentence the clerk may say aloud. Refusals of acts have
their words in act_words.py; these are of the page's own faults, and of codes that cannot be used.
"""

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "fault.away": ("网关没有回答", "The gateway does not answer"),
    "fault.away.next": (
        "请看网关是否通电、平板是否连着店里的网络；好了会自己继续。",
        "See if the gateway has power and this device the shop's network. It goes on by itself.",
    ),
    "fault.other": ("没有办成", "It was not done"),
    "sale.unkept": (
        "这个浏览器不保存：刷新会忘记这一单",
        "This browser keeps nothing: a reload forgets this order",
    ),
    "basket.full": ("一单最多 200 行", "An order has 200 lines at most"),
    "basket.full.next": ("请先收款，余下的另开一单。", "Take payment first, and sell the rest apart."),
    "scan.unknown": ("不认得“{text}”", "Nobody knows “{text}”"),
    "scan.unknown.next": (
        "请再扫一次，或输入品名；新商品要等总部同步。",
        "Scan again, or type the name. New goods come with the next sync.",
    ),
    "badge.blocked": ("这张工牌不能用", "This badge cannot be used"),
    "badge.blocked.next": (
        "离职或没有岗位的员工不能登录；请店长看员工名单。",
        "Who left, or has no role, cannot sign in; let the manager look at the list of staff.",
    ),
    "coupon.busy": ("顾客在终端出示了一张券", "A coupon was shown at the terminal"),
    "coupon.busy.next": (
        "先做完这一步，再请顾客出示一次。",
        "Finish this step first, then ask for the coupon once more.",
    ),
    "scan.staff": ("这是 {name} 的工牌", "This is the badge of {name}"),
    "scan.staff.next": ("换人收银：请按“换人”。", "To change places, press Sign out."),
    "scan.too_fast": ("扫得太快了", "Scanned too fast"),
    "scan.too_fast.next": ("请等一下再扫。", "Wait a moment, then scan on."),
    "tap.unknown": ("这张卡没有登记", "Nobody has this card"),
    "tap.unknown.next": ("要办卡，请按“办卡”。", "Press Enrol to make a member of them."),
    "tap.blocked": ("这张卡停用了", "This card cannot be used"),
    "tap.blocked.next": ("可以不记会员继续收银。", "You may sell without a member."),
    "code.stale": ("会员码过期了或用过了", "This code is too old, or was used already"),
    "code.stale.next": (
        "请顾客重新打开会员码再扫（每 30 秒换新，截屏不能用）；也可以输入会员号。",
        "The customer opens the code again (a new one each 30 s, no picture of it); or type the member code.",
    ),
    "customer.code_stale": (
        "可以对顾客说：“请刷新一下会员码，我再扫一次。”",
        "You may say: “Please let it show a new code, I will scan once more.”",
    ),
    "phone.claim": ("{name} 留过这个号码，还没有核实", "{name} gave this number; nobody has verified it"),
    "phone.claims": (
        "有 {count} 位会员留过这个号码，都没有核实；最近的是 {name}",
        "{count} members gave this number and none is verified; the last is {name}",
    ),
    "phone.claim.next": (
        "请问称呼，对上了再用；在会员的“更多”里可以核实。",
        "Ask for the name, and go on only if it fits. Verify the number under the member's More.",
    ),
    "customer.phone_claim": (
        "可以对顾客说：“请问您登记的称呼是？”",
        "You may say: “Which name did you give when you joined?”",
    ),
    "phone.taken": ("这个号码已经核实过了", "This number is verified already"),
    "phone.taken.next": (
        "在扫码框里输入号码，看是哪位会员；若是同一个人有两个会员，请总部合并。",
        "Type it into the scan field to see whose it is. If one person has two memberships, HQ merges them.",
    ),
    "used.here": ("{when} 在本收银台用过了", "Used at {when} at this till"),
    "used.there": ("{when} 在 {where} 用过了", "Used at {when} at {where}"),
    "used.next": (
        "没有再扣。请把时间和地点告诉顾客；不用券也可以继续收款。",
        "Nothing was taken again. Tell the customer when and where; the sale can go on without it.",
    ),
    "unusable.used_up": ("已经用过了", "Used already"),
    "unusable.used_up.next": ("不用券也可以继续收款。", "The sale can go on without it."),
    "unusable.lot_expired": ("已经过期", "Expired"),
    "unusable.lot_expired.next": (
        "到期日当天还能用，之后不能；店长可以另发。",
        "It was good until the end of its last day. A manager may give another.",
    ),
    "unusable.not_vested": ("还没有生效", "Not valid yet"),
    "unusable.not_vested.next": ("请看会员页上的生效时间。", "The member's page says from when on."),
    "unusable.held_elsewhere": ("在别的门店", "At another store"),
    "unusable.held_elsewhere.next": (
        "联网后可以在这里用；现在请到那家门店。",
        "Once online it can be used here; now only at that store.",
    ),
    "unusable.rights_frozen": ("暂时不能用", "Cannot be used just now"),
    "unusable.rights_frozen.next": (
        "本店额度已冻结，请看控制台。",
        "Rights are frozen here: see the console.",
    ),
    "unusable.other": ("不能用", "Cannot be used"),
    "unusable.other.next": ("不用券也可以继续收款。", "The sale can go on without it."),
    "customer.used_up": (
        "可以对顾客说：“这张券已经用过一次了，我给您看时间。”",
        "You may say: “This coupon was used once already; here is when.”",
    ),
    "customer.lot_expired": (
        "可以对顾客说：“这张券过期了，我看看您还有没有别的。”",
        "You may say: “This coupon has expired; let me see what else you have.”",
    ),
    "customer.held_elsewhere": (
        "可以对顾客说：“这份优惠存在另一家店，现在连不上，不会少您的。”",
        "You may say: “It is kept at another store we cannot reach now; you lose nothing.”",
    ),
    "customer.hq_unreachable": (
        "可以对顾客说：“现在连不上总部，这份优惠还在，下次可以用。”",
        "You may say: “We cannot reach headquarters now; it stays yours for next time.”",
    ),
    "customer.not_enough": (
        "可以对顾客说：“余额不够，差的可以用别的方式付。”",
        "You may say: “There is not enough; the rest can be paid another way.”",
    ),
    "customer.coupon": (
        "可以对顾客说：“这张券现在不能用，我帮您看看别的。”",
        "You may say: “This coupon cannot be used now; let me look for another.”",
    ),
    "customer.tap_unknown": (
        "可以对顾客说：“这张卡还没登记，要不要现在办？很快。”",
        "You may say: “This card is not registered; shall I do it now? It is quick.”",
    ),
    "customer.tap_blocked": (
        "可以对顾客说：“这张卡读不了，今天先不刷卡。”",
        "You may say: “This card cannot be read today; let us go on without it.”",
    ),
    "recharge.none": ("没有充值这一项商品", "There is no article for top-ups"),
    "recharge.none.next": ("请总部在商品里加一项“充值”。", "HQ adds one of kind topup to the goods."),
    "grant.none": ("没有可以送的积分", "There is nothing to give"),
    "grant.none.next": (
        "请总部发布一个送积分的规则。",
        "HQ publishes a program for grants first.",
    ),
    "grant.wrong": ("请填大于 0 的整数", "Type a whole number above 0"),
    "parked.busy": ("这一单还没收款", "This order is not paid yet"),
    "parked.busy.next": ("请先收款、挂单或清空。", "Pay, park or clear it first."),
    "pay.wrong": ("金额看不懂", "That is no amount"),
    "pay.wrong.next": ("请这样填：62 或 62.50。", "Type it like 62 or 62.50."),
    "pay.too_much": ("最多 {amount}", "At most {amount}"),
    "pay.too_much.next": ("只有现金能多收并找零。", "Only cash can be more, with change."),
    "pin.short": ("要 4 到 8 位数字", "4 to 8 digits, please"),
    "pin.short.next": ("请再输入。", "Type it again."),
    "pin.differ": ("两次不一样", "They differ"),
    "pin.differ.next": ("请从头再定一次。", "Choose one again from the start."),
    "print.none": ("打印机没有回答", "No printer answers"),
    "print.none.next": (
        "请看纸和电源；也可以让顾客扫屏幕上的码。",
        "See to its paper and power, or let the customer scan the code on the screen.",
    ),
    "print.unset": ("这家店没有设打印机", "This store has no printer"),
    "print.unset.next": (
        "请让顾客扫屏幕上的码。",
        "Let the customer scan the code on the screen.",
    ),
    "back.unknown": ("本店没有这张小票", "This store has no such receipt"),
    "back.unknown.next": (
        "请核对号码；别店卖的，请到那家店退。",
        "Check the code. What another store sold goes back there.",
    ),
}
