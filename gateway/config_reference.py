"""The reference of all settings, written from the settings themselves.

Responsible for: ``docs/configuration.md``; ``python -m gateway.config_reference > docs/configuration.md`` writes it.
Not responsible for: reading settings (``gateway.config``).

Rule kept here: names, types, defaults, limits and meanings come from the dataclasses and from nowhere else, so the
document cannot say anything that the code does not do.
"""

import ast
import dataclasses
import inspect
import sys
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import msgspec

from gateway import config

_TYPES = {str: "text", int: "whole number", float: "number", bool: "true or false"}
_END = r"\Z"
_GIVEN = ("root",)
"""Fields of the tree that are no settings."""

_HEAD = """\
# Configuration

One TOML file describes a site; `JOINTGATE_CONFIG` names it, or the folder it lies in as `jointgate.toml`.
Unknown, wrong and contradicting settings stop the start, with every problem listed.
The site's folder is the folder of the file, so that a site can be moved as a whole.
There is no default for a trust anchor, and what weakens security has `insecure` in its name.

This file is generated from `gateway/config.py`: `python -m gateway.config_reference > docs/configuration.md`.
"""

_ENVIRONMENT_HEAD = """\

## Environment

Nothing else is read from the environment.
A variable wins over the file.

| variable | sets | means |
|---|---|---|
"""

_TABLE_HEAD = """
| setting | type | default | limits | meaning |
|---|---|---|---|---|
"""


def configuration_reference() -> str:
    """Return the content of ``docs/configuration.md``."""
    meanings = _meanings()
    return "".join(
        (
            _HEAD,
            "\n## The file\n",
            *_section("", config.Settings, meanings),
            _ENVIRONMENT_HEAD,
            *_variables(meanings),
        )
    )


def _meanings() -> dict[tuple[str, str], str]:
    """Return the text beneath each field, by class and field."""
    meanings = {}
    for node in ast.parse(inspect.getsource(config)).body:
        if not isinstance(node, ast.ClassDef):
            continue
        for field, text in zip(node.body, node.body[1:], strict=False):
            match field, text:
                case (
                    ast.AnnAssign(target=ast.Name(id=name)),
                    ast.Expr(value=ast.Constant(value=str(meaning))),
                ):
                    meanings[node.name, name] = " ".join(meaning.split())
    return meanings


def _section(prefix: str, tree: type[Any], meanings: dict[tuple[str, str], str]) -> Iterator[str]:
    hints = get_type_hints(tree, include_extras=True)
    fields = [field for field in dataclasses.fields(tree) if field.name not in _GIVEN]
    yield f"\n{(inspect.getdoc(tree) or '').splitlines()[0]}\n"
    yield _TABLE_HEAD
    for field in fields:
        if not dataclasses.is_dataclass(hints[field.name]):
            meaning = meanings[tree.__name__, field.name]
            yield _row(prefix + field.name, hints[field.name], field.default, meaning)
    for field in fields:
        if dataclasses.is_dataclass(hints[field.name]):
            yield f"\n### `[{field.name}]`\n"
            yield from _section(f"{field.name}.", hints[field.name], meanings)


def _row(name: str, hint: Any, default: object, meaning: str) -> str:  # noqa: ANN401 - a type form
    kind, *metadata = get_args(hint) or (hint,)
    limits = ", ".join(limit for meta in metadata for limit in _limits(meta))
    shown = msgspec.json.encode(default).decode()
    return f"| `{name}` | {_TYPES[kind]} | `{shown}` | {limits} | {meaning} |\n"


def _limits(meta: msgspec.Meta) -> Iterator[str]:
    for words, bound in (
        ("at least", meta.ge),
        ("above", meta.gt),
        ("at most", meta.le),
        ("below", meta.lt),
    ):
        if bound is not None:
            yield f"{words} {bound:,}"
    if meta.pattern is not None:
        yield f"`{meta.pattern.removeprefix('^').removesuffix(_END)}`"


def _variables(meanings: dict[tuple[str, str], str]) -> Iterator[str]:
    yield f"| `{config.CONFIG_VARIABLE}` | | Path of the file, or of its folder. |\n"
    hints = get_type_hints(config.Settings)
    for variable, (section, key) in config.ENVIRONMENT.items():
        meaning = meanings[hints[section].__name__, key]
        yield f"| `{variable}` | `{section}.{key}` | {meaning} |\n"


if __name__ == "__main__":
    sys.stdout.write(configuration_reference())
