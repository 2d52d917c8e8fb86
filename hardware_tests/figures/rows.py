"""One figure is one row: a value beside the limit measured in the same run.

`build/bench.json` is a list of objects with the fields of `Row`; the table for people shows the same rows.
A row without a limit (memory, bytes) has limit and ratio null unless design.md names a budget for it.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """`ratio` is value / limit; `limit` is in the same unit; `conditions` says how it was measured."""

    name: str
    value: float
    unit: str
    limit: float | None
    ratio: float | None
    conditions: str


def row(name: str, value: float, unit: str, conditions: str, limit: float | None = None) -> Row:
    ratio = round(value / limit, 3) if limit else None
    return Row(name, round(value, 3), unit, None if limit is None else round(limit, 3), ratio, conditions)


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which `share` (0..1) of `values` lie, nearest rank; `values` must not be empty."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def table(rows: Iterable[Row]) -> str:
    """Rows as aligned text for people."""
    cells = [("figure", "value", "unit", "limit", "ratio", "conditions")]
    cells += [(r.name, _text(r.value), r.unit, _text(r.limit), _text(r.ratio), r.conditions) for r in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(5)]
    return "\n".join(_line(line, widths) for line in cells)


def write(rows: Iterable[Row], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(r) for r in rows], indent=1) + "\n", encoding="utf-8")


def _text(value: float | None) -> str:
    return "-" if value is None else f"{value:,.3f}".rstrip("0").rstrip(".")


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    name = cells[0].ljust(widths[0])
    unit = cells[2].ljust(widths[2])
    value, limit, ratio = (cells[i].rjust(widths[i]) for i in (1, 3, 4))
    return f"{name}  {value}  {unit}  {limit}  {ratio}  {cells[5]}"
