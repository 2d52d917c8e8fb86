"""The sign for the door, and what its codes say."""

import re
from pathlib import Path
from xml.etree import ElementTree

import segno

from gateway.portal.shake.sign import wifi_text
from tests.gateway.portal.house import House, play


def test_the_sign_speaks_both_languages_and_carries_two_codes(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        page = (await house.phone().get("/shake/sign?lang=en")).text
        assert page.index("Shake to check in</p>") < page.index("摇一摇，签到</p>")
        chinese = (await house.phone().get("/shake/sign?lang=zh-CN")).text
        assert chinese.index("摇一摇，签到</p>") < chinese.index("Shake to check in</p>")
        assert "http://wifi.shopbell.example/shake" in page and page.count('class="qr"') == 2
        assert "There is no certificate yet" in page

    play(tmp_path, story)


def test_the_code_is_an_svg_of_the_address(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        answer = await house.phone().get("/shake/qr.svg")
        assert answer.headers["content-type"] == "image/svg+xml"
        drawn = ElementTree.fromstring(answer.text)
        assert drawn.tag == "{http://www.w3.org/2000/svg}svg"
        side = len(segno.make_qr("http://wifi.shopbell.example/shake", error="m").matrix) + 8
        assert re.fullmatch(rf"0 0 {side} {side}", drawn.attrib["viewBox"])

    play(tmp_path, story)


def test_a_wifi_code_says_its_name_whatever_letters_it_has() -> None:
    assert wifi_text("Shopbell", "") == "WIFI:T:nopass;S:Shopbell;;"
    assert wifi_text("麦香", "bread:12;") == r"WIFI:T:WPA;S:麦香;P:bread\:12\;;;"
    assert wifi_text('a\\"b,', "12345678") == r"WIFI:T:WPA;S:a\\\"b\,;P:12345678;;"
