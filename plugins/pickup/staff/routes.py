"""Doors of pickup for staff: stores and closures, preparing, verifying, taking back, sums."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy import select

from core import (
    NotFound,
    Order,
    TooMany,
    add,
    admin_blueprint,
    answer,
    count_tries,
    current_actor,
    current_merchant,
    get,
    idempotent,
    lock_numbered,
    needs,
    page,
    paged,
    reading,
    settings_of,
    transaction,
)
from plugins.pickup import places, plans, returning, showing, sums, verifying
from plugins.pickup.models import PickupClosure, PickupOrder, PickupRedemption, PickupStore
from plugins.pickup.scan_schemas import (
    PickupCommitIn,
    PickupPreviewIn,
    PickupPreviewOut,
    PickupRedemptionOut,
    PickupRedemptionsIn,
    PickupSumsIn,
    PickupSumsOut,
)
from plugins.pickup.schemas import (
    PickupClosureIn,
    PickupClosureMadeOut,
    PickupClosureOut,
    PickupOrderOut,
    PickupOrdersIn,
    PickupPreparationIn,
    PickupReturnIn,
    PickupReturnOut,
    PickupStoreIn,
    PickupStoreOut,
)
from plugins.pickup.terms import NAME

admin = admin_blueprint("pickup_admin", __name__, "Pickup: stores, hours, verifying, sums.")

#: seconds in which wrong codes are counted
WINDOW = 600


# ---------------------------------------------------------------------------------------------- stores
@admin.get("/stores")
@needs("pickup.read")
@paged
@admin.response(200, PickupStoreOut(many=True))
def list_pickup_stores() -> Response:
    """Every store that was ever set up, oldest first."""
    with reading():
        return page(PickupStoreOut, PickupStore, newest_first=False, show=showing.stores)


@admin.post("/stores/<code>")
@needs("pickup.write")
@admin.arguments(PickupStoreIn)
@admin.response(200, PickupStoreOut)
@idempotent
def set_pickup_store(body: dict[str, Any], code: str) -> Response:
    """Say how goods are fetched at a store; slots chosen before stay chosen."""
    with transaction():
        row = places.set_terms(places.store_called(code), body)
        return answer(PickupStoreOut, showing.stores([row])[0])


@admin.get("/stores/<code>/closures")
@needs("pickup.read")
@paged
@admin.response(200, PickupClosureOut(many=True))
def list_closures(code: str) -> Response:
    """Days on which a store hands nothing over, newest first."""
    with reading():
        return page(PickupClosureOut, PickupClosure, PickupClosure.store_id == places.store_called(code).id)


@admin.post("/stores/<code>/closures")
@needs("pickup.write")
@admin.arguments(PickupClosureIn)
@admin.response(201, PickupClosureMadeOut)
@idempotent
def close_store(body: dict[str, Any], code: str) -> Response:
    """Close a store for some days: no slot of these is offered any more, and nothing is handed over."""
    days = {name: date.fromisoformat(body[name]) for name in ("first_day", "last_day")}
    with transaction():
        store = places.store_called(code)
        row = add(PickupClosure(merchant_id=store.merchant_id, store_id=store.id, reason=body["reason"], **days))
        told = {name: getattr(row, name) for name in ("id", "first_day", "last_day", "reason")}
        return answer(PickupClosureMadeOut, told | {"orders": plans.chosen_within(row)}, 201)


@admin.post("/closures/<uuid:closure_id>/lift")
@needs("pickup.write")
@admin.response(200, PickupClosureOut)
@idempotent
def lift_closure(closure_id: UUID) -> Response:
    """The store is open on these days after all."""
    with transaction():
        row = get(PickupClosure, current_merchant().id, closure_id, lock=True)
        places.lift(row)
        return answer(PickupClosureOut, row)


# ---------------------------------------------------------------------------------------------- orders
@admin.get("/orders")
@needs("pickup.read")
@paged
@admin.arguments(PickupOrdersIn, location="query")
@admin.response(200, PickupOrderOut(many=True))
def list_pickups(query: dict[str, Any]) -> Response:
    """What is to be fetched and what was, newest first; people bound to stores see those alone."""
    with reading():
        where = [*_of_store(query, PickupOrder), *(getattr(PickupOrder, name) == query[name] for name in query)]
        return page(PickupOrderOut, PickupOrder, *where, show=showing.orders)


@admin.post("/orders/<number>/preparation")
@needs("pickup.prepare")
@admin.arguments(PickupPreparationIn)
@admin.response(200, PickupOrderOut)
@idempotent
def prepare(body: dict[str, Any], number: str) -> Response:
    """The goods lie ready, or not after all. Once they do, the buyer changes neither store nor slot."""
    with transaction():
        order = _locked(number)
        return answer(PickupOrderOut, showing.orders([plans.prepare(order, body["state"])])[0])


@admin.post("/orders/<number>/renewal")
@needs("pickup.prepare")
@admin.response(200, PickupOrderOut)
@idempotent
def renew(number: str) -> Response:
    """The code is good once more: the buyer comes later."""
    with transaction():
        return answer(PickupOrderOut, showing.orders([plans.renew(_locked(number))])[0])


@admin.post("/orders/<number>/returns")
@needs("pickup.take_back")
@admin.arguments(PickupReturnIn)
@admin.response(201, PickupReturnOut)
@idempotent
def take_back(body: dict[str, Any], number: str) -> Response:
    """Fetched goods lie on the counter again: from now on they can be refunded."""
    with transaction():
        rows = returning.take_back(_locked(number), body["lines"], body["remark"])
        return answer(PickupReturnOut, {"lines": rows}, 201)


# ---------------------------------------------------------------------------------------------- verifying
@admin.post("/preview")
@needs("pickup.redeem")
@admin.arguments(PickupPreviewIn)
@admin.response(200, PickupPreviewOut)
def preview(body: dict[str, Any]) -> Response:
    """First step: what a code stands for. Changes nothing."""
    pickup_id = _found(body["code"])
    with reading():
        return answer(PickupPreviewOut, showing.preview(verifying.preview(pickup_id)))


@admin.post("/redemptions")
@needs("pickup.redeem")
@admin.arguments(PickupCommitIn)
@admin.response(201, PickupRedemptionOut)
@idempotent
def commit(body: dict[str, Any]) -> Response:
    """Second step: hand it over. Sent again with the same nonce, it is answered the same and changes nothing."""
    pickup_id = _found(body["code"])
    with transaction():
        return answer(PickupRedemptionOut, showing.redemptions([verifying.commit(pickup_id, body)])[0], 201)


@admin.get("/redemptions")
@needs("pickup.read")
@paged
@admin.arguments(PickupRedemptionsIn, location="query")
@admin.response(200, PickupRedemptionOut(many=True))
def list_redemptions(query: dict[str, Any]) -> Response:
    """What was handed over, newest first; people bound to stores see those alone."""
    table = PickupRedemption
    with reading():
        where = _of_store(query, table)
        if "number" in query:
            orders = select(Order.id).where(Order.merchant_id == current_merchant().id, Order.number == query["number"])
            where.append(table.order_id.in_(orders))
        if "first_day" in query:
            where.append(table.day >= date.fromisoformat(query["first_day"]))
        if "last_day" in query:
            where.append(table.day <= date.fromisoformat(query["last_day"]))
        return page(PickupRedemptionOut, table, *where, show=showing.redemptions)


@admin.get("/sums")
@needs("pickup.read")
@admin.arguments(PickupSumsIn, location="query")
@admin.response(200, PickupSumsOut)
def show_sums(query: dict[str, Any]) -> Response:
    """What was fetched, per day and store in the merchant's zone, and the head office's total."""
    first = date.fromisoformat(query["first_day"]) if "first_day" in query else places.today()
    last = date.fromisoformat(query["last_day"]) if "last_day" in query else max(first, places.today())
    with reading():
        store_id = places.store_called(query["store"]).id if "store" in query else None
        return answer(PickupSumsOut, sums.report(first, last, store_id))


# ---------------------------------------------------------------------------------------------- inside
def _found(shown: str) -> UUID:
    """The pickup of a code; wrong ones are counted for whoever enters them.

    :raises NotFound: there is none, or it is another store's: nobody is told which. :raises TooMany: too many of these.
    """
    actor, most = current_actor(), settings_of(NAME)["wrong_codes"]
    name = f"{NAME}-wrong:{current_merchant().id}:{actor.id}"
    window = count_tries(name, WINDOW, 0)
    if window.count >= most:
        told = f"{most} wrong codes: try again in {window.seconds_left} seconds."
        raise TooMany(told, code="pickup_too_many_codes", retry_after=window.seconds_left)
    with reading():
        pickup_id = verifying.found(shown)
    if pickup_id is None:
        count_tries(name, WINDOW)
        raise NotFound("There is no such code here.", code="pickup_unknown_code")
    return pickup_id


def _locked(number: str) -> Order:
    """The order, locked; one of another store is none for people bound to theirs."""
    order = lock_numbered(number)
    if not verifying.may_serve(plans.of_order(order.id).store_id):
        raise NotFound(f"There is no order {number} here.")
    return order


def _of_store(query: dict[str, Any], table: Any) -> list[Any]:
    """The conditions that the query's store and the caller's own stores make."""
    bound = current_actor().store_ids
    where = [table.store_id.in_(bound)] if bound else []
    if "store" in query:
        where.append(table.store_id == places.store_called(query.pop("store")).id)
    return where
