"""The console's pages: both languages, without JavaScript, part by part, safe with others' text."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from gateway.adapters.http import build_app, views
from gateway.adapters.http.books import Books
from gateway.live import Live
from gateway.settings import GatewaySettings

Make = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(("language", "said"), [("en", "Greeted"), ("zh-CN", "已问候")])
def test_the_page_is_whole_without_javascript(reader: Any, language: str, said: str) -> None:
    page = reader.get(f"/?lang={language}").text
    assert f'<html lang="{language}">' in page
    for shown in (said, "林**", "silver", "counter-1", "s1-gateway", "江畔店"):
        assert shown in page
    assert (
        "style=" not in page
        and not re.search(r"<script(?![^>]*\bsrc=)", page)
        and " on" not in _attributes(page)
    )


def _attributes(page: str) -> str:
    names: list[str] = []

    class Names(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            names.extend(name for name, _ in attrs)

    Names().feed(page)
    return " " + " ".join(names)


def test_the_chosen_language_stays_and_an_unknown_one_changes_nothing(reader: Any) -> None:
    assert '<html lang="en">' in reader.get("/?lang=en").text
    assert '<html lang="en">' in reader.get("/").text
    assert '<html lang="en">' in reader.get("/?lang=xx", headers={"accept-language": "zh"}).text


def test_every_part_can_be_drawn_alone_and_is_the_same_as_on_the_page(reader: Any) -> None:
    page = reader.get("/?lang=en").text
    for part in views.PARTS:
        alone = reader.get(f"/?part={part}").text
        assert f'data-part="{part}"' in alone and "<html" not in alone
        assert alone.strip() in page
    assert reader.get("/?part=../sign_in").status_code == 404


def test_names_of_others_are_text(reader: Any, live: Live, tap: Make, device: Make, bridge: Make) -> None:
    bad = "<img src=x onerror=alert(1)>"
    live.add_taps([tap(9, device=bad, name=bad, tier=bad)])
    live.set_device(bad, device(bad, firmware=bad, role=bad, counters={bad: 3}))
    live.raise_alarm(bad)
    live.counters.add(bad)
    said = {"what": bad, "do": bad}
    trouble = {"code": bad, "zh-CN": said, "en": said, "since_ms": 0, "times": 1}
    live.set_bridge(bridge(trouble=trouble, counters={bad: 1}))
    page = reader.get("/").text
    assert "<img" not in page and page.count("&lt;img") >= 9


def test_an_empty_gateway_says_what_to_do(
    open_client: Any, settings: GatewaySettings, token: str, books: Books
) -> None:
    from gateway.counters import Counters

    app = build_app(Live("s1-gateway", Counters()), settings, token, books)
    client = open_client(app, "http://localhost", token)
    page = client.get("/?lang=en").text
    for said in (
        "Nobody has tapped yet",
        "No device has reported yet",
        "nothing was refused",
        "No members",
        "No bridge",
    ):
        assert said in page


def test_the_unsecured_broker_is_said_on_top(open_client: Any, live: Live, token: str, books: Books) -> None:
    settings = GatewaySettings(id="g", store="s", broker_secured=False)
    client = open_client(build_app(live, settings, token, books), "http://localhost", token)
    assert "neither encrypted nor authenticated" in client.get("/?lang=en").text


def test_the_stores_name_heads_the_page_where_it_is_known(
    open_client: Any, live: Live, token: str, books: Books
) -> None:
    def heading(**named: str) -> list[str]:
        settings = GatewaySettings(id="g", store="river", **named)
        app = build_app(live, settings, token, books)
        page = open_client(app, "http://localhost", token).get("/?lang=en").text
        return re.findall(r"<h1>(.*)</h1>|<title>(.*) · Store", page)

    assert heading() == [("", "river"), ("river", "")]
    assert heading(store_name="江畔店 & Co") == [("", "江畔店 &amp; Co"), ("江畔店 &amp; Co", "")]


def test_programs_that_nobody_checks_are_said_on_top(
    open_client: Any, live: Live, token: str, books: Books
) -> None:
    app = build_app(live, GatewaySettings(id="g", store="s"), token, books)
    client = open_client(app, "http://localhost", token)
    assert "bundle_key_file" in client.get("/?part=notices&lang=en").text
    live.raise_alarm("bundle_refused")
    assert "not signed by HQ" in client.get("/?part=notices&lang=en").text


def test_a_secured_gateway_with_members_shows_no_notice(reader: Any) -> None:
    assert 'class="notice' not in reader.get("/").text


def test_an_alarm_is_said_once_with_what_to_do_and_a_strange_one_by_its_name(reader: Any, live: Live) -> None:
    live.raise_alarm("cache_damaged")
    live.set_cache(state="damaged")
    live.raise_alarm("new_kind_of_trouble")
    part = reader.get("/?part=notices&lang=en").text
    assert part.count("cannot be read") == 1 and "check the SD card" in part
    assert "new_kind_of_trouble" in part


def test_work_done_is_not_listed_among_what_was_refused(reader: Any, live: Live) -> None:
    live.counters.add("booked.records", 1_207)
    live.counters.add("booked.duplicates", 3)
    part = reader.get("/?part=counters&lang=en").text
    assert "1,207" not in part and "booked.duplicates" in part


def test_late_and_duplicate_taps_are_marked_with_words(reader: Any, live: Live, tap: Make) -> None:
    live.add_taps([tap(7, late=True), tap(7, duplicate=True)])
    part = reader.get("/?part=taps&lang=en").text
    assert "Late" in part and "Duplicate" in part
    assert 'data-key="7"' in part and 'data-key="7d"' in part


def test_an_old_code_is_marked_with_words(reader: Any, live: Live, tap: Make) -> None:
    assert "Old code" not in reader.get("/?part=taps&lang=en").text
    live.add_taps([tap(5, outcome="unknown", reason="stale", member=None, name=None, tier=None)])
    assert "Old code" in reader.get("/?part=taps&lang=en").text


def test_the_console_leads_to_the_guests_wifi(reader: Any) -> None:
    assert 'href="/wifi"' in reader.get("/").text


def test_sync_shows_the_lag_and_the_age_in_words(live: Live, settings: GatewaySettings) -> None:
    from zoneinfo import ZoneInfo

    shop = views.Shop("s", ZoneInfo("Asia/Shanghai"), True)
    live.set_sync(seq=300, as_of=299)
    view = views.sync(live, shop, live.cache["synced_at_ms"] + 180_000)
    assert (view["share"], view["waiting"], view["age_ms"]) == (99, 1, 180_000)
    assert views.sync(Live("g", live.counters), shop, 0)["age_ms"] is None


TROUBLE = {
    "code": "hq_nonsense",
    "zh-CN": {"what": "总部地址的回答无法理解", "do": "请检查 hq_url。"},
    "en": {"what": "It does not speak as HQ does", "do": "Check hq_url."},
    "since_ms": 1_000,
    "times": 1_234,
}


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_bridges_trouble_is_said_in_the_pages_language(
    reader: Any, live: Live, bridge: Make, language: str
) -> None:
    live.set_bridge(bridge(trouble=TROUBLE, backlog=4_321))
    other = {"en": "zh-CN", "zh-CN": "en"}[language]
    part = reader.get(f"/?part=sync&lang={language}").text
    for said in ("what", "do"):
        assert TROUBLE[language][said] in part and TROUBLE[other][said] not in part  # type: ignore[index]
    assert "1,234" in part and "4,321" in part


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("silent", "Nothing heard from the bridge for"),
        ("absent", "Start shopbell bridge"),
        ("foreign", "Set gateway_id in [bridge]"),
        ("nonsense", "the same release"),
        ("unreadable", "bridge.json in run_dir"),
    ],
)
def test_a_bridge_that_is_not_running_is_said_with_what_to_do_and_no_old_trouble(
    reader: Any, live: Live, bridge: Make, state: str, said: str
) -> None:
    live.set_bridge(bridge(state=state, trouble=TROUBLE))
    part = reader.get("/?part=sync&lang=en").text
    assert said in part and "notice no" in part
    assert "It does not speak" not in part and "Still to send" not in part


def test_a_bridge_that_has_heard_nothing_of_hq_says_so(reader: Any, live: Live, bridge: Make) -> None:
    live.set_bridge(bridge(last_contact_ms=0, backlog=None))
    part = reader.get("/?part=sync&lang=en").text
    assert "not since it started" in part and "Still to send" not in part


def test_a_snapshot_under_way_is_counted_in_rows(reader: Any, live: Live, bridge: Make) -> None:
    assert "Fetching a whole" not in reader.get("/?part=sync&lang=en").text
    live.set_bridge(bridge(cache={**bridge()["cache"], "snapshot_rows": 12_000}))
    assert "12,000 rows" in reader.get("/?part=sync&lang=en").text


def test_what_the_bridge_counted_is_explained_apart_and_its_work_left_out(
    reader: Any, live: Live, bridge: Make
) -> None:
    live.set_bridge(bridge(counters={"sent": 1_207, "hq_nonsense": 42, "of_a_later_release": 3}))
    part = reader.get("/?part=counters&lang=en").text
    assert "The bridge, since it started" in part and "nothing was refused" not in part
    assert "HQ&#39;s address gave an answer" in part and "bridge.of_a_later_release" in part
    assert "1,207" not in part


def test_times_are_the_stores_own(live: Live, tap: Make) -> None:
    from zoneinfo import ZoneInfo

    shop = views.Shop("s", ZoneInfo("Asia/Shanghai"), True)
    rows = views.taps(live, shop, live.taps()[0]["at"] + 24 * 3_600_000)["rows"]
    assert (rows[0]["time"], rows[0]["date"]) == ("10:00:00", "01-01")


def test_devices_that_are_gone_come_first(live: Live, device: Make) -> None:
    from zoneinfo import ZoneInfo

    live.set_device(
        "z-last", device("z-last", state="offline", counters={"outbox.full": 0, "reader.resets": 2})
    )
    rows = views.devices(live, views.Shop("s", ZoneInfo("UTC"), True), 0)["rows"]
    assert [(row["device"], row["state"]) for row in rows] == [("z-last", "offline"), ("counter-1", "online")]
    assert rows[0]["counts"] == [{"name": "reader.resets", "count": 2, "key": ""}]
