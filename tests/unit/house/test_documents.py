"""The repository's own promises about its documents.

Responsible for: links that resolve, a README that stays short, no trace of one machine.
Not responsible for the snippets in the documents; tests/examples runs those.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
NOT_OURS = {
    ".git",
    ".venv",
    ".venv-generate",
    ".venv-mutate",
    "__pycache__",
    "build",
    "dist",
    "demo-site",
}
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
# Written so that this file does not contain what it looks for.
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|root|work|Users)/\w")
REGISTRY_HOST = re.compile(
    r"files\.python[h]osted|py[p]i\.org|registry\.np[m]js|deb\.debi[a]n\.org"
)


def own_files() -> Iterator[Path]:
    """Yield every file that belongs to the repository, caches and environments aside."""
    for top in ROOT.iterdir():
        if top.name in NOT_OURS or top.name.endswith("_cache") or top.name == ".hypothesis":
            continue
        for path in [top] if top.is_file() else top.rglob("*"):
            if path.is_file() and not NOT_OURS.intersection(path.relative_to(ROOT).parts):
                yield path


def relative(path: Path) -> str:
    """Return the path as it is written in the repository."""
    return path.relative_to(ROOT).as_posix()


def anchors(markdown: str) -> set[str]:
    """Return the anchors of a document's headings, made as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", markdown), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}


def is_dead(link: str, document: Path) -> bool:
    """Return whether a link inside the repository leads nowhere."""
    target, _, anchor = link.partition("#")
    path = (document.parent / target).resolve() if target else document
    if not path.exists():
        return True
    return bool(anchor) and path.suffix == ".md" and anchor not in anchors(path.read_text("utf-8"))


DOCUMENTS = sorted(path for path in own_files() if path.suffix == ".md")


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative)
def test_links_resolve(document: Path) -> None:
    """Every link to a file or heading of the repository leads somewhere."""
    links = LINK.findall(FENCE.sub("", document.read_text("utf-8")))
    inside = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert [link for link in inside if is_dead(link, document)] == []


def test_readme_is_short() -> None:
    """The README can be read in one go: at most 150 lines."""
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 150


def test_no_trace_of_a_machine() -> None:
    """No file names a directory of one machine or the host of a package registry."""
    traces = []
    for path in own_files():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        traces += [
            f"{relative(path)}: {match.group()}"
            for pattern in (MACHINE_PATH, REGISTRY_HOST)
            for match in pattern.finditer(text)
        ]
    assert traces == []


def test_decision_records_are_complete() -> None:
    """Each decision record is numbered without a gap and has its date, status and three parts."""
    records = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert records
    assert [int(record.name[:4]) for record in records] == list(range(1, len(records) + 1))
    for record in records:
        text = record.read_text("utf-8")
        wanted = ("Date: ", "Status: ", "## Context", "## Decision", "## Consequences")
        assert [part for part in wanted if part not in text] == [], record.name
