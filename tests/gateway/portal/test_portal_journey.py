"""A guest's way: captured, the form, the card while still captive, connected, online."""

from pathlib import Path

from tests.gateway.portal.house import OURS, House, play


def test_a_guest_joins_holds_the_coupon_and_only_then_goes_online(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        phone = house.phone()
        captured = await phone.get("/hotspot-detect.html", host="captive.apple.com")
        assert captured.status_code == 302
        assert captured.headers["location"] == f"http://{OURS}/"
        form = await phone.get("/")
        assert form.status_code == 200 and 'name="name"' in form.text
        card = await phone.send("/join", name="小林", marketing="1")
        assert card.status_code == 200
        for text in ("小林", "¥5", "第一次来店送 5 元券", "AB01-EFGH"):
            assert text in card.text
        assert not house.netd.online
        assert (await phone.captive())["captive"] is True
        phone.last = card
        online = await phone.send("/connect")
        assert online.status_code == 200 and "可以上网了" in online.text
        assert list(house.netd.online) == [(phone.mac, phone.ip)]
        assert house.netd.online[phone.mac, phone.ip] == {
            "mac": phone.mac,
            "ip": phone.ip,
            "seconds": 240 * 60 + 120,
            "class": "member",
        }
        said = await phone.captive()
        assert said["captive"] is False and said["seconds-remaining"] == 240 * 60

    play(tmp_path, story)
