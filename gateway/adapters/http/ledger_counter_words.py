"""What the counters of acts, rights and the disk mean, as counter_words.py says for the others."""

from typing import Final

# Work done: the API has them, the page leaves them out.
ROUTINE: Final = frozenset(
    {
        "acts.done",
        "acts.asked",
        "acts.refused",  # by reason on the card of promises
        "teller.acts",
        "teller.batches",
        "teller.grants_came",
        "lots.expired",
        "people.erased",
        "pins.erased",
        "rights.returns",
        "rights.asked_early",
        "bridge.lots_reported",
        "bridge.people_sent",
        "bridge.rights_asked",
    }
)

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    "counter.acts.disk_low": (
        "磁盘空间太少，没有受理新的核销。",
        "The disk had too little room, so a redemption was not taken.",
    ),
    "counter.acts.disk_low.next": ("请立即腾出空间。", "Free some space now."),
    "counter.acts.duplicates": (
        "同一件事又来问，给了原来的答复，没有再办。",
        "The same act was asked for again; it got its first answer and was not done twice.",
    ),
    "counter.acts.duplicates.next": (
        "断线重试属正常；不停变大时，请检查收银机的网络。",
        "Normal after a lost connection. If it keeps rising, check the till's network.",
    ),
    "counter.acts.key_reused": (
        "一个 key 被用于另一件事，没有办。",
        "A key was used for another act; that one was not done.",
    ),
    "counter.acts.key_reused.next": (
        "请收银软件的供应商为每件事用新的 key。",
        "Ask the till program's maker to take a new key for each act.",
    ),
    "counter.acts.undecidable": (
        "有一件事的资料对不上，没有办。",
        "What was known for an act did not fit together; it was not done.",
    ),
    "counter.acts.undecidable.next": (
        "请把网关的日志交给技术支持。",
        "Hand the gateway's log to support.",
    ),
    "counter.duties.undecidable": (
        "到期该办的事，资料对不上，没有办。",
        "What was known for something due did not fit together; it was not done.",
    ),
    "counter.duties.undecidable.next": (
        "请把网关的日志交给技术支持。",
        "Hand the gateway's log to support.",
    ),
    "counter.teller.refused": (
        "同时要办的事太多，有的没有受理。",
        "Too many acts at once; some were not taken.",
    ),
    "counter.teller.refused.next": (
        "请看是哪个程序问得太多；正常的门店不会这样。",
        "See which program asks so much: a store never does.",
    ),
    "counter.teller.asked_refused": (
        "等总部答复的太多，有的直接按断网的规则办了。",
        "Too many waited for HQ; some were answered by the offline policy straight away.",
    ),
    "counter.teller.asked_refused.next": (
        "请检查到总部的网络。",
        "Check the line to HQ.",
    ),
    "counter.teller.grants_late": (
        "总部没有及时给额度，按断网的规则办了。",
        "HQ's right did not come in time; the offline policy answered.",
    ),
    "counter.teller.grants_late.next": (
        "断网时属正常；网络好时还在变大，请检查网络的快慢。",
        "Normal while the line is down. If it rises with the line up, see how slow the line is.",
    ),
    "counter.holds.timed_out": (
        "有占用到期没人处理，已退回。",
        "A hold was never released and was given back when its time was over.",
    ),
    "counter.holds.timed_out.next": (
        "常常发生的话，请看收银软件是否忘了入账或取消。",
        "If it happens often, see whether the till program forgets to post or void.",
    ),
    "counter.rights.fences": (
        "总部换发了新的额度，旧的不再使用。",
        "HQ began a new epoch of rights; the old ones are no longer used.",
    ),
    "counter.rights.fences.next": (
        "从备份恢复后属正常；否则请看是谁换了存储卡。",
        "Normal after a restored backup. Else see who changed the SD card.",
    ),
    "counter.rights.freezes": (
        "发现账本比别处见过的旧，额度已冻结。",
        "The ledger was found older than others had seen; rights were frozen.",
    ),
    "counter.rights.freezes.next": (
        "请保持联网，总部会换发；并请看是谁换了存储卡。",
        "Keep the line up, HQ gives out new ones; and see who changed the SD card.",
    ),
    "counter.rights.witness_absurd": (
        "有设备声称见过不可能的账本，未予理会。",
        "A device claimed to have seen an impossible ledger; it was not believed.",
    ),
    "counter.rights.witness_absurd.next": (
        "请更换或吊销那台设备。",
        "Replace or revoke that device.",
    ),
    "counter.disk.ballast_let_go": (
        "磁盘写满了，用掉了预留的空间。",
        "The disk was full; the room kept in reserve was used.",
    ),
    "counter.disk.ballast_let_go.next": (
        "请立即腾出空间，预留会自己恢复。",
        "Free some space now; the reserve comes back by itself.",
    ),
    "counter.disk.ballast_not_laid": (
        "没有地方预留空间。",
        "There was no room to keep in reserve.",
    ),
    "counter.disk.ballast_not_laid.next": (
        "请腾出空间，或换更大的存储卡。",
        "Free some space, or take a larger SD card.",
    ),
    "counter.exposure.put_off": (
        "最多会损失多少，这次没算成。",
        "The worst loss could not be reckoned this time.",
    ),
    "counter.exposure.put_off.next": (
        "会自己再算；不停变大，请检查存储卡。",
        "It is tried again by itself. If it keeps rising, check the SD card.",
    ),
    "counter.bridge.rights_dropped": (
        "向总部要额度没有及时问成，不再问了。",
        "An ask for a right did not reach HQ in time and was dropped.",
    ),
    "counter.bridge.rights_dropped.next": (
        "断网时属正常；请顾客再试时会重新问。",
        "Normal while the line is down: trying again asks again.",
    ),
    "counter.bridge.rights_left_to_feed": (
        "总部给的额度太多，改由日常更新带来。",
        "HQ gave more rights at once than are taken early; the feed brings them.",
    ),
    "counter.bridge.rights_left_to_feed.next": (
        "不用管；不停变大时，请看到总部的网络快慢。",
        "Nothing. If it keeps rising, see how slow the line to HQ is.",
    ),
    "counter.bridge.rights_unsound": (
        "账本里有一次额度请求送不出去。",
        "An ask for a right in the ledger cannot be sent.",
    ),
    "counter.bridge.rights_unsound.next": (
        "请把网关和同步服务更新到同一版本。",
        "Bring gateway and bridge to the same release.",
    ),
}
