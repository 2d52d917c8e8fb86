"""The words of the page of the guests' Wi-Fi, in Chinese and English."""

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "wifi.link": ("客人 Wi-Fi", "Guests' Wi-Fi"),
    "wifi.title": ("客人 Wi-Fi", "Guests' Wi-Fi"),
    "wifi.back": ("← 控制台", "← Console"),
    "wifi.online": ("{count} 台在线，其中会员 {members} 台", "{count} online, {members} of them members"),
    "wifi.reload": ("刷新", "Reload"),
    "wifi.nobody": ("现在没有客人在线。", "No guest is online now."),
    "wifi.guest": ("客人", "Guest"),
    "wifi.member": ("会员", "Member"),
    "wifi.device": ("设备 …{mac}，地址 {ip}", "Device …{mac}, address {ip}"),
    "wifi.since": ("{age}上线", "online since {age}"),
    "wifi.left": ("还剩 {span}", "{span} left"),
    "wifi.over": ("时间到，正在断开", "Time is over, it is being ended"),
    "wifi.traffic": ("下行 {down}，上行 {up}", "{down} down, {up} up"),
    "wifi.extended": ("已延长 {count} 次", "extended {count} times"),
    "wifi.class.guest": ("普通速度", "Guest speed"),
    "wifi.class.member": ("会员速度", "Member speed"),
    "wifi.shut": ("还没放行", "Not let through yet"),
    "wifi.extend": ("加 {minutes} 分钟", "{minutes} more minutes"),
    "wifi.extend.of": ("{who}：加 {minutes} 分钟", "{who}: {minutes} more minutes"),
    "wifi.end": ("断开…", "End…"),
    "wifi.end.of": ("断开 {who}", "End {who}"),
    "wifi.end.why": (
        "马上不能上网，会员资料和券不受影响。",
        "The internet stops at once; membership and coupons stay.",
    ),
    "wifi.end.yes": ("现在断开", "End now"),
    "wifi.counted": ("门户记下的次数", "What the pages counted"),
    # What is wrong
    "wifi.away": ("客人页面没有回答", "The guests' pages do not answer"),
    "wifi.away.next": (
        "已经在线的客人照样能上网，新来的连不上。请看 shopbell portal 是否在运行；好了这页自己恢复。",
        "Whoever is online stays online; nobody new gets on. See if shopbell portal runs; this page recovers "
        "by itself.",
    ),
    "wifi.simulated": ("这是演示：没有真的放行或断开", "A demonstration: nothing is enforced"),
    "wifi.simulated.next": (
        "本机没有防火墙，客人页面只当作放行了。开店时运行真的 shopbell netd。",
        "No firewall stands behind it; the pages act as if. A real shop runs shopbell netd in earnest.",
    ),
    "wifi.unenforced": ("放行程序没有回答", "The process that lets guests through does not answer"),
    "wifi.unenforced.next": (
        "现在的放行、延长和断开都先记下，等它回来再生效。请看 shopbell netd 是否在运行。",
        "Whatever is let through, lengthened or ended waits until it is back. See if shopbell netd runs.",
    ),
    "wifi.wan": ("外网断了", "The internet is out"),
    "wifi.wan.next": (
        "客人仍能打开页面、入会、领券，只是上不了网；恢复后自己接上。",
        "Guests still get the page, membership and coupon, but no internet; it comes back by itself.",
    ),
    # What became of a button
    "wifi.said.end.what": ("已断开", "It is ended"),
    "wifi.said.end.do": ("这台设备要重新打开页面才能再上网。", "That device has to open the page again."),
    "wifi.said.extend.what": ("已加时", "It has more time"),
    "wifi.said.extend.do": ("无需其他操作。", "Nothing else to do."),
    "wifi.said.changed.what": ("时间刚才已经变过", "The time has changed meanwhile"),
    "wifi.said.changed.do": (
        "可能别人也按了；请看新的剩余时间再决定。",
        "Perhaps somebody else pressed it too; see the time left, then decide.",
    ),
    "wifi.said.gone.what": ("这台设备已经不在线", "That device is not online any more"),
    "wifi.said.gone.do": ("无需其他操作。", "Nothing else to do."),
    "wifi.said.busy.what": ("没有办成：现在太忙，或者人已满", "Not done: too busy just now, or full"),
    "wifi.said.busy.do": ("请过几秒再试。", "Try again in some seconds."),
    "wifi.said.away.what": ("没有办成：客人页面没有回答", "Not done: the guests' pages do not answer"),
    "wifi.said.away.do": (
        "请看 shopbell portal 是否在运行，再试一次。",
        "See if shopbell portal runs, then try again.",
    ),
}
