"""Real processes killed for longer and by more seeds; and two gateways that must be caught at it."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.proof.planted import BUGS
from tests.system.conftest import bundles, new_store
from tests.system.kill import DEVICES, KillRun, Verdict
from tests.system.process import Process
from tests.system.store import Store

__all__ = ("bundles", "new_store")  # the fixtures of the system tests

SEEDS, TAPS = (2, 3), 700
TAPS_WITH_A_BUG = 250
TRIES = 3  # which kill hits which moment is the machine's choice; a planted bug may be lucky once

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_longer_run_loses_and_doubles_nothing(new_store: Callable[..., Store], seed: int) -> None:
    with new_store(DEVICES) as store:
        store.open()
        verdict = KillRun(store, seed, TAPS).run()
        print(f"\n{verdict}")
        assert not verdict.faults, "\n".join([*verdict.faults[:20], store.tails()])
        assert verdict.taps >= TAPS


@pytest.mark.parametrize("bug", BUGS)
def test_a_gateway_with_a_planted_bug_is_caught(new_store: Callable[..., Store], bug: str) -> None:
    for seed in range(1, TRIES + 1):
        verdict = run_with(new_store, bug, seed)
        print(f"\nplanted: {bug}: {verdict}")
        if verdict.faults:
            print(f"caught by: {verdict.faults[0][:200]}")
            return
    pytest.fail(f"{TRIES} runs did not notice: {bug}")


def run_with(new_store: Callable[..., Store], bug: str, seed: int) -> Verdict:
    """A kill run over a store whose gateway has this bug."""
    with new_store(DEVICES) as store:
        store.gateway = planted(store, bug)
        store.open()
        return KillRun(store, seed, TAPS_WITH_A_BUG).run()


def planted(store: Store, bug: str) -> Process:
    """The gateway's process with this bug, otherwise as it was."""
    config = Path(store.plan.config.path or "")
    command = [sys.executable, "-m", "tests.proof.planted", bug, "gateway", "--config", str(config)]
    return store.gateway.instead(command)
