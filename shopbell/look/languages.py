"""Which language a page speaks: the link pressed, the cookie kept, the browser's wish, or the shop's own."""

from typing import Final

from shopbell.look.words import LANGUAGES, NAMES, Language

COOKIE: Final = "shopbell_language"
QUERY: Final = "lang"
COOKIE_AGE_S: Final = 365 * 24 * 3600
ACCEPT_CHARACTERS_MAX: Final = 256  # browsers send some 40; what is longer is not read


def choose(query: str | None, cookie: str | None, accept: str | None, shop: str) -> Language:
    """The language to speak; query, cookie and accept (Accept-Language) may be None or nonsense."""
    for wish in (query, cookie, *_accepted(accept or ""), shop):
        found = match(wish or "")
        if found is not None:
            return found
    return LANGUAGES[0]


def match(tag: str) -> Language | None:
    """The catalogue's language for a tag such as "zh", "zh-Hans-CN" or "en-GB"; None if it has none."""
    primary = tag.strip().lower().split("-")[0]
    return next((language for language in LANGUAGES if language.lower().split("-")[0] == primary), None)


def _accepted(header: str) -> list[str]:
    """The tags of an Accept-Language header, most wanted first; entries it cannot read are left out."""
    entries = (_entry(part) for part in header[:ACCEPT_CHARACTERS_MAX].split(","))
    ranked = sorted((entry for entry in entries if entry[0] > 0), key=lambda entry: -entry[0])
    return [tag for _, tag in ranked]


def _entry(part: str) -> tuple[float, str]:
    tag, _, weight = part.strip().partition(";q=")
    try:
        return (float(weight) if weight else 1.0), tag
    except ValueError:
        return 0.0, tag


def cookie_header(language: Language) -> str:
    """The Set-Cookie value that keeps a choice; no secret, so all pages of ours on this host share it."""
    return f"{COOKIE}={language}; Path=/; Max-Age={COOKIE_AGE_S}; SameSite=Lax; HttpOnly"


def switch_links(current: Language) -> list[dict[str, str | bool]]:
    """One link per language for the page's switch: tag, name, href, current."""
    return [
        {"tag": tag, "name": NAMES[tag], "href": f"?{QUERY}={tag}", "current": tag == current}
        for tag in LANGUAGES
    ]
