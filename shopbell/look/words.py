"""The words people read, in Chinese and English: the one catalogue and the one door to it.

Layout: WORDS maps a key ("area.name") to (zh-CN, English). A package with words of its own keeps a dict of
the same shape in its own words.py and passes it as `table`; its keys are looked up first, then the shared
ones here. Placeholders are str.format fields by name. Invariants, kept by faults() and a test: both languages
are there, neither is blank, both hold the same placeholders.

This module imports nothing of ours, so the gateway, HQ, the bench and the command may all use it.
"""

import string
from collections.abc import Mapping
from typing import Final, Literal, get_args

Language = Literal["zh-CN", "en"]
Words = Mapping[str, tuple[str, str]]

LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
NAMES: Final[dict[str, str]] = {"zh-CN": "中文", "en": "English"}


class MissingWord(KeyError):
    """A key, language or placeholder that the catalogue does not have: our mistake, so raised."""

    def __str__(self) -> str:
        return str(self.args[0])


def say(key: str, language: str, table: Words | None = None, **values: object) -> str:
    """The words for key in language ("zh-CN" or "en"), placeholders filled; raises MissingWord."""
    template = _pair(key, table)[_column(language)]
    try:
        return template.format(**values)
    except (KeyError, IndexError) as fault:
        raise MissingWord(f"word {key!r} needs the value {fault}; given: {sorted(values)}") from fault


def _pair(key: str, table: Words | None) -> tuple[str, str]:
    pair = table.get(key) if table else None
    pair = pair or WORDS.get(key)
    if pair is None:
        raise MissingWord(f"no word {key!r}: add it to a words.py in both languages")
    return pair


def _column(language: str) -> int:
    if language not in LANGUAGES:
        raise MissingWord(f"no language {language!r}: the catalogue has {', '.join(LANGUAGES)}")
    return LANGUAGES.index(language)


def faults(table: Words) -> list[str]:
    """What is wrong with a catalogue, one sentence each; empty when it is sound."""
    return [fault for key, pair in table.items() for fault in _pair_faults(key, pair)]


def _pair_faults(key: str, pair: tuple[str, str]) -> list[str]:
    named = zip(LANGUAGES, pair, strict=True)
    found = [f"{key}: {name} is blank" for name, text in named if not text.strip()]
    chinese, english = (placeholders(text) for text in pair)
    if chinese != english:
        found.append(f"{key}: zh-CN has {sorted(chinese)}, en has {sorted(english)}")
    return found


def placeholders(text: str) -> set[str]:
    """The names of the str.format fields in text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


WORDS: Final[dict[str, tuple[str, str]]] = {
    # The frame of every page
    "page.skip": ("跳到正文", "Skip to the content"),
    "page.language": ("语言", "Language"),
    "page.brand": ("Shopbell", "Shopbell"),
    "page.made_by": ("店门上的小铃铛", "The little bell on a shop's door"),
    # The live connection of a page to its server
    "live.connecting": ("正在连接", "Connecting"),
    "live.open": ("实时", "Live"),
    "live.lost": ("连接断开，正在重连", "Connection lost, trying again"),
    "live.off": ("未实时更新：请刷新页面", "Not live: reload the page to see what is new"),
    # What became of one happening at a door
    "outcome.greeted": ("已问候", "Greeted"),
    "outcome.unknown": ("未知的卡", "Unknown card"),
    "outcome.blocked": ("已停用", "Blocked"),
    "outcome.staff": ("工牌", "Staff badge"),
    "outcome.coupon": ("出示券", "Coupon shown"),
    "outcome.late": ("迟到，只入账", "Late: booked only"),
    "outcome.seen": ("已看到", "Seen"),
    # Lengths of time, as a person says them
    "age.never": ("从未", "never"),
    "age.now": ("刚刚", "just now"),
    "age.seconds": ("{count} 秒前", "{count} s ago"),
    "age.minutes": ("{count} 分钟前", "{count} min ago"),
    "age.hours": ("{count} 小时前", "{count} h ago"),
    "age.days": ("{count} 天前", "{count} days ago"),
    "span.seconds": ("{count} 秒", "{count} s"),
    "span.minutes": ("{count} 分钟", "{count} min"),
    "span.hours": ("{count} 小时", "{count} h"),
    "span.days": ("{count} 天", "{count} days"),
    # Small words pages share
    "word.none": ("无", "none"),
    "word.milliseconds": ("{count} 毫秒", "{count} ms"),
}
