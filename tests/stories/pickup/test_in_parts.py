"""A code that carries units: fetched in parts, given back in parts, paid with several tenders; sums to the fen."""

import pytest

from tests.conftest import Clock
from tests.plugins.pickup import counter
from tests.plugins.pickup.counter import CUP, TEA, at, buys, own, previews, redeems, scans, shelf, sums, units, works_at
from tests.vocabulary import BuyerActor, Shop

pytestmark = pytest.mark.both_databases


def test_units_are_fetched_in_parts_and_the_last_completes_the_order(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    clerk = works_at(shop, "east")
    order = buys(shop, mei, {"tea": 2, "cup": 1})
    code = own(mei, order).code
    first = scans(clerk, code, lines=units(order, tea=1))
    assert ((row := shop.sees(order)).state, row.fulfilment_axis, first.left) == ("awaiting_shipment", "part", 2)
    assert (
        redeems(clerk.is_refused(422), code, previews(clerk, code), lines=units(order, tea=2)).code == "units_refused"
    )
    clock.passes(days=1)
    assert scans(clerk, code, lines=units(order, cup=1)).left == 1
    assert scans(clerk, code).left == 0
    assert shop.sees(order).state == "completed"
    rows = shop.lists("pickup/redemptions", number=order.number)
    assert [[line["sku"] for line in row["lines"]] for row in rows] == [["tea"], ["cup"], ["tea"]]
    assert sums(shop, first_day="2026-03-02", last_day="2026-03-02") == ({"east": TEA}, TEA)
    assert sums(shop) == ({"east": TEA + CUP}, TEA + CUP)


def test_fetched_and_given_back_units_come_to_what_was_paid_to_the_fen(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop.turns_on("coupons")
    title = {"zh": "券", "en": "Coupon"}
    shop.asks(
        "POST", "coupons/templates", {"title": title, "issuing": "code", "code": "TEN", "kind": "fixed", "amount": 1000}
    )
    clerk, wish = works_at(shop, "east"), at()
    wish["options"] |= {"coupons": {"codes": ["TEN"]}}
    order = shop.sees_money(mei.orders({"cup": 7}, **wish))
    assert order.payable == 7 * CUP - 1000
    code = own(mei, order).code
    scans(clerk, code, lines=units(order, cup=2))
    order = shop.refunds(order, {"cup": 3}, reason="changed_mind")
    clock.settles()
    shop.transfers_back(order)
    assert shelf(shop, "cup", "east-shelf") == (6, 0)
    scans(clerk, code)
    order = shop.sees(order)
    assert (order.state, order.refund_axis) == ("completed", "part")
    assert sums(shop)[1] + order.refunded == order.payable


def test_an_order_completes_when_what_was_not_fetched_is_given_back(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    clerk = works_at(shop, "east")
    order = buys(shop, mei, {"tea": 2})
    code = own(mei, order).code
    scans(clerk, code, lines=units(order, tea=1))
    order = shop.refunds(order, {"tea": 1}, reason="changed_mind")
    clock.settles()
    shop.transfers_back(order)
    assert (shop.sees(order).state, shelf(shop, "tea", "east-shelf")) == ("completed", (9, 0))
    assert previews(clerk.is_refused(409), code).code == "already_redeemed"


def test_what_was_fetched_is_refunded_once_it_was_brought_back(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    clerk = works_at(shop, "east")
    order = buys(shop, mei, {"tea": 3})
    scans(clerk, own(mei, order).code, lines=units(order, tea=2))
    assert shop.is_refused(409).refunds(order, {"tea": 2}).code == "pickup_fetched"
    assert shop.is_refused(409).refunds(order).code == "pickup_fetched"
    body = {"lines": units(order, tea=3)}
    assert clerk.is_refused(422).asks("POST", f"pickup/orders/{order.number}/returns", body).code == "units_refused"
    told = clerk.asks("POST", f"pickup/orders/{order.number}/returns", {"lines": units(order, tea=1), "remark": "torn"})
    assert [(row.quantity, row.by, row.remark) for row in told.lines] == [(1, clerk.api.name, "torn")]  # type: ignore[attr-defined]
    order = shop.refunds(order, {"tea": 2})
    clock.settles()
    shop.transfers_back(order)
    assert (shop.sees(order).state, shop.sees(order).refunded) == ("completed", 2 * TEA)
    assert shop.is_refused(409).refunds(order, {"tea": 1}).code == "pickup_fetched"
    assert shop.refunds(order, amounts={"tea": 100}, reason="other").state == "completed"


def test_an_order_paid_from_balance_and_by_transfer_is_fetched_and_given_back_in_their_proportion(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop.turns_on("balance_points", password_required=False)
    gift = {"kind": "balance", "change": 3000, "remark": "a gift"}
    shop.asks("POST", f"balance_points/customers/{mei.id}/adjustments", gift)
    order = mei.orders({"tea": 2}, **at())
    tenders = [{"channel": "balance", "amount": 3000}, {"channel": "bank_transfer"}]
    mei.does(order, "payments", tenders=tenders)
    assert own(mei, order).code is None
    order = shop.sees_money(order, amount=2 * TEA - 3000)
    assert order.state == "awaiting_shipment"
    clerk, code = works_at(shop, "east"), own(mei, order).code
    assert scans(clerk, code, lines=units(order, tea=1)).amount == TEA
    order = shop.refunds(order, {"tea": 1}, reason="changed_mind")
    clock.settles()
    shop.transfers_back(order)
    order = shop.sees(order)
    assert (order.state, order.refunded, sums(shop)) == ("completed", TEA, ({"east": TEA}, TEA))
    accounts = {row["kind"]: row["available"] for row in mei.asks("GET", "balance_points/accounts").told["data"]}
    assert accounts["balance"] == 1500
    assert counter.breaches(shop.merchant) == []
