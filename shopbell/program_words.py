"""The words of `shopbell program`, in Chinese and English; said through shopbell.look.words.say()."""

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    # filling in
    "program.fill.kind.money": ("金额，{least} 到 {most} 元", "yuan, {least} to {most}"),
    "program.fill.kind.percent": ("百分比，{least} 到 {most}", "percent, {least} to {most}"),
    "program.fill.kind.number": ("整数，{least} 到 {most}", "a whole number, {least} to {most}"),
    "program.fill.kind.day": ("日期，如 2026-12-31", "a day, as 2026-12-31"),
    "program.fill.kind.time": ("时间，如 18:00", "a time of day, as 18:00"),
    "program.fill.kind.choice": ("其中之一：{choices}", "one of {choices}"),
    "program.fill.kind.id": (
        "小写字母、数字、点和横线，最多 48 个",
        "small letters, digits, dots and dashes, 48 at most",
    ),
    "program.fill.blank": ("  {blank}  {label}：{bounds}{usual}", "  {blank}  {label}: {bounds}{usual}"),
    "program.fill.usual": ("（不填则 {value}）", " ({value} if not given)"),
    "program.fill.missing": ("{blank}：没有填；要{bounds}", "{blank}: not given; it takes {bounds}"),
    "program.fill.wrong": (
        "{blank} = {value}：填得不对；要{bounds}",
        "{blank} = {value}: that cannot be; it takes {bounds}",
    ),
    "program.fill.unknown": (
        "{blank}：这个模板没有这一空；有：{known}",
        "{blank}: the template has no such blank; it has {known}",
    ),
    "program.fill.not_below": ("{blank}：必须小于 {other}", "{blank}: must be less than {other}"),
    "program.fill.not_named": (
        "{text}：请写成 空=值",
        "{text}: write blank=value",
    ),
    "program.fill.templates": ("模板：", "Templates:"),
    # checking
    "program.check.good": (
        "{file}：没有问题（{programs} 条规则）",
        "{file}: nothing wrong ({programs} programs)",
    ),
    "program.check.problem": ("{file} {pointer}：{what}。{hint}", "{file} {pointer}: {what}. {hint}"),
    "program.check.whole": ("（整体）", "(the whole)"),
    "program.check.in_force": ("{file}（现行规则中）{pointer}", "{file} (in the bundle in force) {pointer}"),
    # listing
    "program.list.head": ("规则 {programs} 条：", "Programs: {programs}"),
    "program.list.line": (
        "{id}  v{version}  {trigger}  {name}：{because}{days}{paused}",
        "{id}  v{version}  {trigger}  {name}: {because}{days}{paused}",
    ),
    "program.list.days": ("（{first} 至 {last}）", " ({first} to {last})"),
    "program.list.paused": ("（已暂停）", " (paused)"),
}
