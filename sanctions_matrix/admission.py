"""Admission: whether a feed's row may become a listing.

Responsible for rules A1 to A11 of docs/due-process.md, applied to one row and its list's definition.
Not responsible for reading feeds, for order between feeds (A12), nor for storing anything.

Rules kept here: pure, so the day on which a row is read is given; every broken rule is reported, not the first;
a row is admitted whole or not at all; no message repeats a value of the row.

A row comes in one of two stages (life cycle in docs/due-process.md).
A complete row gives notice and window, and its submission has both.
A proposed row (`"stage": "proposed"`) gives neither, and its submission has neither (`Submission.is_proposed`):
it names nothing from which anybody could be restricted.
Every rule that does not speak of notice or window holds for it (A1 to A3, A6 to A11);
A4, A5, and whatever is measured at the start (the age, the dates of ruling and role) are judged when it is completed;
that its ruling is there already is judged at once.
That a listing which was complete never goes back to being proposed is for the register to see to, which knows it.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from sanctions_matrix.civil_time import beginning_of, civil_date, day_of, instant
from sanctions_matrix.documents import is_citizen_number
from sanctions_matrix.listing import (
    ContestRoute,
    Notice,
    ResponsibleFor,
    ResponsibleRole,
    Ruling,
    Submission,
    Window,
)
from sanctions_matrix.party import PARTY_FIELDS, Party, read_party
from sanctions_matrix.violations import Fault, Violation
from sanctions_matrix.working_days import UnknownYearError, nth_working_day_after

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sanctions_matrix.lists import ListDefinition, ListingGround
    from sanctions_matrix.working_days import WorkingCalendar

__all__ = ["AdmissionError", "Violation", "admit"]

MAX_RECORD_LENGTH = 64
"""Longest record id, in characters."""
MAX_TEXT_LENGTH = 200
"""Longest free text (authority, ruling number, contest route), in characters."""

_CITIZEN_LENGTH = 18
_ROW_FIELDS = frozenset(
    {"record", "party", "ruling", "ground", "notice", "starts_at", "ends_at"}
    | {"measures", "contest", "responsible_for", "stage"}
)
_DATED_FIELDS = ("notice", "starts_at", "ends_at")
"""What a proposed row cannot give yet."""
_PROPOSED = "proposed"
_RULING_FIELDS = frozenset({"number", "authority", "dated", "effective"})
_NOTICE_FIELDS = frozenset({"served_on"})
_CONTEST_FIELDS = frozenset({"body", "address", "deadline"})
_RESPONSIBLE_FIELDS = frozenset({"listing", "role", "ended_on"})
_FIELD_NAME = re.compile(r"[a-z][a-z_]{0,39}")
_ROLES = {str(role): role for role in ResponsibleRole}
_LONG_AGO = date.min
_EARLIEST = datetime.min.replace(tzinfo=UTC)
# Stand in for what could not be read, in a submission that is then refused.
_NO_RULING = Ruling("", "", _LONG_AGO)
_NO_ROUTE = ContestRoute("", "", "")


class AdmissionError(ValueError):
    """A row that may not become a listing, with every rule it breaks."""

    def __init__(self, violations: tuple[Violation, ...]) -> None:
        """Keep the violations in the order of the rules."""
        self.violations = violations
        super().__init__("; ".join(f"{entry.rule}: {entry.message_en}" for entry in violations))


def admit(
    row: Mapping[str, object],
    definition: ListDefinition,
    calendar: WorkingCalendar,
    *,
    today: date,
) -> Submission:
    """Read a feed's row as a submission to a list.

    `today` is the civil date of the import at the listing authority's place: a ruling and a notice do not lie after it.
    The window's instants are UTC; civil dates are the listing authority's (`definition.utc_offset`).
    A responsible person's window ends, at the latest, when the day begins on which the role ended.
    The list's period to object is counted in the working days of `calendar`.

    Raises:
        AdmissionError: with every rule the row breaks, in the order of the rules.
    """
    reading = _Reading(row, definition, calendar, today=today)
    submission = reading.submission()
    if reading.violations:
        ordered = sorted(reading.violations, key=lambda violation: int(violation.rule[1:]))
        raise AdmissionError(tuple(ordered))
    return submission


class _Reading:
    """One pass over one row; a part that cannot be read leaves a violation and a stand-in."""

    __slots__ = (
        "_calendar",
        "_definition",
        "_is_proposed",
        "_row",
        "_starts_at",
        "_starts_on",
        "_today",
        "violations",
    )

    def __init__(
        self,
        row: Mapping[str, object],
        definition: ListDefinition,
        calendar: WorkingCalendar,
        *,
        today: date,
    ) -> None:
        """Read the stage, and when the listing starts, against which most other dates are held."""
        self._row = row
        self._definition = definition
        self._calendar = calendar
        self._today = today
        self.violations: list[Violation] = []
        self._is_proposed = self._stage() == _PROPOSED
        self._starts_at = None if self._is_proposed else instant(row.get("starts_at"))
        self._starts_on = None
        if self._starts_at is not None:
            self._starts_on = day_of(self._starts_at, definition.utc_offset)
        elif not self._is_proposed:
            self._note(Fault.START_INVALID)

    def submission(self) -> Submission:
        """Read every part of the row."""
        self._refuse_other_fields(self._row, _ROW_FIELDS, "")
        party = self._party()
        responsible_for = self._responsible_for(party)
        ground = self._ground()
        return Submission(
            record=self._number(self._row, "record", Fault.RECORD_INVALID, MAX_RECORD_LENGTH),
            documents=party.documents,
            party_kind=party.kind,
            ruling=self._ruling(),
            ground=str(self._row.get("ground")),
            notice=None if self._is_proposed else self._notice(),
            window=None if self._is_proposed else self._window(ground, responsible_for),
            measures=self._measures(),
            contest=self._contest(),
            responsible_for=responsible_for,
        )

    def _stage(self) -> object:
        """A4: a stage that exists, and no dates yet in a row that is only proposed."""
        stage = self._row.get("stage")
        if stage == _PROPOSED:
            for name in _DATED_FIELDS:
                if self._row.get(name) is not None:
                    self._note(Fault.PROPOSED_WITH_DATES, name)
        elif stage is not None:
            self._note(Fault.STAGE_UNKNOWN)
        return stage

    def _note(self, fault: Fault, field: str = "") -> None:
        self.violations.append(fault.violation(field))

    def _refuse_other_fields(
        self, part: Mapping[str, object], allowed: frozenset[str], path: str
    ) -> None:
        """A9; a field's name that might be somebody's number or name is not repeated."""
        for name in sorted(part.keys() - allowed):
            shown = name if _FIELD_NAME.fullmatch(name) else "(other)"
            self._note(Fault.UNKNOWN_FIELD, path + shown)

    def _part(
        self, name: str, allowed: frozenset[str], missing: Fault
    ) -> Mapping[str, object] | None:
        part = self._row.get(name)
        if not isinstance(part, dict):
            self._note(missing)
            return None
        self._refuse_other_fields(part, allowed, f"{name}.")
        return part

    def _text(
        self,
        part: Mapping[str, object],
        name: str,
        fault: Fault | None,
        longest: int = MAX_TEXT_LENGTH,
    ) -> str:
        """Return a short printable text; otherwise note the fault, if any, and return nothing."""
        value = part.get(name)
        if (
            isinstance(value, str)
            and len(value) <= longest
            and value.isprintable()
            and value.strip()
        ):
            return value
        if fault is not None:
            self._note(fault)
        return ""

    def _number(
        self,
        part: Mapping[str, object],
        name: str,
        fault: Fault,
        longest: int = MAX_TEXT_LENGTH,
    ) -> str:
        """Return a number of the agency's own; A9: it is told to others, so it must not be a person's."""
        number = self._text(part, name, fault, longest)
        if len(number) == _CITIZEN_LENGTH and is_citizen_number(number):
            self._note(Fault.CITIZEN_NUMBER, fault.field)
        return number

    def _day(
        self, part: Mapping[str, object], name: str, *, wrong: Fault, ahead: Fault, late: Fault
    ) -> date | None:
        """Return a civil date that lies neither ahead nor after the day the listing starts; else note the fault."""
        day = civil_date(part.get(name))
        if day is None:
            self._note(wrong)
        elif self._today < day:
            self._note(ahead)
            return None
        elif self._starts_on is not None and self._starts_on < day:
            self._note(late)
            return None
        return day

    def _party(self) -> Party:
        """A6 and A7."""
        part = self._part("party", PARTY_FIELDS, Fault.PARTY_MISSING)
        if part is None:
            return Party()
        party, violations = read_party(part, self._definition, self._starts_on)
        self.violations += violations
        return party

    def _ruling(self) -> Ruling:
        """A1 and A2."""
        part = self._part("ruling", _RULING_FIELDS, Fault.RULING_MISSING)
        if part is None:
            return _NO_RULING
        authority = self._text(part, "authority", Fault.RULING_AUTHORITY)
        if authority and not self._definition.authority_level.admits(authority):
            self._note(Fault.AUTHORITY_LEVEL)
        if part.get("effective") is not True:
            self._note(Fault.RULING_NOT_EFFECTIVE)
        dated = self._day(
            part,
            "dated",
            wrong=Fault.RULING_DATE,
            ahead=Fault.RULING_AHEAD,
            late=Fault.RULING_AFTER_START,
        )
        number = self._number(part, "number", Fault.RULING_NUMBER)
        return Ruling(number, authority, dated or _LONG_AGO)

    def _ground(self) -> ListingGround | None:
        """A3."""
        ground = self._definition.grounds.get(self._text(self._row, "ground", None))
        if ground is None:
            self._note(Fault.GROUND_UNKNOWN)
        return ground

    def _notice(self) -> Notice | None:
        """A4."""
        part = self._part("notice", _NOTICE_FIELDS, Fault.NOTICE_MISSING)
        if part is None:
            return None
        served_on = self._day(
            part,
            "served_on",
            wrong=Fault.NOTICE_MISSING,
            ahead=Fault.NOTICE_AHEAD,
            late=Fault.NOTICE_AFTER_START,
        )
        if served_on is None:
            return None
        working_days = self._definition.objection_working_days
        if working_days and self._starts_on is not None:
            self._hold_to_objection_period(served_on, self._starts_on, working_days)
        return Notice(served_on)

    def _hold_to_objection_period(self, served_on: date, starts_on: date, n: int) -> None:
        """A4: the listing starts, at the earliest, when the day begins that follows the n-th working day."""
        try:
            last_day = nth_working_day_after(self._calendar, served_on, n)
        except UnknownYearError:
            self._note(Fault.OBJECTION_YEAR_UNKNOWN)
            return
        if starts_on <= last_day:
            self.violations.append(Fault.START_IN_OBJECTION_PERIOD.violation(working_days=n))

    def _window(
        self, ground: ListingGround | None, responsible_for: ResponsibleFor | None
    ) -> Window:
        """A5, and the end of a responsible person's role (A8)."""
        ends_at = self._ends_at(ground)
        starts_at = self._starts_at or _EARLIEST
        if responsible_for is not None and responsible_for.ended_on is not None:
            role_ends_at = beginning_of(responsible_for.ended_on, self._definition.utc_offset)
            if role_ends_at <= starts_at:
                self._note(Fault.ROLE_ENDED)
            ends_at = role_ends_at if ends_at is None else min(ends_at, role_ends_at)
        return Window(starts_at, None if ends_at is None or ends_at <= starts_at else ends_at)

    def _ends_at(self, ground: ListingGround | None) -> datetime | None:
        given = self._row.get("ends_at")
        longest = None if ground is None else ground.max_term
        if given is None:
            if longest is not None:
                self._note(Fault.END_MISSING)
            return None
        ends_at = instant(given)
        if ends_at is None:
            self._note(Fault.END_INVALID)
        elif self._starts_at is None:
            return None
        elif ends_at <= self._starts_at:
            self._note(Fault.END_NOT_AFTER_START)
        elif longest is not None:
            latest = longest.latest_end(self._starts_at, self._definition.utc_offset)
            if ends_at > latest:
                self._note(Fault.TERM_TOO_LONG)
        return ends_at

    def _responsible_for(self, party: Party) -> ResponsibleFor | None:
        """A8."""
        if self._row.get("responsible_for") is None:
            return None
        if not self._definition.admits_responsible_persons:
            self._note(Fault.RESPONSIBLE_REFUSED)
        part = self._part("responsible_for", _RESPONSIBLE_FIELDS, Fault.RESPONSIBLE_SHAPE)
        if part is None:
            return None
        if not party.is_natural_person:
            self._note(Fault.RESPONSIBLE_KIND)
        listing = self._text(part, "listing", Fault.RESPONSIBLE_SHAPE, MAX_RECORD_LENGTH)
        role = _ROLES.get(self._text(part, "role", None))
        if role is None:
            self._note(Fault.RESPONSIBLE_ROLE)
        ended_on = civil_date(part.get("ended_on"))
        if ended_on is None and part.get("ended_on") is not None:
            self._note(Fault.ROLE_END_INVALID)
        return ResponsibleFor(listing, role or ResponsibleRole.LEGAL_REPRESENTATIVE, ended_on)

    def _measures(self) -> frozenset[str]:
        """A11."""
        given = self._row.get("measures")
        if given is None:
            return self._definition.measures
        if not isinstance(given, list) or not given:
            self._note(Fault.MEASURES_SHAPE)
            return frozenset()
        if not all(
            isinstance(entry, str) and entry in self._definition.measures for entry in given
        ):
            self._note(Fault.MEASURE_NOT_CARRIED)
            return frozenset()
        return frozenset(given)

    def _contest(self) -> ContestRoute:
        """A10; the list's own route stands in where the row gives none."""
        if self._row.get("contest") is None and self._definition.contest is not None:
            return self._definition.contest
        part = self._part("contest", _CONTEST_FIELDS, Fault.CONTEST_MISSING)
        if part is None:
            return _NO_ROUTE
        return ContestRoute(
            body=self._text(part, "body", Fault.CONTEST_BODY),
            address=self._text(part, "address", Fault.CONTEST_ADDRESS),
            deadline=self._text(part, "deadline", Fault.CONTEST_DEADLINE),
        )
