"""The page of the guests' Wi-Fi, before a portal on a real socket: who sees it, what it says and asks."""

import asyncio
import re
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from gateway.adapters.http import build_app
from gateway.adapters.http.books import Books
from gateway.adapters.http.wifi import amount
from gateway.lines import own_uid, refusal, serve
from gateway.live import Live
from gateway.portal.settings import CONTROL_SOCKET
from gateway.settings import GatewaySettings
from tests.browser import Servers

NOW_MS = 1_767_232_800_000
MINUTE_MS = 60_000

Act = Callable[[httpx.AsyncClient], Awaitable[Any]]


def session(id_: str, **changes: Any) -> dict[str, Any]:
    """A phone online, as the portal tells it."""
    plain = {
        "id": id_,
        "door": "join",
        "member": None,
        "mac": "3a:7f",
        "ip": "10.77.0.61",
        "since_ms": NOW_MS - 12 * MINUTE_MS,
        "until_ms": NOW_MS + 48 * MINUTE_MS,
        "class": "guest",
        "down_bytes": 12_345_678,
        "up_bytes": 910_000,
        "extensions": 0,
        "enforced": True,
    }
    return plain | changes


class Portal:
    """A portal that keeps what it was asked; it answers `answers` where that is set."""

    def __init__(self) -> None:
        member = {"member": "m-0001", "class": "member", "mac": "c0:de", "until_ms": NOW_MS + 20 * MINUTE_MS}
        self.sessions = [session("aa11bb22"), session("cc33dd44", **member, extensions=2)]
        self.enforced = self.wan = True
        self.more: dict[str, Any] = {}  # what a later portal says besides
        self.answer: Any = None
        self.asked: list[dict[str, Any]] = []

    async def handle(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(asked)
        if self.answer is not None:
            return dict(self.answer)
        if asked["do"] == "sessions":
            said = {"sessions": self.sessions, "enforced": self.enforced, "wan": self.wan}
            return {
                "ok": True,
                **said,
                **self.more,
                "counters": {"portal.captures": 1_204, "portal.never": 0},
            }
        found = next((each for each in self.sessions if each["id"] == asked["session"]), None)
        if found is None:
            return refusal("unknown")
        if asked["do"] == "end":
            self.sessions.remove(found)
        else:
            found["until_ms"] += asked["minutes"] * MINUTE_MS
        return {"ok": True}


@pytest.fixture
def portal() -> Portal:
    return Portal()


@pytest.fixture
def run_dir() -> Iterator[Path]:
    """Short enough for a socket's name, whatever the test is called."""
    with tempfile.TemporaryDirectory(prefix="wifi") as folder:
        yield Path(folder)


@pytest.fixture
def play(
    live: Live, settings: GatewaySettings, token: str, books: Books, portal: Portal, run_dir: Path, clock: Any
) -> Callable[..., Any]:
    """play(act) runs act(browser) for the owner; away=True: nobody listens, shown="": a stranger."""

    async def run(act: Act, away: bool, shown: str) -> Any:
        app = build_app(live, replace(settings, run_dir=str(run_dir)), token, books, b"k" * 32, clock)
        door = None
        if not away:
            door = await serve(run_dir / CONTROL_SOCKET, {own_uid()}, portal.handle, lambda name: None)
        headers = {"authorization": f"Bearer {shown}"} if shown else {}
        transport = httpx.ASGITransport(app)
        try:
            async with httpx.AsyncClient(
                transport=transport, base_url="http://127.0.0.1", headers=headers
            ) as browser:
                return await act(browser)
        finally:
            if door is not None:
                await door.close()

    return lambda act, away=False, shown=token: asyncio.run(run(act, away, shown))


def text_of(answer: httpx.Response) -> str:
    """What a person reads of a page."""
    main = answer.text.partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


async def shown(browser: httpx.AsyncClient, query: str = "?lang=en") -> str:
    answer = await browser.get(f"/wifi{query}")
    assert answer.status_code == 200, answer.text
    return text_of(answer)


def test_it_lists_who_is_online_whose_time_ends_first_above(play: Callable[..., Any]) -> None:
    said = play(shown)
    assert said.index("林**") < said.index("…3a:7f")
    for part in (
        "2 online, 1 of them members", "20 min left", "48 min left", "extended 2 times", "Member speed",
        "Device …c0:de, address 10.77.0.61 · online since 12 min ago · 12.3 MB down, 910 kB up",
        "portal.captures 1,204",
    ):  # fmt: skip
        assert part in said, part
    assert "portal.never" not in said


def test_it_speaks_chinese(play: Callable[..., Any]) -> None:
    said = play(lambda browser: shown(browser, "?lang=zh-CN"))
    assert "2 台在线，其中会员 1 台" in said and "加 30 分钟" in said and "现在断开" in said


def test_a_member_links_to_their_page_and_nobody_else_does(play: Callable[..., Any]) -> None:
    answer = play(lambda browser: browser.get("/wifi"))
    assert re.findall(r'href="(/members/[^"]*)"', answer.text) == ["/members/m-0001"]


def test_a_member_that_this_store_does_not_know_is_a_member(play: Callable[..., Any], portal: Portal) -> None:
    portal.sessions[1]["member"] = "p-unknown"
    assert "Member Member speed" in play(shown)


def test_nobody_online_is_said(play: Callable[..., Any], portal: Portal) -> None:
    portal.sessions.clear()
    assert "No guest is online now." in play(shown)


def test_a_portal_that_is_away_is_said_with_what_to_do(play: Callable[..., Any], live: Live) -> None:
    said = play(shown, away=True)
    assert "The guests' pages do not answer" in said.replace("&#39;", "'") and "shopbell portal" in said
    assert live.counters.get("wifi.portal_away") == 1


@pytest.mark.parametrize(
    "answer",
    [
        refusal("bad_request"),
        {"ok": True, "sessions": [{"id": 7}], "enforced": True, "wan": True},
        {"ok": True, "sessions": [session("a") | {"class": "king"}], "enforced": True, "wan": True},
    ],
)
def test_a_portal_of_another_mind_is_away(play: Callable[..., Any], portal: Portal, answer: Any) -> None:
    portal.answer = answer
    assert "shopbell portal" in play(shown)


def test_what_netd_does_not_enforce_is_said(play: Callable[..., Any], portal: Portal) -> None:
    portal.enforced = portal.sessions[0]["enforced"] = False
    said = play(shown)
    assert "shopbell netd" in said and said.count("Not let through yet") == 1


@pytest.mark.parametrize("enforced", [True, False])
def test_where_nothing_is_enforced_that_alone_is_said(
    play: Callable[..., Any], portal: Portal, enforced: bool
) -> None:
    portal.more = {"simulated": True, "from_a_later_portal": 1}
    portal.enforced = portal.sessions[0]["enforced"] = enforced
    said = play(shown)
    assert "A demonstration: nothing is enforced" in said
    assert "Not let through yet" not in said and "does not answer" not in said


def test_an_internet_that_is_out_is_said(play: Callable[..., Any], portal: Portal) -> None:
    portal.wan = False
    assert "The internet is out" in play(shown)


def test_end_now_ends_it_and_says_so(play: Callable[..., Any], portal: Portal) -> None:
    async def press(browser: httpx.AsyncClient) -> str:
        answer = await browser.post("/wifi/aa11bb22/end")
        assert (answer.status_code, answer.headers["location"]) == (303, "/wifi?said=end")
        return await shown(browser, "?said=end&lang=en")

    assert "It is ended" in play(press)
    assert [each["id"] for each in portal.sessions] == ["cc33dd44"]


def test_two_presses_give_thirty_minutes_once(play: Callable[..., Any], portal: Portal) -> None:
    until_ms = portal.sessions[0]["until_ms"]

    async def press(browser: httpx.AsyncClient) -> list[str]:
        form = {"until": str(until_ms)}
        answers = [await browser.post("/wifi/aa11bb22/extend", data=form) for _ in range(2)]
        return [answer.headers["location"] for answer in answers]

    assert play(press) == ["/wifi?said=extend", "/wifi?said=changed"]
    assert portal.sessions[0]["until_ms"] == until_ms + 30 * MINUTE_MS
    assert [each["minutes"] for each in portal.asked if each["do"] == "extend"] == [30]


@pytest.mark.parametrize("until", ["", "x", "9" * 40, "-1", "１２"])
def test_a_form_that_is_not_ours_extends_nothing(
    play: Callable[..., Any], portal: Portal, until: str
) -> None:
    answer = play(lambda browser: browser.post("/wifi/aa11bb22/extend", data={"until": until}))
    assert answer.headers["location"] == "/wifi?said=changed"
    assert "extend" not in [each["do"] for each in portal.asked]


@pytest.mark.parametrize("what", ["end", "extend"])
@pytest.mark.parametrize("name", ["00000000", "no%20id", "x" * 80])
def test_who_is_gone_is_gone(play: Callable[..., Any], name: str, what: str) -> None:
    answer = play(lambda browser: browser.post(f"/wifi/{name}/{what}", data={"until": "1"}))
    assert answer.headers["location"] == "/wifi?said=gone"


@pytest.mark.parametrize(("error", "became"), [("full", "busy"), ("busy", "busy"), ("no_lease", "gone")])
def test_what_the_portal_refuses_is_said(
    play: Callable[..., Any], portal: Portal, error: str, became: str
) -> None:
    portal.answer = refusal(error)
    answer = play(lambda browser: browser.post("/wifi/aa11bb22/end"))
    assert answer.headers["location"] == f"/wifi?said={became}"


@pytest.mark.parametrize("what", ["end", "extend"])
def test_a_button_while_the_portal_is_away_says_so(play: Callable[..., Any], what: str) -> None:
    answer = play(lambda browser: browser.post(f"/wifi/aa11bb22/{what}", data={"until": "1"}), away=True)
    assert answer.headers["location"] == "/wifi?said=away"


def test_words_that_are_not_ours_are_not_said(play: Callable[..., Any]) -> None:
    assert play(lambda browser: shown(browser, "?said=<b>nonsense")).count("notice") == 0


def test_a_part_alone_is_the_part(play: Callable[..., Any]) -> None:
    answer = play(lambda browser: browser.get("/wifi?part=wifi"))
    assert answer.text.lstrip().startswith('<section class="sheet" data-part="wifi"')
    assert play(lambda browser: browser.get("/wifi?part=other")).status_code == 404


@pytest.mark.parametrize("path", ["/wifi", "/wifi/aa11bb22/end", "/wifi/aa11bb22/extend"])
def test_a_stranger_sees_and_ends_nothing(play: Callable[..., Any], portal: Portal, path: str) -> None:
    ask = "get" if path == "/wifi" else "post"
    answer = play(lambda browser: getattr(browser, ask)(path), shown="")
    assert answer.status_code == 401
    assert portal.asked == []


def test_a_clerk_with_a_session_sees_it(play: Callable[..., Any]) -> None:
    async def look(browser: httpx.AsyncClient) -> str:
        entered = await browser.post("/v1/staff/sign_in", json={"badge": "BADGE-CHEN", "till": "till-1"})
        assert entered.status_code == 200, entered.text
        return await shown(browser)

    assert "2 online" in play(look, shown="")


def test_a_foreign_page_ends_nobody(play: Callable[..., Any], portal: Portal) -> None:
    async def press(browser: httpx.AsyncClient) -> int:
        headers = {"origin": "http://evil.example"}
        return (await browser.post("/wifi/aa11bb22/end", headers=headers)).status_code

    assert play(press) == 403
    assert len(portal.sessions) == 2


def test_what_the_portal_says_cannot_become_a_script(play: Callable[..., Any], portal: Portal) -> None:
    bad = "<script>alert(1)</script>"
    portal.sessions[0] |= {"mac": bad, "ip": bad, "id": bad}
    answer = play(lambda browser: browser.get("/wifi"))
    assert bad not in answer.text and "&lt;script&gt;" in answer.text


@pytest.mark.parametrize(
    ("count", "said"),
    [(-5, "0 B"), (0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (99_600, "100 kB"), (999_600, "1.0 MB"),
     (12_345_678, "12.3 MB"), (5 * 10**15, "5000 TB")],
)  # fmt: skip
def test_bytes_are_said_as_people_read_them(count: int, said: str) -> None:
    assert amount(count) == said


# -- in a browser


@pytest.fixture
def at_wifi(
    live: Live,
    settings: GatewaySettings,
    token: str,
    books: Books,
    portal: Portal,
    run_dir: Path,
    open_at: Any,
) -> Iterator[Callable[..., Any]]:
    with Servers() as running:
        app = build_app(live, replace(settings, run_dir=str(run_dir)), token, books, now_ms=lambda: NOW_MS)
        running.start(app)
        doors: list[Any] = []

        async def listen() -> None:
            doors.append(await serve(run_dir / CONTROL_SOCKET, {own_uid()}, portal.handle, lambda name: None))

        tasks: list[Any] = []
        running.call(lambda: tasks.append(asyncio.ensure_future(listen())))

        def opened(language: str = "en", complaints: list[str] | None = None, **options: Any) -> Any:
            address = f"{running.addresses[0]}/wifi?token={token}&lang={language}"
            return open_at(address, complaints, **options)

        yield opened


@pytest.mark.browser
def test_end_now_asks_once_more_and_works_with_the_keyboard(
    at_wifi: Callable[..., Any], portal: Portal
) -> None:
    problems: list[str] = []
    page = at_wifi("en", problems)
    row = page.locator('[data-key="aa11bb22"]')
    row.locator("summary").focus()
    page.keyboard.press("Enter")
    button = row.get_by_role("button", name="End Guest")
    button.wait_for()
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_text("It is ended").wait_for()
    assert [each["id"] for each in portal.sessions] == ["cc33dd44"]
    assert problems == []


@pytest.mark.browser
def test_it_works_without_scripts(at_wifi: Callable[..., Any], portal: Portal) -> None:
    until_ms = portal.sessions[1]["until_ms"]
    page = at_wifi("zh-CN", java_script_enabled=False)
    page.locator('[data-key="cc33dd44"]').get_by_role("button", name="加 30 分钟").click()
    page.get_by_text("已加时").wait_for()
    assert portal.sessions[1]["until_ms"] == until_ms + 30 * MINUTE_MS


@pytest.mark.browser
@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("size", [(320, 640), (1280, 900)], ids=lambda size: str(size[0]))
def test_it_fits_and_its_buttons_can_be_touched(
    at_wifi: Callable[..., Any], portal: Portal, size: tuple[int, int], language: str
) -> None:
    portal.sessions[0]["enforced"] = portal.enforced = False
    page = at_wifi(language, viewport={"width": size[0], "height": size[1]})
    page.locator("#end-aa11bb22 summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    tall = "all => all.map(each => each.getBoundingClientRect().height)"
    assert min(page.locator("main .button:visible").evaluate_all(tall)) >= 44
