"""What counters of staff, PINs and printers mean; counter_words.py holds all tables together."""

from typing import Final

ROUTINE: Final = frozenset(
    {
        "pins.right",
        "printer.printed",
        "printer.sent",
        "keypads.answered",
        "kiosk.served",
        "kiosk.claimed",
        "badges.shown",
        "coupons.redeemed",
    }
)

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    "counter.staff.wrong_sign_in": (
        "有人用错误的工牌或 PIN 登录或批准。",
        "Somebody signed in or approved with a wrong badge or PIN.",
    ),
    "counter.staff.wrong_sign_in.next": (
        "几次是打错；很多次，请看看是谁在试。",
        "A few are typing errors. Many: see who keeps trying.",
    ),
    "counter.staff.sessions_refused": (
        "过期、已退出或伪造的登录被拒绝。",
        "A sign-in that was over, ended or forged was refused.",
    ),
    "counter.staff.sessions_refused.next": (
        "每天一两次正常：请重新登录。一直增多，请看是哪台机器。",
        "Some a day are normal: sign in again. If it keeps rising, find the machine.",
    ),
    "counter.staff.proofs_refused": (
        "过期、用过或不相干的批准或 PIN 凭证被拒绝。",
        "An approval or a PIN's proof was old, used, or for something else; refused.",
    ),
    "counter.staff.proofs_refused.next": (
        "收银太慢时会发生：请在付款前一分钟内批准。",
        "It happens when a sale takes long: approve within a minute of paying.",
    ),
    "counter.staff.proofs_full": (
        "一分钟里的批准和 PIN 太多，新的没有受理。",
        "More approvals and PINs within a minute than any store has; new ones were not taken.",
    ),
    "counter.staff.proofs_full.next": (
        "有程序在不停地试：请停掉它。",
        "A program keeps asking: stop it.",
    ),
    "counter.pins.wrong": ("有人输错了 PIN。", "Somebody typed a wrong PIN."),
    "counter.pins.wrong.next": (
        "打错是常事；连续五次会锁定 15 分钟。",
        "People mistype. Five in a row lock it for 15 minutes.",
    ),
    "counter.pins.locked": (
        "在锁定期间有人又试了 PIN，没有比对。",
        "A PIN was tried while it was locked; it was not compared.",
    ),
    "counter.pins.locked.next": (
        "请核对顾客身份，必要时在服务台重新设置。",
        "See who the customer is; a new PIN can be set at the service desk.",
    ),
    "counter.pins.none": (
        "有人用 PIN，但从没有设置过。",
        "A PIN was typed by somebody who never set one.",
    ),
    "counter.pins.none.next": (
        "请在服务台为顾客设置 PIN。",
        "Let the customer set one at the service desk.",
    ),
    "counter.pins.other_key": (
        "这个 PIN 是用另一把网关密钥存的，当作没有设置。",
        "A PIN was kept under another key of the gateway; it counts as never set.",
    ),
    "counter.pins.other_key.next": (
        "请把备份里的 pin.key 放回数据文件夹；没有备份，就请大家重新设置。",
        "Put pin.key of the backup back into the data folder; without it PINs are set anew.",
    ),
    "counter.pins.busy": (
        "同时要比对的 PIN 太多，有的没有受理。",
        "Too many PINs at once; some were not tried.",
    ),
    "counter.pins.busy.next": (
        "再试一次就好；一直发生，请看看是谁在不停地试。",
        "Trying again is enough. If it stays, see who keeps trying.",
    ),
    "counter.printer.no_printer": (
        "打印机没有回应，小票没有打出来。",
        "The printer did not answer; a receipt is not on paper.",
    ),
    "counter.printer.no_printer.next": (
        "请检查线和电源，然后重打那张小票。",
        "Check its cable and power, then print that receipt again.",
    ),
    "counter.printer.no_paper": (
        "打印机没有纸了，小票没有打出来。",
        "The printer is out of paper; a receipt is not printed.",
    ),
    "counter.printer.no_paper.next": (
        "请换纸，然后重打那张小票。",
        "Put a new roll in, then print that receipt again.",
    ),
    "counter.printer.busy": (
        "小票来得比打印机快，有一张没有打。",
        "Receipts came faster than the printer prints; one was left out.",
    ),
    "counter.printer.busy.next": (
        "需要的话重打那张小票；天天发生，请换快一点的打印机。",
        "Print it again if it is wanted. If it happens daily, get a faster printer.",
    ),
    "counter.keypads.offline": (
        "要问的终端不在线，没有问成。",
        "A terminal that was to ask something was offline.",
    ),
    "counter.keypads.offline.next": (
        "请看终端的电源和网络；PIN 也可以在收银台输入。",
        "Look at its power and network. A PIN can be typed at the till as well.",
    ),
    "counter.keypads.silent": (
        "终端收到了问题，一直没有回答。",
        "A terminal was asked and never answered.",
    ),
    "counter.keypads.silent.next": (
        "网络中断时会发生；总在同一台，请重启那台终端。",
        "It happens when the network breaks. If it is always the same one, restart it.",
    ),
    "counter.keypads.stray": (
        "终端回答了没有人在等的问题，没有采用。",
        "A terminal answered a question that nobody was waiting for; it was not used.",
    ),
    "counter.keypads.stray.next": (
        "顾客输入得太慢时会发生，不用管。",
        "It happens when a customer types late. Nothing to do.",
    ),
    "counter.keypads.unanswered": (
        "终端被另一个问题打断，前一个没有回答。",
        "A terminal was asked something else before it had answered.",
    ),
    "counter.keypads.unanswered.next": (
        "同一台终端一次只问一位顾客。",
        "Ask one customer at a time on a terminal.",
    ),
    "counter.kiosk.refused": (
        "同时使用自助终端的人太多，有的没有接待。",
        "More customers at kiosks at once than can be served; one was not.",
    ),
    "counter.kiosk.refused.next": (
        "请顾客过一会儿再刷卡。",
        "Let the customer tap again in a moment.",
    ),
    "counter.kiosk.failed": (
        "自助终端的一次领取没有办成，什么也没有扣。",
        "Something at a kiosk failed; nothing was taken.",
    ),
    "counter.kiosk.failed.next": (
        "请看账本和磁盘的提示，再让顾客试一次。",
        "Look at the notices about ledger and disk, then let the customer try again.",
    ),
    "counter.badges.late": (
        "收银页来取工牌时，终端上没有刚刷过的。",
        "A till page asked for a badge, and none had been shown at its terminal just now.",
    ),
    "counter.badges.late.next": (
        "同一收银台开了两个页面时会发生，不用管；不然请再刷一次。",
        "It happens where two pages of one till are open: nothing to do. Else show the badge once more.",
    ),
    "counter.badges.full": (
        "登录的终端多得不合理，有的没有登录。",
        "Staff are signed in at more terminals than a store has; one sign-in was not kept.",
    ),
    "counter.badges.full.next": (
        "请看设备一栏里陌生的设备名。",
        "Look for names you do not know among the devices.",
    ),
    "counter.coupons.busy": (
        "同时在终端核销的券太多，有的没有办。",
        "More coupons at terminals at once than can be seen to; one was not.",
    ),
    "counter.coupons.busy.next": (
        "什么也没有扣；请顾客过一会儿再出示。",
        "Nothing was taken; let the customer show it again in a moment.",
    ),
    "counter.coupons.failed": (
        "终端上的一张券没有办成，什么也没有扣。",
        "A coupon at a terminal could not be seen to; nothing was taken.",
    ),
    "counter.coupons.failed.next": (
        "请看账本和磁盘的提示，再请顾客出示一次。",
        "Look at the notices about ledger and disk, then let the customer show it again.",
    ),
    "counter.http.till_faults": (
        "收银接口收到不合规的请求，什么也没有改变。",
        "The till's API was sent something wrong; nothing was changed.",
    ),
    "counter.http.till_faults.next": (
        "请让收银软件的开发者看答复里的 field 和 next。",
        "Let the till program's maker read field and next in the answers.",
    ),
}
