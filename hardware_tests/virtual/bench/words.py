"""The bench page's words, in Chinese and English; shared ones are in shopbell.look.words."""

from typing import Final

from shopbell.look.words import say

WORDS: Final[dict[str, tuple[str, str]]] = {
    "bench.title": ("试用台", "The bench"),
    "bench.area": (
        "试用台：一家画出来的店，一切都是真的",
        "The bench: a drawn shop where everything is real",
    ),
    "bench.real": (
        "终端里跑的是真正的固件，卡片说的是真正的字节，账本和总部也都是真的。",
        "The terminals run the real firmware, cards speak real bytes, the ledger and HQ are real too.",
    ),
    "bench.script": (
        "这一页要用 JavaScript 才能动。门店控制台不用。",
        "This page needs JavaScript to move. The store console does not.",
    ),
    "bench.console": ("打开门店控制台", "Open the store console"),
    "bench.hq": ("打开总部页面", "Open HQ's page"),
    "bench.till": ("打开收银台", "Open the till"),
    "till.title": ("收银台", "The till"),
    "till.how": (
        "用工牌或 PIN 登录：{staff}。扫码枪就是键盘：输入条码回车即可。",
        "Sign in by badge or PIN: {staff}. A scanner is a keyboard: type a barcode and press Enter.",
    ),
    "roll.title": ("小票", "Receipt roll"),
    "roll.empty": (
        "还没有小票。收银台卖出一单，纸就从这里出来。",
        "No receipt yet. Sell something at the till and the paper comes out here.",
    ),
    "roll.receipt": ("第 {number} 张小票", "Receipt {number}"),
    "bench.sound": ("声音", "Sound"),
    "scene.title": (
        "街边的小店，门上有铃；一根网线通到山上的总部。",
        "A shop on the street with a bell at its door; a cable leads to HQ on the hill.",
    ),
    "scene.hq": ("总部", "HQ"),
    # Try this
    "try.title": ("试一试", "Try this"),
    "try.tap": ("刷一张卡，看屏幕问候", "Tap a card and see the greeting"),
    "try.code": ("出示一个二维码", "Show a QR code"),
    "try.pull": ("拔掉互联网，再刷一次：照样问候", "Pull the internet, tap again: greeted all the same"),
    "try.back": ("插回去，看总部追上", "Plug it in and watch HQ catch up"),
    "try.power": ("刷卡途中断电，再来电：只入账一次", "Cut the power mid-tap, give it back: booked once"),
    "try.done": ("完成", "done"),
    # Terminals
    "counter.title": ("柜台", "The counter"),
    "terminal.choose": ("卡片递给这台", "Hold cards here"),
    "terminal.chosen": ("卡片递到这里", "Cards go here"),
    "terminal.display": ("{name} 的屏幕", "The display of {name}"),
    "terminal.role.counter": ("收银台", "counter"),
    "terminal.role.entrance": ("门口", "entrance"),
    "terminal.role.kiosk": ("自助机", "kiosk"),
    "keys.title": ("键盘", "Keypad"),
    "keys.of": ("{name} 的键盘", "The keypad of {name}"),
    "keys.clear": ("* 清除", "* clear"),
    "keys.done": ("# 确认", "# done"),
    "terminal.reader": ("贴卡处", "card here"),
    "terminal.scanner": ("扫码口", "code here"),
    "terminal.light": ("灯", "Light"),
    "terminal.tone": ("声", "Sound"),
    "terminal.state.off": ("没有电", "no power"),
    "terminal.state.running": ("运行中", "running"),
    "terminal.state.stopped": ("固件自己停了，等看门狗", "the firmware has ended; the watchdog will wake it"),
    "light.dark": ("不亮", "dark"),
    "light.white": ("白：已读到", "white: read"),
    "light.green": ("绿：认得您", "green: yes"),
    "light.amber": ("黄：请留意", "amber: attention"),
    "light.red": ("红：不行", "red: no"),
    "light.blue": ("蓝", "blue"),
    "tone.none": ("安静", "silent"),
    "tone.yes": ("一声高音：好", "one high note: yes"),
    "tone.no": ("两声低音：不行", "two low notes: no"),
    "tone.attention": ("三声短音：请留意", "three short notes: attention"),
    "answer.screen": ("卡到答复", "card to answer"),
    "answer.decide": ("网关判定并写盘", "decided, on disk"),
    "answer.none": ("—", "—"),
    # Plugs
    "plugs.title": ("插头", "Plugs"),
    "plug.internet": ("互联网", "Internet"),
    "plug.internet.out": ("店里照常，总部等着", "the store goes on, HQ waits"),
    "plug.internet.in": ("事件流向总部", "events flow to HQ"),
    "plug.broker": ("消息服务", "Broker"),
    "plug.broker.out": ("终端先记着，回来再送", "terminals keep what they read"),
    "plug.broker.in": ("终端连着网关", "terminals reach the gateway"),
    "plug.paper": ("小票纸", "Receipt paper"),
    "plug.paper.out": ("打印机没纸了", "the printer has none"),
    "plug.paper.in": ("打印机有纸", "the printer has some"),
    "plug.power": ("{name} 的电源", "Power of {name}"),
    "plug.power.out": ("屏幕灭了，记下的不丢", "dark, and nothing booked is lost"),
    "plug.power.in": ("有电", "has power"),
    "plug.state.in": ("插着", "Plugged in"),
    "plug.state.out": ("拔掉了", "Pulled out"),
    "plug.state.on": ("通电", "On"),
    "plug.state.off": ("断电", "Off"),
    "plug.working": ("稍等", "One moment"),
    # The drawer
    "drawer.title": ("抽屉里的卡和码", "Cards and codes in the drawer"),
    "drawer.sub": (
        "虚构的会员。点一下，就递到选中的终端。",
        "Fictional members. Press one to hold it to the chosen terminal.",
    ),
    "drawer.tap": ("刷卡", "Tap card"),
    "drawer.code": ("出示码", "Show code"),
    "drawer.tap.of": ("刷 {name} 的卡", "Tap {name}'s card"),
    "drawer.code.of": ("出示 {name} 的码", "Show {name}'s code"),
    "drawer.nothing": ("没有卡也没有码", "neither card nor code"),
    "drawer.stranger": ("陌生的卡", "A stranger's card"),
    "kind.member": ("普通会员", "Member"),
    "kind.silver": ("银卡", "Silver"),
    "kind.gold": ("金卡", "Gold"),
    "kind.black": ("黑卡", "Black"),
    "kind.suspended": ("已暂停的会员", "Suspended"),
    "kind.lost": ("挂失的卡", "Lost card"),
    "kind.locked": ("锁定的卡", "Locked card"),
    "kind.replaced": ("换掉的旧卡", "Replaced card"),
    "kind.revoked": ("作废的卡", "Revoked card"),
    "kind.unknown": ("不是我们的卡", "Not one of ours"),
    # Logs
    "store.title": ("本店账本", "The store's ledger"),
    "store.empty": ("还没有人刷卡，也没有卖出东西。", "Nobody has tapped yet, and nothing is sold."),
    "store.at_hq": ("总部已有", "at HQ"),
    "store.waiting": ("等待总部", "waiting for HQ"),
    "store.took": ("{count} 毫秒入账", "booked in {count} ms"),
    "hq.title": ("总部收到的", "What HQ has"),
    "hq.empty": ("总部还没有收到这家店的事件。", "HQ has no event of this store yet."),
    "hq.device": ("设备状态", "Device status"),
    "hq.exception": ("需要人工查看", "For a person to look at"),
    "hq.other": ("其他事件", "Other event"),
    "hq.order.committed": ("卖出一单", "Sale"),
    "hq.order.returned": ("退货", "Return"),
    "hq.order.voided": ("整单作废", "Order voided"),
    "hq.order.parked": ("挂单", "Order parked"),
    "hq.staff.signed_in": ("店员登录", "Staff signed in"),
    "hq.shift.opened": ("开班", "Shift opened"),
    "hq.shift.closed": ("交班", "Shift closed"),
    "hq.drawer.moved": ("钱箱存取", "Cash moved"),
    "hq.pin.set": ("设置 PIN", "PIN set"),
    "hq.member.enrolled": ("新会员", "New member"),
    "hq.member.activated": ("激活会员卡", "Card activated"),
    "hq.instrument.linked": ("绑定卡", "Card linked"),
    "hq.instrument.changed": ("卡状态变更", "Card changed"),
    "hq.coupon.claimed": ("领券", "Coupon claimed"),
    "hq.coupon.redeemed": ("核销", "Coupon redeemed"),
    "hq.grant.requested": ("店员赠分", "Staff grant"),
    "hq.presence.checked_in": ("签到", "Check-in"),
    "hq.visit.consumed": ("次卡核销", "Visit used"),
    "hq.right.granted": ("收到额度", "Right taken"),
    "hq.right.returned": ("交还额度", "Right returned"),
    "hq.right.requested": ("申请额度", "Right asked for"),
    "hq.transfer.posted": ("记账", "Posted"),
    "hq.lot.expired": ("过期", "Expired"),
    "mark.refused": ("被拒绝", "refused"),
    "mark.late": ("迟到", "late"),
    "mark.duplicate": ("重复，未再入账", "came again, booked once"),
    "lag.title": ("本店与总部的差距", "How far HQ is behind"),
    "lag.head": ("本店写到 {seq}", "Store wrote {seq}"),
    "lag.hq": ("总部有 {seq}", "HQ has {seq}"),
    "lag.none": ("差 0 条：总部全都有了", "0 behind: HQ has everything"),
    "lag.some": ("差 {count} 条，在本店等着", "{count} behind, safe in the store"),
    "lag.unknown": ("听不到总部", "HQ is not heard"),
    "link.gateway.lost": (
        "听不到网关：它在重启，或没有在运行",
        "The gateway is not heard: restarting, or not running",
    ),
    "link.hq.lost": ("听不到总部：它没有在运行", "HQ is not heard: it is not running"),
    # What a press may be refused with
    "refused.busy": (
        "这台终端前已经有一张卡，请等它拿开",
        "A card is at this terminal already; wait until it leaves",
    ),
    "refused.no_card": ("这个人没有卡", "This person has no card"),
    "refused.no_code": ("这个人没有码", "This person has no code"),
    "refused.no_person": ("抽屉里没有这张卡，请刷新页面", "No such card in the drawer; reload the page"),
    "refused.no_terminal": ("没有这台终端，请刷新页面", "No such terminal; reload the page"),
    "refused.no_plug": ("没有这个插头，请刷新页面", "No such plug; reload the page"),
    "refused.body": ("请求不完整，请刷新页面", "The request was not whole; reload the page"),
    "refused.unreachable": (
        "试用台没有回答，请看它是否还在运行",
        "The bench did not answer; see whether it still runs",
    ),
    "refused.plug_stuck": ("插头没有动", "The plug did not move"),
}

EVENTS_NAMED: Final = tuple(
    key.removeprefix("hq.") for key in WORDS if key.startswith("hq.") and "." in key[3:]
)

# What the script itself says; the rest is drawn by the server.
SCRIPT_WORDS: Final = (
    *(
        key
        for key in WORDS
        if key.startswith(("light.", "tone.", "plug.state.", "plug.working", "terminal.state."))
    ),
    *(key for key in WORDS if key.endswith((".in", ".out")) and key.startswith("plug.")),
    *(key for key in WORDS if key.startswith("refused.")),
    "answer.none",
    "lag.none",
    "lag.unknown",
)


def kind_word(kind: str, language: str) -> str:
    """The label of a member's kind; one without a word is shown as it is."""
    return say(f"kind.{kind}", language, WORDS) if f"kind.{kind}" in WORDS else kind
