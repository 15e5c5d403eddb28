"""Doors of presale: staff make activities, buyers see what is presold, and both how far orders are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Response

from core import (
    NotFound,
    Order,
    admin_blueprint,
    all_of,
    answer,
    anyone,
    buyers_only,
    current_customer_id,
    current_merchant,
    get,
    idempotent,
    needs,
    now,
    page,
    paged,
    reading,
    shop_blueprint,
    transaction,
)
from plugins.presale import activities
from plugins.presale.models import PresaleActivity, PresaleOrder
from plugins.presale.schemas import (
    ActivityIn,
    ActivityOut,
    ChangeIn,
    OnOfferOut,
    OrderOut,
    OrdersIn,
)

shop = shop_blueprint("presale_shop", __name__, "What is presold.")
admin = admin_blueprint("presale_admin", __name__, "Presales: activities, their counts and their orders.")


@dataclass(frozen=True)
class ShownOrder:
    """How far an order is, with its number."""

    number: str
    row: PresaleOrder


# ---------------------------------------------------------------------------------------------- buyers
@shop.get("/activities")
@anyone
@paged
@shop.response(200, OnOfferOut(many=True))
def list_presold() -> Response:
    """What is presold, or will be: activities whose last window is not over, newest first."""
    with reading():
        alive = (PresaleActivity.enabled, PresaleActivity.ends_at > now())
        return page(OnOfferOut, PresaleActivity, *alive, show=activities.shown)


@shop.get("/activities/<uuid:presale_id>")
@anyone
@shop.response(200, OnOfferOut)
def show_presold(presale_id: UUID) -> Response:
    """One activity, with its counts."""
    with reading():
        row = get(PresaleActivity, current_merchant().id, presale_id)
        if not row.enabled:
            raise NotFound("There is no such presale here.")
        return answer(OnOfferOut, activities.shown([row])[0])


@shop.get("/orders/<presale_number>")
@buyers_only
@shop.response(200, OrderOut)
def show_own_order(presale_number: str) -> Response:
    """What one of your presale orders waits for."""
    with reading():
        mine = (Order.number == presale_number, Order.customer_id == current_customer_id())
        return answer(OrderOut, _one_order(*mine))


# ---------------------------------------------------------------------------------------------- staff
@admin.post("/activities")
@needs("presale.write")
@admin.arguments(ActivityIn)
@admin.response(201, ActivityOut)
@idempotent
def create_activity(body: dict[str, Any]) -> Response:
    """Make an activity. Its windows and prices never change; make another one instead."""
    with transaction():
        return answer(ActivityOut, activities.create(body), 201)


@admin.get("/activities")
@needs("presale.read")
@paged
@admin.response(200, ActivityOut(many=True))
def list_activities() -> Response:
    """All activities with their counts, newest first."""
    with reading():
        return page(ActivityOut, PresaleActivity, show=activities.shown)


@admin.get("/activities/<uuid:presale_id>")
@needs("presale.read")
@admin.response(200, ActivityOut)
def show_activity(presale_id: UUID) -> Response:
    """One activity with its counts."""
    with reading():
        row = get(PresaleActivity, current_merchant().id, presale_id)
        return answer(ActivityOut, activities.shown([row])[0])


@admin.post("/activities/<uuid:presale_id>")
@needs("presale.write")
@admin.arguments(ChangeIn)
@admin.response(200, ActivityOut)
def change_activity(body: dict[str, Any], presale_id: UUID) -> Response:
    """Change title, limits, quotas and reminder; `enabled: false` takes no new orders."""
    with transaction():
        return answer(ActivityOut, activities.change(presale_id, body))


@admin.get("/orders")
@needs("presale.read")
@paged
@admin.arguments(OrdersIn, location="query")
@admin.response(200, OrderOut(many=True))
def list_orders(query: dict[str, Any]) -> Response:
    """Presale orders and what each waits for, newest first."""
    with reading():
        where = (getattr(PresaleOrder, name) == value for name, value in query.items())
        return page(OrderOut, PresaleOrder, *where, show=_with_numbers)


def _one_order(*where: Any) -> ShownOrder:
    orders = all_of(Order, current_merchant().id, *where)
    rows = all_of(PresaleOrder, current_merchant().id, PresaleOrder.order_id.in_([order.id for order in orders]))
    if not rows:
        raise NotFound("There is no such presale order here.")
    return ShownOrder(orders[0].number, rows[0])


def _with_numbers(rows: Sequence[PresaleOrder]) -> list[ShownOrder]:
    orders = all_of(Order, current_merchant().id, Order.id.in_([row.order_id for row in rows]))
    numbers = {order.id: order.number for order in orders}
    return [ShownOrder(numbers[row.order_id], row) for row in rows]
