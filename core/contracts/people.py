"""Who acts, and for which merchant: frozen values that doors make and everybody else reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class MerchantView:
    """The merchant a request, job or command works for.

    :param settings: core's settings with defaults filled in, see ``core/schemas/settings.py``.
    :param plugin_version: rises with every change of a plugin; hook lists are rebuilt when it moves.
    """

    id: int
    code: str
    name: str
    currency: str
    timezone: str
    language: str
    settings: Mapping[str, Any]
    plugin_version: int


@dataclass(frozen=True)
class Actor:
    """Who does it.

    :param kind: ``buyer``, ``staff``, ``api_key``, ``system``, ``clock`` or ``channel``.
    :param source: the door: ``api``, ``webhook``, ``job``, ``plugin``, ``cli`` or ``import``.
    :param permissions: what staff and keys may do; ``*`` is everything. Empty for all others.
    :param store_ids: the stores a member of staff is bound to; empty = every store.
    """

    kind: str
    id: UUID | None
    name: str
    source: str
    request_id: str
    permissions: frozenset[str] = field(default_factory=frozenset)
    store_ids: frozenset[UUID] = field(default_factory=frozenset)

    @property
    def plays(self) -> str:
        """The word for this actor in the tables of moves: an API key acts as staff."""
        return "staff" if self.kind == "api_key" else self.kind

    def may(self, permission: str) -> bool:
        """Whether *permission* is among the actor's."""
        return permission in self.permissions or "*" in self.permissions
