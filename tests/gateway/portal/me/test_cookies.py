"""The member's cookie: nobody makes one without the key, and what was only shown is not known."""

import stat
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import SettingsError
from gateway.keyfile import KEY_BYTES
from gateway.portal.cookies import (
    AGES_S,
    COOKIE,
    KNOWN,
    RENEW_MS,
    SECURE_COOKIE,
    SHOWN,
    Cookies,
    Level,
    Seals,
    read_key,
)

KEY = bytes(range(KEY_BYTES))
NOW_MS = 1_767_232_800_000


class Clock:
    now_ms = NOW_MS

    def __call__(self) -> int:
        return self.now_ms


def request_with(name: str, value: str) -> Request:
    return Request({"type": "http", "headers": [(b"cookie", f"{name}={value}".encode("latin-1"))]})


def made(cookies: Cookies, level: Level = KNOWN, name: str = "") -> tuple[str, str, str]:
    """Name, value and the rest of a cookie of m-1."""
    response = Response()
    cookies.set_member(response, "m-1", level, name)
    cookie, _, rest = response.headers["set-cookie"].partition("=")
    value, _, kept = rest.partition("; ")
    return cookie, value, kept


def test_a_known_browser_is_known_for_thirty_days_and_not_a_second_longer() -> None:
    clock = Clock()
    cookies = Cookies(KEY, clock)
    name, value, kept = made(cookies)
    assert (name, kept) == (COOKIE, "Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax")
    request = request_with(name, value)
    clock.now_ms += AGES_S[KNOWN] * 1_000 - 1
    assert cookies.read_member(request) == "m-1"
    clock.now_ms += 1
    assert cookies.read_member(request) is None and cookies.read(request) is None


def test_what_was_only_shown_is_no_known_member_and_lasts_a_quarter_of_an_hour() -> None:
    clock = Clock()
    cookies = Cookies(KEY, clock)
    name, value, _ = made(cookies, SHOWN, "林**")
    request = request_with(name, value)
    visit = cookies.read(request)
    assert visit is not None and (visit.member, visit.level, visit.name) == ("m-1", SHOWN, "林**")
    assert cookies.read_member(request) is None
    clock.now_ms += 15 * 60_000
    assert cookies.read(request) is None


def test_with_tls_no_plain_cookie_is_read_and_the_name_keeps_others_from_planting_one() -> None:
    plain, secure = Cookies(KEY, Clock()), Cookies(KEY, Clock(), secure=True)
    name, value, kept = made(secure)
    assert name == SECURE_COOKIE and kept.endswith("; Secure")
    assert secure.read_member(request_with(name, value)) == "m-1"
    assert secure.read(request_with(*made(plain)[:2])) is None


def test_every_changed_byte_and_every_foreign_key_is_refused() -> None:
    cookies = Cookies(KEY, Clock())
    name, value, _ = made(cookies)
    for at in range(len(value)):
        changed = value[:at] + ("A" if value[at] != "A" else "B") + value[at + 1 :]
        assert cookies.read(request_with(name, changed)) is None, at
    foreign = made(Cookies(KEY[::-1], Clock()))[1]
    for wrong in (foreign, "", ".", "x" * 2_000, value + ".", value[:-1], "ä.ö", value.upper()):
        assert cookies.read(request_with(name, wrong)) is None


def test_a_seal_of_one_purpose_opens_under_no_other() -> None:
    seals = Seals(KEY)
    value = made(Cookies(KEY, Clock()))[1]
    assert seals.open(COOKIE, value) is not None
    assert seals.open("form", value) is None


def test_who_signed_out_everywhere_has_no_cookie_of_before_but_may_come_again() -> None:
    clock, ended = Clock(), {"m-1": 0}
    cookies = Cookies(KEY, clock, ended_ms=lambda member: ended[member])
    old = request_with(*made(cookies)[:2])
    clock.now_ms += 10
    ended["m-1"] = clock.now_ms
    assert cookies.read(old) is None
    assert cookies.read_member(request_with(*made(cookies)[:2])) == "m-1"


def test_a_known_visit_is_renewed_once_a_day_and_a_shown_one_never() -> None:
    clock = Clock()
    cookies = Cookies(KEY, clock)
    known = cookies.read(request_with(*made(cookies)[:2]))
    shown = cookies.read(request_with(*made(cookies, SHOWN)[:2]))
    assert known is not None and shown is not None
    for passed_ms, renewed in ((RENEW_MS - 1, False), (RENEW_MS, True)):
        clock.now_ms = NOW_MS + passed_ms
        first, second = Response(), Response()
        cookies.renew(first, known)
        cookies.renew(second, shown)
        assert ("set-cookie" in first.headers) is renewed
        assert "set-cookie" not in second.headers


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "portal"
    key = read_key(folder)
    assert len(key) == KEY_BYTES and read_key(folder) == key
    assert stat.S_IMODE((folder / "member.key").stat().st_mode) == 0o600


def test_a_broken_key_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "member.key").write_bytes(b"short")
    with pytest.raises(SettingsError, match="Remove the file"):
        read_key(tmp_path)
    (tmp_path / "member.key").unlink()
    (tmp_path / "member.key").mkdir()
    with pytest.raises(SettingsError, match="cannot be used"):
        read_key(tmp_path)
