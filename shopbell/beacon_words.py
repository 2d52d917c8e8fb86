"""The words of the `shopbell device` verbs for beacons, in Chinese and English."""

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "beacon.plan": (
        "平面图 {width} × {height} 厘米，品牌 UUID {uuid}",
        "Plan {width} x {height} cm, the brand's UUID {uuid}",
    ),
    "beacon.zone": (
        "区域 {zone}：{chinese} / {english}，左上角 {x},{y}，{width} × {height} 厘米",
        "zone {zone}: {chinese} / {english}, upper left {x},{y}, {width} x {height} cm",
    ),
    "beacon.radio": (
        "网关自己的扫描器：区域 {zone}，{x},{y} 厘米",
        "the gateway's own scanner: zone {zone}, at {x},{y} cm",
    ),
    "beacon.beacon": (
        "信标 {name}：区域 {zone}，{x},{y} 厘米，1 米处 {power} dBm",
        "beacon {name}: zone {zone}, at {x},{y} cm, {power} dBm at 1 m",
    ),
    "beacon.tag": ("标签 {name}：1 米处 {power} dBm", "tag {name}: {power} dBm at 1 m"),
    "beacon.none": ("还没有信标。", "There is no beacon yet."),
    "beacon.removed": (
        "{name} 已移除：它现在广播什么都不再算数。",
        "{name} is removed: nothing it advertises counts any more.",
    ),
    "beacon.board": (
        "已写入 {path}。里面有密钥：拷到板子上以后请删除这个文件。",
        "Wrote {path}. It holds the key: delete it once it is on the board.",
    ),
    "beacon.fill_in": ("请先填好：{keys}。", "Fill in first: {keys}."),
    "beacon.taken_up": (
        "正在运行的网关几秒内就会采用。",
        "A gateway that runs takes it up within seconds.",
    ),
    "beacon.linked": (
        "标签 {name} 现在属于会员 {member}。",
        "Tag {name} is member {member}'s now.",
    ),
    "beacon.not_linked": (
        "标签 {name} 没有关联到会员 {member}：{what}{do}",
        "Tag {name} is not linked to member {member}: {what} {do}",
    ),
}
