"""The site's tables as the service needs them: lists for imports, periods for deadlines, and whether confirmed.

Responsible for reading them once at the start, and for refusing what restricts while they are not confirmed.
Not responsible for what they say.

Rule kept here: tables that are not sound, or not there, stop nothing that eases.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from gateway.confirmation import refuse_unconfirmed
from gateway.errors import CommandError
from gateway.packs import site_pack
from gateway.register_service.failures import ServiceError, ServiceReason

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gateway.config import Settings
    from sanctions_matrix.lists import ListDefinition
    from sanctions_matrix.pack import Pack

_log = logging.getLogger(__name__)


class SiteTables:
    """One site's tables."""

    def __init__(self, root: Path, pack: Pack | None) -> None:
        """Keep the pack, None where the site has no sound one."""
        self._root = root
        self._pack = pack

    @classmethod
    def read(cls, settings: Settings) -> SiteTables:
        """Read the site's tables; what is wrong with them is logged."""
        try:
            return cls(settings.root, site_pack(settings))
        except CommandError as error:
            _log.error("the tables cannot be used, so nothing is imported: %s", error)
            return cls(settings.root, None)

    @property
    def lists(self) -> Mapping[str, ListDefinition]:
        """The lists there are."""
        return {} if self._pack is None else self._pack.lists

    @property
    def pack(self) -> Pack | None:
        """The tables, None where there are none that are sound."""
        return self._pack

    def definition(self, list_id: str) -> ListDefinition:
        """Return a list of confirmed tables.

        Raises:
            ServiceError: they are not confirmed, or have no such list.
        """
        self.refuse_unconfirmed("nothing is imported")
        definition = self.lists.get(list_id)
        if definition is None:
            message = "the register's tables have no such list; docs/authorities.md says how lists are named"
            raise ServiceError(ServiceReason.LIST_NOT_ALLOWED, message)
        return definition

    def refuse_unconfirmed(self, refused: str) -> None:
        """Return if the tables are those that the operator confirmed last.

        Raises:
            ServiceError: they are not; why is the operator's to know.
        """
        try:
            if self._pack is not None:
                refuse_unconfirmed(self._root, self._pack)
                return
        except CommandError:
            pass
        message = f"{refused}: the register's operator has not confirmed its tables yet; send it again later"
        raise ServiceError(ServiceReason.PACK_UNCONFIRMED, message)
