"""300,000 hostile messages through the decoder: a declared error or the exact message, alike on both."""

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from firmware.protocol import messages
from firmware.protocol.errors import REASONS
from tests.proof import hostile, judge

ROOT = Path(__file__).resolve().parents[2]
MICROPYTHON = Path(sys.executable).parent / "micropython"
SEED, COUNT = 20_260_101, 300_000
HEAP = "192k"  # what stands for an ESP32: a decoder that reserved memory on a peer's word would end here
SHOWN_MAX = 5


@pytest.fixture(scope="module")
def cases() -> list[hostile.Case]:
    return hostile.golden() + hostile.cases(SEED, COUNT)


def write_cases(path: Path, cases: list[hostile.Case]) -> None:
    with path.open("wb") as file:
        for kind, data in cases:
            file.write(bytes((judge.KINDS.index(kind),)) + len(data).to_bytes(2, "big") + data)


def judged(program: list[str], cases: Path) -> tuple[list[str], float]:
    """The verdicts of an interpreter, and the seconds it took."""
    begun = time.monotonic()
    done = subprocess.run(
        [*program, "tests/proof/judge.py", str(cases)],
        cwd=ROOT,
        env={"MICROPYPATH": f"{ROOT}:.frozen", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=170,
    )
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-2000:]
    return done.stdout.splitlines(), time.monotonic() - begun


def first_faults(cases: list[hostile.Case], wrong: list[int], *verdicts: list[str]) -> str:
    lines = [
        f"{cases[at].kind} {cases[at].data.hex()}: {[each[at] for each in verdicts]}"
        for at in wrong[:SHOWN_MAX]
    ]
    return f"{len(wrong)} cases\n" + "\n".join(lines)


def test_every_verdict_is_declared_and_the_same_on_both_pythons(
    cases: list[hostile.Case], tmp_path: Path
) -> None:
    write_cases(tmp_path / "cases", cases)
    here, here_s = judged([sys.executable], tmp_path / "cases")
    there, there_s = judged([str(MICROPYTHON), "-X", f"heapsize={HEAP}"], tmp_path / "cases")
    assert len(here) == len(there) == len(cases)
    faults = [at for at, pair in enumerate(zip(here, there, strict=True)) if "!" in pair[0] + pair[1]]
    assert not faults, first_faults(cases, faults, here, there)
    apart = [at for at, pair in enumerate(zip(here, there, strict=True)) if pair[0] != pair[1]]
    assert not apart, first_faults(cases, apart, here, there)
    found = Counter(line.split(" ")[0] for line in here)
    print(
        f"\nhostile messages: {len(cases)} cases, {found['=']} accepted and encoded again to the same bytes,"
        f" 0 crashes, 0 verdicts apart; CPython {here_s:.1f} s, MicroPython {there_s:.1f} s;"
        f" {dict(found.most_common())}"
    )
    # What only topics can meet (bad_topic, bad_device) is not among a payload's reasons.
    assert set(REASONS) - set(found) == {"bad_topic", "bad_device"}
    assert found["="] > COUNT // 20


def test_the_judge_names_a_decoder_that_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: one decoder that takes a number in a longer form, one that fails on its own account."""
    kind, data = hostile.golden()[0]
    longer = data.replace(bytes.fromhex("190154"), bytes.fromhex("1a00000154"), 1)
    assert judge.verdict(kind, longer).startswith("not_canonical")
    right = messages.decode(kind, data)
    monkeypatch.setattr(messages, "decode", lambda kind, data: right)
    assert judge.verdict(kind, longer) == "! encodes otherwise"
    monkeypatch.setattr(messages, "decode", lambda kind, data: {}[kind])
    assert judge.verdict(kind, longer) == "! KeyError"
