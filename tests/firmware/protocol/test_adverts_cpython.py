"""Independent judges of what is on the air: bumble reads it, cryptography makes it, Hypothesis damages it."""

import struct

from bumble.core import UUID, AdvertisingData
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.protocol import adverts, eid
from firmware.protocol.eax import Eax
from firmware.protocol.errors import REASONS, ProtocolError
from firmware.protocol.telemetry import Sealed, Telemetry

KEYS = st.binary(min_size=16, max_size=16)
POWERS = st.integers(-128, -21)
TELEMETRY = st.builds(
    Telemetry,
    st.integers(0, 65535),
    st.integers(-32767, 32767) | st.none(),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
)
ADVERTS = st.one_of(
    st.builds(adverts.uid, st.binary(min_size=10, max_size=10), st.binary(min_size=6, max_size=6), POWERS),
    st.builds(adverts.tlm, TELEMETRY),
    st.builds(
        lambda data: adverts.etlm(Sealed(data[:12], data[12:14], data[14:])),
        st.binary(min_size=16, max_size=16),
    ),
    st.builds(adverts.eid_frame, st.binary(min_size=8, max_size=8), POWERS),
    st.builds(adverts.ibeacon, KEYS, st.binary(min_size=4, max_size=4), POWERS),
    st.builds(
        lambda scheme, text, power: adverts.url(scheme + text, power),
        st.sampled_from(("http://www.", "https://")),
        st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=17),
        POWERS,
    ),
)


def aes(key: bytes, block: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)


def cmac(key: bytes, number: int, data: bytes) -> bytes:
    mac = CMAC(algorithms.AES(key))
    mac.update(bytes(15) + bytes([number]) + data)
    return mac.finalize()


@settings(max_examples=300, deadline=None)
@given(KEYS, st.integers(0, 15), st.integers(0, 2**32 - 1))
def test_identities_are_those_of_the_specification(key: bytes, rotation: int, t: int) -> None:
    temporary = aes(key, bytes(11) + b"\xff\x00\x00" + struct.pack(">H", t >> 16))
    block = bytes(11) + struct.pack(">BI", rotation, t // 2**rotation * 2**rotation)
    assert eid.eid(key, rotation, t) == aes(temporary, block)[:8]


@settings(max_examples=300, deadline=None)
@given(KEYS, st.binary(max_size=40), st.binary(max_size=40), st.binary(max_size=70), st.integers(1, 16))
def test_eax_is_that_of_cmac_and_counter_mode(
    key: bytes, nonce: bytes, header: bytes, text: bytes, tag_bytes: int
) -> None:
    start = cmac(key, 0, nonce)
    ciphertext = Cipher(algorithms.AES(key), modes.CTR(start)).encryptor().update(text)
    macs = zip(start, cmac(key, 1, header), cmac(key, 2, ciphertext), strict=True)
    tag = bytes(one ^ two ^ three for one, two, three in macs)[:tag_bytes]
    cipher = Eax(key, tag_bytes)
    assert cipher.seal(nonce, text, header) == (ciphertext, tag)
    assert cipher.open(nonce, ciphertext, tag, header) == text


@settings(max_examples=500, deadline=None)
@given(ADVERTS)
def test_bumble_reads_the_same_parts(advert: bytes) -> None:
    assert len(advert) <= adverts.ADVERT_BYTES_MAX
    theirs = AdvertisingData.from_bytes(advert)
    assert bytes(theirs) == advert
    assert theirs.get(AdvertisingData.FLAGS) is not None
    service = theirs.get(AdvertisingData.SERVICE_DATA_16_BIT_UUID)
    company = theirs.get(AdvertisingData.MANUFACTURER_SPECIFIC_DATA)
    services = {} if service is None else {str_of(service[0]): bytes(service[1])}
    assert service is None or theirs.get(AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS)
    companies = {} if company is None else {int(company[0]): bytes(company[1])}
    assert adverts.from_parts(services, companies) == (adverts.parse(advert),)


def str_of(uuid: UUID) -> str:
    """A 16-bit UUID as systems write it out."""
    return f"0000{uuid.to_bytes()[::-1].hex()}-0000-1000-8000-00805f9b34fb"


@settings(max_examples=1500, deadline=None)
@given(ADVERTS, st.data())
def test_damaged_adverts_are_read_or_refused(advert: bytes, draw: st.DataObject) -> None:
    data = bytearray(advert)
    for _ in range(draw.draw(st.integers(1, 3))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    assert_read_or_refused(bytes(data))


@settings(max_examples=1500, deadline=None)
@given(st.binary(max_size=62))
def test_noise_is_read_or_refused(data: bytes) -> None:
    assert_read_or_refused(data)
    assert_read_or_refused(b"\x02\x01\x06\x03\x03\xaa\xfe" + data)
    for parts in (({"0000feaa-0000-1000-8000-00805f9b34fb": data}, {}), ({}, {0x4C: b"\x02\x15" + data})):
        try:
            adverts.from_parts(*parts)
        except ProtocolError as error:
            assert error.reason in REASONS


def assert_read_or_refused(data: bytes) -> None:
    try:
        adverts.parse(data)
    except ProtocolError as error:
        assert error.reason in REASONS
