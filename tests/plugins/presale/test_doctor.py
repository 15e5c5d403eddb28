"""The doctor finds counts, lines and orders of presales that do not agree, and is silent when they do."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, update

from core.db import across_merchants, db, reading, transaction
from plugins.presale.checks import CHECKS
from plugins.presale.models import PresaleItem, PresaleLine, PresaleOrder
from tests.actors import Merchant
from tests.plugins.presale.stand import Stand, orders
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop


def found(merchant: Merchant) -> dict[str, list[str]]:
    """Check -> what it says."""
    with merchant.app.app_context(), across_merchants(), reading():
        told = {check.name: list(check.find()) for check in CHECKS}
    return {name: said for name, said in told.items() if said}


def write(merchant: Merchant, table: Any, **values: Any) -> None:
    with merchant.app.app_context(), across_merchants(), transaction():
        db.session().execute(update(table).where(table.merchant_id == merchant.id).values(**values))


@pytest.fixture
def order(stand: Stand, shop: Shop, mei: BuyerActor) -> Told:
    """Two lamps whose deposit is paid."""
    stand.presells()
    return shop.sees_money(orders(mei, {"lamp": 2}))


def test_each_breach_is_found_and_named(order: Told, stand: Stand, merchant: Merchant) -> None:
    assert found(merchant) == {}
    write(merchant, PresaleItem, placed=3)
    (said,) = found(merchant)["presale_counts"]
    assert said.startswith(f"merchant {merchant.id}: ") and "(3, 2, 0)" in said and "(2, 2, 0)" in said
    write(merchant, PresaleItem, placed=2)

    write(merchant, PresaleLine, tier="free")
    assert found(merchant)["presale_lines"] == [
        f"merchant {merchant.id}: order {order.number} is pending_payment and its presale units are free"
    ]
    write(merchant, PresaleLine, tier="locked")

    write(merchant, PresaleOrder, phase="paid")
    assert found(merchant) == {
        "presale_orders": [
            f"merchant {merchant.id}: presale order {order.number} is pending_payment, its phase is paid"
        ]
    }
    with merchant.app.app_context(), across_merchants(), transaction():
        db.session().execute(delete(PresaleOrder).where(PresaleOrder.order_id == UUID(order.id)))
    assert list(found(merchant)) == ["presale_orders"]
