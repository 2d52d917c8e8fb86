"""What is said of a till's acts: every refusal of orders, shifts, staff and PINs, in both languages.

Keys as in act_words.py, which holds both tables together.
"""

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "act.refused.used_up.at.what": (
        "已经用过了：{when} 在 {where}",
        "It was used already: on {when} at {where}",
    ),
    "act.refused.used_up.at.do": (
        "请把时间和地点告诉顾客。",
        "Tell the customer when and where.",
    ),
    "act.refused.goods_unknown.what": ("没有这种商品", "There is no such article"),
    "act.refused.goods_unknown.do": (
        "请重新扫描，或按名称查找；新商品要等下一次同步。",
        "Scan it again, or search by name. A new article comes with the next sync.",
    ),
    "act.refused.quote_changed.what": (
        "价格已经和屏幕上的不同",
        "The price is not the one that was shown any more",
    ),
    "act.refused.quote_changed.do": (
        "什么也没有扣。请重新报价，给顾客看过再收款。",
        "Nothing was taken. Ask for the price again and show it to the customer.",
    ),
    "act.refused.tenders_differ.what": (
        "收款合计与应付不符",
        "What was tendered is not what is due",
    ),
    "act.refused.tenders_differ.do": (
        "请改正金额，使各项合计正好等于应付。",
        "Correct the amounts so that together they are exactly what is due.",
    ),
    "act.refused.shift_unknown.what": ("这个收银台没有开班", "No shift is open at this till"),
    "act.refused.shift_unknown.do": (
        "请先开班并清点备用金。",
        "Open a shift first, with the cash that is in the drawer.",
    ),
    "act.refused.shift_taken.what": ("这个收银台已经开班", "A shift is open at this till already"),
    "act.refused.shift_taken.do": (
        "请先交班，或在原来的班次里继续。",
        "Close it first, or go on in it.",
    ),
    "act.refused.staff_unknown.what": ("本店不认得这位店员", "This store does not know this member of staff"),
    "act.refused.staff_unknown.do": (
        "请核对工号；新店员要等下一次同步。",
        "Check the number. Somebody new comes with the next sync.",
    ),
    "act.refused.not_allowed.what": ("您的岗位不能做这件事", "Your role may not do this"),
    "act.refused.not_allowed.do": (
        "请店长来登录办理。",
        "Let a manager sign in and do it.",
    ),
    "act.refused.approval_needed.what": (
        "超过您的权限，需要批准",
        "This is above your limit: it needs approval",
    ),
    "act.refused.approval_needed.do": (
        "请店长刷工牌或输入 PIN 批准，再试一次。",
        "Let a manager show a badge or type a PIN, then try again.",
    ),
    "act.refused.pin_needed.what": ("需要顾客的 PIN", "The customer's PIN is needed"),
    "act.refused.pin_needed.do": (
        "请顾客在终端上输入 PIN。还没有设置的，先在服务台设置。",
        "Let the customer type it. Who has none sets one at the service desk first.",
    ),
    "act.refused.code_limit.what": (
        "出示会员码今天能免密用的额度不够",
        "It is more than a member code may spend without the PIN today",
    ),
    "act.refused.code_limit.do": (
        "请顾客在终端上输入 PIN，或少用一些积分和余额。",
        "Let the customer type the PIN at the terminal, or use less of points and balance.",
    ),
    "act.refused.pin_limit.what": (
        "今天凭 PIN 用的余额和积分到上限了",
        "It is more than the PIN may spend of points and balance in a day",
    ),
    "act.refused.pin_limit.do": (
        "请顾客少用一些，其余换别的方式付；上限在网关设置里。",
        "Use less of them and pay the rest another way; the gateway's settings have the limit.",
    ),
    "act.refused.pin_wrong.what": ("PIN 不对", "The PIN is wrong"),
    "act.refused.pin_wrong.do": (
        "请顾客再输一次；连续错几次会锁定。",
        "Let the customer try again; some more wrong ones lock it.",
    ),
    "act.refused.pin_locked.what": ("PIN 已锁定", "The PIN is locked"),
    "act.refused.pin_locked.do": (
        "请过 15 分钟再试，或换别的方式付款。",
        "Try again in 15 minutes, or pay another way.",
    ),
    "act.refused.order_unknown.what": ("本店没有这张单", "This store has no such order"),
    "act.refused.order_unknown.do": (
        "请核对小票上的编号；别的门店卖的请到那家门店退。",
        "Check the code on the receipt. What another store sold is returned there.",
    ),
    "act.refused.parked_unknown.what": ("没有这张挂单", "There is no such parked order"),
    "act.refused.parked_unknown.do": (
        "可能已经结账或取消了。请刷新挂单列表。",
        "It was sold or dropped. Look at the list of parked orders again.",
    ),
    "act.refused.program_unknown.what": ("没有这个活动", "There is no such program"),
    "act.refused.program_unknown.do": (
        "它可能已经结束。请看总部的活动列表。",
        "It may have ended. See the list of programs at HQ.",
    ),
    "act.refused.program_missed.what": ("不符合这个活动的条件", "The program's conditions are not met"),
    "act.refused.program_missed.do": (
        "原因写在 record.missed 里，请告诉顾客还差什么。",
        "record.missed says why: tell the customer what is missing.",
    ),
    # What never became an act
    "request.proof.what": (
        "“{field}” 不是给这件事、这位会员或这个收银台的凭证",
        "\u201c{field}\u201d is no proof for this act, this member or this till",
    ),
    "request.proof.do": (
        "请重新批准，或请顾客重新输入 PIN。",
        "Let it be approved again, or the PIN typed again.",
    ),
    "request.proof_old.what": ("“{field}” 已超过 60 秒", "\u201c{field}\u201d is older than 60 seconds"),
    "request.proof_old.do": (
        "请重新批准，或请顾客重新输入 PIN。",
        "Let it be approved again, or the PIN typed again.",
    ),
    "request.proof_used.what": (
        "“{field}” 已经用在另一件事上",
        "\u201c{field}\u201d was used for another act",
    ),
    "request.proof_used.do": (
        "每次批准或 PIN 只管一件事，请重新来一次。",
        "Each approval or PIN is for one act: ask for a new one.",
    ),
    "request.other_till.what": (
        "“{field}” 不对：这里是 {till}",
        "\u201c{field}\u201d is wrong: this is {till}",
    ),
    "request.other_till.do": (
        "请去掉这一项，或在那个收银台登录。",
        "Leave it out, or sign in at that till.",
    ),
    "request.other_staff.what": (
        "“{field}” 不对：登录的是另一位店员",
        "\u201c{field}\u201d is wrong: somebody else has signed in here",
    ),
    "request.other_staff.do": (
        "请去掉这一项，或请那位店员自己登录。",
        "Leave it out, or let that person sign in.",
    ),
    "request.not_allowed.what": ("这个岗位不能做这件事", "This role may not do this"),
    "request.not_allowed.do": ("请店长来办理。", "Let a manager do it."),
    "request.sign_in.what": (
        "要么给 badge，要么给 staff 和 pin",
        "Give either badge, or staff and pin",
    ),
    "request.sign_in.do": (
        "请扫描工牌，或输入工号和 PIN。",
        "Scan a badge, or give a number and a PIN.",
    ),
    "request.wrong_sign_in.what": ("工牌或 PIN 不对", "That badge or PIN is not right"),
    "request.wrong_sign_in.do": (
        "请再试一次；一直不行，请店长核对员工名单。",
        "Try again. If it stays, let a manager check the list of staff.",
    ),
    "request.no_badge.what": (
        "终端上没有刚刷过的工牌",
        "No badge was shown at the terminal just now",
    ),
    "request.no_badge.do": (
        "请再刷一次工牌；几秒内有效，只用一次。",
        "Show the badge once more; it is good for some seconds, and once.",
    ),
    "request.slow.what": ("错误的尝试太多了", "Too many wrong tries"),
    "request.slow.do": ("请等几秒再试。", "Wait some seconds, then try again."),
    "request.number.what": (
        "“{field}” 不对：应为 0 到 {highest} 的整数",
        "\u201c{field}\u201d is wrong: expected a whole number from 0 to {highest}",
    ),
    "request.number.do": ("请改正这一项。", "Correct it."),
    "request.long.what": (
        "“{field}” 超过 {limit} 个字符",
        "\u201c{field}\u201d is longer than {limit} characters",
    ),
    "request.long.do": ("请重新扫描。", "Scan it again."),
    "request.nothing.what": ("这个地址没有东西", "There is nothing at this address"),
    "request.nothing.do": (
        "请核对编号，见 gateway-openapi.json。",
        "Check the id; see gateway-openapi.json.",
    ),
    "request.no_printer_set.what": ("本店没有设置打印机", "No receipt printer is set up here"),
    "request.no_printer_set.do": (
        "请在 [gateway] 里设置打印机；小票的二维码照样可用。",
        "Set one in [gateway]. The receipt's QR works all the same.",
    ),
    # PINs and paper
    "pin.right.what": ("PIN 正确", "The PIN is right"),
    "pin.right.do": ("60 秒内可以付款。", "It is good for one payment within 60 seconds."),
    "pin.wrong.what": ("PIN 不对", "The PIN is wrong"),
    "pin.wrong.do": (
        "请顾客再输一次；连续错五次会锁定。",
        "Let the customer try again; five wrong ones in a row lock it.",
    ),
    "pin.locked.what": ("PIN 已锁定", "The PIN is locked"),
    "pin.locked.do": (
        "请过 15 分钟再试，或换别的方式付款。",
        "Try again in 15 minutes, or pay another way.",
    ),
    "pin.none.what": ("还没有设置 PIN", "No PIN was ever set"),
    "pin.none.do": (
        "请先在服务台为顾客设置 PIN。",
        "Let the customer set one at the service desk first.",
    ),
    "pin.no_answer.what": ("终端上没有输入", "Nothing was typed at the terminal"),
    "pin.no_answer.do": (
        "请看终端是否在线，再问一次；也可以在这里输入。",
        "See whether the terminal is online and ask again, or type it here.",
    ),
    "receipt.printed.what": ("小票已打印", "The receipt is printed"),
    "receipt.printed.do": ("请交给顾客。", "Hand it to the customer."),
    "receipt.no_printer.what": ("打印机没有回应", "The printer does not answer"),
    "receipt.no_printer.do": (
        "请检查纸和线，再打一次；也可以让顾客扫屏幕上的二维码。",
        "Check paper and cable, then print again, or let the customer scan the QR on the screen.",
    ),
}
