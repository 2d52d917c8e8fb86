"""The console's pages: both languages, without JavaScript, part by part, safe with others' text."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from gateway.adapters.http import build_app, views
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


def test_names_of_others_are_text(reader: Any, live: Live, tap: Make, device: Make) -> None:
    bad = "<img src=x onerror=alert(1)>"
    live.add_taps([tap(9, device=bad, name=bad, tier=bad)])
    live.set_device(bad, device(bad, firmware=bad, role=bad, counters={bad: 3}))
    live.raise_alarm(bad)
    live.counters.add(bad)
    page = reader.get("/").text
    assert "<img" not in page and page.count("&lt;img") >= 6


def test_an_empty_gateway_says_what_to_do(open_client: Any, settings: GatewaySettings, token: str) -> None:
    from gateway.counters import Counters

    app = build_app(Live("s1-gateway", Counters()), settings, token)
    client = open_client(app, "http://localhost", token)
    page = client.get("/?lang=en").text
    for said in ("Nobody has tapped yet", "No device has reported yet", "nothing was refused", "No members"):
        assert said in page


def test_the_unsecured_broker_is_said_on_top(open_client: Any, live: Live, token: str) -> None:
    settings = GatewaySettings(id="g", store="s", broker_secured=False)
    client = open_client(build_app(live, settings, token), "http://localhost", token)
    assert "neither encrypted nor authenticated" in client.get("/?lang=en").text


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


def test_sync_shows_the_lag_and_the_age_in_words(live: Live, settings: GatewaySettings) -> None:
    from zoneinfo import ZoneInfo

    shop = views.Shop("s", ZoneInfo("Asia/Shanghai"), True)
    live.set_sync(seq=300, as_of=299)
    view = views.sync(live, shop, live.cache["synced_at_ms"] + 180_000)
    assert (view["share"], view["waiting"], view["age_ms"]) == (99, 1, 180_000)
    assert views.sync(Live("g", live.counters), shop, 0)["age_ms"] is None


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
