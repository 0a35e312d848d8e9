"""Standings as typed values, and how they read in words.

Responsible for: the value types that a verified standing consists of, reading them from a message, and wording them.
Not responsible for: asking (``partner_sdk.lookup``), signatures, audiences and terms (``partner_sdk.verification``).

Rules kept here:

- Doubt is never a value: an unknown effect, an incomplete entry, or one that is not in force at the standing's instant
  is an error.
- A standing has no truth value, and neither black nor red entries add up to anything: it is no score.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Never

from jointgate.standing.v1 import standing_pb2 as pb
from partner_sdk.errors import (
    ContradictoryDecisionError,
    IncompleteDecisionError,
    UnknownOutcomeError,
)
from partner_sdk.parts import (
    ContestRoute,
    Language,
    PackVersion,
    SnapshotVersion,
    read_contest,
    read_pack,
    read_snapshot,
    require,
    require_digest,
    require_language,
    spell_end,
)
from partner_sdk.wire import parse_instant


class ListEffect(StrEnum):
    """What standing on a list does: a black one restricts or refers something, a red one commends."""

    RESTRICTS = "RESTRICTS"
    COMMENDS = "COMMENDS"


_EFFECTS = {
    pb.LIST_EFFECT_RESTRICTS: ListEffect.RESTRICTS,
    pb.LIST_EFFECT_COMMENDS: ListEffect.COMMENDS,
}


@dataclass(frozen=True, slots=True)
class StandingEntry:
    """An organisation's place on one public list; instants are aware UTC.

    Attributes:
        list_id: the list's identifier in the pack.
        effect: whether the list is a black one or a red one.
        title_en: the list's title in English.
        title_zh: the list's title in Chinese.
        authority: who listed the organisation.
        legal_basis: the legal basis of the list.
        listing_reference: opaque; the organisation can ask the authority about it.
        starts_at: when the listing began.
        ends_at: when the listing ends by itself; None when it ends otherwise.
        ends_with: what ends the listing, in words; may be empty when ``ends_at`` is set.
        contest: how the organisation contests it.
        explanation_en: what standing on the list means, in English words.
        explanation_zh: what standing on the list means, in Chinese words.
    """

    list_id: str
    effect: ListEffect
    title_en: str
    title_zh: str
    authority: str
    legal_basis: str
    listing_reference: str
    starts_at: datetime
    ends_at: datetime | None
    ends_with: str
    contest: ContestRoute
    explanation_en: str
    explanation_zh: str

    def explain(self, language: Language = "en") -> str:
        """Return the entry in one line of words: which list, by whom, on which basis, until when, how to contest it.

        Raises:
            ValueError: ``language`` is neither "en" nor "zh".
        """
        require_language(language)
        until, contest = spell_end(self.ends_at, self.ends_with, language), self.contest
        colour = _COLOURS[language][self.effect]
        if language == "zh":
            listed = f"列入机关：{self.authority}，编号：{self.listing_reference}，依据：{self.legal_basis}。"
            route = f"异议受理：{contest.body}，{contest.address}，期限：{contest.deadline}。"
            since = f"自 {self.starts_at:%Y-%m-%d %H:%M} UTC 起，期限：{until}。"
            return f"{colour}：{self.title_zh}。{self.explanation_zh}{listed}{since}{route}"
        listed = f"Listed by {self.authority} as {self.listing_reference}, on {self.legal_basis}."
        route = f"Contest: {contest.body}, {contest.address}, by: {contest.deadline}."
        since = f"Since {self.starts_at:%Y-%m-%d %H:%M} UTC, until: {until}."
        return f"{colour}: {self.title_en}. {self.explanation_en} {listed} {since} {route}"


@dataclass(frozen=True, slots=True)
class Standing:
    """On which public lists an organisation stands at one instant; instants are aware UTC.

    Attributes:
        issuer: the gateway.
        audience: the partner that asked.
        query_digest: SHA-256 of the question's bytes.
        entries: every place there is; none says only that there is none on the public lists that the gateway holds.
        pack: the policy pack that says which lists there are and which of them are public.
        snapshot: the snapshot in which was looked up.
        evaluated_at: the instant for which was looked up.
        expires_at: from this instant on it must not be relied on.
    """

    issuer: str
    audience: str
    query_digest: bytes
    entries: tuple[StandingEntry, ...]
    pack: PackVersion
    snapshot: SnapshotVersion
    evaluated_at: datetime
    expires_at: datetime

    @property
    def explanation(self) -> str:
        """The standing in English words."""
        return self.explanation_in("en")

    def explanation_in(self, language: Language) -> str:
        """Return the standing in words of ``language``, one line for each entry.

        Raises:
            ValueError: ``language`` is neither "en" nor "zh".
        """
        entries = (f"- {entry.explain(language)}" for entry in self.entries)
        return "\n".join([self.heading(language), *entries])

    def heading(self, language: Language = "en") -> str:
        """Return in one line of words whether there are entries at all.

        Raises:
            ValueError: ``language`` is neither "en" nor "zh".
        """
        require_language(language)
        return _HEADINGS[language][bool(self.entries)]

    def __bool__(self) -> Never:
        """Refuse to be taken for good or bad.

        Raises:
            TypeError: always.
        """
        problem = "a standing is neither true nor false; look at .entries, each with its effect"
        raise TypeError(problem)


_COLOURS: dict[Language, dict[ListEffect, str]] = {
    "en": {ListEffect.RESTRICTS: "Black list", ListEffect.COMMENDS: "Red list"},
    "zh": {ListEffect.RESTRICTS: "黑名单", ListEffect.COMMENDS: "红名单"},
}
_HEADINGS: dict[Language, dict[bool, str]] = {
    "en": {
        True: "The organisation stands on these public lists.",
        False: "The organisation stands on none of the public lists that this gateway holds.",
    },
    "zh": {
        True: "该单位列入下列已公布的名单。",
        False: "该单位未列入本网关所载的任何已公布名单。",
    },
}


def read_standing(message: pb.Standing) -> Standing:
    """Return the typed value of a parsed ``message``.

    Raises:
        UnknownOutcomeError: the effect of a list is none that is known.
        IncompleteDecisionError: something that a standing must tell is missing.
        ContradictoryDecisionError: an entry is not in force at the standing's instant, or the term is none.
    """
    require(message, "issuer", "audience")
    require_digest(message, "query_digest")
    standing = Standing(
        issuer=message.issuer,
        audience=message.audience,
        query_digest=message.query_digest,
        entries=tuple(_read_entry(entry) for entry in message.entries),
        pack=read_pack(message.pack),
        snapshot=read_snapshot(message.snapshot),
        evaluated_at=parse_instant(message, "evaluated_at"),
        expires_at=parse_instant(message, "expires_at"),
    )
    _refuse_contradiction(standing)
    return standing


def _read_entry(message: pb.StandingEntry) -> StandingEntry:
    effect = _EFFECTS.get(message.effect)
    if effect is None:
        problem = f"unknown effect {int(message.effect)} of a list"
        raise UnknownOutcomeError(problem)
    require(message, "list", "title_en", "title_zh", "authority", "legal_basis")
    require(message, "listing_reference", "explanation_en", "explanation_zh")
    ends_at = parse_instant(message, "ends_at") if message.HasField("ends_at") else None
    if ends_at is None and not message.ends_with:
        problem = "StandingEntry says neither when nor with what the listing ends"
        raise IncompleteDecisionError(problem)
    return StandingEntry(
        list_id=message.list,
        effect=effect,
        title_en=message.title_en,
        title_zh=message.title_zh,
        authority=message.authority,
        legal_basis=message.legal_basis,
        listing_reference=message.listing_reference,
        starts_at=parse_instant(message, "starts_at"),
        ends_at=ends_at,
        ends_with=message.ends_with,
        contest=read_contest(message.contest),
        explanation_en=message.explanation_en,
        explanation_zh=message.explanation_zh,
    )


def _refuse_contradiction(standing: Standing) -> None:
    at = standing.evaluated_at
    for entry in standing.entries:
        if entry.starts_at > at or (entry.ends_at is not None and entry.ends_at <= at):
            problem = "an entry is not in force at the standing's instant"
            raise ContradictoryDecisionError(problem)
    if standing.expires_at <= at:
        problem = "the standing expires before it was made"
        raise ContradictoryDecisionError(problem)
