"""docs/checkins.md as it stands: commands to a gateway that hears beacons, and code in a browser."""

import json
import re
from typing import Any

import msgspec
import pytest

from firmware.protocol import eid
from gateway.adapters.http.books import Books
from gateway.adapters.http.checkin_operations import TICKET
from gateway.adapters.http.checkin_shapes import CheckInAsked, TicketUsed
from gateway.adapters.http.checkins import STATUSES
from gateway.clock import Clock
from gateway.enquiry import Enquiry
from gateway.guests.limits import TRIES_A_MINUTE, TRIES_BURST
from gateway.presence import limits
from gateway.presence.doors import open_doors
from gateway.presence.keeping import PresenceDb
from gateway.presence.service import Presence
from gateway.presence.tickets import ROUND_MS, TICKET_MS
from gateway.teller import Teller
from tests.docs import pages, played
from tests.docs.played import Step, shown
from tests.gateway.presence.beaconry import DOOR, SHOP
from tests.gateway.rig import NOON_MS, House

PAGE = pages.ROOT / "docs/checkins.md"
STEPS = list(played.steps(PAGE))
OLD_S = 300
CODE = "\n".join(re.findall(r"```js\n(.*?)```", pages.text(PAGE), re.DOTALL))

# A phone without WeChat: it keeps what is asked of it, and answers as the portal does.
PHONE = """
const asked = []
let tell = {}, page = {}
const wx = {
  onBeaconUpdate: (each) => { tell.beacons = each },
  onAccelerometerChange: (each) => { tell.motion = each },
  startBeaconDiscovery: ({ uuids }) => asked.push(['listen', uuids]),
  startAccelerometer: ({ interval }) => asked.push(['motion', interval]),
  stopBeaconDiscovery() {}, stopAccelerometer() {},
  request({ url, method, data, success }) {
    asked.push([method, url, data])
    success(url.endsWith('/v1/checkins') ? { statusCode: 201, data: { ticket: TICKET } } : ANSWER)
  },
}
function Page(made) { page = { ...made, data: { code: 'ABCD-EFGH' }, shown: {},
  setData(more) { Object.assign(this.shown, more) } } }
"""
HEARD = [{"uuid": "F0018B9B-7509-4C31-A905-1A27D39C003C", "major": 1, "minor": 2, "proximity": 1,
          "accuracy": 0.31, "rssi": -58}]  # fmt: skip


def join(house: House, teller: Teller) -> Books:
    """The gateway's own parts, with a real presence."""
    now_ms = [house.now_ms - 2 * OLD_S * 1_000]
    clock = Clock(lambda: now_ms[0], "Asia/Shanghai")
    db = PresenceDb(None, house.counters)
    presence = Presence(SHOP, db, house.desk, house.live, clock.moment)
    while now_ms[0] < house.now_ms:  # it has listened for a while
        now_ms[0] += 20_000
        presence.tick()
    doors = open_doors(house.desk, teller, presence, b"t" * 32, house.counters, lambda: house.steady_ms)
    return Books(teller, Enquiry(house.desk), house.counter, check_ins=doors.api)


def ibeacon(at_s: int) -> str:
    """What a phone at the door hears at a time."""
    said = eid.eid(DOOR.identity_key, DOOR.rotation, at_s)
    halves = (int.from_bytes(said[:2]), int.from_bytes(said[2:4]))
    return json.dumps([{"uuid": SHOP.uuid, "major": halves[0], "minor": halves[1], "rssi": -61}])


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each step printed, by its name."""
    now_s = NOON_MS // 1_000
    heard = {"HEARD": ibeacon(now_s), "RECORDED": ibeacon(now_s - OLD_S)}
    return played.answers(PAGE, tmp_path_factory.mktemp("checkins"), join, **heard)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_step_answers_what_the_page_shows(step: Step, answers: dict[str, Any]) -> None:
    shown(step.shows, answers[step.name])


def test_the_answer_again_is_the_answer(answers: dict[str, Any]) -> None:
    assert answers["again"] == answers["claimed"]
    assert any(each["unit"] == "PTS" for each in answers["claimed"]["given"])


def test_the_page_has_every_refusal_and_the_limits_as_they_are() -> None:
    text = pages.text(PAGE)
    for reason, status in STATUSES.items():
        assert re.search(rf"^\| {status} \|[^|]*`{reason}`", text, re.MULTILINE), reason
    for figure in (
        f"one in {ROUND_MS // 1_000} s; {limits.TICKETS_A_DAY} a day",
        f"{limits.SHAKES_BURST} at once, then {limits.SHAKES_A_MINUTE} a minute",
        f"{limits.CLAIMS_BURST} at once, then {limits.CLAIMS_A_MINUTE} a minute",
        f"{TRIES_BURST} at once, then {TRIES_A_MINUTE} a minute",
        f"within {TICKET_MS // 60_000} minutes",
    ):
        assert figure in text, figure


@pytest.fixture(scope="module")
def phone(browser: Any) -> Any:
    """A page that runs the mini program's code: WeChat's own part is the stand-in above."""
    opened = browser.new_context().new_page()
    answer = {"statusCode": 200, "data": {"place": None, "given": [], "points": 9}}
    stand_in = PHONE.replace("TICKET", json.dumps(TICKET)).replace("ANSWER", json.dumps(answer))
    opened.add_script_tag(content=stand_in + CODE)
    return opened


def test_a_mini_program_sends_what_it_hears_and_uses_the_ticket(phone: Any) -> None:
    phone.evaluate("heard => { page.onShow(); tell.beacons({ beacons: heard }) }", HEARD)
    asked = phone.evaluate("async () => { await page.come(); return asked }")
    assert asked[:2] == [["listen", ["f0018b9b-7509-4c31-a905-1a27d39c003c"]], ["motion", "game"]]
    (method, shake, body), (again, claim, used) = asked[2:]
    sent = msgspec.convert(body, CheckInAsked)
    assert (method, shake[shake.index("/v1") :], sent.code) == ("POST", "/v1/checkins", "ABCD-EFGH")
    assert sent.heard[0].relayed().identity == bytes((0, 1, 0, 2))
    assert (again, claim[claim.index("/v1") :]) == ("POST", f"/v1/checkins/{TICKET}")
    assert msgspec.convert(used, TicketUsed).key == sent.key
    assert phone.evaluate("page.shown") == {"here": True, "place": None, "given": [], "points": 9}


def test_what_is_refused_is_told_as_the_portal_says_it(phone: Any) -> None:
    refused = {"error": "not_here", "says": {"zh-CN": "还不能确认您在店里", "en": "..."}}
    phone.evaluate(
        "told => { wx.request = ({ success }) => success({ statusCode: 403, data: told }) }", refused
    )
    phone.evaluate("() => page.come()")
    assert phone.evaluate("[page.shown.here, page.shown.says]") == [False, "还不能确认您在店里"]


@pytest.mark.parametrize(("hertz", "metres_s2", "fires"), [
    (4, 25, True), (3, 20, True), (0, 0, False), (2, 5, False), (1, 9, False),
])  # fmt: skip
def test_the_mini_programs_shake_fires_for_shaking_alone(
        phone: Any, hertz: float, metres_s2: float, fires: bool) -> None:  # fmt: skip
    """Two seconds of motion along one axis, beside gravity, every 20 ms; in g, as WeChat tells it."""
    fired = phone.evaluate(
        """([hertz, size]) => {
          let fired = 0, at = 0
          onShake(() => { fired += 1 }, () => at)
          for (; at < 4000; at += 20) {
            const force = at < 2000 ? 0 : size / 9.81 * Math.sin(2 * Math.PI * hertz * at / 1000)
            tell.motion({ x: force, y: 0.02, z: 1 })
          }
          return fired
        }""",
        [hertz, metres_s2],
    )
    assert (fired > 0) is fires and fired <= 2
