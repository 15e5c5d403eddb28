"""What `merx doctor` finds of pickups: each check bites when somebody changed a row by hand."""

import pytest
from sqlalchemy import text

from core.db import across_merchants, transaction
from tests.conftest import Clock
from tests.plugins.pickup.counter import breaches, buys, has_slots, own, scans, slots, units
from tests.vocabulary import BuyerActor, Shop


def by_hand(shop: Shop, statement: str) -> None:
    """Past every wall."""
    with shop.merchant.app.app_context(), across_merchants(), transaction() as session:
        session.execute(text(statement))


@pytest.mark.parametrize(
    ("change", "undo", "found"),
    [
        ("pickup_sums SET amount = 1", "pickup_sums SET amount = 4900", "counts (1, 1, 1) redemptions"),
        ("pickup_sums SET units = 9", "pickup_sums SET units = 1", "counts (1, 9, 4900) redemptions"),
        ("pickup_sums SET day = '2026-03-01'", "pickup_sums SET day = '2026-03-02'", "its redemptions (0, 0, 0)"),
        ("pickup_redemptions SET amount = 1", "pickup_redemptions SET amount = 4900", "its redemptions (1, 1, 1)"),
        (
            "pickup_redemptions SET units = '{}'",
            "pickup_redemptions SET units = (SELECT contents FROM parcels)",
            "has 1 of tea redeemed and 1 handed over, its redemptions say 0",
        ),
        ("pickup_orders SET in_slot = false", "pickup_orders SET in_slot = true", "counts 1 orders, 0 have chosen it"),
        (
            "pickup_orders SET status = 'placed'",
            "pickup_orders SET status = 'live'",
            "awaiting_shipment and its pickup",
        ),
        ("pickup_slots SET taken = 3", "pickup_slots SET taken = 1", "counts 3 orders, 1 have chosen it"),
    ],
)
def test_a_row_changed_by_hand_is_found(
    change: str, undo: str, found: str, shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    has_slots(shop)
    order = buys(shop, mei, {"tea": 2}, slot=slots(shop)[0])
    scans(shop, own(mei, order).code, lines=units(order, tea=1))
    assert breaches(shop.merchant) == []
    by_hand(shop, f"UPDATE {change}")
    sentences = breaches(shop.merchant)
    assert any(found in sentence for sentence in sentences), sentences
    assert all(sentence.startswith(f"merchant {shop.merchant.id}: ") for sentence in sentences)
    by_hand(shop, f"UPDATE {undo}")


def test_a_live_code_of_an_order_that_is_over_is_found(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = buys(shop, mei, {"tea": 1})
    scans(shop, own(mei, order).code)
    by_hand(shop, "UPDATE pickup_orders SET status = 'live'")
    assert breaches(shop.merchant) == [
        f"merchant {shop.merchant.id}: order {order.number} is completed and its pickup is live"
    ]
    by_hand(shop, "UPDATE pickup_orders SET status = 'fetched'")
