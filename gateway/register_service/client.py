"""An authority's side of the RegisterService: submit, ask what became of it, change, view.

Responsible for signing, sending and reading the answers, and for turning a failure into one error.
Not responsible for identities (`identity`), nor for showing anything.

Rules kept here:

- A submission's id is made of its content, so the same file is the same submission however often it is sent.
- Nothing of the register's or the gateway's own libraries is needed: the base installation has all.
- A call has a deadline.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import grpc
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from gateway.decision.signatures import DecisionSigner
from gateway.errors import JointgateError
from gateway.register_service.payloads import (
    CHANGE_TYPE,
    CHUNK_BYTES,
    ID_BYTES,
    SERVICE,
    SUBMISSION_TYPE,
)
from jointgate.decision.v1 import decision_pb2
from jointgate.register.v1 import register_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from io import BytesIO
    from pathlib import Path
    from types import TracebackType
    from typing import BinaryIO, Self

    from google.protobuf.message import Message

    from gateway.register_service.identity import AuthorityIdentity

ASK_SECONDS = 30.0
"""How long a call may take that is no submission."""
SUBMIT_SECONDS = 3_600.0
_DOMAIN = "jointgate"
_DETAILS_KEY = "grpc-status-details-bin"
_REFUSAL = "refusal"
_HEADER_BYTES = 64 * 1024
_MAX_REPLY_BYTES = 16 * 1024 * 1024
_OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.min_reconnect_backoff_ms", 5_000),
    ("grpc.max_receive_message_length", _MAX_REPLY_BYTES),
    ("grpc.service_config_disable_resolution", 1),
    ("grpc.enable_retries", 0),
)
_FORMATS = {"jsonl": pb.FEED_FORMAT_JSONL, "csv": pb.FEED_FORMAT_CSV}
_MODES = {"full": pb.FEED_MODE_FULL, "changes": pb.FEED_MODE_CHANGES}


class CallRefusedError(JointgateError):
    """The register refused the call, for a documented reason.

    Attributes:
        reason: the reason of docs/authorities.md.
        refusal: for FEED_REFUSED, which refusal of the feed it is.
        retry_seconds: after how many seconds sending it again may help; None when it never does.
    """

    def __init__(
        self, reason: str, message: str, *, refusal: str = "", retry_seconds: float | None = None
    ) -> None:
        """Keep what the register said."""
        super().__init__(f"{reason}: {message}")
        self.reason = reason
        self.refusal = refusal
        self.retry_seconds = retry_seconds


class NoAnswerError(JointgateError):
    """The register was not reached, or the connection broke; what became of the call is not known."""


class FeedFileError(JointgateError):
    """The file is no feed whose header could be signed."""


@dataclass(frozen=True, slots=True)
class FeedFile:
    """A feed to submit.

    Attributes:
        path: the file.
        format: `jsonl` or `csv`.
        list_id: the list it speaks for.
        confirms_shrink: whether it is sent although it removes much of the list.
    """

    path: Path
    format: str
    list_id: str
    confirms_shrink: bool = False


class RegisterClient:
    """A connection to a RegisterService on behalf of one authority; close it, or use it in a `with` statement."""

    def __init__(
        self,
        identity: AuthorityIdentity,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        timeout_seconds: float = ASK_SECONDS,
    ) -> None:
        """Prepare the connection; it is made with the first call."""
        self._authority = identity.authority
        self._signer = DecisionSigner(identity.signer)
        self._clock = clock
        self._timeout = timeout_seconds
        credentials = grpc.ssl_channel_credentials(
            root_certificates=identity.trusted,
            private_key=identity.key,
            certificate_chain=identity.certificate,
        )
        self._channel = grpc.secure_channel(identity.register, credentials, options=_OPTIONS)

    def __enter__(self) -> Self:
        """Return the connection itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self._channel.close()

    def submit(
        self,
        file: FeedFile,
        told: Callable[[pb.SubmissionProgress], None] = lambda _: None,
        *,
        timeout_seconds: float = SUBMIT_SECONDS,
    ) -> pb.SubmissionOutcome:
        """Submit a feed and return its outcome; `told` is called with every progress.

        When the connection breaks behind the last byte, the register is asked once what became of it.

        Raises:
            FeedFileError: the file has no header that could be signed.
            CallRefusedError: the register refuses it.
            NoAnswerError: the register was not reached, or what became of it is not known; send it again.
        """
        failed, is_answered = None, False
        with file.path.open("rb") as stream:
            submission = self._submission(file, stream)
            call: Any = self._channel.stream_stream(f"/{SERVICE}/Submit")
            requests = self._requests(submission, stream)
            try:
                for raw in call(requests, timeout=timeout_seconds):
                    response, is_answered = pb.SubmitResponse.FromString(raw), True
                    if response.WhichOneof("part") == "outcome":
                        return response.outcome
                    told(response.progress)
            except grpc.RpcError as failure:
                error = _error_of(failure)
                if isinstance(error, CallRefusedError):
                    raise error from None
                failed = None if is_answered else error
        return self._outcome_after_all(submission.submission_id, failed)

    def submission(self, submission_id: bytes, *, after_line: int = 0) -> pb.SubmissionOutcome:
        """Return the outcome of a submission, with the quarantine from behind a line.

        Raises:
            CallRefusedError: none of this id was imported for this authority.
            NoAnswerError: the register was not reached.
        """
        request = pb.GetSubmissionRequest(submission_id=submission_id, after_line=after_line)
        return pb.GetSubmissionResponse.FromString(self._ask("GetSubmission", request)).outcome

    def quarantine(self, outcome: pb.SubmissionOutcome) -> Iterator[pb.QuarantinedLine]:
        """Yield every quarantined line of a submission, asking for what the outcome does not tell.

        Raises:
            CallRefusedError: the register refuses to tell.
            NoAnswerError: the register was not reached.
        """
        yield from outcome.quarantine
        while outcome.next_after_line:
            outcome = self.submission(outcome.submission_id, after_line=outcome.next_after_line)
            yield from outcome.quarantine

    def change(self, change: pb.Change) -> pb.ChangeListingResponse:
        """Sign and send a change; its authority, issue time and, where it has none, its id are set here.

        Raises:
            CallRefusedError: the register refuses it.
            NoAnswerError: the register was not reached, or what became of it is not known; send the same again.
        """
        change.authority = self._authority
        change.change_id = change.change_id or os.urandom(ID_BYTES)
        change.issued_at.FromDatetime(self._clock())
        payload = change.SerializeToString(deterministic=True)
        signed = pb.SignedChange(
            payload=payload,
            payload_type=CHANGE_TYPE,
            signatures=[self._signature(CHANGE_TYPE, payload)],
        )
        request = pb.ChangeListingRequest(change=signed)
        return pb.ChangeListingResponse.FromString(self._ask("ChangeListing", request))

    def view(self, reference: str) -> pb.ListingView:
        """Return one of the authority's listings.

        Raises:
            CallRefusedError: it has none of this reference.
            NoAnswerError: the register was not reached.
        """
        request = pb.ViewListingRequest(listing_reference=reference)
        return pb.ViewListingResponse.FromString(self._ask("ViewListing", request)).listing

    def _outcome_after_all(
        self, submission_id: bytes, failed: NoAnswerError | None
    ) -> pb.SubmissionOutcome:
        """Ask what became of it; `failed` is why not even the first answer came, where that is so."""
        try:
            return self.submission(submission_id)
        except (CallRefusedError, NoAnswerError):
            if failed is not None:
                raise failed from None
            message = (
                "the register did not say what became of the submission; send the same file again"
            )
            raise NoAnswerError(message) from None

    def _ask(self, name: str, request: Message) -> bytes:
        method: Any = self._channel.unary_unary(f"/{SERVICE}/{name}")
        try:
            reply: bytes = method(
                request.SerializeToString(deterministic=True), timeout=self._timeout
            )
        except grpc.RpcError as failure:
            raise _error_of(failure) from None
        return reply

    def _submission(self, file: FeedFile, stream: BinaryIO) -> pb.Submission:
        said = read_header(stream.readline(_HEADER_BYTES), file.format)
        stream.seek(0)
        digest = hashlib.file_digest(cast("BytesIO", stream), "sha256").digest()
        length = stream.tell()
        stream.seek(0)
        named = hashlib.sha256(f"{file.list_id}\n".encode() + digest).digest()
        submission = pb.Submission(
            submission_id=named[:ID_BYTES],
            authority=self._authority,
            list=file.list_id,
            format=_FORMATS[file.format],
            mode=said.mode,
            sequence=said.sequence,
            content_length=length,
            content_sha256=digest,
            confirm_shrink=file.confirms_shrink,
        )
        submission.issued_at.FromDatetime(self._clock())
        return submission

    def _requests(self, submission: pb.Submission, stream: BinaryIO) -> Iterator[bytes]:
        payload = submission.SerializeToString(deterministic=True)
        header = pb.SignedSubmission(
            payload=payload,
            payload_type=SUBMISSION_TYPE,
            signatures=[self._signature(SUBMISSION_TYPE, payload)],
        )
        yield pb.SubmitRequest(header=header).SerializeToString(deterministic=True)
        while chunk := stream.read(CHUNK_BYTES):
            yield pb.SubmitRequest(chunk=chunk).SerializeToString(deterministic=True)

    def _signature(self, payload_type: str, payload: bytes) -> decision_pb2.Signature:
        sig = self._signer.sign(payload_type, payload)
        return decision_pb2.Signature(keyid=self._signer.keyid, sig=sig)


@dataclass(frozen=True, slots=True)
class SaidHeader:
    """What a feed's first line says and the submission repeats; whether it is right is the register's to judge."""

    mode: pb.FeedMode
    sequence: int


def read_header(line: bytes, form: str) -> SaidHeader:
    """Return what the first line of a feed says.

    Raises:
        FeedFileError: it is no header.
    """
    try:
        if form == "csv":
            cells = next(csv.reader([line.decode("utf-8-sig")]))
            sequence, mode = int(cells[4]), cells[5]
        else:
            content = json.loads(line)
            sequence, mode = content["sequence"], content["mode"]
        return SaidHeader(_MODES[mode], _sequence(sequence))
    except (ValueError, LookupError, TypeError, StopIteration, RecursionError):
        message = f"the file's first line is no header of a {form} feed; docs/formats.md says what it holds"
        raise FeedFileError(message) from None


def _sequence(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        message = "not a sequence"
        raise ValueError(message)
    return value


def _error_of(failure: grpc.RpcError) -> CallRefusedError | NoAnswerError:
    """Return the error for a call that failed; nothing of the library's own text is repeated."""
    call = cast("grpc.Call", failure)
    status = _status(cast("Iterable[tuple[str, str | bytes]]", call.trailing_metadata() or ()))
    info, retry = ErrorInfo(), RetryInfo()
    for detail in status.details if status is not None else ():
        detail.Unpack(info)
        detail.Unpack(retry)
    if status is not None and info.domain == _DOMAIN and info.reason:
        seconds = (
            retry.retry_delay.ToTimedelta().total_seconds()
            if retry.HasField("retry_delay")
            else None
        )
        text = "".join(one if one.isprintable() else " " for one in status.message)
        return CallRefusedError(
            info.reason, text, refusal=info.metadata.get(_REFUSAL, ""), retry_seconds=seconds
        )
    return NoAnswerError(_ADVICE.get(call.code(), _UNKNOWN))


_UNKNOWN = "the call failed without an explanation; check that the address is a register's"
_ADVICE = {
    grpc.StatusCode.UNAVAILABLE: (
        "the register was not reached, or the connection broke; "
        "check the address, the network and the certificates"
    ),
    grpc.StatusCode.CANCELLED: "the register ended the call; send it again",
    grpc.StatusCode.DEADLINE_EXCEEDED: "the answer did not come in time; allow more time, or send it again",
}


def _status(trailing: Iterable[tuple[str, str | bytes]]) -> Status | None:
    for key, value in trailing:
        if key == _DETAILS_KEY and isinstance(value, bytes):
            try:
                return Status.FromString(value)
            except DecodeError:
                return None
    return None
