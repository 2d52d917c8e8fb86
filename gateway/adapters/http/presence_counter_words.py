"""What the counters of hearing mean: beacons, tags, phones, the gateway's radio. See counter_words.py."""

from typing import Final

ROUTINE: Final = frozenset(
    {
        "presence.adverts",
        "presence.letters",
        "presence.reports",
        "presence.resolved",
        "presence.tentative",
        "presence.visits",
        "ble.adverts",
        "ble.starts",
    }
)

_NOTHING: Final = ("通常无需处理。", "Usually nothing to do.")
_TIME: Final = (
    "几次是重启或网络慢；一直变大，请看该信标是否在线。",
    "A few come from restarts or a slow network. If it keeps rising, see whether the beacons are online.",
)
_DISK: Final = ("请看上面有没有磁盘的提示。", "See whether a notice above speaks of the disk.")

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    "counter.presence.unknown": (
        "听到了不是本店信标和标签的身份：路过的人、邻居的设备，或有人在猜。",
        "Identities heard that are of no beacon or tag of this store: passers-by, neighbours, or a guess.",
    ),
    "counter.presence.unknown.next": (
        "无需处理，一个也没有当真。刚换了标签的话，请确认已登记（shopbell device tag）。",
        "Nothing to do: none was believed. After handing out a new tag, see that it is registered "
        "(shopbell device tag).",
    ),
    "counter.presence.replayed": (
        "听到了已经过时的真身份：可能有人录下来重放，没有当真。",
        "Genuine identities heard past their time: perhaps recorded and sent again. Not believed.",
    ),
    "counter.presence.replayed.next": (
        "几次可能是标签刚换电池；很多次，请留意店里有没有多出来的设备。",
        "A few may be a tag with a fresh battery. Many: look for a device in the shop that is not yours.",
    ),
    "counter.presence.cloned": (
        "同一身份同时从两处发出：有人仿造，两处都不算。",
        "One identity sent from two places at once: somebody copies it, and neither counts.",
    ),
    "counter.presence.cloned.next": (
        "请打开“信标”页看是哪一个，并在附近找一找不认识的设备。",
        "Open the beacons' page to see which, and look around it for a device that is not yours.",
    ),
    "counter.presence.clocks_lost": (
        "有信标或标签的时钟走失，已经找回。",
        "A beacon or tag had lost its time; it was found again.",
    ),
    "counter.presence.clocks_lost.next": (
        "偶尔一次无妨；同一个常常如此，请换电池或换掉它。",
        "Now and then is fine. If one keeps doing it, change its battery, or it.",
    ),
    "counter.presence.late": (
        "信标报来的消息太旧，没有采用。",
        "What beacons reported was too old to be used.",
    ),
    "counter.presence.late.next": _TIME,
    "counter.presence.bad_sightings": (
        "信标报来的内容不合约定，没有采用。",
        "What a beacon reported breaks the contract; it was not used.",
    ),
    "counter.presence.bad_sightings.next": (
        "请把信标更新到和网关同一版本。",
        "Bring beacons and gateway to the same release.",
    ),
    "counter.presence.strange_scanners": (
        "没有登记的设备报来它听到的，没有采用。",
        "A device that is no registered beacon reported what it heard; it was not used.",
    ),
    "counter.presence.strange_scanners.next": (
        "如果是新信标，请登记（shopbell device beacon）；不认得它就吊销它的证书。",
        "Register it if it is a new beacon (shopbell device beacon); revoke its certificate if it is not "
        "yours.",
    ),
    "counter.presence.relayed_refused": (
        "客人的手机转来的身份都不算数：过时、不认得，或被仿造。",
        "Nothing of what a customer's phone passed on counts: old, unknown or copied.",
    ),
    "counter.presence.relayed_refused.next": (
        "客人的页面已说明怎么办。很多次，请看信标是否都正常。",
        "Their page said what to do. Many: see whether all beacons are well.",
    ),
    "counter.presence.crowded_out": (
        "不认得的身份太多，有一些没有去找是不是走失的标签。",
        "Too many unknown identities at once; some were not searched for a lost tag.",
    ),
    "counter.presence.crowded_out.next": _NOTHING,
    "counter.presence.rows_dropped": (
        "记下的时钟对不上：换过密钥，或隔得太久。",
        "A clock that was kept fits no more: a new key, or too long ago.",
    ),
    "counter.presence.rows_dropped.next": (
        "无需处理：听到它就会重新记。",
        "Nothing to do: it is kept anew once it is heard.",
    ),
    "counter.presence.writes_refused": (
        "没能把谁在店里记到磁盘上，内存里仍有。",
        "Who is here could not be kept on the disk; it is still in memory.",
    ),
    "counter.presence.writes_refused.next": _DISK,
    "counter.presence.files_put_aside": (
        "到店记录的文件读不出来，已放到一边，从头开始。",
        "The file of who is here could not be read; it was put aside and begun anew.",
    ),
    "counter.presence.files_put_aside.next": (
        "入过账的都在。再出现请检查存储卡。",
        "Nothing booked is lost. If it happens again, check the SD card.",
    ),
    "counter.presence.files_taken_up": (
        "信标登记文件改过，已经生效。",
        "The file of beacons was changed and taken up.",
    ),
    "counter.presence.files_taken_up.next": _NOTHING,
    "counter.presence.files_refused": (
        "信标登记文件改过，但用不了；原来的信标继续有效。",
        "The file of beacons was changed and cannot be used; the beacons of before stay.",
    ),
    "counter.presence.files_refused.next": (
        "运行 shopbell device beacons 看哪里不对。",
        "Say shopbell device beacons to see what is wrong.",
    ),
    "counter.presence.bookings_later": (
        "到店一时写不进账本，稍后再写。",
        "A visit could not be booked just then; it is tried again.",
    ),
    "counter.presence.bookings_later.next": _DISK,
    "counter.presence.bookings_refused": (
        "有人带着标签来，但按规则不能入账：会员已停用或已注销。",
        "Somebody came with a tag, and the rules do not allow to book it: blocked or forgotten members.",
    ),
    "counter.presence.bookings_refused.next": _NOTHING,
    "counter.presence.bookings_dropped": (
        "账本太久写不进，有几次到店没有入账。",
        "The ledger took nothing for too long; some visits were not booked.",
    ),
    "counter.presence.bookings_dropped.next": _DISK,
    "counter.presence.tags_evicted": (
        "同时听到的会员标签太多，最久没听到的不再跟踪。",
        "More members' tags were heard than can be followed; the longest unheard gave way.",
    ),
    "counter.presence.tags_evicted.next": _NOTHING,
    "counter.presence.visits_refused": (
        "同时在店的会员太多，有一些没有算作到店。",
        "More members were in the shop than are counted at once; some visits were not begun.",
    ),
    "counter.presence.visits_refused.next": _NOTHING,
    "counter.presence.pairs_refused": (
        "信标太多，有些两两之间的信号不再比较。",
        "There are so many beacons that not every pair of them is compared.",
    ),
    "counter.presence.pairs_refused.next": (
        "被移动的信标可能晚些才发现；请把不用的信标从登记中去掉。",
        "A moved beacon may be noticed later; take beacons that are not used out of the plan.",
    ),
    "counter.ble.bad_frames": (
        "网关的蓝牙听到了格式不对的信标信号。",
        "The gateway's radio heard beacon frames that break the format.",
    ),
    "counter.ble.bad_frames.next": _NOTHING,
    "counter.ble.failures": (
        "网关的蓝牙打不开或中断了，会自己再试。",
        "The gateway's Bluetooth could not be opened, or broke off; it tries again by itself.",
    ),
    "counter.ble.failures.next": (
        "一直变大，请看蓝牙适配器是否插好、bluetooth 服务是否在运行。",
        "If it keeps rising: is the Bluetooth adapter there, and the bluetooth service running?",
    ),
    "counter.ble.silences": (
        "网关的蓝牙一分半钟什么都没听见，重新打开了。",
        "The gateway's Bluetooth heard nothing for a minute and a half and was opened anew.",
    ),
    "counter.ble.silences.next": (
        "夜里正常；营业时常常如此，请把网关移到离信标近一些的地方。",
        "Normal at night. If it happens while the shop is open, move the gateway nearer to the beacons.",
    ),
}
