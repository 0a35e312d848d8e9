"""The payload types that authorities sign, and the limits of their messages; shared by client and server."""

SERVICE = "jointgate.register.v1.RegisterService"
SUBMISSION_TYPE = "application/vnd.jointgate.submission.v1+protobuf"
CHANGE_TYPE = "application/vnd.jointgate.change.v1+protobuf"

ID_BYTES = 16
"""Of a submission's and a change's id."""
MAX_PAYLOAD_BYTES = 4_096
ENVELOPE_BYTES = 1_024
MAX_ENVELOPE_BYTES = MAX_PAYLOAD_BYTES + ENVELOPE_BYTES
CHUNK_BYTES = 1024 * 1024
MAX_REQUEST_BYTES = CHUNK_BYTES + ENVELOPE_BYTES
MAX_READING_BYTES = 128
"""Of a request that only reads."""
QUARANTINE_LINES = 1_000
"""Lines of the quarantine that one answer tells."""
