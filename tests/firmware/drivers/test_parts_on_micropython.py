"""Runs the shared tests of the parts, boards and settings on MicroPython as well."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
MICROPYTHON = Path(sys.executable).parent / "micropython"
SHARED = (
    "boards/test_boards.py",
    "drivers/test_buzzer.py",
    "drivers/test_gm65.py",
    "drivers/test_gm65_frames.py",
    "drivers/test_keypad.py",
    "drivers/test_rgb_led.py",
    "drivers/test_ssd1306.py",
    "ports/test_settings.py",
)


@pytest.mark.parametrize("path", SHARED)
def test_same_tests_pass_on_micropython(path: str) -> None:
    done = subprocess.run(
        [str(MICROPYTHON), "tests/firmware/on_micropython.py", f"tests/firmware/{path}"],
        cwd=ROOT,
        env={"MICROPYPATH": f"{ROOT}:.frozen"},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-8000:]
