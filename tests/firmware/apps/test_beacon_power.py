"""docs/hardware/beacon-power.md, computed again from the firmware's constants and the figures it names."""

import ast
import re
from pathlib import Path

import pytest

from firmware.core.wakes import TELEMETRY_EVERY

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/hardware/beacon-power.md").read_text()

CPU_MA, SAYING_MA, ASLEEP_MA = 44.0, 130.0, 0.010
START_S = 0.150
CHANNELS = 3
ADVERT_BYTES = 47  # preamble 1, access address 4, header 2, address 6, payload 31, check 3
USABLE_MAH = 2600 * 0.8
IMAGES = {"published": (0.635, 41.9, 0.200), "made": (0.049, 1.8, 0.0)}  # boot s, boot mC, our modules s


def constant(path: str, name: str) -> int:
    """A number that a module of MicroPython alone names."""
    tree = ast.parse((ROOT / path).read_text())
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return int(ast.literal_eval(node.value))
    raise AssertionError(name)


def mean_ma(image: str, wake_s: int) -> float:
    boot_s, boot_mc, load_s = IMAGES[image]
    burst_s = constant("firmware/apps/tag.py", "BURST_MS") / 1000
    spread_s = constant("firmware/apps/tag.py", "WAKE_SPREAD_MS") / 2000
    adverts = burst_s * 1000 // constant("firmware/ports/radio.py", "ADVERT_INTERVAL_MS") + 1
    said_s = adverts * CHANNELS * ADVERT_BYTES * 8 / 1e6
    bursts = 1 + 1 / TELEMETRY_EVERY
    wake_mc = boot_mc + (load_s + START_S) * CPU_MA
    wake_mc += bursts * (burst_s * CPU_MA + said_s * (SAYING_MA - CPU_MA))
    awake_s = boot_s + load_s + START_S + bursts * burst_s
    period_s = boot_s + load_s + spread_s + wake_s  # the tag's clock of a wake starts behind the boot
    return (wake_mc + (period_s - awake_s) * ASLEEP_MA) / period_s


@pytest.mark.parametrize("wake_s", [5, 15, 30, 60])
def test_the_table_is_the_arithmetic(wake_s: int) -> None:
    (row,) = re.findall(rf"^\| {wake_s} \| (.+) \|$", PAGE, re.MULTILINE)
    means = [mean_ma(image, wake_s) for image in IMAGES]
    wanted = [text for mean in means for text in (f"{mean:.2f} mA", f"{USABLE_MAH / mean / 24:.0f} days")]
    assert row.split(" | ") == wanted


def test_the_page_says_what_it_is() -> None:
    assert PAGE.splitlines()[2].startswith("**Computed, not measured.**")
    assert PAGE.count("assumed") >= 5


def test_a_beacon_on_mains() -> None:
    interval_ms = constant("firmware/ports/radio.py", "ADVERT_INTERVAL_MS")
    saying_ma = 1000 / interval_ms * CHANNELS * 0.0004 * (SAYING_MA - 100)
    letters_ma = 0.005 / 2 * (240 - 100)
    milliamperes = 100 + saying_ma + letters_ma
    assert (round(saying_ma, 1), round(letters_ma, 1), round(milliamperes)) == (0.4, 0.4, 101)
    assert round(milliamperes * 5 / 1000 * 8760 / 1000, 1) == 4.4  # a linear regulator: the current at 5 V
    assert 37 * 0.8 / (milliamperes * 5 / 1000) // 1 == 58
