"""The recipe of docs/operations.md for a new authority, run as it stands, and what the authority can do then."""

import shutil
from pathlib import Path

import pytest

from gateway.cli import main
from tests.examples.test_records_recipes import recipe, run
from tests.integration.register_site import RegisterSite, air_row, feed_bytes

pytestmark = pytest.mark.integration


@pytest.mark.skipif(
    not (shutil.which("bash") and shutil.which("openssl")), reason="the recipe is for both"
)
def test_a_new_authority_writes_to_its_own_list_and_to_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its certificate opens the connection, its key signs, and its row says which list is its own."""
    site = RegisterSite(tmp_path / "site", pack="cn-joint-discipline")
    done = run(recipe("operations.md", "forestry.csr"), site.folder)
    assert done.returncode == 0, done.stderr
    with site.serving():
        assert submitted(site, tmp_path, "air-restricted") == 0, capsys.readouterr().err
        assert len(site.references("air-restricted")) == 1
        assert submitted(site, tmp_path, "rail-restricted") == 1
    assert "LIST_NOT_ALLOWED" in capsys.readouterr().err


def submitted(site: RegisterSite, folder: Path, list_id: str) -> int:
    """Submit a feed of one row to a list, as the new authority."""
    feed = folder / "feed.jsonl"
    title = "Synthetic Forestry Administration of Utopia"
    feed.write_bytes(feed_bytes([air_row(1)], list=list_id, authority=title))
    identity = site.folder / "authorities" / "forestry" / "identity.toml"
    words = ["submit", str(feed), "--list", list_id, "--identity", str(identity)]
    return main([*words, "--register", site.addresses.authorities])
