"""Where radios stand, and how strongly one hears another.

    received dBm = the sender's power at 1 m - 10 * exponent * log10(distance in m) + noise

Noise is Gaussian, drawn for every packet and every receiver; on top of that a share of the packets is lost
(collisions, other traffic), and what arrives below `floor_dbm` is not heard. Whoever was never placed stands
at (0, 0). The generator is the air's own: the same seed and the same calls give the same packets.
"""

import math
import random
from typing import Final, NamedTuple

NEAR_M: Final = 0.1  # nobody is nearer: two radios in one spot are a hand's breadth apart
RSSI_DBM_MIN, RSSI_DBM_MAX = -127, 20  # what HCI can say


class Model(NamedTuple):
    """The room. Defaults are the walks' of reference measurements: path-loss exponent 2.5, noise 4 dB, one
    packet in five lost, a receiver as an ESP32's."""

    exponent: float = 2.5
    noise_db: float = 4.0
    loss: float = 0.2  # 0..1
    floor_dbm: int = -97


class Spot(NamedTuple):
    """Where a radio stands, and its RSSI at 1 m."""

    x_cm: int = 0
    y_cm: int = 0
    power_dbm: int = -59


SILENT: Final = Model(noise_db=0.0, loss=0.0)  # every packet arrives, at the strength of its distance


class Air:
    """`heard`, `lost` and `faint` count packets once for each receiver."""

    def __init__(self, seed: int = 0, model: Model = Model()) -> None:  # noqa: B008 - a tuple, immutable
        self.model = model
        self.random = random.Random(seed)
        self.heard = self.lost = self.faint = 0
        self._spots: dict[str, Spot] = {}
        self._means: dict[tuple[str, str], float] = {}

    def spot(self, name: str) -> Spot:
        """Where this radio stands."""
        return self._spots.get(name, Spot())

    def place(self, name: str, x_cm: int, y_cm: int, power_dbm: int | None = None) -> None:
        """Put a radio somewhere, or move it; without a power it keeps its own."""
        kept = self.spot(name).power_dbm
        self._spots[name] = Spot(x_cm, y_cm, kept if power_dbm is None else power_dbm)
        self._means = {pair: mean for pair, mean in self._means.items() if name not in pair}

    def mean_dbm(self, sender: str, receiver: str) -> float:
        """What `receiver` hears of `sender` without noise."""
        mean = self._means.get((sender, receiver))
        if mean is None:
            mean = self._means[sender, receiver] = self._mean(self.spot(sender), self.spot(receiver))
        return mean

    def receive_dbm(self, sender: str, receiver: str) -> int | None:
        """How strongly one packet arrives; None: it does not."""
        chance, model = self.random, self.model
        if model.loss and chance.random() < model.loss:
            self.lost += 1
            return None
        rssi = self.mean_dbm(sender, receiver)
        if model.noise_db:
            rssi += chance.gauss(0.0, model.noise_db)
        if rssi < model.floor_dbm:
            self.faint += 1
            return None
        self.heard += 1
        return min(max(round(rssi), RSSI_DBM_MIN), RSSI_DBM_MAX)

    def _mean(self, sender: Spot, receiver: Spot) -> float:
        metres = math.hypot(sender.x_cm - receiver.x_cm, sender.y_cm - receiver.y_cm) / 100
        return sender.power_dbm - 10 * self.model.exponent * math.log10(max(metres, NEAR_M))
