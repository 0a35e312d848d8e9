"""A site whose register is served over real sockets with real certificates, in this process.

Responsible for: making the site and its feeds, the servers, and authorities that send right or wrong bytes.
Not responsible for judging.
"""

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import grpc
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from grpc_status import rpc_status

from gateway.clock import system_clock
from gateway.config import Settings, load_settings
from gateway.decision.signatures import DecisionSigner
from gateway.register.register import Register
from gateway.register_service.client import RegisterClient
from gateway.register_service.identity import AuthorityIdentity, load_authority_identity
from gateway.register_service.payloads import CHANGE_TYPE, SERVICE, SUBMISSION_TYPE
from gateway.register_service.serving import RegisterServers
from gateway.site import SitePlan, create_site
from jointgate.decision.v1 import decision_pb2
from jointgate.register.v1 import register_pb2 as pb
from tests.fakes.in_memory_feed import person_row

COURT = "Synthetic Supreme Court of Utopia"
TRANSPORT = "Synthetic Transport Administration of Utopia"
LIST = "consumption-limited"
CALL_SECONDS = 60.0


def feed_bytes(rows: Sequence[Mapping[str, object]], **header: object) -> bytes:
    """Return the bytes of a JSON Lines feed of the court; `header` replaces fields of its header."""
    first = {
        "jointgate_feed": 1,
        "list": LIST,
        "authority": COURT,
        "sequence": 1,
        "mode": "full",
        "records": len(rows),
    }
    lines = [first | header, *rows, {"end": len(rows)}]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


def rows(count: int, *, first: int = 1) -> list[dict[str, object]]:
    """Return so many good rows."""
    return [person_row(serial) for serial in range(first, first + count)]


def air_row(serial: int) -> dict[str, object]:
    """Return a good row for the list of air travel."""
    ruling = {
        "number": f"(2026) No. {serial}",
        "authority": "Civil Aviation Administration of Utopia",
        "dated": "2026-02-01",
        "effective": True,
    }
    return person_row(
        serial,
        ruling=ruling,
        ground="act-in-air-transport",
        notice={"served_on": "2026-02-10"},
        starts_at="2026-10-20T00:00:00+08:00",
        ends_at="2027-10-01T00:00:00+08:00",
    )


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a call failed."""

    code: str
    reason: str
    domain: str
    message: str
    refusal: str
    retry_seconds: float | None


def refusal_of(failure: grpc.RpcError) -> Refusal:
    """Read a failed call in full."""
    status = rpc_status.from_call(cast("grpc.Call", failure))
    info, retry = ErrorInfo(), RetryInfo()
    for detail in status.details if status is not None else ():
        detail.Unpack(info)
        detail.Unpack(retry)
    seconds = (
        retry.retry_delay.ToTimedelta().total_seconds() if retry.HasField("retry_delay") else None
    )
    return Refusal(
        failure.code().name,
        info.reason,
        info.domain,
        failure.details() or "",
        info.metadata.get("refusal", ""),
        seconds,
    )


@dataclass(slots=True)
class Sent:
    """What came back of a raw submission."""

    progress: list[pb.SubmissionProgress] = field(default_factory=list)
    outcome: pb.SubmissionOutcome | None = None
    refusal: Refusal | None = None


class RawAuthority:
    """One connection with one identity's certificate, that signs and sends what it is told."""

    def __init__(
        self, identity: AuthorityIdentity, *, certificate: AuthorityIdentity | None = None
    ) -> None:
        """Sign with `identity`, and show its certificate or that of another."""
        shown = certificate or identity
        self.identity = identity
        self.signer = DecisionSigner(identity.signer)
        credentials = grpc.ssl_channel_credentials(
            root_certificates=identity.trusted,
            private_key=shown.key,
            certificate_chain=shown.certificate,
        )
        self.channel = grpc.secure_channel(
            identity.register,
            credentials,
            options=[("grpc.max_send_message_length", -1), ("grpc.enable_retries", 0)],
        )

    def close(self) -> None:
        """Close the connection."""
        self.channel.close()

    def submission(self, content: bytes, **fields: Any) -> pb.Submission:  # noqa: ANN401 - any field
        """Return a right header for `content`, with `fields` replaced."""
        said = json.loads(content.split(b"\n", 1)[0])
        values: dict[str, Any] = {
            "submission_id": sha256(content).digest()[:16],
            "authority": self.identity.authority,
            "list": said["list"],
            "format": pb.FEED_FORMAT_JSONL,
            "mode": pb.FEED_MODE_FULL if said["mode"] == "full" else pb.FEED_MODE_CHANGES,
            "sequence": said["sequence"],
            "issued_at": datetime.now(UTC),
            "content_length": len(content),
            "content_sha256": sha256(content).digest(),
        }
        return pb.Submission(**(values | fields))

    def header(self, submission: pb.Submission, **fields: Any) -> bytes:  # noqa: ANN401 - any field
        """Return the signed header as the first request, with `fields` of the envelope replaced."""
        payload = submission.SerializeToString(deterministic=True)
        values: dict[str, Any] = {
            "payload": payload,
            "payload_type": SUBMISSION_TYPE,
            "signatures": [self.signature(SUBMISSION_TYPE, payload)],
        }
        signed = pb.SignedSubmission(**(values | fields))
        return pb.SubmitRequest(header=signed).SerializeToString(deterministic=True)

    def signature(self, payload_type: str, payload: bytes) -> decision_pb2.Signature:
        """Sign."""
        return decision_pb2.Signature(
            keyid=self.signer.keyid, sig=self.signer.sign(payload_type, payload)
        )

    def send(self, requests: Iterable[bytes]) -> Sent:
        """Send a submission's stream and read everything that comes back."""
        sent = Sent()
        call: Any = self.channel.stream_stream(f"/{SERVICE}/Submit")
        try:
            for raw in call(iter(requests), timeout=CALL_SECONDS):
                response = pb.SubmitResponse.FromString(raw)
                if response.WhichOneof("part") == "outcome":
                    sent.outcome = response.outcome
                else:
                    sent.progress.append(response.progress)
        except grpc.RpcError as failure:
            sent.refusal = refusal_of(failure)
        return sent

    def submit(self, content: bytes, *, step: int = 1_000, **fields: Any) -> Sent:  # noqa: ANN401 - any field
        """Submit `content` in chunks of `step` bytes, with `fields` of the header replaced."""
        return self.send(
            [self.header(self.submission(content, **fields)), *chunks(content, step=step)]
        )

    def submit_and_go(self, content: bytes) -> None:
        """Submit `content`, and break the call off once the service has told twice that the import waits."""
        call: Any = self.channel.stream_stream(f"/{SERVICE}/Submit")
        requests = [self.header(self.submission(content)), *chunks(content)]
        waiting, answers = 0, call(iter(requests), timeout=CALL_SECONDS)
        for raw in answers:
            waiting += (
                pb.SubmitResponse.FromString(raw).progress.phase == pb.SUBMISSION_PHASE_WAITING
            )
            if waiting == 2:  # the second comes from the queue
                answers.cancel()
                return

    def change(self, reference: str, **fields: Any) -> pb.Change:  # noqa: ANN401 - any field
        """Return a right release of a listing, with `fields` replaced; give `release=None` for another action."""
        values: dict[str, Any] = {
            "change_id": sha256(reference.encode()).digest()[:16],
            "authority": self.identity.authority,
            "issued_at": datetime.now(UTC),
            "listing_reference": reference,
            "document": "(2026) Closing No. 7",
            "release": pb.Release(reason=pb.END_REASON_PERFORMED),
        } | fields
        return pb.Change(**{name: value for name, value in values.items() if value is not None})

    def order(self, change: pb.Change, **fields: Any) -> pb.ChangeListingResponse | Refusal:  # noqa: ANN401 - any field
        """Sign and send a change, with `fields` of the envelope replaced."""
        payload = change.SerializeToString(deterministic=True)
        values: dict[str, Any] = {
            "payload": payload,
            "payload_type": CHANGE_TYPE,
            "signatures": [self.signature(CHANGE_TYPE, payload)],
        }
        request = pb.ChangeListingRequest(change=pb.SignedChange(**(values | fields)))
        raw = self.call("ChangeListing", request.SerializeToString(deterministic=True))
        return raw if isinstance(raw, Refusal) else pb.ChangeListingResponse.FromString(raw)

    def call(self, name: str, raw: bytes) -> bytes | Refusal:
        """Send the bytes of one request."""
        method: Any = self.channel.unary_unary(f"/{SERVICE}/{name}")
        try:
            reply: bytes = method(raw, timeout=CALL_SECONDS)
        except grpc.RpcError as failure:
            return refusal_of(failure)
        return reply


def chunks(content: bytes, *, step: int = 1_000) -> Iterator[bytes]:
    """Yield the requests that carry `content`."""
    for start in range(0, len(content), step):
        chunk = content[start : start + step]
        yield pb.SubmitRequest(chunk=chunk).SerializeToString(deterministic=True)


class RegisterSite:
    """One site with its services; use `register_site`."""

    def __init__(self, folder: Path, *, database_url: str = "", pack: str) -> None:
        """Make the site."""
        self.folder = folder
        plan = SitePlan(pack=pack, listen="127.0.0.1:0", register_listen="127.0.0.1:0")
        create_site(folder, plan, now=system_clock())
        settings = load_settings(folder / "jointgate.toml", environ={})
        section = dataclasses.replace(
            settings.register,
            database_url=database_url,
            subject_listen="127.0.0.1:0",
            submission_mib=1,
        )
        self.settings: Settings = dataclasses.replace(settings, register=section)
        self._clients: list[RawAuthority] = []

    @contextmanager
    def serving(self) -> Iterator[RegisterServers]:
        """Serve for as long as the block lasts."""
        with Register.open(self.settings.database_url, None) as register:
            servers = RegisterServers(self.settings, register)
            self.register = register
            self.addresses = servers.addresses
            servers.start()
            try:
                yield servers
            finally:
                for client in self._clients:
                    client.close()
                self._clients.clear()
                servers.stop()

    def identity(self, authority: str) -> AuthorityIdentity:
        """Return a sample authority's identity, for the address that the service got."""
        path = self.folder / "authorities" / authority / "identity.toml"
        return load_authority_identity(path, register=self.addresses.authorities)

    def raw(self, authority: str, *, certificate: str | None = None) -> RawAuthority:
        """Return a raw connection as an authority, with the certificate of another where one is named."""
        shown = None if certificate is None else self.identity(certificate)
        self._clients.append(RawAuthority(self.identity(authority), certificate=shown))
        return self._clients[-1]

    def client(self, authority: str = "court") -> RegisterClient:
        """Return a client of an authority; close it."""
        return RegisterClient(self.identity(authority))

    def references(self, list_id: str = LIST) -> list[str]:
        """Return the references of the listings that are not over, in their order."""
        found = {
            one.reference
            for _, listings in self.register.all_listings()
            for one in listings
            if one.list_id == list_id
        }
        return sorted(found)


SiteMaker = Callable[..., RegisterSite]


@contextmanager
def register_site(
    folder: Path, *, database_url: str = "", pack: str = "cn-joint-discipline"
) -> Iterator[RegisterSite]:
    """Make and serve a site for as long as the block lasts."""
    site = RegisterSite(folder, database_url=database_url, pack=pack)
    with site.serving():
        yield site
