"""Netlink bytes: ours as nft writes them, and answers that are cut, wrong or late."""

import errno
import socket
from collections import deque
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.portal.net import conntrack, elements, netlink
from gateway.portal.net.elements import Counted
from gateway.portal.net.netlink import (
    DUMP,
    KernelRefused,
    Message,
    Netlink,
    answers,
    attribute,
    nested,
    split,
    text,
)

# As `nft --debug=mnl add element inet shopbell slots { 10.77.0.51 timeout 90s : 1:11 }` showed it; nft's own
# number for the set (00 08 00 04 ...) left out, which it needs only where it makes the set in the same batch.
SLOT_BY_NFT = bytes.fromhex(
    """
    0d000100 73686f70 62656c6c 00000000
    0a000200 736c6f74 73000000
    2c000380 28000180
      0c000400 00000000 00015f90
      0c000180 08000100 0a4d0033
      0c000280 08000100 11000100
    """
)


def tree(data: bytes) -> dict[int, object]:
    """Attributes by kind, groups opened where they are marked as such."""
    found: dict[int, object] = {}
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "little")
        kind = int.from_bytes(data[at + 2 : at + 4], "little")
        value = data[at + 4 : at + length]
        found[kind & 0x3FFF] = tree(value) if kind & netlink.NESTED else value
        at += (length + 3) & ~3
    return found


def test_an_element_is_written_as_nft_writes_it() -> None:
    message = elements.put("02:00:00:00:00:01", "10.77.0.51", 90_000, 0x10011, Counted(), Counted())[2]
    assert tree(message.payload) == tree(SLOT_BY_NFT)


def test_a_message_has_its_header_in_host_order_and_its_family() -> None:
    packed = netlink.packed(Message(13, DUMP, b"", netlink.INET), DUMP, 7)
    assert packed == bytes.fromhex("14000000 0d0a 0103 07000000 00000000 01 00 0000")


def test_a_batch_begins_ends_and_asks_for_one_answer() -> None:
    batch = netlink.packed_batch([Message(12, netlink.CREATE, b""), Message(14, 0, b"")], 5)
    kinds = [(a.kind, a.flags, a.number) for a in answers(batch)]
    assert kinds == [
        (netlink.BATCH_BEGIN, 1, 5),
        (10 << 8 | 12, 1 | netlink.CREATE, 6),
        (10 << 8 | 14, 1 | netlink.ACK, 7),
        (netlink.BATCH_END, 1, 8),
    ]


def test_what_is_written_is_read_again() -> None:
    mac, ip = "02:00:00:00:00:01", "10.77.0.51"
    for message, name in zip(
        elements.put(mac, ip, 90_000, 0x10011, Counted(5, 1), Counted(7, 2)),
        ("auth", "auth_ip", "slots"),
        strict=True,
    ):
        assert dict(split(message.payload))[2] == name.encode() + b"\0"
        (found,) = elements.elements(message.payload)
        assert found.left_ms == 90_000
        assert found.key in (elements.mac_key(mac, ip), elements.ip_key(ip))
        assert found.counted == {"auth": (5, 1), "auth_ip": (7, 2), "slots": (0, 0)}[name]
    assert elements.class_of(found) == 0x10011
    assert elements.pair_of(elements.mac_key(mac, ip)) == (mac, ip)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
@given(st.binary(max_size=80))
def test_no_bytes_of_an_answer_make_it_fail_otherwise_than_by_refusing(data: bytes) -> None:
    for read in (lambda d: list(answers(d)), elements.elements, elements.counter):
        try:
            read(data)
        except KernelRefused as problem:
            assert problem.number == 0


def test_every_cut_of_an_element_is_refused_or_has_less() -> None:
    whole = elements.put("02:00:00:00:00:01", "10.77.0.51", 90_000, 0x10011, Counted(5, 1), Counted())[
        0
    ].payload
    for cut in range(len(whole)):
        try:
            assert len(elements.elements(whole[:cut])) == 0
        except KernelRefused as problem:
            assert problem.number == 0


class Kernel:
    """Stands for the socket: says what it was told to, for each thing sent."""

    def __init__(self, *said: bytes | OSError) -> None:
        self.said = deque(said)
        self.sent: list[bytes] = []

    def send(self, data: bytes) -> None:
        self.sent.append(data)

    def recv(self, _: int) -> bytes:
        if not self.said:
            raise TimeoutError
        said = self.said.popleft()
        if isinstance(said, OSError):
            raise said
        return said


@pytest.fixture
def link() -> Iterator[Netlink]:
    if not hasattr(socket, "AF_NETLINK"):
        pytest.skip("netlink is Linux's")
    made = Netlink()
    opened = made._socket
    yield made
    opened.close()


def told(link: Netlink, *said: bytes | OSError) -> Kernel:
    kernel = Kernel(*said)
    link._socket = kernel  # type: ignore[assignment]
    return kernel


def error(number: int, code: int) -> bytes:
    return netlink._HEADER.pack(20, netlink.ERROR, 0, number, 0) + (-code).to_bytes(4, "little", signed=True)


def row(number: int, flags: int = 2, payload: bytes = b"") -> bytes:
    body = bytes(4) + payload
    return netlink._HEADER.pack(16 + len(body), 10 << 8 | 12, flags, number, 0) + body


def done(number: int, flags: int = 2) -> bytes:
    return netlink._HEADER.pack(20, netlink.DONE, flags, number, 0) + bytes(4)


PUT = [Message(12, netlink.CREATE, b""), Message(12, netlink.CREATE, b"")]


def test_a_batch_is_done_when_its_last_message_is(link: Netlink) -> None:
    told(link, error(99, 0) + error(1, 0), error(3, 0))
    link.transact(PUT, "put")


def test_the_first_complaint_is_the_one_that_is_told(link: Netlink) -> None:
    told(link, error(2, errno.EEXIST) + error(3, errno.ENOENT))
    with pytest.raises(KernelRefused) as refused:
        link.transact(PUT, "put")
    assert refused.value.number == errno.EEXIST


def test_a_batch_that_is_refused_as_a_whole_is_not_waited_for(link: Netlink) -> None:
    told(link, error(1, errno.EPERM))
    with pytest.raises(KernelRefused, match="put"):
        link.transact(PUT, "put")


@pytest.mark.parametrize(
    ("said", "number"),
    [([], errno.ETIMEDOUT), ([OSError(errno.ENOBUFS, "")], errno.ENOBUFS), ([b"\1\0\0\0" + bytes(12)], 0)],
)
def test_a_kernel_that_does_not_answer_well_is_an_error(
    link: Netlink, said: list[bytes | OSError], number: int
) -> None:
    for ask in (lambda: link.transact(PUT, "put"), lambda: link.ask(Message(13, DUMP, b""), "read")):
        told(link, *said)
        with pytest.raises(KernelRefused) as refused:
            ask()
        assert refused.value.number == number


def test_an_answer_to_an_earlier_question_is_passed_over(link: Netlink) -> None:
    told(link, row(1, payload=b"late") + done(1), row(7, payload=b"late"), row(1), error(1, 0))
    link._number = 6
    kernel = told(link, done(6), error(7, 0))
    assert link.ask(Message(13, 0, b""), "read") == []
    assert len(kernel.sent) == 1


def test_what_changed_while_it_was_read_is_read_again(link: Netlink) -> None:
    kernel = told(
        link, row(1, payload=b"half"), done(1, flags=netlink.INTERRUPTED), row(2, payload=b"rows"), done(2)
    )
    assert link.ask(Message(13, DUMP, b""), "read") == [b"rows"]
    assert len(kernel.sent) == 2


def test_what_never_stops_changing_is_given_up(link: Netlink) -> None:
    kernel = told(link, *(done(n, flags=netlink.INTERRUPTED) for n in range(1, 99)))
    with pytest.raises(KernelRefused):
        link.ask(Message(13, DUMP, b""), "read")
    assert len(kernel.sent) == netlink.DUMPS_MAX


def connection(source: str, destination: str, status: int) -> bytes:
    addresses = nested(1, attribute(1, socket.inet_aton(source)), attribute(2, socket.inet_aton(destination)))
    return nested(1, addresses) + attribute(3, status.to_bytes(4, "big")) + attribute(12, b"\0\0\0\7")


def test_connections_are_deleted_one_by_one_where_the_kernel_cannot_choose(link: Netlink) -> None:
    mine = connection("10.77.0.51", "198.51.100.1", 1 << 5)
    others = [
        connection("10.77.0.52", "198.51.100.1", 1 << 5),  # an old kernel tells everybody's
        connection("10.77.0.51", "10.77.0.1", 0x8E),  # to us: not led anywhere
        connection("10.77.0.51", "198.51.100.1", 1 << 4),
        b"",
    ]
    rows = [row(2, payload=each) for each in (*others, mine)]
    kernel = told(link, error(1, errno.EINVAL), b"".join(rows) + done(2), error(3, errno.ENOENT))
    connections = conntrack.Connections(link)
    connections.forget(["10.77.0.51"], conntrack.LED_HERE)
    assert not connections.by_kernel
    assert len(kernel.sent) == 3
    assert mine[:20] in kernel.sent[2]
    told(link, done(4))
    connections.forget(["10.77.0.51"], conntrack.LED_HERE)


def test_a_name_ends_with_a_zero_and_is_filled_to_four() -> None:
    assert text(1, "auth") == bytes.fromhex("0900 0100 61757468 00 000000")
