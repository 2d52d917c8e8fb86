"""Writes docs/screens.md: every outcome x role x language, from the catalogue that displays are drawn from.

python -m gateway.screens_doc            write the file
python -m gateway.screens_doc --check    fail if it is not what the catalogue says
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from firmware.protocol.messages import HOLD_STAYS, TONE_ATTENTION, TONE_NO, TONE_NONE, TONE_YES
from gateway import (
    screens,
    screens_device,
    screens_met,
    screens_programs,
    screens_refused,
    screens_till,
)
from gateway.screens_look import KEYS, Look, Pair, Row

TARGET: Final = Path(__file__).resolve().parent.parent / "docs" / "screens.md"

LANGUAGES: Final = ("zh-CN", "en")
ROLES: Final[dict[str, Pair]] = {
    screens.ENTRANCE: ("门口", "entrance"),
    screens.COUNTER: ("收银台", "counter"),
    screens.DESK: ("服务台", "desk"),
    screens.KIOSK: ("自助机", "kiosk"),
}
TONES: Final[dict[int, str]] = {
    TONE_NONE: "no sound",
    TONE_YES: "one high tone",
    TONE_NO: "two low tones",
    TONE_ATTENTION: "three short tones",
}
SECTIONS: Final = (
    ("Recognised, or not", screens_met.ROWS),
    ("Done at a till, at the keypad and at the kiosk", screens_till.ROWS),
    ("Refused", screens_refused.ROWS),
    ("Coupons and programs that did not count", screens_programs.ROWS),
    ("Said by the terminal itself", screens_device.ROWS),
)
HEAD: Final = """# What terminals show, and what a clerk does

Generated from the catalogue (`gateway/screens.py`) by `python -m gateway.screens_doc`; do not edit. The
displays are drawn from the same rows.

For each outcome: icon, light, sound and how long it stays; then for each role and language of the reader the
display, what the clerk says, and what the clerk does. A display has the title beside the icon, a line in the
reader's language and the same line in the other one. Words in braces are figures of the moment.

* **Roles.** {roles}. A terminal of any other role is a counter.
* **Refusals stay** until a key of the keypad, another card or code, or another screen ends them.
* **Names are masked** ("林**"), and the entrance shows no amount, no reason and no balance: only where to go.
* **A card that cannot be used** shows the same for every reason: only the clerk learns which.
* A member's own words come in their language, everybody else's in the shop's.
"""


def page() -> str:
    """The whole file."""
    roles = ", ".join(f"`{role}` {words[0]}" for role, words in ROLES.items())
    lines = [HEAD.format(roles=roles).rstrip("\n")]
    for title, rows in SECTIONS:
        lines += ["", f"## {title}"]
        for outcome in rows:
            lines += ["", *_outcome(outcome)]
    return "\n".join(lines) + "\n"


def _outcome(outcome: str) -> Iterator[str]:
    look = screens.ROWS[outcome].look
    yield f"### `{outcome}`"
    yield ""
    yield _looks(look) + _looks_elsewhere(outcome)
    yield ""
    yield "| role | language | display | the clerk says | the clerk does |"
    yield "|---|---|---|---|---|"
    for role in screens.ROLES:
        for language in LANGUAGES:
            yield _line(outcome, role, language)


def _line(outcome: str, role: str, language: str) -> str:
    row, at = screens.row(outcome, role), LANGUAGES.index(language)
    cells = (ROLES[role][at], language, display(outcome, row, at), row.says[at], row.does[at])
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def display(outcome: str, row: Row, at: int) -> str:
    """The lines of a display for a reader of this language, as people read them."""
    if outcome.startswith(screens_device.PREFIX):
        return " / ".join(row.title)  # drawn once, in both languages
    if row.look.hold_ms == 0 and row.look.icon == "none":
        return row.title[at]
    lines = [row.title[at], row.line[at]]
    if outcome in screens.BESIDES and row.line == screens.ROWS[outcome].line:
        standing = screens.ROWS["greeted.next"].line[at]
        return " / ".join([lines[0], standing, lines[1]])
    return " / ".join(lines if row.look == KEYS else [*lines, row.line[1 - at]])


def _looks(look: Look) -> str:
    icon = "no icon" if look.icon == "none" else f"icon {look.icon}"
    light = f"light #{look.light:06x}" if look.light else "no light"
    return f"{icon}, {light}, {TONES[look.tone]}; {_held(look)}"


def _looks_elsewhere(outcome: str) -> str:
    """Where a role looks otherwise."""
    looks = {role: screens.row(outcome, role).look for role in screens.ROLES}
    others = [(role, look) for role, look in looks.items() if look != screens.ROWS[outcome].look]
    return "".join(f" (`{role}`: {_looks(look)})" for role, look in others)


def _held(look: Look) -> str:
    if look.hold_ms == HOLD_STAYS:
        return "stays until dismissed"
    if look == KEYS:
        return "until answered, 30 s without a key at most"
    return f"stays {look.hold_ms / 1000:g} s" if look.hold_ms else "until something else is shown"


def main(arguments: list[str]) -> int:
    """The command; 1 where the file is not current."""
    if arguments == ["--check"]:
        current = TARGET.exists() and TARGET.read_text("utf-8") == page()
        sys.stdout.write("" if current else f"{TARGET.name} is stale: run python -m gateway.screens_doc\n")
        return 0 if current else 1
    TARGET.write_text(page(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
