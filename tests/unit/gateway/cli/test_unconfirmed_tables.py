"""What the commands that change the register do under tables that nobody confirmed: restrain, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from gateway.config import load_settings
from gateway.packs import load_pack, shipped_tables
from gateway.register import Register

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Run = Callable[..., tuple[int, str, str]]

LIST = "consumption-limited"
PAPER = ("--document", "(2026) Decision No. 1")


def edited(file: str, old: str, new: str) -> dict[str, str]:
    """Return the shipped tables with a piece of one replaced everywhere."""
    tables = dict(shipped_tables("cn-joint-discipline"))
    assert old in tables[file]
    return {**tables, file: tables[file].replace(old, new)}


REWORDED = edited("pack.toml", 'version = "', 'version = "9.')
WITHOUT_THE_LIST = edited("lists.toml", f'"{LIST}"', '"another-list"')
NO_PACK = {"rules.toml": ""}


@pytest.fixture
def feed(tmp_path: Path, run: Run) -> Path:
    """A synthetic feed of three parties."""
    path = tmp_path / "feed.jsonl"
    assert run("synth", "--parties", 3, "--seed", 1, "--out", path)[0] == 0
    return path


@pytest.fixture
def reference(run: Run, feed: Path, site: Path) -> str:
    """The reference of an imported listing of a party on its own account."""
    assert run("import", feed, "--list", LIST)[0] == 0
    settings = load_settings(site)
    with Register.open(settings.database_url, load_pack(settings.pack_id)) as register:
        references = [listings[0].reference for _, listings in register.all_listings()]
        return next(one for one in references if register.show(one).responsible_role is None)


def use_tables(site: Path, tables: Mapping[str, str]) -> None:
    """Give the site tables of its own, which nobody confirmed."""
    folder = site.with_name("tables")
    folder.mkdir()
    for name, text in tables.items():
        (folder / name).write_text(text, encoding="utf-8")
    site.write_text('pack_folder = "tables"\n', encoding="utf-8")


def test_nothing_is_imported_under_tables_that_nobody_confirmed(
    run: Run, feed: Path, site: Path, tmp_path: Path
) -> None:
    """The register takes no row under lists or measures that the publisher would refuse, and no file is made."""
    use_tables(site, REWORDED)
    before = sorted(tmp_path.rglob("*"))
    status, _, err = run("import", feed, "--list", LIST)
    assert status == 1
    assert "nothing is imported: the pack's tables are not those confirmed last" in err
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("tables", [WITHOUT_THE_LIST, NO_PACK], ids=["no list", "no pack"])
def test_what_restrains_waits_for_no_tables(
    run: Run, reference: str, site: Path, tables: Mapping[str, str]
) -> None:
    """All that works for a party is done under tables that are unconfirmed, lack its list, or are no pack."""
    use_tables(site, tables)
    until = ("--from", "2026-01-01T00:00:00Z", "--until", "2026-01-20T00:00:00Z")
    assert run("listing", "stay", reference, *PAPER)[0] == 0
    assert run("listing", "exempt", reference, *PAPER, "--measure", "38", *until)[0] == 0
    assert run("listing", "object", reference, "--on", "2026-01-05", *PAPER)[0] == 0
    assert run("listing", "decide", reference, "--granted", *PAPER)[0] == 0
    assert (
        run("listing", "due", reference, "--reason", "deleted", "--on", "2026-01-05", *PAPER)[0]
        == 0
    )
    assert run("listing", "show", reference)[0] == 0
    assert run("register", "sweep")[0] == 0
    assert run("listing", "release", reference, *PAPER)[0] == 0


def test_a_stay_is_not_lifted_under_tables_that_nobody_confirmed(
    run: Run, reference: str, site: Path
) -> None:
    """Lifting restricts again, so that it waits until somebody has read what the tables do."""
    assert run("listing", "stay", reference, *PAPER)[0] == 0
    use_tables(site, REWORDED)
    status, _, err = run("listing", "stay", reference, *PAPER, "--lift")
    assert status == 1
    assert "the stay is not lifted: the pack's tables are not those confirmed last" in err


def test_a_request_is_not_rejected_under_tables_that_nobody_confirmed(
    run: Run, reference: str, site: Path
) -> None:
    """Rejecting ends a stay and restricts again, so that it waits as well; granting does not."""
    assert run("listing", "object", reference, "--on", "2026-01-05", *PAPER)[0] == 0
    use_tables(site, REWORDED)
    status, _, err = run("listing", "decide", reference, "--rejected", *PAPER)
    assert status == 1
    assert "the request is not rejected: the pack's tables are not those confirmed last" in err
    assert run("listing", "decide", reference, "--granted", *PAPER)[0] == 0
