"""The traffic shaper: a class of HTB for each place online, twice, as a guest's and as a member's.

A place (0 to clients_max - 1) is taken at a grant and named by an element of the firewall's map `slots`. nft
puts its value into the packet's priority; HTB takes a priority with its own major number for the class itself
(sch_htb.c, htb_classify), so no filter is walked. Both interfaces have the same classes: what leaves towards
the guests is their download, what leaves towards the internet their upload. Packets without a class are the
store's own; they are not shaped, and guests together leave them a tenth of the line.

    class id   1:1 everybody   1:(16 + 2 * place) guest   1:(17 + 2 * place) member
"""

from typing import Final

from gateway.portal.settings import NetworkSettings

GUEST, MEMBER = "guest", "member"
KINDS: Final = (GUEST, MEMBER)

_MAJOR: Final = 1 << 16
_FIRST: Final = 16
LINE_SHARE: Final = 0.9  # of the line for all guests together
SURE_KBIT_MIN: Final = 8  # tc's smallest rate
# What waits in a class: 60 full packets are 180 ms at 4 Mbit/s; an interface's usual 1,000 would be 3 s.
QUEUE_PACKETS: Final = 60
QUANTUM_BYTES: Final = 1_514  # one packet a turn


def class_id(place: int, kind: str) -> int:
    """What the map holds for a client: major and minor number in one."""
    return _MAJOR | (_FIRST + 2 * place + KINDS.index(kind))


def place_of(class_id_: int) -> tuple[int, str]:
    """The place and kind of a class id. Raises ValueError where it is none of ours."""
    place, kind = divmod(class_id_ - _MAJOR - _FIRST, len(KINDS))
    if place < 0 or class_id_ >> 16 != 1:
        raise ValueError(f"class {class_id_:#x} is nobody's")
    return place, KINDS[kind]


def removals(settings: NetworkSettings) -> str:
    """What `tc -force -batch` reads first; a line fails where there is nothing to remove: well."""
    return "".join(f"qdisc del dev {interface} root\n" for interface in (settings.lan, settings.wan))


def commands(settings: NetworkSettings) -> str:
    """What `tc -batch` reads then, every line of which must succeed; some 60 ms for 250 places."""
    lines = [
        line for interface in (settings.lan, settings.wan) for line in _of_interface(interface, settings)
    ]
    return "\n".join(lines) + "\n"


def _of_interface(interface: str, settings: NetworkSettings) -> list[str]:
    together = max(SURE_KBIT_MIN, int(settings.wan_kbit * LINE_SHARE))
    sure = max(SURE_KBIT_MIN, together // settings.clients_max)
    lines = [
        f"qdisc add dev {interface} root handle 1: htb default 0",
        f"class add dev {interface} parent 1: classid 1:1 htb rate {together}kbit quantum {QUANTUM_BYTES}",
    ]
    ceilings = {GUEST: settings.guest_kbit, MEMBER: settings.member_kbit}
    for place in range(settings.clients_max):
        for kind in KINDS:
            minor = f"{class_id(place, kind) & 0xFFFF:x}"
            ceiling = min(ceilings[kind], together)
            lines += [
                f"class add dev {interface} parent 1:1 classid 1:{minor}"
                f" htb rate {min(sure, ceiling)}kbit ceil {ceiling}kbit quantum {QUANTUM_BYTES}",
                f"qdisc add dev {interface} parent 1:{minor} pfifo limit {QUEUE_PACKETS}",
            ]
    return lines
