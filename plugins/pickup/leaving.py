"""What is to be fetched leaves its own store against its code, and no other way."""

from core import MoveView, Refused, Shipment, ShipmentDraft, Warehouse, all_of, flush
from plugins.pickup import plans
from plugins.pickup.models import PickupRedemption
from plugins.pickup.terms import EXPIRE, NAME

#: moves that leave goods where they lie
HARMLESS = ("hand_over", "refund", EXPIRE)


def check_shipment(shipment: ShipmentDraft) -> None:
    """:raises Refused: no redemption is being handed over."""
    order = shipment.order
    if order.delivery_method != NAME:
        return
    flush()
    table = PickupRedemption
    if not all_of(table, order.merchant_id, table.order_id == order.id, table.handed_over.is_(False)):
        raise Refused(
            f"Order {order.number} is fetched at a store: redeem its code to hand it over.", code="pickup_needs_code"
        )


def check_move(move: MoveView) -> None:
    """:raises Refused: somebody lets a warehouse send it that is not its store's."""
    order = move.order
    if order.delivery_method != NAME or not move.source == move.target == "awaiting_shipment" or move.move in HARMLESS:
        return
    store_id = plans.of_order(order.id).store_id
    own = {row.id for row in all_of(Warehouse, order.merchant_id, Warehouse.store_id == store_id)}
    waits = (Shipment.order_id == order.id, Shipment.state.in_(("waiting", "part_shipped")))
    if any(row.warehouse_id not in own for row in all_of(Shipment, order.merchant_id, *waits)):
        raise Refused(f"Order {order.number} is fetched at a store: its goods stay there.", code="pickup_wrong_shelf")
