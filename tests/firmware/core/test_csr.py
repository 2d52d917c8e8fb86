"""Key file and certificate request: the same bytes on both Pythons (test_csr_cpython.py judges them)."""

from firmware.core import csr

# The key of RFC 6979 appendix A.2.5; signatures are deterministic, so a request is as well.
KEY = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
KEY_FILE = (
    "30770201010420c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721a00a06082a8648ce3d"
    "030107a1440342000460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc"
    "99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
)
REQUEST = (
    "3081cd307602010030143112301006035504030c09636f756e7465722d313059301306072a8648ce3d020106082a8648"
    "ce3d0301070342000460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc"
    "99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299a000300a06082a8648ce3d040302034700304402204a22"
    "1add583bf4169332cf0ef50d181f3dc024dff495117700724d1041d2dc2002203ff83607bcce70b327c2c9d234977264"
    "7ed945a45f0050e4dd0f868360ebf9b8"
)


def is_refused(data):
    """Whether reading it as a key file raises ValueError."""
    try:
        csr.read_private_key(data)
    except ValueError:
        return True
    return False


def test_key_file_is_written_and_read():
    data = csr.private_key_der(KEY)
    assert data == bytes.fromhex(KEY_FILE)
    assert csr.read_private_key(data) == KEY


def test_small_keys_keep_their_leading_zeros():
    for key in (1, 255, 1 << 200):
        data = csr.private_key_der(key)
        assert len(data) == csr.KEY_BYTES
        assert csr.read_private_key(data) == key


def test_request_is_the_same_every_time():
    assert csr.request_der("counter-1", KEY) == bytes.fromhex(REQUEST)


def test_every_truncation_of_a_key_file_is_refused():
    data = bytes.fromhex(KEY_FILE)
    for size in range(len(data)):
        assert is_refused(data[:size])
    assert is_refused(data + b"\x00")


def test_every_flipped_byte_of_a_key_file_is_refused():
    data = bytes.fromhex(KEY_FILE)
    for at in range(len(data)):
        assert is_refused(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])


def test_keys_outside_the_range_are_refused():
    data = bytes.fromhex(KEY_FILE)
    for key in (b"\x00" * 32, b"\xff" * 32):
        assert is_refused(data[:7] + key + data[39:])
