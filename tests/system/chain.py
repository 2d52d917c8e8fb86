"""Several stores of one brand and their HQ, without terminals: what promises do between real processes.

Every store is a real `shopbell gateway` and `shopbell bridge` in folders of their own, and a plug between its
bridge and the one HQ that a test can pull. No broker runs: tills speak HTTP.
"""

import json
import os
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from cloud_bridge.hq.csv_file import COLUMNS
from gateway.storage import layout
from shopbell.run.plug import Plug
from tests.ports import free_ports
from tests.system.ledger_file import LedgerFile, reading
from tests.system.loop import Loop
from tests.system.process import WAIT_S, NeverCame, Process, T, until
from tests.system.store import READY_WAIT_S, quiet_environment

STAFF = "staff-token-0123456789abcdef"
FAR, ELSEWHERE = "A3", "far"  # a member at home in a store without a gateway: HQ holds what is theirs

HQ_TABLE = """\
[hq]
port = {port}
database_url = "sqlite:///{folder}/hq.db"
token_file = "{folder}/tokens.json"
bundle_file = "{folder}/bundle.json"
"""

STORE_TABLES = """\
[gateway]
id = "{id}"
store = "{store}"
data_dir = "{folder}/data"
run_dir = "{folder}/run"
token_file = "{folder}/token"
http_port = {http_port}
mqtt_port = {mqtt_port}

[bridge]
gateway_id = "{id}"
hq_url = "http://127.0.0.1:{plug_port}"
token_file = "{folder}/bridge-token"
data_dir = "{folder}/data"
run_dir = "{folder}/run"
"""


class Shop:
    """One store of a chain; `cut` pulls its plug."""

    def __init__(self, folder: Path, id_: str, hq_port: int, loop: Loop) -> None:
        folder.mkdir()
        self.id, self.folder, self._loop = id_, folder, loop
        self.http_port, mqtt_port, plug_port = free_ports(3)
        self.token = f"{id_}-api-token-0123456789"
        (folder / "token").write_text(self.token)
        (folder / "bridge-token").write_text(token_of(id_))
        for name in ("token", "bridge-token"):
            (folder / name).chmod(0o600)
        config = folder / "shopbell.toml"
        config.write_text(
            STORE_TABLES.format(
                id=id_,
                store=id_.rpartition("-")[0],
                folder=folder,
                http_port=self.http_port,
                mqtt_port=mqtt_port,
                plug_port=plug_port,
            )
        )
        self.plug = Plug("127.0.0.1", plug_port, "127.0.0.1", hq_port)
        self.gateway, self.bridge = (process(name, config, folder) for name in ("gateway", "bridge"))
        self.ledger = LedgerFile(str(folder / "data"))
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.http_port}",
            headers={"authorization": f"Bearer {self.token}"},
            timeout=10,
            trust_env=False,
        )
        self._keys = count(1)

    def start(self) -> None:
        self.put_in()
        self.gateway.start()
        until(lambda: answers(self._client), f"{self.id} answers", READY_WAIT_S)
        self.bridge.start()
        until(
            lambda: self.get("/v1/sync")["cache"]["state"] == "ready", f"{self.id} has a cache", READY_WAIT_S
        )

    def close(self) -> None:
        self._client.close()
        for child in (self.bridge, self.gateway):
            child.stop()
        self._loop.call(self.plug.pull())

    @contextmanager
    def replaced_by_an_image(self) -> Iterator[None]:
        """An image of the card is taken; behind the block it stands in the card's place, in a new machine."""
        image = self.folder / "image.db"
        with reading(layout.ledger_path(str(self.folder / "data"))) as db, sqlite3.connect(image) as copy:
            db.backup(copy)
        copy.close()
        yield
        self.bridge.stop()
        self.gateway.stop()
        ledger = layout.ledger_path(str(self.folder / "data"))
        for suffix in ("-wal", "-shm"):
            ledger.with_name(ledger.name + suffix).unlink(missing_ok=True)
        os.replace(image, ledger)
        (self.folder / "run" / layout.HEAD_FILE).unlink()
        self.start()

    def epoch(self) -> int:
        """The epoch of its rights, by its ledger."""
        with reading(layout.ledger_path(str(self.folder / "data"))) as db:
            return int(db.execute(layout.SELECT_META, (layout.META_EPOCH,)).fetchone()[0])

    def put_in(self) -> None:
        self._loop.call(self.plug.put_in())

    def cut(self) -> None:
        """Pull the plug and wait until the bridge has noticed it."""
        before = self.trouble_times()
        self._loop.call(self.plug.pull())
        until(lambda: self.trouble_times() > before, f"{self.id}'s bridge notices the cut")

    def trouble_times(self) -> int:
        return int(self.bridge_says().get("counters", {}).get("hq_unreachable", 0))

    def bridge_says(self) -> dict[str, Any]:
        path = self.folder / "run" / layout.BRIDGE_STATUS_FILE
        found: dict[str, Any] = json.loads(path.read_bytes()) if path.exists() else {}
        return found

    def get(self, path: str) -> Any:
        answer = self._client.get(path)
        assert answer.status_code == 200, f"{self.id} {path}: {answer.status_code} {answer.text[:300]}"
        return answer.json()

    def act(self, member: str, type_: str, act: dict[str, Any], key: str | None = None) -> dict[str, Any]:
        """Ask for an act on a member's promises; the verdict."""
        body = {"key": key or f"{self.id}.{next(self._keys)}", "type": type_, "act": act}
        answer = self._client.post(f"/v1/members/{member}/transfers", json=body)
        assert answer.status_code == 200, f"{self.id}: {answer.status_code} {answer.text[:300]}"
        found: dict[str, Any] = answer.json()
        return found

    def claim(self, member: str, unit: str, face: int) -> str:
        """Give a member one coupon, made here; its lot."""
        credit = {"do": "credit", "amount": 1, "unit": unit, "terms": {"face": face}}
        verdict = self.act(member, "coupon.claimed", {"do": "post", "parts": [credit]})
        assert verdict["outcome"] == "done", verdict
        return str(verdict["lots"][0]["lot"])

    def redeem(self, member: str, unit: str, lot: str, key: str | None = None) -> dict[str, Any]:
        """Use a coupon."""
        spend = {"do": "spend", "amount": 1, "unit": unit, "lot": lot}
        return self.act(member, "coupon.redeemed", {"do": "post", "parts": [spend]}, key)

    def lots(self, member: str) -> dict[str, dict[str, Any]]:
        """A member's lots as this store knows them, by name."""
        answer = self._client.get(f"/v1/members/{member}")
        if answer.status_code == 404:
            return {}
        return {lot["lot"]: lot for unit in answer.json()["units"] for lot in unit["lots"]}

    def knows(self, member: str, lot: str) -> bool:
        """Whether HQ has told this store of the lot."""
        return lot in self.lots(member)

    def exposure(self) -> dict[str, int]:
        """The worst loss, as the API prints it."""
        found: dict[str, int] = self.get("/v1/exposure")
        return found


class Chain:
    """HQ and its shops. Everything is off until opened; leaving the block stops everything."""

    def __init__(self, folder: Path, ids: Iterable[str], bundle: dict[str, Any]) -> None:
        self._loop = Loop()
        self._keys = count(1)
        self.folder = folder
        (self.port,) = free_ports(1)
        self.shops = [Shop(folder / id_, id_, self.port, self._loop) for id_ in ids]
        tokens = {"gateways": {shop.id: token_of(shop.id) for shop in self.shops}, "staff": STAFF}
        (folder / "tokens.json").write_text(json.dumps(tokens))
        (folder / "bundle.json").write_text(json.dumps(bundle))
        config = folder / "hq.toml"
        config.write_text(HQ_TABLE.format(port=self.port, folder=folder))
        self.hq = process("hq", config, folder)
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"authorization": f"Bearer {STAFF}"},
            timeout=10,
            trust_env=False,
        )

    def __enter__(self) -> "Chain":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()
        for shop in self.shops:
            shop.close()
        self.hq.stop()
        self._loop.close()
        if error is not None:
            error.add_note(self.tails())

    def open(self, members: Iterable[str]) -> "Chain":
        """HQ on, with these members; then every shop, until its cache has them."""
        self.hq.start()
        until(lambda: answers(self._client), "HQ answers", READY_WAIT_S)
        home = self.shops[0].id.rpartition("-")[0]
        given = {"status": "active", "language": "en", "qualifying_points": "0"}
        homes = {number: ELSEWHERE if number == FAR else home for number in members}
        lines = [
            {**given, "member_no": number, "name": f"Member {number}", "home_store": store}
            for number, store in homes.items()
        ]
        rows = [",".join(line.get(column, "") for column in COLUMNS) for line in lines]
        self._import("\n".join([",".join(COLUMNS), *rows]) + "\n")
        for shop in self.shops:
            shop.start()
        return self

    def _import(self, text: str) -> None:
        answer = self._client.post(
            "/v1/imports?name=members.csv", content=text.encode(), headers={"content-type": "text/csv"}
        )
        assert answer.status_code == 202, answer.text
        path = f"/v1/imports/{answer.json()['id']}"
        until(lambda: self.get(path)["state"] == "done", "the members are there")

    def get(self, path: str) -> Any:
        answer = self._client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:300]}"
        return answer.json()

    def member(self, number: str) -> str:
        """A member's opaque id."""
        return str(self.get(f"/v1/members?query={number}")["found"][0]["id"])

    def credit(self, member: str, unit: str, amount: int) -> None:
        """Staff give a member a balance: to the home store, or, where that has no gateway, to HQ's part."""
        body = {"key": f"credit.{next(self._keys)}", "unit": unit, "amount": amount}
        answer = self._client.post(f"/v1/members/{member}/credits", json=body)
        assert answer.status_code == 200, answer.text

    def query(self, sql: str, *values: object) -> list[Any]:
        """HQ's database, read only."""
        with reading(self.folder / "hq.db") as db:
            return db.execute(sql, values).fetchall()

    def until(self, seen: Callable[[], T], what: str, wait_s: float = WAIT_S) -> T:
        """As until(); the logs of all come with what never came."""
        try:
            return until(seen, what, wait_s)
        except NeverCame as error:
            error.add_note(self.tails())
            raise

    def until_hq_has_all(self) -> None:
        """HQ has every event of every shop."""
        for shop in self.shops:
            self.until(lambda shop=shop: self._tip(shop) == shop.ledger.tip(), f"HQ has all of {shop.id}")

    def _tip(self, shop: Shop) -> int:
        found = self.query("SELECT max(seq) FROM events WHERE gateway = ?", shop.id)
        return int(found[0][0] or 0)

    def troubles(self, kind: str) -> list[dict[str, Any]]:
        """What HQ tells people to look at."""
        return [row for row in self.get("/v1/exceptions") if row["kind"] == kind]

    def tails(self) -> str:
        """The ends of all logs."""
        children = [self.hq, *(child for shop in self.shops for child in (shop.gateway, shop.bridge))]
        return "\n".join(f"--- {child.log}\n{child.tail()}" for child in children)


def token_of(gateway: str) -> str:
    return f"{gateway}-hq-token-0123456789"


def process(name: str, config: Path, folder: Path) -> Process:
    command = [sys.executable, "-m", "shopbell", name, "--config", str(config)]
    return Process(name, command, folder / f"{name}.log", {**quiet_environment(), "PYTHONPATH": os.getcwd()})


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/health").status_code == 200
    except httpx.TransportError:
        return False
