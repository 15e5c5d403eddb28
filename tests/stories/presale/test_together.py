"""Presale beside other plugins: sent from two warehouses, or fetched at a store, each when its day has come."""

from tests.conftest import Clock
from tests.plugins.pickup import counter
from tests.plugins.presale.stand import NOON, SHIPPING, Stand, orders, waits_until
from tests.plugins.split_shipping.map import sent_from, shipment
from tests.stories.mixed.till import Till
from tests.stories.presale.till import paid_whole
from tests.vocabulary import BuyerActor, Shop


def test_two_warehouses_send_a_presale_order_as_two_shipments(
    stand: Stand, shop: Shop, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    shop.turns_on("split_shipping")
    shop.opens_warehouse("south")
    shop.sells("shade", 20_000, stock=0)
    shop.stocks("shade", south=5)
    activity = stand.presells({"lamp": {}, "shade": {"price": 20_000, "deposit": 2_000, "quota": 5}})
    order = paid_whole(till, mei, clock, {"lamp": 1, "shade": 2})
    assert (order.state, order.paid, order.told["shipments"]) == ("paid", 90_000, [])
    waits_until(clock, SHIPPING)
    order = shop.sees(order)
    assert sent_from(order, shop) == {"north": {"lamp": 1}, "south": {"shade": 2}}
    order = shop.sends(order, tracking_no="N1", shipment_id=shipment(order, shop, "north").id)
    assert order.state == "awaiting_shipment"
    order = shop.sends(order, tracking_no="S1", shipment_id=shipment(order, shop, "south").id)
    for row in order.shipments:
        order = mei.receives_shipment(row)
    assert order.state == "completed"
    assert [item["final_paid"] for item in shop.asks("GET", f"presale/activities/{activity.id}").told["items"]] == [
        1,
        2,
    ]


def test_a_presale_order_is_fetched_with_a_code_that_comes_with_the_final(
    stand: Stand, shop: Shop, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    counter.opens(shop)
    shop.stocks("lamp", **{"east-shelf": 5})
    clerk = counter.works_at(shop, "east")
    activity = stand.presells()
    order = orders(mei, **counter.at("east"))
    till.cash_comes(till.pays(mei, order, "wire"))
    assert counter.own(mei, order).told.get("code") is None, "only the deposit is paid"
    waits_until(clock, NOON)
    till.cash_comes(till.pays(mei, order, "wire"))
    code = counter.own(mei, order).code
    assert code and shop.sees(order).told["holds"] == ["presale.ship_date"]
    seen = counter.previews(clerk, code)
    counter.redeems(clerk.is_refused(409), code, seen)
    assert shop.sees(order).state == "paid", "its day has not come"

    waits_until(clock, SHIPPING)
    done = counter.scans(clerk, code)
    assert (done.amount, shop.sees(order).state) == (50_000, "completed")
    assert counter.sums(shop) == ({"east": 50_000}, 50_000)
    assert (stand.counts(activity), counter.shelf(shop, "lamp", "east-shelf")) == ((1, 1, 1), (4, 0))
    assert counter.breaches(shop.merchant) == []


def test_a_missed_final_gives_the_stores_shelf_and_slot_back(
    stand: Stand, shop: Shop, till: Till, mei: BuyerActor, clock: Clock
) -> None:
    counter.opens(shop)
    shop.stocks("lamp", **{"east-shelf": 5})
    stand.presells()
    order = orders(mei, **counter.at("east"))
    till.cash_comes(till.pays(mei, order, "wire"))
    assert counter.shelf(shop, "lamp", "east-shelf") == (5, 1)
    clock.passes(days=2)
    assert mei.sees(order).close_reason == "final_timeout"
    assert counter.shelf(shop, "lamp", "east-shelf") == (5, 0)
    assert counter.breaches(shop.merchant) == []


def test_a_slot_before_the_goods_are_there_is_refused_at_checkout(
    stand: Stand, shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    counter.opens(shop)
    counter.has_slots(shop)
    shop.stocks("lamp", **{"east-shelf": 5})
    stand.presells()
    early = counter.slots(shop)[-1]
    wish = mei.wishes({"lamp": 1}, entry="presale", **counter.at("east", early))
    refused = mei.is_refused(409).asks("POST", "quotes", wish)
    assert (refused.code, refused.errors[0]["pointer"]) == ("pickup_too_early", "/options/pickup/slot")


def test_an_order_whose_deposit_is_paid_does_not_count_as_unpaid(
    stand: Stand, shop: Shop, till: Till, mei: BuyerActor
) -> None:
    shop.sets(open_unpaid_limit=1)
    stand.presells()
    first = orders(mei)
    wish = mei.wishes({"lamp": 1}, entry="presale") | {"expected_total": 50_000}
    assert mei.is_refused(409).asks("POST", "orders", wish).code == "too_many_unpaid"
    till.cash_comes(till.pays(mei, first, "wire"))
    assert orders(mei).state == "pending_payment"
