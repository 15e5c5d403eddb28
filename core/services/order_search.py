"""Which orders: the terms that orders are filtered by, each as conditions of a query."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, or_, select

from core import clock
from core.current import current_merchant
from core.db import all_of
from core.errors import Invalid
from core.models import Case, Order, Store


def order_conditions(terms: Mapping[str, Any]) -> list[Any]:
    """What orders that meet all of *terms* fulfil, for a query that names the merchant itself. Inside a scope.

    :param terms: by the names of TERMS. :raises Invalid: there is no such store.
    """
    return [condition for name, value in terms.items() for condition in TERMS[name](value)]


def waiting(days: int) -> list[Any]:
    """Paid, and awaiting shipment for so many days or more."""
    return [Order.state == "awaiting_shipment", Order.paid_at <= clock.now() - timedelta(days=days)]


def with_case() -> Any:
    """The ids of the orders that a person must look at."""
    return select(Case.order_id).where(
        Case.merchant_id == current_merchant().id, Case.status == "open", Case.order_id.is_not(None)
    )


def _held(is_it: bool) -> list[Any]:
    return [Order.risk_hold.is_not(None) if is_it else Order.risk_hold.is_(None)]


def _at_risk(days: int) -> list[Any]:
    held = and_(Order.risk_hold.is_not(None), Order.state == "paid")
    return [or_(and_(*waiting(days)), held, Order.id.in_(with_case()))]


def _of_store(code: str) -> list[Any]:
    found = all_of(Store, current_merchant().id, Store.code == code)
    if not found:
        raise Invalid.field("store", f"There is no store {code!r}.", "unknown_store", "query")
    return [Order.store_id == found[0].id]


def _equal(name: str) -> Callable[[Any], list[Any]]:
    return lambda value: [getattr(Order, name) == value]


TERMS: Mapping[str, Callable[[Any], list[Any]]] = {
    **{
        name: _equal(name)
        for name in ("state", "number", "customer_id", "first_order", "kind", "delivery_method", "refund_axis")
    },
    "store": _of_store,
    "risk_held": _held,
    #: awaiting shipment for so many days or more
    "waiting_days": waiting,
    "open_case": lambda is_it: [Order.id.in_(with_case()) if is_it else Order.id.not_in(with_case())],
    #: awaiting shipment for so many days or more, or held, or with an open case
    "high_risk_days": _at_risk,
    "placed_from": lambda moment: [Order.placed_at >= moment],
    "placed_until": lambda moment: [Order.placed_at < moment],
    "paid_from": lambda moment: [Order.paid_at >= moment],
    "paid_until": lambda moment: [Order.paid_at < moment],
}
