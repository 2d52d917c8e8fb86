"""What each counter of sessions, proofs and sign-ins means; counter_words.py holds all tables together."""

from typing import Final

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    "counter.staff.wrong_sign_in": (
        "有人用错误的工牌或 PIN 登录或批准。",
        "Somebody signed in or approved with a wrong badge or PIN.",
    ),
    "counter.staff.wrong_sign_in.next": (
        "几次是打错；很多次，请看看是谁在试。",
        "A few are typing errors. Many: see who keeps trying.",
    ),
    "counter.staff.sessions_refused": (
        "过期、已退出或伪造的登录被拒绝。",
        "A sign-in that was over, ended or forged was refused.",
    ),
    "counter.staff.sessions_refused.next": (
        "每天一两次正常：请重新登录。一直增多，请看是哪台机器。",
        "Some a day are normal: sign in again. If it keeps rising, find the machine.",
    ),
    "counter.staff.proofs_refused": (
        "过期、用过或不相干的批准或 PIN 凭证被拒绝。",
        "An approval or a PIN's proof was old, used, or for something else; refused.",
    ),
    "counter.staff.proofs_refused.next": (
        "收银太慢时会发生：请在付款前一分钟内批准。",
        "It happens when a sale takes long: approve within a minute of paying.",
    ),
    "counter.staff.proofs_full": (
        "一分钟里的批准和 PIN 太多，新的没有受理。",
        "More approvals and PINs within a minute than any store has; new ones were not taken.",
    ),
    "counter.staff.proofs_full.next": (
        "有程序在不停地试：请停掉它。",
        "A program keeps asking: stop it.",
    ),
    "counter.http.till_faults": (
        "收银接口收到不合规的请求，什么也没有改变。",
        "The till's API was sent something wrong; nothing was changed.",
    ),
    "counter.http.till_faults.next": (
        "请让收银软件的开发者看答复里的 field 和 next。",
        "Let the till program's maker read field and next in the answers.",
    ),
}
