"""What `shopbell network check` says, in Chinese and English: what is wrong, and what to do about it."""

from typing import Final

from shopbell.look.words import say

WORDS: Final[dict[str, tuple[str, str]]] = {
    "check.well": ("一切正常。", "Nothing is wrong."),
    "check.count": ("{count} 处不对。", "{count} things are wrong."),
    # The settings among each other
    "check.run_dir": (
        "[{section}] run_dir 是 {found}，[network] run_dir 是 {wanted}：要一样，进程才找得到彼此。",
        "[{section}] run_dir is {found} and [network] run_dir is {wanted}: make them one, or the processes "
        "do not find each other.",
    ),
    "check.portal_user": (
        "[gateway] portal_user 是 {found}，[network] portal_user 是 {wanted}：要一样，"
        "否则网关不理会客人页面。",
        "[gateway] portal_user is {found} and [network] portal_user is {wanted}: make them one, or the "
        "gateway does not listen to the guests' pages.",
    ),
    "check.pool": (
        "地址池只有 {found} 个地址，clients_max 是 {wanted}：手机常换地址，池子至少要有两倍大。",
        "The pool has {found} addresses and clients_max is {wanted}: phones change theirs often, so make "
        "it at least twice as large.",
    ),
    "check.overlap": (
        "客人的网段 {wanted} 与 {interface} 上的 {found} 重叠：请给客人换一个网段。",
        "The guests' network {wanted} overlaps {found} on {interface}: give guests another one.",
    ),
    "check.upstream": (
        "upstreams 里有我们自己的地址 {found}：域名查询会绕圈，请换成别的服务器。",
        "upstreams has our own address {found}: questions for names would go round in circles; name another.",
    ),
    "check.rates": (
        "member_kbit（{found}）比 guest_kbit（{wanted}）小：会员会比散客慢。",
        "member_kbit ({found}) is less than guest_kbit ({wanted}): members would be slower than guests.",
    ),
    "check.line": (
        "wan_kbit（{found}）比一位客人的 {wanted} 还小：请填线路的真实速度。",
        "wan_kbit ({found}) is less than one guest's {wanted}: give the line's real rate.",
    ),
    "check.country": (
        "country = {found} 不是两个大写字母的国家代码，如 CN。",
        "country = {found} is no country code of two capital letters such as CN.",
    ),
    "check.proxy": (
        "[portal] http_host 是 {found}：不是本机回环地址，谁都能绕过代理并冒充别的手机；请改成 127.0.0.1。",
        "[portal] http_host is {found}, not loopback: anybody could pass by the proxy and claim to be "
        "another phone; make it 127.0.0.1.",
    ),
    "check.no_proxy": (
        "[portal] behind_proxy 是 false：慢速连接会占住页面；店里请打开它。",
        "[portal] behind_proxy is false: slow connections could hold the pages up; in a store make it true.",
    ),
    "check.simulated": (
        "[portal] simulated 是 true：页面说一切只是模拟；店里请关掉它。",
        "[portal] simulated is true: pages say that nothing is enforced; in a store make it false.",
    ),
    # The certificate
    "check.no_certificate": (
        "没有证书：页面不加密，手机也收不到 114 选项；请设 certificate_file 和 certificate_key_file。",
        "There is no certificate: pages are not encrypted and phones are not told by option 114; set "
        "certificate_file and certificate_key_file.",
    ),
    "check.certificate": ("证书用不了：{found}。", "The certificate cannot be used: {found}."),
    "check.certificate_name": (
        "证书是给 {found} 的，不是给 {wanted} 的：手机会拒绝。",
        "The certificate is for {found}, not for {wanted}: phones will refuse it.",
    ),
    "check.certificate_ends": (
        "证书还有 {found} 天到期：不足 {wanted} 天时不再宣告 114 选项；请换新证书。",
        "The certificate ends in {found} days: with less than {wanted} option 114 is not "
        "announced; renew it.",
    ),
    "check.certificate_key": (
        "certificate_key_file 不是这张证书的私钥。",
        "certificate_key_file is not the key of this certificate.",
    ),
    # The machine
    "check.interface": (
        "没有网络接口 {found}（[network] {setting}）：请插上，或改设置。",
        "There is no interface {found} ([network] {setting}): plug it in, or correct the setting.",
    ),
    "check.address": (
        "{interface} 上没有地址 {wanted}：启动 shopbell-lan.service。",
        "{interface} does not have the address {wanted}: start shopbell-lan.service.",
    ),
    "check.program": (
        "没有安装 {found}：装上软件包 {package}。",
        "{found} is not installed: install the package {package}.",
    ),
    "check.old_program": (
        "{found} 太旧：需要 {wanted} 或更新的版本。",
        "{found} is too old: {wanted} or later is needed.",
    ),
    "check.user": (
        "没有系统用户 {found}：运行 systemd-sysusers。",
        "There is no user {found}: run systemd-sysusers.",
    ),
    "check.kernel": (
        "内核参数 {setting} 是 {found}，应为 {wanted}：运行 sysctl --system。",
        "The kernel's {setting} is {found}, not {wanted}: run sysctl --system.",
    ),
    "check.kernel_absent": (
        "内核没有参数 {setting}：缺少模块，或还没有加载。",
        "The kernel has no {setting}: a module is missing or not loaded yet.",
    ),
    "check.file_absent": (
        "没有文件 {found}：运行 shopbell network write --out /。",
        "There is no {found}: run shopbell network write --out /.",
    ),
    "check.files_absent": (
        "还没有写出任何配置文件：运行 shopbell network write --out /。",
        "None of the files has been written: run shopbell network write --out /.",
    ),
    "check.file_differs": (
        "{found} 与设置不符：运行 shopbell network write --out /，再重启用它的服务。",
        "{found} is not what the settings say: run shopbell network write --out / and restart what reads it.",
    ),
    "check.file_unreadable": (
        "读不了 {found}：请用 root 运行检查。",
        "{found} cannot be read: run this check as root.",
    ),
    "check.port": (
        "端口 {found} 已被别的程序占用（如系统自带的域名服务或网站）：请停掉它。",
        "Port {found} is taken by another program (a resolver or a web server of the system): stop it.",
    ),
    "check.netd_away": (
        "netd 没有回应：谁也上不了网；启动 shopbell-netd.service。",
        "netd does not answer: nobody gets online; start shopbell-netd.service.",
    ),
    "check.netd_table": (
        "内核里没有我们的防火墙规则：重启 shopbell-netd.service。",
        "The kernel does not have our firewall: restart shopbell-netd.service.",
    ),
    "check.netd_shaper": (
        "没有限速：每个人都能占满线路；netd 的日志说明原因。",
        "Traffic is not shaped: anybody may take the whole line; netd's log says why.",
    ),
    "check.pages_away": (
        "客人页面没有回应：启动 shopbell-portal.service。",
        "The guests' pages do not answer: start shopbell-portal.service.",
    ),
    "check.web_away": (
        "代理没有回应：启动 shopbell-web.service。",
        "The proxy does not answer: start shopbell-web.service.",
    ),
    "check.resolver_away": (
        "域名服务没有回应：启动 shopbell-dns.service。",
        "The resolver does not answer: start shopbell-dns.service.",
    ),
    "check.resolver_wrong": (
        "域名服务说 {name} 在 {found}，应在 {wanted}：重启 shopbell-dns.service。",
        "The resolver says that {name} is at {found}, not at {wanted}: restart shopbell-dns.service.",
    ),
}


def sentence(key: str, language: str, **values: object) -> str:
    """A finding in words."""
    return say(f"check.{key}", language, WORDS, **values)
