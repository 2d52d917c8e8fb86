"""What the counters of the guests' door mean, and of asking the portal; counter_words.py joins them."""

from typing import Final

ROUTINE: Final = frozenset({"guests.enrolled", "guests.returned", "guests.exported", "guests.forgotten"})

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    "counter.guests.bad_requests": (
        "客人页面问了一句不合约定的话，什么也没改。",
        "The guests' pages asked for something out of the contract; nothing was changed.",
    ),
    "counter.guests.bad_requests.next": (
        "请把网关和门户更新到同一版本。",
        "Bring gateway and portal to the same release.",
    ),
    "counter.guests.refused": (
        "客人要办的事按规则不行，页面已说明原因。",
        "A guest asked for what the rules refuse; the page said why.",
    ),
    "counter.guests.refused.next": ("通常无需处理。", "Usually nothing to do."),
    "counter.guests.not_now": (
        "客人要办的事当时写不进账本，页面请他再试。",
        "What a guest asked could not be written just then; the page asked to try again.",
    ),
    "counter.guests.not_now.next": (
        "请看上面有没有磁盘的提示。",
        "See whether a notice above speaks of the disk.",
    ),
    "counter.guests.too_many": (
        "入会或试码太快，超过了上限，有一些没有受理。",
        "People joined or tried codes faster than the limits allow; some were not taken.",
    ),
    "counter.guests.too_many.next": (
        "活动当天可能是人多；平时变大，是有人在试码或反复入会：请看客人 Wi-Fi 页。",
        "On a busy day it is the crowd. Else somebody tries codes or joins again and again: see the guests' "
        "Wi-Fi page.",
    ),
    "counter.guests.parts_refused": (
        "入会时有一部分（券、同意、签到）按规则没有给。",
        "Part of a joining (coupon, consent, check-in) was refused by the rules.",
    ),
    "counter.guests.parts_refused.next": (
        "会员已经建好；请看营销方案的上限。",
        "The member is there all the same; look at the programs' limits.",
    ),
    "counter.guests.refused_peer": (
        "本机上不该来的用户敲了客人入口，没有让进。",
        "A user of this machine that has no business there knocked at the guests' door; it was not let in.",
    ),
    "counter.guests.refused_peer.next": (
        "请核对 [gateway] portal_user 是不是门户的用户；不是的话，看看谁在这台机器上。",
        "Check that [gateway] portal_user is the portal's user; if it is, see who is on this machine.",
    ),
    "counter.guests.refused_full": (
        "客人入口的连接满了，有一个没有接。",
        "The guests' door had all its connections taken; one was refused.",
    ),
    "counter.guests.refused_full.next": (
        "重启 shopbell portal；仍这样请联系技术支持。",
        "Restart shopbell portal; if it stays, tell support.",
    ),
    "counter.guests.bad_line": (
        "客人入口收到一行读不懂的话，没有理会。",
        "The guests' door got a line that is none of our language; it was ignored.",
    ),
    "counter.guests.bad_line.next": (
        "请把网关和门户更新到同一版本。",
        "Bring gateway and portal to the same release.",
    ),
    "counter.wifi.portal_away": (
        "控制台问客人页面，没有得到回答。",
        "The console asked the guests' pages and got no answer.",
    ),
    "counter.wifi.portal_away.next": (
        "请看 shopbell portal 是否在运行；没有客人 Wi-Fi 的店不用管。",
        "See if shopbell portal runs; a store without guests' Wi-Fi may ignore it.",
    ),
}
