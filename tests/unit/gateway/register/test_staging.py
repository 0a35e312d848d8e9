"""The spool between the two phases of an import."""

import tempfile
from pathlib import Path
from typing import IO

import pytest

from gateway.register import SpoolError
from gateway.register.staging import Spool


def _full_disk(mode: str) -> IO[bytes]:
    """Open a file that takes nothing; for writing only, for it would be read without an end."""
    return Path("/dev/full").open(mode.replace("+", ""))


def test_what_is_spooled_comes_back_in_order() -> None:
    """Values are read as they were written."""
    with Spool(str) as spool:
        for value in ("a", "b"):
            spool.put(value)
        assert list(spool) == ["a", "b"]


def test_a_full_temporary_folder_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is the folder's, not the feed's, whenever the disk says that it is full."""
    monkeypatch.setattr(tempfile, "TemporaryFile", _full_disk)
    with pytest.raises(SpoolError, match="temporary folder cannot be used"), Spool(str) as spool:
        spool.put("x" * 100_000)
    with Spool(str) as spool:
        spool.put("x")
        with pytest.raises(SpoolError, match="No space left"):
            next(iter(spool))


def test_a_missing_temporary_folder_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A folder that is gone is no reason to blame the feed either."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(SpoolError, match="TMPDIR"):
        Spool(str)
