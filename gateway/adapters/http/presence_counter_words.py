"""What the counters of presence and of the gateway's own radio mean; counter_words.py joins them."""

from typing import Final

ROUTINE: Final = frozenset(
    {
        "presence.adverts",
        "presence.resolved",
        "presence.letters",
        "presence.visits",
        "ble.adverts",
        "ble.starts",
    }
)

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    "counter.presence.unknown": (
        "听到的信标标识不属于本店。",
        "Identities were heard that belong to no beacon or tag of this store.",
    ),
    "counter.presence.unknown.next": (
        "邻居的信标也会这样。本店有信标或标签一直没被认出时，请核对它的登记。",
        "A neighbour's beacons count too. If a beacon or tag of yours is never recognised, check how it is "
        "registered.",
    ),
    "counter.presence.replayed": (
        "有人重放了本店信标或标签以前的标识，没有采信。",
        "Earlier identities of this store's beacons or tags were sent again; they proved nothing.",
    ),
    "counter.presence.replayed.next": (
        "偶尔几次可能是报告迟到；不停变大，是附近有人在录放。",
        "A few may be reports that came late. If it keeps rising, somebody near records and repeats them.",
    ),
    "counter.presence.cloned": (
        "同一个标识从两处发出，没有采信。",
        "One identity was sent from two places at once; it proved nothing.",
    ),
    "counter.presence.cloned.next": (
        "请到信标页看是哪一个，并在它附近找有没有别的发射器。",
        "See on the beacons' page which one it is, and look for another sender near it.",
    ),
    "counter.presence.late": (
        "信标的报告来得太迟，不再说明谁在店里。",
        "Beacons' reports came too late to say who is in the store now.",
    ),
    "counter.presence.late.next": (
        "断网之后会有一些；一直有的话，请检查信标到网关的网络。",
        "Some come after an outage. If they keep coming, check the beacons' network.",
    ),
    "counter.presence.tentative": (
        "听到了本店的标签，但它的时间不对，还没有采信。",
        "A tag of this store was heard on a time that is not its own; it was not believed yet.",
    ),
    "counter.presence.tentative.next": (
        "换过电池后会这样，一分钟内自行恢复。",
        "A changed battery does this; it is believed again within a minute.",
    ),
    "counter.presence.clocks_lost": (
        "有信标或标签的时钟乱了，已重新对上。",
        "The clock of a beacon or tag had gone astray, and was found again.",
    ),
    "counter.presence.clocks_lost.next": (
        "同一个反复出现时，请换电池或换标签。",
        "If it is the same one again and again, change its battery or the tag.",
    ),
    "counter.presence.crowded_out": (
        "不认识的标识来得太多，最早的一些不再查找。",
        "Unknown identities came too fast; the oldest were no longer looked for.",
    ),
    "counter.presence.crowded_out.next": (
        "附近有人在大量发送假标识；店里的信标照常工作。",
        "Somebody near sends made-up ones in masses; the store's own beacons go on working.",
    ),
    "counter.presence.rows_dropped": (
        "上次记下的信标时钟已不适用，没有沿用。",
        "What was kept of a beacon's clock no longer fits it, and was left out.",
    ),
    "counter.presence.rows_dropped.next": (
        "换了密钥或删掉信标后会这样，无需处理。",
        "A new key, or a beacon that was taken out, does this; nothing to do.",
    ),
    "counter.presence.relayed_refused": (
        "手机转来的信标标识不能证明人在店里。",
        "What a phone relayed of a beacon did not prove that anybody is here.",
    ),
    "counter.presence.relayed_refused.next": (
        "手机上已说明原因；很多次，可能有人在外面试。",
        "The phone said why. Many: somebody may be trying it from elsewhere.",
    ),
    "counter.presence.strange_scanners": (
        "没有登记的设备发来了听到的标识，没有采信。",
        "A device that is no registered beacon reported what it hears; it was left out.",
    ),
    "counter.presence.strange_scanners.next": (
        "请用 shopbell device beacon 登记它，或检查是谁在发。",
        "Register it with shopbell device beacon, or see who sends it.",
    ),
    "counter.presence.bad_sightings": (
        "信标报告里有不合约定的内容，已跳过。",
        "A beacon's report held what the contract does not know; that was passed over.",
    ),
    "counter.presence.bad_sightings.next": (
        "请把信标更新到与网关相同的版本。",
        "Bring the beacons to the gateway's release.",
    ),
    "counter.presence.bookings_dropped": (
        "有人进店，但账本长时间写不进，没有记下。",
        "People came in by their tags while the ledger took nothing for long; that was not booked.",
    ),
    "counter.presence.bookings_dropped.next": (
        "请看上面有没有磁盘的提示。",
        "See whether a notice above speaks of the disk.",
    ),
    "counter.presence.bookings_later": (
        "有人进店，当时写不进账本，稍后会再记。",
        "Somebody came in by their tag and it could not be booked just then; it will be.",
    ),
    "counter.presence.bookings_later.next": (
        "请看上面有没有磁盘的提示。",
        "See whether a notice above speaks of the disk.",
    ),
    "counter.presence.bookings_refused": (
        "有人凭标签进店，但按规则不记（例如会员刚被停用）。",
        "Somebody came in by their tag, and the rules refused to book it (a member just blocked, for one).",
    ),
    "counter.presence.bookings_refused.next": ("通常无需处理。", "Usually nothing to do."),
    "counter.presence.writes_refused": (
        "在店情况没能存盘；重启后要重新听一遍。",
        "What is known of presence could not be kept; after a restart it is heard anew.",
    ),
    "counter.presence.writes_refused.next": (
        "请看上面有没有磁盘的提示。",
        "See whether a notice above speaks of the disk.",
    ),
    "counter.presence.files_put_aside": (
        "presence.db 读不出来，已移开并重新开始；账本不受影响。",
        "presence.db could not be read, was put aside and begun anew; the ledger is not touched.",
    ),
    "counter.presence.files_put_aside.next": (
        "断电之后可能一次；再出现请检查存储卡。",
        "Once after a power cut is possible. If it comes again, check the storage card.",
    ),
    "counter.ble.bad_frames": (
        "收到了损坏的信标广播，已跳过。",
        "Advertisements that claim to be a beacon's were malformed; they were passed over.",
    ),
    "counter.ble.bad_frames.next": ("通常无需处理。", "Usually nothing to do."),
    "counter.ble.failures": (
        "网关自己的蓝牙用不了，会再试。",
        "The gateway's own Bluetooth could not be used; it is tried again.",
    ),
    "counter.ble.failures.next": (
        "请检查 [gateway] radio 的名称，以及蓝牙服务（bluetoothd）是否在运行。",
        "Check the name in [gateway] radio, and whether the Bluetooth service (bluetoothd) runs.",
    ),
    "counter.ble.silences": (
        "网关的蓝牙一分半钟什么也没听到，已重新打开。",
        "The gateway's Bluetooth heard nothing for a minute and a half, and was begun anew.",
    ),
    "counter.ble.silences.next": (
        "夜里没人时正常；白天反复出现，请检查适配器。",
        "Normal at night. If it comes again and again by day, check the adapter.",
    ),
}
