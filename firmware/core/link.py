"""Reconnect policy: which step of connecting comes next, and how long it may take. No I/O, no clock.

    JOIN Wi-Fi -> RESOLVE the name -> DIAL TCP -> SECURE by TLS -> ENTER MQTT -> SERVE
      any failure -> PAUSE -> RESOLVE again, or JOIN when Wi-Fi is gone, or LEAVE Wi-Fi after TRIES_PER_WIFI

`start` and `step` return (action, wait_ms): do the action within wait_ms, then call `step` with how it ended.
For PAUSE wait_ms is how long to rest; for SERVE it is 0, meaning as long as it lasts.

Wi-Fi is torn down last: most failures are the broker's, and a new association costs seconds. The address is
resolved at every try, since a gateway that got a new lease is found only so.
"""

from firmware.core.backoff import full_jitter_ms

JOIN = "join"
RESOLVE = "resolve"
DIAL = "dial"
SECURE = "secure"
ENTER = "enter"
SERVE = "serve"
PAUSE = "pause"
LEAVE = "leave"

DONE = "done"  # the step succeeded; of PAUSE: Wi-Fi still stands
FAILED = "failed"  # refused, lost, timed out, short
REFUSED = "refused"  # of DIAL: the host answered that nobody listens, so Wi-Fi works
DENIED = "denied"  # the peer knows us and says no, or we do not trust it: trying faster cannot help
NO_WIFI = "no_wifi"  # of PAUSE: the association is gone
_DEAF = "deaf"  # of PAUSE: Wi-Fi claims to stand, but nothing came through it at TRIES_PER_WIFI tries

TABLE = {
    (JOIN, DONE): RESOLVE,
    (RESOLVE, DONE): DIAL,
    (DIAL, DONE): SECURE,
    (SECURE, DONE): ENTER,
    (ENTER, DONE): SERVE,
    (JOIN, FAILED): PAUSE,
    (RESOLVE, FAILED): PAUSE,
    (DIAL, FAILED): PAUSE,
    (DIAL, REFUSED): PAUSE,
    (SECURE, FAILED): PAUSE,
    (SECURE, DENIED): PAUSE,
    (ENTER, FAILED): PAUSE,
    (ENTER, DENIED): PAUSE,
    (SERVE, FAILED): PAUSE,
    (PAUSE, DONE): RESOLVE,
    (PAUSE, FAILED): RESOLVE,
    (PAUSE, NO_WIFI): JOIN,
    (PAUSE, _DEAF): LEAVE,
    (LEAVE, DONE): JOIN,
    (LEAVE, FAILED): JOIN,
}

LIMITS_MS = {
    JOIN: 20000,  # association and DHCP on a busy 2.4 GHz channel
    RESOLVE: 5000,  # two queries of a resolver that answers
    DIAL: 5000,  # three SYNs: 0, 1 and 3 s
    SECURE: 20000,  # ESP32: mean 1.1 s, worst 14.1 s in 55,234 handshakes (reference of this project)
    ENTER: 5000,  # a broker in the same shop answers in milliseconds
    SERVE: 0,
    LEAVE: 2000,
}
PAUSE_BASE_MS = 1000  # the first retry comes within a second: brokers restart in one
PAUSE_CAP_MS = 30000  # a shop that comes back from an outage is whole within half a minute
DENIED_PAUSE_MS = 60000  # a revoked or misnamed device must not fill the broker's log; doubled by chance
SERVED_WELL_MS = 20000  # shorter connections are kicks (two devices with one name): back-off goes on
TRIES_PER_WIFI = (
    5  # tries without any answer before Wi-Fi is torn down: a Pico W can be deaf while "connected"
)


class Link:
    """Where connecting stands."""

    def __init__(self, below) -> None:
        self.action = JOIN
        self.ups = 0
        self.failures = 0
        self.denials = 0
        self.leaves = 0
        self._below = below
        self._in_a_row = 0
        self._unanswered = 0
        self._served_from_ms = 0

    def counters(self) -> tuple:
        """What connecting has cost, as (name, value) pairs."""
        return (
            ("link.ups", self.ups),
            ("link.failures", self.failures),
            ("link.denials", self.denials),
            ("link.leaves", self.leaves),
        )

    def start(self) -> "tuple[str, int]":
        """The first action."""
        return self.action, LIMITS_MS[self.action]

    def step(self, ended: str, now_ms: int) -> "tuple[str, int]":
        """The next action after the present one `ended` so. A pair that TABLE lacks is our bug: KeyError."""
        if ended == DONE and self.action == PAUSE and self._unanswered >= TRIES_PER_WIFI:
            ended = _DEAF
        following = TABLE[self.action, ended]
        self._count(ended, following, now_ms)
        self.action = following
        if following == PAUSE:
            return PAUSE, self._pause_ms(ended)
        return following, LIMITS_MS[following]

    def _count(self, ended: str, following: str, now_ms: int) -> None:
        if following == SERVE:
            self.ups += 1
            self._served_from_ms = now_ms
        elif following == PAUSE:
            self._count_failure(ended, now_ms)
        elif following == LEAVE:
            self.leaves += 1
        if following in (SECURE, LEAVE) or ended == REFUSED:
            self._unanswered = 0

    def _count_failure(self, ended: str, now_ms: int) -> None:
        if self.action == SERVE and now_ms - self._served_from_ms >= SERVED_WELL_MS:
            self._in_a_row = 0
        self.failures += 1
        self.denials += ended == DENIED
        self._in_a_row += 1
        self._unanswered += self.action in (RESOLVE, DIAL)

    def _pause_ms(self, ended: str) -> int:
        if ended == DENIED:
            return DENIED_PAUSE_MS + self._below(DENIED_PAUSE_MS + 1)
        return full_jitter_ms(self._in_a_row - 1, PAUSE_BASE_MS, PAUSE_CAP_MS, self._below)
