"""The words of `shopbell ledger`, in Chinese and English; said through shopbell.look.words.say()."""

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "ledger.event": (
        "事件 {seq}（网关 {gateway}），{at}，时钟{clock}",
        "Event {seq} of gateway {gateway}, {at}, clock {clock}",
    ),
    "ledger.clock.set": ("已校准", "set"),
    "ledger.clock.unknown": ("未校准", "not set"),
    "ledger.type": ("类型    {type}", "type    {type}"),
    "ledger.outcome": ("结果    {outcome}", "outcome {outcome}"),
    "ledger.asker": ("由谁    {actor}，key {asked}", "by      {actor}, key {asked}"),
    "ledger.device": ("设备    {device}", "device  {device}"),
    "ledger.member": ("会员    {member}", "member  {member}"),
    "ledger.hash": ("哈希    {hash}", "hash    {hash}"),
    "ledger.transfers": ("转移：", "Transfers:"),
    "ledger.lots": ("本账本首次见到的批次：", "Lots this ledger met here first:"),
    "ledger.body": ("全文：", "The whole of it:"),
    "ledger.none": ("（无）", "(none)"),
    "ledger.no_event": (
        "账本没有事件 {seq}，最后一条是 {last}",
        "there is no event {seq}; the last is {last}",
    ),
    "ledger.has_events": (
        "网关 {gateway}，纪元 {epoch}，事件 1 至 {seq}",
        "Gateway {gateway}, epoch {epoch}, events 1 to {seq}",
    ),
    "ledger.member.here": ("会员 {member} 在本账本中：", "Member {member} in this ledger:"),
    "ledger.member.status": (
        "{status}，在本店登记（事件 {seq}），语言 {speaks}",
        "{status}, enrolled here by event {seq}, language {speaks}",
    ),
    "ledger.member.unknown": ("不是在本店登记的", "not enrolled here"),
    "ledger.instrument": (
        "凭证 {id}（{kind}）：{status}，{at}，事件 {seq}",
        "instrument {id} ({kind}): {status}, {at}, event {seq}",
    ),
    "ledger.visit": ("到店 {at}：{proof}，事件 {seq}", "in the store at {at}, by {proof}: event {seq}"),
    "ledger.balance": (
        "{unit}：本店可用 {here}，保留 {held}，别处 {elsewhere}",
        "{unit}: {here} can be used here, {held} held, {elsewhere} elsewhere",
    ),
    "ledger.as_of": (
        "（别处是总部 {at} 所说，已含本店事件至 {seq}）",
        "(elsewhere as HQ said at {at}, with this store's events up to {seq})",
    ),
    "ledger.no_hq": ("（总部还没有说过什么）", "(HQ has said nothing yet)"),
    "ledger.no_lots": ("没有任何批次", "no lots"),
    "ledger.lot": (
        "{unit} 批次 {lot}：可用 {free}，保留 {held}"
        "（得 {granted}+{minted}，退 {returned}，用 {spent}）{terms}",
        "{unit} lot {lot}: {free} free, {held} held (got {granted}+{minted}, returned {returned},"
        " spent {spent}){terms}",
    ),
    "ledger.lot.earlier": (
        "{unit} 批次 {lot}：只在较早的纪元有过，由总部结算{terms}",
        "{unit} lot {lot}: of earlier epochs only, HQ settles it{terms}",
    ),
    "ledger.lot.posting": ("    事件 {seq}：{amount}", "    event {seq}: {amount}"),
    "ledger.good": (
        "账本完好：{events} 条事件首尾相连，所有余额与事件一致",
        "The ledger is whole: {events} events in one chain, every balance as they say",
    ),
    "ledger.digest": ("摘要 {digest}", "digest {digest}"),
    "ledger.tip": ("末尾 {tip}", "tip    {tip}"),
    "ledger.differs": (
        "表 {name}：缺 {missing} 行，不符 {different} 行，多出 {extra} 行",
        "table {name}: {missing} rows missing, {different} different, {extra} too many",
    ),
    "ledger.differs.do": (
        "事件完好，余额可以重建：停下网关，运行 shopbell ledger rebuild",
        "The events are whole, so this can be put right: stop the gateway, run shopbell ledger rebuild",
    ),
    "ledger.repaired": (
        "已按 {events} 条事件改正以上各行",
        "These rows are now as the {events} events say",
    ),
    "ledger.aside": (
        "有几页读不出来：已按 {events} 条事件写成新文件，损坏的文件现在是 {file}",
        "Some pages could not be read: the file is written anew from the {events} events, the damaged one is"
        " now {file}",
    ),
    "ledger.exported": ("{events} 条事件已写入 {file}", "{events} events written to {file}"),
    "ledger.exposure.worst": ("最坏损失 {amount}", "Worst loss {amount}"),
    "ledger.exposure.now": ("  已经担了的 {amount}", "  at risk already {amount}"),
    "ledger.exposure.possible": ("  今天的限额还允许 {amount}", "  what today's limits still allow {amount}"),
    "ledger.exposure.box": (
        "不算在内：这台机器里的额度，机器丢失时由商家补给会员 {amount}",
        "Not counted: rights in this machine, made good to members if it is lost {amount}",
    ),
}
