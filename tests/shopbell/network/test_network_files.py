"""The generated files: judged by the programs that read them, and line by line where it is a promise."""

import configparser
import http.client
import os
import re
import shutil
import socket
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.portal.net import rules, shaping
from gateway.portal.net.leases import path_of
from gateway.portal.settings import NetworkSettings, PortalSettings
from shopbell import cli
from shopbell.errors import ShopbellError
from shopbell.network import places
from shopbell.network.access_point import access_point
from shopbell.network.checking import kernel_keys
from shopbell.network.files import SECRET, files, write
from shopbell.network.proxy import HEADER_WAIT_S, proxy
from shopbell.network.resolvers import captive_resolver, pool_size, resolver
from tests.ports import free_ports

NETWORK = NetworkSettings(lan="lan0", wan="wan0")
PORTAL = PortalSettings(store="river")
ALL = files(NETWORK, PORTAL, "/opt/shopbell/bin/shopbell", "/etc/shopbell/shopbell.toml")


def needs(*tools: str) -> None:
    for tool in tools:
        if shutil.which(tool, path="/usr/sbin:/sbin:/usr/bin:/bin") is None:
            pytest.skip(f"{tool} is not installed (make system)")


def named(name: str) -> str:
    return ALL[(places.CONFIGURATION / name).as_posix()]


# Whole or not at all


def test_files_are_written_below_the_folder_and_the_wifis_key_is_for_root_alone(tmp_path: Path) -> None:
    written = write(tmp_path, ALL)
    assert {path.relative_to(tmp_path).as_posix() for path in written} == set(ALL)
    for path in written:
        name = path.relative_to(tmp_path).as_posix()
        assert path.read_text() == ALL[name]
        assert path.stat().st_mode & 0o777 == (0o600 if name in SECRET else 0o644)
    assert not list(tmp_path.rglob("*.new"))


def test_a_file_that_was_there_with_another_mode_gets_its_own(tmp_path: Path) -> None:
    (name,) = SECRET
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text("old")
    path.chmod(0o644)
    write(tmp_path, ALL)
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_verb_writes_them_and_names_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "shopbell.toml"
    config.write_text('[network]\nlan = "lan0"\n[portal]\nstore = "river"\n')
    assert cli.call(["network", "write", "--out", str(tmp_path / "out"), "--config", str(config)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert len(said) == len(ALL)
    assert all(Path(line).exists() for line in said)
    assert str(config) in (tmp_path / "out/etc/systemd/system/shopbell-netd.service").read_text()


def test_a_folder_that_cannot_be_written_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "shopbell.toml"
    config.write_text('[network]\n[portal]\nstore = "river"\n')
    (tmp_path / "out").write_text("in the way")
    assert cli.call(["network", "write", "--out", str(tmp_path / "out"), "--config", str(config)]) == 2
    assert "look at that folder" in capsys.readouterr().err


# The firewall and the shaper (the rest of them in tests/gateway/portal)


def test_every_text_of_the_firewall_has_its_own_mark() -> None:
    changes: list[dict[str, object]] = [
        {},
        {"lan": "lan1"},
        {"wan": "wan1"},
        {"address": "10.78.0.1/22", "first": "10.78.0.9", "last": "10.78.0.99"},
        {"http_port": 8000},
        {"clients_max": 10},
    ]
    marks = {rules.mark(replace(NETWORK, **change)) for change in changes}
    assert len(marks) == 6
    assert rules.mark(NETWORK) in rules.ruleset(NETWORK)
    assert rules.mark(replace(NETWORK, ssid="Other")) == rules.mark(NETWORK)


def test_an_older_table_goes_in_the_same_transaction() -> None:
    lines = [line for line in named(places.RULES).splitlines() if line.startswith(("table", "delete"))]
    assert lines[:3] == ["table inet shopbell", "delete table inet shopbell", "table inet shopbell {"]


def test_classes_are_found_again_by_their_number_and_fit_into_it() -> None:
    for place in (0, 7, 999):
        for kind in shaping.KINDS:
            assert shaping.place_of(shaping.class_id(place, kind)) == (place, kind)
            assert shaping.class_id(place, kind) < 2 << 16
    for nobody in (0, 1 << 16, (1 << 16) + 1, 3 << 16):
        with pytest.raises(ValueError, match="nobody"):
            shaping.place_of(nobody)


@pytest.mark.parametrize("clients", [1, 250, 1000])
def test_sure_rates_together_never_exceed_the_line(clients: int) -> None:
    text = shaping.commands(replace(NETWORK, clients_max=clients, wan_kbit=50_000))
    rates = [int(each) for each in re.findall(r"parent 1:1 .* rate (\d+)kbit ceil", text)]
    assert len(rates) == 2 * 2 * clients
    assert sum(rates) / 4 <= 45_000  # one kind of one interface: a client has one class at a time


# dnsmasq


@pytest.mark.parametrize("text", [resolver(NETWORK), captive_resolver(NETWORK)], ids=["true", "captive"])
def test_dnsmasq_takes_the_file(tmp_path: Path, text: str) -> None:
    needs("dnsmasq")
    (tmp_path / "dnsmasq.conf").write_text(text)
    done = subprocess.run(
        ["/usr/sbin/dnsmasq", "--test", f"--conf-file={tmp_path}/dnsmasq.conf"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_the_name_is_answered_by_both_and_never_asked_upstream() -> None:
    for text in (resolver(NETWORK), captive_resolver(NETWORK)):
        assert "address=/wifi.shopbell.example/10.77.0.1\nlocal=/wifi.shopbell.example/\n" in text


def test_upstreams_are_the_named_ones_or_the_machines() -> None:
    text = resolver(replace(NETWORK, upstreams="1.1.1.1, 9.9.9.9"))
    assert "no-resolv\nserver=1.1.1.1\nserver=9.9.9.9\n" in text
    assert "no-resolv" not in resolver(NETWORK)


def test_every_address_of_the_pool_may_be_lent() -> None:
    assert pool_size(NETWORK) == 3 * 256 + 201
    assert f"dhcp-lease-max={pool_size(NETWORK)}\n" in resolver(NETWORK)
    assert "dhcp-range=10.77.0.50,10.77.3.250,255.255.252.0,30m\n" in resolver(NETWORK)


# hostapd


def test_the_access_point_keeps_guests_apart_and_its_key_is_the_standards() -> None:
    text = access_point(replace(NETWORK, ssid="IEEE", passphrase="password"))  # IEEE 802.11i, annex H.4.3
    assert "\nap_isolate=1\n" in text
    assert "\nssid2=49454545\n" in text
    assert "wpa_psk=f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e\n" in text
    assert "password" not in text
    assert access_point(NETWORK).endswith("wpa=0\n")
    assert "hw_mode=a\nchannel=36\n" in access_point(replace(NETWORK, channel=36))


def test_no_name_of_a_wifi_can_be_a_command() -> None:
    text = access_point(replace(NETWORK, ssid="门店\nap_isolate=0"))
    assert "ap_isolate=0" not in text
    for ssid, passphrase in (("", ""), ("门" * 11, ""), ("ok", "密码密码密码密码"), ("ok", "eight\nletters")):
        with pytest.raises(ShopbellError):
            access_point(replace(NETWORK, ssid=ssid, passphrase=passphrase))


# The machine


def test_units_give_each_process_its_own_user_and_only_the_right_it_needs() -> None:
    rights = {"netd": "CAP_NET_ADMIN", "web": "CAP_NET_BIND_SERVICE", "portal": ""}
    users = set()
    for name, right in rights.items():
        unit = configparser.RawConfigParser(strict=False)
        unit.optionxform = str  # type: ignore[assignment,method-assign]
        unit.read_string(ALL[f"etc/systemd/system/shopbell-{name}.service"])
        service = unit["Service"]
        assert service["CapabilityBoundingSet"] == right
        assert service.get("AmbientCapabilities", "") == right
        assert service["NoNewPrivileges"] == "yes"
        users.add(service["User"])
    assert len(users) == 3
    made = {line.split()[1] for line in ALL[places.USERS].splitlines() if line.startswith("u ")}
    assert users < made


def test_the_portal_cannot_write_the_leases_that_netd_believes_nor_take_anothers_socket_away() -> None:
    made = {line.split()[1]: line.split() for line in ALL[places.FOLDERS].splitlines() if line[0] != "#"}
    assert made[str(path_of(NETWORK))] == ["f", str(path_of(NETWORK)), "0644", "root", "root"]
    for folder in (NETWORK.data_dir, NETWORK.run_dir):
        _, _, mode, owner, group = made[folder]
        assert int(mode, 8) & stat.S_ISVTX
        assert (owner, group) == ("root", "shopbell")
    assert made[PORTAL.data_dir][2:4] == ["0700", NETWORK.portal_user]


def test_the_firewall_is_there_before_the_interface_is_up_and_nothing_starts_without_it() -> None:
    lan = ALL["etc/systemd/system/shopbell-lan.service"]
    begun = [line.split()[0] for line in re.findall(r"^ExecStart=(.*)$", lan, re.MULTILINE)]
    assert begun == ["/usr/sbin/nft", "/sbin/sysctl", "/sbin/ip", "/sbin/ip"]
    for name in ("hostapd", "dns", "dns-captive"):
        assert "\nRequires=shopbell-lan.service\n" in ALL[f"etc/systemd/system/shopbell-{name}.service"]
    assert "interface-name:lan0\n" in ALL[places.UNMANAGED]


def test_ipv6_is_off_where_it_would_pass_by_and_the_table_of_neighbours_is_wide() -> None:
    keys = kernel_keys(ALL[places.KERNEL])
    assert keys["net.ipv6.conf.lan0.disable_ipv6"] == "1"
    assert int(keys["net.ipv4.neigh.default.gc_thresh3"]) > 1024
    dotted = files(replace(NETWORK, lan="eth0.7"), PORTAL, "/s", "/c")[places.KERNEL]
    assert "net.ipv6.conf.eth0/7.disable_ipv6 = 1\n" in dotted


# nginx, in front of a portal that is there or not


@contextmanager
def served(tmp_path: Path, portal_port: int, http_port: int) -> Iterator[int]:
    """nginx as generated, on loopback; its port."""
    needs("nginx")
    network = replace(
        NETWORK,
        address="127.0.0.1/24",
        first="127.0.0.50",
        last="127.0.0.99",
        http_port=http_port,
        run_dir=str(tmp_path),
    )
    folder = tmp_path / "web"
    folder.mkdir()
    folder.chmod(0o777)
    config = tmp_path / "nginx.conf"
    config.write_text(proxy(network, replace(PORTAL, http_port=portal_port), str(folder)))
    running = subprocess.Popen(["/usr/sbin/nginx", "-e", "stderr", "-c", str(config)], stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 10
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", http_port)):
                break
            assert running.poll() is None, running.stderr and running.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield http_port
    finally:
        running.terminate()
        running.communicate(timeout=10)


def asked(port: int, host: str, path: str = "/", **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Host": host, **headers})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


class Pages(threading.Thread):
    """Stands for the portal: keeps what it was asked, says what it is told to."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.heads: list[str] = []
        self._listening = socket.create_server(("127.0.0.1", port))
        self.start()

    def run(self) -> None:
        while True:
            try:
                connected, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connected,), daemon=True).start()

    def _answer(self, connected: socket.socket) -> None:
        with connected, suppress(OSError):
            head = b""
            while piece := connected.recv(4096):
                head += piece
                if head.endswith(b"\r\n\r\n"):
                    self.heads.append(head.decode())
                    connected.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\npages")
                    head = b""

    def close(self) -> None:
        self._listening.close()


def test_the_portal_is_told_who_asks_and_not_what_the_guest_says_of_itself(tmp_path: Path) -> None:
    http_port, portal_port = free_ports(2)
    pages = Pages(portal_port)
    with served(tmp_path, portal_port, http_port) as port:
        forged = {"X-Real-IP": "10.77.0.9", "X-Forwarded-For": "10.77.0.9", "X-Forwarded-Proto": "https"}
        status, headers, body = asked(port, "wifi.shopbell.example", "/x?y=1", **forged)
        assert (status, body) == (200, b"pages")
        assert "connection" not in headers or headers["connection"] == "keep-alive"
        captured = asked(port, "connectivitycheck.gstatic.com", "/generate_204")
        assert captured[1]["connection"] == "close"
        assert asked(port, "127.0.0.1")[0] == 200
    pages.close()
    first, second, _ = pages.heads
    assert first.startswith("GET /x?y=1 HTTP/1.1\r\nHost: wifi.shopbell.example\r\n")
    assert "X-Real-IP: 127.0.0.1\r\n" in first
    assert "10.77.0.9" not in first
    assert "X-Forwarded-Proto: http\r\n" in first
    assert "\r\nHost: connectivitycheck.gstatic.com\r\n" in second


def test_without_the_portal_the_page_says_so_and_captured_phones_are_led_to_it(tmp_path: Path) -> None:
    http_port, portal_port = free_ports(2)
    with served(tmp_path, portal_port, http_port) as port:
        status, headers, body = asked(port, "wifi.shopbell.example")
        assert (status, headers["retry-after"], headers["cache-control"]) == (503, "5", "no-store")
        assert "马上回来" in body.decode()
        assert "back in a moment" in body.decode()
        status, headers, body = asked(port, "captive.apple.com")
        assert status == 302
        assert headers["location"] == f"http://wifi.shopbell.example:{http_port}/"
        assert len(body) > 4  # Android takes less for no portal


def test_a_header_that_never_ends_is_hung_up_on_and_others_are_served_meanwhile(tmp_path: Path) -> None:
    http_port, portal_port = free_ports(2)
    pages = Pages(portal_port)
    with served(tmp_path, portal_port, http_port) as port:
        slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(100)]
        for each in slow:
            each.sendall(b"GET / HTTP/1.1\r\nHost: wifi")
        assert asked(port, "wifi.shopbell.example")[0] == 200
        for each in slow:
            each.settimeout(HEADER_WAIT_S + 10)
            with suppress(ConnectionResetError):
                assert each.recv(1024) == b""
            each.close()
    pages.close()


def test_nginx_takes_the_files_with_a_certificate(tmp_path: Path) -> None:
    needs("nginx", "openssl")
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=wifi"
    subprocess.run(
        ["openssl", *words.split(), "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    secured = replace(NETWORK, certificate_file=str(certificate), certificate_key_file=str(key))
    config = tmp_path / "nginx.conf"
    config.write_text(proxy(secured, PORTAL, str(tmp_path)))
    if os.geteuid() != 0:
        config.write_text(config.read_text().replace(":80 ", ":8180 ").replace(":443 ", ":8443 "))
    done = subprocess.run(
        ["/usr/sbin/nginx", "-t", "-e", "stderr", "-c", str(config)], capture_output=True, text=True
    )
    assert "syntax is ok" in done.stderr
    assert "[emerg]" not in re.sub(r".*bind\(\).*", "", done.stderr)
