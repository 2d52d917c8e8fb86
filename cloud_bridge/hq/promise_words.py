"""HQ's words for rights, losses, and what may be wrong with a promise, in Chinese and English."""

from typing import Final

PROMISE_WORDS: Final[dict[str, tuple[str, str]]] = {
    "hq.money": ("¥{amount}", "¥{amount}"),
    "hq.promises": ("额度与风险", "Exposure and rights"),
    "hq.promises.worst": ("最多会损失 ¥{amount}", "Worst loss now ¥{amount}"),
    "hq.promises.epoch": ("额度", "Rights"),
    "hq.promises.in_use": ("可用，第 {epoch} 期", "In use, epoch {epoch}"),
    "hq.promises.waits": ("等待网关确认第 {epoch} 期", "Waits for the gateway to begin epoch {epoch}"),
    "hq.promises.in_box": ("在网关里", "In the box"),
    "hq.promises.at_risk_now": ("已经垫付", "Given at risk"),
    "hq.promises.still_possible": ("今天还可能垫付", "Still possible today"),
    "hq.promises.total": ("合计", "Worst"),
    "hq.promises.means": ("这些数是什么意思", "What these numbers mean"),
    "hq.promises.in_box.means": (
        "在网关里：网关不用问总部就能给出的。网关若丢失，总部补给会员，由商家承担",
        "In the box: what it may give without asking. If it is lost, members get it back at your cost",
    ),
    "hq.promises.at_risk_now.means": (
        "已经垫付：没有额度就给出、还没有补上的",
        "Given at risk: what was given without a right and nothing has settled yet",
    ),
    "hq.promises.still_possible.means": (
        "今天还可能垫付：按今天的限额还能给出的",
        "Still possible today: what today's limits would still let it give",
    ),
    "hq.exception.overspent": (
        "给出的比原有的多：同一张券或同一笔余额用了两次",
        "More was given than there was: the same coupon or balance was used twice",
    ),
    "hq.exception.overspent.places": (
        "先用：{winner}；后用：{loser}",
        "Used first: {winner}; again: {loser}",
    ),
    "hq.exception.overdrawn": (
        "网关的数目自相矛盾，可能存储卡被恢复或软件有误",
        "A gateway's own numbers do not add up: an old memory card, or a fault",
    ),
    "hq.exception.not_booked": (
        "总部读不懂此事件的内容（版本较新？）。事件已保留，尚未入账",
        "HQ cannot read what this event moved (is the store newer?). It is kept and not yet booked",
    ),
    "hq.exception.rights_written_off": (
        "网关的额度已核销，由商家承担；会员不受影响",
        "A gateway's rights were written off at the merchant's cost; members lost nothing",
    ),
    "hq.exception.report_fell_back": (
        "网关的账本比总部已知的旧，可能恢复了旧存储卡；其额度已收回",
        "A gateway's ledger is older than what HQ knows: its rights have ended, a new epoch begins",
    ),
    "hq.exception.cap_exceeded": (
        "合并后的会员用过的次数超过上限，超出部分待处理",
        "Merged members had used more than a limit allows one; the excess waits for a decision",
    ),
    "hq.exception.card_taken": (
        "两家店把同一张卡给了两位会员，先到的保留",
        "Two stores gave one card to two members; the first that came keeps it",
    ),
    "hq.exception.person_differs": (
        "送来的姓名与入会时的记录不符，未采用",
        "A name does not match what was booked at enrolment; it was not taken",
    ),
    # Types of events
    "hq.type.transfer.posted": ("入账", "Posted"),
    "hq.type.transfer.held": ("占用", "Held"),
    "hq.type.transfer.released": ("释放占用", "Hold released"),
    "hq.type.transfer.reversed": ("退回", "Reversed"),
    "hq.type.lot.expired": ("到期", "Expired"),
    "hq.type.coupon.claimed": ("领券", "Coupon claimed"),
    "hq.type.coupon.redeemed": ("核销", "Coupon redeemed"),
    "hq.type.right.granted": ("取得额度", "Right taken"),
    "hq.type.right.returned": ("归还额度", "Right returned"),
    "hq.type.right.requested": ("申请额度", "Right asked for"),
    "hq.type.right.fenced": ("额度新一期", "New epoch of rights"),
    "hq.type.member.enrolled": ("入会", "Enrolled"),
    "hq.type.instrument.linked": ("绑卡", "Card linked"),
    "hq.type.instrument.changed": ("卡状态", "Card changed"),
    # Outcomes that no device shows
    "hq.outcome.done": ("完成", "Done"),
    "hq.outcome.refused": ("拒绝", "Refused"),
    "hq.outcome.asked": ("已问总部", "Asked HQ"),
}
