"""A newcomer at the bench page of a real `shopbell run`, in a headless Chromium: everything by clicking."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.core.event import Event
from gateway.core.evidence import FRESH
from gateway.core.promises import BY_BEACON, BY_TAG, Enrol, Here
from hardware_tests.virtual.bench.words import WORDS
from shopbell.look.words import say
from tests.system.ledger_file import LedgerFile
from tests.system.made_run import MadeRun
from tests.system.process import until
from tests.system.screens import is_named, lit, pixels_of, screen_for

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
expect = playwright.expect
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PATIENCE_MS = 30_000  # terminals come back to a broker within their back-off
TERMINAL = "counter-1"
COME_IN_S = 90.0  # a tag that nobody heard yet proves itself by its next identity, 32 s later
NEAR_DBM = -75  # the counter's beacon is two metres away, the next one seven
LIN, EMMA, CHEN = "林晓雯", "Emma Clarke", "陈建国"
# The canvas as a display's bytes: each one column of eight rows, the lowest bit on top.
READ_CANVAS = """canvas => {
  const { width, height } = canvas, bytes = [];
  const dots = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  for (let at = 0; at < width * height / 8; at++) {
    const column = at % width, top = (at - column) / width * 8;
    let byte = 0;
    for (let row = 0; row < 8; row++) if (dots[((top + row) * width + column) * 4 + 3]) byte |= 1 << row;
    bytes.push(byte);
  }
  return bytes;
}"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeRun]:
    with MadeRun(tmp_path_factory.mktemp("h")) as running:
        yield running


@pytest.fixture(scope="module")
def ledger(made: MadeRun) -> LedgerFile:
    """Once whoever carries the tag has come in: later events are the tests' own."""
    held = LedgerFile(made.gateway().data_dir)
    came = lambda: [one for one in held.events(0) if getattr(one.act, "proof", "") == BY_TAG]  # noqa: E731
    until(came, "the tag's member has come in", COME_IN_S)
    return held


@pytest.fixture(scope="module")
def page(browser: Any, made: MadeRun) -> Iterator[Any]:
    """The bench in English, and no error in its scripts all the while."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 1000})
    context.set_default_timeout(PATIENCE_MS)
    opened = context.new_page()
    expect.set_options(timeout=PATIENCE_MS)
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(made.url("RUN__BENCH_PORT"))
    expect(opened.locator("[data-live]").first).to_have_attribute("data-live", "open")
    yield opened
    context.close()
    assert not errors


def hold(page: Any, what: str, name: str) -> None:
    """Press a person's card ("tap") or code ("code") in the drawer; it goes to TERMINAL once it is free."""
    page.locator(f"[data-terminal={TERMINAL}]:not(.held-tap):not(.held-code)").wait_for()
    page.locator(f"[data-terminal={TERMINAL}] input[type=radio]").check(force=True)
    hands = page.locator(f".tile:has-text({name!r}) .hand[data-act={what}]")
    hands.first.click()


def plug(page: Any, name: str) -> Any:
    return page.locator(f"[data-plug='{name}']")


def turn(page: Any, name: str, on: bool) -> None:
    """Click a plug, and see it turned."""
    plug(page, name).click()
    expect(plug(page, name)).to_have_attribute("aria-checked", "true" if on else "false")
    expect(plug(page, name)).not_to_have_attribute("aria-busy", "true")


def booked(ledger: LedgerFile, after: int) -> Event:
    """The one record booked behind `after`."""
    (event,) = until(lambda: ledger.records(after), "it is booked", PATIENCE_MS / 1000)
    return event


def drawn(page: Any) -> bytes:
    """What the page draws as the terminal's display."""
    return bytes(page.locator(f"[data-terminal={TERMINAL}] canvas").evaluate(READ_CANVAS))


def see_answer(page: Any, made: MadeRun, event: Event) -> None:
    """The drawn display shows the pixels the gateway drew for this event, the log its row."""
    wanted = pixels_of(screen_for(made.gateway(), event))
    assert lit(wanted) > 100
    until(lambda: drawn(page) == wanted, "the answer is on the drawn display")
    row = page.locator(f"[data-part=store] li:has(.seq:text-is('{event.seq}'))").first
    expect(row).to_contain_text(TERMINAL)
    expect(row).to_contain_text(say("outcome." + event.outcome.name, "en"))


def see_at_hq(page: Any, event: Event) -> None:
    """HQ's side of the page shows the event, once."""
    expect(page.locator(f"[data-part=hq] li[data-key='{event.seq}']")).to_have_count(1)
    expect(page.locator("[data-lag-word]")).to_contain_text("0 behind")


def test_a_click_on_a_card_is_greeted_logged_and_at_hq(page: Any, made: MadeRun, ledger: LedgerFile) -> None:
    before = ledger.tip()
    hold(page, "tap", LIN)
    event = booked(ledger, before)
    see_answer(page, made, event)
    see_at_hq(page, event)
    expect(page.locator(f"[data-terminal={TERMINAL}] [data-screen-ms]")).to_have_text(re.compile(r"^\d+$"))
    expect(page.locator(f"[data-terminal={TERMINAL}] [data-decide-ms]")).to_have_text(
        re.compile(r"^\d+\.\d$")
    )


def test_a_click_on_a_code_is_greeted_too(page: Any, made: MadeRun, ledger: LedgerFile) -> None:
    before = ledger.tip()
    hold(page, "code", EMMA)
    event = booked(ledger, before)
    assert event.type == "scan.seen"
    see_answer(page, made, event)
    see_at_hq(page, event)


def test_a_phone_joins_the_wifi_and_its_member_card_is_greeted_at_the_counter(
    page: Any, made: MadeRun, ledger: LedgerFile
) -> None:
    before = ledger.tip()
    page.locator("[data-handset-join]").click()
    screen = page.frame_locator("[data-handset-frame]")
    screen.locator("input[name=name]").fill("陈小满")
    screen.locator("form[action*=join] button").first.click()
    expect(screen.locator("body")).to_contain_text("because it is your first visit")
    expect(page.locator("[data-handset-state]")).to_have_text(say("handset.captive", "en", WORDS))
    screen.locator("form[action*=connect] button").first.click()
    expect(page.locator("[data-handset-state]")).to_contain_text("Online until")
    expect(page.locator("[data-step=wifi]")).to_have_class(re.compile("done"))
    (guest,) = [event.act.member for event in ledger.events(before) if isinstance(event.act, Enrol)]
    until(lambda: is_named(made.gateway(), guest), "the name has been at HQ and back", PATIENCE_MS / 1000)
    before = ledger.tip()
    page.locator(f"[data-terminal={TERMINAL}] input[type=radio]").check(force=True)
    page.locator("[data-handset-card]").click()
    event = booked(ledger, before)
    assert event.evidence is not None and event.evidence.level == FRESH
    see_answer(page, made, event)
    shake(page, ledger, guest)
    page.locator("[data-handset-leave]").click()
    expect(page.locator("[data-handset-state]")).to_have_text(say("handset.away", "en", WORDS))


def loudest(page: Any) -> int:
    """How strongly the phone hears the beacon that it hears best, in dBm."""
    heard = page.evaluate("fetch('/v1/phone/heard').then((answer) => answer.json())")["heard"]
    return max((int(one["rssi"]) for one in heard), default=-127)


def shake(page: Any, ledger: LedgerFile, guest: str) -> None:
    """At the counter the phone is shaken, as an app would be that hears its beacon: a dot on the plan."""
    page.get_by_role("group", name=say("floor.walk.phone", "en", WORDS)).get_by_text("Counter").click()
    until(lambda: loudest(page) > NEAR_DBM, "an app on the phone hears the counter's beacon")
    page.locator("[data-handset-shake]").click()
    screen = page.frame_locator("[data-handset-frame]")
    expect(screen.locator(".here")).to_contain_text("You are at: Counter")
    expect(screen.locator("main")).to_contain_text("+5")
    expect(page.locator(f".floor-person[data-member='{guest}']")).to_be_attached()
    expect(page.locator("[data-step=shake]")).to_have_class(re.compile("done"))
    (here,) = [event.act for event in ledger.events(0) if isinstance(event.act, Here) and event.act.ticket]
    assert (here.member, here.proof, here.beacon) == (guest, BY_BEACON, "beacon-counter")


def test_with_the_internet_plug_pulled_the_greeting_is_the_same_and_hq_catches_up(
    page: Any, made: MadeRun, ledger: LedgerFile
) -> None:
    turn(page, "internet", False)
    before = ledger.tip()
    hold(page, "tap", LIN)
    event = booked(ledger, before)
    assert event.outcome.name == "greeted"
    see_answer(page, made, event)
    expect(page.locator("[data-lag-word]")).to_contain_text("1 behind")
    expect(page.locator(f"[data-part=hq] li[data-key='{event.seq}']")).to_have_count(0)
    turn(page, "internet", True)
    see_at_hq(page, event)


def test_with_the_broker_plug_pulled_the_tap_is_kept_and_booked_later(page: Any, ledger: LedgerFile) -> None:
    turn(page, "broker", False)
    before = ledger.tip()
    hold(page, "tap", CHEN)
    expect(page.locator(f"[data-terminal={TERMINAL}] .light")).to_have_attribute("data-light", "amber")
    assert ledger.records(before) == []
    turn(page, "broker", True)
    event = booked(ledger, before)
    assert event.outcome.name == "greeted"
    see_at_hq(page, event)
    assert len(ledger.records(before)) == 1


def test_with_its_power_plug_pulled_a_terminal_is_dark_and_comes_back(
    page: Any, made: MadeRun, ledger: LedgerFile
) -> None:
    power = f"power:{TERMINAL}"
    terminal = page.locator(f"[data-terminal={TERMINAL}]")
    turn(page, power, False)
    expect(terminal).to_have_attribute("data-state", "off")
    until(lambda: lit(drawn(page)) == 0, "the display is dark")
    turn(page, power, True)
    expect(terminal).to_have_attribute("data-state", "running")
    until(lambda: lit(drawn(page)) > 0, "the display is lit again")
    before = ledger.tip()
    hold(page, "tap", LIN)
    event = booked(ledger, before)
    see_at_hq(page, event)
    assert event.outcome.name == "greeted"


def test_the_page_speaks_both_languages(page: Any) -> None:
    page.locator("nav.languages a[lang=zh-CN]").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator("#drawer-title")).to_have_text("抽屉里的卡和码")
    page.locator("nav.languages a[lang=en]").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#drawer-title")).to_have_text("Cards and codes in the drawer")


def test_the_console_shows_the_tap_as_it_comes(
    browser: Any, page: Any, made: MadeRun, ledger: LedgerFile
) -> None:
    context = browser.new_context(locale="en-GB")
    console = context.new_page()
    console.goto(made.console())
    before = ledger.tip()
    hold(page, "tap", EMMA)
    event = booked(ledger, before)
    row = console.locator(f"[data-part=taps] tr[data-key^='{event.seq}']").first
    expect(row).to_contain_text("E**")
    expect(row).to_contain_text(TERMINAL)
    assert "token" not in console.url
    context.close()
