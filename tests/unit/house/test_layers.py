"""The part of the layering that import-linter cannot say: what the domain may use at all.

Responsible for proving that sanctions_matrix is pure: the standard library only, and of it
nothing that reads a clock, a file, an environment, a socket or a random source.
The arrows between the packages are contracts in pyproject.toml.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DOMAIN = sorted((ROOT / "sanctions_matrix").rglob("*.py"))
IMPURE = frozenset(
    {
        "asyncio",
        "glob",
        "http",
        "io",
        "logging",
        "multiprocessing",
        "os",
        "pathlib",
        "random",
        "secrets",
        "select",
        "shutil",
        "signal",
        "socket",
        "sqlite3",
        "ssl",
        "subprocess",
        "tempfile",
        "threading",
        "time",
        "urllib",
        "uuid",
    }
)
# Clock readings that come with otherwise pure modules, as method names.
CLOCKS = frozenset({"now", "utcnow", "today"})


def imported(tree: ast.Module) -> Iterator[str]:
    """Yield the top-level name of every module that the code imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


@pytest.mark.parametrize("module", DOMAIN, ids=lambda path: path.stem)
def test_domain_is_pure(module: Path) -> None:
    """A module of the domain imports the pure standard library and itself, and reads no clock."""
    tree = ast.parse(module.read_text("utf-8"))
    pure = (sys.stdlib_module_names - IMPURE) | {"sanctions_matrix"}
    assert sorted(set(imported(tree)) - pure) == []
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    assert [c.attr for c in calls if isinstance(c, ast.Attribute) and c.attr in CLOCKS] == []
    assert not any(isinstance(node, ast.Name) and node.id == "open" for node in ast.walk(tree))
