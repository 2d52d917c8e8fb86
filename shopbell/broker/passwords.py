"""Makes mosquitto's password lines in its own format, so that no password passes through a command line.

`user:$7$<rounds>$<salt>$<hash>`: PBKDF2-HMAC-SHA512, 12 bytes of salt, 64 bytes of hash, both base64
(mosquitto 2.0, `mosquitto_passwd` prints the same).
"""

import base64
import hashlib
import os

# mosquitto's own default. The passwords are 32 random bytes: stretching adds nothing, but the format asks it.
ROUNDS = 101
SALT_BYTES = 12


def password_line(user: str, password: str, salt: bytes | None = None) -> str:
    """One line of the password file, without its newline. `salt` is None for a random one."""
    salt = os.urandom(SALT_BYTES) if salt is None else salt
    hashed = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ROUNDS)
    return f"{user}:$7${ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(hashed).decode()}"
