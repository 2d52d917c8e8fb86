"""The words of the beacons' page, of the floor plan on the console, and of what is wrong with a beacon."""

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "beacons.link": ("信标与到店", "Beacons and visitors"),
    "beacons.title": ("信标与到店", "Beacons and visitors"),
    "beacons.back": ("← 控制台", "← Console"),
    "beacons.off": ("还没有信标", "No beacons yet"),
    "beacons.off.next": (
        "有了信标，顾客摇一摇就能签到，这里能看到谁在店里。十分钟装好：docs/hardware/beacons.md。",
        "With beacons a customer shakes the phone to check in, and you see here who is in the store. "
        "Ten minutes to set up: docs/hardware/beacons.md.",
    ),
    # The floor plan
    "floor.title": ("店内", "In the store"),
    "floor.people": ("现在有 {count} 位会员在店里", "{count} members in the store now"),
    "floor.one": ("现在有 1 位会员在店里", "1 member in the store now"),
    "floor.nobody": ("现在没有听到会员", "No member is noticed now"),
    "floor.plan": ("平面图", "Floor plan"),
    "floor.more": ("图上另有 {count} 位没有画出", "{count} more are not drawn"),
    "floor.sign.person": ("会员", "Member"),
    "floor.sign.beacon": ("信标，正常", "Beacon, well"),
    "floor.sign.wrong": ("信标，要看一看", "Beacon, needs a look"),
    "floor.sign.radio": ("网关的蓝牙", "The gateway's radio"),
    # Who is here
    "people.nowhere": ("在店里，位置不明", "In the store, place unknown"),
    "people.member": ("会员", "Member"),
    "people.rest": ("另有 {count} 位", "and {count} more"),
    "people.proof.tag": ("带标签", "carries a tag"),
    "people.proof.beacon": ("在信标旁摇过", "shook near a beacon"),
    "people.proof.network": ("在店里 Wi-Fi 上摇过", "shook on the store's Wi-Fi"),
    "people.proof.other": ("已签到", "checked in"),
    # The beacons
    "senders.title": ("信标", "Beacons"),
    "senders.sub": ("{count} 个，正常 {well} 个", "{well} of {count} well"),
    "senders.tags": ("听到过的会员标签 {count} 个", "{count} members' tags heard"),
    "senders.file": ("信标登记文件用不了，已经 {span}", "The file of beacons cannot be used, for {span}"),
    "senders.file.next": (
        "仍按原来的信标工作。运行 shopbell device beacons 看哪里不对；改好后几秒内自动生效。",
        "The beacons of before stay in use. Say shopbell device beacons to see what is wrong; once it is "
        "mended it counts within seconds.",
    ),
    "senders.radio": ("网关的蓝牙", "The gateway's radio"),
    "senders.heard": ("{age}听到它", "heard {age}"),
    "senders.hears": ("{age}还在听", "heard something {age}"),
    "senders.never": ("还没有谁听到它", "nobody has heard it yet"),
    "senders.level": ("{level} dBm", "{level} dBm"),
    "senders.battery": ("电池 {volts} V", "battery {volts} V"),
    "senders.battery_low": ("电池快没电了", "battery nearly empty"),
    "senders.placeless": ("没有位置", "no place"),
    "senders.since": ("已经 {span}", "for {span}"),
    "sender.ok": ("正常", "Well"),
    "sender.never": ("还没听到", "Not heard yet"),
    "sender.never.next": (
        "接通电源，一分钟内就会听到。若没有：它的 device.json 是不是这家店的？",
        "Give it power; it is heard within a minute. If not: is its device.json of this store?",
    ),
    "sender.silent": ("没有声音", "Silent"),
    "sender.silent.next": (
        "它连着网，可是没人听到它，或者它什么也听不到。断电再通电；还不行就换一个。",
        "It is connected, but nobody hears it, or it hears nobody. Take its power away and give it back; "
        "if that does not help, replace it.",
    ),
    "sender.lost": ("失联", "Offline"),
    "sender.lost.next": (
        "请看它的电源，再看店里的 Wi-Fi。恢复后自己会好。",
        "See its power first, then the store's Wi-Fi. It comes back by itself.",
    ),
    "sender.moved": ("被挪动了", "Moved"),
    "sender.moved.next": (
        "请放回原处；真要换地方，就登记新位置：shopbell device beacon {name} --at X,Y。",
        "Put it back where it was; if it is to stay, tell its new place: "
        "shopbell device beacon {name} --at X,Y.",
    ),
    "sender.cloned": ("身份被仿造", "Cloned"),
    "sender.cloned.next": (
        "有别的设备在发它的身份；仿造的不算数。请在它附近找一找；止不住就给它换钥匙：shopbell device {kind} "
        "{name} --new-key。",
        "Another device sends its identity; nobody is let in by it. Look around it. If it does not end, give "
        "it a new key: shopbell device {kind} {name} --new-key.",
    ),
    "sender.clock_lost": ("时钟走失", "Clock lost"),
    "sender.clock_lost.next": (
        "它的时间和网关的不一样，先不采信。断电再通电，再看它的 Wi-Fi。",
        "Its time is not the gateway's, so it is not believed. Take its power away and give it back, "
        "then see its Wi-Fi.",
    ),
    "sender.unknown": ("不认得的状态", "A state unknown here"),
    "sender.unknown.next": ("这种状态这里还没有说明。", "A state that has no explanation here yet."),
    "sender.radio.lost.next": (
        "网关打不开自己的蓝牙。请看适配器是否插好、bluetooth 服务是否在运行；信标照常在听。",
        "The gateway cannot use its own Bluetooth: is the adapter there, and the bluetooth service running? "
        "The beacons go on listening.",
    ),
    "sender.radio.silent.next": (
        "网关的蓝牙听不到信标。请把网关移出金属柜，离信标近一些。",
        "The gateway's radio hears no beacon: take it out of a metal box, or nearer to the beacons.",
    ),
    "sender.radio.moved.next": (
        "网关换了地方：请在平面图里改它的位置（shopbell device plan --radio）。",
        "The gateway stands elsewhere now: tell the plan its place (shopbell device plan --radio).",
    ),
    # What came of it
    "counts.title": ("摇一摇与到店", "Shakes and visits"),
    "counts.today": ("今天，{day}", "Today, {day}"),
    "counts.before": ("← 前一天", "← Day before"),
    "counts.after": ("后一天 →", "Day after →"),
    "counts.none": ("这一天还没有人摇一摇，也没有听到标签。", "No shake and no tag on this day."),
    "counts.away": ("账本现在读不了", "The ledger cannot be read just now"),
    "counts.away.next": ("恢复后这里自己会好。", "This comes back by itself."),
    "counts.network": ("店里 Wi-Fi（没有信标）", "Store Wi-Fi (no beacon)"),
    "counts.shakes": ("摇一摇", "Shakes"),
    "counts.visitors": ("到店会员", "Visitors"),
    "counts.redeemed": ("其中核销了券", "of them redeemed"),
    "counts.share": ("{share}%", "{share} %"),
    "counts.share.none": ("—", "—"),
    "counts.hour": ("时段", "Hour"),
    "counts.from_to": ("{hour}:00–{hour}:59", "{hour}:00–{hour}:59"),
    "counts.chart": (
        "每小时到店会员，最多 {most} 位，在 {hour} 点",
        "Visitors by hour; most: {most} at {hour}:00",
    ),
    "counts.hours": ("按小时看", "By the hour"),
    "counts.means": (
        "摇一摇是用掉的票；到店会员同一小时只算一次，跨两小时在两处都算；核销指当天之后在本店用了券。",
        "A shake is a ticket used. A visitor counts once an hour, and in each hour they are here. Redeemed: "
        "used a coupon here later on that day.",
    ),
    "counts.sign.visitors": ("到店会员", "Visitors"),
    "counts.sign.redeemed": ("其中核销了券（斜线）", "of them redeemed (hatched)"),
    # On top of the console
    "notice.beacon_lost": ("信标失联：{alarm}", "Beacon offline: {alarm}"),
    "notice.beacon_lost.next": (
        "请看它的电源，再看店里的 Wi-Fi。顾客仍可在店里的 Wi-Fi 上摇一摇。",
        "See its power, then the store's Wi-Fi. Customers can still shake on the store's Wi-Fi.",
    ),
    "notice.beacon_silent": ("信标没有声音：{alarm}", "Beacon silent: {alarm}"),
    "notice.beacon_silent.next": (
        "断电再通电；还不行就换一个。在那之前，那里的位置显示为不明。",
        "Take its power away and give it back, or replace it. Until then nobody can be placed there.",
    ),
    "notice.beacon_moved": ("信标被挪动了：{alarm}", "Beacon moved: {alarm}"),
    "notice.beacon_moved.next": (
        "请放回原处，或登记新位置；不然平面图上的位置会错。",
        "Put it back, or tell its new place; else the floor plan is wrong.",
    ),
    "notice.beacon_cloned": ("有人仿造信标的身份：{alarm}", "Beacon cloned: {alarm}"),
    "notice.beacon_cloned.next": (
        "仿造的不算数。请在它附近找一找不是店里的设备。",
        "Somebody copies its identity; a copy lets nobody in. Look around it for a device that is not the "
        "store's.",
    ),
    "notice.beacon_clock_lost": ("信标的时钟走失：{alarm}", "Beacon's clock lost: {alarm}"),
    "notice.beacon_clock_lost.next": (
        "先不采信它；断电再通电，再看它的 Wi-Fi。",
        "It is not believed until its time is right: take its power away and give it back, then see its "
        "Wi-Fi.",
    ),
    "notice.beacons_file": ("信标登记文件用不了", "The file of beacons cannot be used"),
    "notice.beacons_file.next": (
        "仍按原来的信标工作。运行 shopbell device beacons 看哪里不对。",
        "The beacons of before stay in use. Say shopbell device beacons to see what is wrong.",
    ),
    "notice.radio_away": ("网关的蓝牙听不到", "The gateway's own radio hears nothing"),
    "notice.radio_away.next": (
        "请看蓝牙适配器；信标照常在听。",
        "See its Bluetooth adapter; the beacons go on listening.",
    ),
    "notice.radio_moved": ("网关像是换了地方", "The gateway seems to stand elsewhere"),
    "notice.radio_moved.next": (
        "请放回原处，或在平面图里改它的位置。",
        "Put it back, or tell the plan its new place.",
    ),
    "notice.more": ("看平面图", "See the floor plan"),
}
