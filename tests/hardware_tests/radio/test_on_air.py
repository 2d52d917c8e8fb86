"""on_air: the shopbell command unchanged, and a plain BleakScanner() in it on the virtual radio."""

import runpy
import subprocess
import sys

import bleak
import pytest
from bleak.backends.scanner import get_platform_scanner_backend_type

from hardware_tests.virtual import on_air
from hardware_tests.virtual.radio.bleak_backend import AirScanner
from tests.ports import free_port


def test_shopbell_runs_with_a_radio_of_the_air(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[str, str, list[str], type]] = []

    def run_module(module: str, run_name: str) -> None:
        scanner, _ = bleak.get_platform_scanner_backend_type()  # type: ignore[attr-defined]
        ran.append((module, run_name, sys.argv, scanner))

    monkeypatch.setattr(runpy, "run_module", run_module)
    monkeypatch.setattr(sys, "argv", sys.argv)
    monkeypatch.setattr(bleak, "get_platform_scanner_backend_type", get_platform_scanner_backend_type)
    on_air.main(["--air", "127.0.0.1:9700", "--", "gateway", "--config", "demo.toml"])
    ((module, name, arguments, scanner),) = ran
    assert (module, name) == ("shopbell", "__main__")
    assert arguments == ["shopbell", "gateway", "--config", "demo.toml"]
    assert issubclass(scanner, AirScanner)


def test_its_exit_status_is_shopbells() -> None:
    command = [
        sys.executable,
        "-m",
        "hardware_tests.virtual.on_air",
        "--air",
        f"127.0.0.1:{free_port()}",
        "--",
    ]
    done = subprocess.run([*command, "gatway"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and "gatway" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["--air", "127.0.0.1:1"], ["--", "gateway"]])
def test_a_wrong_command_line_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        on_air.main(arguments)
    assert refused.value.code == 2
    assert "required" in capsys.readouterr().err
