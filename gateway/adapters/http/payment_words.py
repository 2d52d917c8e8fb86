"""What is said of payments: how each stands, why one was declined, what a program asked wrongly, what counts.

WORDS joins act_words.WORDS, EXPLANATIONS and ROUTINE join counter_words; keys as there.
"""

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "payment.asking.what": ("正在收款", "The payment is being asked for"),
    "payment.asking.do": (
        "请等几秒，不要重复扫码。",
        "Wait some seconds. Do not scan again.",
    ),
    "payment.pending.what": ("顾客正在手机上确认", "The customer is confirming on the phone"),
    "payment.pending.do": (
        "请顾客输完密码。在这之前不要重复扫码。",
        "Let the customer finish. Do not scan again meanwhile.",
    ),
    "payment.unknown.what": ("还不能确定钱有没有收到", "Nobody can be sure yet whether it was paid"),
    "payment.unknown.do": (
        "不要交货，也不要再扫。请顾客看看手机；可以换一种方式付，之后若查到已付，会列出来退给顾客。",
        "Neither hand over nor scan again. Look at the customer's phone; or take it another way: if this "
        "turns out to be paid, it is listed to be given back.",
    ),
    "payment.paid.what": ("钱已收到，还没有入单", "The money was taken; no sale has it yet"),
    "payment.paid.do": (
        "请完成这一单；不卖了就退给顾客。",
        "Finish the sale with it, or give it back.",
    ),
    "payment.wrong_amount.what": ("收到的金额不对", "Another amount was taken than was asked for"),
    "payment.wrong_amount.do": (
        "不能用它结账。请退给顾客，再收一次。",
        "No sale can use it. Give it back, then ask again.",
    ),
    "payment.sold.what": ("已入单", "It is part of a sale"),
    "payment.sold.do": ("要退钱请退货。", "To give it back, return the order."),
    "payment.giving_back.what": ("正在退款", "It is being given back"),
    "payment.giving_back.do": (
        "不用再做什么；退到了会显示。",
        "Nothing more to do: it shows here once it has arrived.",
    ),
    "payment.given_back.what": ("已退给顾客", "It was given back"),
    "payment.given_back.do": ("请告诉顾客查看手机。", "Tell the customer to look at the phone."),
    "payment.refund_declined.what": ("退款被拒绝", "The refund was declined"),
    "payment.refund_declined.do": (
        "请再退一次；还是不行就退现金，并记为“已另外退还”。",
        "Try once more. If it stays, give cash and mark it as given back by hand.",
    ),
    "payment.declined.code_bad.what": ("付款码不对，没有收钱", "That is no payment code; nothing was taken"),
    "payment.declined.code_bad.do": (
        "请顾客打开正确的付款码，再扫一次。",
        "Let the customer open the right code, then scan again.",
    ),
    "payment.declined.code_old.what": ("付款码已过期，没有收钱", "The code is too old; nothing was taken"),
    "payment.declined.code_old.do": (
        "请顾客刷新付款码，再扫一次。",
        "Let the customer refresh it, then scan again.",
    ),
    "payment.declined.no_money.what": ("顾客余额不足，没有收钱", "Not enough money there; nothing was taken"),
    "payment.declined.no_money.do": (
        "请顾客换一张卡或换一种方式。",
        "Let the customer choose another card, or pay another way.",
    ),
    "payment.declined.cancelled.what": ("顾客取消了，没有收钱", "The customer cancelled; nothing was taken"),
    "payment.declined.cancelled.do": ("可以再扫一次，或换一种方式。", "Scan again, or take it another way."),
    "payment.declined.declined.what": ("付款被拒绝，没有收钱", "It was declined; nothing was taken"),
    "payment.declined.declined.do": (
        "请换一种方式，或稍后再试。",
        "Take it another way, or try again later.",
    ),
    "payment.declined.never_arrived.what": (
        "请求没有送到，没有收钱",
        "It never reached the payment service; nothing was taken",
    ),
    "payment.declined.never_arrived.do": (
        "请再扫一次，或换一种方式。",
        "Scan again, or take it another way.",
    ),
    "payment.declined.closed.what": ("已核实没有收到钱", "Somebody made sure that no money is there"),
    "payment.declined.closed.do": ("不用再做什么。", "Nothing more to do."),
    # What a program asked wrongly
    "request.no_payment.what": ("没有这笔付款", "There is no such payment"),
    "request.no_payment.do": (
        "请核对 key；付款要先 POST /v1/payments。",
        "Check its key; a payment begins with POST /v1/payments.",
    ),
    "request.payment_differs.what": (
        "付款的方式或金额与收款项不同",
        "The payment is of another tender or amount than it is to pay",
    ),
    "request.payment_differs.do": (
        "请按付款的方式和金额填写收款项。",
        "Give the tender exactly as the payment has it.",
    ),
    "request.payment_unpaid.what": (
        "这笔付款没有收到钱，或正在退",
        "That payment is not paid, or is given back",
    ),
    "request.payment_unpaid.do": (
        "请看它的状态；需要时重新收款。",
        "See how it stands, and ask for a new one if need be.",
    ),
    "request.payment_used.what": ("这笔付款已经用在另一单", "That payment is another sale's"),
    "request.payment_used.do": (
        "每笔付款只管一单。请重新收款。",
        "A payment pays one sale. Ask for a new one.",
    ),
    "request.payment_sold.what": ("这笔付款已经入单", "That payment is part of a sale"),
    "request.payment_sold.do": ("请退货，钱会跟着退。", "Return the order: the money goes back with it."),
    "request.nothing_owed.what": ("这笔付款没有要退的", "Nothing of that payment is to be given back"),
    "request.nothing_owed.do": (
        "请看它的状态：可能没有收到，或已退。",
        "See how it stands: it was not paid, or was given back already.",
    ),
    "request.tender_recorded.what": (
        "本店不替这种方式收款",
        "Nobody is asked for this kind of payment here",
    ),
    "request.tender_recorded.do": (
        "请在自己的终端上收，再把它记为收款项。",
        "Take it by a terminal of its own, and record it as a tender.",
    ),
    "request.payments_full.what": (
        "太多付款还没有结果",
        "Too many payments are without an answer",
    ),
    "request.payments_full.do": (
        "收款服务可能断了。请先收现金。",
        "The payment service seems to be down. Take cash meanwhile.",
    ),
    "request.reference.what": (
        "“{field}” 不能自己填：付款有它自己的单号",
        "\u201c{field}\u201d must be left out: a payment has its own number",
    ),
    "request.reference.do": ("请去掉这一项。", "Leave it out."),
}

ROUTINE: Final = frozenset({"payments.paid", "payments.declined", "payments.refunded"})

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    "counter.payments.unknown": (
        "问收款服务时，还不知道钱有没有收到。",
        "The payment service was asked, and could not tell yet.",
    ),
    "counter.payments.unknown.next": (
        "顾客输密码时会有几次。一直增多，请检查网络和收款服务。",
        "Some are customers typing. If it keeps rising, check the internet and the payment service.",
    ),
    "counter.payments.paid_late": (
        "有付款起初不确定，后来查到已付。",
        "A payment that nobody was sure of turned out to be paid.",
    ),
    "counter.payments.paid_late.next": (
        "请在收银台的“付款”里处理：结账或退款。",
        "See Payments at the till: finish the sale, or give it back.",
    ),
    "counter.payments.wrong_amount": (
        "收款服务收的金额和要的不一样。",
        "The payment service took another amount than was asked for.",
    ),
    "counter.payments.wrong_amount.next": (
        "请退给顾客，并告诉收款服务的负责人。",
        "Give it back, and tell whoever runs the payment service.",
    ),
    "counter.payments.said_again": (
        "收款服务把说过的又说了一遍。",
        "The payment service said again what it had said.",
    ),
    "counter.payments.said_again.next": ("没有影响。", "It changes nothing."),
    "counter.payments.sent_again": (
        "请求没有送到，用同一个 key 又发了一次。",
        "A request had not arrived and was sent again under its key.",
    ),
    "counter.payments.sent_again.next": (
        "网络不稳时会这样；同一个 key 只收一次。",
        "An unsteady line does it. One key is charged once.",
    ),
    "counter.payments.given_up": (
        "有付款问了很久还没有结果，这次运行不再问。",
        "A payment was asked about for long without a result; not again in this run.",
    ),
    "counter.payments.given_up.next": (
        "请向收款服务查这一笔，再在“付款”里处理。重启网关会再问。",
        "Ask the provider about it, then settle it under Payments. A restart of the gateway asks again.",
    ),
    "counter.payments.full": (
        "没有结果的付款太多，新的没有受理。",
        "Too many payments were without an answer; new ones were not taken.",
    ),
    "counter.payments.full.next": (
        "收款服务断了：请先收现金，并联系负责人。",
        "The payment service is down: take cash, and tell whoever runs it.",
    ),
    "counter.payments.by_hand": (
        "有付款由店员另外退还，或由人核实没有收到。",
        "A payment was given back by hand, or somebody made sure that it was never taken.",
    ),
    "counter.payments.by_hand.next": (
        "请与收款服务的账单核对。",
        "Compare with the provider's list.",
    ),
    "counter.payments.refunds_unknown": (
        "问退款时还没有结果，会再问。",
        "A refund is without an answer yet; it is asked for again.",
    ),
    "counter.payments.refunds_unknown.next": (
        "一直增多，请检查网络和收款服务。",
        "If it keeps rising, check the internet and the payment service.",
    ),
    "counter.payments.refunds_declined": (
        "收款服务拒绝了一笔退款。",
        "The payment service declined a refund.",
    ),
    "counter.payments.refunds_declined.next": (
        "请在“付款”里再退一次，或退现金并记下。",
        "Under Payments try once more, or give cash and mark it.",
    ),
    "counter.payments.refunds_over": (
        "退货要退的钱比这些付款剩下的多，多的由店员自己退。",
        "A return gave back more than its payments had left; the rest is the clerk's to give.",
    ),
    "counter.payments.refunds_over.next": (
        "店员改了退款方式时会这样；请核对那张退货单。",
        "It happens when a clerk chooses another tender. Look at that return.",
    ),
    "counter.payments.references_again": (
        "收款服务给两笔付款同一个单号；后一笔用我们自己的 key。",
        "The payment service gave two payments one number; the later one goes by its key.",
    ),
    "counter.payments.references_again.next": (
        "请告诉收款服务的负责人。",
        "Tell whoever runs the payment service.",
    ),
    "counter.payments.bridge_silent": (
        "收款服务没有及时回答。",
        "The payment service did not answer in time.",
    ),
    "counter.payments.bridge_silent.next": (
        "请检查网络；期间可以收现金。",
        "Check the internet. Cash works meanwhile.",
    ),
    "counter.payments.bridge_strange": (
        "收款服务的回答看不懂，当作没有回答。",
        "The payment service answered something that makes no sense; it counts as no answer.",
    ),
    "counter.payments.bridge_strange.next": (
        "请检查 payments_url 和口令，并告诉收款服务的负责人。",
        "Check payments_url and the token, and tell whoever runs the service.",
    ),
    "counter.payments.files_refused": (
        "payments.db 读不出或写不进。",
        "payments.db could not be read or written.",
    ),
    "counter.payments.files_refused.next": (
        "请检查磁盘。写不进时不会去收款。",
        "Check the disk. Nothing is charged while it cannot be written.",
    ),
    "counter.payments.files_put_aside": (
        "payments.db 坏了，已放到一边，另建了新的。",
        "payments.db was damaged: it was put aside, and a new one begun.",
    ),
    "counter.payments.files_put_aside.next": (
        "请向收款服务查当天未入单的付款。",
        "Ask the provider for the day's payments that no order here has.",
    ),
    "counter.payments.steps_refused": (
        "有一步因磁盘没有做成，稍后再做。",
        "A step waited because the disk refused; it is done later.",
    ),
    "counter.payments.steps_refused.next": ("一直增多，请检查磁盘。", "If it keeps rising, check the disk."),
}
