"""From the counts of a day's visits to what the beacons' page shows: pure. A group for each beacon and place.

All groups' bars have one scale, so that they can be compared. Whoever is here in two hours is a visitor of
both: a group's visitors are those of its hours added up, and its share is of them.
"""

from collections.abc import Sequence
from typing import Final

from gateway.live import Data

HOURS: Final = 24
BAR_WIDE, BAR_HIGH = 10, 48  # units of one hour's bar
GAP: Final = 2


def day_of(rows: Sequence[Data], zones: Sequence[Data]) -> list[Data]:
    """The groups; `rows` as enquiry.presence_counts() gives them, `zones` as the plan has them. The store's
    network, which has no beacon, comes last."""
    names = {zone["zone"]: zone["name"] for zone in zones}
    most = max((row["visitors"] for row in rows), default=0)
    found: dict[tuple[str, str], list[Data]] = {}
    for row in rows:
        found.setdefault((row["beacon"], row["place"]), []).append(row)
    keys = sorted(found, key=lambda key: (not key[0], key))
    return [_group(key, names.get(key[1], {}), found[key], most) for key in keys]


def _group(key: tuple[str, str], place: dict[str, str], rows: list[Data], most: int) -> Data:
    sums = {what: sum(row[what] for row in rows) for what in ("shakes", "visitors", "redeemed")}
    busiest = max(rows, key=lambda row: (row["visitors"], -row["hour"]))
    return {
        "beacon": key[0],
        "zone": key[1],
        "place": place,
        **sums,
        "share": share(sums["redeemed"], sums["visitors"]),
        "most": busiest["visitors"],
        "busiest": busiest["hour"],
        "hours": [_hour(row, most) for row in sorted(rows, key=lambda row: row["hour"])],
    }


def _hour(row: Data, most: int) -> Data:
    visitors, redeemed = (_high(row[what], most) for what in ("visitors", "redeemed"))
    return {
        **row,
        "share": share(row["redeemed"], row["visitors"]),
        "x": row["hour"] * BAR_WIDE + GAP // 2,
        "wide": BAR_WIDE - GAP,
        "visitors_y": BAR_HIGH - visitors,
        "visitors_high": visitors,
        "redeemed_y": BAR_HIGH - redeemed,
        "redeemed_high": redeemed,
    }


def _high(count: int, most: int) -> int:
    """A bar's height; one that is not nothing is seen."""
    return max(2, round(BAR_HIGH * count / most)) if count else 0


def share(part: int, whole: int) -> int | None:
    """In whole percent, to the nearest; None of nobody."""
    return round(100 * part / whole) if whole else None
