"""The RegisterService: one method for each call of an authority.

Responsible for the order of the steps of each call.
Not responsible for who calls (`entrance`), receiving (`intake`), importing (`importing`), changing (`changing`), nor
for servers (`serving`).

Rules kept here:

- Order: size, envelope, key, certificate, signature, then parse, authority, freshness, meaning, entitlement, register.
- An authority changes and sees listings of the lists it may write that its own feeds delivered, and no others; every
  other is answered exactly like one that does not exist.
- Submissions never take all threads: a release always finds one.
  Nor do calls whose request does not come (`gateway.transport.waiting_room`).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import grpc

from gateway.register.submissions import submission_key
from gateway.register_service.answers import ProgressTeller, listing_state, listing_view, outcome
from gateway.register_service.failures import (
    ServiceError,
    ServiceReason,
    answering,
    answering_stream,
)
from gateway.register_service.importing import Advance, Imported, Submitted
from gateway.register_service.intake import IDLE_SECONDS, RequestStream, new_spool, receive
from gateway.register_service.payloads import (
    CHANGE_TYPE,
    MAX_ENVELOPE_BYTES,
    MAX_READING_BYTES,
    QUARANTINE_LINES,
    SERVICE,
    SUBMISSION_TYPE,
)
from gateway.register_service.places import Places
from gateway.register_service.statements import (
    parse_change,
    parse_submission,
    read_change,
    read_submission,
    unknown_listing,
)
from gateway.transport.wire import parse_strictly
from jointgate.register.v1 import register_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from gateway.clock import Clock
    from gateway.register.listing_record import ListingRecord
    from gateway.register.register import Register
    from gateway.register.submissions import RecordedFeed
    from gateway.register_service.authorities import Authority
    from gateway.register_service.changing import Changer
    from gateway.register_service.entrance import Entrance
    from gateway.register_service.importing import Importer
    from gateway.register_service.statements import SubmittedFeed
    from gateway.register_service.tables import SiteTables

_LAST_LINE = 2**53
"""No feed has such a line; databases count no further than twice to the 63rd."""


class RegisterService:
    """Answers authorities; safe for threads."""

    def __init__(  # noqa: PLR0913 - the composition root gives every part by name
        self,
        *,
        register: Register,
        entrance: Entrance,
        importer: Importer,
        changer: Changer,
        tables: SiteTables,
        max_bytes: int,
        clock: Clock,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        """Keep the parts; a submission has at most `max_bytes` bytes."""
        self._register = register
        self._entrance = entrance
        self._importer = importer
        self._changer = changer
        self._tables = tables
        self._max_bytes = max_bytes
        self._clock = clock
        self._idle_seconds = idle_seconds
        self._places = Places()

    def handler(self) -> grpc.GenericRpcHandler:
        """Return the service for a gRPC server; requests and answers are bytes, so that limits come before parsing."""
        unary = {
            "GetSubmission": self.get_submission,
            "ChangeListing": self.change_listing,
            "ViewListing": self.view_listing,
        }
        methods: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
            name: grpc.unary_unary_rpc_method_handler(answering(method))
            for name, method in unary.items()
        }
        methods["Submit"] = grpc.stream_stream_rpc_method_handler(answering_stream(self.submit))
        return grpc.method_handlers_generic_handler(SERVICE, methods)

    def submit(self, requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        """Receive one feed and import it, telling how far it is.

        Raises:
            ServiceError: it is refused.
            AnswerError: a request is malformed, or the signature does not fit.
            RegisterError: the register refuses the feed.
        """
        caller = self._entrance.recognise(context)
        with (
            self._places.take(caller.id) as place,
            RequestStream(requests, idle_seconds=self._idle_seconds) as stream,
        ):
            feed, authority = self._header(stream, context)
            definition = self._tables.definition(feed.list_id)
            teller, spool = ProgressTeller(), new_spool()
            yield from self._received(stream, feed, spool, teller)
            yield teller.waiting()
            submitted = Submitted(
                feed=feed, authority=authority, definition=definition, spool=spool, place=place
            )
            following = self._importer.submit(submitted)
            place.hand_over()  # what waits keeps its place, also when its caller has gone
            for told in following:
                if isinstance(told, Advance):
                    yield teller.advanced(told.phase, told.rows)
                elif isinstance(told, Imported):
                    message = self._outcome(feed.id, told.feed, is_repeated=told.is_repeated)
                    yield pb.SubmitResponse(outcome=message).SerializeToString(deterministic=True)
                else:
                    yield teller.again()

    def get_submission(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """Return the outcome of a submission of the caller.

        Raises:
            ServiceError: there is none.
        """
        authority = self._entrance.recognise(context)
        request = parse_strictly(pb.GetSubmissionRequest, raw, limit=MAX_READING_BYTES)
        with self._register.view() as view:
            held = view.submission(submission_key(authority.id, request.submission_id))
        if held is None or held.authority != authority.name or held.list_id not in authority.lists:
            message = "no submission of yours with this id was imported; send it, or send it again"
            raise ServiceError(ServiceReason.SUBMISSION_NOT_FOUND, message)
        told = self._outcome(
            request.submission_id, held, is_repeated=True, after=min(request.after_line, _LAST_LINE)
        )
        return pb.GetSubmissionResponse(outcome=told).SerializeToString(deterministic=True)

    def change_listing(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """Change one listing of the caller.

        Raises:
            ServiceError: it is refused.
            AnswerError: the request is malformed, or the signature does not fit.
            RegisterError: the register refuses the change.
        """
        request = parse_strictly(pb.ChangeListingRequest, raw, limit=MAX_ENVELOPE_BYTES)
        authority = self._entrance.authenticate(request.change, CHANGE_TYPE, context)
        message = parse_change(request.change.payload)
        self._entrance.admit(message, authority)
        ordered = read_change(message)
        self._own(ordered.reference, authority)
        if ordered.restricts:
            self._tables.refuse_unconfirmed("this change lets the listing restrict again")
        change, is_repeated = self._changer.carry_out(ordered, authority, self._clock)
        response = pb.ChangeListingResponse(
            change_id=ordered.id,
            change=change,
            state=listing_state(self._own(ordered.reference, authority), self._clock()),
            is_repeated=is_repeated,
        )
        return response.SerializeToString(deterministic=True)

    def view_listing(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """Return one listing of the caller.

        Raises:
            ServiceError: it has none of this reference.
        """
        authority = self._entrance.recognise(context)
        request = parse_strictly(pb.ViewListingRequest, raw, limit=MAX_READING_BYTES)
        record = self._own(request.listing_reference, authority)
        response = pb.ViewListingResponse(listing=listing_view(record, self._clock()))
        return response.SerializeToString(deterministic=True)

    def _header(
        self, stream: RequestStream, context: grpc.ServicerContext
    ) -> tuple[SubmittedFeed, Authority]:
        request = stream.next()
        if request is None or request.WhichOneof("part") != "header":
            message = "the first message of a submission is its signed header"
            raise ServiceError(ServiceReason.MALFORMED_REQUEST, message)
        authority = self._entrance.authenticate(request.header, SUBMISSION_TYPE, context)
        submission = parse_submission(request.header.payload)
        self._entrance.admit(submission, authority)
        feed = read_submission(submission, max_bytes=self._max_bytes)
        if feed.list_id not in authority.lists:
            told = "this authority may not write to that list; its registration names the lists"
            raise ServiceError(ServiceReason.LIST_NOT_ALLOWED, told)
        return feed, authority

    def _received(
        self,
        stream: RequestStream,
        feed: SubmittedFeed,
        spool: BinaryIO,
        teller: ProgressTeller,
    ) -> Iterator[bytes]:
        try:
            for count in receive(stream, feed, spool, monotonic=time.monotonic):
                yield teller.received(count)
        except BaseException:
            spool.close()
            raise

    def _outcome(
        self, submission_id: bytes, feed: RecordedFeed, *, is_repeated: bool, after: int = 0
    ) -> pb.SubmissionOutcome:
        with self._register.view() as view:
            lines = view.refused_lines(feed.feed_id, after=after, limit=QUARANTINE_LINES + 1)
        return outcome(submission_id, feed, lines, is_repeated=is_repeated)

    def _own(self, reference: str, authority: Authority) -> ListingRecord:
        """Return a listing of the authority.

        Raises:
            ServiceError: there is none, or it is somebody else's; the two are answered alike.
        """
        with self._register.view() as view:
            deliverer = view.deliverer_of(reference)
            if deliverer is None or deliverer[1] != authority.name:
                raise unknown_listing()
            if deliverer[0] not in authority.lists:
                raise unknown_listing()
            return view.show(reference)
