"""Parcels that the shop's own drivers bring: seen by the buyer on their way, signed for, lost, and never going back."""

from datetime import timedelta

import pytest

from tests.conftest import Clock
from tests.stories.tracking.drivers import Drivers, trail
from tests.told import moment
from tests.vocabulary import RECEIVER, BuyerActor, Shop

pytestmark = pytest.mark.both_databases


def test_the_buyer_sees_the_parcel_come_nearer_and_is_told_when_it_is_there(
    shop: Shop, mei: BuyerActor, clock: Clock, drivers: Drivers
) -> None:
    order = drivers.take(shop.sees_money(mei.orders({"tea": 1})))
    clock.settles()
    (track,) = trail(mei, order)
    assert (track.status, track.points, track.carrier_title["en"]) == ("none", [], "Own driver")
    clock.passes(hours=1)
    assert drivers.tell("OWN-1001", "collected", drivers.point("Collected", place="Shanghai")) == "news"
    clock.passes(hours=1)
    assert drivers.tell("own-1001", "delivering", drivers.point("On the bicycle")) == "news"
    (track,) = trail(mei, order)
    assert [point.text for point in track.points] == ["On the bicycle", "Collected"]
    assert (track.status, moment(track.status_at), track.points[1].place) == ("delivering", clock.now, "Shanghai")
    clock.passes(minutes=30)
    drivers.tell("OWN-1001", "signed", drivers.point("Signed by Mei"))
    signed_at = clock.now
    clock.passes(minutes=5)
    order = shop.sees(order)
    assert order.state == "shipped", "a signature does not confirm the order by itself"
    assert moment(order.shipments[0].parcels[0].delivered_at) == signed_at
    said = f"Parcel OWN-1001 of order {order.number} was delivered."
    assert [mail["texts"]["en"] for mail in mei.inbox()][0] == said
    assert said in [mail["texts"]["en"] for mail in shop.inbox()]


def test_the_same_news_again_and_old_news_change_nothing(
    shop: Shop, mei: BuyerActor, clock: Clock, drivers: Drivers
) -> None:
    order = drivers.take(shop.sees_money(mei.orders({"tea": 1})))
    early, late = clock.now + timedelta(hours=1), clock.now + timedelta(hours=3)
    clock.passes(hours=4)
    old, new = drivers.point("Collected", early), drivers.point("Signed", late)
    assert drivers.tell("OWN-1001", "signed", old, new) == "news"
    clock.settles()
    before, mails = trail(shop, order)[0].told, len(mei.inbox())
    assert drivers.tell("OWN-1001", "signed", old, new) == "known"
    assert drivers.tell("OWN-1001", "collected", old) == "known"
    assert (
        drivers.tell("OWN-1001", "delivering", drivers.point("Still on the way", late - timedelta(hours=1))) == "news"
    )
    clock.settles()
    after = trail(shop, order)[0].told
    assert (after["status"], after["status_at"], len(after["points"])) == ("signed", before["status_at"], 3)
    assert len(mei.inbox()) == mails, "the buyer is told once"


def test_a_lost_parcel_is_a_case_and_is_over_when_it_is_found(
    shop: Shop, mei: BuyerActor, clock: Clock, drivers: Drivers
) -> None:
    order = drivers.take(shop.sees_money(mei.orders({"tea": 1})))
    clock.passes(days=1)
    drivers.tell("OWN-1001", "lost", drivers.point("Gone from the bicycle"), reason="lost")
    clock.settles()
    (case,) = shop.cases(status="open")
    assert (case.kind, case.order_id) == ("parcel_lost", order.id)
    assert mei.inbox()[0]["texts"]["zh"] == f"订单 {order.number} 的包裹 OWN-1001：快件丢失。"
    assert drivers.tell("OWN-1001", "lost", drivers.point("Gone from the bicycle"), reason="lost") == "known"
    clock.passes(hours=1)
    drivers.tell("OWN-1001", "signed", drivers.point("It was in the other bag"))
    clock.settles()
    assert shop.cases(status="open") == []
    assert trail(mei, order)[0].told["reason"] is None


def test_a_number_typed_wrongly_is_mended_and_what_is_told_of_the_old_one_moves_nothing(
    shop: Shop, mei: BuyerActor, clock: Clock, drivers: Drivers
) -> None:
    order = drivers.take(shop.sees_money(mei.orders({"tea": 1})), "OWN-1010")
    clock.settles()
    parcel = order.shipments[0].parcels[0]
    mended = {"carrier": "own", "tracking_no": "own-1001", "reason": "mistyped"}
    order = shop.asks("POST", f"parcels/{parcel.id}/tracking", mended)
    clock.settles()
    assert drivers.tell("OWN-1010", "signed", drivers.point("Somebody else's")) == "known"
    assert drivers.tell("OWN-1001", "delivering", drivers.point("On the bicycle")) == "news"
    (track,) = trail(mei, order)
    assert (track.tracking_no, track.status, len(track.points)) == ("OWN-1001", "delivering", 1)
    assert [(row.tracking_no, row.replaced_at is None) for row in trail(shop, order)] == [
        ("OWN-1010", False),
        ("OWN-1001", True),
    ]
    assert shop.sees(order).shipments[0].parcels[0].delivered_at is None
    clock.passes(hours=1)
    drivers.tell("OWN-1001", "signed", drivers.point("Signed"))
    mended["tracking_no"] = "OWN-1002"
    refused = shop.is_refused(409).asks("POST", f"parcels/{parcel.id}/tracking", mended)
    assert refused.code == "delivered"


def test_a_company_nobody_follows_and_a_number_that_is_none_are_refused(
    shop: Shop, mei: BuyerActor, drivers: Drivers
) -> None:
    order = shop.sees_money(mei.orders({"tea": 1}))
    refused = shop.is_refused(422).sends(order, carrier="SF")
    assert (refused.errors[0].pointer, refused.errors[0].code) == ("/carrier", "unknown_carrier")
    assert "OWN (Own driver)" in refused.errors[0].message
    refused = shop.is_refused(422).sends(order, carrier="OWN", tracking_no="O.1")
    assert (refused.errors[0].pointer, refused.errors[0].code) == ("/tracking_no", "bad_tracking_no")
    assert shop.sees(order).state == "awaiting_shipment"


def test_a_number_of_another_orders_parcel_is_refused_unless_both_go_to_one_receiver(
    shop: Shop, mei: BuyerActor, drivers: Drivers
) -> None:
    elsewhere = RECEIVER | {"name": "Chen Jie", "address": "9 Short Road, Shanghai"}
    first, same = (shop.sees_money(mei.orders({"tea": 1})) for _ in range(2))
    other = shop.sees_money(mei.orders({"tea": 1}, to=elsewhere))
    drivers.take(first, "OWN-2001")
    assert drivers.take(same, "OWN-2001").state == "shipped", "two orders in one box"
    refused = shop.is_refused(409).sends(other, tracking_no="own-2001", carrier="OWN")
    assert (refused.code, first.number in refused.detail) == ("number_taken", True)
    other = drivers.take(shop.sees(other), "OWN-2002")
    mended = {"carrier": "OWN", "tracking_no": "OWN-2001", "reason": "mistyped"}
    parcel = other.shipments[0].parcels[0]
    assert shop.is_refused(409).asks("POST", f"parcels/{parcel.id}/tracking", mended).code == "number_taken"
    assert shop.sees(other).shipments[0].parcels[0].tracking_no == "OWN-2002"


def test_once_all_is_signed_for_the_order_counts_as_received_sooner_and_never_later(
    shop: Shop, mei: BuyerActor, clock: Clock, drivers: Drivers
) -> None:
    shop.sets(shorten_after_signed_hours=48)
    order = shop.sees_money(mei.orders({"tea": 2}))
    order = drivers.take(order, "OWN-0001", units={"tea": 1})
    order = drivers.take(order, "OWN-0002")
    clock.passes(days=1)
    drivers.tell("OWN-0001", "signed", drivers.point("Signed"))
    assert shop.sees(order).deadline("confirm") == clock.now + timedelta(days=6), "one of two is on its way"
    drivers.tell("OWN-0002", "signed", drivers.point("Signed"))
    assert shop.sees(order).deadline("confirm") == clock.now + timedelta(hours=48)
    clock.passes(hours=49)
    assert shop.sees(order).state == "completed"

    late = drivers.take(shop.sees_money(mei.orders({"tea": 1})), "OWN-0003")
    clock.passes(days=6)
    drivers.tell("OWN-0003", "signed", drivers.point("Signed"))
    assert shop.sees(late).deadline("confirm") == clock.now + timedelta(days=1)


def test_a_clock_that_stands_still_is_shortened_and_stands_still(
    shop: Shop, mei: BuyerActor, clock: Clock, drivers: Drivers
) -> None:
    shop.sets(shorten_after_signed_hours=48)
    order = drivers.take(shop.sees_money(mei.orders({"tea": 2})))
    order = shop.refunds(order, {"tea": 1})
    assert order.paused("confirm") == 7 * 86_400
    clock.passes(days=1)
    drivers.tell("OWN-1001", "signed", drivers.point("Signed"))
    assert shop.sees(order).paused("confirm") == 48 * 3600
    clock.passes(days=20)
    assert shop.sees(order).state == "shipped"
