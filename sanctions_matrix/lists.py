"""Lists: who may be entered, by whom, on which ground, for how long, and how one gets off again.

Responsible for the value types of `lists.toml`.
Not responsible for checking a row against a list (`admission`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sanctions_matrix.documents import PartyKind
    from sanctions_matrix.listing import ContestRoute
    from sanctions_matrix.measures import Mark


_TITLES_REMEMBERED = 4_096
"""A feed has many rows and few authorities, so what was found for a title is remembered."""


class ListEffect(StrEnum):
    """What standing on a list does: a black list restricts or refers, a red list only commends."""

    RESTRICTS = "restricts"
    COMMENDS = "commends"


@dataclass(frozen=True, slots=True)
class Term:
    """A longest term: calendar years and then days."""

    years: int
    days: int

    def latest_end(self, starts_at: datetime, utc_offset: timedelta) -> datetime:
        """Return the latest instant (UTC) at which a listing starting at `starts_at` may end.

        Years are counted on the authority's civil calendar, which is `utc_offset` ahead of UTC.
        A start on 29 February counts as 1 March in a year that has no such day.
        """
        local = starts_at.astimezone(timezone(utc_offset))
        year = local.year + self.years
        try:
            moved = local.replace(year=year)
        except ValueError:
            moved = local.replace(year=year, month=3, day=1)
        return (moved + timedelta(days=self.days)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class AuthorityLevel:
    """Which authorities may list: by what their written title must and must not contain.

    `id` is `court`, `county-or-above` or `national-treasury`.
    An empty `names_one_of` asks for nothing; comparison ignores case.
    What begins or ends with a Latin letter must begin or end a word there: "Courtyard" names no court.
    Chinese has no such bounds, and its words may stand anywhere.
    This is a sieve for obvious mistakes: a title that passes it proves no authority.
    """

    id: str
    names_one_of: tuple[str, ...]
    names_none_of: tuple[str, ...]

    def admits(self, authority: str) -> bool:
        """Whether the written title of an authority is of this level."""
        return _admits(self, authority)


@lru_cache(maxsize=_TITLES_REMEMBERED)
def _admits(level: AuthorityLevel, authority: str) -> bool:
    title = authority.casefold()
    if level.names_one_of and not any(_names(title, word) for word in level.names_one_of):
        return False
    return not any(_names(title, word) for word in level.names_none_of)


def _names(title: str, word: str) -> bool:
    """Whether a title names a word, at the bounds of a word where the bound is a Latin letter."""
    before = rf"(?<!{_LATIN})" if re.match(_LATIN, word) else ""
    after = rf"(?!{_LATIN})" if re.match(_LATIN, word[-1:]) else ""
    return re.search(before + re.escape(word) + after, title) is not None


_LATIN = "[0-9a-z\u00df-\u024f]"
"""A Latin letter or a digit, as `casefold` leaves it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingGround:
    """What may put a party on a list; `max_term` None means until performed, paid or lifted."""

    id: str
    text_en: str
    text_zh: str
    max_term: Term | None
    mark: Mark
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDefinition:
    """A named set of listings with its legal basis and the rules of due process that bind it.

    `max_term` is the longest of the grounds' terms, or None when a ground lasts until performed.
    `effect` says whether it is a black list or a red one; a red one carries no measures and holds organisations only.
    `public` says whether its authority publishes it, and `publication_source` and its mark how that is known.
    `objection_working_days` and `removal_working_days` count mainland working days, None where no rule is known;
    `objection_stays` says that an acknowledged objection stays the listing until it is decided; its source and its
    mark say how that is known, and are empty and None where it does not stay;
    `correction_days` and `review_days` count calendar days.
    `minimum_age` is in completed years, None where the list sets no age.
    `utc_offset` is the authority's civil time ahead of UTC, used wherever a civil date is compared with an instant.
    """

    id: str
    title_en: str
    title_zh: str
    effect: ListEffect
    explanation_en: str
    explanation_zh: str
    public: bool
    publication_source: str
    publication_mark: Mark
    legal_basis: str
    authority_level: AuthorityLevel
    grounds: dict[str, ListingGround]
    measures: frozenset[str]
    kinds: frozenset[PartyKind]
    ends_with: str
    notice_rule: str
    objection_working_days: int | None
    objection_stays: bool
    objection_stays_source: str
    objection_stays_mark: Mark | None
    correction_rule: str
    correction_days: int | None
    review_days: int | None
    removal_rule: str
    removal_working_days: int | None
    contest_rule: str
    contest: ContestRoute | None
    minimum_age: int | None
    admits_responsible_persons: bool
    utc_offset: timedelta
    mark: Mark
    source: str

    @property
    def max_term(self) -> Term | None:
        """The longest term any ground allows; None when one of them has no fixed end."""
        terms = [ground.max_term for ground in self.grounds.values()]
        fixed = [term for term in terms if term is not None]
        if len(fixed) < len(terms):
            return None
        return max(fixed, key=lambda term: term.years * 365 + term.days)
