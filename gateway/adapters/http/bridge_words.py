"""What the console says of the bridge: its states, its counters and what the gateway counts of it.

The bridge's troubles bring their own sentences in its file. Keys: bridge.<state> with .what and .do;
counter.bridge.<name> for what the bridge counts of itself, counter.bridge_status.<state> for what the gateway
counts of the bridge, each with .next. A test finds every state and every counter here.
"""

from typing import Final

# Work done: the API has them, the page leaves them out.
ROUTINE: Final = frozenset({"bridge.sent", "bridge.rows", "bridge.snapshots", "bridge.generations_removed"})

STATES: Final[dict[str, tuple[str, str]]] = {
    "bridge.title": ("同步服务", "Bridge"),
    "bridge.running": ("正在运行", "Running"),
    "bridge.silent": ("没有动静", "Silent"),
    "bridge.silent.what": ("{span}没有同步服务的消息了", "Nothing heard from the bridge for {span}"),
    "bridge.silent.do": (
        "门店照常工作，事件都在本店账本里。请看同步服务（shopbell bridge）是否在运行，日志里有原因。",
        "The store goes on, its events are safe. See if shopbell bridge runs; its log says why not.",
    ),
    "bridge.absent": ("没有启动过", "Never started"),
    "bridge.absent.what": (
        "开机以来没有启动过同步服务",
        "No bridge has run since this machine was switched on",
    ),
    "bridge.absent.do": (
        "门店照常工作，但总部什么也收不到。请启动 shopbell bridge。",
        "The store goes on, but nothing reaches HQ. Start shopbell bridge.",
    ),
    "bridge.foreign": ("不是本网关的", "Another gateway's"),
    "bridge.foreign.what": (
        "在运行的同步服务属于另一台网关",
        "The bridge that runs here belongs to another gateway",
    ),
    "bridge.foreign.do": (
        "请把 [bridge] 的 gateway_id 改成本网关的名称，再重新启动它。",
        "Set gateway_id in [bridge] to this gateway's own, and start it again.",
    ),
    "bridge.nonsense": ("看不懂", "Not understood"),
    "bridge.nonsense.what": ("同步服务的状态文件看不懂", "The bridge's status file makes no sense"),
    "bridge.nonsense.do": (
        "请把网关和同步服务更新到同一版本，再重新启动。",
        "Bring gateway and bridge to the same release, then start both again.",
    ),
    "bridge.unreadable": ("读不出来", "Not readable"),
    "bridge.unreadable.what": ("同步服务的状态文件读不出来", "The bridge's status file cannot be read"),
    "bridge.unreadable.do": (
        "请检查 run_dir 里 bridge.json 的权限。",
        "Check the owner of bridge.json in run_dir.",
    ),
    "bridge.trouble.lasts": ("已持续 {span}，{count} 次", "for {span} now, {count} ×"),
    "bridge.contact": ("总部上次回答", "HQ last answered"),
    "bridge.contact.none": ("启动后还没有", "not since it started"),
    "bridge.backlog": ("还要发送", "Still to send"),
    "bridge.snapshot": ("正在下载整份会员资料", "Fetching a whole member file"),
    "bridge.snapshot.rows": ("{count} 行", "{count} rows"),
    "bridge.counters": ("同步服务，自它启动以来", "The bridge, since it started"),
}

EXPLANATIONS: Final[dict[str, tuple[str, str]]] = {
    "counter.bridge_status.silent": ("同步服务没有动静了。", "The bridge fell silent."),
    "counter.bridge_status.silent.next": (
        "请看它是否在运行；停了的话，日志里有原因。",
        "See whether it runs; if it stopped, its log says why.",
    ),
    "counter.bridge_status.absent": ("同步服务的状态文件不见了。", "The bridge's status file went away."),
    "counter.bridge_status.absent.next": ("请看它是否在运行。", "See whether it runs."),
    "counter.bridge_status.foreign": (
        "另一台网关的同步服务用了本网关的文件夹。",
        "Another gateway's bridge used this gateway's folder.",
    ),
    "counter.bridge_status.foreign.next": (
        "请检查 [bridge] 的 gateway_id 和 run_dir。",
        "Check gateway_id and run_dir in [bridge].",
    ),
    "counter.bridge_status.nonsense": (
        "同步服务的状态文件看不懂，没有采用。",
        "The bridge's status file made no sense and was not used.",
    ),
    "counter.bridge_status.nonsense.next": (
        "请把网关和同步服务更新到同一版本。",
        "Bring gateway and bridge to the same release.",
    ),
    "counter.bridge_status.unreadable": (
        "同步服务的状态文件读不出来。",
        "The bridge's status file could not be read.",
    ),
    "counter.bridge_status.unreadable.next": (
        "请检查 run_dir 里 bridge.json 的权限。",
        "Check the owner of bridge.json in run_dir.",
    ),
    "counter.bridge.hq_unreachable": ("总部没有回答。", "HQ did not answer."),
    "counter.bridge.hq_unreachable.next": (
        "断网时属正常，恢复后自动补传；网络好时还在变大，请检查 hq_url。",
        "Normal while the line is down; it catches up. If it rises with the line up, check hq_url.",
    ),
    "counter.bridge.hq_failing": ("总部说自己出错了。", "HQ answered that it fails."),
    "counter.bridge.hq_failing.next": (
        "会自动重试；一小时后仍在变大，请告知总部。",
        "It is tried again by itself. If it still rises after an hour, tell HQ.",
    ),
    "counter.bridge.hq_nonsense": (
        "总部的地址给了无法理解的回答，已拒绝，什么也没改。",
        "HQ's address gave an answer that HQ never gives; it was refused and changed nothing.",
    ),
    "counter.bridge.hq_nonsense.next": (
        "请检查 hq_url；公共 Wi-Fi 的登录页面也会这样。",
        "Check hq_url. The sign-in page of a public Wi-Fi does this too.",
    ),
    "counter.bridge.hq_refuses": ("总部不接受本网关的令牌。", "HQ refused this gateway's token."),
    "counter.bridge.hq_refuses.next": (
        "请检查 [bridge] 的 gateway_id 和 token_file。",
        "Check gateway_id and token_file in [bridge].",
    ),
    "counter.bridge.hq_rejects": (
        "总部不接受送去的内容；没有丢失。",
        "HQ did not accept what was sent; nothing is lost.",
    ),
    "counter.bridge.hq_rejects.next": (
        "请检查两边的版本，并把同步服务的日志交给技术支持。",
        "Check both versions, and hand the bridge's log to support.",
    ),
    "counter.bridge.ledger_absent": ("还没有账本可送。", "There was no ledger to send from yet."),
    "counter.bridge.ledger_absent.next": (
        "网关启动后就不再变大。",
        "It stops rising once the gateway has started.",
    ),
    "counter.bridge.ledger_unreadable": ("账本读不出来。", "The ledger could not be read."),
    "counter.bridge.ledger_unreadable.next": (
        "请检查文件权限和存储卡。",
        "Check the file's owner and the SD card.",
    ),
    "counter.bridge.chain_broken": (
        "账本里有一条已损坏，它之后的都没有上传。",
        "An event in the ledger is damaged; nothing behind it was sent.",
    ),
    "counter.bridge.chain_broken.next": (
        "请停止网关，从备份恢复账本。",
        "Stop the gateway and restore the ledger from a backup.",
    ),
    "counter.bridge.cache_damaged": (
        "会员资料文件已损坏，重新下载。",
        "The member file was damaged; it is fetched anew.",
    ),
    "counter.bridge.cache_damaged.next": (
        "发生不止一次的话，请检查存储卡。",
        "If it happens more than once, check the SD card.",
    ),
    "counter.bridge.disk_fails": (
        "磁盘已满或写不进。",
        "The disk was full, or could not be written.",
    ),
    "counter.bridge.disk_fails.next": (
        "请腾出空间，或更换存储卡。",
        "Free some space, or replace the SD card.",
    ),
    "counter.bridge.gone": (
        "总部接不上以前的更新，整份会员资料重新下载了。",
        "HQ could not go on from the last change; a whole member file was fetched.",
    ),
    "counter.bridge.gone.next": (
        "断开很久之后属正常；天天发生，请告知总部。",
        "Normal after a long absence. If it happens every day, tell HQ.",
    ),
    "counter.bridge.gap": (
        "总部缺前面的事件，从缺的那条重新送。",
        "HQ lacked an earlier event; sending went on from that one.",
    ),
    "counter.bridge.gap.next": (
        "总部恢复备份之后属正常；不停变大，请告知总部。",
        "Normal after HQ restored a backup. If it keeps rising, tell HQ.",
    ),
    "counter.bridge.other_tip": (
        "总部的最后一条不在本店账本里，从共有的一条接着送。",
        "HQ's last event is not in this ledger; sending went on from the last one both have.",
    ),
    "counter.bridge.other_tip.next": (
        "账本恢复备份之后属正常；否则请看是否有两台网关同名。",
        "Normal after a restored ledger. Else see whether two gateways use one id.",
    ),
    "counter.bridge.known": ("送去的事件总部已经有了。", "Events were sent that HQ had already."),
    "counter.bridge.known.next": (
        "断线重连后属正常，总部每条只记一次。",
        "Normal after a lost connection: HQ keeps each of them once.",
    ),
    "counter.bridge.status_unwritten": (
        "同步服务写不出自己的状态文件。",
        "The bridge could not write its status file.",
    ),
    "counter.bridge.status_unwritten.next": (
        "请检查 run_dir 的空间和权限。",
        "Check run_dir's free space and owner.",
    ),
}
