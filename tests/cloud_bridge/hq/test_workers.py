"""Two HQs on one database, as more workers would be: nothing granted twice, no lock that waits for ever."""

import threading
from pathlib import Path

from cloud_bridge.asks import RightsWanted, Want
from cloud_bridge.hq.app import Hq, build
from gateway.core.model import Facts
from gateway.core.promises import Credit, Post, Terms
from tests.cloud_bridge.hq.shops import LIN, STORES, Brand, tokens_for
from tests.cloud_bridge.rig import hq_settings, silent_log

EVENTS, TOGETHER = 100, 10


def second(brand: Brand, folder: Path, url: str) -> Hq:
    settings = hq_settings(folder, database_url=url, spool_dir=str(folder / "other"), bundle_file="")
    return build(settings, tokens_for(folder, STORES), silent_log(), lambda: brand.now_ms)


def test_two_workers_share_one_set_of_books(brand: Brand, tmp_path: Path, database_url: str) -> None:
    lot = brand.issue(1_000, owner="member:bo")
    for store in brand.stores.values():
        for _ in range(EVENTS):
            facts = Facts(lots=(), rights=store._rights())
            store.done(Post((Credit(5, LIN, Terms(), "PTS"),)), facts=facts)
    other = second(brand, tmp_path, database_url)
    faults: list[BaseException] = []

    def work(gateway: str, hq: Hq) -> None:
        try:
            bodies = brand.stores[gateway].bodies
            for start in range(0, EVENTS, TOGETHER):
                brand.post(gateway, bodies[start : start + TOGETHER], start + 1, hq)
                wants = [Want("member:bo", "PTS", None, 20)]
                hq.promises.rights(gateway, RightsWanted(1, f"{gateway}.{start + 1}", wants))
            hq.promises.raise_epoch(gateway)
        except BaseException as fault:
            faults.append(fault)
            raise

    workers = [
        threading.Thread(target=work, args=(gateway, hq))
        for gateway, hq in zip(STORES, (brand.hq, other, brand.hq), strict=True)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    other.close()
    assert faults == []
    for store in brand.stores.values():
        store.sent = EVENTS
    assert brand.pool(lot) == brand.row(lot).total == 1_000, "all of it was written off and given anew"
