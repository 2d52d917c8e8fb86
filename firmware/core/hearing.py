"""What of a store's air concerns a beacon: rotating identities, and the brand's iBeacon. Everything else is
somebody's headphones."""

from firmware.protocol import adverts
from firmware.protocol.errors import ProtocolError
from firmware.protocol.messages import SIGHTED_EID, SIGHTED_IBEACON

_EID_MARK = b"\xaa\xfe\x30"  # Eddystone's service data, then the kind of frame
_IBEACON_MARK = b"\x02\x15"


class Hearing:
    """`uuid` is the brand's. `heard(kind, identity, address, rssi_dbm)` is told of each."""

    def __init__(self, uuid: bytes, heard) -> None:
        self.malformed = 0  # adverts that claim to be one of these frames and are not
        self._mark = _IBEACON_MARK + uuid
        self._heard = heard

    def take(self, address: bytes, rssi_dbm: int, advert: bytes) -> bool:
        """One packet; whether it concerns us. The search before it is read spares a board half a
        millisecond for each of the many that do not."""
        if _EID_MARK not in advert and self._mark not in advert:
            return False
        try:
            frame = adverts.parse(advert)
        except ProtocolError:
            self.malformed += 1
            return False
        if frame is None:
            return False
        if frame.kind == adverts.EID:
            self._heard(SIGHTED_EID, frame.identity, address, rssi_dbm)
            return True
        if frame.kind == adverts.IBEACON and self._mark.endswith(frame.identity[: adverts.UUID_BYTES]):
            self._heard(SIGHTED_IBEACON, frame.identity[adverts.UUID_BYTES :], address, rssi_dbm)
            return True
        return False
