"""A small client of HQ's API for staff: import a file and follow it to its end, publish programs."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx

from cloud_bridge.errors import CloudBridgeError

PIECE_BYTES: Final = 64 * 1024
ASK_WAIT_S: Final = 60.0  # also how long HQ may take to answer behind the last byte of a file
POLL_WAIT_S: Final = 0.2
REFUSALS_PAGE: Final = 500

Sleep = Callable[[float], None]


class RefusedLine(NamedTuple):
    """One thing wrong with one line: `what` is wrong and what to `do`, in the language asked for."""

    line: int
    column: str
    code: str
    value: str
    what: str
    do: str


class Progress(NamedTuple):
    """Where an import stands. `sent` and `size` are bytes of the file; `done` and `lines` count its lines."""

    state: str
    sent: int
    size: int
    done: int
    lines: int


class ImportReport(NamedTuple):
    """How an import ended: of members, articles or people so many created, changed and unchanged; of lines
    so many in all, and refused."""

    id: str
    lines: int
    created: int
    changed: int
    unchanged: int
    refused: int
    refusals: tuple[RefusedLine, ...]


class HqError(CloudBridgeError):
    """HQ refused, or could not be reached; nothing was changed unless the message says so."""


class ProgramFault(NamedTuple):
    """One thing wrong with programs: a JSON pointer, which fault, what exactly, and that in words."""

    pointer: str
    reason: str
    hint: str
    what: str


class ProgramsRefused(HqError):
    """Nothing was published: `faults` says why."""

    def __init__(self, message: str, hint: str, faults: tuple[ProgramFault, ...]) -> None:
        super().__init__(message, hint)
        self.faults = faults


class Publication(NamedTuple):
    """The bundle in force now, by its hash, and the programs that are new in it, by id and version."""

    hash: str
    new: tuple[tuple[str, int], ...]


class HqClient:
    """HQ at an address, asked with the staff's token; `language` is the one of every sentence it answers."""

    def __init__(self, url: str, token: str, language: str = "zh-CN", sleep: Sleep = time.sleep) -> None:
        self._client = httpx.Client(
            base_url=url,
            headers={"authorization": f"Bearer {token}", "accept-language": language},
            timeout=ASK_WAIT_S,
            trust_env=False,
        )
        self._sleep = sleep

    def import_file(
        self,
        path: Path,
        kind: str = "members",
        on_progress: Callable[[Progress], None] = lambda progress: None,
    ) -> ImportReport:
        """Send a file of "members", "goods" or "staff", wait until it is applied, bring every refused line.

        Raises HqError, OSError.
        """
        size = path.stat().st_size
        id_ = self._upload(path, kind, size, on_progress)
        while (report := self._ask("GET", f"/v1/imports/{id_}?limit=1"))["state"] in (
            "receiving",
            "applying",
        ):
            on_progress(Progress(report["state"], size, size, report["done"], report["lines"]))
            self._sleep(POLL_WAIT_S)
        on_progress(Progress(report["state"], size, size, report["done"], report["lines"]))
        if report["fault"]:
            raise HqError(report["fault"]["what"], report["fault"]["do"])
        counts = {name: report[name] for name in ("lines", "created", "changed", "unchanged", "refused")}
        return ImportReport(id_, **counts, refusals=tuple(self._refusals(id_)))

    def publish(self, body: bytes) -> Publication:
        """Put a bundle, or one program into the present one. Raises ProgramsRefused, HqError."""
        answer = self._ask("POST", "/v1/programs", content=body, headers={"content-type": "application/json"})
        return Publication(answer["hash"], tuple((one["id"], one["version"]) for one in answer["new"]))

    def bundle(self) -> bytes:
        """The bytes of the bundle in force. Raises HqError."""
        return self._send("GET", "/v1/bundle").content

    def put_store(self, id_: str, zh_cn: str, en: str) -> None:
        """Add a store, or give it other names. Raises HqError."""
        self._ask("PUT", f"/v1/stores/{id_}", json={"name": {"zh-CN": zh_cn, "en": en}})

    def give_coupon(self, member: str, key: str, template: str, face: int, last_day: str) -> None:
        """Issue one coupon to a member, once for its key; `face` in minor units. Raises HqError."""
        terms = {"face": face, "expires_on": last_day}
        asked = {"key": key, "unit": f"CPN:{template}", "amount": 1, "terms": terms}
        self._ask("POST", f"/v1/members/{member}/credits", json=asked)

    def get(self, path: str) -> Any:
        """The JSON answer of any GET, as "/v1/gateways". Raises HqError."""
        return self._ask("GET", path)

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def __enter__(self) -> "HqClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _upload(self, path: Path, kind: str, size: int, on_progress: Callable[[Progress], None]) -> str:
        def pieces() -> Iterator[bytes]:
            sent = 0
            with path.open("rb") as file:
                while piece := file.read(PIECE_BYTES):
                    yield piece
                    sent += len(piece)
                    on_progress(Progress("sending", sent, size, 0, 0))

        headers = {"content-length": str(size), "content-type": "text/csv"}
        params = {"name": path.name[:120], "kind": kind}
        answer = self._ask("POST", "/v1/imports", params=params, content=pieces(), headers=headers)
        return str(answer["id"])

    def _refusals(self, id_: str) -> Iterator[RefusedLine]:
        after: int | None = 0
        while after is not None:
            page = self._ask("GET", f"/v1/imports/{id_}?after={after}&limit={REFUSALS_PAGE}")
            yield from (RefusedLine(**refusal) for refusal in page["refusals"])
            after = page["next"]

    def _ask(self, method: str, path: str, **more: Any) -> Any:
        answer = self._send(method, path, **more)
        return answer.json() if answer.content else None

    def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            answer = self._client.request(method, path, **more)
        except httpx.HTTPError as fault:
            url = self._client.base_url
            raise HqError(f"HQ at {url} does not answer ({type(fault).__name__})", "Is it running?") from None
        if answer.is_success:
            return answer
        raise _problem(answer)


def _problem(answer: httpx.Response) -> HqError:
    """What HQ said, or that something else answered."""
    try:
        problem = answer.json()
        where = f" (line {problem['line']})" if problem.get("line") else ""
        if "problems" in problem:
            faults = tuple(ProgramFault(**fault) for fault in problem["problems"])
            return ProgramsRefused(problem["what"], problem["do"], faults)
        return HqError(f"{problem['what']}{where}", problem["do"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return HqError(f"{answer.url} answered {answer.status_code}, and not as HQ does", "Check the address")
