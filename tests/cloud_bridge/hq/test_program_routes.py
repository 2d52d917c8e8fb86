"""Programs over HTTP: publish, faults in the asker's language, versions, pausing, the key for the stores."""

import json
from pathlib import Path

import httpx

from cloud_bridge.hq import views
from cloud_bridge.hq.client import HqClient, ProgramsRefused
from tests.cloud_bridge.hq.shops import Brand
from tests.cloud_bridge.hq.test_publishing import program
from tests.cloud_bridge.rig import STAFF, RunningHq

SAMPLES = Path(__file__).parents[3] / "samples"


def publish(hq: RunningHq, body: bytes, lang: str = "en") -> httpx.Response:
    return hq.staff("POST", f"/v1/programs?lang={lang}", content=body)


def test_a_bundle_by_the_client(hq: RunningHq) -> None:
    body = (SAMPLES / "bundle.json").read_bytes()
    with HqClient(hq.url, STAFF, "en") as client:
        made = client.publish(body)
        assert client.bundle() == body and ("activation", 1) in made.new
        assert client.publish(body).new == ()
        try:
            client.publish(program(then=[]))
        except ProgramsRefused as refused:
            assert [(fault.pointer, fault.reason) for fault in refused.faults] == [("/then", "no_effect")]
            assert refused.faults[0].what and "not published" in str(refused)
        else:
            raise AssertionError("it was published")
        assert client.bundle() == body


def test_faults_are_told_in_the_language_asked_for(hq: RunningHq) -> None:
    publish(hq, program())
    for lang, words in (("en", "higher number"), ("zh-CN", "提高版本号")):
        answer = publish(hq, program(off=7), lang)
        assert answer.status_code == 422
        (problem,) = answer.json()["problems"]
        assert problem["pointer"] == "/programs/0/version" and words in problem["what"]
    for body in (b"", b"\xff", b"[" * 100_000, b"null"):
        assert publish(hq, body).status_code == 422, body[:10]
    assert publish(hq, b"x" * (2 << 20)).status_code == 413


def test_what_is_in_force_and_every_version(hq: RunningHq) -> None:
    publish(hq, program(limits={"total": 4}))
    publish(hq, program(version=2, off=7, limits={"total": 4}))
    found = hq.staff("GET", "/v1/programs").json()
    (one,) = found["programs"]
    assert (one["id"], one["version"], one["state"]) == ("ten-off", 2, "live")
    assert one["limits"] == [{"field": "total", "made": 4, "left": 4}]
    assert found["signed"] is False and found["hash"]
    versions = hq.staff("GET", "/v1/programs/ten-off").json()
    assert [version["version"] for version in versions] == [2, 1]
    assert versions[1]["program"]["then"][0]["off"] == 1_000
    assert hq.staff("GET", "/v1/programs/other").status_code == 404


def test_pausing_is_a_new_version(hq: RunningHq) -> None:
    publish(hq, program())
    for verb, version, state in (("pause", 2, "paused"), ("resume", 3, "live")):
        answer = hq.staff("POST", f"/v1/programs/ten-off/{verb}").json()
        assert answer["new"] == [{"id": "ten-off", "version": version}]
        (one,) = hq.staff("GET", "/v1/programs").json()["programs"]
        assert (one["version"], one["state"]) == (version, state)
    assert hq.staff("POST", "/v1/programs/other/pause").status_code == 404
    body = hq.staff("GET", "/v1/bundle").content
    assert json.loads(body)["programs"][0]["version"] == 3


def test_pausing_twice_changes_nothing(hq: RunningHq) -> None:
    publish(hq, program())
    hq.staff("POST", "/v1/programs/ten-off/pause")
    assert hq.staff("POST", "/v1/programs/ten-off/pause").json()["new"] == []


def test_there_is_no_key_where_hq_does_not_sign(hq: RunningHq) -> None:
    assert hq.staff("GET", "/v1/bundle/key").status_code == 404


def test_points_since_the_import_lift_a_tier(brand: Brand) -> None:
    brand.hq.publisher.publish((SAMPLES / "bundle.json").read_bytes())
    brand["river"].earn(400, unit="QPT")
    brand["garden"].earn(700, unit="QPT", expires_on="2026-11-21", zone="Asia/Shanghai")
    for name in ("river", "garden"):
        brand[name].push()

    def seen() -> tuple[int, str]:
        with brand.hq.database.reading() as connection:
            (row,) = views.find_members(connection, "lin", brand.hq.bundle(), brand.hq.frame())
        return row["qualifying"], row["tier"]

    assert seen() == (1_100, "gold")
    brand.now_ms += 86_400_000
    assert seen() == (400, "silver"), "what is past its last day counts no more"
