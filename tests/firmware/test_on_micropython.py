"""Runs the shared test files of protocol, core and ports on MicroPython as well.

Every `test_*.py` there is shared, unless it is named `test_*_cpython.py` (its judges exist on CPython only).
"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MICROPYTHON = Path(sys.executable).parent / "micropython"
RUNNER = "tests/firmware/on_micropython.py"
SHARED = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("protocol", "core", "ports")
    for path in (ROOT / "tests/firmware" / folder).rglob("test_*.py")
    if not path.stem.endswith("_cpython")
)


def run(path: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(MICROPYTHON), RUNNER, path],
        cwd=ROOT,
        env={"MICROPYPATH": f"{ROOT}:.frozen"},  # .frozen holds asyncio
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


@pytest.mark.parametrize("path", SHARED)
def test_same_tests_pass_on_micropython(path: str) -> None:
    done = run(path)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-8000:]


def test_runner_fails_on_a_failing_test(tmp_path: Path) -> None:
    file = tmp_path / "test_wrong.py"
    file.write_text("def test_right():\n    pass\n\ndef test_wrong():\n    assert 1 == 2\n")
    done = run(str(file))
    assert done.returncode == 1
    assert "FAILED test_wrong" in done.stdout
    assert "1 passed, 1 failed" in done.stdout


def test_runner_fails_on_a_file_without_tests(tmp_path: Path) -> None:
    file = tmp_path / "test_empty.py"
    file.write_text("")
    assert run(str(file)).returncode == 1
