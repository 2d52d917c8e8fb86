"""What the ways into the member's page say, its page on data, and what may go wrong; in both languages."""

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    # How it went
    "me.said.welcome": ("这个浏览器现在认识您了。", "This browser knows you now."),
    "me.said.lost": ("已挂失，从现在起谁也不能用它。", "Reported lost: from now on nobody can use it."),
    "me.said.left": ("已退出这个浏览器。", "You are signed out of this browser."),
    "me.said.everywhere": (
        "已在所有浏览器退出。",
        "You are signed out everywhere, and no code of before opens your card.",
    ),
    "me.said.gone": (
        "这张会员卡已经不在了。可以重新入会。",
        "That card is no more. You are welcome to join again.",
    ),
    "me.said.spent": ("这张券已经不在您这里了。", "That coupon is no longer with you."),
    "me.said.forgotten": (
        "您的姓名和手机号已从本店删除，会员卡不再能用。谢谢您来过。",
        "Your name and number are deleted here, and the card works no more. Thank you for having come.",
    ),
    "me.said.consent": ("已记下：您同意了。", "Noted: you allow it."),
    "me.said.withdrawn": ("已记下：您不再同意。", "Noted: you allow it no more."),
    "me.said.sure": ("请先勾选确认。", "Please tick the box first."),
    "me.said.money": (
        "卡上还有储值。请先花完，或到收银台退给您，再来删除。",
        "There is still money on your card. Spend it, or have it paid out at the till, and then come back.",
    ),
    # The way in
    "me.enter.title": ("打开我的会员卡", "Open my member card"),
    "me.enter.code": ("会员号、打开码或小票号", "Member number, opening code or receipt"),
    "me.enter.hint": (
        "八位字母或数字，例如 ABCD-EFGH。卡上二维码的文字、小票上的 R 开头的号也可以。",
        "Eight letters or digits, such as ABCD-EFGH; the text of a card's QR; a receipt's number with its R.",
    ),
    "me.enter.do": ("继续", "Continue"),
    "me.enter.join": ("还不是会员？先加入", "Not a member yet? Join first"),
    "me.enter.fault.empty": ("请输入一个码。", "Please type a code."),
    "me.enter.fault.unknown": (
        "没有找到这个码。请再看一遍，或到收银台问问。",
        "There is no such code. Please look again, or ask at the till.",
    ),
    "me.enter.fault.blocked": (
        "这个码已停用。请到收银台问问。",
        "That code has been ended. Please ask at the till.",
    ),
    "me.enter.fault.old": (
        "这个二维码已经过期。请用会员号，或在原来的页面要一个打开码。",
        "That QR is too old by now. Use the member number, or an opening code from the page it was on.",
    ),
    "me.enter.fault.used": (
        "这个码用过了，或者超过了 15 分钟。请在原来的页面再要一个。",
        "That code was used before, or is older than 15 minutes. Ask for a new one on the page it came from.",
    ),
    "me.enter.fault.receipt": (
        "没有找到这张小票。很早以前的小票请到收银台问。",
        "There is no such receipt here. For an old one, please ask at the till.",
    ),
    "me.resume.title": ("在这里打开会员卡", "Open the card here"),
    "me.resume.what": (
        "按下后，这个浏览器会记住您 30 天。这个码只能用一次。",
        "Press it, and this browser will know you for 30 days. The code works once.",
    ),
    "me.resume.do": ("在这个浏览器打开", "Open in this browser"),
    "me.resume.not_mine": (
        "不是您自己要的码？关掉这一页就好。",
        "Did you not ask for this code? Then just close this page.",
    ),
    "me.front.title": ("{name} 的会员卡", "{name}'s member card"),
    "me.front.title.nobody": ("会员卡", "Member card"),
    "me.front.coupons": ("有 {count} 张券在等着", "Coupons waiting: {count}"),
    "me.front.why": (
        "会员号谁都可能看到，所以其余的要用密码打开。",
        "Anybody may have read that number, so the rest opens with your PIN.",
    ),
    "me.front.pin": ("密码", "PIN"),
    "me.front.do": ("打开", "Open"),
    "me.front.other": ("没有密码？", "No PIN?"),
    "me.front.other.what": (
        "在已经打开会员卡的浏览器里要一个打开码，或到收银台设一个密码。",
        "Ask for an opening code in a browser where your card is open, or set a PIN at the till.",
    ),
    "me.front.not_me": ("这不是我", "This is not me"),
    "me.front.fault.wrong": ("密码不对。", "That PIN is not right."),
    "me.front.fault.locked": (
        "错了太多次，密码暂时锁住了。请过一会儿再试，或到收银台。",
        "Too many wrong ones: the PIN is locked for a while. Try later, or ask at the till.",
    ),
    "me.front.fault.none": (
        "还没有设密码。请到收银台设一个。",
        "There is no PIN yet. You can set one at the till.",
    ),
    "me.front.fault.busy": ("请稍等几秒再试。", "Please wait some seconds and try again."),
    # A receipt
    "me.receipt.title": ("小票 {code}", "Receipt {code}"),
    "me.receipt.times": ("{count} 件", "{count} pcs"),
    "me.receipt.total": ("合计", "Total"),
    "me.receipt.points": ("得到 {count} 积分", "{count} points earned"),
    "me.receipt.returned": ("这一单有退货。", "Something of it was returned since."),
    "me.receipt.none": ("这一单没有记在会员卡上。", "This purchase is on nobody's member card."),
    "me.receipt.more": (
        "要看会员卡，请用会员号和密码打开。",
        "To see the member card, open it with its number and PIN.",
    ),
    # Data
    "me.data.title": ("隐私与我的数据", "Privacy and my data"),
    "me.data.kept": ("本店记着什么", "What this shop keeps"),
    "me.data.kept.name": (
        "您入会时写的称呼。删除时立即抹掉。",
        "The name you gave. It goes at once when you delete it.",
    ),
    "me.data.kept.phone": (
        "手机号（如果留了）只有总部能打开；本店只有一个认得出、看不出的记号。",
        "A phone number, if you gave one: only headquarters can open it; this shop keeps a mark of it.",
    ),
    "me.data.kept.events": (
        "来店、购物、积分和券的记录，记在一个编号下，不写姓名。",
        "Visits, purchases, points and coupons, under a number without your name.",
    ),
    "me.data.kept.wifi": (
        "上网记录：哪台设备何时上网，结束 24 小时后删除。",
        "Wi-Fi: which device was online when, deleted 24 hours after it ended.",
    ),
    "me.data.kept.cookie": (
        "这个浏览器里的一个小记号，30 天，退出时删除。",
        "A small mark in this browser, for 30 days, gone when you sign out.",
    ),
    "me.data.more": ("完整的隐私说明", "The whole privacy notice"),
    "me.data.contact": ("有问题请联系 {contact}。", "Questions: {contact}."),
    "me.consent.title": ("您同意的", "What you allow"),
    "me.consent.free": (
        "都是自愿的，不同意也照样有券、有积分、能上网。",
        "All of it is your choice: coupons, points and Wi-Fi are yours either way.",
    ),
    "me.consent.marketing": (
        "可以把新品和优惠的消息发给我。",
        "You may send me news of new things and offers.",
    ),
    "me.consent.other": ("其他用途：{purpose}", "Another purpose: {purpose}"),
    "me.consent.yes": ("已同意", "Allowed"),
    "me.consent.no": ("未同意", "Not allowed"),
    "me.consent.since": ("{when} 记下", "noted {when}"),
    "me.consent.give": ("同意", "Allow it"),
    "me.consent.withdraw": ("不再同意", "Allow it no more"),
    "me.export.title": ("导出我的数据", "Take my data along"),
    "me.export.what": (
        "一个文件，里面是本店记着的一切，也说明总部还有什么。弹出的小窗口里可能存不了文件。",
        "One file with all that this shop keeps, and what headquarters has. A pop-up window may not save it.",
    ),
    "me.export.do": ("下载文件", "Download the file"),
    "me.forget.title": ("删除我", "Delete me"),
    "me.forget.link": ("我要删除", "I want to be deleted"),
    "me.forget.what": (
        "删除会员卡、姓名和手机号。下一页说明会怎样，再问您一次。",
        "Deletes card, name and number. The next page says what that means, and asks once more.",
    ),
    "me.forget.goes": ("会消失的", "What goes"),
    "me.forget.goes.name": ("本店和总部的姓名、手机号", "Your name and number, here and at headquarters"),
    "me.forget.goes.cards": (
        "所有卡和码：没有人再能用它们",
        "Every card and code: nobody can use them",
    ),
    "me.forget.goes.points": ("{points} 积分和 {coupons} 张券", "Points: {points}, and coupons: {coupons}"),
    "me.forget.stays": ("会留下的", "What stays"),
    "me.forget.stays.books": (
        "没有姓名的账目：卖了什么、何时、多少钱。法律要求商家保存账目。",
        "The books without your name: what was sold, when, for how much. A shop must keep them by law.",
    ),
    "me.forget.stays.later": (
        "总部要等本店联网才会知道，通常几分钟。",
        "Headquarters hears of it when this shop is online, as a rule within minutes.",
    ),
    "me.forget.never": ("删除后无法恢复。", "This cannot be undone."),
    "me.forget.sure": ("我明白，请删除我", "I understand; please delete me"),
    "me.forget.do": ("现在删除", "Delete me now"),
    "me.forget.keep": ("不删了，返回", "Keep my card"),
    # What may go wrong
    "me.trouble.title": ("现在打不开", "Not right now"),
    "me.trouble.again": ("再试一次", "Try again"),
    "me.trouble.away": (
        "店里的电脑没有回答。您的积分和券都还在，请过一会儿再试。",
        "The shop's computer does not answer. Points and coupons are safe; please try again in a moment.",
    ),
    "me.trouble.busy": ("现在很忙，请稍等几秒再试。", "It is busy: please try again in some seconds."),
    "me.trouble.too_many": (
        "试了太多次。请一小时后再试，或到收银台问问。",
        "That was tried too often. Please try again in an hour, or ask at the till.",
    ),
    "me.trouble.stale": (
        "这一页开得太久了，什么都没有改。请返回再做一次。",
        "That page was open for too long, so nothing was changed. Please go back and do it again.",
    ),
    "me.trouble.disk": (
        "店里的电脑现在存不了东西，什么都没有改。请告诉店员。",
        "The shop's computer cannot store anything now, so nothing was changed. Please tell the staff.",
    ),
    "me.trouble.disk_low": (
        "店里的电脑快存满了，什么都没有改。请告诉店员。",
        "The shop's computer is almost full, so nothing was changed. Please tell the staff.",
    ),
    "me.trouble.no_books": (
        "这家店刚刚开机，还不认识会员。请过几分钟再试。",
        "This shop has only just started and knows no members yet. Please try again in some minutes.",
    ),
    "me.trouble.ledger_refuses": (
        "店里的账本现在不能写，什么都没有改。请告诉店员。",
        "The shop's books cannot be written now, so nothing was changed. Please tell the staff.",
    ),
    "me.trouble.refused": (
        "没有做成，什么都没有改。请到收银台问问。",
        "It was not done, and nothing was changed. Please ask at the till.",
    ),
    "me.trouble.other": (
        "出了点问题，请再试一次，或到收银台问问。",
        "Something went wrong. Please try again, or ask at the till.",
    ),
}
