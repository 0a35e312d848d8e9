"""The trust service: TUF metadata and decision keys for partners, as the follower verified them.

Responsible for: serving the files that partners need, out of the store.
Not responsible for: their truth; every file is signed, and partners verify it from their pinned root.

Lists are not served: the follower stores no file of theirs for partners, so none can be asked for.
"""

import re

import grpc

from gateway.errors import AnswerError, Reason
from gateway.snapshot.store import Store
from gateway.transport.status import answering
from gateway.transport.wire import parse_strictly
from jointgate.trust.v1 import trust_pb2 as pb

SERVICE = "jointgate.trust.v1.TrustService"
_MAX_BYTES = 512
_ROLES = frozenset({"root", "timestamp", "snapshot", "targets", "decision-keys"})
_TARGET = re.compile(r"decision-keys/[0-9a-f]{64}\.current\.json")


class TrustService:
    """Serves one store's trust files."""

    def __init__(self, store: Store) -> None:
        """Keep the store."""
        self._store = store

    def handler(self) -> grpc.GenericRpcHandler:
        """Return the service for a gRPC server."""
        methods = {"GetMetadata": self.get_metadata, "GetTarget": self.get_target}
        return grpc.method_handlers_generic_handler(
            SERVICE,
            {
                name: grpc.unary_unary_rpc_method_handler(answering(method))
                for name, method in methods.items()
            },
        )

    def get_metadata(self, raw: bytes, _: grpc.ServicerContext) -> bytes:
        """Return one metadata file.

        Raises:
            AnswerError: there is none of that role and version.
        """
        request = parse_strictly(pb.GetMetadataRequest, raw, limit=_MAX_BYTES)
        name = (
            f"{request.version}.{request.role}.json" if request.version else f"{request.role}.json"
        )
        content = self._file(name) if request.role in _ROLES else None
        if content is None:
            raise AnswerError(Reason.METADATA_NOT_FOUND, "there is no such role or version")
        return pb.GetMetadataResponse(content=content).SerializeToString()

    def get_target(self, raw: bytes, _: grpc.ServicerContext) -> bytes:
        """Return one target.

        Raises:
            AnswerError: there is none, or none that partners may have.
        """
        request = parse_strictly(pb.GetTargetRequest, raw, limit=_MAX_BYTES)
        content = self._file(request.path) if _TARGET.fullmatch(request.path) else None
        if content is None:
            raise AnswerError(Reason.TARGET_NOT_FOUND, "there is no such target for partners")
        return pb.GetTargetResponse(content=content).SerializeToString()

    def _file(self, name: str) -> bytes | None:
        with self._store.read() as view:
            return view.trust(name)
