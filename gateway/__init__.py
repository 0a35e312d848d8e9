"""The gateway: register, snapshots, decisions, and the service that answers partners."""

import os

# TLS 1.3 alone (ADR 34). It stands here because gRPC reads it when it is loaded, and whoever serves loads this first.
os.environ["GRPC_SSL_CIPHER_SUITES"] = "ECDHE-PSK-CHACHA20-POLY1305"
