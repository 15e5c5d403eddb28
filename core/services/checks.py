"""Core's invariants for `merx doctor`: each finds its breaches in one statement over all merchants."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, func, select

from core.contracts.checkout import Check
from core.db import db
from core.models import LedgerEntry, Order, Payment, Reservation, Stock


def books_off_balance() -> Sequence[str]:
    """Groups of ledger entries that do not sum to zero."""
    entry = LedgerEntry
    query = (
        select(entry.merchant_id, entry.group_id, func.sum(entry.amount))
        .group_by(entry.merchant_id, entry.group_id)
        .having(func.sum(entry.amount) != 0)
    )
    return [f"merchant {m}: ledger group {group} sums to {total}, not 0" for m, group, total in _rows(query)]


def promises_off_the_shelf() -> Sequence[str]:
    """Stock rows whose `reserved` is not what live reservations hold."""
    held = (
        select(
            Reservation.merchant_id,
            Reservation.warehouse_id,
            Reservation.variant_id,
            func.sum(Reservation.quantity).label("units"),
        )
        .where(Reservation.status == "held")
        .group_by(Reservation.merchant_id, Reservation.warehouse_id, Reservation.variant_id)
        .subquery()
    )
    same = and_(
        held.c.merchant_id == Stock.merchant_id,
        held.c.warehouse_id == Stock.warehouse_id,
        held.c.variant_id == Stock.variant_id,
    )
    units = func.coalesce(held.c.units, 0)
    query = select(Stock.merchant_id, Stock.id, Stock.reserved, units).outerjoin(held, same)
    return [
        f"merchant {m}: stock {row} has {reserved} reserved, its reservations hold {promised}"
        for m, row, reserved, promised in _rows(query.where(Stock.reserved != units))
    ]


def money_off_the_order() -> Sequence[str]:
    """Orders whose `paid` or `refunded` is not what their payments brought and gave back."""
    query = (
        select(Order.merchant_id, Order.number, Order.paid, Order.refunded, *_brought())
        .outerjoin(Payment, and_(Payment.merchant_id == Order.merchant_id, Payment.order_id == Order.id))
        .group_by(Order.merchant_id, Order.id, Order.number, Order.paid, Order.refunded)
        .having((Order.paid != _brought()[0]) | (Order.refunded != _brought()[1]))
    )
    return [
        f"merchant {m}: order {number} says {paid} paid and {back} refunded, its payments say {brought} and {gone}"
        for m, number, paid, back, brought, gone in _rows(query)
    ]


CHECKS = (
    Check("ledger_balances", books_off_balance, "Find who wrote the group; add an entry that balances it."),
    Check("stock_promises", promises_off_the_shelf, "Count the shelf and the open orders, then correct `reserved`."),
    Check("order_money", money_off_the_order, "Compare the payments with the channel, then correct the order."),
)


def _brought() -> tuple[Any, Any]:
    return func.coalesce(func.sum(Payment.settled_amount), 0), func.coalesce(func.sum(Payment.refunded), 0)


def _rows(query: Any) -> Any:
    return db.session().execute(query).all()
