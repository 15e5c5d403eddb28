"""Freight rules: the table of contents."""

from collections.abc import Sequence
from typing import Any

from core import Plugin, Quote, hookimpl, settings_of
from plugins.freight_rules import quoting, routes
from plugins.freight_rules.settings import Settings

NAME = quoting.NAME

PLUGIN = Plugin(
    name=NAME,
    title={"en": "Freight rules", "zh": "运费模板"},
    api=">=1,<2",
    settings=Settings,
    permissions={
        "freight_rules.read": "see what sending costs",
        "freight_rules.write": "change what sending costs, and where goods are sent",
    },
)


@hookimpl
def register_blueprints() -> Sequence[Any]:
    """Doors for buyers and for staff."""
    return (routes.shop, routes.admin)


@hookimpl
def choose_freight(quote: Quote) -> int | None:
    """The freight by the templates; with none for any of the goods, whoever is next."""
    return quoting.freight(quote, settings_of(NAME))


@hookimpl
def check_checkout(quote: Quote) -> None:
    """No to goods that are not sent to the receiver's region."""
    quoting.refuse_unserved(quote, settings_of(NAME))
