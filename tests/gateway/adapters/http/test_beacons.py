"""The page of beacons and visitors, and the plan on the console: who sees it, and what it says."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import httpx
import pytest

from gateway.adapters.http import beacon_views, beacon_words, build_app
from gateway.adapters.http.beacon_views import DOTS_MAX, LISTED_SHORT, WIDE
from gateway.adapters.http.books import Books
from gateway.adapters.http.console import FOLDER
from gateway.errors import LedgerRefused
from gateway.live import NO_PRESENCE, Live
from gateway.presence import health
from gateway.settings import GatewaySettings
from tests.gateway.adapters.http.shop_floor import (
    COUNTS,
    DAY,
    MINUTE_MS,
    NOW_MS,
    person,
    sender,
    shop_floor,
    zone,
)


@pytest.fixture
def owner(reader: Any, live: Live, register: Any) -> Any:
    """The owner's browser, in a shop where all is well."""
    live.set_presence(shop_floor())
    register.counts[DAY] = COUNTS
    return reader


def text_of(answer: httpx.Response) -> str:
    """What a person reads of a page or a part."""
    assert answer.status_code == 200, answer.text
    main = answer.text.partition("<main")[2] or answer.text
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


def changed(name: str, state: str, **changes: Any) -> dict[str, Any]:
    """The shop with one beacon in another state."""
    plain = shop_floor()
    beacons = [
        each | {"state": state} | changes if each["beacon"] == name else each for each in plain["beacons"]
    ]
    return plain | {"beacons": beacons}


# -- the page


def test_it_says_who_is_here_where_and_since_when(owner: Any) -> None:
    said = text_of(owner.get("/beacons?lang=en"))
    for part in (
        "3 members in the store now", "Door 1 林** carries a tag · 3 min",
        "Shelves 1 陈** shook near a beacon",
        "In the store, place unknown 1 Member shook on the store's Wi-Fi",
        "4 of 4 well", "1 members' tags heard",
    ):  # fmt: skip
        assert part in said, part


def test_it_speaks_chinese(owner: Any) -> None:
    said = text_of(owner.get("/beacons?lang=zh-CN"))
    assert "现在有 3 位会员在店里" in said and "货架 1" in said and "今天，2026-01-01" in said
    assert not re.search(r"[a-z]{3,}\.[a-z]{3,}", said), "a key that nobody translated"


def test_it_counts_shakes_visitors_and_conversion_by_beacon_and_hour(owner: Any) -> None:
    said = text_of(owner.get("/beacons?part=visits&lang=en"))
    assert "beacon-door Door Shakes 30 Visitors 35 of them redeemed 12 34 %" in said
    assert "09:00–09:59 21 24 9 38 %" in said and "08:00–08:59 9 11 3 27 %" in said
    assert said.index("beacon-shelves") < said.index("Store Wi-Fi (no beacon)"), "the network comes last"


def test_another_day_is_that_days_and_leads_to_its_neighbours(owner: Any, register: Any) -> None:
    register.counts["2025-12-30"] = COUNTS[:1]
    answer = owner.get("/beacons?day=2025-12-30&lang=en")
    assert "Store Wi-Fi" in text_of(answer) and "beacon-shelves Shelves Shakes" not in text_of(answer)
    assert re.findall(r'"/beacons\?day=([\d-]+)"', answer.text) == ["2025-12-29", "2025-12-31"]
    assert 'data-part="visits"' not in answer.text, "a live part would be drawn again as today's"


@pytest.mark.parametrize(
    "day", ["", "2026-01-02", "9999-12-31", "0001-01-01", "today", "2026-1-1", "<b>", DAY]
)
def test_a_day_that_is_none_or_still_to_come_is_today(owner: Any, day: str) -> None:
    answer = owner.request("GET", "/beacons", params={"day": day, "lang": "en"})
    assert f"Today, {DAY}" in text_of(answer)
    assert re.findall(r'"/beacons\?day=([\d-]+)"', answer.text) == ["2025-12-31"]


def test_a_day_without_anybody_says_so(owner: Any, register: Any) -> None:
    register.counts.clear()
    assert "No shake and no tag on this day." in text_of(owner.get("/beacons?lang=en"))


def test_a_ledger_that_cannot_be_read_is_said_and_the_rest_is_there(owner: Any, register: Any) -> None:
    def refuse(day: str | None = None) -> Any:
        raise LedgerRefused("not now")

    register.presence_counts = refuse
    said = text_of(owner.get("/beacons?lang=en"))
    assert "The ledger cannot be read just now" in said and "beacon-door" in said


def test_without_beacons_it_says_how_to_get_some_and_still_counts_shakes(owner: Any, live: Live) -> None:
    live.set_presence(NO_PRESENCE)
    said = text_of(owner.get("/beacons?lang=en"))
    assert "No beacons yet" in said and "docs/hardware/beacons.md" in said and "Store Wi-Fi" in said
    assert "<svg viewBox" not in owner.get("/?part=floor").text


STATES = [
    getattr(health, name) for name in ("OK", "SILENT", "LOST", "MOVED", "CLONED", "CLOCK_LOST", "NEVER")
]


@pytest.mark.parametrize("state", STATES)
def test_every_state_of_a_beacon_has_a_word_and_what_to_do(owner: Any, live: Live, state: str) -> None:
    live.set_presence(changed("beacon-door", state))
    for language in (0, 1):
        said = text_of(owner.get(f"/beacons?part=senders&lang={('zh-CN', 'en')[language]}"))
        assert beacon_words.WORDS[f"sender.{state}"][language] in said
        key = f"sender.{state}.next"
        assert state == health.OK or beacon_words.WORDS[key][language].partition("{")[0] in said


def test_a_state_of_a_later_release_is_said_to_be_unknown(owner: Any, live: Live) -> None:
    live.set_presence(changed("beacon-door", "melted"))
    assert "A state unknown here" in text_of(owner.get("/beacons?part=senders&lang=en"))
    assert "melted" not in text_of(owner.get("/?lang=en"))


def test_what_is_wrong_comes_first_and_names_the_command_that_helps(owner: Any, live: Live) -> None:
    live.set_presence(changed("beacon-shelves", health.CLONED))
    said = text_of(owner.get("/beacons?part=senders&lang=en"))
    assert said.index("beacon-shelves") < said.index("beacon-counter")
    assert "shopbell device beacon beacon-shelves --new-key" in said


@pytest.mark.parametrize("state", [health.LOST, health.SILENT, health.MOVED])
def test_the_gateways_own_radio_has_words_of_its_own(owner: Any, live: Live, state: str) -> None:
    live.set_presence(changed("radio", state))
    said = text_of(owner.get("/beacons?part=senders&lang=en"))
    assert beacon_words.WORDS[f"sender.radio.{state}.next"][1] in said
    assert "gateway" in text_of(owner.get("/?part=notices&lang=en"))


def test_a_tag_is_listed_when_its_battery_is_low_or_its_identity_is_copied(owner: Any, live: Live) -> None:
    assert "tag-lin" not in text_of(owner.get("/beacons?part=senders"))
    live.set_presence(changed("tag-lin", health.OK, battery_mv=2_310))
    said = text_of(owner.get("/beacons?part=senders&lang=en"))
    assert "battery 2.31 V" in said and "battery nearly empty" in said
    live.set_presence(changed("tag-lin", health.CLONED))
    assert "shopbell device tag tag-lin --new-key" in text_of(owner.get("/beacons?part=senders&lang=en"))


# -- the console


@pytest.mark.parametrize(
    "state", [health.LOST, health.SILENT, health.MOVED, health.CLONED, health.CLOCK_LOST]
)
def test_a_beacon_in_trouble_is_said_on_top_of_the_console(owner: Any, live: Live, state: str) -> None:
    assert "notice " not in owner.get("/?part=notices").text
    live.set_presence(changed("beacon-door", state))
    for language in (0, 1):
        answer = owner.get(f"/?part=notices&lang={('zh-CN', 'en')[language]}")
        assert beacon_words.WORDS[f"notice.beacon_{state}"][language].format(alarm="beacon-door") in text_of(
            answer
        )
        assert beacon_words.WORDS[f"notice.beacon_{state}.next"][language] in text_of(answer)
        assert 'href="/beacons"' in answer.text


@pytest.mark.parametrize("language", [0, 1])
def test_a_file_of_beacons_that_cannot_be_used_is_said_here_and_on_the_console(
    owner: Any, live: Live, language: int
) -> None:
    lang = ("zh-CN", "en")[language]
    title = ("信标登记文件用不了", "The file of beacons cannot be used")[language]
    assert title not in text_of(owner.get(f"/beacons?lang={lang}"))
    live.set_presence(shop_floor(file_broken_ms=NOW_MS - 3 * MINUTE_MS))
    for path, key in (("/?part=notices", "notice.beacons_file"), ("/beacons?part=senders", "senders.file")):
        said = text_of(owner.get(f"{path}&lang={lang}"))
        assert title in said and beacon_words.WORDS[f"{key}.next"][language] in said


def test_troubles_of_one_kind_are_one_notice_and_a_tags_clock_is_none() -> None:
    many = [sender(f"beacon-{number}", health.LOST) for number in range(7)]
    tags = [sender("tag-1", health.CLOCK_LOST, kind="tag"), sender("tag-2", health.CLONED, kind="tag")]
    rows = beacon_views.troubles(shop_floor(beacons=many + tags))
    assert [(row["key"], row["alarm"]) for row in rows] == [
        ("notice.beacon_cloned", "tag-2"),
        ("notice.beacon_lost", "beacon-0, beacon-1, beacon-2, beacon-3, beacon-4, …"),
    ]


def test_the_console_has_a_small_plan_with_few_names_that_leads_to_the_page(owner: Any, live: Live) -> None:
    crowd = [person(f"m-{number}") for number in range(LISTED_SHORT + 4)]
    live.set_presence(shop_floor(people=crowd))
    answer = owner.get("/?lang=en")
    assert answer.text.count("data-dot=") == len(crowd) and answer.text.count('data-key="m-') == LISTED_SHORT
    assert "and 4 more" in text_of(answer) and 'href="/beacons"' in answer.text


# -- who may see it


def test_a_stranger_sees_nobody(stranger: Any, live: Live, token: str) -> None:
    live.set_presence(shop_floor())
    answer = stranger.get("/beacons")
    assert answer.status_code == 401 and "beacon-door" not in answer.text and "林**" not in answer.text
    entered = stranger.request("GET", "/beacons", params={"token": token, "lang": "en"})
    assert (entered.status_code, entered.headers["location"]) == (303, "/beacons?lang=en")
    assert "beacon-door" in stranger.get("/beacons").text


def test_a_clerk_with_a_session_sees_it(stranger: Any, live: Live) -> None:
    live.set_presence(shop_floor())
    entered = stranger.post("/v1/staff/sign_in", json={"badge": "BADGE-CHEN", "till": "till-1"})
    assert entered.status_code == 200
    assert "beacon-door" in stranger.get("/beacons").text


def test_a_part_alone_is_the_part(owner: Any) -> None:
    for part in ("floor", "people", "senders", "visits"):
        answer = owner.get(f"/beacons?part={part}")
        assert f'data-part="{part}"' in answer.text and "<html" not in answer.text
    assert owner.get("/beacons?part=taps").status_code == 404


def test_what_others_say_cannot_become_a_script(owner: Any, live: Live, register: Any) -> None:
    bad = "<img src=x onerror=alert(1)>"
    spoilt = shop_floor(
        zones=[zone(bad, (bad, bad), 30)],
        beacons=[sender(bad, bad, zone=bad), sender("tag", health.CLONED, kind="tag")],
        people=[person(bad, bad, zone=bad, proof=bad)],
    )
    live.set_presence(spoilt)
    register.counts[DAY] = [COUNTS[1] | {"beacon": bad, "place": bad}]
    for page in (owner.get("/beacons").text, owner.get("/").text):
        assert "<img" not in page and "&lt;img" in page
        assert "style=" not in page


# -- the plan's arithmetic


def test_places_are_drawn_to_scale_whatever_the_store_measures() -> None:
    for width_cm in (400, 1_200, 50_000):
        spot = person("m-1", x_cm=width_cm // 4, y_cm=width_cm // 8)
        view = beacon_views.floor(shop_floor(width_cm=width_cm, height_cm=width_cm // 2, people=[spot]))
        (dot,) = view["dots"]
        assert (view["height"], dot["x"], dot["y"]) == (WIDE // 2, WIDE // 4, WIDE // 8)


@pytest.mark.parametrize("side_cm", [40, 200, 340, 1_000])
def test_whoever_is_only_known_to_be_in_a_zone_is_drawn_inside_it(side_cm: int) -> None:
    part = zone("door", ("门口", "Door"), 100) | {"width_cm": side_cm, "height_cm": side_cm}
    crowd = [person(f"m-{number}", x_cm=None, y_cm=None) for number in range(DOTS_MAX)]
    view = beacon_views.floor(shop_floor(zones=[part], people=crowd))
    (shape,) = view["zones"]
    rows = {(dot["x"], dot["y"]) for dot in view["dots"]}
    assert all(shape["y"] <= y <= shape["y"] + shape["height"] + beacon_views.EDGE for _, y in rows)
    assert all(shape["x"] <= x <= shape["x"] + max(shape["width"], beacon_views.EDGE) for x, _ in rows)
    assert not any(dot["moves"] for dot in view["dots"])
    assert len(rows) > 1 or side_cm < 100, "they do not all stand on one spot"


def test_a_crowd_is_drawn_in_part_and_the_rest_is_counted(owner: Any, live: Live) -> None:
    live.set_presence(shop_floor(people=[person(f"m-{number}") for number in range(DOTS_MAX + 5)]))
    answer = owner.get("/beacons?part=floor&lang=en")
    assert answer.text.count("data-dot=") == DOTS_MAX and "5 more are not drawn" in text_of(answer)


def test_whoever_nobody_can_place_is_on_the_list_and_not_on_the_plan() -> None:
    alone = shop_floor(people=[person("m-1", zone=None, x_cm=None, y_cm=None)])
    assert beacon_views.floor(alone)["dots"] == []
    (group,) = beacon_views.people(alone, NOW_MS)["groups"]
    assert (group["zone"], group["rows"][0]["since_ms"]) == ("", 3 * MINUTE_MS)


@pytest.mark.parametrize(
    ("name", "width", "said"),
    [
        ("Door", 300, "Door"),
        ("门口", 300, "门口"),
        ("Door", 90, "Do…"),
        ("货架区域", 130, "货架…"),
        ("", 10, ""),
    ],
)
def test_a_zones_name_is_shortened_to_fit(name: str, width: int, said: str) -> None:
    assert beacon_views.shortened(name, width) == said


def test_bars_of_all_beacons_have_one_scale_and_none_is_too_high(owner: Any, register: Any) -> None:
    register.counts[DAY] = [COUNTS[0] | {"visitors": 1_000}, COUNTS[1] | {"visitors": 1, "redeemed": 0}]
    highs = re.findall(
        r'hours-visitors" x="\d+" y="(\d+)" width="\d+" height="(\d+)"',
        owner.get("/beacons?part=visits").text,
    )
    assert highs == [("46", "2"), ("0", "48")], "one visitor of a thousand is still seen"


# -- the words


def test_every_word_of_the_page_is_said() -> None:
    files = [file for file in FOLDER.iterdir() if file.suffix in (".j2", ".js")]
    sources = [*files, *(FOLDER.parent / name for name in ("beacon_views.py", "views.py"))]
    said = "".join(file.read_text("utf-8") for file in sources)
    made = ("sender.", "notice.", "people.proof.")  # put together from a state or a proof: tests above
    unsaid = [key for key in beacon_words.WORDS if f'"{key}"' not in said and not key.startswith(made)]
    assert unsaid == []


def test_the_app_works_without_presence_counts_of_a_day(
    live: Live, settings: GatewaySettings, token: str, books: Books, open_client: Callable[..., Any]
) -> None:
    """The clock of the page is the gateway's: the day is the store's own, not the machine's."""
    late = NOW_MS + 13 * 3_600_000 + 59 * MINUTE_MS  # 23:59 in Shanghai
    for at_ms, day in ((late, DAY), (late + MINUTE_MS, "2026-01-02")):
        app = build_app(live, settings, token, books, now_ms=lambda at=at_ms: at)
        assert f"Today, {day}" in text_of(open_client(app, token=token).get("/beacons?lang=en"))
