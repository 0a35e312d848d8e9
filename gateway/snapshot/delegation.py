"""The delegation of decision keys: which keys may sign decisions, for which issuer, and until when.

Responsible for: when to delegate anew, and the rows of the document.
Not responsible for: its signature (``repository``) or the keys themselves.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from securesystemslib.signer import SSlibKey

from gateway.snapshot.repository import keys_document

_EARLY = timedelta(minutes=5)
"""A key's term begins a little early, for gateways whose clocks are behind."""


class DecisionKeys:
    """The decision keys of a site."""

    def __init__(self, keys: Mapping[str, list[SSlibKey]], *, term: timedelta) -> None:
        """Keep the public ``keys`` by issuer, and the ``term`` of their delegation."""
        self._keys = keys
        self._term = term

    def document_due(self, held: bytes | None, now: datetime) -> bytes | None:
        """Return a new document when a key is new, gone, of another issuer, or past half of its term.

        Args:
            held: the committed document, if there is one.
            now: the current instant, UTC.
        """
        rows = {key["keyid"]: key for key in msgspec.json.decode(held)["keys"]} if held else {}
        issuers = {keyid: key["issuer"] for keyid, key in rows.items()}
        wanted = {key.keyid: issuer for issuer, keys in self._keys.items() for key in keys}
        renew_before = _stamp(now + self._term / 2)
        if issuers == wanted and all(key["not_after"] > renew_before for key in rows.values()):
            return None
        return keys_document(
            [
                self._row(issuer, key, rows.get(key.keyid), now)
                for issuer, keys in sorted(self._keys.items())
                for key in keys
            ]
        )

    def _row(
        self, issuer: str, key: SSlibKey, held: dict[str, Any] | None, now: datetime
    ) -> dict[str, Any]:
        return {
            "issuer": issuer,
            "keyid": key.keyid,
            "key": key.to_dict(),
            "not_before": held["not_before"] if held else _stamp(now - _EARLY),
            "not_after": _stamp(now + self._term),
        }


def _stamp(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
