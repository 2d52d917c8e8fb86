"""What each counter means and what to do about it, for the console; a test finds every counter here.

Keys: counter.<name> says what it means, counter.<name>.next what to do.
"""

from typing import Final

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    "counter.other": ("这里还没有说明的一种计数。", "A count that has no explanation here yet."),
    "counter.other.next": (
        "数字一直变大的话，请连同名称告诉技术支持。",
        "If it keeps rising, tell support its name.",
    ),
    "counter.http.wrong_token": (
        "有人用错误的口令打开本页或接口。",
        "Somebody opened this page or the API with a wrong token.",
    ),
    "counter.http.wrong_token.next": (
        "几次是打错字；很多次，请检查收银软件里的口令，或看看谁在店里的网络上。",
        "A few are typing errors. Many: check the till program's token, or who is on the store's network.",
    ),
    "counter.http.held_back_full": (
        "错误的口令同时来得太多，立即拒绝了一些。",
        "Too many wrong tokens at once; some were refused straight away.",
    ),
    "counter.http.held_back_full.next": (
        "有程序在不停地试口令：请在路由器上找出它。",
        "A program keeps trying tokens: find it on the router.",
    ),
    "counter.http.refused_host": (
        "有请求用了不属于本机的名字，已拒绝。",
        "A request used a name that is not this machine's; refused.",
    ),
    "counter.http.refused_host.next": (
        "请用 IP 地址或 localhost 打开本页。别的网页想借用本页时也会这样。",
        "Open the page by its address or as localhost. Foreign pages trying to use this one count too.",
    ),
    "counter.http.refused_origin": (
        "别的网页想替你提交，已拒绝。",
        "Another web page tried to send something in your name; refused.",
    ),
    "counter.http.refused_origin.next": (
        "请关掉当时打开的陌生网页。",
        "Close the unknown page that was open then.",
    ),
    "counter.live.devices_refused": (
        "设备名多得不合理，新的没有显示。",
        "More device names than any store has; new ones are not shown.",
    ),
    "counter.live.devices_refused.next": (
        "请在消息服务的日志里找是谁在用新的名字。",
        "Look in the broker's log for who keeps using new names.",
    ),
    "counter.live.subscribers_dropped": (
        "有网页读得太慢，断开后会自己重连。",
        "A page read too slowly; it was cut off and connects again by itself.",
    ),
    "counter.live.subscribers_dropped.next": (
        "不用管；如果天天发生，请检查那台电脑的网络。",
        "Nothing. If it happens every day, check that computer's network.",
    ),
    "counter.live.subscribers_refused": (
        "同时打开的实时页面太多，新的没有接上。",
        "Too many live pages open at once; a new one was not served.",
    ),
    "counter.live.subscribers_refused.next": ("请关掉不用的页面。", "Close the pages nobody looks at."),
    "counter.wake.not_sent": (
        "没叫醒同步服务；它最多一秒后自己会看。",
        "The bridge was not woken; it looks by itself within a second.",
    ),
    "counter.wake.not_sent.next": (
        "如果不停变大，同步服务没有在运行：请查看它的状态。",
        "If it keeps rising the bridge is not running: look at its state.",
    ),
}


def explain(name: str) -> str:
    """The key stem of the explanation of a counter; a family such as "wire.*" explains all its members."""
    family = f"counter.{name.rpartition('.')[0]}.*"
    candidates = (f"counter.{name}", family)
    return next((key for key in candidates if key in EXPLANATIONS), "counter.other")
