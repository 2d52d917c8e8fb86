"""An HQ in memory, behind the bridge's real client: strict about what it is sent, and told when to fail."""

from collections import deque
from collections.abc import Callable

import httpx

from cloud_bridge.asks import People, PeopleTaken, Reported, Reports, RightsGiven, RightsWanted
from cloud_bridge.wire import (
    Accepted,
    Change,
    Changes,
    HashesAt,
    LotKey,
    LotRow,
    Position,
    SnapshotEnd,
    SnapshotStart,
    WireShape,
    change_line,
    encode,
    read,
    read_batch,
)
from gateway.core.event import GENESIS

ROWS_MAX = 3  # of a page: several pages come soon


class FakeHq:
    """What HQ does for one gateway. `grant` decides an ask: the lots it changes, by feed key."""

    def __init__(self) -> None:
        self.hashes = [GENESIS]
        self.feed: dict[tuple[str, str], tuple[int, str, str]] = {}
        self.cursor = 0
        self.epoch = 1
        self.generation = 1
        self.asked: list[RightsWanted] = []
        self.reports: list[Reports] = []
        self.people: list[People] = []
        self.people_seq = 0
        self.requests: list[str] = []
        self.faults: dict[str, deque[int]] = {}
        self.grant: Callable[[RightsWanted], list[LotRow]] = lambda wanted: []

    @property
    def client(self) -> httpx.AsyncClient:
        """A new client of this HQ."""
        return httpx.AsyncClient(transport=httpx.MockTransport(self._answer), base_url="http://hq")

    def put(self, table: str, key: str, row: WireShape, op: str = "put") -> None:
        """Change a row in the feed."""
        self.cursor += 1
        self.feed[table, key] = (self.cursor, op, encode(row).decode())

    def put_lot(self, row: LotRow) -> None:
        self.put("lots", f"{row.owner} {row.unit} {row.lot}", row)

    def forget_lot(self, row: LotRow) -> None:
        key = LotKey(row.owner, row.unit, row.lot)
        self.put("lots", f"{row.owner} {row.unit} {row.lot}", key, "del")

    def fail(self, path: str, *statuses: int) -> None:
        """Answer the next requests of this path so."""
        self.faults[path] = deque(statuses)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.rpartition("/")[2]
        self.requests.append(path)
        if self.faults.get(path):
            return _respond(b"no", self.faults[path].popleft())
        answer = getattr(self, f"_{path}")(request)
        return answer if isinstance(answer, httpx.Response) else _respond(encode(answer))

    def _position(self, request: httpx.Request) -> WireShape:
        at = request.url.params.get("at")
        if at is None:
            return Position(len(self.hashes) - 1, self.hashes[-1])
        return HashesAt(int(at), self.hashes[int(at) : int(at) + 1])

    def _events(self, request: httpx.Request) -> WireShape:
        fresh = known = 0
        for event in read_batch(request.content):
            seq, hash_ = int(event.id.split(":")[1]), event.id.split(":")[2]
            if seq < len(self.hashes) and self.hashes[seq] == hash_:
                known += 1
                continue
            fresh += 1
            self.hashes = [*self.hashes[:seq], hash_]
        return Accepted(len(self.hashes) - 1, self.hashes[-1], fresh, known)

    def _changes(self, request: httpx.Request) -> WireShape | httpx.Response:
        generation, cursor = request.url.params["generation"], int(request.url.params["cursor"])
        if generation != str(self.generation):
            return _respond(b"", 410)
        later = sorted((*change, table) for (table, _), change in self.feed.items() if change[0] > cursor)
        page = later[:ROWS_MAX]
        rows = [read(change_line(table, op, row), Change) for _, op, row, table in page]
        reached = page[-1][0] if page else max(cursor, self.cursor)
        more = len(later) > len(page)
        return Changes(generation, reached, len(self.hashes) - 1, self.epoch, rows, more)

    def _snapshot(self, request: httpx.Request) -> httpx.Response:
        as_of = len(self.hashes) - 1
        start = SnapshotStart(str(self.generation), self.cursor, as_of, "ab" * 32, self.epoch, 3)
        puts = [
            change_line(table, op, row)
            for (table, _), (_, op, row) in sorted(self.feed.items(), key=lambda item: item[1])
            if op == "put"
        ]
        lines = [encode(start), *puts, encode(SnapshotEnd(len(puts)))]
        return _respond(b"".join(line + b"\n" for line in lines))

    def _rights(self, request: httpx.Request) -> WireShape:
        assert request.headers["content-type"] == "application/json"
        wanted = read(request.content, RightsWanted)
        self.asked.append(wanted)
        rows = self.grant(wanted)
        for row in rows:
            self.put_lot(row)
        return RightsGiven(self.epoch, self.cursor, rows)

    def _reports(self, request: httpx.Request) -> WireShape:
        self.reports.append(read(request.content, Reports))
        return Reported(self.epoch)

    def _people(self, request: httpx.Request) -> WireShape:
        people = read(request.content, People)
        self.people.append(people)
        for row in people.rows:
            assert row.seq < len(self.hashes), "a person before the event that enrols him"
            self.people_seq = max(self.people_seq, row.seq)
        return PeopleTaken(self.people_seq)


def _respond(content: bytes, status: int = 200) -> httpx.Response:
    return httpx.Response(status, stream=httpx.ByteStream(content))
