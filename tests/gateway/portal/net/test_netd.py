"""netd's answers, over a firewall that fails and is taken away; then the process itself in a namespace."""

import asyncio
import errno
import io
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.counters import Counters
from gateway.errors import SettingsError
from gateway.lines import Answer, own_uid
from gateway.log import Log
from gateway.portal.net.asked import CLIENTS_MAX, SECONDS_MAX
from gateway.portal.net.elements import Counted
from gateway.portal.net.firewall import Pair, Seen, SimulatedFirewall
from gateway.portal.net.leases import Leases
from gateway.portal.net.netd import Netd, askers
from gateway.portal.net.netlink import KernelRefused
from gateway.portal.net.roster import Client
from gateway.portal.settings import NETD_SOCKET, NetworkSettings
from tests.gateway.portal.net import netrig

NOW_MS = 5_000_000
PLACES = 120
WHO = {"mac": "02:00:00:00:00:01", "ip": "10.77.0.51"}
GRANT = {**WHO, "seconds": 600, "class": "guest"}


class Kernel:
    """A firewall that can be taken away, and that refuses when it is told to."""

    def __init__(self) -> None:
        self.here = False
        self.refuses = 0
        self.tools = True
        self.up = True
        self.online: dict[Pair, Client] = {}

    def prepare(self) -> bool:
        self._refuse()
        fresh, self.here = not self.here, True
        return fresh

    def shape(self) -> None:
        if not self.tools:
            raise KernelRefused(errno.ENOENT, "find tc")

    def loaded(self) -> bool:
        return self.here

    def clients(self) -> list[Seen]:
        self._refuse()
        self._missing()
        return [Seen(client, Counted(10, 1), Counted(20, 2)) for client in self.online.values()]

    def change(self, put: Sequence[Client], take: Sequence[Pair]) -> None:
        self._refuse()
        self._missing()
        for pair in take:
            self.online.pop(pair, None)
        assert not {client.place for client in put} & {
            other.place for other in self.online.values() if other.pair not in {c.pair for c in put}
        }
        self.online |= {client.pair: client for client in put}

    def wan(self) -> bool:
        return self.up

    def set_wan(self, up: bool, online: Iterable[Client]) -> None:
        self._refuse()
        self._missing()
        self.up = up

    def counters(self) -> Mapping[str, int]:
        return {"captured": 3}

    def vanish(self) -> None:
        """As after `nft flush ruleset`."""
        self.here, self.online, self.up = False, {}, True

    def _missing(self) -> None:
        if not self.here:
            raise KernelRefused(errno.ENOENT, "anything")

    def _refuse(self) -> None:
        if self.refuses:
            self.refuses -= 1
            raise KernelRefused(errno.ENOBUFS, "anything")


class Bench:
    """netd with leases for a hundred phones."""

    def __init__(self, folder: Path) -> None:
        path = folder / "dnsmasq.leases"
        path.write_text("".join(f"0 {mac(n)} 10.77.0.{n} * *\n" for n in range(52, 52 + PLACES + 10)))
        path.write_text(path.read_text() + f"0 {WHO['mac']} {WHO['ip']} * *\n")
        self.kernel = Kernel()
        self.now_ms = NOW_MS
        self.counters = Counters()
        self.log = io.StringIO()
        self.netd = Netd(
            self.kernel, Leases(path), PLACES, lambda: self.now_ms, self.counters, Log(self.log, "netd")
        )
        self.netd.start()

    def ask(self, do: object, **more: object) -> Answer:
        return asyncio.run(self.netd.answer({"do": do, **more}))


def mac(number: int) -> str:
    return f"02:00:00:00:01:{number:02x}"


def phone(number: int) -> dict[str, object]:
    return {"mac": mac(number), "ip": f"10.77.0.{number}", "seconds": 600, "class": "guest"}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_leased_pair_is_granted_listed_extended_and_revoked(bench: Bench) -> None:
    assert bench.ask("grant", clients=[GRANT]) == {"ok": True, "refused": []}
    assert bench.ask("list") == {
        "ok": True,
        "clients": [{**WHO, "left_s": 600, "class": "guest", "down_bytes": 20, "up_bytes": 10}],
    }
    assert bench.ask("grant", clients=[{**GRANT, "seconds": 1200, "class": "member"}])["ok"]
    (listed,) = bench.ask("list")["clients"]
    assert (listed["left_s"], listed["class"]) == (1200, "member")
    assert bench.ask("revoke", clients=[WHO, {"mac": mac(9), "ip": "10.77.0.9"}]) == {"ok": True}
    assert bench.ask("list")["clients"] == []


@pytest.mark.parametrize("change", [{"mac": mac(99)}, {"ip": "10.77.3.99"}, {"ip": "10.77.0.60"}])
def test_a_pair_that_was_not_lent_is_refused_and_keeps_nobody_else_out(
    bench: Bench, change: dict[str, str]
) -> None:
    wanted = {**GRANT, **change}
    answer = bench.ask("grant", clients=[wanted, phone(55)])
    assert answer["refused"] == [{"mac": wanted["mac"], "ip": wanted["ip"], "error": "no_lease"}]
    assert list(bench.kernel.online) == [(mac(55), "10.77.0.55")]


def test_a_full_house_says_so_to_whom_there_is_no_place_for(bench: Bench) -> None:
    for first in (52, 52 + 60):
        assert bench.ask("grant", clients=[phone(n) for n in range(first, first + 60)])["refused"] == []
    answer = bench.ask("grant", clients=[GRANT, phone(60)])
    assert answer == {"ok": True, "refused": [{**WHO, "error": "full"}]}
    bench.ask("revoke", clients=[{"mac": mac(52), "ip": "10.77.0.52"}])
    assert bench.ask("grant", clients=[GRANT])["refused"] == []


BAD: list[dict[str, Any]] = [
    {},
    {"clients": None},
    {"clients": "all"},
    {"clients": [None]},
    {"clients": [[]]},
    *({"clients": [{**GRANT, "mac": bad}]} for bad in (None, 1, "", "02:00:00:00:00:0A", WHO["mac"] + "\n")),
    *({"clients": [{**GRANT, "ip": bad}]} for bad in (None, 7, "", "010.77.0.51", "10.77.0.51/32", "::1")),
    *({"clients": [{**GRANT, "seconds": bad}]} for bad in (None, 0, -1, 1.5, True, SECONDS_MAX + 1, 10**40)),
    *({"clients": [{**GRANT, "class": bad}]} for bad in (None, "", "vip", ["guest"], {})),
    {"clients": [{}]},
]


@pytest.mark.parametrize("more", BAD)
def test_what_is_no_grant_changes_nothing(bench: Bench, more: dict[str, Any]) -> None:
    assert bench.ask("grant", **more) == {"ok": False, "error": "bad_request"}
    assert bench.kernel.online == {}


def test_other_bad_questions(bench: Bench) -> None:
    for do in (None, "", "Grant", "start", ["grant"], {}, 5):
        assert bench.ask(do)["error"] == "bad_request"
    assert bench.ask("wan")["error"] == "bad_request"
    assert bench.ask("wan", up=1)["error"] == "bad_request"
    assert bench.ask("revoke", clients=[{"mac": 5}])["error"] == "bad_request"
    many = [phone(n) for n in range(52, 53 + CLIENTS_MAX)]
    assert bench.ask("grant", clients=many)["error"] == "too_many"
    assert bench.kernel.online == {}
    assert bench.counters.get("netd.refused_bad_request") == 10
    assert bench.counters.get("netd.refused_too_many") == 1


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
near = st.fixed_dictionaries(
    {},
    optional={
        "do": st.sampled_from(["grant", "revoke", "wan", "list", "health"]) | anything,
        "up": anything,
        "clients": st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "mac": st.just(WHO["mac"]) | anything,
                    "ip": st.just(WHO["ip"]) | anything,
                    "seconds": st.integers() | anything,
                    "class": st.sampled_from(["guest", "member"]) | anything,
                },
            ),
            max_size=3,
        )
        | anything,
    },
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
@given(near)
def test_whatever_is_asked_has_an_answer_and_lets_in_nobody_without_a_lease(asked: dict[str, Any]) -> None:
    kernel = Kernel()
    netd = Netd(kernel, Leases(Path("/nonexistent")), 4, lambda: NOW_MS, Counters(), Log(io.StringIO()))
    netd.start()
    answer = asyncio.run(netd.answer(asked))
    assert isinstance(answer["ok"], bool)
    json.dumps(answer)
    assert kernel.online == {}


def test_a_kernel_that_refuses_is_an_answer_and_nothing_is_believed_of_it(bench: Bench) -> None:
    bench.kernel.refuses = 1
    assert bench.ask("grant", clients=[GRANT]) == {"ok": False, "error": "kernel"}
    assert "No buffer space" in bench.log.getvalue()
    assert bench.ask("health")["clients"] == 0
    assert bench.ask("grant", clients=[GRANT])["ok"]
    for question in ({"do": "list"}, {"do": "wan", "up": False}, {"do": "revoke", "clients": [WHO]}):
        bench.kernel.refuses = 1
        assert bench.ask(**question)["error"] == "kernel"  # type: ignore[arg-type]
    assert list(bench.kernel.online) == [(WHO["mac"], WHO["ip"])]


@pytest.mark.parametrize(
    "question",
    [
        {"do": "grant", "clients": [phone(56)]},
        {"do": "revoke", "clients": [{"mac": mac(99), "ip": "10.77.0.99"}]},
        {"do": "list"},
        {"do": "wan", "up": False},
    ],
    ids=lambda question: str(question["do"]),
)
def test_a_table_that_somebody_took_away_is_loaded_again_with_everybody(
    bench: Bench, question: dict[str, Any]
) -> None:
    bench.ask("grant", clients=[GRANT, phone(55)])
    bench.ask("wan", up=False)
    bench.kernel.vanish()
    assert bench.ask("health")["table"] is False
    assert bench.ask(**question)["ok"]
    assert {WHO["ip"], "10.77.0.55"} <= {ip for _, ip in bench.kernel.online}
    assert bench.kernel.up is False
    assert bench.counters.get("netd.reloaded") == 1


def test_a_restart_while_the_internet_is_away_knows_that_it_is(bench: Bench) -> None:
    bench.ask("wan", up=False)
    bench.netd._wan = True
    bench.netd.start()
    assert bench.ask("health")["wan"] is False


def test_who_was_online_before_a_restart_is_known_after_it(bench: Bench) -> None:
    bench.ask("grant", clients=[GRANT])
    place = bench.kernel.online[WHO["mac"], WHO["ip"]].place
    bench.netd.start()
    bench.ask("grant", clients=[phone(55), GRANT])
    assert bench.kernel.online[WHO["mac"], WHO["ip"]].place == place
    assert bench.ask("health")["clients"] == 2


def test_without_a_shaper_guests_go_online_and_health_says_so(bench: Bench) -> None:
    bench.kernel.tools = False
    bench.netd._shaped = False
    bench.netd.start()
    assert bench.ask("grant", clients=[GRANT])["refused"] == []
    health = bench.ask("health")
    assert health["shaped"] is False
    assert health["counters"]["netd.unshaped"] == 1
    assert health["counters"]["captured"] == 3


def test_the_stand_in_forgets_who_ran_out(tmp_path: Path) -> None:
    now_ms = NOW_MS
    firewall = SimulatedFirewall(lambda: now_ms)
    firewall.change([Client(*WHO.values(), "guest", 0, NOW_MS + 10)], [])
    assert len(firewall.clients()) == 1
    now_ms += 10
    assert firewall.clients() == []


def test_a_portal_user_that_does_not_exist_is_refused_where_it_matters() -> None:
    settings = NetworkSettings(portal_user="nobody-of-that-name")
    with pytest.raises(SettingsError, match="portal_user"):
        askers(settings, simulate=False)
    assert askers(settings, simulate=True) == {0, own_uid()}


# The process


class Process:
    """`shopbell netd`, started by other words."""

    def __init__(self, folder: Path, words: list[str], more: Sequence[str] = ()) -> None:
        self.socket = folder / NETD_SOCKET
        shopbell = [sys.executable, "-m", "shopbell", "netd", "--config", str(folder / "shopbell.toml")]
        self._running = subprocess.Popen([*words, *shopbell, *more], stderr=subprocess.PIPE)

    @classmethod
    def inside(cls, space: netrig.Space, folder: Path, capable: bool = True) -> "Process":
        """In a namespace, as nobody."""
        words = ["ip", "netns", "exec", space.name, "setpriv"]
        words += ["--reuid=65534", "--regid=65534", "--clear-groups"]
        if capable:
            held = "+net_admin"
            words += ["--inh-caps", held, "--ambient-caps", held, "--bounding-set", f"-all,{held}"]
        else:
            words += ["--inh-caps=-all", "--bounding-set=-all"]
        return cls(folder, words)

    def ready(self) -> "Process":
        deadline = time.monotonic() + 20
        while True:
            try:
                assert self.ask(do="health")["ok"]
                return self
            except OSError:
                assert self._running.poll() is None, self._running.stderr and self._running.stderr.read()
                assert time.monotonic() < deadline
                time.sleep(0.05)

    def ask(self, **asked: object) -> Any:
        return json.loads(self.send(json.dumps(asked).encode() + b"\n"))

    def send(self, line: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX) as made:
            made.settimeout(10)
            made.connect(str(self.socket))
            made.sendall(line)
            answer = b""
            while not answer.endswith(b"\n"):
                piece = made.recv(65536)
                if not piece:
                    break
                answer += piece
            return answer

    def rights(self) -> dict[str, str]:
        lines = Path(f"/proc/{self._running.pid}/status").read_text().splitlines()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}

    def end(self, how: int = signal.SIGTERM) -> tuple[int, str]:
        if self._running.poll() is None:
            self._running.send_signal(how)
        _, said = self._running.communicate(timeout=20)
        return self._running.returncode, said.decode()


@pytest.fixture(scope="module")
def net() -> Iterator[netrig.Net]:
    netrig.needs_root()
    as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"]
    tried = subprocess.run([*as_nobody, "--bounding-set=-all", sys.executable, "-c", "import asyncio"])
    if tried.returncode:
        pytest.skip(f"{sys.executable} is where other users may not enter")
    with netrig.net() as made:
        yield made


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not below pytest's own, which other users may not enter."""
    with tempfile.TemporaryDirectory(prefix="shopbell-netd-") as made:
        run = Path(made)
        os.chown(run, 65534, 65534)
        (run / "dnsmasq.leases").write_text(f"0 {WHO['mac']} {WHO['ip']} * *\n")
        (run / "shopbell.toml").write_text(
            f'[network]\nlan = "lan0"\nwan = "wan0"\nclients_max = 8\nportal_user = "nobody"\n'
            f'run_dir = "{run}"\ndata_dir = "{run}"\n'
        )
        for each in run.iterdir():
            each.chmod(0o644)
        yield run


@contextmanager
def running(net: netrig.Net, folder: Path) -> Iterator[Process]:
    process = Process.inside(net.gate, folder)
    try:
        yield process.ready()
    finally:
        process.end()


def test_one_right_is_enough_and_who_is_online_outlives_a_kill(net: netrig.Net, folder: Path) -> None:
    with running(net, folder) as netd:
        rights = netd.rights()
        assert rights["Uid"].split() == ["65534"] * 4
        assert [int(rights[name], 16) for name in ("CapEff", "CapPrm", "CapBnd")] == [1 << 12] * 3
        assert netd.ask(do="grant", clients=[GRANT]) == {"ok": True, "refused": []}
        assert netd.ask(do="health") | {"counters": {}} == {
            "ok": True, "table": True, "shaped": True, "wan": True, "clients": 1, "counters": {},
        }  # fmt: skip
        assert netd.end(signal.SIGKILL)[0] == -signal.SIGKILL
    (listed,) = net.gate.nft("list", "set", "inet", "shopbell", "auth")
    assert len(listed["set"]["elem"]) == 1
    with running(net, folder) as netd:
        (client,) = netd.ask(do="list")["clients"]
        assert (client["mac"], client["ip"]) == (WHO["mac"], WHO["ip"])
        assert 500 < client["left_s"] <= 600
        assert netd.ask(do="revoke", clients=[WHO]) == {"ok": True}
        status, said = netd.end()
        assert status == 0
        assert "netd.stopped" in said


def test_rubbish_on_its_socket_is_answered_or_hung_up_on_and_the_next_is_served(
    net: netrig.Net, folder: Path
) -> None:
    rubbish = [
        b"\n",
        b"\0\xff\n",
        b"[]\n",
        b"{\n",
        b"[" * 5000 + b"\n",
        b'{"do":' + b"1" * 5000 + b"}\n",
        b"x" * 40_000,
    ]
    with running(net, folder) as netd:
        for each in rubbish:
            answer = netd.send(each)
            assert not json.loads(answer)["ok"] if answer else len(each) > 16_384
        with socket.socket(socket.AF_UNIX) as half:
            half.connect(str(netd.socket))
            half.sendall(b'{"do":"health"')
        assert netd.ask(do="health")["counters"]["netd.bad_line"] >= 5


def test_without_the_right_it_says_so_and_ends(net: netrig.Net, folder: Path) -> None:
    status, said = Process.inside(net.gate, folder, capable=False).end(0)
    assert status == 1
    assert "netd.failed" in said
    assert "not permitted" in said


def test_the_stand_in_needs_no_right_and_no_user(tmp_path: Path) -> None:
    (tmp_path / "dnsmasq.leases").write_text(f"0 {WHO['mac']} {WHO['ip']} * *\n")
    (tmp_path / "shopbell.toml").write_text(
        f'[network]\nportal_user = "nobody-of-that-name"\nrun_dir = "{tmp_path}"\ndata_dir = "{tmp_path}"\n'
    )
    netd = Process(tmp_path, [], ["--simulate"]).ready()
    assert netd.ask(do="grant", clients=[GRANT, phone(55)])["refused"] == [
        {"mac": mac(55), "ip": "10.77.0.55", "error": "no_lease"}
    ]
    assert netd.ask(do="wan", up=False) == {"ok": True}
    assert netd.ask(do="health")["wan"] is False
    assert [client["ip"] for client in netd.ask(do="list")["clients"]] == [WHO["ip"]]
    assert netd.end()[0] == 0
