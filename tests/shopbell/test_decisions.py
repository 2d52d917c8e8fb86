"""The page of dependencies names every direct one, and no other."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "decisions" / "0003-dependencies.md"


def declared() -> set[str]:
    """Every direct dependency, of the project and of all its extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    return {re.split(r"[<>=!~\[; ]", line)[0] for lines in lists for line in lines}


def listed() -> set[str]:
    """Every name in the first column of the page's table."""
    rows = re.findall(r"^\| (.+?) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    cells = [name.strip() for row in rows for name in row.split(",")]
    return {name for name in cells if name not in ("Library", "---")}


def test_every_direct_dependency_has_its_reason() -> None:
    assert listed() == declared()
