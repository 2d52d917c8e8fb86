"""The console's words, in Chinese and English; shared ones are in shopbell.look.words."""

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "console.area": ("门店控制台", "Store console"),
    "console.title": ("{store} · 门店控制台", "{store} · Store console"),
    "console.gateway": ("网关 {gateway}", "Gateway {gateway}"),
    "console.till": ("打开收银台", "Open the till"),
    # Notices above everything
    "notice.unsecured": (
        "设备连接没有加密和身份验证",
        "The devices' line is neither encrypted nor authenticated",
    ),
    "notice.unsecured.next": (
        "这是只在本机上试用的消息服务（nats-server）。正式开店前请安装 mosquitto，并运行 shopbell setup。",
        "This is the trial broker (nats-server), on this machine only. Before a real shop opens, install "
        "mosquitto and run shopbell setup.",
    ),
    "notice.cache_absent": ("还没有收到总部的会员资料", "No members have come from HQ yet"),
    "notice.cache_absent.next": (
        "每张卡都会显示为未知，但都会入账。请查看同步服务（bridge）是否在运行，以及能否连上总部。",
        "Every card reads as unknown, and is booked all the same. See if the bridge runs and reaches HQ.",
    ),
    "notice.ledger_refuses": ("账本写不进磁盘", "The ledger cannot be written"),
    "notice.ledger_refuses.next": (
        "现在不给任何答复，终端会再送来。请立即检查磁盘空间和存储卡；写得进时此提示自己消失。",
        "Nothing is answered, and terminals send again. Check the disk's free space and the SD card now; "
        "this goes away by itself once writing works.",
    ),
    "notice.ledger_behind": ("账本比终端见过的旧", "The ledger is older than what terminals have seen"),
    "notice.ledger_behind.next": (
        "很可能恢复了旧的存储卡或备份。为了不重复给，额度已冻结，直到总部换发；手边有原来的卡，请停机换回。",
        "An old SD card or backup was probably restored. So that nothing is given twice, rights are frozen "
        "until HQ gives out new ones. If the right card is at hand, stop this gateway and put it back.",
    ),
    "notice.rights_frozen": (
        "额度已冻结：这本账比别处见过的旧",
        "Rights are frozen: this ledger is older than what others have seen",
    ),
    "notice.rights_frozen.next": (
        "积分照常累积，券和余额暂不能用。请保持联网，总部会换发新的额度；一小时后仍如此，请联系负责系统的人。",
        "Earning goes on; coupons and balances cannot be used. Keep the line up: HQ gives out new rights. If "
        "it stays for an hour, tell whoever looks after the system.",
    ),
    "notice.disk_low": ("磁盘快满了", "The disk is nearly full"),
    "notice.disk_low.next": (
        "暂不受理新的核销，积分照常累积。请立即腾出空间；有空间后此提示自己消失。",
        "New redemptions are refused, earning goes on. Free some space now; this goes away by itself.",
    ),
    "notice.cache_damaged": ("本店的会员资料文件读不出来", "The store's member file cannot be read"),
    "notice.cache_damaged.next": (
        "每张卡都会显示为未知，但都会入账。同步服务会向总部重新要一份；若一小时后仍如此，请检查存储卡。",
        "Every card reads as unknown, and is booked all the same. The bridge asks HQ for a new one; if this "
        "stays for an hour, check the SD card.",
    ),
    "notice.bundle_refused": (
        "收到的营销方案不是总部签发的",
        "The programs that came are not signed by HQ",
    ),
    "notice.bundle_refused.next": (
        "没有采用，仍按上一份有效的方案执行。请联系总部核对签名密钥（bundle_key_file）。",
        "They are not used; the last good ones stay in force. Ask HQ to check the signing key "
        "(bundle_key_file).",
    ),
    "notice.bundle_unchecked": ("营销方案的签名没有核对", "The signature of programs is not checked"),
    "notice.bundle_unchecked.next": (
        "请向总部要公钥文件，填入 [gateway] bundle_key_file。",
        "Ask HQ for its public key file and name it in [gateway] bundle_key_file.",
    ),
    "notice.broker_away": ("连不上消息服务", "The broker does not answer"),
    "notice.broker_away.next": (
        "终端先记着读到的卡，恢复后再送来。请看消息服务（mosquitto）是否在运行。",
        "Terminals keep what they read and send it later. See whether the broker (mosquitto) runs.",
    ),
    "notice.payments_left": ("有付款等人处理", "Payments wait for somebody"),
    "notice.payments_left.next": (
        "收到了钱却没有入单，或还不能确定：请在收银台的“付款”里用掉或退回；没有接收款服务时见 /v1/payments。",
        "Money was taken and is part of no sale, or nobody can be sure. Use it or give it back, under "
        "Payments at the till; without a payment bridge see /v1/payments.",
    ),
    "notice.alarm": ("需要有人处理：{alarm}", "Somebody must look at this: {alarm}"),
    "notice.alarm.next": (
        "此提示会一直显示到网关重启。请记下它并联系负责系统的人。",
        "It stays until the gateway restarts. Note it down and tell whoever looks after the system.",
    ),
    # At a glance
    "glance.title": ("一眼看全", "At a glance"),
    "glance.answer": ("应答用时", "Time to decide"),
    "glance.answer.none": ("尚无", "none yet"),
    "glance.answer.means": ("最近 {count} 次的中位数，含写盘", "median of the last {count}, disk included"),
    "glance.answer.empty": ("还没有人刷卡", "nobody has tapped yet"),
    "glance.devices": ("设备在线", "Devices online"),
    "glance.devices.all": ("全部在线", "all of them"),
    "glance.devices.some": ("有 {count} 台离线，见下方", "{count} offline: see below"),
    "glance.devices.empty": ("还没有设备报到", "none has reported yet"),
    "glance.waiting": ("等待送往总部", "Waiting for HQ"),
    "glance.waiting.zero": ("总部全都有了", "HQ has everything"),
    "glance.waiting.some": ("断网也不会丢：都在本店账本里", "safe in this store's ledger"),
    "glance.cache": ("会员资料更新于", "Members as of"),
    "glance.cache.means": ("本店自己的副本，断网照样认人", "the store's own copy, good without the internet"),
    # Taps
    "taps.title": ("刷卡与扫码", "Taps and scans"),
    "taps.sub": ("最新的 {count} 条", "the newest {count}"),
    "taps.empty": (
        "还没有人刷卡。轻触一张卡，这里立刻会响。",
        "Nobody has tapped yet. Tap a card and it appears here.",
    ),
    "taps.time": ("时间", "Time"),
    "taps.outcome": ("结果", "Outcome"),
    "taps.member": ("会员", "Member"),
    "taps.device": ("设备", "Device"),
    "taps.decide": ("用时", "Took"),
    "taps.nobody": ("—", "—"),
    "taps.late": ("迟到", "Late"),
    "taps.late.means": ("过了时限才送到，只入账，不显示", "arrived past its deadline: booked, not shown"),
    "taps.stale": ("旧码", "Old code"),
    "taps.stale.means": (
        "会员码过期了，或者已经用过",
        "a rotating code that is too old or was shown before",
    ),
    "taps.duplicate": ("重复", "Duplicate"),
    "taps.duplicate.means": (
        "同一条又来一次，给了原来的答复，没有再入账",
        "came again: same answer, booked once",
    ),
    "evidence.nfc.uid": ("卡", "card"),
    "evidence.qr.static": ("二维码", "QR code"),
    "evidence.ble.tag": ("标签", "tag"),
    "evidence.none": ("感应", "sighting"),
    # HQ
    "sync.title": ("本店与总部", "This store and HQ"),
    "sync.head": ("账本末尾", "End of the ledger"),
    "sync.head.means": ("本店已写进磁盘的最后一条", "the last event safe on this store's disk"),
    "sync.as_of": ("总部已有", "HQ has"),
    "sync.as_of.means": ("总部确认收到的最后一条", "the last event HQ confirmed"),
    "sync.as_of.unknown": ("还不知道", "not known yet"),
    "sync.waiting": ("在路上", "On the way"),
    "sync.waiting.means": (
        "断网时会变多，恢复后自己归零",
        "grows while the line is down, falls to 0 by itself",
    ),
    "sync.bar": ("总部已有 {share}%", "HQ has {share} %"),
    "sync.generation": ("会员资料版本", "Member file"),
    "sync.cursor": ("更新到第", "Changes taken up to"),
    "sync.age": ("会员资料更新于", "Members as of"),
    "sync.age.means": ("几小时以内都正常；一天以上请检查网络", "hours are fine; after a day, check the line"),
    "sync.epoch": ("账本纪元", "Ledger epoch"),
    "sync.epoch.means": ("从旧备份恢复后会加一", "goes up when an old backup was restored"),
    # Devices
    "devices.title": ("设备", "Devices"),
    "devices.empty": (
        "还没有设备报到。请接通终端的电源。",
        "No device has reported yet. Switch a terminal on.",
    ),
    "devices.online": ("已开机 {span}，{age}有消息", "up for {span}, heard {age}"),
    "devices.offline": ("离线 {span}", "gone for {span}"),
    "devices.firmware": ("固件 {firmware}", "firmware {firmware}"),
    "devices.counts": ("终端记下的小毛病", "What the device counted"),
    "device.online": ("在线", "Online"),
    "device.offline": ("离线", "Offline"),
    # Counters
    "counters.title": ("拒绝与差错", "Refused and repaired"),
    "counters.sub": ("自网关启动以来", "since the gateway started"),
    "counters.empty": ("一切正常：没有拒绝过任何东西。", "All is well: nothing was refused."),
    "counters.next": ("怎么办", "Next"),
    # Sign in
    "door.title": ("请出示口令", "Show your token"),
    "door.why": (
        "这页显示会员的到店记录，所以要口令。",
        "This page shows who came to the store, so it asks for a token.",
    ),
    "door.where": ("口令在网关这台机器的文件里：", "The token is in a file on the gateway's own machine:"),
    "door.where.link": (
        "网关启动时打印的链接里也带着它：打开那个链接就直接进来。",
        "The link printed when the gateway starts carries it too: opening that link lets you in.",
    ),
    "door.field": ("口令", "Token"),
    "door.enter": ("进入", "Enter"),
    "door.wrong": ("这个口令不对", "That token is not right"),
    "door.wrong.next": (
        "请整行复制文件里的口令再试一次。",
        "Copy the whole line from the file and try again.",
    ),
    "door.slow": ("错误的尝试太多了", "Too many wrong tries"),
    "door.slow.next": ("请等几秒再试。", "Wait some seconds, then try again."),
}
