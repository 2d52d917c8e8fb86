"""Check-ins in a person's words: refusals of POST /v1/checkins, and what its counters mean.

WORDS joins act_words.WORDS, EXPLANATIONS and ROUTINE join counter_words; keys as there.
"""

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "checkin.not_here.what": ("还不能确认顾客在店里", "Nothing shows yet that the customer is in the store"),
    "checkin.not_here.do": (
        "请连上本店 Wi-Fi 再摇，或打开小程序的蓝牙和定位，站到门口或货架的铃铛旁。",
        "Join the store's Wi-Fi and shake again, or let the app use Bluetooth and location, and stand near a "
        "beacon at the door or the shelves.",
    ),
    "checkin.identity_old.what": (
        "这个信标信号不是现在的",
        "That beacon's identity is not of this moment",
    ),
    "checkin.identity_old.do": (
        "请在信标旁重新摇一次；小程序要送刚听到的，不要存着。",
        "Shake again near the beacon. An app sends what it hears now, and keeps nothing for later.",
    ),
    "checkin.identity_unknown.what": ("这不是本店的信标", "No beacon of this store says that"),
    "checkin.identity_unknown.do": (
        "请走近门口或货架再摇一次；一直这样，请核对 beacons.json 里的 uuid。",
        "Come nearer to the door or the shelves and shake again. If it stays, compare the uuid in "
        "beacons.json.",
    ),
    "checkin.identity_cloned.what": (
        "有别的设备在冒充这个信标",
        "Another device pretends to be that beacon",
    ),
    "checkin.identity_cloned.do": (
        "请用本店 Wi-Fi 签到，或换一个信标旁再摇；店员请看控制台的平面图。",
        "Check in by the store's Wi-Fi, or near another beacon. Staff: see the console's floor plan.",
    ),
    "checkin.identity_used.what": (
        "这位会员刚用这个信标签到过",
        "This member has just used this beacon to check in",
    ),
    "checkin.identity_used.do": ("过半分钟再摇。", "Shake again in half a minute."),
    "checkin.clock_unknown.what": (
        "网关还不知道时间，信标信号不能算数",
        "The gateway does not know the time yet, so no beacon counts",
    ),
    "checkin.clock_unknown.do": (
        "请顾客用本店 Wi-Fi 签到，或等网关对上时间。",
        "Let the customer check in by the store's Wi-Fi, or wait until the gateway has the time.",
    ),
    "checkin.too_many.what": ("摇得太快或太多", "That was too fast, or too often"),
    "checkin.too_many.do": (
        "什么也没有改变。请等一会儿再摇；每位会员一天最多 40 次。",
        "Nothing has changed. Wait a little, then shake again; a member has 40 a day at most.",
    ),
    "checkin.unknown_code.what": (
        "这个码不是会员的，或者已经过时",
        "That code is no member's, or its time is over",
    ),
    "checkin.unknown_code.do": (
        "请顾客打开会员页，用新的码。",
        "Open the member's page and take the new code.",
    ),
    "checkin.unknown_member.what": ("本店不认得这个会员", "This store knows no such member"),
    "checkin.unknown_member.do": (
        "请核对会员号；别店刚登记的要等同步。",
        "Check the number. One enrolled elsewhere comes with the next sync.",
    ),
    "checkin.blocked.what": ("这个会员或这张卡已停用", "This member or card is out of use"),
    "checkin.blocked.do": (
        "请店长联系总部，不要当众说原因。",
        "Let a manager ask HQ; do not discuss it in public.",
    ),
    "checkin.ticket_bad.what": ("这张到店凭证不对", "That presence ticket is none of ours"),
    "checkin.ticket_bad.do": (
        "请原样送回本店给的凭证；不行就重新摇一次。",
        "Send the ticket as this store gave it, every character; else shake again.",
    ),
    "checkin.ticket_used.what": ("这张到店凭证已经用过", "That presence ticket was used already"),
    "checkin.ticket_used.do": (
        "一张只用一次。重试同一次请用同一个 key，否则重新摇一次。",
        "Each is used once. The same try again has the same key; for another, shake again.",
    ),
    "checkin.ticket_expired.what": ("这张到店凭证过期了", "That presence ticket is too old"),
    "checkin.ticket_expired.do": (
        "凭证只有半小时。请重新摇一次。",
        "A ticket is good for half an hour. Shake again.",
    ),
    "checkin.refused.what": ("签到没有办成", "The check-in was refused"),
    "checkin.refused.do": (
        "什么也没有改变。请把凭证告诉负责系统的人。",
        "Nothing has changed. Tell whoever looks after the system, with the ticket.",
    ),
}

ROUTINE: Final = frozenset({"checkins.tickets", "checkins.visits"})

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    "counter.http.checkin_faults": (
        "应用来签到，但请求不对或按规则不行，已说明原因。",
        "An app's check-in was malformed or refused; the answer said why.",
    ),
    "counter.http.checkin_faults.next": (
        "通常无需处理；刚接入的应用，请看它显示的原因。",
        "Usually nothing to do; with an app that is new, look at the reasons it was given.",
    ),
    "counter.checkins.not_here": (
        "有人摇了，但没有什么能证明在店里。",
        "Somebody shook, and nothing showed that they were in the store.",
    ),
    "counter.checkins.not_here.next": (
        "通常是没连本店 Wi-Fi。很多次，请看铃铛和信标是否在线。",
        "Usually they are not on the store's Wi-Fi. Many: see whether the beacons are online.",
    ),
    "counter.checkins.identity_old": (
        "有人送来了真的但不是现在的信标信号。",
        "Somebody sent an identity that a beacon of ours had at another time.",
    ),
    "counter.checkins.identity_old.next": (
        "几次是手机慢。很多次，可能有人录下信号再放：它一次也没有算数；请看信标的时钟。",
        "A few are slow phones. Many: somebody may play back what they recorded, and none of it counted; "
        "else look at the beacons' clocks.",
    ),
    "counter.checkins.identity_unknown": (
        "有人送来了不属于本店的信标信号。",
        "Somebody sent an identity that no beacon of this store has.",
    ),
    "counter.checkins.identity_unknown.next": (
        "可能是隔壁店的信标，或有人乱猜：都没有算数。信标换过钥匙，请核对 beacons.json。",
        "A neighbour's beacon, or somebody who guesses; none of it counted. After a beacon got a new key, "
        "check beacons.json.",
    ),
    "counter.checkins.identity_cloned": (
        "有人送来的信标信号同时有两台设备在发，没有算数。",
        "Somebody sent an identity that two devices said at once; it did not count.",
    ),
    "counter.checkins.identity_cloned.next": (
        "请看控制台平面图上标为“被仿冒”的信标，找一找附近多出来的设备。",
        "See which beacon the console's floor plan calls cloned, and look for a device near it that is not "
        "yours.",
    ),
    "counter.checkins.identity_used": (
        "有会员想用同一个信标信号再签到一次。",
        "A member tried to check in by the same identity again.",
    ),
    "counter.checkins.identity_used.next": ("通常无需处理。", "Usually nothing to do."),
    "counter.checkins.clock_unknown": (
        "网关不知道时间，没有承认信标信号。",
        "The gateway did not know the time and took no beacon's identity.",
    ),
    "counter.checkins.clock_unknown.next": (
        "请看网关的时间：接上网络，或装一块时钟模块。",
        "See to the gateway's time: connect it, or fit a clock module.",
    ),
    "counter.checkins.too_soon": (
        "有会员在同一个 20 秒里摇了两次，请他等。",
        "A member shook again within 20 s and was asked to wait.",
    ),
    "counter.checkins.too_soon.next": ("通常无需处理。", "Usually nothing to do."),
    "counter.checkins.too_often": (
        "有会员一天摇了 40 次以上，多的没有受理。",
        "A member shook more than 40 times in a day; the rest was not taken.",
    ),
    "counter.checkins.too_often.next": (
        "可能是程序在摇。请看这位会员的记录。",
        "A program may be shaking; look at that member's history.",
    ),
    "counter.checkins.ticket_bad": (
        "有人送来了不是本店做的，或改过的到店凭证。",
        "Somebody sent a presence ticket that was not made here, or was changed.",
    ),
    "counter.checkins.ticket_bad.next": (
        "几次可能是应用截断了文字。很多次，有人在试：一次也没有算数。",
        "A few: an app may cut the text short. Many: somebody tries, and none of it counted.",
    ),
    "counter.checkins.ticket_used": (
        "有人想再用一次用过的到店凭证。",
        "Somebody tried to use a presence ticket a second time.",
    ),
    "counter.checkins.ticket_used.next": (
        "没有多给任何东西。常见的是应用重试时换了 key。",
        "Nothing was given twice. Often an app took a new key for the same try.",
    ),
    "counter.checkins.ticket_expired": (
        "有人在半小时以后才用到店凭证。",
        "Somebody used a presence ticket after its half hour.",
    ),
    "counter.checkins.ticket_expired.next": ("通常无需处理。", "Usually nothing to do."),
    "counter.checkins.members_left": (
        "一天里签到的会员太多，忘了最早一位的次数。",
        "More members checked in on one day than are kept in mind; the count of the earliest was forgotten.",
    ),
    "counter.checkins.members_left.next": (
        "通常无需处理；一直变大，请告诉技术支持。",
        "Usually nothing to do; if it keeps rising, tell support.",
    ),
}
