"""What `merx doctor` finds of coupons: each check bites when somebody changed a row by hand."""

import pytest
from sqlalchemy import text

from core.db import across_merchants, transaction
from plugins.coupons.migrations.v0002_first_orders_and_withdrawn_coupons import CLAIM_WHAT_IS_HELD
from tests.plugins.coupons.desk import breaches, gives, makes, using
from tests.vocabulary import BuyerActor, Shop


def by_hand(shop: Shop, statement: str) -> None:
    """Past every wall."""
    with shop.merchant.app.app_context(), across_merchants(), transaction() as session:
        session.execute(text(statement))


@pytest.mark.parametrize(
    ("change", "undo", "found"),
    [
        ("coupons SET status = 'used'", "coupons SET status = 'locked'", "is used by order"),
        (
            "coupons SET status = 'unused', order_id = NULL",
            "coupons SET status = 'locked', order_id = (SELECT id FROM orders)",
            "was given 3000 for 1 coupons and holds 0 worth 0",
        ),
        ("coupons SET amount = 2999", "coupons SET amount = 3000", "holds 1 worth 2999"),
        ("coupon_templates SET taken = 2", "coupon_templates SET taken = 1", "counts 2 and 3000, its rows 1 and 3000"),
        ("coupon_templates SET spent = 1", "coupon_templates SET spent = 3000", "counts 1 and 1, its rows 1 and 3000"),
    ],
)
def test_a_row_changed_by_hand_is_found(change: str, undo: str, found: str, shop: Shop, mei: BuyerActor) -> None:
    mei.orders({"a": 1}, **using(gives(shop, makes(shop, issuing="issued"), mei)))
    assert breaches(shop.merchant) == []
    by_hand(shop, f"UPDATE {change}")
    sentences = breaches(shop.merchant)
    assert any(found in sentence for sentence in sentences), sentences
    assert all(sentence.startswith(f"merchant {shop.merchant.id}: ") for sentence in sentences)
    by_hand(shop, f"UPDATE {undo}")


def test_a_closed_order_that_holds_a_coupon_is_found(shop: Shop, mei: BuyerActor) -> None:
    coupon = gives(shop, makes(shop, issuing="issued"), mei)
    mei.cancels(mei.orders({"a": 1}, **using(coupon)))
    by_hand(shop, "UPDATE coupons SET status = 'locked', order_id = (SELECT id FROM orders)")
    assert any("is locked by order" in sentence for sentence in breaches(shop.merchant))
    by_hand(shop, "UPDATE coupons SET status = 'unused', order_id = NULL")


@pytest.mark.both_databases
def test_a_first_order_without_its_claim_is_found_and_a_shop_from_before_gets_the_claims_it_lacks(
    shop: Shop, mei: BuyerActor
) -> None:
    hello, welcome = (makes(shop, first_order=True, stackable=True) for _ in range(2))
    mei.orders({"a": 1}, **using(hello, welcome))
    wang = shop.buyer("Wang")
    wang.cancels(wang.orders({"a": 1}, **using(hello)))
    by_hand(shop, "DELETE FROM coupon_first_orders")
    assert [("no claim to it" in sentence) for sentence in breaches(shop.merchant)] == [True, True]
    by_hand(shop, CLAIM_WHAT_IS_HELD)
    assert breaches(shop.merchant) == []
    assert wang.orders({"a": 1}, **using(hello)).state == "pending_payment", "Wang's is nobody's by now"
