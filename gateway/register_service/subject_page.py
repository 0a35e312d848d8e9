"""The page that a party reads: its listings in one language, section by section.

Responsible for the order of the page and its lines.
Not responsible for the words (`subject_words.py`), nor for what may be told (`subject_telling.py`).

Rules kept here: what came over the network is printed without anything that could steer a terminal;
an instant is written in the civil time of the listing's authority, with its offset.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, timedelta

from google.protobuf.timestamp_pb2 import Timestamp

from gateway.register_service.subject_words import LABELS, Said, say_date, say_instant
from jointgate.register.v1 import subject_pb2 as pb

_COLON = {"en": ": ", "zh": "："}


def page_of(response: pb.ViewResponse, language: str, *, named: int) -> str:
    """Return the page in `en` or `zh`; `named` is how many listings the receipt names."""
    offset = timedelta(minutes=response.listings[0].utc_offset_minutes)
    write = _Writer(language, offset)
    lines = [
        write.label("title"),
        write.fact("as_of", write.instant(response.as_of)),
    ]
    for listing in response.listings:
        lines += _Page(listing, language).lines()
    missing = named - len(response.listings)
    if missing > 0:
        lines += ["", LABELS["not_shown"].with_values(count=missing).of(language)]
    return "".join(f"{_printable(line)}\n" for line in lines)


class _Writer:
    """Writes values in one language, and instants in one civil time."""

    def __init__(self, language: str, offset: timedelta) -> None:
        self._language = language
        self._offset = offset

    def label(self, name: str, **values: Said | str | int) -> str:
        """Return a word of the page."""
        return LABELS[name].with_values(**values).of(self._language)

    def fact(self, name: str, value: str) -> str:
        """Return a label with its value."""
        return f"{self.label(name)}{_COLON[self._language]}{value}"

    def said(self, words: pb.SubjectWords) -> str:
        """Return what the gateway said."""
        return Said(words.en, words.zh).of(self._language)

    def instant(self, stamp: Timestamp) -> str:
        """Return an instant in civil time."""
        return say_instant(stamp.ToDatetime(UTC), self._offset).of(self._language)

    def day(self, text: str) -> str:
        """Return a civil date."""
        try:
            return say_date(date.fromisoformat(text)).of(self._language)
        except ValueError:
            return text


class _Page:
    """The lines of one listing."""

    def __init__(self, listing: pb.SubjectListing, language: str) -> None:
        self._listing = listing
        self._write = _Writer(language, timedelta(minutes=listing.utc_offset_minutes))

    def lines(self) -> Iterator[str]:
        """Yield the listing, section by section; a section without content is left out."""
        write, listing = self._write, self._listing
        heading = f"{write.label('listing')} {listing.reference}"
        yield from ("", heading, "=" * len(heading), write.said(listing.state_words), "")
        yield from (f"  {one}" for one in self._facts())
        closed = "closed_before" if listing.HasField("ended_at") else "closed"
        yield from self._section(closed, self._measures())
        yield from self._section("stays", (self._span(one) for one in listing.stays))
        yield from self._section("exemptions", self._exemptions())
        yield from self._section("deadlines", self._deadlines())
        yield from self._section("contest", self._contest())
        steps = enumerate(listing.next_steps, start=1)
        yield from self._section("next", (f"{no}. {write.said(one)}" for no, one in steps))
        yield from self._section("history", self._history())

    def _section(self, name: str, lines: Iterable[str]) -> Iterator[str]:
        content = list(lines)
        if content:
            yield from ("", self._write.label(name))
            yield from (f"  {line}" for line in content)

    def _facts(self) -> Iterator[str]:
        write, listing = self._write, self._listing
        yield write.fact("list", write.said(listing.list_title))
        yield write.fact("authority", listing.authority)
        day = write.day(listing.ruling_dated)
        yield write.fact("ruling", write.label("dated", number=listing.ruling_number, day=day))
        yield write.fact("ground", write.said(listing.ground_words))
        served = write.day(listing.served_on) if listing.served_on else write.label("not_served")
        yield write.fact("served", served)
        yield from self._instants()
        if listing.HasField("responsible_for"):
            yield write.fact("responsible", self._role())

    def _instants(self) -> Iterator[str]:
        write, listing = self._write, self._listing
        if listing.HasField("starts_at"):
            yield write.fact("begins", write.instant(listing.starts_at))
        if listing.HasField("ended_at"):
            yield write.fact("ended", write.instant(listing.ended_at))
        elif listing.HasField("ends_at"):
            yield write.fact("ends", write.instant(listing.ends_at))
        else:
            yield write.fact("ends", write.label("no_end"))

    def _role(self) -> str:
        write, role = self._write, self._listing.responsible_for
        said = write.label(
            "responsible_of", role=write.said(role.role), reference=role.organisation_reference
        )
        if role.role_ended_on:
            said += write.label("role_ended", day=write.day(role.role_ended_on))
        return said

    def _measures(self) -> Iterator[str]:
        if not self._listing.measures:
            yield self._write.label("nothing_closed")
        for one in self._listing.measures:
            said = self._write.said(one.words)
            yield f"- {said}" if said == one.id else f"- {said} ({one.id})"
            if one.legal_basis:
                yield f"  {self._write.label('basis', basis=one.legal_basis)}"

    def _span(self, one: pb.SubjectStay | pb.SubjectExemption) -> str:
        start = self._write.instant(one.starts_at)
        if not one.HasField("ends_at"):
            return f"- {self._write.label('open_span', start=start)}"
        end = self._write.instant(one.ends_at)
        return f"- {self._write.label('span', start=start, end=end)}"

    def _exemptions(self) -> Iterator[str]:
        for one in self._listing.exemptions:
            yield f"{self._span(one)}: {', '.join(one.measures)}"

    def _deadlines(self) -> Iterator[str]:
        write = self._write
        for one in self._listing.deadlines:
            late = f"[{write.label('late')}] " if one.late else ""
            yield f"- {late}{write.said(one.words)}"
            state = write.said(one.state_words)
            due = write.instant(one.due_at)
            if one.opened_on:
                day = write.day(one.opened_on)
                yield f"  {write.label('counted', day=day, due=due, state=state)}"
            else:
                yield f"  {write.label('due', due=due, state=state)}"

    def _contest(self) -> Iterator[str]:
        contest = self._listing.contest
        yield self._write.fact("body", contest.body)
        yield self._write.fact("address", contest.address)
        yield self._write.fact("until", contest.deadline)

    def _history(self) -> Iterator[str]:
        for one in self._listing.history:
            yield f"- {self._write.instant(one.at)}"
            yield f"  {self._write.said(one.words)}"
            if one.paper:
                yield f"  {self._write.label('paper', paper=one.paper)}"


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)
