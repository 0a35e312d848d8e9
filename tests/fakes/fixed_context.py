"""A call's context without a call.

Stands in for ``grpc.ServicerContext`` as far as jointgate's services use one.
"""

from collections.abc import Iterable, Mapping
from typing import NoReturn, cast

import grpc
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status


class AbortedError(Exception):
    """The call was ended with a status."""

    def __init__(self, status: grpc.Status) -> None:
        """Keep ``status``."""
        super().__init__(status.details)
        self.code: grpc.StatusCode = status.code
        self.details: str = status.details
        (raw,) = (value for key, value in status.trailing_metadata if key.endswith("-bin"))
        self.status = Status.FromString(bytes(raw))  # type: ignore[arg-type] # keys in -bin hold bytes

    def reason(self) -> tuple[str, str]:
        """Return domain and reason of the status."""
        info = ErrorInfo()
        assert self.status.details[0].Unpack(info)
        return info.domain, info.reason

    def retry_seconds(self) -> float | None:
        """Return after how many seconds asking again may help; None when the status does not say."""
        for detail in self.status.details[1:]:
            info = RetryInfo()
            if detail.Unpack(info):
                return float(info.retry_delay.ToTimedelta().total_seconds())
        return None


class FixedContext:
    """A call of a client whose certificate names ``uris``."""

    def __init__(self, uris: Iterable[str] = ()) -> None:
        """Keep the names; none at all is a call without a client certificate."""
        self._names = [uri.encode() for uri in uris]

    def auth_context(self) -> Mapping[str, Iterable[bytes]]:
        """Return what gRPC says about the peer."""
        named = {"x509_subject_alternative_name": self._names} if self._names else {}
        return {"transport_security_type": [b"ssl"], **named}

    def abort_with_status(self, status: grpc.Status) -> NoReturn:
        """End the call, as gRPC does, by raising."""
        raise AbortedError(status)


def context(*uris: str) -> grpc.ServicerContext:
    """Return the context of a call by a client whose certificate names ``uris``."""
    return cast("grpc.ServicerContext", FixedContext(uris))
