"""kill -9 of gateway, broker and bridge amid 500 taps: nothing lost, nothing doubled, all answered."""

import pytest

from tests.system.conftest import NewStore
from tests.system.kill import DEVICES, KillRun

SEED, TAPS = 1, 500


@pytest.mark.long
@pytest.mark.timeout(300)
def test_five_hundred_taps_survive_kill_9(new_store: NewStore) -> None:
    with new_store(DEVICES) as store:
        store.open()
        verdict = KillRun(store, SEED, TAPS).run()
        print(f"\n{verdict}")
        assert not verdict.faults, "\n".join([*verdict.faults[:20], store.tails()])
        assert verdict.taps >= TAPS
        assert min(verdict.kills.get(name, 0) for name in ("gateway", "broker", "bridge")) >= 2
        assert verdict.resends > 0
