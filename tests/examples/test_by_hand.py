"""README and docs/authorities.md, followed one after the other: the second feed comes after the first."""

import json
import re
import shlex
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.cli.commands import build_parser

ROOT = Path(__file__).parents[2]
_SYNTH = re.compile(r"^jointgate (synth .+)$", re.MULTILINE)
_SHARE = 100


def synth(document: str, folder: Path) -> Path:
    """Write the feed that a document has written, with one party where it has a hundred."""
    (line,) = _SYNTH.findall((ROOT / document).read_text("utf-8"))
    arguments = build_parser(shlex.split(line)).parse_args(shlex.split(line))
    out = folder / str(arguments.out)
    words = ["--parties", str(arguments.parties // _SHARE), "--seed", str(arguments.seed)]
    words += ["--list", arguments.list, "--sequence", str(arguments.sequence), "--out", str(out)]
    assert main(["synth", *words]) == 0
    return out


def test_the_feed_of_the_authorities_page_follows_that_of_the_readme(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both are taken, in this order, without a word about a guard, and the second adds a tenth."""
    config = tmp_path / "site" / "jointgate.toml"
    assert main(["init", str(tmp_path / "site")]) == 0
    feeds = [synth(document, tmp_path) for document in ("README.md", "docs/authorities.md")]
    assert len({feed.name for feed in feeds}) == 2
    for feed, added in zip(feeds, (100, 10), strict=True):
        capsys.readouterr()
        words = ["--config", str(config), "import", str(feed), "--list", "consumption-limited"]
        assert main([*words, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["added"] == added
