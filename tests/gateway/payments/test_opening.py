"""What a store's settings make of its payments, and what they cost a store that has no bridge."""

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from gateway.counters import Counters
from gateway.errors import SettingsError
from gateway.live import Live
from gateway.payments.desk import Payments
from gateway.payments.opening import open_payments
from gateway.settings import GatewaySettings


class Silent:
    """A desk that is not asked."""

    def consult(self, ask: object) -> None:
        raise AssertionError("nothing is open")


def opened(folder: Path, closing: ExitStack, **more: str) -> Payments:
    settings = GatewaySettings(id="g1", store="river", data_dir=str(folder), **more)  # type: ignore[arg-type]
    return open_payments(settings, Silent(), lambda: 0, lambda: 0, Live("g1", Counters()), closing)  # type: ignore[arg-type]


def test_a_bridge_takes_its_tenders_and_without_one_the_clerk_is_believed(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret\n")
    with ExitStack() as closing:
        assert set(opened(tmp_path, closing).tenders) == {"card", "wechat", "alipay"}
    with ExitStack() as closing:
        asked = opened(
            tmp_path, closing, payments_url="https://pay.example", payments_token_file=f"{tmp_path}/token"
        )
        assert tuple(asked.tenders) == ("wechat", "alipay")
    assert (tmp_path / "payments.db").stat().st_mode & 0o777 == 0o600


def test_a_token_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with ExitStack() as closing, pytest.raises(SettingsError, match="payments_token_file"):
        opened(tmp_path, closing, payments_url="https://pay.example", payments_token_file=f"{tmp_path}/none")


def test_a_store_without_a_bridge_holds_no_client_in_memory() -> None:
    program = "import sys, gateway.app; sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
