"""The manifest every plugin carries as PLUGIN in its plugin.py."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import Schema

from core.contracts.payment_channel import AccountView

#: the version of the face that this core offers
API_VERSION = (1, 0)


@dataclass(frozen=True)
class Plugin:
    """Who a plugin is and what it needs to be told.

    :param name: snake_case; also its package under ``plugins/``, its route prefix and its queue.
    :param title: language -> text.
    :param api: the range of face versions it was written for, like ``">=1,<2"``.
    :param settings: per merchant; None = nothing to set. Served as JSON Schema with ``title_zh`` and ``title_en``.
    :param secret: names of settings that are written, never shown.
    :param account: the schema of one credential set, for plugins that have accounts; *account_secret* as *secret*.
    :param check: called with the settings and an account (None = there is none) before enabling and on request,
        outside any transaction; returns sentences about what is wrong, none = all is well.
    :param permissions: name -> what it allows.
    :param roles: a role of core -> those of *permissions* that its people have, beside the owner and the operator.
    """

    name: str
    title: Mapping[str, str]
    api: str
    settings: type[Schema] | None = None
    secret: tuple[str, ...] = ()
    account: type[Schema] | None = None
    account_secret: tuple[str, ...] = ()
    check: Callable[[Mapping[str, Any], AccountView | None], list[str]] | None = None
    permissions: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
