"""The Markdown pages of the repository: links, headings, and the commands they tell people to type."""

import re
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
ELSEWHERE = ("http://", "https://", "mailto:")


@cache
def pages() -> list[Path]:
    """Every page in the repository, also one that is not committed yet."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


def text(page: Path) -> str:
    return page.read_text("utf-8")


def links(page: Path) -> list[str]:
    """Where its links lead inside the repository, as they are written."""
    found = LINK.findall(FENCE.sub("", text(page)))
    return [target for target in found if not target.startswith(ELSEWHERE)]


def target(page: Path, link: str) -> Path:
    """The file or folder a link leads to; the page itself for a link to a heading alone."""
    path = link.partition("#")[0]
    return (page.parent / path).resolve() if path else page


def anchors(page: Path) -> set[str]:
    """The names under which its headings can be linked to."""
    return {anchor(heading) for heading in HEADING.findall(FENCE.sub("", text(page)))}


def anchor(heading: str) -> str:
    """A heading's name as the usual hosts make it: lower case, without punctuation, hyphens for spaces."""
    kept = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower())
    return kept.strip().replace(" ", "-")


def typed(page: Path, program: str) -> set[str]:
    """The lines beginning with `program` that it tells people to type, in code spans and blocks."""
    spans = re.findall(r"`([^`\n]+)`", text(page))
    blocks = [line for block in FENCE.findall(text(page)) for line in block.splitlines()[1:-1]]
    lines = [re.sub(r"^(\$ |sudo )+", "", line.strip()) for line in (*spans, *blocks)]
    return {line.partition("#")[0].strip() for line in lines if re.match(rf"{re.escape(program)}\b", line)}
