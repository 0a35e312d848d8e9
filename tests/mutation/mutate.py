"""Mutation testing of the rules: change one thing in the code, and see whether a test notices.

Responsible for running mutmut over the modules in `SCOPE` with the tests in `TESTS`, in a copy of the checkout,
and for comparing what survived with docs/mutation-testing.md.
Not responsible for how mutants are made (mutmut) nor for why one may survive (the document says it).

Rules kept here: the checkout is not touched; one process; a survivor without a reason, a reason without a survivor,
or more survivors than `MOST_SURVIVING` allows is a failure.

mutmut leaves decorated functions alone, so the copy has every property of the scope written as a plain method,
and no function of it remembers what it found: what the tests ask before a mutant is made would hide the mutant.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "mutation-testing.md"
COPIED = ("sanctions_matrix", "gateway", "partner_sdk", "protos", "tests", "docs", "pyproject.toml")
SCOPE = (
    "admission",
    "civil_time",
    "evaluation",
    "evaluation_naive",
    "listing",
    "lists",
    "party",
    "verdict",
    "violations",
    "working_days",
)
"""The modules of `sanctions_matrix` that are mutated."""
TESTS = (
    "test_admission.py",
    "test_civil_time.py",
    "test_evaluation.py",
    "test_listing.py",
    "test_violations.py",
    "test_working_days.py",
)
"""The tests of `tests/unit/sanctions_matrix` that judge."""
MOST_SURVIVING = 0.03
EXIT_CODES = {
    0: "survived",
    1: "killed",
    3: "killed",
    5: "untested",
    33: "untested",
} | dict.fromkeys((24, -24, 36, 152, 255), "timeout")
"""What mutmut's record of a mutant's tests means (its `stats.py`); any other, or none, is `other`."""
KILLING = ("killed", "timeout")

CONFIGURATION = """
[tool.mutmut]
source_paths = ["sanctions_matrix"]
only_mutate = {modules}
also_copy = ["gateway", "partner_sdk", "protos", "docs"]
pytest_add_cli_args = ["-p", "no:cacheprovider"]
pytest_add_cli_args_test_selection = {tests}
use_git_change_detection = false
"""


@dataclass(frozen=True, slots=True, order=True)
class Survivor:
    """A change that no test noticed: where it was made, and the line as it then read."""

    place: str
    line: str


def main() -> int:
    """Run every mutant of the chosen modules and print the table; 1 when the document does not account for it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("modules", nargs="*", default=SCOPE, help="modules of sanctions_matrix")
    chosen = tuple(parser.parse_args().modules)
    with TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder)
        prepare(copy, chosen)
        environment = os.environ | {"PYTHONPATH": f"{copy}/mutants:{copy}/mutants/protos/gen"}
        command = [sys.executable, "-m", "mutmut"]
        with (copy / "mutmut.log").open("wb") as log:
            subprocess.run(  # noqa: S603 - mutmut itself
                [*command, "run", "--max-children", "1"],
                cwd=copy,
                env=environment,
                check=False,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        statuses = read_statuses(copy)
        if not statuses or "other" in statuses.values():
            sys.exit((copy / "mutmut.log").read_text(encoding="utf-8")[-5000:])
        survivors = sorted(
            survivor_of(name, show(command, name, copy, environment))
            for name, status in statuses.items()
            if status not in KILLING
        )
    return judge(statuses, survivors, whole=set(chosen) == set(SCOPE))


def prepare(copy: Path, modules: tuple[str, ...]) -> None:
    """Copy what the tests need, write properties as methods, forget what is remembered, and say what to mutate."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, copy / name)
    # Python never again looks into a folder of its path that was missing when it started.
    (copy / "mutants" / "protos" / "gen").mkdir(parents=True)
    paths = [f"sanctions_matrix/{module}.py" for module in modules]
    for path in paths:
        text = (copy / path).read_text(encoding="utf-8")
        text = with_plain_properties(without_memory(text))
        (copy / path).write_text(text, encoding="utf-8")
    tests = [f"tests/unit/sanctions_matrix/{name}" for name in TESTS]
    section = CONFIGURATION.format(modules=json.dumps(paths), tests=json.dumps(tests))
    with (copy / "pyproject.toml").open("a", encoding="utf-8") as settings:
        settings.write(section)


def without_memory(text: str) -> str:
    """Return a module's text in which no function has the decorator `lru_cache`."""
    return re.sub(r"^ *@lru_cache\b.*\n", "", text, flags=re.MULTILINE)


def with_plain_properties(text: str) -> str:
    """Return a module's text in which each property `x` is a method `_x` and the line `x = property(_x)`."""
    lines = text.splitlines()
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    for node in sorted(functions, key=lambda node: -node.lineno):
        decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
        if decorators != ["property"] or node.end_lineno is None:
            continue
        indent = " " * node.col_offset
        lines.insert(node.end_lineno, f"{indent}{node.name} = property(_{node.name})")
        lines[node.lineno - 1] = lines[node.lineno - 1].replace("def ", "def _", 1)
        del lines[node.lineno - 2]
    return "\n".join(lines) + "\n"


def read_statuses(copy: Path) -> dict[str, str]:
    """Return every mutant's status by its name."""
    statuses: dict[str, str] = {}
    for meta in sorted((copy / "mutants").rglob("*.meta")):
        codes = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
        statuses |= {name: EXIT_CODES.get(code, "other") for name, code in codes.items()}
    return statuses


def show(command: list[str], name: str, copy: Path, environment: dict[str, str]) -> str:
    """Return the difference that a mutant makes."""
    shown = subprocess.run(  # noqa: S603 - mutmut itself
        [*command, "show", name], cwd=copy, env=environment, check=True, capture_output=True
    )
    return shown.stdout.decode()


def survivor_of(name: str, difference: str) -> Survivor:
    """Return where a mutant was made and its first changed line."""
    module, _, function = name.removeprefix("sanctions_matrix.").partition(".")
    function = re.sub(r"__mutmut_\d+$", "", function).removeprefix("x_").removeprefix("xǁ")
    added = [line[1:] for line in difference.splitlines() if re.match(r"\+(?!\+\+ )", line)]
    removed = [line[1:] for line in difference.splitlines() if re.match(r"-(?!-- )", line)]
    line = next((line for line in added if line not in removed), "(removed) " + "".join(removed))
    return Survivor(f"{module}.{function.replace('ǁ', '.')}", line.strip())


def judge(statuses: dict[str, str], survivors: list[Survivor], *, whole: bool) -> int:
    """Print the counts and the survivors, and compare them with the document's table."""
    for name, count in sorted(Counter(name.split(".")[1] for name in statuses).items()):
        print(f"{name}: {count} mutants")  # noqa: T201 - a command prints its answer
    counts = Counter(statuses.values())
    share = len(survivors) / len(statuses)
    print(f"{len(statuses)} mutants: {dict(counts)}; {share:.2%} survived")  # noqa: T201
    written = Counter(documented(DOCUMENT.read_text(encoding="utf-8")))
    found = Counter(survivors)
    for survivor in sorted((found - written).elements()):
        print(f"survived without a reason: {survivor.place}: {survivor.line}")  # noqa: T201
    stale = sorted((written - found).elements()) if whole else []
    for survivor in stale:
        print(f"a reason without a survivor: {survivor.place}: {survivor.line}")  # noqa: T201
    return int(bool(found - written or stale) or share > MOST_SURVIVING)


def documented(text: str) -> list[Survivor]:
    """Return the survivors that the document's table lists: place and line, both in code marks."""
    rows = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|", text, re.MULTILINE)
    return [Survivor(place, line.replace("\\|", "|")) for place, line in rows]


if __name__ == "__main__":
    sys.exit(main())
