"""`shopbell run` as a process on free ports, for what only a whole house has: the bench page."""

import sys
from pathlib import Path
from types import TracebackType

from gateway.settings import GatewaySettings
from shopbell.run import house
from tests.system.process import Process, until
from tests.system.store import port_settings, quiet_environment

READY_WAIT_S = 90.0


class MadeRun:
    """A running house; leaving the block stops it as Ctrl-C does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "var"
        self.ports = port_settings()
        command = [sys.executable, "-m", "shopbell", "run", "--var", str(self.folder)]
        self.process = Process("run", command, folder / "run.log", {**quiet_environment(), **self.ports})

    def __enter__(self) -> "MadeRun":
        self.process.start()
        until(lambda: self._is_ready() or not self.process.running, "the house is ready", READY_WAIT_S)
        assert self.process.running, self.process.tail()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.stop()

    def _is_ready(self) -> bool:
        return "ready:" in self.process.tail(200)

    def url(self, key: str) -> str:
        """The address of RUN__BENCH_PORT, GATEWAY__HTTP_PORT or HQ__PORT."""
        return f"http://127.0.0.1:{self.ports['SHOPBELL_' + key]}/"

    def console(self) -> str:
        """The staff's console, with the token that opens it."""
        token = house.read_token(self.folder / "tokens" / "gateway")
        return f"{self.url('GATEWAY__HTTP_PORT')}?token={token}"

    def gateway(self) -> GatewaySettings:
        """The gateway's settings of this house."""
        data_dir = str(self.folder / "store")
        return GatewaySettings(id=house.GATEWAY_ID, store="river", data_dir=data_dir)
