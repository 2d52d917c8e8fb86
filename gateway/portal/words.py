"""The words of the guests' pages in both languages; the shared ones are shopbell/look/words.py, those of a
member's own pages me/words.py. A guest reads them standing at a counter: short, and always with what to do.
"""

from typing import Final

from shopbell.look.words import Words

WORDS: Final[Words] = {
    # The frame
    "wifi.area": ("{store} · 店内 Wi-Fi", "{store} · Wi-Fi"),
    "wifi.simulated": (
        "演示：这里不接管真实网络，“上网”只是模拟。",
        "Demonstration: no real network here, going online is simulated.",
    ),
    "wifi.foot": ("隐私说明", "Privacy"),
    "wifi.home": ("回到首页", "Back to the start"),
    # The two doors
    "wifi.title": ("欢迎光临{store}", "Welcome to {store}"),
    "wifi.lead": (
        "填一个称呼，会员卡马上到手，有见面礼也一并给您，接着就能上网。",
        "One name, and your member card and any welcome gift are here at once. Then go online.",
    ),
    "wifi.join.title": ("成为会员并上网", "Join and go online"),
    "wifi.join.name": ("怎么称呼您", "What may we call you?"),
    "wifi.join.name.hint": ("昵称就好，最多 20 个字", "A nickname is fine, 20 characters at most"),
    "wifi.join.phone": ("手机号（可不填）", "Phone number (optional)"),
    "wifi.join.phone.hint": (
        "换手机也找得回会员卡。不发短信验证，下次到店请店员核对即可。",
        "Finds your card again on another phone. No SMS now: show it to our staff when you like.",
    ),
    "wifi.join.notice": (
        "我们只保存您填写的内容和您的积分、优惠券，随时可以导出或删除。",
        "We keep what you type here, your points and your coupons. Export or delete them at any time.",
    ),
    "wifi.join.minutes": (
        "会员每次可上网 {span}。",
        "Members are online for {span} at a time.",
    ),
    "wifi.join.faster": (
        "会员每次可上网 {span}，速度更快。",
        "Members are online for {span} at a time, and faster.",
    ),
    "wifi.join.go": ("加入会员", "Join"),
    "wifi.connect.title": ("只想上网", "Just connect"),
    "wifi.connect.text": (
        "不填任何信息，直接上网 {span}。",
        "Nothing to fill in: {span} online.",
    ),
    "wifi.connect.go": ("直接上网", "Just connect"),
    "wifi.return.title": ("我已经是会员", "I am a member already"),
    "wifi.return.code": ("会员号", "Member number"),
    "wifi.return.code.hint": (
        "在您的会员卡上，形如 ABCD-EFGH",
        "It stands on your member card, such as ABCD-EFGH",
    ),
    "wifi.return.go": ("签到并上网", "Check in"),
    # What is wrong in a form
    "wifi.fault.title": ("还差一点", "Not quite yet"),
    "wifi.fault.name": ("请填写一个称呼，1 到 20 个字。", "Please give a name of 1 to 20 characters."),
    "wifi.fault.phone": (
        "这个手机号看起来不对，请检查，或者留空。",
        "This does not look like a phone number. Please check it, or leave it empty.",
    ),
    "wifi.fault.code": (
        "没有找到这个会员号，请对照会员卡再试一次。",
        "We do not know this code. Please compare it with your card and try again.",
    ),
    "wifi.fault.blocked": (
        "这个会员号已停用，请找店员帮忙。",
        "This code is blocked. Please ask our staff.",
    ),
    # What a guest must know before anything else
    "wifi.notice.wan": (
        "店里的外网现在断了。会员卡和优惠券照常能用，上网要等它恢复。",
        "The internet is away right now. Cards and coupons work as ever; going online must wait for it.",
    ),
    "wifi.notice.gateway": (
        "会员服务正在恢复，暂时不能加入或签到。直接上网照常可用。",
        "The member service is coming back: joining and checking in must wait. Just connecting works.",
    ),
    "wifi.notice.again": (
        "会员服务没有应答。您填的都还在，请过几秒再提交一次，不会重复登记。",
        "The member service did not answer. What you typed is still here: send it again in some seconds. "
        "Nothing is booked twice.",
    ),
    "wifi.notice.time": (
        "您的上网时间到了，可以再次连接。",
        "Your time online is over. You may connect again.",
    ),
    "wifi.notice.old": (
        "页面放得太久，请再提交一次。什么都没有重复登记。",
        "This page lay open too long: please send it again. Nothing was booked twice.",
    ),
    # The card, still captive
    "wifi.card.title.new": ("{name}，欢迎加入", "Welcome, {name}"),
    "wifi.card.title.back": ("{name}，欢迎回来", "Welcome back, {name}"),
    "wifi.card.given": ("送给您的", "For you"),
    "wifi.card.coupons": ("您的优惠券", "Your coupons"),
    "wifi.card.coupon.until": ("有效期至 {day}", "Good until {day}"),
    "wifi.card.coupon.times": ("{count} 张", "{count} of them"),
    "wifi.card.credit": ("+{amount} {name}", "+{amount} {name}"),
    "wifi.card.use": (
        "结账时报会员号即可使用，断网也能用。",
        "Say your member number at the till to use it, even with the internet away.",
    ),
    "wifi.card.code": ("会员号", "Member number"),
    "wifi.card.points": ("积分", "Points"),
    "wifi.card.tier": ("等级", "Tier"),
    "wifi.card.connect": ("连接上网", "Go online"),
    "wifi.card.connect.text": (
        "会员卡已经是您的了。现在连接，可上网 {span}。",
        "The card is yours. Now connect: {span} online.",
    ),
    "wifi.card.connect.wan": (
        "先登记连接：外网一恢复，您的手机就能上网。",
        "Connect already: your phone goes online as soon as the internet is back.",
    ),
    "wifi.card.me": ("打开我的会员页", "Open my member page"),
    "wifi.shake": ("摇一摇，签到", "Shake to check in"),
    # Online
    "wifi.online.title": ("已连接，可以上网了", "You are online"),
    "wifi.online.wan": ("已登记，等外网恢复", "Ready, waiting for the internet"),
    "wifi.online.wan.text": (
        "会员卡和优惠券现在就能用。外网恢复后，这一页会自己变，您不用做什么。",
        "Your card and coupons work now. This page changes by itself once the internet is back.",
    ),
    "wifi.online.wan.guest": (
        "外网恢复后，这一页会自己变，您不用做什么。",
        "This page changes by itself once the internet is back: nothing to do for you.",
    ),
    "wifi.online.opening": ("正在为您接通", "Opening the way for you"),
    "wifi.online.opening.text": (
        "网关正在恢复，已经记下您的连接。这一页会自己刷新。",
        "The network is coming back and your connection is noted. This page reloads by itself.",
    ),
    "wifi.online.until": ("可用到 {time}（还有 {left}）", "Until {time} ({left} left)"),
    "wifi.left": ("{hours} 小时 {minutes} 分钟", "{hours} h {minutes} min"),
    "wifi.online.leave": (
        "您可以离开这一页了。",
        "You may leave this page now.",
    ),
    "wifi.online.more": ("再加 {span}", "{span} more"),
    "wifi.online.more.text": (
        "时间不够？每天可以加几次。",
        "Not enough time? You may add some, a few times a day.",
    ),
    "wifi.online.upgrade": ("成为会员，上网更久", "Join for a longer time"),
    "wifi.online.upgrade.text": (
        "填一个称呼就好，会员可上网 {span}，还有见面礼。",
        "One name is enough: members are online for {span}, and any welcome gift is yours.",
    ),
    "wifi.online.carry": ("把会员卡带到浏览器", "Take your card along"),
    "wifi.online.carry.text": (
        "这个小窗口关掉就会忘记您。在浏览器里打开下面的网址，会员卡就留在手机上。15 分钟内有效，只用一次。",
        "This small window forgets you when it closes. Open the address below in your browser and the card "
        "stays on your phone. Good for 15 minutes, and once.",
    ),
    "wifi.online.carry.code": ("续接码", "Resume code"),
    "wifi.online.carry.address": ("网址", "Address"),
    "wifi.online.carry.qr": ("用二维码带到另一台手机", "Take it to another phone by QR code"),
    "wifi.online.me": ("我的会员页", "My member page"),
    # What stands in the way
    "wifi.sorry.no_lease": ("请先连上店内 Wi-Fi", "Please join the Wi-Fi first"),
    "wifi.sorry.no_lease.next": (
        "在手机设置里连接“{ssid}”，这一页会自己打开。如果已经连上，请关掉 Wi-Fi 再打开一次。",
        "Connect to “{ssid}” in your phone's settings and this page opens by itself. If you are connected "
        "already, turn Wi-Fi off and on once.",
    ),
    "wifi.sorry.full": ("现在上网的人太多了", "Too many people are online"),
    "wifi.sorry.full.next": (
        "过几分钟再试就好。您的会员卡和优惠券不受影响。",
        "Please try again in some minutes. Your card and coupons are not affected.",
    ),
    "wifi.sorry.over": ("今天的上网时间用完了", "Today's time online is used up"),
    "wifi.sorry.over.next": (
        "明天再来，或请店员帮您延长。会员卡和优惠券照常可用。",
        "Come back tomorrow, or ask our staff for more. Your card and coupons work as ever.",
    ),
    "wifi.sorry.shut_out": ("店员结束了这次连接", "Our staff ended this connection"),
    "wifi.sorry.shut_out.next": (
        "如果您觉得弄错了，请到柜台问一声。",
        "If you think that is a mistake, please ask at the counter.",
    ),
    "wifi.sorry.busy": ("现在有点忙", "We are a little busy"),
    "wifi.sorry.busy.next": (
        "请稍等几秒再试一次，不会重复登记。",
        "Please try again in some seconds. Nothing is booked twice.",
    ),
    "wifi.sorry.gateway": ("会员服务正在恢复", "The member service is coming back"),
    "wifi.sorry.gateway.next": (
        "请稍后再试，不会重复登记。您可以先直接上网。",
        "Please try again soon: nothing is booked twice. You may just connect meanwhile.",
    ),
    "wifi.sorry.too_many": ("试得太多次了", "Too many tries"),
    "wifi.sorry.too_many.next": (
        "请过一会儿再试，或找店员帮忙。您可以先直接上网。",
        "Please try again later, or ask our staff. You may just connect meanwhile.",
    ),
    "wifi.sorry.form": ("请重新填写一次", "Please fill in the form once more"),
    "wifi.sorry.form.next": (
        "这张表单不是从这部手机的页面发出的，或已经过期。什么都没有登记。",
        "This form did not come from this phone's page, or it is too old. Nothing was booked.",
    ),
    "wifi.sorry.missing": ("这里没有内容", "There is nothing here"),
    "wifi.sorry.missing.next": ("请从首页开始。", "Please start at the first page."),
    # Privacy
    "wifi.privacy.title": ("隐私说明", "Privacy"),
    "wifi.privacy.who": ("谁在处理", "Who handles your data"),
    "wifi.privacy.who.text": (
        "{brand}（{store}）。联系方式：{contact}",
        "{brand} ({store}). Contact: {contact}",
    ),
    "wifi.privacy.contact.none": ("请向本店店员提出", "ask our staff in the store"),
    "wifi.privacy.what": ("保存什么，为什么", "What is kept, and why"),
    "wifi.privacy.what.name": (
        "称呼、会员号、积分、优惠券和消费记录：用来兑现对您的承诺。直到您要求删除。",
        "Your name, member number, points, coupons and purchases: to keep what we promised you. Until you "
        "ask for their deletion.",
    ),
    "wifi.privacy.what.phone": (
        "手机号（如果您填了）：加密后只有总部能读，店里只留一个无法反推的核对值。",
        "Your phone number, if you gave it: encrypted so that only our headquarters can read it. The store "
        "keeps a keyed fingerprint of it.",
    ),
    "wifi.privacy.what.network": (
        "上网时的设备地址和网络地址：只在连接期间保存，用来让您的手机上网。",
        "Your phone's hardware and network address: while you are online, to let your phone through.",
    ),
    "wifi.privacy.what.day": (
        "连接结束后，只留时间和一个当日密钥算出的指纹，24 小时后删除，用来计算当天的上网次数。",
        "After that only times and a fingerprint made with a key of the day, deleted after 24 hours: to "
        "count a day's connections.",
    ),
    "wifi.privacy.what.presence": (
        "您签到或带着会员标签来店：到店的时间和那个信标，用来送积分和券。标签在店里的位置只在此刻显示，不保存。",
        "That you checked in, or came with a member tag: when, and by which beacon, for points and coupons. "
        "Where in the store a tag is, is shown at that moment and not kept.",
    ),
    "wifi.privacy.what.cookie": (
        "一个必要的 Cookie：30 天内记住您的会员卡。没有跟踪，没有第三方。",
        "One cookie that is needed: it remembers your card for 30 days. No tracking, no third party.",
    ),
    "wifi.privacy.not": ("不做什么", "What we do not do"),
    "wifi.privacy.not.text": (
        "不看您浏览什么，不按设备认人，不出售数据。不同意营销，照样可以入会和上网。",
        "We do not look at what you browse, recognise people by device, or sell data. Without consent to "
        "marketing you may join and go online all the same.",
    ),
    "wifi.privacy.law": (
        "如果当地法律要求保存上网日志，会由本店的合规设备另行处理，店员可以说明。",
        "Where the law asks for logs of Wi-Fi use, certified equipment of the store keeps them: our staff "
        "can tell you.",
    ),
    "wifi.privacy.rights": ("您可以做什么", "What you can do"),
    "wifi.privacy.rights.text": (
        "在会员页查看、导出、撤回同意，或删除您的全部资料。",
        "See and export your data, withdraw consent, or delete everything, on your member page.",
    ),
}
