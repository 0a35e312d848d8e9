"""The configuration's document says what the code does."""

import dataclasses
from pathlib import Path

from gateway.config import ENVIRONMENT, Settings
from gateway.config_reference import configuration_reference

DOCUMENT = Path(__file__).parents[3] / "docs" / "configuration.md"


def test_the_document_is_what_the_settings_say() -> None:
    """docs/configuration.md is the generated text, so that it cannot fall behind."""
    hint = "run: python -m gateway.config_reference > docs/configuration.md"
    assert DOCUMENT.read_text(encoding="utf-8") == configuration_reference(), hint


def test_every_setting_is_in_it() -> None:
    """No setting and no variable can be added without a line of its own."""
    text = configuration_reference()
    settings = Settings(root=Path())
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        inner = dataclasses.fields(value) if dataclasses.is_dataclass(value) else ()
        names = [f"{field.name}.{part.name}" for part in inner] or [field.name]
        assert all(f"\n| `{name}` |" in text for name in names if name != "root")
    assert all(f"\n| `{variable}` |" in text for variable in ENVIRONMENT)
