"""docs/operations/portal.md has every counter and limit of the guests' pages, as they are."""

import re

from gateway.portal import announce, clerk, enforcer, grants, limits, sessions, wan
from gateway.portal.clerk import FULL, NO_LEASE, OVER, SHUT_OUT
from tests.docs import pages

PAGE = pages.text(pages.ROOT / "docs/operations/portal.md")
SOURCES = pages.ROOT / "gateway/portal"
HOUR_MS = 3_600_000


def counted() -> set[str]:
    """The counters named whole in the source; log events and files beside them are not counted."""
    found: set[str] = set()
    for path in (*SOURCES.glob("*.py"), *SOURCES.glob("shake/*.py")):
        text = path.read_text("utf-8")
        found |= set(re.findall(r'(?:counters\.add|count)\(\s*"portal\.([a-z_]+)"', text))
    return found


def test_every_counter_is_explained() -> None:
    assert len(counted()) > 10
    assert {name for name in counted() if f"`{name}`" not in PAGE} == set()
    for kind in limits.RULES:
        assert f"`over_limit_{kind}`" in PAGE
    for outcome in (enforcer.ONLINE, enforcer.AWAY, enforcer.BUSY, NO_LEASE, FULL, OVER, SHUT_OUT):
        assert f"`{outcome}`" in PAGE


def test_every_limit_is_as_it_says() -> None:
    rules = limits.RULES
    assert (rules["join"].each, rules["join"].span_ms) == (3, 24 * HOUR_MS) and "| 3 a day |" in PAGE
    assert (rules["code"].each, rules["code"].span_ms) == (10, HOUR_MS) and "| 10 an hour |" in PAGE
    assert (rules["typo"].each, rules["connect"].each) == (20, 60)
    for rule in rules.values():
        assert f"{rule.all_at_once:,} at once" in PAGE
    assert grants.KEPT_MS == 24 * HOUR_MS and sessions.SHUT_OUT_MS == HOUR_MS // 2
    assert announce.DAYS_MIN == 14 and announce.EVERY_S == 60 and wan.EVERY_S == 10
    assert clerk.DONE
