"""Points for money that was really paid: earned when an order is completed, taken back with later refunds."""

from uuid import UUID

from core import Order, OrderView, settings_of
from plugins.balance_points import accounts
from plugins.balance_points.accounts import Why, points_of
from plugins.balance_points.points import part
from plugins.balance_points.terms import NAME, RECHARGE


def earn(order: OrderView) -> None:
    """Give the points of a completed order, once. Points and discounts earn nothing, nor does a recharge."""
    paid = order.paid - order.refunded
    points = paid * int(settings_of(NAME)["earn_rate"]) // 100
    purse, why = points_of(order.customer_id), Why("earn", str(order.id), order_id=order.id, basis=paid)
    if points > 0 and order.kind != RECHARGE and not accounts.is_done(purse, why):
        accounts.change(purse, why, available=points)


def reclaim(order: Order, refund_part_id: UUID) -> None:
    """Take back what was earned with money that has gone back since, in cumulative proportion. Twice is as once.

    *order* is locked. What is spent already is forgiven, unless the merchant lets points be owed.
    """
    purse, why = points_of(order.customer_id), Why("reclaim", str(refund_part_id), order_id=order.id)
    earned = accounts.first(purse, "earn", order.id)
    if earned is None or accounts.is_done(purse, why):
        return
    points, basis = earned.available, earned.basis or 0
    gone = min(max(basis - (order.paid - order.refunded), 0), basis)
    due = part(points, basis, 0, gone) + accounts.total(purse, "reclaim", order.id)
    may_owe = bool(settings_of(NAME)["points_may_be_owed"])
    if not may_owe:
        due = min(due, max(accounts.available(purse, lock=True), 0))
    if due > 0:
        accounts.change(purse, why, available=-due, may_owe=may_owe)
