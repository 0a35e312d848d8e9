"""The recipe of docs/operations.md for a copy of the register, run as it stands."""

import shutil
import sqlite3
import stat
from pathlib import Path

import pytest

from gateway.register import Register
from sanctions_matrix.pack import Pack
from tests.examples.test_records_recipes import recipe, run
from tests.fakes.register_scene import Imports, citizen, people


@pytest.mark.skipif(shutil.which("bash") is None, reason="the recipe is for a shell")
def test_a_copy_that_is_made_while_the_register_is_open_is_whole(
    tmp_path: Path, pack: Pack
) -> None:
    """What stands in the write-ahead log only is in the copy, which its owner alone can read."""
    with Register.open(f"sqlite:///{tmp_path / 'register.sqlite'}", pack) as register:
        Imports(register, pack)(people(1, 2))
        assert register.verify_events()
        done = run(recipe("operations.md", "VACUUM INTO"), tmp_path)
        assert done.returncode == 0, done.stderr
        chain = register.verify_events()
    copy = tmp_path / "register-copy.sqlite"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with Register.open(f"sqlite:///{copy}", pack) as copied:
        assert copied.verify_events() == chain
        assert copied.listings_of([citizen(1)])[citizen(1)]
    assert sqlite3.connect(copy).execute("PRAGMA integrity_check").fetchone() == ("ok",)
