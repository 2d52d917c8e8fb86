"""Screens: legal, the same for every reason, told apart without colour, bounded, and readable."""

import itertools

import pytest
from PIL import Image, ImageDraw, ImageFont
from pylopdf_fonts_zh_cn import sans_path

from firmware.protocol import answers, cbor, messages
from firmware.protocol.messages import Screen, Strip
from gateway import screens as catalogue
from gateway.adapters import lettering, pixels
from gateway.adapters.icons import NAMES, draw_icon
from gateway.adapters.lettering import Lettering, packed
from gateway.adapters.pixels import NOTHING, Screens
from gateway.core.model import Bundle, Outcome
from gateway.ports import Told
from gateway.screens_look import REFUSALS
from tests.gateway.rig import BUNDLE

FIGURES = ("amount", "count", "day", "points", "short", "tier", "what", "when", "where")
GREETED = Outcome(False, "greeted", "gold", None, "silver", 120)
UNKNOWN = Outcome(False, "unknown", None, "not_known")
BLOCKED = Outcome(False, "blocked", None, "instrument_lost")
EVERYTHING = [
    (outcome, name, language)
    for outcome, names in (
        (GREETED, ("林**", "M**", "W**", None)),
        (Outcome(False, "greeted", "platinum", None, "gold", 123_456_789), ("龘**",)),
        (Outcome(False, "greeted", None, None, "platinum", None), ("欧**",)),
        (Outcome(False, "greeted", None, None, "", None), (None,)),
        (Outcome(False, "greeted", None, None, "tier-nobody-named", None), (None,)),
        (UNKNOWN, (None,)),
        (Outcome(False, "unknown", None, "no_cache"), (None,)),
        (BLOCKED, (None,)),
    )
    for name in names
    for language in ("zh-CN", "en", None)
]


def decoded(encoded: bytes) -> Screen:
    """The screen as a device takes it, through the contract's own checks."""
    payload = answers.encode_booked(1, bytes(8), 1, 1, 1, 1, encoded)
    screen: Screen = messages.decode("booked", payload).screen
    return screen


def lit(screen: Screen) -> set[tuple[int, int]]:
    """The display's lit pixels, by the SSD1306's rule."""
    return {point for strip in screen.strips for point in strip_pixels(strip)}


def strip_pixels(strip: Strip) -> set[tuple[int, int]]:
    return {
        (strip.x + at % strip.width, strip.y + at // strip.width * 8 + row)
        for at, byte in enumerate(strip.pixels)
        for row in range(8)
        if byte >> row & 1
    }


@pytest.mark.parametrize(("outcome", "name", "language"), EVERYTHING)
def test_every_screen_is_legal_canonical_and_has_four_strips_apart(
    outcome: Outcome, name: str | None, language: str | None
) -> None:
    encoded = Screens("zh-CN").encoded(BUNDLE, outcome, name, language)
    screen = decoded(encoded)
    assert answers.encode_screen(screen) == encoded
    assert screen.hold_ms == (3_000 if outcome.name == "greeted" else messages.HOLD_STAYS)
    areas = [
        {(x, y) for x in range(s.x, s.x + s.width) for y in range(s.y, s.y + s.height)} for s in screen.strips
    ]
    assert len(areas) == 4
    assert not any(one & other for one, other in itertools.combinations(areas, 2))
    assert all(strip_pixels(strip) for strip in screen.strips)


def test_what_may_not_be_shown_is_nothing() -> None:
    screens = Screens("zh-CN")
    for outcome in (Outcome(True, "greeted"), Outcome(False, "seen"), Outcome(True, "blocked")):
        assert screens.encoded(BUNDLE, outcome, "林**", None) == NOTHING
    assert decoded(NOTHING) == (0, 0, messages.TONE_NONE, ())


def test_a_bystander_cannot_tell_why_a_card_is_blocked() -> None:
    screens = Screens("zh-CN")
    reasons = ("instrument_lost", "instrument_revoked", "member_suspended", "member_merged", "member_absent")
    shown = {
        screens.encoded(BUNDLE, Outcome(False, "blocked", None, reason), None, None) for reason in reasons
    }
    assert len(shown) == 1


def test_outcomes_differ_in_icon_and_light() -> None:
    screens = Screens("zh-CN")
    shown = [decoded(screens.encoded(BUNDLE, outcome, None, None)) for outcome in (GREETED, UNKNOWN, BLOCKED)]
    assert len({screen.light for screen in shown}) == 3
    icons = [strip_pixels(screen.strips[0]) for screen in shown]
    for one, other in itertools.combinations(icons, 2):
        assert len(one ^ other) > 60, "as many pixels as make another shape"


def test_the_name_is_as_large_as_the_icon_and_lines_are_smaller() -> None:
    icon, greeting, line, other = decoded(Screens("zh-CN").encoded(BUNDLE, GREETED, "林**", None)).strips
    assert (icon.height, greeting.height, line.height, other.height) == (32, 32, 16, 16)
    tall = {y for _, y in strip_pixels(greeting)}
    assert max(tall) - min(tall) >= 20


@pytest.mark.parametrize(
    ("language", "spoken"),
    [
        ("zh-CN", "zh-CN"),
        ("zh-TW", "zh-CN"),
        ("en-GB", "en"),
        ("EN", "en"),
        ("fr", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_the_nearest_language_is_spoken_else_the_shops(language: str | None, spoken: str) -> None:
    assert Screens("en").spoken(language) == spoken


def test_the_second_line_is_the_other_language() -> None:
    screens = Screens("zh-CN")
    chinese = decoded(screens.encoded(BUNDLE, GREETED, "林**", "zh-CN")).strips
    english = decoded(screens.encoded(BUNDLE, GREETED, "林**", "en")).strips
    assert chinese[2].pixels == english[3].pixels
    assert chinese[3].pixels == english[2].pixels


def test_a_tier_named_anew_is_drawn_anew() -> None:
    screens = Screens("zh-CN")
    before = screens.encoded(BUNDLE, GREETED, "林**", None)
    assert screens.encoded(Bundle(), GREETED, "林**", None) != before
    assert screens.encoded(BUNDLE, GREETED, "林**", None) == before


def test_what_was_drawn_is_kept_within_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixels, "LINES_KEPT_MAX", 4)
    screens = Screens("zh-CN")
    for _ in range(3):
        screens.encoded(BUNDLE, GREETED, "林**", None)
    assert screens.lines_drawn() == 2
    for points in range(1, 30):
        screens.encoded(BUNDLE, Outcome(False, "greeted", "gold", None, "silver", points), "林**", None)
    assert screens.lines_drawn() == 31
    assert screens._lines.cache_info().currsize == 4


@pytest.mark.parametrize("size", [14, 24])
def test_a_character_is_the_fonts_own_seen_upright(size: int) -> None:
    """Against Pillow drawing the same character straight: no row or column may be turned around."""
    height = 32
    drawn = Lettering().line("林", (size,), height, 128)
    font = ImageFont.truetype(str(sans_path()), size, layout_engine=ImageFont.Layout.BASIC)
    image = Image.new("1", (drawn.width, height))
    pen = ImageDraw.Draw(image)
    pen.fontmode = "1"
    pen.text((0, lettering.baseline("林", size, height)), "林", fill=1, font=font, anchor="ls")
    expected = {(x, y) for x in range(drawn.width) for y in range(height) if image.getpixel((x, y))}
    assert strip_pixels(Strip(0, 0, drawn.width, height, drawn.pixels())) == expected
    assert len(expected) > 30


def test_no_character_loses_its_top_or_foot() -> None:
    letters = Lettering()
    words = (text for row in catalogue.ROWS.values() for text in (*row.title, *row.line))
    for text in (*words, "林欧龘王李张刘陈鱼", "HMWQgpyjlkfbd,120*"):
        for size, height in ((24, 32), (20, 32), (14, 16), (12, 16)):
            for character in text:
                points = strip_pixels_of(letters, character, size, height)
                tall = strip_pixels_of(letters, character, size, height + 32)
                assert len(points) == len(tall), f"{character} at {size}"


def strip_pixels_of(letters: Lettering, character: str, size: int, height: int) -> set[tuple[int, int]]:
    drawn = letters.line(character, (size,), height, 128)
    return strip_pixels(Strip(0, 0, drawn.width, height, drawn.pixels()))


def test_a_line_that_fits_in_no_size_is_cut() -> None:
    drawn = Lettering().line("字" * 40, (14, 12), 16, 128)
    assert drawn.width == 128
    assert all(len(page) == 128 for page in drawn.pages)


def test_packing_is_the_displays_order() -> None:
    image = Image.new("1", (3, 16))
    image.putpixel((0, 0), 1)
    image.putpixel((1, 7), 1)
    image.putpixel((2, 8), 1)
    assert packed(image).pages == (b"\x01\x80\x00", b"\x00\x00\x01")


def test_icons_are_drawn_inside_their_box() -> None:
    shapes = []
    for name in NAMES:
        icon = draw_icon(name)
        assert (icon.width, len(icon.pages)) == (24, 4)
        shapes.append(strip_pixels(Strip(0, 0, icon.width, 32, icon.pixels())))
    for one, other in itertools.combinations(shapes, 2):
        assert len(one ^ other) > 60, "as many pixels as make another shape"


def test_strips_are_spliced_as_the_codec_would_encode_them() -> None:
    drawn = lettering.Bitmap(3, (b"\x01\x02\x03", b"\x04\x05\x06"))
    assert pixels._strip(24, 32, drawn) == cbor.encode((24, 32, 3, 16, drawn.pixels()))


COUPONS = Told("coupons_waiting", (("count", 2),))
CHECKED_IN = Told("checked_in", (("count", 5), ("what", (("zh-CN", "积分"), ("en", "points")))))


def test_coupons_stand_below_the_members_standing_in_their_language_alone() -> None:
    screens = Screens("zh-CN")
    plain = decoded(screens.encoded(BUNDLE, GREETED, "林**", "en")).strips
    told = decoded(screens.encoded(BUNDLE, GREETED, "林**", "en", "counter", COUPONS)).strips
    assert told[1:3] == plain[1:3] and told[3] != plain[3] and told[0] != plain[0]


def test_a_check_in_is_said_in_both_languages() -> None:
    screens = Screens("zh-CN")
    chinese = decoded(screens.encoded(BUNDLE, GREETED, "林**", "zh-CN", "entrance", CHECKED_IN)).strips
    english = decoded(screens.encoded(BUNDLE, GREETED, "林**", "en", "entrance", CHECKED_IN)).strips
    assert chinese[2].pixels == english[3].pixels and chinese[2].pixels != chinese[3].pixels


def test_the_entrance_says_of_no_refusal_what_it_is() -> None:
    screens = Screens("zh-CN")
    refused = [code for code, row in catalogue.ROWS.items() if row.look in REFUSALS]
    assert len(refused) > 60
    refused.remove("unknown.not_known")  # it says where to get a card
    refused.remove("unknown.stale")  # it says to show a new code, whoever's it is
    figures = tuple((name, "1") for name in FIGURES)
    shown = [decoded(screens.told("entrance", Told(code, figures), None)) for code in refused]
    assert len({tuple(strip.pixels for strip in screen.strips[1:]) for screen in shown}) == 1


@pytest.mark.parametrize("role", catalogue.ROLES)
def test_every_outcome_can_be_shown_at_every_role_in_every_language(role: str) -> None:
    screens = Screens("zh-CN")
    figures = tuple((name, "12") for name in FIGURES)
    for code in catalogue.OUTCOMES:
        if code.startswith("terminal."):
            continue
        for language in ("zh-CN", "en"):
            encoded = screens.told(role, Told(code, figures), language, "林**")
            screen = decoded(encoded)
            assert answers.encode_screen(screen) == encoded
            assert screen.hold_ms == catalogue.row(code, role).look.hold_ms


def test_a_question_leaves_the_last_rows_to_the_dots() -> None:
    screen = decoded(Screens("zh-CN").told("counter", Told("pin.ask"), "en"))
    assert max(strip.y + strip.height for strip in screen.strips) <= 64 - messages.DOTS_HEIGHT


def test_a_list_has_four_lines_from_the_left() -> None:
    screen = decoded(Screens("zh-CN").listing(["林** 券3", "1 满500减50", "2 满100减50", "3 可颂"]))
    places = [(strip.x, strip.y, strip.height) for strip in screen.strips]
    assert places == [(0, y, 16) for y in (0, 16, 32, 48)]
