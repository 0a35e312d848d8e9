"""Confirmations: a changed pack is published by nobody who did not read what changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gateway import confirmation
from gateway.config import Settings
from gateway.confirmation import (
    RECORD_FILE,
    TABLES_FILE,
    confirm,
    read_confirmed,
    refuse_unconfirmed,
)
from gateway.errors import CommandError
from gateway.packs import load_pack, shipped_tables
from gateway.publishing import publishing_site
from gateway.site import SitePlan, create_site
from sanctions_matrix.pack import parse_pack
from tests.fakes.fixed_clock import MORNING
from tests.fakes.utopia import TABLES, utopia

if TYPE_CHECKING:
    from pathlib import Path

CHANGED = {
    **TABLES,
    "rules.toml": TABLES["rules.toml"].replace("stars = [3, 4, 5]", "stars = [4, 5]"),
}
REWORDED = {**TABLES, "rules.toml": TABLES["rules.toml"].replace("Utopia Act", "Utopia Code")}


def lines(root: Path) -> list[list[str]]:
    """Return the record's lines, in words."""
    return [line.split() for line in (root / RECORD_FILE).read_text(encoding="ascii").splitlines()]


def test_what_was_confirmed_is_read_back_and_may_be_published(tmp_path: Path) -> None:
    """The tables are kept whole, so that the next difference can be told."""
    assert read_confirmed(tmp_path) is None
    assert confirm(tmp_path, utopia(), TABLES, now=MORNING)
    held = read_confirmed(tmp_path)
    assert held is not None
    assert held.pack == utopia()
    refuse_unconfirmed(tmp_path, utopia())
    assert lines(tmp_path) == [["2031-05-06T08:30:00Z", "-", utopia().digest]]


def test_confirming_twice_changes_nothing(tmp_path: Path) -> None:
    """The command may be repeated; the record tells of each change once."""
    assert confirm(tmp_path, utopia(), TABLES, now=MORNING)
    before = (tmp_path / TABLES_FILE).stat().st_mtime_ns
    assert not confirm(tmp_path, utopia(), TABLES, now=MORNING)
    assert (tmp_path / TABLES_FILE).stat().st_mtime_ns == before
    assert len(lines(tmp_path)) == 1


def test_the_record_is_only_added_to(tmp_path: Path) -> None:
    """There and back is three lines, each with the digest before and after."""
    first, second = utopia(), parse_pack(CHANGED)
    for pack, tables in ((first, TABLES), (second, CHANGED), (first, TABLES)):
        confirm(tmp_path, pack, tables, now=MORNING)
    changes = [("-", first.digest), (first.digest, second.digest), (second.digest, first.digest)]
    assert [tuple(line[1:]) for line in lines(tmp_path)] == changes


def test_a_crash_between_the_two_files_confirms_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line without effect is found again, and the same command then finishes without a second one."""
    confirm(tmp_path, utopia(), TABLES, now=MORNING)

    def fail(*_: object) -> None:
        message = "the disk is full"
        raise OSError(message)

    with monkeypatch.context() as patch:
        patch.setattr(confirmation, "_replace", fail)
        with pytest.raises(OSError, match="disk is full"):
            confirm(tmp_path, parse_pack(CHANGED), CHANGED, now=MORNING)
    with pytest.raises(CommandError, match="nothing is published"):
        refuse_unconfirmed(tmp_path, parse_pack(CHANGED))
    assert confirm(tmp_path, parse_pack(CHANGED), CHANGED, now=MORNING)
    assert len(lines(tmp_path)) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == [TABLES_FILE, RECORD_FILE]


def test_a_changed_pack_is_refused_with_the_number_and_the_command(tmp_path: Path) -> None:
    """Whoever is refused knows how much changes, where to read it, and what to type."""
    confirm(tmp_path, utopia(), TABLES, now=MORNING)
    pack = parse_pack(CHANGED)
    with pytest.raises(CommandError) as caught:
        refuse_unconfirmed(tmp_path, pack)
    assert "30 questions get another answer" in str(caught.value)
    assert "'jointgate matrix diff'" in str(caught.value)
    assert f"'jointgate matrix confirm {pack.digest[:12]}'" in str(caught.value)


def test_other_words_are_refused_too(tmp_path: Path) -> None:
    """Receipts carry the words of the tables, so that they are read before they are signed."""
    confirm(tmp_path, utopia(), TABLES, now=MORNING)
    with pytest.raises(CommandError, match="no answer changes, but 9 rows differ"):
        refuse_unconfirmed(tmp_path, parse_pack(REWORDED))


def test_a_site_that_never_confirmed_publishes_nothing(tmp_path: Path) -> None:
    """A site made before there were confirmations is told what to do."""
    with pytest.raises(CommandError, match=r"no pack was confirmed.*matrix confirm [0-9a-f]{12}'"):
        refuse_unconfirmed(tmp_path, utopia())


def test_tables_that_a_newer_version_cannot_read_confirm_nothing_new(tmp_path: Path) -> None:
    """An upgrade may ask more of a table; the old digest still counts, and the new one is confirmed without a diff."""
    confirm(tmp_path, utopia(), TABLES, now=MORNING)
    path = tmp_path / TABLES_FILE
    content = json.loads(path.read_text(encoding="utf-8"))
    content["tables"].pop("roles.toml")
    path.write_text(json.dumps(content), encoding="utf-8")
    held = read_confirmed(tmp_path)
    assert held is not None
    assert held.pack is None
    assert "roles.toml: is missing" in held.problem
    refuse_unconfirmed(tmp_path, utopia())
    with pytest.raises(CommandError, match="cannot read any more"):
        refuse_unconfirmed(tmp_path, parse_pack(CHANGED))
    assert confirm(tmp_path, parse_pack(CHANGED), CHANGED, now=MORNING)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"format": "another"}',
        '{"format": "jointgate confirmed pack 1", "digest": 1, "tables": {}}',
        '{"format": "jointgate confirmed pack 1", "digest": "a", "tables": {"rules.toml": 1}}',
    ],
)
def test_a_file_that_is_none_confirms_nothing(tmp_path: Path, content: str) -> None:
    """Doubt is no confirmation; confirming anew replaces the file."""
    (tmp_path / TABLES_FILE).write_text(content, encoding="utf-8")
    with pytest.raises(CommandError, match="cannot be read"):
        refuse_unconfirmed(tmp_path, utopia())
    assert confirm(tmp_path, utopia(), TABLES, now=MORNING)
    refuse_unconfirmed(tmp_path, utopia())


def test_the_digest_is_that_of_the_tables_and_not_what_the_file_says(tmp_path: Path) -> None:
    """A digest written into the file by hand confirms no other tables."""
    confirm(tmp_path, utopia(), TABLES, now=MORNING)
    path = tmp_path / TABLES_FILE
    text = path.read_text(encoding="utf-8")
    other = parse_pack(CHANGED)
    path.write_text(text.replace(utopia().digest, other.digest), encoding="utf-8")
    with pytest.raises(CommandError, match="nothing is published"):
        refuse_unconfirmed(tmp_path, other)


def test_a_publisher_does_not_start_with_an_unconfirmed_pack(tmp_path: Path) -> None:
    """The door that every publication goes through is shut, and nothing was written."""
    folder = tmp_path / "site"
    create_site(folder, SitePlan("us-ofac-sdn", "127.0.0.1:0"), now=MORNING)
    (folder / "tables").mkdir()
    for name, text in shipped_tables("us-ofac-sdn").items():
        (folder / "tables" / name).write_text(
            text.replace("lodging-stay-blocked", "lodging-blocked"), encoding="utf-8"
        )
    before = sorted(folder.rglob("*"))
    settings = Settings(root=folder, pack="us-ofac-sdn", pack_folder="tables")
    with (
        pytest.raises(CommandError, match="nothing is published"),
        publishing_site(settings, "unix:///nowhere"),
    ):
        pytest.fail("the publisher started")
    assert sorted(folder.rglob("*")) == before


def test_a_new_site_has_confirmed_its_pack(tmp_path: Path) -> None:
    """`jointgate init` is the choice of the pack; nothing else is to be confirmed before the first publication."""
    create_site(tmp_path / "site", SitePlan("us-ofac-sdn", "127.0.0.1:0"), now=MORNING)
    held = read_confirmed(tmp_path / "site")
    assert held is not None
    assert held.digest == load_pack("us-ofac-sdn").digest
