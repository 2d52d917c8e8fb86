"""`shopbell device` for beacons and tags as a person types it: the file, the board's file, every refusal."""

import json
import stat
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from firmware.ports import beacon_settings
from firmware.protocol import eid
from gateway.presence.registry import TAG, read_site
from shopbell import beacon_words, beacons
from shopbell.cli import USAGE_STATUS, call
from shopbell.look.words import faults

TOKEN = "t" * 40
Shopbell = Callable[..., tuple[int, str, str]]
PLAN = ("plan", "--size", "1200,800", "--zone", "door:0,0,400,800:门口:Door")
SHELF = ("plan", "--zone", "shelf:400,0,800,800:货架:Shelves", "--radio", "shelf:900,700")
DOOR = ("beacon", "beacon-door", "--zone", "door", "--at", "20,30")


class Gateway(BaseHTTPRequestHandler):
    """Books a link for the right token; member m-blocked is refused by the rules, m-nobody is unknown."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.headers["authorization"] != f"Bearer {TOKEN}":
            return self._answer(401, {"error": "no right token"})
        self.server.asked.append((self.path, asked))  # type: ignore[attr-defined]
        if "m-nobody" in self.path:
            return self._answer(404, {"error": "no such member"})
        outcome = "refused" if "m-blocked" in self.path else "done"
        says = {"en": {"what": "This member is blocked.", "do": "Ask the manager."}}
        return self._answer(200, {"outcome": outcome, "says": says})

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *arguments: object) -> None:
        """Silent: the test reads what was asked."""


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    server.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The beacons' file, not there yet."""
    return tmp_path / "beacons.json"


@pytest.fixture
def shopbell(
    tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shopbell:
    """Types a verb of `shopbell device`; gives status, output and complaints."""
    monkeypatch.setenv("LC_ALL", "C")
    path = tmp_path / "shopbell.toml"
    path.write_text(
        f'[gateway]\nid = "g1"\nstore = "s1"\nrun_dir = "{tmp_path}"\nbeacons_file = "{file}"\n', "utf-8"
    )

    def type_(*words: str) -> tuple[int, str, str]:
        status = call(["device", *words, "--config", str(path)])
        said = capsys.readouterr()
        return status, said.out, said.err

    return type_


@pytest.fixture
def store(shopbell: Shopbell) -> Shopbell:
    """A store with two zones, a radio, a beacon and a tag."""
    for words in (PLAN, SHELF, DOOR, ("tag", "tag-7")):
        assert shopbell(*words)[0] == 0
    return shopbell


def refusal(typed: tuple[int, str, str]) -> str:
    """The one line of a refusal."""
    status, out, err = typed
    assert (status, out, err.count("\n")) == (USAGE_STATUS, "", 1)
    return err


def test_a_plan_is_drawn_changed_and_shown(shopbell: Shopbell, file: Path) -> None:
    assert shopbell(*PLAN)[0] == 0
    uuid = read_site(file).uuid
    status, out, _ = shopbell(*SHELF)
    assert status == 0
    assert "zone door: 门口 / Door, upper left 0,0, 400 x 800 cm" in out
    assert "the gateway's own scanner: zone shelf, at 900,700 cm" in out
    assert "takes it up within seconds" in out
    assert shopbell("plan", "--zone", "door:0,0,300,700:门:Entrance", "--size", "1300,800")[0] == 0
    site = read_site(file)
    assert site.uuid == uuid
    assert [zone.zone for zone in site.zones] == ["door", "shelf"]
    assert site.zones[0].name == {"zh-CN": "门", "en": "Entrance"}
    assert shopbell("plan", "--radio", "none")[0] == 0
    status, out, _ = shopbell("plan")
    assert (status, "scanner" in out, "Start" in out) == (0, False, False)
    assert f"Plan 1300 x 800 cm, the brand's UUID {uuid}" in out


def test_every_store_of_a_brand_can_have_its_uuid(shopbell: Shopbell, file: Path) -> None:
    uuid = "FDA50693-A4E2-4FB1-AFCF-C6EB07647825"
    assert shopbell(*PLAN, "--uuid", uuid)[0] == 0
    assert read_site(file).uuid == uuid.replace("-", "").lower()


def test_beacons_and_tags_are_registered_each_with_a_key_of_its_own(store: Shopbell, file: Path) -> None:
    site = read_site(file)
    door, tag = site.beacon("beacon-door"), site.beacon("tag-7")
    assert door is not None and tag is not None
    assert (door.zone, door.x_cm, door.y_cm, door.rotation, door.epoch_s) == ("door", 20, 30, 5, 0)
    assert (tag.kind, tag.zone) == (TAG, "")
    assert door.key != tag.key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    status, out, _ = store("beacons")
    assert (status, out.splitlines()) == (
        0,
        ["beacon beacon-door: zone door, at 20,30 cm, -59 dBm at 1 m", "tag tag-7: -59 dBm at 1 m"],
    )


def test_no_key_is_ever_shown(store: Shopbell, file: Path, tmp_path: Path) -> None:
    keys = [beacon.key for beacon in read_site(file).beacons]
    out = str(tmp_path / "device.json")
    for words in (("beacons",), ("plan",), ("beacon", "beacon-door", "--out", out), ("tag", "tag-7")):
        _, said, complained = store(*words)
        assert not any(key in said + complained for key in keys)


def test_a_change_keeps_what_was_not_said(store: Shopbell, file: Path) -> None:
    before = read_site(file).beacon("beacon-door")
    assert before is not None
    assert store("beacon", "beacon-door", "--zone", "shelf", "--at", "500,0", "--power", "-64")[0] == 0
    moved = read_site(file).beacon("beacon-door")
    assert moved is not None
    assert (moved.key, moved.zone, moved.x_cm, moved.power_dbm) == (before.key, "shelf", 500, -64)
    assert store("beacon", "beacon-door", "--new-key")[0] == 0
    renewed = read_site(file).beacon("beacon-door")
    assert renewed is not None
    assert renewed.key != before.key
    assert (renewed.zone, renewed.power_dbm) == ("shelf", -64)


def test_nothing_new_is_not_written_again(store: Shopbell, file: Path) -> None:
    before = file.stat().st_ino
    status, out, _ = store(*DOOR)
    assert (status, file.stat().st_ino) == (0, before)
    assert "within seconds" not in out


def test_a_tag_counts_from_its_own_start_and_a_beacon_has_unix_time(shopbell: Shopbell, file: Path) -> None:
    shopbell(*PLAN)
    site = beacons.put(read_site(file), beacons.Wish("tag-1", TAG), 1_790_000_000)
    later = beacons.put(site, beacons.Wish("tag-1", TAG, new_key=True), 1_790_009_000)
    assert [known.beacons[0].epoch_s for known in (site, later)] == [1_790_000_000 - eid.TAG_START_S] * 2
    assert site.beacons[0].key != later.beacons[0].key
    place = beacons.Place("door", 1, 1)
    beacon = beacons.put(site, beacons.Wish("b-1", "beacon", place), 1_790_000_000).beacon("b-1")
    assert beacon is not None and beacon.epoch_s == 0


def test_the_board_reads_what_is_written_for_it(store: Shopbell, file: Path, tmp_path: Path) -> None:
    out = tmp_path / "device.json"
    status, said, _ = store("beacon", "beacon-door", "--out", str(out))
    assert status == 0
    assert "Fill in first: gateway_host, wifi_ssid, wifi_password." in said
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    filled = json.loads(out.read_text("utf-8")) | {"gateway_host": "10.0.0.2", "wifi_ssid": "staff"}
    out.write_text(json.dumps(filled), "utf-8")
    site = read_site(file)
    door, tag = site.beacon("beacon-door"), site.beacon("tag-7")
    assert door is not None and tag is not None
    read = beacon_settings.parse_beacon(out.read_bytes())
    assert (read.device, read.role, read.epoch_s) == ("beacon-door", "beacon", 0)
    assert (read.identity_key, read.uuid) == (door.identity_key, site.uuid_bytes)
    store("tag", "tag-7", "--power", "-66", "--out", str(tmp_path / "tag.json"))
    carried = beacon_settings.parse_tag((tmp_path / "tag.json").read_bytes())
    assert (carried.role, carried.identity_key, carried.power_dbm) == ("tag", tag.identity_key, -66)


def test_what_the_shop_filled_in_stays_when_it_is_written_again(store: Shopbell, tmp_path: Path) -> None:
    out = tmp_path / "device.json"
    mine = {"device": "beacon-door", "gateway_host": "10.0.0.2", "wifi_ssid": "staff", "wifi_password": "p"}
    out.write_text(json.dumps(mine | {"power_dbm": -1, "role": "x"}), "utf-8")
    status, said, _ = store("beacon", "beacon-door", "--out", str(out))
    written = json.loads(out.read_text("utf-8"))
    assert (status, "Fill in" in said) == (0, False)
    assert {key: written[key] for key in mine} == mine
    assert (written["power_dbm"], written["role"]) == (-59, "beacon")


def test_a_board_s_file_of_another_device_is_left_alone(store: Shopbell, tmp_path: Path) -> None:
    out = tmp_path / "device.json"
    for content in ('{"device": "counter-1"}', "[]", "no json"):
        out.write_text(content, "utf-8")
        assert "name another with --out" in refusal(store("beacon", "beacon-door", "--out", str(out)))
        assert out.read_text("utf-8") == content
    assert "cannot write" in refusal(store("tag", "tag-7", "--out", str(tmp_path / "no" / "device.json")))


def test_who_is_removed_is_gone(store: Shopbell, file: Path) -> None:
    assert store("remove", "tag-7")[0] == 0
    assert [beacon.beacon for beacon in read_site(file).beacons] == ["beacon-door"]
    assert "tag-7" in refusal(store("remove", "tag-7"))
    store("remove", "beacon-door")
    assert store("beacons")[1] == "There is no beacon yet.\n"


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("beacon", "b-2"), "--zone and --at"),
        (("beacon", "b-2", "--zone", "door"), "belong together"),
        (("beacon", "b-2", "--zone", "door", "--at", "1"), "--at '1' is not 2"),
        (("beacon", "b-2", "--zone", "door", "--at", "1,b"), "--at '1,b' is not 2"),
        (("beacon", "b-2", "--zone", "attic", "--at", "1,2"), "attic"),
        (("beacon", "b-2", "--zone", "door", "--at", "9999,2"), "within the plan"),
        (("beacon", "B 2", "--zone", "door", "--at", "1,2"), "B 2"),
        (("beacon", "radio", "--zone", "door", "--at", "1,2"), "radio"),
        (("beacon", "tag-7"), "tag-7 is a tag"),
        (("tag", "beacon-door"), "beacon-door is a beacon"),
        (("tag", "tag-8", "--power", "5"), "power"),
        (("plan", "--size", "wide"), "--size"),
        (("plan", "--size", "100,100"), "within the plan"),
        (("plan", "--zone", "hall"), "NAME:X,Y,WIDTH,HEIGHT"),
        (("plan", "--zone", "hall:0,0,9,9:厅:"), "hall"),
        (("plan", "--radio", "attic:1,2"), "attic"),
        (("plan", "--uuid", "beef"), "uuid"),
    ],
)
def test_what_cannot_be_is_one_line_and_changes_nothing(
    store: Shopbell, file: Path, words: tuple[str, ...], part: str
) -> None:
    before = file.read_bytes()
    assert part in refusal(store(*words))
    assert file.read_bytes() == before


def test_before_there_is_a_plan_it_is_asked_for(shopbell: Shopbell) -> None:
    assert "shopbell device plan" in refusal(shopbell(*DOOR))
    assert "--size" in refusal(shopbell("plan", "--radio", "none"))
    assert "shopbell device plan" in refusal(shopbell("beacons"))
    assert "no beacon or tag" in refusal(shopbell("remove", "tag-7"))


def test_without_the_setting_it_is_asked_for(shopbell: Shopbell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPBELL_GATEWAY__BEACONS_FILE", "")
    assert "beacons_file is not set" in refusal(shopbell("beacons"))


def test_two_at_once_lose_nothing(store: Shopbell, file: Path) -> None:
    def register(number: int) -> None:
        wish = beacons.Wish(f"tag-{number}", TAG)
        beacons.change(file, lambda site: beacons.put(site, wish, 1_790_000_000))

    threads = [threading.Thread(target=register, args=(number,)) for number in range(20, 32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_site(file).beacons) == 2 + len(threads)


def test_a_tag_is_given_to_a_member_by_the_gateway(
    store: Shopbell, gateway: ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOPBELL_GATEWAY__HTTP_PORT", str(gateway.server_port))
    monkeypatch.setenv("SHOPBELL_GATEWAY__HTTP_HOST", "0.0.0.0")
    assert "the gateway's token" in refusal_after_lines(store("tag", "tag-7", "--member", "m-0001"))
    (tmp_path / "gateway.token").write_text(TOKEN + "\n", "ascii")
    status, out, _ = store("tag", "tag-7", "--member", "m-0001")
    assert (status, out.splitlines()[-1]) == (0, "Tag tag-7 is member m-0001's now.")
    status, out, _ = store("tag", "tag-7", "--member", "m-blocked")
    assert status == 1
    assert "Tag tag-7 is not linked to member m-blocked: This member is blocked. Ask the manager." in out
    assert "404 no such member" in refusal_after_lines(store("tag", "tag-7", "--member", "m-nobody"))
    asked: list[tuple[str, dict[str, str]]] = gateway.asked  # type: ignore[attr-defined]
    assert asked[0][0] == "/v1/members/m-0001/instruments"
    assert {key: asked[0][1][key] for key in ("kind", "value")} == {"kind": "ble.tag", "value": "tag-7"}
    assert len({body["key"] for _, body in asked}) == 3
    (tmp_path / "gateway.token").write_text("wrong\n", "ascii")
    assert "401" in refusal_after_lines(store("tag", "tag-7", "--member", "m-0001"))


def test_a_gateway_that_is_not_there_leaves_the_tag_registered(
    store: Shopbell, tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gateway.token").write_text(TOKEN + "\n", "ascii")
    monkeypatch.setenv("SHOPBELL_GATEWAY__HTTP_PORT", "1")
    complaint = refusal_after_lines(store("tag", "tag-9", "--member", "m-0001"))
    assert "does not answer" in complaint and "shopbell device tag tag-9 --member" in complaint
    assert read_site(file).beacon("tag-9") is not None


def refusal_after_lines(typed: tuple[int, str, str]) -> str:
    """The one line of a refusal that came after something was done."""
    status, _, err = typed
    assert (status, err.count("\n")) == (USAGE_STATUS, 1)
    return err


def test_the_words_are_there_in_both_languages(store: Shopbell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert faults(beacon_words.WORDS) == []
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert store("beacons")[1].splitlines()[1] == "标签 tag-7：1 米处 -59 dBm"
