"""Rows of the catalogue for what a terminal says by itself, without or before the gateway.

The words are those of firmware/words.py, the looks those of firmware/core/face.py: a test compares them.
"""

# ruff: noqa: E501 - a sentence that people say stands on one line

from typing import Final

from firmware.protocol.messages import HOLD_STAYS, TONE_ATTENTION, TONE_NO, TONE_NONE
from gateway.screens_look import Look, Pair, Row

PREFIX: Final = "terminal."


def _row(look: tuple[int, int, int], words: Pair, says: Pair, does: Pair) -> Row:
    """A picture without an icon, its words alone in both languages."""
    return Row(Look("none", *look), words, words, says, does)


ROWS: Final[dict[str, Row]] = {
    "terminal.starting": _row(
        (0x000000, TONE_NONE, 0),
        ("正在启动", "Starting"),
        ("正在启动，几秒就好。", "It is starting, a few seconds."),
        (
            "等它自己连上；一分钟还在启动就拔插电源。",
            "Wait; if it still says so after a minute, pull its plug and put it back.",
        ),
    ),
    "terminal.ready": _row(
        (0x000000, TONE_NONE, 0),
        ("请刷卡或扫码", "Tap or scan"),
        ("请刷卡或扫码。", "Please tap or scan."),
        ("无需操作。", "Nothing to do."),
    ),
    "terminal.offline": _row(
        (0x806000, TONE_NONE, 0),
        ("断网仍可刷卡", "Offline: taps kept"),
        (
            "可以刷卡，会记下来，连上后入账；券和余额要等连上。",
            "You can tap, it is kept and booked later; coupons and balance have to wait.",
        ),
        (
            "网关不在：看网关的灯和网线；这时不核销任何东西。",
            "The gateway is gone: look at its light and cable. Redeem nothing meanwhile.",
        ),
    ),
    "terminal.wait": _row(
        (0x404040, TONE_NONE, 2_700),
        ("请稍候", "Please wait"),
        ("请稍等。", "One moment please."),
        ("等三秒；常常出现就告诉店长。", "Wait three seconds; if it comes often, tell the manager."),
    ),
    "terminal.saved": _row(
        (0x806000, TONE_ATTENTION, 4_000),
        ("已记下待入账", "Saved for later"),
        ("已经记下了，连上后自动入账。", "It is kept, and booked once we are connected."),
        (
            "照常收银；积分晚些到账，券这时不能用。",
            "Sell as usual; points come later, coupons do not work now.",
        ),
    ),
    "terminal.full": _row(
        (0xC00000, TONE_NO, HOLD_STAYS),
        ("已满请找店员", "Full: ask our staff"),
        ("这台机器记满了，请让我来处理。", "This terminal is full, let me take care of it."),
        (
            "断网太久，记录已满：不要拔电；请店长先恢复网关。",
            "It was offline for too long and can keep no more: leave its plug in, and get the gateway back first.",
        ),
    ),
    "terminal.broken": _row(
        (0xC00000, TONE_NONE, 0),
        ("读卡器故障", "Reader is broken"),
        (
            "读卡器坏了，请扫码或报手机号。",
            "The reader is broken; please scan, or tell us your phone number.",
        ),
        (
            "它会自己复位；一分钟还不好就拔插电源，仍不行换一台。",
            "It resets itself; after a minute pull its plug, and else take another terminal.",
        ),
    ),
}
