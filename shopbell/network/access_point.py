"""hostapd's configuration as text. Generated only: no radio was there to try it.

Guests are kept from each other in the air (`ap_isolate`); what they would send each other through us, the
firewall refuses. The name and the key are written as hex digits, so that no letter of theirs is a command.
"""

import hashlib

from gateway.portal.settings import NetworkSettings
from shopbell.errors import ShopbellError

SSID_BYTES_MAX = 32
KEY_ROUNDS, KEY_BYTES = 4096, 32  # IEEE 802.11i, annex H.4: PBKDF2-HMAC-SHA1 with the SSID as salt
CHANNEL_24_GHZ_MAX = 14
STATIONS_MAX = 255  # more than the radio of a Pi keeps


def access_point(settings: NetworkSettings) -> str:
    """The whole hostapd.conf. Raises ShopbellError for a name or passphrase that no Wi-Fi can have."""
    ssid = settings.ssid.encode()
    if not 1 <= len(ssid) <= SSID_BYTES_MAX:
        raise ShopbellError(
            f"[network] ssid has {len(ssid)} bytes", f"give 1 to {SSID_BYTES_MAX} bytes of UTF-8"
        )
    mode = "g" if settings.channel <= CHANNEL_24_GHZ_MAX else "a"
    return f"""\
# Written by `shopbell network write`; changes here are lost. The settings are [network] in shopbell.toml.
interface={settings.lan}
driver=nl80211
ssid2={ssid.hex()}
utf8_ssid=1
country_code={settings.country}
ieee80211d=1
hw_mode={mode}
channel={settings.channel}
ieee80211n=1
wmm_enabled=1
ap_isolate=1
max_num_sta={STATIONS_MAX}
ignore_broadcast_ssid=0
auth_algs=1
{_protection(settings, ssid)}"""


def _protection(settings: NetworkSettings, ssid: bytes) -> str:
    if not settings.passphrase:
        return "wpa=0\n"
    if not (settings.passphrase.isascii() and settings.passphrase.isprintable()):
        raise ShopbellError("[network] passphrase has letters beyond ASCII", "phones could not type it alike")
    key = hashlib.pbkdf2_hmac("sha1", settings.passphrase.encode(), ssid, KEY_ROUNDS, KEY_BYTES)
    return f"wpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\nwpa_psk={key.hex()}\n"
