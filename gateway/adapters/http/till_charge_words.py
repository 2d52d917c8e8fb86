"""What the till's page says of payments that the chain's bridge takes; till.py joins the tables."""

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "till.payments": ("付款", "Payments"),
    "charge.title": ("{tender} {amount}", "{tender} {amount}"),
    "charge.code": ("扫顾客的付款码", "Scan the customer's payment code"),
    "charge.take": ("收款", "Ask for it"),
    "charge.asking": ("正在收款", "Asking"),
    "charge.asking.next": (
        "请等一等，不要重复扫。顾客可能要在手机上输密码。",
        "Wait, and do not scan again. The customer may have to confirm on the phone.",
    ),
    "charge.away": ("网关没有回答，正在再问", "The gateway does not answer; asking again"),
    "charge.away.next": (
        "不会重复收款：问的还是同一笔。",
        "Nothing is taken twice: it is the same payment that is asked about.",
    ),
    "charge.other": ("换一种方式", "Take it another way"),
    "charge.paid": ("{tender}已收 {amount}", "{tender}: {amount} taken"),
    "charge.left": ("这一笔还没有结果", "This payment is without a result yet"),
    "charge.left.next": (
        "可以换一种方式收。之后若查到已付，会列在“付款”里，请退给顾客。",
        "Take it another way. If it turns out to be paid it is listed under Payments: give it back then.",
    ),
    "charge.back.title": ("退掉这笔{tender}？", "Give this {tender} back?"),
    "charge.back.why": (
        "顾客已付 {amount}。退回后可以换一种方式收。",
        "The customer has paid {amount}. It goes back, then take it another way.",
    ),
    "charge.back.yes": ("退给顾客", "Give it back"),
    "charge.back.done": ("已在退款 {amount}", "{amount} is on its way back"),
    "payments.title": ("要处理的付款", "Payments to look at"),
    "payments.why": (
        "收到了钱但没有入单的，和还不能确定的。",
        "Money that was taken and is part of no sale, and what nobody can be sure of.",
    ),
    "payments.none": ("没有要处理的。", "Nothing to look at."),
    "payments.what": ("{when} · {till}", "{when} · {till}"),
    "payments.use": ("用在这一单", "Use in this sale"),
    "payments.back": ("退给顾客", "Give it back"),
    "payments.by_hand": ("已另外处理", "Settled by hand"),
    "payments.by_hand.title": ("已经另外处理好了？", "Is it settled by hand?"),
    "payments.by_hand.why": (
        "钱已经用别的方式退给顾客，或者收款方查到没有收过。之后这里不再提醒，需要店长的权限。",
        "It was given back by other means, or the provider says that it never took it. It is not listed any "
        "more. This takes a manager's role.",
    ),
    "payments.used": ("这一单收款时会用上", "It counts when this sale is paid"),
    "payments.kept": ("已收的钱还在“付款”里", "Money that was taken is under Payments"),
    "payments.kept.next": (
        "请用在另一单，或退给顾客。",
        "Use it in another sale, or give it back.",
    ),
}
