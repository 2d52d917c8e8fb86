"""Importing members over HTTP: good files, refused lines, damaged files, breaks and restarts."""

import re
import socket
import sqlite3
from pathlib import Path

import pytest

from tests.cloud_bridge.rig import HEADER, STAFF, RunningHq, wait_for

SAMPLES = Path(__file__).parents[3] / "samples" / "members.csv"


def row(number: str, name: str = "林晓雯", points: int = 10, card: str = "") -> str:
    return f"{number},{name},,zh-CN,active,,{points},river,{card},,active\n"


def state_of(hq: RunningHq) -> dict[str, list]:
    """Everything an import may change."""
    tables = ("members", "people", "instruments", "feed", "stores", "counters")
    return {table: hq.query(f"SELECT * FROM {table} ORDER BY 1") for table in tables}


def test_a_good_file(hq: RunningHq) -> None:
    text = SAMPLES.read_bytes()
    report = hq.import_text(text)
    assert report["state"] == "done", report
    assert (report["created"], report["refused"], report["refusals"]) == (24, 0, [])
    assert report["lines"] == report["done"] == text.count(b"\n") - 1
    assert report["founding"] is True
    assert [store["id"] for store in hq.staff("GET", "/v1/stores").json()] == ["garden", "river", "station"]
    members = hq.staff("GET", "/v1/members?query=MW0002").json()
    assert members["count"] == 24
    (found,) = members["found"]
    assert (found["name"], found["tier"], found["qualifying"], len(found["instruments"])) == (
        "陈**",
        "gold",
        1640,
        2,
    )
    assert re.fullmatch(r"m[0-9a-f]{20}", found["id"])


def test_the_same_file_again_changes_nothing(hq: RunningHq) -> None:
    hq.import_text(SAMPLES.read_bytes())
    before = state_of(hq)
    report = hq.import_text(SAMPLES.read_bytes())
    assert (report["state"], report["created"], report["changed"], report["unchanged"]) == ("done", 0, 0, 24)
    assert state_of(hq) == before


def test_only_what_changed_reaches_the_feed(hq: RunningHq) -> None:
    hq.import_text(HEADER + row("A1", card="04A1B2C3D4E580") + row("A2"))
    before = {entry[0]: entry for entry in hq.query("SELECT * FROM feed")}
    report = hq.import_text(HEADER + row("A1", card="04A1B2C3D4E580") + row("A2", points=11))
    assert (report["changed"], report["unchanged"]) == (1, 1)
    new = [entry for entry in hq.query("SELECT * FROM feed ORDER BY cursor") if entry[0] not in before]
    assert [(entry[1], entry[3]) for entry in new] == [("members", "put"), ("people", "put")]
    assert '"qualifying":11' in new[0][4]


def test_what_only_hq_keeps_reaches_no_gateway(hq: RunningHq) -> None:
    hq.import_text(HEADER + row("A1"))
    before = hq.query("SELECT * FROM feed")
    report = hq.import_text(HEADER + row("A1").replace(",,zh-CN", ",13800000000,zh-CN"))
    assert report["changed"] == 1
    assert hq.query("SELECT * FROM feed") == before


def test_a_card_the_file_no_longer_names_is_forgotten(hq: RunningHq) -> None:
    hq.import_text(HEADER + row("A1", card="04A1B2C3D4E580 9B3E07C4"))
    hq.import_text(HEADER + row("A1", card="9B3E07C4"))
    assert len(hq.query("SELECT * FROM instruments")) == 1
    assert hq.query("SELECT count(*) FROM feed WHERE op = 'del'") == [(1,)]


def test_a_card_moves_only_when_its_holder_gave_it_up(hq: RunningHq) -> None:
    card = "04A1B2C3D4E580"
    hq.import_text(HEADER + row("A1", card=card) + row("A2"))
    report = hq.import_text(HEADER + row("A2", card=card))
    assert [(r["line"], r["column"], r["code"]) for r in report["refusals"]] == [
        (2, "card_uid", "held_by_another")
    ]
    report = hq.import_text(HEADER + row("A1") + row("A2", card=card))
    assert (report["refused"], report["changed"]) == (0, 2)
    (holder,) = hq.query("SELECT member_no FROM instruments JOIN members ON members.id = instruments.member")
    assert holder == ("A2",)
    puts = hq.query("SELECT op FROM feed WHERE table_name = 'instruments'")
    assert puts == [("put",)]


def test_two_members_of_one_file_cannot_have_one_card(hq: RunningHq) -> None:
    report = hq.import_text(HEADER + row("A1", card="9B3E07C4") + row("A2", card="9B3E07C4"))
    assert (report["created"], report["refused"]) == (1, 1)


def test_refused_lines_are_reported_and_the_others_taken(hq: RunningHq) -> None:
    hq.import_text(HEADER + row("A1"))
    text = HEADER + row("B1") + row("B2", points=-5) + row("B3", name="") + row("B4") + "x,y\n"
    report = hq.import_text(text)
    assert (report["state"], report["created"], report["refused"], report["done"]) == ("done", 2, 3, 5)
    assert [(r["line"], r["column"], r["code"]) for r in report["refusals"]] == [
        (3, "qualifying_points", "bad_points"),
        (4, "name", "missing"),
        (6, "line", "column_count"),
    ]
    assert all(refusal["what"] and refusal["do"] for refusal in report["refusals"])
    chinese = hq.staff("GET", f"/v1/imports/{report['id']}?lang=zh-CN").json()["refusals"][0]["what"]
    assert "整数" in chinese


def test_refused_lines_come_in_pages(hq: RunningHq) -> None:
    report = hq.import_text(HEADER + "".join(row(f"A{n}", points=-1) for n in range(25)) + row("B"))
    path = f"/v1/imports/{report['id']}?limit=10&after="
    lines, after = [], 0
    while after is not None:
        page = hq.staff("GET", path + str(after)).json()
        lines += [refusal["line"] for refusal in page["refusals"]]
        after = page["next"]
    assert lines == list(range(2, 27))


def test_an_unknown_store_is_refused_once_stores_are_known(hq: RunningHq) -> None:
    assert (
        hq.staff("PUT", "/v1/stores/river", json={"name": {"zh-CN": "江畔店", "en": "Riverside"}}).status_code
        == 204
    )
    report = hq.import_text(HEADER + row("A1") + row("A2").replace("river", "moon"))
    assert report["founding"] is False
    assert [(r["line"], r["code"], r["value"]) for r in report["refusals"]] == [(3, "unknown_store", "moon")]


def test_the_tier_goes_by_the_points_where_the_file_names_none(hq: RunningHq) -> None:
    hq.import_text(HEADER + row("A1", points=299) + row("A2", points=300) + row("A3", points=5000))
    tiers = hq.query("SELECT member_no, tier FROM members ORDER BY 1")
    assert tiers == [("A1", "member"), ("A2", "silver"), ("A3", "black")]


def test_no_card_number_or_code_is_kept(hq: RunningHq) -> None:
    hq.import_text(SAMPLES.read_bytes())
    stored = b"".join(path.read_bytes() for path in hq.folder.rglob("*") if path.is_file())
    for canary in (b"04A1B2C3D4E580", bytes.fromhex("04A1B2C3D4E580"), b"MW-7Q4K-2M9D"):
        assert canary not in stored


DAMAGED = (
    HEADER + row("A1", name='"林 ""晓"" 雯"', card="04A1B2C3D4E580") + row("A2", card="9B3E07C4")
).encode()


def test_no_damage_of_one_byte_is_half_applied(hq: RunningHq) -> None:
    """Every byte replaced: a structural fault changes nothing; else each line is wholly in or wholly out."""
    refused = 0
    for position in range(len(DAMAGED)):
        byte = (0x00, 0x22, 0x0A, 0xFF)[position % 4]
        before = state_of(hq)
        report = hq.import_text(DAMAGED[:position] + bytes([byte]) + DAMAGED[position + 1 :])
        if "error" in report:
            assert state_of(hq) == before, (position, byte)
            assert report["what"], report["do"]
            refused += 1
            continue
        assert report["state"] == "done"
        taken = report["created"] + report["changed"] + report["unchanged"]
        assert taken + report["refused"] == report["lines"], (position, byte, report)
        assert len({refusal["line"] for refusal in report["refusals"]}) == report["refused"]
    assert refused > len(DAMAGED) // 2


@pytest.mark.parametrize("length", [0, 1, 50, len(HEADER), len(HEADER) + 5, len(DAMAGED) - 1])
def test_a_cut_file_changes_nothing(hq: RunningHq, length: int) -> None:
    before = state_of(hq)
    report = hq.import_text(DAMAGED[:length])
    assert report["status"] == 422
    assert state_of(hq) == before
    assert hq.staff("GET", "/v1/imports").json()[0]["state"] == "refused"
    assert list(hq.folder.rglob("*.csv")) == []


def test_a_fault_behind_many_good_lines_changes_nothing(hq: RunningHq) -> None:
    text = HEADER + "".join(row(f"A{n}") for n in range(5_000)) + 'B1,"open\n'
    before = state_of(hq)
    report = hq.import_text(text)
    assert (report["status"], report["error"], report["line"]) == (422, "quote_open", 5_002)
    assert state_of(hq) == before


def test_an_upload_that_breaks_off_changes_nothing(hq: RunningHq) -> None:
    before = state_of(hq)
    with socket.create_connection(("127.0.0.1", hq.port)) as line:
        head = f"POST /v1/imports HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {STAFF}\r\n"
        line.sendall((head + "Content-Length: 100000\r\n\r\n").encode() + DAMAGED)
        wait_for(lambda: hq.query("SELECT 1 FROM imports WHERE state = 'receiving'"), "upload begins")
    wait_for(lambda: hq.query("SELECT 1 FROM imports WHERE state = 'failed'"), "upload is closed")
    assert state_of(hq) == before
    assert hq.staff("GET", "/v1/imports?lang=en").json()[0]["fault"]["error"] == "upload_cut"


def test_an_import_that_a_stop_interrupts_goes_on_by_itself(hq: RunningHq) -> None:
    text = HEADER + "".join(row(f"A{n}", card=f"{n:014X}") for n in range(4_000))
    answer = hq.staff("POST", "/v1/imports?name=big.csv", content=text)
    id_ = answer.json()["id"]
    wait_for(lambda: hq.query("SELECT 1 FROM imports WHERE done > 0"), "some lines are in")
    hq.stop()
    done = hq.query("SELECT done FROM imports")[0][0]
    hq.start()
    wait_for(lambda: hq.staff("GET", f"/v1/imports/{id_}").json()["state"] == "done", "import goes on")
    report = hq.staff("GET", f"/v1/imports/{id_}").json()
    assert (report["created"], report["unchanged"], report["done"]) == (4_000, 0, 4_000)
    assert done < 4_000, "the stop came too late to interrupt anything"
    assert hq.query("SELECT count(*) FROM members") == [(4_000,)]


def test_what_a_killed_hq_left_is_closed(hq: RunningHq) -> None:
    hq.stop()
    zeros = "0, 1, 0, 0, 0, 0, 0, 0, 0, 0"
    with sqlite3.connect(hq.folder / "hq.db") as connection:
        for id_, state in (("ua", "receiving"), ("ub", "applying")):
            connection.execute(
                f"INSERT INTO imports VALUES(?, 'f.csv', ?, {zeros}, '', 'members')", (id_, state)
            )
    connection.close()
    (hq.folder / "hq-spool").mkdir(exist_ok=True)
    (hq.folder / "hq-spool" / "ua.csv").write_text("half")
    hq.start()
    states = {entry["id"]: entry["fault"]["error"] for entry in hq.staff("GET", "/v1/imports?lang=en").json()}
    assert states == {"ua": "upload_cut", "ub": "file_gone"}
    assert list((hq.folder / "hq-spool").iterdir()) == []


def test_erasing_a_person_leaves_nothing_of_them(hq: RunningHq) -> None:
    hq.import_text(HEADER + row("A1", name="独一无二的名字", card="9B3E07C4") + row("A2"))
    (found,) = hq.staff("GET", "/v1/members?query=A1").json()["found"]
    assert hq.staff("POST", f"/v1/members/{found['id']}/erase").status_code == 204
    assert hq.staff("POST", "/v1/members/nobody/erase").status_code == 404
    hq.stop()
    stored = b"".join(path.read_bytes() for path in hq.folder.rglob("*") if path.is_file())
    assert "独一无二的名字".encode() not in stored
    hq.start()
    report = hq.import_text(HEADER + row("A1", name="独一无二的名字"))
    assert [refusal["code"] for refusal in report["refusals"]] == ["member_erased"]
    ops = dict(hq.query("SELECT table_name || ':' || op, count(*) FROM feed GROUP BY 1"))
    assert ops == {"bundles:put": 1, "instruments:del": 1, "people:del": 1, "members:put": 2, "people:put": 1}


WITH_POINTS = HEADER.rstrip("\n") + ",points\n"


def lots_of(hq: RunningHq) -> list:
    """(member number, what HQ's own part has left) of every lot."""
    return hq.query(
        "SELECT member_no, granted + minted - returned - spent FROM holdings"
        " JOIN members ON 'member:' || members.id = holdings.owner WHERE log = 'hq' ORDER BY 1"
    )


def test_points_are_brought_along_the_first_time_only(hq: RunningHq) -> None:
    text = WITH_POINTS + "".join(row(f"A{n}").rstrip("\n") + f",{n * 10}\n" for n in range(3))
    assert hq.import_text(text)["created"] == 3
    assert lots_of(hq) == [("A1", 10), ("A2", 20)], "nothing is no lot"
    assert hq.import_text(text)["unchanged"] == 3
    assert hq.import_text(text.replace(",20\n", ",99\n"))["refused"] == 0
    assert lots_of(hq) == [("A1", 10), ("A2", 20)]
    fed = hq.query("SELECT payload FROM feed WHERE table_name = 'lots'")
    assert len(fed) == 2 and '"total":10' in fed[0][0]


def test_points_that_are_brought_along_are_at_the_home_store_at_once(hq: RunningHq) -> None:
    lines = [row("A1").replace(",river,", ",gw,"), row("A2")]  # the gateways here are gw-1 and gw-2
    hq.import_text(WITH_POINTS + "".join(line.rstrip("\n") + ",30\n" for line in lines))
    assert lots_of(hq) == [("A1", 0), ("A2", 30)]
    assert hq.query("SELECT gateway, granted FROM leases") == [("gw-1", 30)]
    fed = [payload for (payload,) in hq.query("SELECT payload FROM feed WHERE table_name = 'lots'")]
    assert sum('"gw-1":{"epoch":1,"granted":30' in payload for payload in fed) == 1


def test_a_member_without_a_word_on_points_may_still_bring_some(hq: RunningHq) -> None:
    hq.import_text(HEADER + row("A1"))
    hq.import_text(WITH_POINTS + row("A1").rstrip("\n") + ",\n")
    assert lots_of(hq) == []
    hq.import_text(WITH_POINTS + row("A1").rstrip("\n") + ",7\n")
    assert lots_of(hq) == [("A1", 7)]


def test_wrong_points_are_refused(hq: RunningHq) -> None:
    base = row("A1").rstrip("\n")
    for wrong, code in (("-1", "bad_points"), ("1.5", "bad_points"), ("1,2", "column_count")):
        report = hq.import_text(WITH_POINTS + f"{base},{wrong}\n")
        assert [refusal["code"] for refusal in report["refusals"]] == [code]
    report = hq.import_text(HEADER + base + ",7\n")
    assert [refusal["code"] for refusal in report["refusals"]] == ["column_count"]
    assert lots_of(hq) == []


def test_many_members_bring_points(hq: RunningHq) -> None:
    text = WITH_POINTS + "".join(row(f"A{n}").rstrip("\n") + ",5\n" for n in range(1_200))
    assert hq.import_text(text)["created"] == 1_200
    assert hq.query("SELECT count(*) FROM holdings") == [(1_200,)]
    assert hq.query("SELECT owner, posted FROM accounts") == [("issuer", -5 * 1_200)]
    assert hq.query("SELECT count(*) FROM events WHERE gateway = 'hq'")[0][0] <= 6
