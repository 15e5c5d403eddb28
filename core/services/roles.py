"""Who may do what: the permissions of core by name, and the roles that bundle them."""

from collections.abc import Iterable, Mapping
from typing import Final

from core import plugins

#: how an API key's token begins
KEY_PREFIX: Final = "sk_"

#: every permission of core, and what it allows
PERMISSIONS: Final[Mapping[str, str]] = {
    "catalog.read": "see products and variants, also those not on sale",
    "catalog.write": "create and edit products and variants",
    "stock.read": "see stock and warehouses",
    "stock.write": "change stock and warehouses",
    "orders.read": "see all orders with their history",
    "order.place": "place orders on behalf of customers",
    "order.reprice": "change the price of an unpaid order",
    "order.close": "close an unpaid order",
    "order.edit_receiver": "change the receiver of an order not yet sent",
    "order.confirm_offline": "confirm that money has arrived outside of a gateway",
    "order.ship": "send parcels",
    "order.receive": "mark an order as received",
    "order.extend": "give a buyer more time before an order counts as received",
    "order.hold": "hold an order back and set it free",
    "order.reject": "reject a paid order and give the money back",
    "order.remark": "write remarks and flags on orders",
    "payments.read": "see payments and the ledger",
    "refunds.read": "see refunds",
    "refund.create": "decide refunds",
    "refund.withdraw": "withdraw a refund that was not yet sent",
    "refund.manual": "mark a refund as done by hand, with evidence",
    "shipments.read": "see shipments and parcels",
    "cases.read": "see what needs a human",
    "cases.write": "take over and resolve cases",
    "customers.read": "see customers",
    "customers.mint": "sign customers in under the merchant's own ids",
    "staff.read": "see staff and their roles",
    "staff.write": "create, edit and disable staff",
    "keys.write": "create and revoke API keys",
    "plugins.read": "see plugins and their settings without secrets",
    "plugins.write": "enable, order, configure and disable plugins and accounts",
    "settings.read": "see the merchant's settings",
    "settings.write": "change the merchant's settings",
    "stores.read": "see stores",
    "stores.write": "create and edit stores",
    "files.read": "see uploaded files",
    "files.write": "upload files",
    "messages.read": "read the merchant's inbox",
    "jobs.read": "see jobs that wait or failed",
    "jobs.write": "start failed jobs again",
    "dashboard.read": "see counts and sums",
    "reports.read": "see the books: balances, refunds, settlement, the dashboard; and download them",
    "exports.read": "export orders and the ledger",
}

_ALL_READ: Final = frozenset(name for name in PERMISSIONS if name.endswith(".read"))
_SELL: Final = frozenset(
    {"catalog.read", "stock.read", "orders.read", "shipments.read", "stores.read", "messages.read"}
)
_ORDERS: Final = frozenset(name for name in PERMISSIONS if name.startswith("order."))

#: role -> its permissions. "*" is everything, plugins' too.
ROLES: Final[Mapping[str, frozenset[str]]] = {
    "owner": frozenset({"*"}),
    "operator": frozenset(PERMISSIONS) - {"staff.write", "keys.write"} | {"plugins.*"},
    "warehouse": _SELL | {"stock.write", "order.ship", "order.remark", "files.read", "files.write"},
    "clerk": _SELL
    | {"customers.read", "order.place", "order.close", "order.ship", "order.receive", "order.remark", "files.write"},
    "customer_service": _SELL
    | {"customers.read", "payments.read", "refunds.read", "cases.read", "cases.write", "order.edit_receiver"}
    | {"order.close", "order.extend", "order.remark", "refund.create", "files.read", "files.write"},
    "supervisor": _ALL_READ
    | _ORDERS - {"order.confirm_offline"}
    | {"refund.create", "refund.withdraw", "cases.write", "files.write"},
    "finance": _ALL_READ - {"staff.read", "plugins.read"}
    | {"order.confirm_offline", "refund.create", "refund.withdraw", "refund.manual", "cases.write", "files.write"},
}

#: what "plugins.*" in a role stands for: every permission that a plugin brings
OF_PLUGINS: Final = "plugins.*"


def permissions_of(
    roles: Iterable[str], from_plugins: Iterable[str] = (), by_role: Mapping[str, frozenset[str]] | None = None
) -> frozenset[str]:
    """What a member of staff with these *roles* may do; roles no longer known give nothing.

    :param from_plugins: the permissions that plugins bring: the operator has them too.
    :param by_role: those of them that other roles have.
    """
    given = by_role or {}
    joined = frozenset().union(*(ROLES.get(role, frozenset()) | given.get(role, frozenset()) for role in roles))
    return (joined - {OF_PLUGINS}) | frozenset(from_plugins) if OF_PLUGINS in joined else joined


def spelled_out(permissions: Iterable[str]) -> set[str]:
    """*permissions* with "*" written out as every permission of core and of the plugins installed."""
    names = set(permissions)
    return (names - {"*"}) | {*PERMISSIONS, *plugins.permissions()} if "*" in names else names
