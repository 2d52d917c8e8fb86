"""Figures of the first tap: what a durable, decided answer costs beside a plain echo of the same message.

One broker, one load client, one seeded cache of a million members; echo and gateway take turns behind the
same broker, so that a machine that is busy slows both. Every row names its limit from the same run.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from gateway.storage import layout
from hardware_tests.figures import machine
from hardware_tests.figures.load import LoadClient
from hardware_tests.figures.rows import Row, percentile, row
from hardware_tests.figures.taps import TapSource, number_of_booked, number_of_echo, ready
from samples.seeded import write_cache

MEMBERS = 1_000_000
SEED = 7
BRAND_KEY = bytes(range(32))  # invented for this run's invented members
OPEN_REQUESTS = 64
ROUNDS = 3
ROUND_S = 4.0
RATE_MAX = 40_000  # taps made ahead per second of a round: above any rate a loopback broker reaches
PACES = ((1, 20), (50, 500), (200, 1_000))  # (per second, how many)
WARM_UP = 200
MEMORY_LIMIT_MIB = 80.0
CYCLES = 200  # one open request at a time, for bytes per lone decision

Say = Callable[[str], None]


@dataclass
class Side:
    """What one answering side gave: rates per second at 64 open, latencies in seconds by pace."""

    rates: list[float]
    latencies: dict[int, list[float]]


def measure(say: Say) -> list[Row]:
    """All rows of this file; says aloud what it is doing."""
    folder = Path(tempfile.mkdtemp(prefix="shopbell-figures-"))
    try:
        say(f"writing a cache of {MEMBERS:,} members")
        _seed(folder)
        with machine.broker(folder) as port:
            return _rows(folder, port, say)
    finally:
        shutil.rmtree(folder)


def _seed(folder: Path) -> None:
    cache = layout.cache_folder(str(folder))
    cache.mkdir(parents=True)
    write_cache(layout.generation_path(cache, "g1"), MEMBERS, SEED, BRAND_KEY)
    (cache / layout.POINTER_FILE).write_text("g1\n")
    os.sync()  # 200 MB on their way to the disk would stand before every fsync that is measured


def _rows(folder: Path, port: int, say: Say) -> list[Row]:
    echo, gate = Side([], {}), Side([], {})
    for turn in range(ROUNDS):
        say(f"round {turn + 1} of {ROUNDS}: echo, then gateway, {OPEN_REQUESTS} open")
        with _echo(folder, port) as client:
            _flood(client, echo)
        with machine.gateway(folder, port), _client(port, number_of_booked) as client:
            _flood(client, gate)
    say("paced taps: " + ", ".join(f"{rate}/s" for rate, _ in PACES))
    with _echo(folder, port) as client:
        _pace(client, echo)
    with _client(port, number_of_booked) as client:
        return _rates(echo, gate) + _gateway_rows(folder, port, client, echo, gate, say)


def _gateway_rows(folder: Path, port: int, client: LoadClient, echo: Side, gate: Side, say: Say) -> list[Row]:
    begun = time.perf_counter()
    with machine.gateway(folder, port) as (child, _):
        start_s = time.perf_counter() - begun
        _pace(client, gate)
        say("bytes and memory")
        alone, grouped = _bytes_alone(client, child.pid), _bytes_grouped(client, child.pid)
        memory = machine.resident_mib(child.pid)
    where = f"{MEMBERS:,} members, SQLite WAL, synchronous=FULL"
    return [
        *_paced_rows(echo, gate),
        row("bytes_per_decision_alone", alone, "B", f"{where}, one open"),
        row("bytes_per_decision_64", grouped, "B", f"{where}, {OPEN_REQUESTS} open"),
        row("gateway_memory", memory, "MiB", f"{where}, resident, after all of the above", MEMORY_LIMIT_MIB),
        row("cold_start", start_s * 1000, "ms", f"{where}, process start to /health"),
    ]


def _rates(echo: Side, gate: Side) -> list[Row]:
    how = f"{OPEN_REQUESTS} open, {MEMBERS:,} members, median of {ROUNDS} interleaved rounds"
    limit, rate = median(echo.rates), median(gate.rates)
    return [
        row("echo_64", limit, "1/s", how + ", plain echo, same link and broker"),
        row("durable_decisions_64", rate, "1/s", how + "; limit = echo_64; goal >= 0.6", limit),
    ]


def _paced_rows(echo: Side, gate: Side) -> Iterator[Row]:
    for per_second, count in PACES:
        for name, share in (("p50", 0.50), ("p99", 0.99)):
            limit, value = (percentile(side.latencies[per_second], share) * 1000 for side in (echo, gate))
            goal = "; goal <= 3" if (per_second, name) == (50, "p99") else ""
            how = f"publish to booked, {per_second}/s, {count} taps; limit = the echo's {name}{goal}"
            yield row(f"tap_to_booked_{per_second}_{name}", value, "ms", how, limit)


@contextmanager
def _echo(folder: Path, port: int) -> Iterator[LoadClient]:
    command = [sys.executable, "-m", "hardware_tests.figures.echo", str(port)]
    with machine.running(command, folder / "echo.log"), _client(port, number_of_echo) as client:
        yield client


@contextmanager
def _client(port: int, number_of: Callable[[bytes], int]) -> Iterator[LoadClient]:
    client = LoadClient(port, "bench-1", number_of)
    try:
        yield client
    finally:
        client.close()


def _flood(client: LoadClient, side: Side) -> None:
    _warm_up(client)
    payloads = ready(TapSource(SEED, MEMBERS), int(RATE_MAX * ROUND_S))
    side.rates.append(client.keep_open(payloads, OPEN_REQUESTS, ROUND_S))


def _pace(client: LoadClient, side: Side) -> None:
    _warm_up(client)
    for per_second, count in PACES:
        client.paced(ready(TapSource(SEED, MEMBERS), count), per_second, count)
        side.latencies[per_second] = list(client.latencies_s)


def _warm_up(client: LoadClient) -> None:
    client.until_answered(next(TapSource(SEED, MEMBERS)))
    client.paced(ready(TapSource(SEED, MEMBERS), WARM_UP), WARM_UP, WARM_UP)


def _bytes_alone(client: LoadClient, pid: int) -> float:
    before = machine.written_bytes(pid)
    for _ in range(CYCLES):
        client.paced(ready(TapSource(SEED, MEMBERS), 1), 1_000, 1)
    return (machine.written_bytes(pid) - before) / CYCLES


def _bytes_grouped(client: LoadClient, pid: int) -> float:
    before = machine.written_bytes(pid)
    client.keep_open(ready(TapSource(SEED, MEMBERS), int(RATE_MAX)), OPEN_REQUESTS, 1.0)
    return (machine.written_bytes(pid) - before) / max(1, len(client.latencies_s))
