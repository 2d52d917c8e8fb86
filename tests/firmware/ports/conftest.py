"""The tests of this folder import their fakes by name, as they do on MicroPython."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
