"""The titles of authorities: written plainly, and in one spelling each.

Responsible for what a title may be, and for saying that two are spellings of one.
Not responsible for who may deliver (`register_service.authorities`), nor for who may list by law (admission).

Rule kept here: blanks, capitals and width never make another authority; what a feed numbers, lists and ends is its
authority's, and an authority of two spellings would have two sequences and listings that nothing ends.
Letters of two alphabets that look alike are two letters.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_TITLE = 200
"""Characters of a title."""


def is_title(text: object) -> bool:
    """Whether it is a text of 1 to `MAX_TITLE` printable characters, with single blanks and none at its ends."""
    return (
        isinstance(text, str)
        and 0 < len(text) <= MAX_TITLE
        and text.isprintable()
        and text == " ".join(text.split())
    )


def other_spelling(title: str, titles: Iterable[str]) -> str | None:
    """Return the one of `titles` that is the same but for blanks, capitals and width; None if they hold `title` too."""
    held = set(titles)
    if title in held:
        return None
    return next((one for one in sorted(held) if _key(one) == _key(title)), None)


def _key(title: str) -> str:
    """Return what all spellings of a title share; Chinese is written without blanks, so these are left out."""
    folded = unicodedata.normalize("NFKC", title).casefold()
    return "".join(unicodedata.normalize("NFKC", folded).split())
