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
    # trying
    "program.try.order": ("{on} {time}，{who}", "{on} {time}, {who}"),
    "program.try.happening": ("{on} {time}，{who}，{happens}", "{on} {time}, {who}, {happens}"),
    "program.try.member": ("{tier}会员", "{tier} member"),
    "program.try.walk_in": ("非会员", "not a member"),
    "program.try.line": (
        "  {name} × {quantity}：{gross} - {discount} = {net}",
        "  {name} × {quantity}: {gross} - {discount} = {net}",
    ),
    "program.try.points": ("  积分抵 {amount}", "  points pay {amount}"),
    "program.try.total": ("  应付 {total}（含税 {tax}）", "  to pay {total} (tax in it {tax})"),
    "program.try.happened": ("{mark}+ {id}：{said}（{because}）", "{mark}+ {id}: {said} ({because})"),
    "program.try.missed": ("{mark}- {id}：{said}（{because}）", "{mark}- {id}: {said} ({because})"),
    "program.try.refused": ("这一单不成立：{reason}", "This cannot be: {reason}"),
    # trying on past orders
    "program.month.head": (
        "{first} 至 {last}：{orders} 单，其中会员 {members} 单，收入 {takings}",
        "{first} to {last}: {orders} orders, {members} of them of members, takings {takings}",
    ),
    "program.month.offered": (
        "（假定每位会员都出示了券、选了可选的活动）",
        "(as if every member showed the coupon and chose what has to be chosen)",
    ),
    "program.month.program": (
        "{id}：发生 {fired} 次，会员 {members} 人，成本 {cost}，一位会员最多 {most}",
        "{id}: fires {fired} times, for {members} members, costs {cost}, at most {most} a member",
    ),
    "program.month.discount": ("减免 {amount}", "money off {amount}"),
    "program.month.given": ("给出 {amount} {unit}", "gives {amount} {unit}"),
    "program.month.taken": ("收回 {amount} {unit}", "takes {amount} {unit}"),
    "program.month.missed": ("没有发生：{reasons}", "did not fire: {reasons}"),
    "program.month.takings": ("收入会是 {takings}", "takings would have been {takings}"),
    "program.month.refused": ("{orders} 单无法重新计价", "{orders} orders could not be priced again"),
    # publishing
    "program.publish.added": ("+ 新增 {what}", "+ new: {what}"),
    "program.publish.changed": ("~ 更改 {what}", "~ changed: {what}"),
    "program.publish.gone": ("- 去除 {what}", "- gone: {what}"),
    "program.publish.nothing": ("与现行规则相同", "Nothing differs from what is in force"),
    "program.publish.done": ("已发布，规则包 {hash}", "Published as bundle {hash}"),
}
