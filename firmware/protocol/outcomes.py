"""What the gateway decided about one record, as the number in `booked`.

A device needs none of them to behave: it shows the screen that comes along. Bench, logs and `device watch`
print the names. Numbers are never used again for something else.
"""

from .compat import const

GREETED = const(1)  # a member, recognised
UNKNOWN = const(2)  # no instrument of ours
BLOCKED = const(3)  # the instrument is lost, locked or replaced, or the member suspended
LATE = const(4)  # booked as what happened, but past its deadline: shows nothing
SEEN = const(5)  # a sighting, booked
STAFF = const(6)  # a badge of somebody who works here
COUPON = const(7)  # the code of a coupon

NAMES = {
    GREETED: "greeted",
    UNKNOWN: "unknown",
    BLOCKED: "blocked",
    LATE: "late",
    SEEN: "seen",
    STAFF: "staff",
    COUPON: "coupon",
}
