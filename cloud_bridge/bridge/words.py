"""The bridge's words for its troubles: what is wrong, and (".do") what to do; in bridge.json for others."""

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "trouble.hq_unreachable": ("连不上总部", "Headquarters cannot be reached"),
    "trouble.hq_unreachable.do": (
        "门店照常工作，联网后自动补传。请检查网络。",
        "The store goes on, and catches up by itself. Check the internet line.",
    ),
    "trouble.hq_failing": ("总部暂时出错", "Headquarters reports a failure of its own"),
    "trouble.hq_failing.do": ("会自动重试；请告知总部。", "It is tried again by itself; tell headquarters."),
    "trouble.hq_nonsense": (
        "总部地址的回答无法理解",
        "What answers at HQ's address does not speak as HQ does",
    ),
    "trouble.hq_nonsense.do": (
        "没有更改任何内容。请检查 hq_url，以及网络是否需要登录。",
        "Nothing was changed. Check hq_url, and whether this network asks to sign in first.",
    ),
    "trouble.hq_refuses": ("总部不接受此网关的令牌", "Headquarters refuses this gateway's token"),
    "trouble.hq_refuses.do": (
        "请检查 gateway_id 与 token_file。",
        "Check gateway_id and token_file in the bridge's settings.",
    ),
    "trouble.hq_rejects": ("总部不接受发送的内容", "Headquarters does not accept what was sent"),
    "trouble.hq_rejects.do": (
        "没有丢失任何内容。请检查版本，并把日志交给支持人员。",
        "Nothing is lost. Check both versions, and hand the log to support.",
    ),
    "trouble.ledger_absent": ("还没有账本", "There is no ledger yet"),
    "trouble.ledger_absent.do": ("请启动网关。", "Start the gateway."),
    "trouble.ledger_unreadable": ("账本无法读取", "The ledger cannot be read"),
    "trouble.ledger_unreadable.do": (
        "请检查文件权限与磁盘。",
        "Check the file's owner and the disk.",
    ),
    "trouble.chain_broken": ("账本中有一条事件已损坏", "An event in the ledger is damaged"),
    "trouble.chain_broken.do": (
        "之后的事件不再上传。请停止网关并从备份恢复账本。",
        "Nothing from there on is sent. Stop the gateway and restore the ledger from a backup.",
    ),
    "trouble.cache_damaged": ("会员缓存已损坏", "The member cache is damaged"),
    "trouble.cache_damaged.do": (
        "会自动从总部重新获取。",
        "It is fetched anew from headquarters by itself.",
    ),
    "trouble.disk_fails": ("磁盘已满或出错", "The disk is full or fails"),
    "trouble.disk_fails.do": ("请腾出空间或更换存储卡。", "Free some space, or replace the memory card."),
}
