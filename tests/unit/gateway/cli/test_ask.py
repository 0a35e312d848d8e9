"""`jointgate check`: what is refused before anybody is asked."""

import argparse

import pytest

from gateway.cli.ask import add_parser
from gateway.errors import CommandError


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("category", "attribute 'category' is given twice"),
        ("110101189001010016", "an attribute is given twice"),
        ("a" * 41, "an attribute is given twice"),
    ],
)
def test_an_attribute_given_twice_is_a_usage_error(name: str, words: str) -> None:
    """Which of two values was meant is not guessed, and what cannot be a name is not repeated."""
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    twice = ["--attr", f"{name}=luxury", "--attr", f"{name}=general", "--identity", "none"]
    arguments = parser.parse_args(["check", "cn-ric:110101189001010016", "goods.purchase", *twice])
    with pytest.raises(CommandError) as caught:
        arguments.func(arguments)
    assert str(caught.value) == words
    assert caught.value.exit_code == 2
