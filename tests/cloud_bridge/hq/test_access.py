"""Every route of HQ against every role: who gets in, and what the others are told."""

import json
import re
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute

from cloud_bridge.hq.words import WORDS
from shopbell.look.words import faults
from tests.cloud_bridge.rig import STAFF, TOKENS, RunningHq

OPEN = {
    ("GET", "/health"),
    ("GET", "/look/{name}"),
    ("GET", "/"),
    ("POST", "/session"),
    ("GET", "/openapi.json"),
}
VALUES = {"sku": "none", "gateway": "gw-1", "id": "river", "name": "shopbell.css"}
ROLES = {
    "nobody": {},
    "wrong": {"authorization": "Bearer wrong-token-0123456789"},
    "empty": {"authorization": "Bearer x"},
    "basic": {"authorization": f"Basic {STAFF}"},
    "staff": {"authorization": f"Bearer {STAFF}"},
    "own": {"authorization": f"Bearer {TOKENS['gw-1']}"},
    "other": {"authorization": f"Bearer {TOKENS['gw-2']}"},
}


def routes(hq: RunningHq) -> list[tuple[str, str]]:
    found = []
    for route in _flat(hq.hq.site.routes):
        found += [(method, route.path) for method in route.methods or () if method != "HEAD"]
    return sorted(set(found))


def _flat(routes: list) -> list[APIRoute]:
    """The routes of the routers inside too, which FastAPI keeps whole."""
    inner = [
        route for part in routes if hasattr(part, "original_router") for route in part.original_router.routes
    ]
    return [route for route in [*routes, *inner] if hasattr(route, "methods")]


def ask(hq: RunningHq, method: str, path: str, role: str) -> httpx.Response:
    url = hq.url + re.sub(r"{(\w+)[^}]*}", lambda match: VALUES[match[1]], path)
    if path == "/v1/stream" and role == "staff":
        with hq.client.stream(method, url, headers=ROLES[role]) as answer:
            return answer
    return hq.client.request(method, url, headers=ROLES[role])


def test_every_route_is_known_to_this_test(hq: RunningHq) -> None:
    paths = {path for _, path in routes(hq)}
    assert {"/v1/gateways/{gateway}/position", "/v1/imports/{id}", "/v1/stream", "/metrics"} <= paths
    assert len(paths) >= 18


def test_who_gets_in(hq: RunningHq) -> None:
    for method, path in routes(hq):
        for role in ROLES:
            status = ask(hq, method, path, role).status_code
            if (method, path) in OPEN:
                assert status in (200, 401), (method, path, role, status)
            elif path.startswith("/v1/gateways/{gateway}") and not path.endswith(("/epoch", "/digest")):
                wanted = {"own": {200, 415, 422}, "other": {403}}.get(role, {401})
                assert status in wanted, (method, path, role, status)
            else:
                wanted = {200, 202, 204, 404, 422} if role == "staff" else {401}
                assert status in wanted, (method, path, role, status)


def test_a_refusal_says_what_and_what_to_do_in_both_languages(hq: RunningHq) -> None:
    for language, word in (("en", "token"), ("zh-CN", "令牌")):
        problem = hq.client.get(hq.url + f"/v1/members?lang={language}").json()
        assert problem["error"] == "no_token"
        assert word in problem["what"] and problem["do"]


def test_the_link_with_the_token_sets_a_cookie_that_does_not_hold_it(hq: RunningHq) -> None:
    answer = hq.client.get(hq.url + f"/?token={STAFF}&lang=en")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?lang=en")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and STAFF not in cookie
    header = {"cookie": cookie.split(";")[0]}
    assert hq.client.get(hq.url + "/v1/gateways", headers=header).status_code == 200
    assert hq.client.get(hq.url + "/v1/gateways/gw-1/position", headers=header).status_code == 401
    assert hq.client.get(hq.url + "/", headers=header).status_code == 200
    forged = {"cookie": "shopbell_hq=" + "0" * 64}
    assert hq.client.get(hq.url + "/v1/gateways", headers=forged).status_code == 401


def test_signing_in_by_the_form(hq: RunningHq) -> None:
    assert hq.client.post(hq.url + "/session", data={"token": STAFF}).status_code == 303
    wrong = hq.client.post(hq.url + "/session", data={"token": "x"})
    assert wrong.status_code == 401 and "set-cookie" not in wrong.headers
    assert hq.client.post(hq.url + "/session", content=b"x" * 5_000).status_code == 413


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8090", "hq.evil.example", ""])
def test_a_foreign_host_name_is_refused(hq: RunningHq, host: str) -> None:
    answer = hq.staff("GET", "/v1/members", headers={"host": host})
    assert answer.status_code in (400, 421)


def test_a_change_from_a_foreign_page_is_refused(hq: RunningHq) -> None:
    foreign = {"origin": "http://evil.example"}
    assert hq.staff("POST", "/v1/imports", content=b"x", headers=foreign).status_code == 403
    assert hq.query("SELECT * FROM imports") == []


def test_every_answer_has_the_headers_that_keep_pages_safe(hq: RunningHq) -> None:
    for path in ("/", "/health", "/v1/members", "/v1/nothing", "/look/shopbell.css"):
        headers = hq.client.get(hq.url + path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers


def test_wrong_parameters_name_the_parameter(hq: RunningHq) -> None:
    problem = hq.staff("GET", "/v1/events?limit=many&lang=en").json()
    assert problem["error"] == "bad_request" and "limit" in problem["what"]
    assert hq.staff("PUT", "/v1/stores/River", json={}).status_code == 422
    assert hq.staff("DELETE", "/v1/members").status_code == 405
    assert hq.staff("GET", "/v1/imports/../../etc").status_code == 404


def test_hostile_text_comes_back_as_text(hq: RunningHq) -> None:
    for text in ("' OR 1=1 --", "%", "_", "<script>alert(1)</script>", "\x00", "🔔"):
        found = hq.staff("GET", "/v1/members", params={"query": text})
        assert (found.status_code, found.json()["found"]) == (200, [])
        page = hq.staff("GET", "/", params={"member": text})
        assert page.status_code == 200 and "<script>alert" not in page.text


def test_refusals_are_counted(hq: RunningHq) -> None:
    hq.client.get(hq.url + "/v1/members")
    hq.as_gateway("GET", "/position", "gw-2")
    hq.client.get(hq.url + "/v1/gateways/gw-1/position", headers=ROLES["other"])
    text = hq.staff("GET", "/metrics").text
    assert 'shopbell_hq_refused_total{reason="no_token"} 1.0' in text
    assert 'shopbell_hq_refused_total{reason="other_gateway"} 1.0' in text


def test_the_words_are_whole() -> None:
    assert faults(WORDS) == []


def test_the_contract_is_what_hq_serves(hq: RunningHq) -> None:
    """Made by `python -m cloud_bridge.hq.openapi`."""
    path = Path(__file__).parents[3] / "docs" / "contract" / "hq-openapi.json"
    assert json.loads(path.read_text("utf-8")) == json.loads(hq.client.get(hq.url + "/openapi.json").content)
