"""An authority's words and the RegisterService's messages: from plain values to a change, from answers to values.

Responsible for what the commands of an authority show and take, as dictionaries that become JSON.
Not responsible for sending (`client`), nor for options and output (`gateway.cli`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from jointgate.register.v1 import register_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from google.protobuf.timestamp_pb2 import Timestamp

Content = dict[str, Any]
"""What becomes one JSON object."""

REASONS: dict[str, pb.EndReason] = {
    name.removeprefix("END_REASON_").lower(): cast("pb.EndReason", number)
    for name, number in pb.EndReason.items()
    if number
}
"""How a listing ends."""
KINDS = {"correction": pb.REQUEST_KIND_CORRECTION, "review": pb.REQUEST_KIND_REVIEW}
"""What a party asks for."""
COUNTS = tuple(field.name for field in pb.SubmissionCounts.DESCRIPTOR.fields)
"""The counts of an outcome, in their order."""
_PHASES = {
    pb.SUBMISSION_PHASE_RECEIVING: "sent",
    pb.SUBMISSION_PHASE_WAITING: "waiting for another import",
    pb.SUBMISSION_PHASE_READING: "rows read",
    pb.SUBMISSION_PHASE_WRITING: "rows written",
}


def progress_words(progress: pb.SubmissionProgress) -> tuple[str, int | None]:
    """Return what the register does now, and while it receives, how many bytes are there."""
    words = _PHASES.get(progress.phase, "")
    if progress.phase == pb.SUBMISSION_PHASE_RECEIVING:
        return words, progress.bytes_received
    rows = progress.rows_written or progress.rows_read
    return (f"{words} {rows:,}" if rows else words), None


def outcome_content(outcome: pb.SubmissionOutcome) -> Content:
    """Return what became of a submission, without its quarantine."""
    return {
        "submission": outcome.submission_id.hex(),
        "feed": outcome.feed,
        "list": outcome.list,
        "sequence": outcome.sequence,
        "imported_at": _instant(outcome.imported_at),
        **{name: getattr(outcome.counts, name) for name in COUNTS},
        "change": outcome.change or None,
        "is_repeated": outcome.is_repeated,
    }


def quarantine_content(line: pb.QuarantinedLine) -> Content:
    """Return a quarantined line in the form of the report of `jointgate import`."""
    messages = [
        {
            "rule": one.rule,
            "message_en": one.message_en,
            "message_zh": one.message_zh,
            "field": one.field,
        }
        for one in line.violations
    ]
    rules = list(dict.fromkeys(one.rule for one in line.violations))
    return {"line": line.line, "rules": rules, "messages": messages, "notes": []}


def new_change(
    change_id: bytes, reference: str, document: str, expected_change: int | None = None
) -> pb.Change:
    """Return a change of a listing without its action."""
    change = pb.Change(change_id=change_id, listing_reference=reference, document=document)
    if expected_change is not None:
        change.expected_change = expected_change
    return change


def fill(change: pb.Change, action: str, values: Mapping[str, Any]) -> None:
    """Set what `change` does: one of `ACTIONS`, with its values by name."""
    _FILL[action](change, values)


def done_content(done: pb.ChangeListingResponse, reference: str, action: str) -> Content:
    """Return what a change did."""
    return {
        "reference": reference,
        "action": action,
        "change": done.change,
        "state": _state(done.state),
        "id": done.change_id.hex(),
        "is_repeated": done.is_repeated,
    }


def _release(change: pb.Change, values: Mapping[str, Any]) -> None:
    change.release.reason = REASONS[values["reason"]]


def _stay(change: pb.Change, values: Mapping[str, Any]) -> None:
    change.stay.SetInParent()
    if values["until"] is not None:
        change.stay.until.FromDatetime(values["until"])


def _lift(change: pb.Change, _values: Mapping[str, Any]) -> None:
    change.lift_stay.SetInParent()


def _exempt(change: pb.Change, values: Mapping[str, Any]) -> None:
    exemption = change.exemption
    exemption.measures.extend(dict.fromkeys(values["measures"]))
    exemption.is_permit = values["is_permit"]
    if values["starts_at"] is not None:
        exemption.starts_at.FromDatetime(values["starts_at"])
    if values["until"] is not None:
        exemption.ends_at.FromDatetime(values["until"])


def _due(change: pb.Change, values: Mapping[str, Any]) -> None:
    change.removal_due.reason = REASONS[values["reason"]]
    change.removal_due.on = values["on"].isoformat()


def _made(change: pb.Change, values: Mapping[str, Any]) -> None:
    change.request_made.kind = KINDS[values["kind"]]
    change.request_made.on = values["on"].isoformat()


def _decided(change: pb.Change, values: Mapping[str, Any]) -> None:
    change.request_decided.granted = values["granted"]


_FILL: Mapping[str, Callable[[pb.Change, Mapping[str, Any]], None]] = {
    "release": _release,
    "stay": _stay,
    "lift-stay": _lift,
    "exempt": _exempt,
    "removal-due": _due,
    "object": _made,
    "decide": _decided,
}
ACTIONS = tuple(_FILL)


def listing_content(view: pb.ListingView) -> Content:
    """Return what an authority sees of its listing."""
    return {
        "reference": view.reference,
        "list": view.list,
        "record": view.record,
        "state": _state(view.state),
        "change": view.change,
        "party_kind": view.party_kind,
        "documents": {one.type: one.count for one in view.documents},
        "ruling": f"{view.ruling_number}, {view.ruling_authority}, {view.ruling_dated}",
        "ground": view.ground,
        "served_on": view.served_on or None,
        "starts_at": _instant(view.starts_at),
        "ends_at": _instant(view.ends_at),
        "measures": list(view.measures),
        "stays": [_window(one) for one in view.stays],
        "exemptions": [
            {"measures": list(one.measures), **_window(one.window)} for one in view.exemptions
        ],
        "responsible_for": view.responsible_for or None,
        "responsible_role": view.responsible_role or None,
        "ended_at": _instant(view.ended_at),
        "ended_as": pb.EndReason.Name(view.ended_as).removeprefix("END_REASON_").lower()
        if view.ended_as
        else None,
        "deadlines": [
            {
                "kind": one.kind,
                "opened_on": one.opened_on,
                "due_at": _instant(one.due_at),
                "state": one.state,
            }
            for one in view.deadlines
        ],
        "history": [
            {
                "at": _instant(one.at),
                "kind": one.kind,
                "document": one.document,
                "actor": one.actor,
            }
            for one in view.history
        ],
    }


def _window(window: pb.TimeWindow) -> dict[str, str | None]:
    return {"starts_at": _instant(window.starts_at), "ends_at": _instant(window.ends_at)}


def _state(state: pb.ListingState) -> str:
    return pb.ListingState.Name(state).removeprefix("LISTING_STATE_").lower().replace("_", "-")


def _instant(stamp: Timestamp) -> str | None:
    return stamp.ToJsonString() if stamp.ByteSize() else None
