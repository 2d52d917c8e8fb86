"""What the member's own page says, in Chinese and English.

CONSENTS names, for each purpose that a member may allow here, the version of the words that are shown for it
("me.consent.<purpose>"): it is booked with the choice. Change the words, and the version changes too. WORDS
is the whole table, with that of the ways in.
"""

from typing import Final

from gateway.portal.me import way_words

CONSENTS: Final[dict[str, str]] = {"marketing": "marketing-1"}

CARD: Final[dict[str, tuple[str, str]]] = {
    # The frame
    "me.title": ("我的会员卡", "My member card"),
    "me.area": ("{shop} · 我的会员卡", "{shop} · my member card"),
    "me.back": ("返回我的会员卡", "Back to my card"),
    "me.simulated": (
        "演示：这里的 Wi-Fi 是模拟的，会员卡是真的样子。",
        "A demonstration: the Wi-Fi here is simulated, the card works as it would.",
    ),
    # The card
    "me.hello": ("您好，{name}", "Hello, {name}"),
    "me.hello.nobody": ("您好", "Hello"),
    "me.tier.next": ("距离{name}还差 {count}", "{count} to {name}"),
    "me.provisional": (
        "新会员卡：在本店马上能用，总部稍后收到。",
        "A new card: it works in this shop at once, and everywhere when headquarters hears of it.",
    ),
    "me.qr.label": ("会员二维码，付款时出示", "Member code to show at the till"),
    "me.qr.show": ("付款时出示这个码", "Show this code at the till"),
    "me.qr.until": ("有效到 {time}", "Good until {time}"),
    "me.qr.again": ("换一个新码", "Draw a new one"),
    "me.qr.turns": ("会自动更换", "It turns by itself"),
    "me.qr.old": (
        "这个码已过期。请连上店里的 Wi-Fi 再换一个。",
        "This code is too old. Join the shop's Wi-Fi and draw a new one.",
    ),
    "me.qr.static": (
        "店里的时钟还没对好，先用会员号。花储值和积分时要输密码。",
        "The shop's clock is not set yet, so this is your member number. To spend, you will need your PIN.",
    ),
    "me.qr.none": (
        "您的会员码已挂失。请到收银台换新的。",
        "Your member code was reported lost. Please ask at the till for a new one.",
    ),
    "me.number": ("会员号", "Member number"),
    "me.points": ("积分", "Points"),
    "me.shake": ("在店里？摇一摇，签到", "Here now? Shake to check in"),
    # Coupons
    "me.coupons": ("我的券", "My coupons"),
    "me.coupons.none": ("现在没有券。下次来也许就有了。", "No coupons now. Perhaps on your next visit."),
    "me.coupons.how": (
        "付款前出示上面的会员码，券会自己出来。",
        "Show your member code before you pay: the till finds them by itself.",
    ),
    "me.coupon.from": ("满 {amount} 可用", "On {amount} or more"),
    "me.coupon.any": ("无门槛", "On any purchase"),
    "me.coupon.until": ("到 {day} 为止", "Until {day}"),
    "me.coupon.always": ("长期有效", "No end date"),
    "me.coupon.show": ("出示此券", "Show this coupon"),
    "me.coupon.qr": ("这张券的二维码", "This coupon's code"),
    "me.coupon.scan": ("请店员扫这个码", "Let the till scan this"),
    "me.coupon.code": ("券号", "Coupon number"),
    "me.coupon.not.used_up": ("已经用过", "Already used"),
    "me.coupon.not.lot_expired": ("已过期", "Past its last day"),
    "me.coupon.not.not_vested": ("还没有开始", "Not begun yet"),
    "me.coupon.not.held": ("正在付款中使用", "In use at a till right now"),
    "me.coupon.not.held_elsewhere": (
        "放在另一家店，联网后这里也能用",
        "Kept at another shop; here once we are online",
    ),
    "me.coupon.not.rights_frozen": ("本店暂时不能用，请问店员", "Not in this shop just now: please ask"),
    "me.coupon.not.other": ("现在不能用，请问店员", "Not usable just now: please ask at the till"),
    # What else there is
    "me.units": ("储值与其他", "Balance and more"),
    "me.units.elsewhere": (
        "其中 {amount} 在别的店，联网后这里也能用",
        "{amount} of it is kept elsewhere and comes when the shop is online",
    ),
    "me.synced": ("别店的数字截至 {when}", "Figures of other shops as of {when}"),
    # History
    "me.history": ("最近发生的", "What happened"),
    "me.history.none": ("还没有记录。", "Nothing yet."),
    "me.history.all": ("全部记录", "All of it"),
    "me.history.limit": (
        "这里最多显示最近 {count} 条；全部在导出的文件里。",
        "The latest {count} at most; the rest is in the file you can export.",
    ),
    "me.history.points": ("{points} 积分", "{points} points"),
    # Cards
    "me.cards": ("我的卡和码", "My cards and codes"),
    "me.cards.none": ("没有绑定实体卡。", "No cards are linked."),
    "me.kind.nfc.uid": ("会员卡", "Member card"),
    "me.kind.qr.static": ("会员码", "Member code"),
    "me.kind.ble.tag": ("会员标签", "Member tag"),
    "me.kind.phone": ("手机号", "Phone number"),
    "me.kind.other": ("卡或码", "Card or code"),
    "me.card.ends": ("尾号 {last4}", "ending in {last4}"),
    "me.status.active": ("可用", "In use"),
    "me.status.lost": ("已挂失", "Reported lost"),
    "me.status.replaced": ("已换新", "Replaced"),
    "me.status.locked": ("已锁定", "Locked"),
    "me.status.revoked": ("已停用", "Ended"),
    "me.status.other": ("请问店员", "Please ask at the till"),
    "me.lost": ("挂失", "Report lost"),
    "me.lost.what": (
        "挂失后谁也不能再用它，包括您自己。积分和券都还在；要新卡请到收银台。",
        "Nobody can use it then, not even you. Points and coupons stay; ask at the till for a new card.",
    ),
    "me.lost.own": (
        "这是本页的会员码：挂失后本页的二维码也不能用，要到收银台换新的。",
        "This is the code of this page: its QR will no longer work, until you get a new one at the till.",
    ),
    "me.lost.do": ("是的，现在挂失", "Yes, report it lost now"),
    # The phone
    "me.phone.none": ("没有留手机号。", "No phone number was given."),
    "me.phone.unverified": (
        "留了手机号，还没有确认。下次在收银台说一声就行。",
        "A phone number was given, not confirmed yet. Say it at the till next time.",
    ),
    "me.phone.verified": ("手机号已确认。", "Your phone number is confirmed."),
    # Doors out
    "me.more": ("更多", "More"),
    "me.another": ("在别的浏览器里打开", "Open in another browser"),
    "me.another.why": (
        "弹出的小窗口关掉就忘了您。用这个码把会员卡带到手机浏览器里。",
        "A pop-up window forgets you when it closes. This code carries your card to your real browser.",
    ),
    "me.another.do": ("给我一个码", "Give me a code"),
    "me.another.title": ("带走这张会员卡", "Take your card along"),
    "me.another.open": ("在浏览器里打开这个地址", "Open this address in the other browser"),
    "me.another.scan": ("或用另一台手机扫一扫", "Or scan it with another phone"),
    "me.another.type": ("或在 {where} 输入", "Or type it at {where}"),
    "me.another.rules": (
        "15 分钟内有效，只能用一次。谁用了它，谁就能看到您的会员卡，所以别给别人看。",
        "Good for 15 minutes, and once. Whoever uses it sees your card, so show it to nobody else.",
    ),
    "me.data": ("隐私与我的数据", "Privacy and my data"),
    "me.leave": ("退出", "Sign out"),
    "me.leave.here": ("在这个浏览器退出", "Sign out of this browser"),
    "me.leave.everywhere": ("在所有浏览器退出", "Sign out everywhere"),
    "me.leave.what": (
        "手机丢了？在所有浏览器退出，旧手机上就看不到这张卡了。",
        "Lost a phone? Sign out everywhere, and it shows this card no more.",
    ),
}

WORDS: Final = {**CARD, **way_words.WORDS}
