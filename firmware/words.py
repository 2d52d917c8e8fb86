"""The words a terminal says by itself, in Chinese and English. make_pictures.py draws them for devices.

Everything else a display shows comes drawn from the gateway. A display takes six Chinese characters a line of
WORDS, and some seventeen Latin ones.
"""

WORDS = {
    "terminal.starting": ("正在启动", "Starting"),
    "terminal.ready": ("请刷卡或扫码", "Tap or scan"),
    "terminal.offline": ("断网仍可刷卡", "Offline: taps kept"),
    "terminal.wait": ("请稍候", "Please wait"),
    "terminal.saved": ("已记下待入账", "Saved for later"),
    "terminal.full": ("已满请找店员", "Full: ask our staff"),
    "terminal.broken": ("读卡器故障", "Reader is broken"),
}
