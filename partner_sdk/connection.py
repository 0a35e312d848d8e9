"""How a connection to a gateway is made.

Responsible for: the credentials and the channel options, the same for both clients.
Not responsible for: deadlines (each call has its own) and retries.
"""

import grpc
import grpc.aio

from partner_sdk.identity import Identity, TlsMaterial

_MAX_REPLY_BYTES = 64 * 1024 * 1024

_OPTIONS: tuple[tuple[str, int], ...] = (
    # Also sets TCP_USER_TIMEOUT, so that a vanished peer is noticed within the timeout and not after minutes.
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    # An idle connection sends nothing: servers close connections that ping too often.
    ("grpc.keepalive_permit_without_calls", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    # gRPC gives one attempt to connect this long, handshake included; a tenth of a second is too short on a busy host.
    # Calls are not bound by it: each has its own deadline, and a refused connection fails at once.
    ("grpc.min_reconnect_backoff_ms", 5_000),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    # A thousand decisions with many grounds are more than the default of 4 MiB.
    ("grpc.max_receive_message_length", _MAX_REPLY_BYTES),
    # The name service must not change how calls are made; retries are this SDK's, with a fresh question each.
    ("grpc.service_config_disable_resolution", 1),
    ("grpc.enable_retries", 0),
)


def open_channel(identity: Identity) -> grpc.Channel:
    """Return a channel to the identity's gateway; it connects when it is first used."""
    if identity.tls is None:
        return grpc.insecure_channel(identity.gateway, options=_OPTIONS)
    return grpc.secure_channel(identity.gateway, _credentials(identity.tls), options=_OPTIONS)


def open_async_channel(identity: Identity) -> grpc.aio.Channel:
    """Return the same for asyncio."""
    if identity.tls is None:
        return grpc.aio.insecure_channel(identity.gateway, options=_OPTIONS)
    return grpc.aio.secure_channel(identity.gateway, _credentials(identity.tls), options=_OPTIONS)


def _credentials(tls: TlsMaterial) -> grpc.ChannelCredentials:
    return grpc.ssl_channel_credentials(
        root_certificates=tls.authority, private_key=tls.key, certificate_chain=tls.certificate
    )
