"""How the journeys look at pages: fresh windows, two widths, two languages; pictures go to build/lab."""

from pathlib import Path
from typing import Any

from tests.browser import PATIENCE_MS

SHOTS = Path("build/lab")
WIDTHS = (320, 1280)
HEIGHT = 720
NEWCOMERS = {"en": ("Mia", "Join", "Go online"), "zh-CN": ("小雨", "加入会员", "连接上网")}
GIFT = {"en": "A 5-yuan coupon because it is your first visit", "zh-CN": "第一次来店送 5 元券"}
ONLINE = {"en": "You are online", "zh-CN": "已连接，可以上网了"}
NO_INTERNET = {"en": "The internet is away right now", "zh-CN": "店里的外网现在断了"}
WAITING = {"en": "Ready, waiting for the internet", "zh-CN": "已登记，等外网恢复"}
# Every field has a label, every picture a text, one headline, and nothing is wider than the screen.
FAULTS = """() => {
  const faults = [];
  const shown = node => node.checkVisibility ? node.checkVisibility() : true;
  for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
    if (!field.labels.length && !field.ariaLabel) faults.push("no label: " + field.outerHTML);
  for (const image of document.images) if (!image.hasAttribute("alt")) faults.push("no alt: " + image.src);
  for (const way of document.querySelectorAll("a, button"))
    if (shown(way) && !way.textContent.trim() && !way.ariaLabel) faults.push("no name: " + way.outerHTML);
  if (document.querySelectorAll("h1").length !== 1) faults.push("headlines");
  if (!document.documentElement.lang) faults.push("no language");
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 0) faults.push("wider than the screen by " + wide);
  return faults;
}"""


def window(browser: Any, language: str, script: bool = True) -> Any:
    """A fresh mini-browser. The lab's authority is unknown to it; phones.py checks certificates."""
    context = browser.new_context(
        locale=language,
        viewport={"width": WIDTHS[0], "height": HEIGHT},
        ignore_https_errors=True,
        java_script_enabled=script,
    )
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()


def look(page: Any, name: str) -> None:
    """Pictures of the page at each width, and nothing in it that somebody could not use."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        assert page.evaluate(FAULTS) == [], f"{name} at {width}"
        page.screenshot(path=SHOTS / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
