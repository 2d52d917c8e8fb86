"""Lets the shared tests import the fakes beside them, as on_micropython.py does there."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
