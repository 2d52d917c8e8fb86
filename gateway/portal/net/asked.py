"""Reads what netd is asked: every name, number and count, before anything is done with it. Pure."""

from collections.abc import Mapping
from ipaddress import AddressValueError, IPv4Address
from typing import Any, Final

from gateway.portal.net.leases import MAC
from gateway.portal.net.shaping import KINDS

CLIENTS_MAX: Final = 100  # of one question: a transaction of 600 elements, some 10 ms
SECONDS_MAX: Final = 8 * 24 * 3600  # a week, the longest stay that settings allow, and the portal's grace


class Malformed(Exception):
    """It is not a question; names the part that is wrong."""


class TooMany(Exception):
    """More clients than CLIENTS_MAX."""


def grants(asked: Mapping[str, Any]) -> list[tuple[str, str, int, str]]:
    """(mac, address, seconds, class) of each client. Raises Malformed and TooMany."""
    return [(*_pair(each), _seconds(each), _kind(each)) for each in _clients(asked)]


def pairs(asked: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(mac, address) of each client. Raises Malformed and TooMany."""
    return [_pair(each) for each in _clients(asked)]


def truth(asked: Mapping[str, Any], name: str) -> bool:
    """A yes or no. Raises Malformed."""
    value = asked.get(name)
    if not isinstance(value, bool):
        raise Malformed(name)
    return value


def _clients(asked: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    clients = asked.get("clients")
    if not isinstance(clients, list) or not all(isinstance(each, dict) for each in clients):
        raise Malformed("clients")
    if len(clients) > CLIENTS_MAX:
        raise TooMany
    return clients


def _pair(client: Mapping[str, Any]) -> tuple[str, str]:
    mac, ip = client.get("mac"), client.get("ip")
    if not isinstance(mac, str) or not MAC.fullmatch(mac):
        raise Malformed("mac")
    return mac, _address(ip)


def _address(ip: object) -> str:
    try:
        if isinstance(ip, str) and str(IPv4Address(ip)) == ip:
            return ip
    except AddressValueError:
        pass
    raise Malformed("ip")


def _seconds(client: Mapping[str, Any]) -> int:
    seconds = client.get("seconds")
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 1 <= seconds <= SECONDS_MAX:
        raise Malformed("seconds")
    return seconds


def _kind(client: Mapping[str, Any]) -> str:
    kind = client.get("class")
    if kind not in KINDS:
        raise Malformed("class")
    return str(kind)
