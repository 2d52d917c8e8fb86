"""What is checked before anything is started: addresses, ports, programs."""

from pathlib import Path

import pytest

from shopbell.broker import nats
from shopbell.broker.settings import BrokerSettings
from shopbell.errors import ShopbellError
from shopbell.run import house, plan, tools
from shopbell.run.ports import Port
from shopbell.settings import load


def test_the_plug_is_where_the_bridge_looks_for_hq() -> None:
    assert plan.plug_address("http://127.0.0.1:8091", "x") == ("127.0.0.1", 8091)


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1:8091", "http://hq.example.com:80", "http://127.0.0.1", "", "8091"]
)
def test_another_machine_has_no_plug(url: str) -> None:
    with pytest.raises(ShopbellError, match="hq_url"):
        plan.plug_address(url, "x")


def test_two_settings_with_one_port_are_both_named() -> None:
    wanted = [Port("127.0.0.1", 8090, "hq", "port"), Port("127.0.0.1", 8090, "run", "bench_port")]
    with pytest.raises(ShopbellError, match=r"\[hq\] port and \[run\] bench_port are both 8090"):
        plan.require_distinct(wanted, "x")


def test_the_settings_of_a_first_start_make_a_plan(tmp_path: Path) -> None:
    from tests.ports import free_port

    keys = [("GATEWAY", "HTTP_PORT"), ("GATEWAY", "MQTT_PORT"), ("HQ", "PORT"), ("BROKER", "DEVICE_PORT")]
    keys += [("PORTAL", "HTTP_PORT"), ("RUN", "BENCH_PORT"), ("RUN", "AIR_PORT")]
    environment = {f"SHOPBELL_{table}__{key}": str(free_port()) for table, key in keys}
    environment["SHOPBELL_BRIDGE__HQ_URL"] = f"http://127.0.0.1:{free_port()}"
    made = plan.make(tmp_path, load(house.prepare(tmp_path / "var", False), environment))
    assert len(plan.ports(made)) == (8 if made.secured else 7)


def test_a_missing_program_is_one_line_with_what_to_do() -> None:
    with pytest.raises(ShopbellError, match="no-such-program is missing: run `make setup`"):
        tools.require("no-such-program", "run `make setup`")


def test_without_mosquitto_nats_is_taken_unless_the_settings_insist() -> None:
    absent = "no-such-mosquitto"
    assert tools.choose_broker(BrokerSettings(mosquitto=absent))[0] == "nats"
    assert tools.choose_broker(BrokerSettings(kind="nats"))[0] == "nats"
    with pytest.raises(ShopbellError, match="no-such-mosquitto is missing"):
        tools.choose_broker(BrokerSettings(kind="mosquitto", mosquitto=absent))


def test_without_any_broker_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nats, "find_binary", lambda: None)
    with pytest.raises(ShopbellError, match="no MQTT broker"):
        tools.choose_broker(BrokerSettings(mosquitto="no-such-mosquitto"))
