"""What is said of an act to whoever asked for it: every outcome and every refusal, in both languages.

Keys: act.<outcome> and act.refused.<reason> with .what (what happened) and .do (what the clerk does now), and
request.<fault> likewise for what never became an act. A test finds every reason of the core here.
"""

from typing import Final

from gateway.adapters.http import checkin_words, order_words, payment_words
from shopbell.look.words import LANGUAGES, say

OTHER: Final = "act.refused.other"

WORDS: Final[dict[str, tuple[str, str]]] = {
    **order_words.WORDS,
    **checkin_words.WORDS,
    **payment_words.WORDS,
    "act.done.what": ("已入账", "Booked"),
    "act.done.do": ("已写进磁盘，可以交付。", "It is safe on disk: go ahead."),
    "act.asked.what": ("已向总部要这份额度，还没有到", "HQ was asked for the right; it has not come yet"),
    "act.asked.do": (
        "什么也没有改变。请过几秒用同一个 key 再试。",
        "Nothing has changed. Try again in some seconds, with the same key.",
    ),
    "act.refused.not_enough.what": ("余额不够", "There is not enough"),
    "act.refused.not_enough.do": (
        "请顾客少用一些，或换别的方式。",
        "Offer a smaller amount, or another way to pay.",
    ),
    "act.refused.used_up.what": ("已经用过了", "It was used already"),
    "act.refused.used_up.do": (
        "请向顾客说明；会员页上列出了还能用的。",
        "Say so to the customer; the member's page lists what can still be used.",
    ),
    "act.refused.used_up.here.what": (
        "已经用过了：{when} 在本店",
        "It was used already: here, on {when}",
    ),
    "act.refused.used_up.here.do": (
        "请把这个时间告诉顾客。",
        "Tell the customer that time.",
    ),
    "act.refused.lot_unknown.what": ("本店不认得这张券或这笔余额", "This store knows no such coupon or lot"),
    "act.refused.lot_unknown.do": (
        "请核对编号；刚发的要等下一次同步，联网后再试。",
        "Check its number. One just issued elsewhere comes with the next sync: try again once online.",
    ),
    "act.refused.lot_expired.what": ("已经过期", "It has expired"),
    "act.refused.lot_expired.do": (
        "最后一天按门店的日期算。请向顾客说明；要补偿由店长另发。",
        "Its last day, by the store's calendar, is over. Say so; a manager may issue another.",
    ),
    "act.refused.not_vested.what": ("还没有生效", "It cannot be used yet"),
    "act.refused.not_vested.do": (
        "请看会员页上的生效时间，到时再来。",
        "The member's page says from when on; come back then.",
    ),
    "act.refused.held_elsewhere.what": ("这份额度在别的门店手里", "The right to it is at another store"),
    "act.refused.held_elsewhere.do": (
        "没有扣任何东西。请过几秒再试；仍不行，请到那家门店使用。",
        "Nothing was taken. Try again in some seconds; else it can be used at that store.",
    ),
    "act.refused.rights_frozen.what": (
        "本店的额度已冻结：账本比别处见过的旧",
        "Rights are frozen here: this ledger is older than what others have seen",
    ),
    "act.refused.rights_frozen.do": (
        "积分照常累积，但暂时不能使用。联网后总部会解冻；久不解冻请联系负责系统的人。",
        "Earning goes on, using does not. HQ lifts it once online; if it lasts, tell whoever looks after "
        "the system.",
    ),
    "act.refused.hq_unreachable.what": (
        "这里没有额度，又连不上总部",
        "The right is not here, and HQ cannot be reached",
    ),
    "act.refused.hq_unreachable.do": (
        "没有扣任何东西。请检查网络，恢复后再试，或请顾客下次使用。",
        "Nothing was taken. Check the line and try again, or let the customer use it another time.",
    ),
    "act.refused.risk_limit.what": (
        "断网时今天可以担的风险已用完",
        "What may be given without HQ is used up for today",
    ),
    "act.refused.risk_limit.do": (
        "请少用一些，或等网络恢复；上限由总部设定。",
        "Try a smaller amount, or wait for the line. HQ sets the limits.",
    ),
    "act.refused.hold_unknown.what": ("没有这笔待定的占用", "There is no such pending hold"),
    "act.refused.hold_unknown.do": (
        "它已经入账、取消或超时了。请查看会员的余额，需要时重新占用。",
        "It was posted, voided or timed out. Look at the member's balance, and hold again if need be.",
    ),
    "act.refused.hold_too_small.what": ("占用的数量不够", "The hold is for less than that"),
    "act.refused.hold_too_small.do": (
        "请按占用的数量入账，其余另行扣减。",
        "Post at most what was held, and spend the rest apart.",
    ),
    "act.refused.nothing_to_return.what": ("没有可退的了", "There is nothing left to return"),
    "act.refused.nothing_to_return.do": (
        "这一笔不可退，或者已经全退。请核对小票。",
        "It cannot be returned, or all of it was. Check the receipt.",
    ),
    "act.refused.member_unknown.what": ("没有这个会员", "There is no such member"),
    "act.refused.member_unknown.do": (
        "请核对会员号，或请顾客刷卡；新会员请先登记。",
        "Check the number, or have the card tapped. Enrol a new member first.",
    ),
    "act.refused.member_blocked.what": ("这个会员已停用", "This member is suspended"),
    "act.refused.member_blocked.do": (
        "请店长联系总部，不要当众说原因。",
        "Let a manager ask HQ; do not discuss it in public.",
    ),
    "act.refused.instrument_unknown.what": ("没有这张卡或这个码", "There is no such card or code"),
    "act.refused.instrument_unknown.do": (
        "请在会员页上看这位会员有哪些卡。",
        "The member's page lists the cards there are.",
    ),
    "act.refused.instrument_taken.what": (
        "这张卡已经属于一位会员",
        "This card belongs to a member already",
    ),
    "act.refused.instrument_taken.do": (
        "请换一张卡；若是同一个人，请总部合并两个会员。",
        "Take another card. If it is the same person, let HQ merge the two members.",
    ),
    "act.refused.money_left.what": ("还有储值余额", "There is money left on the balance"),
    "act.refused.money_left.do": (
        "请先用完或退还余额，再删除会员资料。",
        "Let them spend it or pay it out first, then erase the member's data.",
    ),
    "act.refused.bad_amount.what": ("数量不对", "The amount makes no sense"),
    "act.refused.bad_amount.do": (
        "请填大于 0 的整数，以该单位的最小份计。",
        "Give a whole number above 0, in the smallest part of its unit.",
    ),
    "act.refused.other.what": ("没有办成：{reason}", "It was not done: {reason}"),
    "act.refused.other.do": (
        "什么也没有改变。请记下这个原因，告诉负责系统的人。",
        "Nothing has changed. Note the reason and tell whoever looks after the system.",
    ),
    # What never became an act
    "request.disk_low.what": ("磁盘快满了，暂不受理新的核销", "The disk is nearly full: no new redemptions"),
    "request.disk_low.do": (
        "请立即腾出空间；积分照常累积。",
        "Free some space now. Earning goes on.",
    ),
    "request.key_reused.what": (
        "这个 key 已用于另一件事",
        "This key was used for something else",
    ),
    "request.key_reused.do": (
        "每件事用一个新的 key；只有重试同一件事才用同一个。",
        "Take a new key for each act; only the same act tried again has the same one.",
    ),
    "request.undecidable.what": (
        "账本里的资料对不上，没有办",
        "What is known here does not fit together; nothing was booked",
    ),
    "request.undecidable.do": (
        "请稍后再试；仍不行，请把 key 告诉负责系统的人。",
        "Try again later. If it stays, tell whoever looks after the system, with the key.",
    ),
    "request.unsure.what": (
        "写盘时出错，不知道是否已入账",
        "Writing failed half-way: whether it was booked is not known yet",
    ),
    "request.unsure.do": (
        "网关正在重新启动。请过几秒用同一个 key 再问，会得到确定的答复。",
        "The gateway is starting anew. Ask again in some seconds with the same key: that answer is certain.",
    ),
    "request.ledger_refuses.what": ("账本写不进磁盘", "The ledger cannot be written"),
    "request.ledger_refuses.do": (
        "什么也没有改变。请检查磁盘，再用同一个 key 重试。",
        "Nothing has changed. Check the disk, then try again with the same key.",
    ),
    "request.busy.what": ("同时来的请求太多", "Too many requests at once"),
    "request.busy.do": (
        "什么也没有改变。请过一秒用同一个 key 重试。",
        "Nothing has changed. Try again in a second, with the same key.",
    ),
    "request.too_large.what": ("内容超过 {limit} 字节", "The body is larger than {limit} bytes"),
    "request.too_large.do": ("请分成几次提交。", "Send it in several acts."),
    "request.not_json.what": ("内容不是 JSON", "The body is not JSON"),
    "request.not_json.do": (
        "请按 gateway-openapi.json 提交一个 JSON 对象。",
        "Send one JSON object as gateway-openapi.json describes.",
    ),
    "request.unknown.what": (
        "没有“{field}”这一项",
        "\u201c{field}\u201d is no field here",
    ),
    "request.unknown.do": ("请去掉它，或改正它的名称。", "Leave it out, or correct its name."),
    "request.missing.what": ("缺少“{field}”", "\u201c{field}\u201d is missing"),
    "request.missing.do": ("请补上这一项。", "Add it."),
    "request.expected.what": (
        "“{field}” 不对：应为 {expected}",
        "\u201c{field}\u201d is wrong: expected {expected}",
    ),
    "request.expected.do": (
        "请改正这一项，见 gateway-openapi.json。",
        "Correct it as gateway-openapi.json describes.",
    ),
    "request.strange.what": (
        "“{field}” 不是允许的值",
        "\u201c{field}\u201d is none of the values it may have",
    ),
    "request.strange.do": (
        "请按 gateway-openapi.json 选一个。",
        "Take one of those in gateway-openapi.json.",
    ),
    "request.form.what": ("这个按钮没有发对", "That button sent something wrong"),
    "request.form.do": ("请刷新页面再按一次。", "Reload the page and press it again."),
    "request.type.what": (
        "“type” 不对：{act} 只能是 {types}",
        "\u201ctype\u201d is wrong: for {act} it is one of {types}",
    ),
    "request.type.do": ("请改成其中一个。", "Change it to one of these."),
    "request.owner.what": (
        "“{field}” 不对：这里只能动 {owner} 的",
        "\u201c{field}\u201d is wrong: here it can only be {owner}",
    ),
    "request.owner.do": ("请去掉这一项，或改成它。", "Leave it out, or change it to that."),
    "request.value.what": (
        "“{field}” 不对：{kind} 读不出这样的值",
        "\u201c{field}\u201d is wrong: no {kind} has such a value",
    ),
    "request.value.do": (
        "nfc.uid 填 4、7 或 10 个字节的十六进制；qr.static 填码里的文字；ble.tag 填标签的名字。",
        "For nfc.uid give 4, 7 or 10 bytes in hex; for qr.static the text of the code; for ble.tag the"
        " tag's name.",
    ),
    "request.tag.what": ("这不是标签的名字", "That is no tag's name"),
    "request.tag.do": (
        "名字只有小写字母、数字和 -，例如 tag-7；`shopbell device beacons` 列出所有标签。",
        "It has small letters, digits and hyphens, such as tag-7; `shopbell device beacons` lists them all.",
    ),
    "request.phone.what": ("这不是一个电话号码", "That is no phone number"),
    "request.phone.do": (
        "请核对后再输入；外国号码前面加 + 和国家代码。",
        "Check it and type it again; a foreign number begins with + and its country's code.",
    ),
    "request.until.what": (
        "“act.until” 太远：最多占用 {days} 天",
        "\u201cact.until\u201d is too far away: a hold lasts {days} days at most",
    ),
    "request.until.do": ("请填更近的时间（毫秒）。", "Give an earlier time, in unix milliseconds."),
    "request.unit.what": (
        "“{field}” 不对：这种单位由账本自己记",
        "\u201c{field}\u201d is wrong: that unit is the ledger's own",
    ),
    "request.unit.do": ("请用积分、券、储值等单位。", "Use a unit such as PTS, CPN:tea or CNY."),
    "request.day.what": ("“{field}” 不对：没有这一天", "\u201c{field}\u201d is wrong: there is no such day"),
    "request.day.do": ("请按 2026-12-31 这样填写。", "Give it as 2026-12-31."),
    "request.zone.what": (
        "“{field}” 不对：没有这个时区",
        "\u201c{field}\u201d is wrong: there is no such time zone",
    ),
    "request.zone.do": ("请按 Asia/Shanghai 这样填写。", "Give a name such as Asia/Shanghai."),
    "request.no_member.what": ("没有这个会员", "There is no such member"),
    "request.no_member.do": (
        "请核对会员号，或请顾客刷卡；别店刚登记的要等同步。",
        "Check the number, or have the card tapped. One enrolled elsewhere comes with the next sync.",
    ),
    "request.no_books.what": ("网关还没有准备好", "The gateway is not ready yet"),
    "request.no_books.do": ("请过几秒再试。", "Try again in some seconds."),
}


def sentences(stem: str, **values: object) -> dict[str, dict[str, str]]:
    """{"zh-CN": {"what", "do"}, "en": ...} of a key without its ending."""
    return {
        language: {part: say(f"{stem}.{part}", language, WORDS, **values) for part in ("what", "do")}
        for language in LANGUAGES
    }


def stem_of(outcome: str, reason: str | None) -> str:
    """The key of an act's outcome; a reason of a later core is said by its name."""
    if outcome != "refused":
        return f"act.{outcome}" if f"act.{outcome}.what" in WORDS else OTHER
    stem = f"act.refused.{reason}"
    return stem if f"{stem}.what" in WORDS else OTHER
