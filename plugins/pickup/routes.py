"""Doors of pickup for buyers: stores with open slots, the own code and its QR, another store or slot."""

from datetime import timedelta
from typing import Any

from flask import Response
from sqlalchemy import select

from core import (
    NotFound,
    Order,
    Store,
    all_of,
    answer,
    anyone,
    buyers_only,
    current_customer_id,
    current_merchant,
    idempotent,
    lock_numbered,
    now,
    page,
    paged,
    reading,
    shop_blueprint,
    transaction,
)
from plugins.pickup import codes, plans, showing
from plugins.pickup.models import PickupOrder, PickupStore
from plugins.pickup.schemas import OwnPickupOut, PickupChangeIn, PickupStoresIn, ShopPickupStoreOut

shop = shop_blueprint("pickup_shop", __name__, "Pickup: stores, slots, and the code to show there.")

TYPES = {"png": "image/png", "svg": "image/svg+xml"}


@shop.get("/stores")
@anyone
@paged
@shop.arguments(PickupStoresIn, location="query")
@shop.response(200, ShopPickupStoreOut(many=True))
def list_stores(query: dict[str, Any]) -> Response:
    """Stores where goods can be fetched, each with the slots that can still be chosen."""
    last = now() + timedelta(days=query["days"] - 1)
    sells = select(Store.id).where(Store.merchant_id == current_merchant().id, Store.enabled)
    with reading():
        where = (PickupStore.enabled, PickupStore.store_id.in_(sells))
        return page(
            ShopPickupStoreOut,
            PickupStore,
            *where,
            newest_first=False,
            show=lambda rows: showing.shop_stores(rows, last),
        )


@shop.get("/orders/<pickup_number>")
@buyers_only
@shop.response(200, OwnPickupOut)
def show_own(pickup_number: str) -> Response:
    """Where and when you fetch your order, and the code to show there."""
    with reading():
        return answer(OwnPickupOut, showing.own(_own(pickup_number)), headers={"Cache-Control": "no-store"})


@shop.get("/orders/<pickup_number>/qr.png")
@buyers_only
@shop.response(200, content_type="image/png", description="The QR as a picture.")
def show_png(pickup_number: str) -> Response:
    """The QR to show at the store, as PNG."""
    return _picture(pickup_number, "png")


@shop.get("/orders/<pickup_number>/qr.svg")
@buyers_only
@shop.response(200, content_type="image/svg+xml", description="The QR as a drawing.")
def show_svg(pickup_number: str) -> Response:
    """The QR to show at the store, as SVG."""
    return _picture(pickup_number, "svg")


@shop.post("/orders/<pickup_number>/change")
@buyers_only
@shop.arguments(PickupChangeIn)
@shop.response(200, OwnPickupOut)
@idempotent(secret=True)
def change(body: dict[str, Any], pickup_number: str) -> Response:
    """Come at another time, or to another store, as long as nothing is prepared."""
    with transaction():
        order = lock_numbered(pickup_number, customer_id=current_customer_id())
        return answer(OwnPickupOut, showing.own(plans.change(order, body)))


def _own(number: str) -> PickupOrder:
    where = (Order.number == number, Order.customer_id == current_customer_id())
    found = all_of(Order, current_merchant().id, *where)
    if not found:
        raise NotFound(f"There is no order {number} here.")
    return plans.of_order(found[0].id)


def _picture(number: str, kind: str) -> Response:
    with reading():
        row = _own(number)
        if row.digest is None:
            raise NotFound("There is no code yet: it is issued when the order is paid.")
        headers = {"Cache-Control": "no-store"}
        return Response(codes.picture(row, kind), content_type=TYPES[kind], headers=headers)
