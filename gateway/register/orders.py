"""Changes that come with an id of their sender: each is made once, however often it is sent.

Responsible for remembering them in the transaction that makes the change, and for recognising one that was made.
Not responsible for who may order what, nor for signatures.

Rule kept here: an id belongs to its sender, so nobody can use up or recognise the ids of another.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from gateway.register.changes import change_number
from gateway.register.errors import RegisterError
from gateway.register.schema import change_order as table

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Order:
    """A change as its sender named it.

    Attributes:
        sender: who sent it, for example an authority's identifier.
        id: 16 bytes that the sender chose.
        reference: the listing it is about.
        digest: 32 bytes over what shall be done, the same for the same change.
    """

    sender: str
    id: bytes
    reference: str
    digest: bytes

    @property
    def key(self) -> bytes:
        """The id under which it is remembered, 16 bytes."""
        named = hashlib.blake2b(self.id, digest_size=_ID_BYTES)
        named.update(self.sender.encode())
        return named.digest()


class OrderRepeatedError(RegisterError):
    """This very change was made before; nothing is done again.

    Attributes:
        change: the number it got.
    """

    def __init__(self, change: int) -> None:
        """Keep the number."""
        super().__init__(f"this change was made before, as change {change}")
        self.change = change


class OrderReusedError(RegisterError):
    """The id was used before for another change."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(
            "this change id was used for another change; give each change 16 new random bytes"
        )


def refuse_repeated(connection: Connection, order: Order) -> None:
    """Return if nothing was made of the order yet.

    Raises:
        OrderRepeatedError: this very change was made.
        OrderReusedError: its id was used for another one.
    """
    row = connection.execute(select(table).where(table.c.id == order.key)).first()
    if row is None:
        return
    if (row.digest, row.reference) != (order.digest, order.reference):
        raise OrderReusedError
    raise OrderRepeatedError(row.change)


def remember(connection: Connection, order: Order) -> None:
    """Keep, in the transaction that made it, that the order was carried out by its change."""
    values = {
        "id": order.key,
        "digest": order.digest,
        "reference": order.reference,
        "change": change_number(connection),
    }
    connection.execute(insert(table).values(values))
