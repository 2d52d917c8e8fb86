"""Elements of the firewall's sets as netlink bytes, and back. Pure.

A client is online by three elements with one time-out, put in or taken out in one transaction:

    auth      key MAC, two zeros, address        counter: bytes it sent
    auth_ip   key address                        counter: bytes it got
    slots     key address -> class id, in host order, as the packet's priority is

An element that is there already is not given another time-out on every kernel, so it is taken out and put in
again; its counter, which goes with it, is put in with what it had counted.
"""

import socket
import struct
from typing import Final, NamedTuple

from gateway.portal.net.netlink import (
    CREATE,
    DUMP,
    EXCLUSIVE,
    KernelRefused,
    Message,
    attribute,
    nested,
    split,
    text,
)
from gateway.portal.net.rules import AUTH, AUTH_IP, SLOTS, TABLE, WAN_DOWN

GET_CHAIN, NEW_ELEMENT, GET_ELEMENT, DELETE_ELEMENT, GET_OBJECT = 4, 12, 13, 14, 19  # linux/nf_tables.h
_LIST_TABLE, _LIST_SET, _LIST_ELEMENTS = 1, 2, 3
_ELEMENT = 1
_KEY, _DATA, _TIMEOUT, _EXPIRATION, _EXPRESSION = 1, 2, 4, 5, 7
_VALUE = 1
_EXPRESSION_NAME, _EXPRESSION_DATA = 1, 2
_COUNTED_BYTES, _COUNTED_PACKETS = 1, 2
_CHAIN_TABLE, _CHAIN_NAME = 1, 3
_OBJECT_TABLE, _OBJECT_NAME, _OBJECT_TYPE, _OBJECT_DATA, COUNTER = 1, 2, 3, 4, 1

INTERFACE_BYTES: Final = 16  # IFNAMSIZ
_U32 = struct.Struct("=I")
_BE64 = struct.Struct("!Q")


Key = tuple[str, bytes]  # a set's name and an element's key


class Counted(NamedTuple):
    """What an element's counter says."""

    bytes: int = 0
    packets: int = 0


class Element(NamedTuple):
    """One element as the kernel has it. `left_ms` is 0 where it does not run out."""

    key: bytes
    data: bytes
    left_ms: int
    counted: Counted


def mac_key(mac: str, ip: str) -> bytes:
    """The key of `auth`."""
    return bytes.fromhex(mac.replace(":", "")) + b"\0\0" + ip_key(ip)


def ip_key(ip: str) -> bytes:
    """The key of `auth_ip` and `slots`."""
    return socket.inet_aton(ip)


def pair_of(key: bytes) -> tuple[str, str]:
    """(mac, address) of a key of `auth`."""
    return key[:6].hex(":"), socket.inet_ntoa(key[8:12])


def keys_of(mac: str, ip: str) -> list[Key]:
    """Where a client's three elements are."""
    return [(AUTH, mac_key(mac, ip)), (AUTH_IP, ip_key(ip)), (SLOTS, ip_key(ip))]


def put(mac: str, ip: str, timeout_ms: int, class_id: int, sent: Counted, got: Counted) -> list[Message]:
    """A client's three elements, put in; refused as a whole with EEXIST where one is there already."""
    address = ip_key(ip)
    return [
        _put(AUTH, _element(mac_key(mac, ip), timeout_ms, counted=sent)),
        _put(AUTH_IP, _element(address, timeout_ms, counted=got)),
        _put(SLOTS, _element(address, timeout_ms, data=_U32.pack(class_id))),
    ]


def take(key: Key) -> Message:
    """One element, taken out; refused where it is not there."""
    name, value = key
    return Message(DELETE_ELEMENT, 0, _listed(name, _element(value)))


def wan_down_key(interface: str) -> Key:
    """Where the guests' interface is while the internet is away."""
    return WAN_DOWN, interface.encode().ljust(INTERFACE_BYTES, b"\0")


def put_wan_down(interface: str) -> list[Message]:
    """The internet is away."""
    name, key = wan_down_key(interface)
    return [_put(name, _element(key), 0)]


def take_wan_down(interface: str) -> list[Message]:
    """The internet is there; put in first, because what is not there cannot be taken out."""
    return [*put_wan_down(interface), take(wan_down_key(interface))]


def read_all(name: str) -> Message:
    """The question for every element of a set."""
    return Message(GET_ELEMENT, DUMP, text(_LIST_TABLE, TABLE) + text(_LIST_SET, name))


def read_one(key: Key) -> Message:
    """The question for one element; refused with ENOENT where it is not there."""
    name, value = key
    return Message(GET_ELEMENT, 0, _listed(name, _element(value)))


def read_chain(name: str) -> Message:
    """The question whether our table has a chain of this name; refused with ENOENT where it has not."""
    return Message(GET_CHAIN, 0, text(_CHAIN_TABLE, TABLE) + text(_CHAIN_NAME, name))


def elements(row: bytes) -> list[Element]:
    """The elements in one answer. Raises KernelRefused."""
    lists = [value for kind, value in split(row) if kind == _LIST_ELEMENTS]
    return [_parsed(value) for each in lists for kind, value in split(each) if kind == _ELEMENT]


def class_of(element: Element) -> int:
    """The class id of an element of `slots`."""
    return int(_U32.unpack(element.data)[0])


def _put(name: str, element: bytes, flags: int = EXCLUSIVE) -> Message:
    return Message(NEW_ELEMENT, CREATE | flags, _listed(name, element))


def _listed(name: str, element: bytes) -> bytes:
    return text(_LIST_TABLE, TABLE) + text(_LIST_SET, name) + nested(_LIST_ELEMENTS, element)


def _element(
    key: bytes, timeout_ms: int = 0, data: bytes | None = None, counted: Counted | None = None
) -> bytes:
    parts = [nested(_KEY, attribute(_VALUE, key))]
    if data is not None:
        parts.append(nested(_DATA, attribute(_VALUE, data)))
    if timeout_ms:
        parts.append(attribute(_TIMEOUT, _BE64.pack(timeout_ms)))
    if counted is not None:
        parts.append(_counter(counted))
    return nested(_ELEMENT, *parts)


def _counter(counted: Counted) -> bytes:
    data = attribute(_COUNTED_BYTES, _BE64.pack(counted.bytes)) + attribute(
        _COUNTED_PACKETS, _BE64.pack(counted.packets)
    )
    return nested(_EXPRESSION, text(_EXPRESSION_NAME, "counter"), nested(_EXPRESSION_DATA, data))


def _parsed(element: bytes) -> Element:
    found = dict(split(element))
    return Element(
        _value(found.get(_KEY, b"")),
        _value(found.get(_DATA, b"")),
        _number(found.get(_EXPIRATION, found.get(_TIMEOUT, b""))),
        _counted(found.get(_EXPRESSION, b"")),
    )


def _value(data: bytes) -> bytes:
    return dict(split(data)).get(_VALUE, b"")


def _counted(expression: bytes) -> Counted:
    return _counts(dict(split(expression)).get(_EXPRESSION_DATA, b""))


def _counts(group: bytes) -> Counted:
    data = dict(split(group))
    return Counted(_number(data.get(_COUNTED_BYTES, b"")), _number(data.get(_COUNTED_PACKETS, b"")))


def _number(data: bytes) -> int:
    if len(data) not in (0, _BE64.size):
        raise KernelRefused(0, "read a number")
    return int.from_bytes(data, "big")


def read_counter(name: str) -> Message:
    """The question for a counter of our table."""
    named = text(_OBJECT_TABLE, TABLE) + text(_OBJECT_NAME, name)
    return Message(GET_OBJECT, 0, named + attribute(_OBJECT_TYPE, COUNTER.to_bytes(4, "big")))


def counter(row: bytes) -> Counted:
    """What a counter's answer says. Raises KernelRefused."""
    return _counts(dict(split(row)).get(_OBJECT_DATA, b""))
