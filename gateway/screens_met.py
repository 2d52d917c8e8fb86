"""Rows of the catalogue for who or what is recognised: a card in the field, a code at the scanner."""

# ruff: noqa: E501 - a sentence that people say stands on one line

from typing import Final

from gateway.screens_look import GOOD, HELP, LATER, NOTHING, STRANGE, WELCOME, Pair, Row

_WAVE: Final[Pair] = ("欢迎光临，{name}。", "Welcome, {name}.")
_ON: Final[Pair] = ("无需操作；会员已在收银页上。", "Nothing to do; the till page has taken the customer.")
_UNUSABLE: Final[Pair] = ("请稍候", "One moment")
_STAFF: Final[Pair] = ("店员马上来帮您", "Staff will help")
_ASIDE: Final[Pair] = ("请稍等，我来帮您看一下。", "One moment please, I will look into it.")


def _blocked(zh: str, en: str) -> Row:
    """A card that cannot be used: the display is the same for each reason, the clerk learns which."""
    return Row(HELP, _UNUSABLE, _STAFF, _ASIDE, (zh, en))


ROWS: Final[dict[str, Row]] = {
    "greeted.next": Row(
        WELCOME, ("{name} 欢迎", "Hi {name}"), ("再得 {points} 升{tier}", "{points} to {tier}"), _WAVE, _ON
    ),
    "greeted.tier": Row(WELCOME, ("{name} 欢迎", "Hi {name}"), ("{tier}会员", "{tier} member"), _WAVE, _ON),
    "greeted.plain": Row(WELCOME, ("{name} 欢迎", "Hi {name}"), ("会员", "Member"), _WAVE, _ON),
    "greeted.nameless": Row(
        WELCOME,
        ("欢迎光临", "Welcome"),
        ("会员", "Member"),
        ("欢迎光临。", "Welcome."),
        (
            "姓名未同步到本店，或会员不愿显示；照常服务。",
            "The name is not known at this store, or not to be shown; serve as usual.",
        ),
    ),
    "coupons_waiting": Row(
        GOOD,
        ("{name} 欢迎", "Hi {name}"),
        ("有 {count} 张券可用", "{count} coupons ready"),
        (
            "您有 {count} 张券可以用，今天要用吗？",
            "You have {count} coupons ready. Would you like to use one today?",
        ),
        (
            "在收银页上点会员的券；没有合适的就照常结账。",
            "Pick the coupon on the till page; if none fits, check out as usual.",
        ),
    ),
    "checked_in": Row(
        GOOD,
        ("{name} 欢迎", "Hi {name}"),
        ("签到 +{count} {what}", "Today +{count} {what}"),
        ("签到成功，谢谢光临。", "You are checked in. Thank you for coming."),
        ("无需操作；每天一次，已入账。", "Nothing to do; it is booked, once a day."),
    ),
    "checked_in.gift": Row(
        GOOD,
        ("{name} 欢迎", "Hi {name}"),
        ("签到礼已到账", "Gift for you inside"),
        ("您有一份签到礼。", "There is a gift for you."),
        ("在收银页上看会员新得的券。", "The till page shows the member's new coupon."),
    ),
    "unknown.not_known": Row(
        STRANGE,
        ("您好", "Hello"),
        ("新卡？请问店员", "New card? Ask us"),
        (
            "这张卡还没有登记，要办一张会员卡吗？",
            "This card is not registered yet. Would you like a member card?",
        ),
        (
            "愿意就在收银页“办卡”；是老会员换卡就用“绑定新卡”。",
            "If so, enrol at the till page; for a member with a new card choose 'link a card'.",
        ),
    ),
    "unknown.no_cache": Row(
        STRANGE,
        ("您好", "Hello"),
        ("名单未到，请问店员", "No list yet. Ask us"),
        (
            "系统刚启动，暂时认不出会员，消费照样能做。",
            "The system has just started and knows no members yet. You can buy as usual.",
        ),
        (
            "照常收银；请店长看网络，名单到了自动恢复。",
            "Sell as usual; ask the manager to look at the network. It recovers by itself once the list is here.",
        ),
    ),
    "unknown.stale": Row(
        LATER,
        ("再扫一次", "Once more"),
        ("请刷新会员码", "Show a new code"),
        (
            "这个会员码过期了或已经用过，请让手机换一个新的。",
            "This code is too old or was used already; please let your phone show a new one.",
        ),
        (
            "请顾客重新打开会员码（每 30 秒换新）再扫；截屏的码不能用。还不行就看网关的时间，先用会员号。",
            "Ask the customer to open the code again (it changes each 30 seconds); a picture of it does not work. If it stays so, see the gateway's clock and type the member code.",
        ),
    ),
    "blocked.instrument_lost": _blocked(
        "此卡已挂失。不要留下卡，也不要说出原因；请出示其他凭证，确认是本人后在服务台换绑新卡。",
        "The card is reported lost. Do not keep it or say why; ask for other proof, and link a new card at the desk.",
    ),
    "blocked.instrument_locked": _blocked(
        "此卡已锁定。请会员在服务台核实身份后解锁。",
        "The card is locked. The member proves who they are at the desk, then unlock it.",
    ),
    "blocked.instrument_replaced": _blocked(
        "此卡已换新卡。请会员用新卡，旧卡收回。",
        "The card was replaced by a new one. Ask for the new card and take this one back.",
    ),
    "blocked.instrument_revoked": _blocked(
        "此卡已作废。请在服务台另发新卡。",
        "The card was revoked. Give out another one at the desk.",
    ),
    "blocked.member_suspended": _blocked(
        "会员资格已暂停。请店长处理；消费可照常，不用会员价。",
        "The membership is suspended. Call the manager; they may buy as usual, without member prices.",
    ),
    "blocked.member_erased": _blocked(
        "会员资料已按本人要求删除。要重新入会就另办新卡。",
        "The member's data were erased at their own wish. To join again they get a new card.",
    ),
    "blocked.member_absent": _blocked(
        "本店没有这位会员的资料。照常收银，联网后再试。",
        "This store has no data of this member. Sell as usual, and try again once online.",
    ),
    "blocked.other": _blocked(
        "此卡现在不能用。原因见会员页；请店长处理。",
        "The card cannot be used now. The member's page says why; call the manager.",
    ),
    "blocked.staff_left": _blocked(
        "这是离职员工的工牌。请收回工牌，请店长登录处理。",
        "The badge of somebody who works here no more. Take it back, and let the manager sign in.",
    ),
    "blocked.staff_role": _blocked(
        "这位员工的岗位还没有权限。请店长在总部设好岗位，同步后再刷。",
        "This person's role may do nothing yet. Let the manager set the role at headquarters; tap again after the sync.",
    ),
    "badge.signed_in": Row(
        WELCOME,
        ("{name} 已登录", "Hi {name}"),
        ("再刷一次退出", "Tap again to leave"),
        ("（不用说）", "(nothing to say)"),
        (
            "这台终端上办的事都记在您名下；离开时再刷一次，忘了也会自动退出。",
            "What is done at this terminal is booked in your name; tap again when you leave. It also ends by itself.",
        ),
    ),
    "badge.signed_out": Row(
        WELCOME,
        ("{name} 已退出", "Bye {name}"),
        ("本机无人登录", "Nobody signed in"),
        ("（不用说）", "(nothing to say)"),
        ("无需操作；下一位接班时刷自己的工牌。", "Nothing to do; whoever comes next taps their own badge."),
    ),
    "badge.till": Row(
        WELCOME,
        ("工牌已读", "Badge read"),
        ("请看收银页", "See the till page"),
        ("（不用说）", "(nothing to say)"),
        (
            "在收银页上继续：没人登录就登录，要批准就批准。没有反应就打开收银页再刷一次。",
            "Go on at the till page: it signs you in, or takes your approval. If nothing happens, open the page and tap again.",
        ),
    ),
    "seen": Row(
        NOTHING,
        ("（不显示）", "(nothing is shown)"),
        ("（不显示）", "(nothing is shown)"),
        ("（不用说）", "(nothing to say)"),
        ("信标看到了手机，已入账；无需操作。", "A beacon saw a phone, and it is booked; nothing to do."),
    ),
    "late": Row(
        NOTHING,
        ("（不显示）", "(nothing is shown)"),
        ("（不显示）", "(nothing is shown)"),
        ("刚才没有反应，请再刷一次。", "It did not answer in time; please tap again."),
        (
            "过了时限的刷卡只入账，不问候、不核销；人还在就请再刷一次。",
            "A tap past its deadline is booked, but greets and redeems nothing; if the customer is still here, ask for another tap.",
        ),
    ),
}

_DOES_AT: Final[dict[str, Pair]] = {
    "entrance": ("无需操作；门口没有店员。", "Nothing to do; nobody stands at the entrance."),
    "desk": ("会员已在页面上，问要办什么。", "The member is on the page; ask what they came for."),
    "kiosk": ("无需操作；接着列出能领的券。", "Nothing to do; what they may take is listed next."),
}

OF_ROLE: Final[dict[tuple[str, str], Row]] = {
    **{
        (outcome, role): row._replace(does=does)
        for outcome, row in ROWS.items()
        if outcome.startswith("greeted.")
        for role, does in _DOES_AT.items()
    },
    ("unknown.not_known", "entrance"): ROWS["unknown.not_known"]._replace(
        line=("请到收银台办卡", "Ask us for a card"),
        does=(
            "门口不用处理；顾客到收银台后问要不要办卡。",
            "Nothing at the entrance; at the counter, offer a card.",
        ),
    ),
    ("unknown.not_known", "kiosk"): ROWS["unknown.not_known"]._replace(
        line=("请到柜台办卡", "Get a card at the desk")
    ),
    ("unknown.stale", "entrance"): ROWS["unknown.stale"]._replace(
        does=(
            "门口不用处理；扫不上就请顾客到收银台。",
            "Nothing at the entrance; who cannot get in by it goes to the counter.",
        ),
    ),
    ("unknown.stale", "kiosk"): ROWS["unknown.stale"]._replace(
        does=(
            "请顾客换新码再扫；不行就到柜台办理。",
            "The customer shows a new code; if it will not do, serve them at the desk.",
        ),
    ),
    ("coupons_waiting", "entrance"): ROWS["greeted.plain"]._replace(does=_DOES_AT["entrance"]),
    ("checked_in", "kiosk"): ROWS["greeted.plain"],
    ("checked_in.gift", "kiosk"): ROWS["greeted.plain"],
}
