"""What must be true of the clocks of sub-shipments: each belongs to one that is sent and not there yet."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, or_, select

from core import Order, Shipment, db
from plugins.split_shipping.models import SplitConfirmation

#: where a sub-shipment may still be confirmed, now or when the refund has ended
ALIVE = ("awaiting_shipment", "shipped", "refunding")


def clocks_beside_their_shipments() -> Sequence[str]:
    """Clocks of sub-shipments that nobody waits for any more."""
    table = SplitConfirmation
    of_shipment = and_(Shipment.merchant_id == table.merchant_id, Shipment.id == table.shipment_id)
    of_order = and_(Order.merchant_id == table.merchant_id, Order.id == table.order_id)
    query: Any = (
        select(table.merchant_id, Order.number, Shipment.number.label("shipment"), Shipment.state)
        .join(Shipment, of_shipment)
        .join(Order, of_order)
        .where(or_(Shipment.state != "shipped", Order.state.not_in(ALIVE), Shipment.order_id != table.order_id))
    )
    return [
        f"merchant {row.merchant_id}: order {row.number} has a time to confirm {row.shipment}, which is {row.state}"
        for row in db.session().execute(query)
    ]
