"""What each counter means and what to do about it, for the console; a test finds every counter here.

Keys: counter.<name> says what it means, counter.<name>.next what to do.
"""

from typing import Final

from gateway.adapters.http import (
    bridge_words,
    checkin_words,
    guest_counter_words,
    ledger_counter_words,
    order_counter_words,
    payment_words,
    presence_counter_words,
)

# Counts of work done, not of anything refused: the API and /metrics have them, the page leaves them out.
ROUTINE: Final = (
    frozenset({"booked.batches", "booked.records"})
    | bridge_words.ROUTINE
    | ledger_counter_words.ROUTINE
    | order_counter_words.ROUTINE
    | guest_counter_words.ROUTINE
    | checkin_words.ROUTINE
    | presence_counter_words.ROUTINE
    | payment_words.ROUTINE
)

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    **order_counter_words.EXPLANATIONS,
    **checkin_words.EXPLANATIONS,
    **presence_counter_words.EXPLANATIONS,
    **payment_words.EXPLANATIONS,
    "counter.other": ("这里还没有说明的一种计数。", "A count that has no explanation here yet."),
    "counter.other.next": (
        "数字一直变大的话，请连同名称告诉技术支持。",
        "If it keeps rising, tell support its name.",
    ),
    "counter.http.wrong_token": (
        "有人用错误的口令打开本页或接口。",
        "Somebody opened this page or the API with a wrong token.",
    ),
    "counter.http.wrong_token.next": (
        "几次是打错字；很多次，请检查收银软件里的口令，或看看谁在店里的网络上。",
        "A few are typing errors. Many: check the till program's token, or who is on the store's network.",
    ),
    "counter.http.held_back_full": (
        "错误的口令同时来得太多，立即拒绝了一些。",
        "Too many wrong tokens at once; some were refused straight away.",
    ),
    "counter.http.held_back_full.next": (
        "有程序在不停地试口令：请在路由器上找出它。",
        "A program keeps trying tokens: find it on the router.",
    ),
    "counter.http.refused_host": (
        "有请求用了不属于本机的名字，已拒绝。",
        "A request used a name that is not this machine's; refused.",
    ),
    "counter.http.refused_host.next": (
        "请用 IP 地址或 localhost 打开本页。别的网页想借用本页时也会这样。",
        "Open the page by its address or as localhost. Foreign pages trying to use this one count too.",
    ),
    "counter.http.refused_origin": (
        "别的网页想替你提交，已拒绝。",
        "Another web page tried to send something in your name; refused.",
    ),
    "counter.http.refused_origin.next": (
        "请关掉当时打开的陌生网页。",
        "Close the unknown page that was open then.",
    ),
    "counter.live.devices_refused": (
        "设备名多得不合理，新的没有显示。",
        "More device names than any store has; new ones are not shown.",
    ),
    "counter.live.devices_refused.next": (
        "请在消息服务的日志里找是谁在用新的名字。",
        "Look in the broker's log for who keeps using new names.",
    ),
    "counter.live.subscribers_dropped": (
        "有网页读得太慢，断开后会自己重连。",
        "A page read too slowly; it was cut off and connects again by itself.",
    ),
    "counter.live.subscribers_dropped.next": (
        "不用管；如果天天发生，请检查那台电脑的网络。",
        "Nothing. If it happens every day, check that computer's network.",
    ),
    "counter.live.subscribers_refused": (
        "同时打开的实时页面太多，新的没有接上。",
        "Too many live pages open at once; a new one was not served.",
    ),
    "counter.live.subscribers_refused.next": ("请关掉不用的页面。", "Close the pages nobody looks at."),
    "counter.booked.duplicates": (
        "同一条记录又来了，给了原来的答复，没有再入账。",
        "A record came again; it got its first answer and was not booked twice.",
    ),
    "counter.booked.duplicates.next": (
        "断线重连后属正常；不停变大时，请检查那台终端的网络。",
        "Normal after a lost connection. If it keeps rising, check that terminal's network.",
    ),
    "counter.cache.bundles_refused": (
        "有一份营销方案的签名不对，没有采用。",
        "A bundle of programs had a wrong signature and was not used.",
    ),
    "counter.cache.bundles_refused.next": (
        "请联系总部核对签名密钥。",
        "Ask HQ to check its signing key.",
    ),
    "counter.cache.unusable": (
        "会员资料文件读不出来，卡暂时显示为未知。",
        "The member file could not be read; cards read as unknown meanwhile.",
    ),
    "counter.cache.unusable.next": (
        "同步服务会重新下载；一小时后仍在变大，请检查存储卡。",
        "The bridge fetches it again. If it still rises after an hour, check the SD card.",
    ),
    "counter.ledger.batches_refused": (
        "账本写不进磁盘，没有给出答复；终端会再送来。",
        "The ledger could not be written; nothing was answered, and terminals send again.",
    ),
    "counter.ledger.batches_refused.next": (
        "请立即检查磁盘空间和存储卡。",
        "Check the disk's free space and the SD card now.",
    ),
    "counter.ledger.checkpoints_refused": (
        "账本的整理被推迟了，日志文件会变大。",
        "Tidying the ledger was put off, so its log file grows.",
    ),
    "counter.ledger.checkpoints_refused.next": (
        "不停变大时，请关掉正在读账本的程序。",
        "If it keeps rising, close the program that keeps reading the ledger.",
    ),
    "counter.mqtt.disconnected": (
        "和消息服务的连接断了，会自己重连。",
        "The connection to the broker was lost; it comes back by itself.",
    ),
    "counter.mqtt.disconnected.next": (
        "不停变大时，请看消息服务是否在运行。",
        "If it keeps rising, see whether the broker runs.",
    ),
    "counter.mqtt.unsent": (
        "有答复没能送出；终端会再问。",
        "An answer could not be sent; the terminal asks again.",
    ),
    "counter.mqtt.unsent.next": (
        "消息服务重启时属正常；不停变大请检查它。",
        "Normal while the broker restarts. If it keeps rising, look at the broker.",
    ),
    "counter.status.devices_refused": (
        "设备名多得不合理，新的没有记录。",
        "More device names than any store has; new ones are not recorded.",
    ),
    "counter.status.devices_refused.next": (
        "请在消息服务的日志里找是谁在用新的名字。",
        "Look in the broker's log for who keeps using new names.",
    ),
    "counter.status.held_back": (
        "有设备反复上线下线，合并记录了。",
        "A device keeps coming and going; its changes were booked together.",
    ),
    "counter.status.held_back.next": (
        "请检查那台设备的电源和 Wi-Fi。",
        "Check that device's power and Wi-Fi.",
    ),
    "counter.wire.*": (
        "收到一条不合协议的消息，已丢弃，什么也没改。",
        "A message broke the contract; it was dropped and changed nothing.",
    ),
    "counter.wire.*.next": (
        "自己的终端出现这种情况，请更新固件；否则看看谁在店里的网络上。",
        "From a terminal of ours: update its firmware. Else see who is on the store's network.",
    ),
    "counter.wire.wrong_version": (
        "有设备说的是另一个版本的协议，消息已丢弃。",
        "A device speaks another version of the contract; its message was dropped.",
    ),
    "counter.wire.wrong_version.next": (
        "请把网关和终端更新到同一版本。",
        "Bring gateway and terminals to the same release.",
    ),
    "counter.wire.oversize": (
        "收到一条大得不合理的消息，已丢弃。",
        "A message was larger than any of ours; it was dropped.",
    ),
    "counter.wire.oversize.next": (
        "请看看谁在店里的网络上；我们的终端不会发这么大。",
        "See who is on the store's network: our terminals never send so much.",
    ),
    "counter.wire.bad_device": (
        "有消息用了不存在的设备名，已丢弃。",
        "A message used a device name that cannot be; it was dropped.",
    ),
    "counter.wire.bad_device.next": (
        "请检查新终端的设置；若没有新终端，看看谁在网络上。",
        "Check a new terminal's settings. If there is none, see who is on the network.",
    ),
    "counter.wake.not_sent": (
        "没叫醒同步服务；它最多一秒后自己会看。",
        "The bridge was not woken; it looks by itself within a second.",
    ),
    "counter.wake.not_sent.next": (
        "如果不停变大，同步服务没有在运行：请查看它的状态。",
        "If it keeps rising the bridge is not running: look at its state.",
    ),
    **guest_counter_words.EXPLANATIONS,
    **ledger_counter_words.EXPLANATIONS,
    **bridge_words.EXPLANATIONS,
}


def explain(name: str) -> str:
    """The key stem of the explanation of a counter; a family such as "wire.*" explains all its members."""
    family = f"counter.{name.rpartition('.')[0]}.*"
    candidates = (f"counter.{name}", family)
    return next((key for key in candidates if key in EXPLANATIONS), "counter.other")
