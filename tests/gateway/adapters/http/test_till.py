"""The till's frame and the files of every page: who sees them, of which till, how long they are kept."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.adapters.http import build_app
from gateway.adapters.http.books import Books
from gateway.adapters.http.till import COOKIE, FOLDER
from gateway.live import Live
from gateway.settings import GatewaySettings


@pytest.fixture
def at_till(
    live: Live, settings: GatewaySettings, books: Books, token: str, open_client: Callable[..., Any]
) -> Any:
    """A browser of a store whose second till has a terminal."""
    paired = replace(settings, tills="till-2=counter-2")
    browser = open_client(build_app(live, paired, token, books))
    browser.get(f"/?token={token}")
    return browser


def test_a_stranger_sees_the_sign_in_of_the_gateway_and_no_till(stranger: Any) -> None:
    answer = stranger.get("/till?till=till-1")
    assert answer.status_code == 401
    assert "data-till" not in answer.text and 'name="token"' in answer.text


def test_an_address_with_the_token_lets_the_browser_in_and_forgets_it(stranger: Any, token: str) -> None:
    answer = stranger.request("GET", "/till", params={"till": "till-2", "token": token, "lang": "en"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/till?till=till-2&lang=en")
    assert stranger.get("/till?till=till-2").status_code == 200
    assert stranger.request("GET", "/till", params={"token": "wrong" * 8}).status_code == 401


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_frame_is_in_the_language_of_its_reader_and_names_its_till(at_till: Any, language: str) -> None:
    page = at_till.get(f"/till?till=till-2&lang={language}").text
    assert f'<html lang="{language}">' in page
    assert 'data-till="till-2" data-terminal="counter-2" data-currency="CNY"' in page
    assert 'data-zone-name="Asia/Shanghai"' in page
    assert ("收款" in page) is (language == "zh-CN")


def test_a_browser_stays_with_the_till_it_was_opened_for(at_till: Any) -> None:
    at_till.get("/till?till=till-7")
    assert 'data-till="till-7" data-terminal=""' in at_till.get("/till").text
    assert at_till.cookies[COOKIE] == "till-7"
    at_till.get("/till?till=till-2")
    assert 'data-till="till-2"' in at_till.get("/till?lang=en").text


@pytest.mark.parametrize("name", ["", "<script>", "a b", "x" * 65, '"', "till-1\n"])
def test_a_name_that_can_be_no_till_counts_as_none(at_till: Any, name: str) -> None:
    answer = at_till.request("GET", "/till", params={"till": name})
    assert 'data-till="till-2"' in answer.text, "the first till that has a terminal"
    assert at_till.cookies[COOKIE] == "till-2"


def test_the_words_for_scripts_are_data_and_end_no_script(at_till: Any) -> None:
    page = at_till.get("/till?lang=en").text
    before, _, data = page.partition('<script type="application/json" id="till-words">')
    assert before and "<" not in data.partition("</script>")[0]


def test_offers_are_for_who_works_at_a_till(stranger: Any, reader: Any) -> None:
    assert stranger.get("/till/offers").status_code == 401
    (offer,) = reader.get("/till/offers").json()["offers"]
    assert offer["program"] == "suggestion" and offer["trigger"] == "grant.requested"
    assert set(offer["name"]) == {"zh-CN", "en"} and offer["takes"] == []


def test_without_anybody_who_answers_tills_offers_say_so(
    live: Live, settings: GatewaySettings, books: Books, token: str, open_client: Callable[..., Any]
) -> None:
    app = build_app(live, settings, token, books._replace(counter=None))
    assert open_client(app, token=token).get("/till/offers").status_code == 503


# -- the files of every page


@pytest.mark.parametrize("name", sorted(file.name for file in FOLDER.iterdir() if file.suffix != ".j2"))
def test_every_file_of_the_till_is_served_under_one_name(stranger: Any, name: str) -> None:
    answer = stranger.get(f"/look/{name}")
    assert answer.status_code == 200
    assert answer.content == (FOLDER / name).read_bytes()


def test_a_file_with_its_version_is_kept_for_ever_and_one_without_is_asked_for_again(stranger: Any) -> None:
    bare = stranger.get("/look/till_api.js")
    assert bare.headers["cache-control"] == "no-cache"
    mark = bare.headers["etag"]
    again = stranger.get("/look/till_api.js", headers={"if-none-match": mark})
    assert (again.status_code, again.content) == (304, b"")
    kept = stranger.get(f"/look/till_api.js?v={mark.strip(chr(34))}")
    assert "immutable" in kept.headers["cache-control"]


def test_a_file_asked_for_by_another_version_is_not_kept_under_it(stranger: Any) -> None:
    stale = stranger.get("/look/till.js?v=000000000000", headers={"if-none-match": '"000000000000"'})
    assert stale.status_code == 200
    assert stale.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["till.html.j2", "nothing.js", "..%2Ftill.py"])
def test_what_is_no_file_of_a_page_is_not_served(stranger: Any, name: str) -> None:
    assert stranger.get(f"/look/{name}").status_code == 404
