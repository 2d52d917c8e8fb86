"""Virtual terminals are provisioned as real ones: a key that stays, a request that is signed, once."""

import asyncio
import base64
import json
from pathlib import Path

import pytest
from cryptography import x509

from shopbell.errors import ShopbellError
from shopbell.pki import folder, verbs
from shopbell.run import terminals, tools
from shopbell.run.terminals import TERMINALS, Broker

REQUEST = base64.b64encode(b"request").decode()


def test_the_request_is_what_stands_between_the_marks() -> None:
    printed = f"boot noise\nCSR BEGIN counter-1\n{REQUEST[:5]}\n{REQUEST[5:]}\nCSR END\n"
    assert terminals.read_request(printed, "counter-1") == b"request"


@pytest.mark.parametrize(
    "printed",
    [
        "",
        "MemoryError\n",
        f"CSR BEGIN other-1\n{REQUEST}\nCSR END\n",
        "CSR BEGIN counter-1\nabc\n",
        "CSR BEGIN counter-1\n!\nCSR END\n",
    ],
)
def test_what_is_no_request_is_said_with_the_last_words(printed: str) -> None:
    with pytest.raises(ShopbellError, match="counter-1 printed no certificate request"):
        terminals.read_request(printed, "counter-1")


def test_device_json_says_how_to_reach_the_broker(tmp_path: Path) -> None:
    terminals.write_settings(tmp_path / "flash", TERMINALS[0], Broker("localhost", 8883, True))
    settings = json.loads((tmp_path / "flash" / "device.json").read_text())
    assert (settings["device"], settings["board"], settings["role"]) == TERMINALS[0][:3]
    assert (settings["gateway_host"], settings["gateway_port"], settings["tls"]) == ("localhost", 8883, 1)


@pytest.mark.system
@pytest.mark.skipif(tools.find("micropython") is None, reason="micropython is not installed: make setup")
@pytest.mark.parametrize("terminal", TERMINALS)
def test_a_terminal_makes_its_key_once_and_gets_its_certificate(
    tmp_path: Path, terminal: terminals.Terminal
) -> None:
    pki, flash = tmp_path / "pki", tmp_path / "flash"
    verbs.init(pki, ["localhost"])
    terminals.write_settings(flash, terminal, Broker("localhost", 8883, True))
    micropython = tools.require("micropython", "")

    def provision() -> None:
        asyncio.run(terminals.provision(flash, terminal, pki, micropython, terminals.ROOT))

    provision()
    key, certificate = (flash / "key.der").read_bytes(), (flash / "cert.der").read_bytes()
    assert x509.load_der_x509_certificate(certificate).subject.rfc4514_string() == f"CN={terminal.device}"
    assert (flash / "ca.der").read_bytes() == (pki / folder.CA_DER).read_bytes()
    provision()
    assert (flash / "cert.der").read_bytes() == certificate
    assert len(folder.read_issued(pki)) == 1

    again = tmp_path / "new-store"
    verbs.init(again, ["localhost"])
    asyncio.run(terminals.provision(flash, terminal, again, micropython, terminals.ROOT))
    assert (flash / "cert.der").read_bytes() != certificate
    assert (flash / "key.der").read_bytes() == key


@pytest.mark.skipif(tools.find("micropython") is None, reason="micropython is not installed: make setup")
def test_firmware_that_cannot_be_provisioned_says_why(tmp_path: Path) -> None:
    pki, flash = tmp_path / "pki", tmp_path / "flash"
    verbs.init(pki, ["localhost"])
    flash.mkdir()
    with pytest.raises(ShopbellError, match="entrance-1 could not be provisioned"):
        asyncio.run(
            terminals.provision(flash, TERMINALS[0], pki, tools.require("micropython", ""), terminals.ROOT)
        )
