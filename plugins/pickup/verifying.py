"""Handing over in two steps: look at what a code stands for, then redeem it; once, whoever scans it beside us."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import update

from core import (
    Customer,
    FieldError,
    Invalid,
    NotFound,
    Order,
    OrderLine,
    Refused,
    Store,
    add,
    all_of,
    announce,
    as_text,
    current_actor,
    current_merchant,
    db,
    flush,
    get,
    lock_order,
    now,
    redeem,
    unit_share,
)
from plugins.pickup import codes, places, plans, sums
from plugins.pickup.models import PickupOrder, PickupRedemption

#: why a code cannot be redeemed now, by what its order is
NOT_NOW = {
    "pending_payment": ("pickup_not_paid", "The order is not paid."),
    "paid": ("pickup_held", "The order is held back for the moment."),
    "refunding": ("pickup_refund_open", "Everything of the order is asked back."),
    "refunded": ("pickup_over", "The order was given back."),
    "closed": ("pickup_over", "The order was closed."),
}


class AlreadyRedeemed(Refused):
    """Somebody handed it over before; ``extra['redeemed']`` says who, where and when."""

    code = "already_redeemed"


def found(shown: str) -> UUID | None:
    """The pickup of a code or token, if whoever acts may redeem at its store; None = a wrong code, for whoever asks."""
    row = codes.found(shown)
    return row.id if row is not None and may_serve(row.store_id) else None


def may_serve(store_id: UUID) -> bool:
    """Whether whoever acts works at that store; who is bound to none works at every store."""
    bound = current_actor().store_ids
    return not bound or store_id in bound


def preview(pickup_id: UUID) -> dict[str, Any]:
    """What the code stands for, and what stands in the way of handing it over now.

    :raises AlreadyRedeemed: all of it was fetched.
    """
    row = get(PickupOrder, current_merchant().id, pickup_id)
    order = get(Order, row.merchant_id, row.order_id)
    left = {line.id: redeemable(line) for line in order.goods_lines}
    _refuse_fetched(row, order)
    refused = hindrance(row, order)
    return {
        "order": order,
        "pickup": row,
        "store": get(Store, row.merchant_id, row.store_id),
        "buyer": get(Customer, row.merchant_id, row.customer_id),
        "lines": [{"line": line, "left": left[line.id]} for line in order.goods_lines],
        "refused": {"code": refused.code, "message": refused.detail} if refused else None,
        "version": row.version,
    }


def commit(pickup_id: UUID, wish: Mapping[str, Any]) -> PickupRedemption:
    """Hand over units of the code, once. The same nonce of the same verifier gets the same answer, however often.

    :param wish: version (what the preview showed), nonce, perhaps lines and device.
    :raises AlreadyRedeemed: somebody was faster. :raises Refused: the order, its refunds or its time say no.
    """
    if (known := _known(pickup_id, wish)) is not None:
        return known
    order = lock_order(get(PickupOrder, current_merchant().id, pickup_id).order_id)
    # asked again under the lock: the same device may have sent it twice at once
    if (known := _known(pickup_id, wish)) is not None:
        return known
    _claim(pickup_id, wish["version"])
    row = plans.locked(pickup_id)
    _refuse_fetched(row, order)
    refused = hindrance(row, order)
    if refused is not None:
        raise refused
    units = _units(order, wish.get("lines"))
    made = _write(row, order, units, wish)
    redeem(order, units, remark=f"picked up at {get(Store, row.merchant_id, row.store_id).code}")
    made.handed_over = True
    sums.count(made)
    _tell(order, made)
    return made


def hindrance(row: PickupOrder, order: Order) -> Refused | None:
    """Why nothing of the pickup can be handed over now, if so."""
    if row.status == "expired":
        return Refused("The code has expired.", code="pickup_expired")
    if order.state in NOT_NOW:
        code, told = NOT_NOW[order.state]
        return Refused(told, code=code)
    if row.valid_until is not None and row.valid_until <= now():
        return Refused("The code has expired.", code="pickup_expired")
    if not any(redeemable(line) for line in order.goods_lines):
        return Refused("All that is left of the order is asked back.", code="pickup_refund_open")
    try:
        places.require_open(row.store_id)
    except Refused as closed:
        return closed
    return None


def redeemable(line: OrderLine) -> int:
    """Units that may be handed over now: neither fetched nor asked back, by number or by value."""
    return 0 if line.asked_back else line.shippable


def worth(line: OrderLine, units: int) -> int:
    """What was paid for the next *units*: counted from the end, for refunds are counted from the beginning."""
    return unit_share(line.net, line.quantity, line.quantity - line.redeemed - units, units)


# ---------------------------------------------------------------------------------------------- inside
def _known(pickup_id: UUID, wish: Mapping[str, Any]) -> PickupRedemption | None:
    table = PickupRedemption
    where = (table.verifier_id == current_actor().id, table.nonce == wish["nonce"])
    known = all_of(table, current_merchant().id, *where)
    if not known:
        return None
    asked = {str(one["line_id"]): one["quantity"] for one in wish.get("lines") or ()}
    if known[0].pickup_id != pickup_id or (asked and asked != known[0].units):
        raise Invalid.field("/nonce", "This nonce was sent with something else before: draw a new one.", "nonce_used")
    return known[0]


def _claim(pickup_id: UUID, seen: int) -> None:
    """Compare and set: whoever saw an older version was overtaken."""
    table = PickupOrder
    done: Any = db.session().execute(
        update(table)
        .where(table.merchant_id == current_merchant().id, table.id == pickup_id, *_unchanged(seen))
        .values(version=table.version + 1)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:
        row = plans.locked(pickup_id)
        _refuse_double(row, seen)
        raise Refused("The pickup has changed since the preview: look again.", code="pickup_changed")


def _unchanged(seen: int) -> tuple[Any, ...]:
    return (PickupOrder.version == seen,)


def _refuse_fetched(row: PickupOrder, order: Order) -> None:
    if not any(line.left_to_ship for line in order.goods_lines):
        _refuse_double(row, -1)


def _refuse_double(row: PickupOrder, seen: int) -> None:
    table = PickupRedemption
    done = all_of(table, row.merchant_id, table.pickup_id == row.id, table.seq > seen, order_by=table.seq)
    if not done:
        return
    last = done[-1]
    at, store = as_text(last.at), get(Store, row.merchant_id, last.store_id)
    told = {"at": at, "by": last.verifier_name, "store": store.code, "device": last.device, "quantity": last.quantity}
    raise AlreadyRedeemed(
        f"Already redeemed at {store.name} on {at} by {last.verifier_name}; nothing has changed.", redeemed=told
    )


def _units(order: Order, lines: list[dict[str, Any]] | None) -> dict[UUID, int]:
    free = {line.id: redeemable(line) for line in order.goods_lines}
    if lines is None:
        return {line_id: units for line_id, units in free.items() if units}
    rows = {line.id: line for line in order.goods_lines}
    wanted: dict[UUID, int] = {}
    errors = []
    for n, one in enumerate(lines):
        line, units = rows.get(one["line_id"]), one["quantity"]
        if line is None or line.id in wanted:
            errors.append(FieldError(f"/lines/{n}/line_id", "Each line of the order once, please.", "line"))
        elif units > free[line.id]:
            if units <= line.left_to_ship:
                raise Refused(f"A refund of {line.sku} is open: {free[line.id]} are free.", code="pickup_refund_open")
            message = f"{free[line.id]} of {line.sku} are left to be fetched, not {units}."
            errors.append(FieldError(f"/lines/{n}/quantity", message, "too_many"))
        else:
            wanted[line.id] = units
    if errors:
        raise Invalid("These units cannot be handed over.", code="units_refused", errors=errors)
    return wanted


def _write(row: PickupOrder, order: Order, units: Mapping[UUID, int], wish: Mapping[str, Any]) -> PickupRedemption:
    actor = current_actor()
    if actor.id is None:
        raise NotFound("Only staff and keys redeem.")
    lines = [line for line in order.goods_lines if line.id in units]
    quantity = sum(units.values())
    made = add(
        PickupRedemption(
            merchant_id=row.merchant_id,
            pickup_id=row.id,
            order_id=order.id,
            store_id=row.store_id,
            seq=row.version,
            verifier_kind=actor.kind,
            verifier_id=actor.id,
            verifier_name=actor.name,
            device=wish.get("device"),
            nonce=wish["nonce"],
            units={str(line_id): count for line_id, count in units.items()},
            quantity=quantity,
            amount=sum(worth(line, units[line.id]) for line in lines),
            left=sum(redeemable(line) for line in order.goods_lines) - quantity,
            day=places.today(),
            at=now(),
        )
    )
    flush()
    return made


def _tell(order: Order, made: PickupRedemption) -> None:
    store = get(Store, made.merchant_id, made.store_id)
    told = {"number": order.number, "store": store.code, "quantity": made.quantity, "amount": made.amount}
    announce("pickup.redeemed", order, **told, left=made.left, by=made.verifier_name)
