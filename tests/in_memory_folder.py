"""Where tests put what syncs to disk, so that the disk costs them no time."""

import os
from pathlib import Path

_SHM = Path("/dev/shm")  # noqa: S108 - what is made in it has a random name

IN_MEMORY = _SHM if os.access(_SHM, os.W_OK) else None
"""A folder in memory, as `tempfile` takes it; None, so the usual one, where the machine has none."""
