"""HQ's own words, in Chinese and English, looked up before the shared catalogue of shopbell/look."""

from typing import Final

from cloud_bridge.hq.people_words import PEOPLE_WORDS
from cloud_bridge.hq.promise_words import PROMISE_WORDS
from cloud_bridge.hq.refusal_words import REFUSAL_WORDS
from cloud_bridge.hq.shop_words import SHOP_WORDS

WORDS: Final[dict[str, tuple[str, str]]] = {
    **REFUSAL_WORDS,
    **PEOPLE_WORDS,
    **PROMISE_WORDS,
    **SHOP_WORDS,
    "hq.title": ("总部", "Headquarters"),
    "hq.area": ("总部：各店的事件与会员", "Headquarters: the events and members of every store"),
    # Gateways
    "hq.gateways": ("网关", "Gateways"),
    "hq.gateways.none": ("还没有网关。请在令牌文件中添加", "No gateway yet. Add one to the token file"),
    "hq.gateway": ("网关", "Gateway"),
    "hq.position": ("已收到", "Received"),
    "hq.lag": ("待收", "Behind"),
    "hq.lag.none": ("已同步", "In step"),
    "hq.lag.some": ("差 {count} 条", "{count} behind"),
    "hq.lag.unknown": ("未知", "Unknown"),
    "hq.branches": ("分支", "Branches"),
    "hq.branches.one": ("一条线", "One line"),
    "hq.branches.many": ("{count} 个分支", "{count} branches"),
    "hq.contact": ("最近联系", "Last heard"),
    # Events
    "hq.events": ("事件", "Events"),
    "hq.events.none": (
        "还没有事件。在门店刷一次卡就会出现",
        "No event yet. Tap a card in a store and it is here",
    ),
    "hq.event.seq": ("序号", "Number"),
    "hq.event.what": ("内容", "What"),
    "hq.event.who": ("会员", "Member"),
    "hq.event.device": ("设备", "Device"),
    "hq.event.at": ("时间", "When"),
    "hq.event.branch": ("分支 {number}", "Branch {number}"),
    "hq.type.tap.seen": ("刷卡", "Tap"),
    "hq.type.scan.seen": ("扫码", "Scan"),
    "hq.type.presence.seen": ("到店", "In the store"),
    "hq.type.device.status_changed": ("设备状态", "Device status"),
    "hq.type.exception.raised": ("异常", "Exception"),
    "hq.type.other": ("其他", "Other"),
    "hq.outcome.noted": ("已记录", "Noted"),
    "hq.late": ("迟到", "Late"),
    # Members
    "hq.members": ("会员", "Members"),
    "hq.members.count": ("{count} 位会员", "Members: {count}"),
    "hq.members.search": ("会员号或手机号", "Member number or phone"),
    "hq.members.search.hint": (
        "会员号或其开头，或完整手机号",
        "A number or how it begins, or a whole phone number",
    ),
    "hq.members.find": ("查找", "Find"),
    "hq.members.nobody": ("没有找到“{query}”", "There is no member “{query}”"),
    "hq.member.points": ("成长值 {points}", "{points} qualifying points"),
    "hq.member.cards": ("{count} 张卡或码", "Cards and codes: {count}"),
    "hq.member.store": ("归属 {store}", "Home store {store}"),
    "hq.member.status.provisional": ("门店新会员", "New in a store"),
    "hq.member.status.active": ("正常", "Active"),
    "hq.member.status.suspended": ("已暂停", "Suspended"),
    "hq.member.status.merged": ("已合并", "Merged"),
    "hq.member.status.erased": ("已删除", "Erased"),
    # Imports
    "hq.imports": ("导入会员、商品、员工", "Import members, goods or staff"),
    "hq.imports.hint": (
        "CSV 文件，UTF-8 编码。先检查整个文件，有错就什么都不改；再逐行导入",
        "A CSV file in UTF-8. The whole file is checked first; if it is damaged nothing is changed",
    ),
    "hq.imports.columns": ("第一行必须是", "The first line must be"),
    "hq.imports.file": ("文件", "File"),
    "hq.imports.upload": ("上传", "Upload"),
    "hq.imports.sending": ("正在上传", "Uploading"),
    "hq.imports.failed": (
        "上传失败，请检查连接后重试",
        "The upload failed: check the connection and try again",
    ),
    "hq.imports.script": (
        "上传需要 JavaScript；也可以用命令 shopbell member import",
        "Uploading here needs JavaScript; or use the command shopbell member import",
    ),
    "hq.imports.none": ("还没有导入过", "Nothing imported yet"),
    "hq.import.progress": ("{done} / {lines} 行", "Lines: {done} of {lines}"),
    "hq.import.result": (
        "{kind}：新增 {created}，更改 {changed}，未变 {unchanged}；拒绝 {refused} 行",
        "{kind} new {created}, changed {changed}, unchanged {unchanged}; lines refused {refused}",
    ),
    "hq.import.founding": ("门店由此文件建立", "This file named the stores"),
    "hq.import.at_line": ("第 {line} 行", "Line {line}"),
    "hq.import.refusals": ("被拒绝的行", "Refused lines"),
    "hq.import.more": ("其余的见", "The others are in"),
    "hq.import.state.receiving": ("正在接收", "Receiving"),
    "hq.import.state.applying": ("正在导入", "Importing"),
    "hq.import.state.done": ("完成", "Done"),
    "hq.import.state.refused": ("整个文件被拒绝", "Whole file refused"),
    "hq.import.state.failed": ("失败", "Failed"),
    # Exceptions
    "hq.exceptions": ("需要人看的事", "For a person to look at"),
    "hq.exceptions.none": ("没有异常", "No exceptions"),
    "hq.exception.ledger_branch": (
        "账本出现分支：可能恢复了旧存储卡。所有事件均已保留",
        "The ledger has forked: an old memory card may have been restored. All events are kept",
    ),
    "hq.exception.decision_differs": (
        "总部重新计算的结果与门店不同",
        "HQ decides this event differently than the store did",
    ),
    "hq.exception.bundle_unknown": (
        "事件依据的规则包总部没有",
        "The event names a program bundle that HQ never had",
    ),
    "hq.exception.not_decided": (
        "总部无法重新计算此事件（版本较新？）",
        "HQ cannot decide this event again (is the store's version newer?)",
    ),
    "hq.exception.at": ("网关 {gateway}，第 {seq} 条", "Gateway {gateway}, event {seq}"),
    # Signing in
    "hq.sign_in": ("登录总部", "Sign in to headquarters"),
    "hq.sign_in.why": (
        "此页显示会员与门店数据，需要令牌。启动时会显示带令牌的网址",
        "This page shows members and stores, so it needs the token. Its address was shown when HQ started",
    ),
    "hq.sign_in.field": ("令牌", "Token"),
    "hq.sign_in.enter": ("进入", "Enter"),
}
