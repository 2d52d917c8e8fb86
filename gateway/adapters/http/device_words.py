"""What a terminal or beacon counts of itself, in a person's words; a test finds every counter here."""

from typing import Final

# Figures that say nothing went wrong: the API has them, the page leaves them out.
ROUTINE: Final = frozenset(
    {
        "taps",
        "scans",
        "outbox.now",
        "outbox.peak",
        "heap.free_min",
        "link.ups",
        "scanner.starts",
        "sightings.now",
        "sightings.told",
        "air.adverts",
        "air.turns",
        "air.heard",
    }
)

COUNTS: Final[dict[str, tuple[str, str]]] = {
    "count.malformed": ("读到了协议不允许的卡或码", "cards or codes the contract does not allow"),
    "count.foreign": ("收到不合协议的消息", "messages received that break the contract"),
    "count.unshown": ("答复来晚了，没有显示", "answers that came too late to be shown"),
    "count.clock.refused": ("拒绝了倒退的时间", "times refused because they went back"),
    "count.reader.broken": ("读卡器现在没有反应", "the card reader does not answer now"),
    "count.reader.faults": ("读卡出错", "card reads that failed"),
    "count.reader.resends": ("读卡器要求重发命令", "commands sent to the reader again"),
    "count.reader.damaged": ("读卡器线路上的坏字节", "damaged frames on the reader's wire"),
    "count.reader.repeats": ("请读卡器再说一遍", "answers the reader was asked to repeat"),
    "count.reader.recoveries": ("重新启动了读卡器", "times the reader was started anew"),
    "count.scanner.missed": ("扫码器没有回答", "questions the scanner did not answer"),
    "count.scanner.overlong": ("太长的码，没有收", "codes too long to be taken"),
    "count.scanner.spilled": ("来得太快丢掉的字节", "bytes lost because they came too fast"),
    "count.scanner.stray": ("扫码器的意外回复", "replies of the scanner that nobody expected"),
    "count.outbox.refused": ("存满了，没有收下的卡", "taps not taken because the outbox was full"),
    "count.outbox.resends": ("没收到回执，重发", "records sent again for want of a receipt"),
    "count.outbox.strangers": ("不认得的回执", "receipts for records it does not have"),
    "count.link.failures": ("连不上或断开", "connections that failed or broke"),
    "count.link.denials": ("消息服务拒绝了它", "times the broker refused it"),
    "count.link.leaves": ("自己断开重连", "times it left to connect anew"),
    "count.heap.faults": ("内存不够，晚了一步", "steps that waited for want of memory"),
    "count.display.faults": ("屏幕没有反应", "times the display did not answer"),
    "count.flash.faults": ("闪存写不进", "writes to flash that failed"),
    "count.keypad.faults": ("键盘没有反应", "times the keypad did not answer"),
    "count.unanswered": ("问了，没有等到输入", "questions that were given up unanswered"),
    "count.sightings.held": (
        "网关没有回执，先不上报",
        "times it kept what it heard: the gateway did not answer",
    ),
    "count.sightings.expired": ("十秒内没人收，作废的上报", "reports thrown away: nobody took them in 10 s"),
    "count.sightings.evicted": ("为别的让位的陌生信号", "strangers heard once and dropped to make room"),
    "count.sightings.full": ("记不下的信号：周围太多", "senders not listed: too many around"),
    "count.sightings.unread": ("没有强度的信号", "adverts without a signal level"),
    "count.air.lost": ("忙不过来漏掉的信号", "adverts lost because it was busy"),
    "count.air.malformed": ("不合格式的信号", "adverts that break the format"),
    "count.air.restarts": ("太久没听见，重启了蓝牙", "times its radio was restarted after silence"),
    "count.air.faults": ("蓝牙出错", "errors of its radio"),
    "count.crashes": ("固件重新启动的故障", "faults that restarted the firmware"),
}
