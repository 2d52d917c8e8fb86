"""What the shake page says, in Chinese and English. Somebody reads it at a door, phone in hand: short, and
always with what to do next."""

from typing import Final

from shopbell.look.words import Words

WORDS: Final[Words] = {
    # The page
    "shake.title": ("摇一摇，签到", "Shake to check in"),
    "shake.lead": (
        "在店里摇一摇手机：今天的签到积分和优惠券马上到手。",
        "Shake your phone in the store: today's points and any coupon are yours at once.",
    ),
    "shake.hello": ("{name}，您好", "Hello, {name}"),
    "shake.start": ("打开摇一摇", "Turn on shaking"),
    "shake.button": ("不摇，直接签到", "Check in without shaking"),
    "shake.button.only": ("签到", "Check in"),
    "shake.says.ask": (
        "手机会先问您是否允许感应动作。",
        "Your phone asks first whether this page may feel its motion.",
    ),
    "shake.says.listening": ("现在摇一摇手机", "Now shake your phone"),
    "shake.says.sending": ("摇到了，正在签到……", "Felt it. Checking you in …"),
    "shake.says.denied": (
        "手机没有允许感应动作。没关系，按下面的按钮就能签到。",
        "The phone did not allow motion. Never mind: the button below checks you in.",
    ),
    "shake.says.none": (
        "没有感应到动作传感器。按下面的按钮就能签到。",
        "No motion can be felt here. The button below checks you in.",
    ),
    "shake.says.insecure": (
        "这一页没有加密连接，手机不让它感应动作。按下面的按钮就能签到。",
        "This page has no secure connection, so the phone lets it feel no motion. "
        "The button below checks you in.",
    ),
    "shake.says.heard": ("应用听到了店里的信标", "The app hears the store's beacons"),
    "shake.kept": (
        "只记下您今天到过店、时间和哪个信标，不记录行走路线。",
        "Kept: that you were here, when, and by which beacon. Not the way you walk.",
    ),
    "shake.old": (
        "页面放得太久，请再摇一次。什么都没有重复登记。",
        "This page lay open too long: please shake once more. Nothing was booked twice.",
    ),
    # Who is not known yet
    "shake.join": ("先成为会员", "Join first"),
    "shake.join.text": (
        "填一个称呼就有会员卡，然后回到这里摇一摇。",
        "One name makes a member card, then you are back here to shake.",
    ),
    "shake.join.go": ("加入会员", "Join"),
    "shake.code.title": ("我已经是会员", "I am a member already"),
    "shake.code": ("会员号", "Member number"),
    "shake.code.hint": (
        "在您的会员卡上，形如 ABCD-EFGH",
        "It stands on your member card, such as ABCD-EFGH",
    ),
    "shake.fault.code": (
        "没有找到这个会员号，请对照会员卡再试一次。",
        "We do not know this code. Please compare it with your card and try again.",
    ),
    "shake.fault.blocked": (
        "这个会员号已停用，请找店员帮忙。",
        "This code is blocked. Please ask our staff.",
    ),
    # What came of it
    "shake.here": ("{name}，您到了", "You're here, {name}"),
    "shake.here.nobody": ("您到了", "You're here"),
    "shake.here.place": ("您在：{place}", "You are at: {place}"),
    "shake.here.store": ("您在：{store}", "You are at: {store}"),
    "shake.proof.network": ("由本店 Wi-Fi 确认", "Known by the store's Wi-Fi"),
    "shake.proof.beacon": ("由店内信标确认", "Known by a beacon in the store"),
    "shake.proof.tag": ("由您的会员标签确认", "Known by your member tag"),
    "shake.heard_not": (
        "应用听到的信标没有算数：{why}。这次由本店 Wi-Fi 确认。",
        "What the app heard did not count: {why}. The store's Wi-Fi confirmed you instead.",
    ),
    "shake.given": ("这次送给您的", "For you, this time"),
    "shake.credit": ("+{amount} {name}", "+{amount} {name}"),
    "shake.not_again": (
        "今天的签到积分已经给过您了，明天再来摇。",
        "Today's points for checking in are yours already. Shake again tomorrow.",
    ),
    "shake.nothing": ("已为您签到。", "You are checked in."),
    "shake.points": ("积分", "Points"),
    "shake.number": ("会员号", "Member number"),
    "shake.coupons": ("您的优惠券", "Your coupons"),
    "shake.me": ("我的会员页", "My member page"),
    "shake.online": ("连接上网", "Go online"),
    "shake.more": (
        "结账时报会员号，券会自己出来。",
        "Say your member number at the till, and the coupons come by themselves.",
    ),
    # Why not
    "shake.sorry.identity_old": ("这个信标信号已经过时", "That beacon signal is too old"),
    "shake.sorry.identity_old.next": (
        "信标的身份每半分钟换一次。请在信标旁再摇一次，或连上本店 Wi-Fi。",
        "Beacons change their identity each half minute. Shake again near one, or join the store's Wi-Fi.",
    ),
    "shake.sorry.identity_unknown": ("这不是本店的信标", "That is no beacon of this store"),
    "shake.sorry.identity_unknown.next": (
        "请走近本店的信标再摇一次，或连上本店 Wi-Fi。",
        "Go nearer to one of ours and shake again, or join the store's Wi-Fi.",
    ),
    "shake.sorry.identity_used": ("这次信标信号已经用过", "That beacon signal was used already"),
    "shake.sorry.identity_used.next": (
        "等半分钟再摇，或连上本店 Wi-Fi。",
        "Wait half a minute and shake again, or join the store's Wi-Fi.",
    ),
    "shake.sorry.identity_cloned": ("两处在说同一个信标身份", "Two senders claim to be that beacon"),
    "shake.sorry.identity_cloned.next": (
        "这半分钟内它不能算数。等半分钟再摇，或连上本店 Wi-Fi。",
        "For this half minute it proves nothing. Wait and shake again, or join the store's Wi-Fi.",
    ),
    "shake.sorry.clock_unknown": ("店里的时钟还没对好", "The store's clock is not set yet"),
    "shake.sorry.clock_unknown.next": (
        "现在不能核对信标。请连上本店 Wi-Fi 再签到。",
        "Beacons cannot be checked right now. Please join the store's Wi-Fi for it.",
    ),
    "shake.sorry.not_here": ("还不能确认您在店里", "We cannot tell that you are here"),
    "shake.sorry.not_here.next": (
        "请连上本店 Wi-Fi，或走近信标再摇一次。",
        "Join the store's Wi-Fi, or go nearer to a beacon and shake again.",
    ),
    "shake.sorry.no_lease": ("请先连上店内 Wi-Fi", "Please join the store's Wi-Fi first"),
    "shake.sorry.no_lease.next": (
        "在手机设置里连接店内 Wi-Fi，再签到一次。",
        "Connect to it in the phone's settings, then check in again.",
    ),
    "shake.sorry.too_many": ("试得太多次了", "Too many tries"),
    "shake.sorry.too_many.next": (
        "请过一会儿再试，或找店员帮忙。已经给您的都还在。",
        "Please try again later, or ask our staff. What you were given is still yours.",
    ),
    "shake.sorry.too_soon": ("刚刚摇过了", "You have only just shaken"),
    "shake.sorry.too_soon.next": (
        "请等 {wait}再摇。已经给您的都还在。",
        "Please wait {wait}, then shake again. What you were given is still yours.",
    ),
    "shake.sorry.unknown_code": ("没有找到这个会员号", "We do not know this member code"),
    "shake.sorry.unknown_code.next": (
        "请对照会员卡再试一次；会变的会员码请换一个新的。",
        "Compare it with the card and try again; of a code that turns, show a new one.",
    ),
    "shake.sorry.blocked": ("这个会员号已停用", "This member code is blocked"),
    "shake.sorry.blocked.next": ("请找店员帮忙。", "Please ask our staff."),
    "shake.sorry.ticket_used": ("这张到店凭证已经用过", "This ticket was used already"),
    "shake.sorry.ticket_used.next": ("请再摇一次，领一张新的。", "Shake again for a new one."),
    "shake.sorry.ticket_expired": ("这张到店凭证已经过期", "This ticket is too old"),
    "shake.sorry.ticket_expired.next": (
        "凭证 30 分钟内有效。请再摇一次，领一张新的。",
        "Tickets are good for 30 minutes. Shake again for a new one.",
    ),
    "shake.sorry.ticket_bad": ("这不是本店的到店凭证", "That is no ticket of this store"),
    "shake.sorry.ticket_bad.next": ("请再摇一次，领一张新的。", "Shake again for a new one."),
    "shake.sorry.no_books": ("会员服务正在恢复", "The member service is coming back"),
    "shake.sorry.no_books.next": (
        "请过几分钟再试，不会重复登记。",
        "Please try again in some minutes. Nothing is booked twice.",
    ),
    "shake.sorry.away": ("会员服务没有应答", "The member service did not answer"),
    "shake.sorry.away.next": (
        "请过几秒再试一次，不会重复登记。",
        "Please try again in some seconds. Nothing is booked twice.",
    ),
    "shake.sorry.busy": ("现在有点忙", "We are a little busy"),
    "shake.sorry.busy.next": (
        "请稍等几秒再试一次，不会重复登记。",
        "Please try again in some seconds. Nothing is booked twice.",
    ),
    "shake.sorry.bad_request": ("没有看懂这次请求", "That could not be read"),
    "shake.sorry.bad_request.next": (
        "请再摇一次；应用开发者请查看接口说明。",
        "Shake once more. Makers of apps find the fields in the description of this interface.",
    ),
    "shake.again": ("再试一次", "Try again"),
    # The sign for the door
    "shake.sign": ("门口的牌子", "A sign for the door"),
    "shake.sign.title": ("摇一摇，签到", "Shake to check in"),
    "shake.sign.lead": ("积分和优惠券，进门就有", "Points and coupons as you come in"),
    "shake.sign.wifi": ("扫码连上 Wi-Fi", "Scan to join the Wi-Fi"),
    "shake.sign.page": ("扫码打开签到页", "Scan to open the page"),
    "shake.sign.shake": ("摇一摇手机，或按“签到”", "Shake your phone, or press “Check in”"),
    "shake.sign.print": ("打印（A5）", "Print (A5)"),
    "shake.sign.insecure": (
        "还没有证书：手机只能按按钮签到，不能摇。先按文档装好证书，再打印这张牌子，因为网址会变。",
        "There is no certificate yet: phones can press the button but not shake. Set one up first and print "
        "then, because the address changes.",
    ),
}
