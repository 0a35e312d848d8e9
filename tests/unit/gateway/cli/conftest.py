"""What the tests of commands share: an empty site, and a command run at it in this process."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.config import load_settings
from gateway.confirmation import confirm
from gateway.packs import site_pack_with_tables
from tests.fakes.fixed_clock import MORNING

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The settings of an empty site, all of them defaults; its pack is confirmed."""
    path = tmp_path / "jointgate.toml"
    path.write_text("", encoding="utf-8")
    pack, tables = site_pack_with_tables(load_settings(path))
    confirm(tmp_path, pack, tables, now=MORNING)
    return path


@pytest.fixture
def run(site: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command at the site; returns exit status, output and errors."""

    def command(*arguments: object) -> tuple[int, str, str]:
        status = main(["--config", str(site), *map(str, arguments)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return command
