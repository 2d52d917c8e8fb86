"""Which firmware this is. `python -m firmware.bundle` writes its own build time in place of BUILT_UNIX_S.

BUILT_UNIX_S is the floor of every clock of the device: it cannot be earlier than its own software.
"""

VERSION = "0.1.0"
BUILT_UNIX_S = 1785542400  # 2026-08-01: of software that runs from its source
