"""The doctor finds clocks of sub-shipments that nobody waits for."""

from uuid import UUID

from sqlalchemy import update

from core.db import across_merchants, db, reading, transaction
from plugins.split_shipping.checks import clocks_beside_their_shipments
from plugins.split_shipping.models import SplitConfirmation
from tests.actors import Merchant
from tests.plugins.split_shipping.map import shipment
from tests.vocabulary import BuyerActor, Shop


def found(merchant: Merchant) -> list[str]:
    """What the doctor says."""
    with merchant.app.app_context(), across_merchants(), reading():
        return list(clocks_beside_their_shipments())


def test_a_clock_of_something_that_was_not_sent_is_found(shop: Shop, mei: BuyerActor, merchant: Merchant) -> None:
    order = shop.sees_money(mei.orders({"lamp": 1, "mat": 1}))
    order = shop.sends(order, tracking_no="E1", shipment_id=shipment(order, shop, "east").id)
    assert found(merchant) == []
    waiting = shipment(order, shop, "south")
    with merchant.app.app_context(), across_merchants(), transaction():
        table = SplitConfirmation
        db.session().execute(update(table).where(table.merchant_id == merchant.id).values(shipment_id=UUID(waiting.id)))
    told = f"order {order.number} has a time to confirm {waiting.number}, which is waiting"
    assert found(merchant) == [f"merchant {merchant.id}: {told}"]
