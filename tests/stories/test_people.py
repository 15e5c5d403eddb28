"""Who sees what and who may do what; what waits for people; two shops in two time zones."""

from contextlib import ExitStack
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from flask import Flask

from core import clock as core_clock
from tests.actors import Merchant
from tests.conftest import Clock
from tests.told import moment
from tests.vocabulary import BuyerActor, Shop

pytestmark = pytest.mark.both_databases


def test_a_warehouse_clerk_sends_but_neither_prices_nor_gives_back(shop: Shop, mei: BuyerActor) -> None:
    warehouse = shop.employs("warehouse")
    order = mei.orders({"tea": 1})
    problem = warehouse.is_refused(403).reprices(order, goods=-1)
    assert problem.code == "forbidden" and "order.reprice" in problem.detail
    warehouse.is_refused(403).sees_money(order, 4900)
    warehouse.is_refused(403).closes(order)
    order = shop.sees_money(order)
    assert warehouse.sees(order).actions == ["ship", "hand_over"]
    order = warehouse.sends(order)
    assert order.state == "shipped"
    warehouse.is_refused(403).refunds(order)
    warehouse.is_refused(403).receives(order)
    assert mei.sees(order).state == "shipped"


def test_each_role_is_offered_only_what_it_may_do(shop: Shop, mei: BuyerActor) -> None:
    order = mei.orders({"tea": 1})
    offered = {
        role: shop.employs(role).sees(order).actions for role in ("finance", "customer_service", "supervisor", "clerk")
    }
    assert offered == {
        "finance": ["confirm_offline"],
        "customer_service": ["edit_receiver", "close"],
        "supervisor": ["reprice", "edit_receiver", "close"],
        "clerk": ["close"],
    }
    assert shop.sees(order).actions == ["confirm_offline", "reprice", "edit_receiver", "close"]


def test_another_buyers_order_is_not_there_whatever_is_tried(shop: Shop, mei: BuyerActor) -> None:
    ann = shop.buyer("Ann")
    for order in (mei.orders({"tea": 1}), shop.sends(shop.sees_money(mei.orders({"tea": 1})))):
        before = shop.sees(order).told
        ann.is_refused(404).sees(order)
        ann.is_refused(404).starts_transfer(order)
        ann.is_refused(404).cancels(order)
        ann.is_refused(404).edits_receiver(order)
        ann.is_refused(404).receives(order)
        ann.is_refused(404).extends(order)
        ann.is_refused(404).hides(order)
        for shipment in order.shipments:
            ann.is_refused(404).receives_shipment(shipment)
        assert shop.sees(order).told == before
    assert ann.own_orders() == []
    assert ann.is_refused(404).asks("GET", "orders/SO00000000000000000").code == "not_found"


def test_shop_and_buyer_find_placed_and_paid_in_their_inboxes(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = shop.sees_money(mei.orders({"tea": 1}))
    clock.settles()
    for inbox in (shop.inbox(), mei.inbox()):
        told = {row["name"]: row["texts"] for row in inbox}
        assert told["order.placed"]["en"] == f"Order {order.number} was placed."
        assert told["order.paid"]["zh"] == f"订单 {order.number} 已付款。"
    assert shop.buyer().inbox() == []


def test_cases_are_found_counted_taken_over_and_resolved_once(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    shop.sets_plugin("bank_transfer", four_eyes=True)
    ann = shop.employs("finance")
    waiting = mei.orders({"tea": 1})
    ann.sees_money(waiting, reference="LINE-X")
    paid = mei.orders({"tea": 1})
    ann.sees_money(paid, reference="LINE-Y")
    paid = shop.sees_money(paid, reference="LINE-Y")
    shop.refunds(paid)
    clock.settles()
    counts = shop.asks("GET", "cases/counts")
    assert (counts.open, counts.kinds.told) == (2, {"second_confirmation": 1, "refund_to_make": 1})
    assert [case.kind for case in shop.cases(order_id=paid.id, status="open")] == ["refund_to_make"]
    assert shop.asks("GET", "orders/counts").flags.with_open_case == 2
    case = shop.cases(kind="second_confirmation", status="open")[0]

    me = ann.asks("GET", "me")
    assert ann.is_refused(428).asks("PATCH", f"cases/{case.id}", {"owner_id": me.id}).code
    read = ann.asks("GET", f"cases/{case.id}")
    taken = ann.asks("PATCH", f"cases/{case.id}", {"owner_id": me.id, "remark": "calling"}, If_Match=read.etag)
    assert (taken.owner_id, taken.remark) == (me.id, "calling")
    assert [row.id for row in shop.cases(owner_id=me.id)] == [case.id]
    problem = shop.is_refused(404).asks("PATCH", f"cases/{case.id}", {"owner_id": str(uuid4())}, If_Match="*")
    assert problem.code == "not_found"
    done = ann.asks("POST", f"cases/{case.id}/resolve", {"remark": "it was another order's"})
    assert (done.status, done.resolved_by) == ("resolved", ann.api.name)  # type: ignore[attr-defined]
    assert ann.is_refused(409).asks("POST", f"cases/{case.id}/resolve", {"remark": "x"}).code == "case_resolved"
    assert shop.asks("GET", "cases/counts").open == 1


def test_orders_are_found_by_node_customer_and_how_long_they_wait(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    old = shop.sees_money(mei.orders({"tea": 1}))
    clock.passes(days=3)
    fresh, unpaid = shop.sees_money(mei.orders({"tea": 1})), shop.buyer().orders({"tea": 1})

    def found(**filters: str) -> list[str]:
        return [row["number"] for row in shop.lists("orders", **filters)]

    assert found(state="awaiting_shipment") == [fresh.number, old.number]
    assert found(waiting_days="3") == [old.number]
    assert found(customer_id=unpaid.customer_id) == [unpaid.number]
    assert found(number=old.number) == [old.number]
    assert shop.asks("GET", "orders/counts").flags.waiting_3_days == 1
    assert shop.is_refused(422).asks("GET", "orders?state=lost").errors[0].location == "query"


def test_two_shops_live_by_their_own_clocks(
    app: Flask, server: str, stage: ExitStack, clock: Clock, database: str
) -> None:
    core_clock.freeze(datetime(2026, 3, 7, 17, 30, tzinfo=UTC))  # Sunday 01:30 in Shanghai, Saturday 12:30 in New York
    shops = {}
    for code, zone in (("east", "Asia/Shanghai"), ("west", "America/New_York")):
        shop = Shop(stage.enter_context(Merchant(app, server, code, timezone=zone)))
        shop.sells("tea")
        shop.turns_on("good", token="abc")
        shops[code] = shop
    numbers = {code: shop.buyer().orders({"tea": 1}).number[:10] for code, shop in shops.items()}
    assert numbers == {"east": "SO20260308", "west": "SO20260307"}
    orders = {code: shop.sees_money(shop.buyer().orders({"tea": 1})) for code, shop in shops.items()}
    assert orders["east"].paid_at == orders["west"].paid_at

    # New York goes to summer time that night; seven days stay seven times 24 hours for both
    sent = {code: shops[code].sends(order).deadline("confirm") for code, order in orders.items()}
    assert sent["east"] == sent["west"] == datetime(2026, 3, 14, 17, 30, tzinfo=UTC)
    clock.passes(days=7)
    for code, order in orders.items():
        told = shops[code].sees(order)
        assert (told.state, moment(told.completed_at)) == ("completed", sent[code])
