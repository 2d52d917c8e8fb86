"""The client of staff's programs: a file's way to its report, and every refusal as one error with a hint."""

from pathlib import Path

import httpx
import pytest

from cloud_bridge.hq.client import HqClient, HqError, Progress
from tests.cloud_bridge.rig import HEADER, STAFF, RunningHq

SAMPLES = Path(__file__).parents[3] / "samples" / "members.csv"


def test_a_file_is_followed_to_its_report(hq: RunningHq) -> None:
    seen: list[Progress] = []
    with HqClient(hq.url, STAFF, "en") as client:
        report = client.import_file(SAMPLES, on_progress=seen.append)
        assert (report.created, report.refused, report.refusals) == (24, 0, ())
        assert client.import_file(SAMPLES).unchanged == 24
        client.put_store("river", "江畔店", "Riverside")
        assert {"id": "river", "name": {"zh-CN": "江畔店", "en": "Riverside"}} in client.get("/v1/stores")
    size = SAMPLES.stat().st_size
    assert seen[0] == Progress("sending", size, size, 0, 0)
    assert (seen[-1].state, seen[-1].done) == ("done", seen[-1].lines)


def test_refused_lines_come_in_the_language_asked_for(hq: RunningHq, tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    path.write_text(HEADER + "".join(f"A{n},,,en,active,,1,river,,,\n" for n in range(600)))
    for language, word in (("en", "This column is empty"), ("zh-CN", "此列为空")):
        with HqClient(hq.url, STAFF, language) as client:
            report = client.import_file(path)
        assert report.refused == len(report.refusals) == 600
        assert report.refusals[0].what == word
        assert [refusal.line for refusal in report.refusals] == list(range(2, 602))


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"a,b\n", "header"),
        (b"x" * 3_000_000, "longer than"),
        (HEADER.encode() + b"\xff\n", "UTF-8"),
    ],
)
def test_a_damaged_file_is_one_error(hq: RunningHq, tmp_path: Path, content: bytes, word: str) -> None:
    path = tmp_path / "damaged.csv"
    path.write_bytes(content)
    with HqClient(hq.url, STAFF, "en") as client, pytest.raises(HqError, match=word) as caught:
        client.import_file(path)
    assert caught.value.hint


def test_a_wrong_token_and_an_absent_hq(hq: RunningHq) -> None:
    with HqClient(hq.url, "wrong-token", "en") as client, pytest.raises(HqError, match="not valid"):
        client.import_file(SAMPLES)
    hq.stop()
    with HqClient(hq.url, STAFF, "en") as client, pytest.raises(HqError, match="does not answer"):
        client.get("/v1/members")
    hq.start()


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"what": 1}', b""])
def test_something_else_at_hqs_address(body: bytes) -> None:
    client = HqClient("http://hq", STAFF)
    client._client = httpx.Client(
        base_url="http://hq", transport=httpx.MockTransport(lambda request: httpx.Response(404, content=body))
    )
    with pytest.raises(HqError, match="not as HQ does"):
        client.get("/v1/members")
