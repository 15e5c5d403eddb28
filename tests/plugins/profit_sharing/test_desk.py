"""Rules at the door, and which of them count; and what the doctor says when rows differ."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from flask import Flask

from core import clock
from core.db import add, db, reading, transaction
from core.models import Order, Payment
from plugins.profit_sharing.models import ProfitSharingShare, ProfitSharingSplit
from plugins.profit_sharing.rules import in_force
from tests.actors import Merchant
from tests.sharing import PARTNER, PERSON, breaches, gives, shares
from tests.vocabulary import Shop


@pytest.fixture
def shop(merchant: Merchant, frozen_time: None) -> Iterator[Shop]:
    """A shop that shares."""
    shop = Shop(merchant)
    shop.sells("tea", 4900)
    shares(shop)
    yield shop


def counting(shop: Shop, store_id: str | None = None) -> list[tuple[str, int]]:
    """Account and part of each rule that counts."""
    with shop.merchant.inside(), reading():
        return [(row.account, row.basis_points) for row in in_force(UUID(store_id) if store_id else None)]


def test_of_several_rules_for_a_receiver_the_store_s_own_counts_then_the_highest(shop: Shop) -> None:
    east = shop.api.post("stores", {"code": "east", "name": "East"})
    gives(shop, kind="merchant", account=PARTNER, name="P", basis_points=200, priority=9)
    own = gives(shop, kind="merchant", account=PARTNER, name="P", basis_points=300, store="east")
    assert sorted(counting(shop)) == [(PARTNER, 200), (PERSON, 500)]
    assert sorted(counting(shop, east["id"])) == [(PARTNER, 300), (PERSON, 500)]
    changed = shop.asks("POST", f"profit_sharing/rules/{own.id}", {"enabled": False, "store": None})
    assert (changed.enabled, changed.store) == (False, None)
    assert sorted(counting(shop, east["id"])) == [(PARTNER, 200), (PERSON, 500)]
    shop.api.send("DELETE", f"profit_sharing/rules/{own.id}")
    assert len(shop.lists("profit_sharing/rules", kind="merchant")) == 2
    assert shop.is_refused(404).asks("GET", f"profit_sharing/rules/{own.id}").code == "not_found"


def test_a_merchant_without_its_name_and_a_store_that_is_not_there_are_refused(shop: Shop) -> None:
    rule = {"kind": "merchant", "account": "1900000778", "basis_points": 100}
    refused = shop.is_refused(422).asks("POST", "profit_sharing/rules", rule)
    assert [error["pointer"] for error in refused.told["errors"]] == ["/name"]
    lost = {**rule, "name": "P", "store": "nowhere"}
    assert shop.is_refused(422).asks("POST", "profit_sharing/rules", lost).told["errors"][0]["pointer"] == "/store"


def test_staff_see_and_write_rules_only_with_the_permission(shop: Shop) -> None:
    clerk = shop.employs("clerk")
    clerk.is_refused(403).asks("GET", "profit_sharing/rules")
    clerk.is_refused(403).asks("GET", "profit_sharing/shares")


def test_the_doctor_names_parts_books_and_shares_that_differ(app: Flask, shop: Shop) -> None:
    mei = shop.buyer("Mei")
    order = mei.orders({"tea": 1})
    shop.sees_money(order)
    assert breaches(shop) == []
    with shop.merchant.inside(), transaction():
        row = db.session().query(Order).filter_by(merchant_id=shop.merchant.id, number=order.number).one()
        payment = db.session().query(Payment).filter_by(merchant_id=shop.merchant.id, order_id=row.id).one()
        ids = {"merchant_id": shop.merchant.id, "order_id": row.id}
        share = add(
            ProfitSharingShare(
                **ids, payment_id=payment.id, status="pending", number="S1", base=4900, fee=30, cap=1440, amount=500,
                tries=0, paid_at=clock.now(),
            )
        )  # fmt: skip
        part = {"kind": "merchant", "account": PARTNER, "basis_points": 1000, "amount": 400, "status": "done"}
        add(ProfitSharingSplit(**ids, id=uuid4(), share_id=share.id, **part, returned=100))
    told = "\n".join(breaches(shop))
    assert "split S1 shares 500 of 4900 (fee 30, at most 1440), its parts are 400" in told
    assert f"{PARTNER} gave 100 back, its returns say 0" in told
    assert "receivers have 300 of payment" in told and "the books say 0" in told
