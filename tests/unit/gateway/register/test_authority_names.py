"""The titles of authorities."""

import pytest

from gateway.register.authority_names import is_title, other_spelling

HELD = "Court of Utopia"


@pytest.mark.parametrize(
    "title", [HELD, "x", "x" * 200, "乌托邦法院", "Court (2) of Utopia, No. 1"]
)
def test_a_title_is_plain_text(title: str) -> None:
    """Letters of any language and punctuation, with single blanks between words, up to the longest."""
    assert is_title(title)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        f"{HELD} ",
        f" {HELD}",
        "Court  of Utopia",
        "Court\u3000of Utopia",
        "Court\u00a0of Utopia",
        "Court\u200bof Utopia",
        "Court\nof Utopia",
        "x" * 201,
        None,
        7,
    ],
)
def test_what_cannot_be_seen_is_in_no_title(text: object) -> None:
    """Blanks that look like one or none, characters without width, and what is no text of a title's length."""
    assert not is_title(text)


@pytest.mark.parametrize(
    "title",
    [
        "court of utopia",
        "COURT OF UTOPIA",
        "Court ofUtopia",
        "\uff23ourt of Utopia",
        "Court of  Utopia",
    ],
)
def test_blanks_capitals_and_width_make_another_spelling(title: str) -> None:
    """The held spelling is told."""
    assert other_spelling(title, ["Bureau of Utopia", HELD]) == HELD


def test_chinese_is_the_same_with_blanks() -> None:
    """A title that is padded for its looks is no other authority."""
    assert other_spelling("乌托邦 法院", ["乌托邦法院"]) == "乌托邦法院"


def test_a_spelling_that_is_held_is_its_own() -> None:
    """Nobody is sent from one held spelling to another."""
    assert other_spelling(HELD, [HELD, "court of Utopia"]) is None


@pytest.mark.parametrize("title", ["Court of Utopia 2", "Courts of Utopia", "Court, of Utopia"])
def test_other_words_are_another_authority(title: str) -> None:
    """Only what is not read aloud is left out."""
    assert other_spelling(title, [HELD]) is None
    assert other_spelling(title, []) is None
