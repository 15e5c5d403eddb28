"""A code whose time is over: the buyer is reminded, then the rest is refunded or the order closed, as the shop set."""

import pytest

from core.db import transaction
from tests.conftest import Clock
from tests.plugins.pickup.counter import (
    TEA,
    buys,
    has_slots,
    own,
    previews,
    redeems,
    scans,
    shelf,
    slots,
    sums,
    units,
    works_at,
)
from tests.told import moment
from tests.vocabulary import BuyerActor, Shop

pytestmark = pytest.mark.both_databases


def inbox(person: object) -> list[str]:
    """What the buyer or the shop has heard of pickups, oldest first."""
    rows = person.inbox()  # type: ignore[attr-defined]
    return [row["name"] for row in reversed(rows) if row["name"].startswith("pickup.")]


def test_the_buyer_is_reminded_and_then_the_money_goes_back_by_itself(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop.sets_plugin("pickup", valid_days=5, remind_days=2)
    clerk = works_at(shop, "east")
    order = buys(shop, mei, {"tea": 2})
    code = own(mei, order).code
    clock.passes(days=3)
    assert inbox(mei) == ["pickup.ready", "pickup.expiring"]
    clock.passes(days=1)
    assert (inbox(mei), shop.sees(order).state) == (["pickup.ready", "pickup.expiring"], "awaiting_shipment")
    seen = previews(clerk, code)
    clock.passes(days=1)
    order = shop.sees(order)
    assert (order.state, inbox(mei)[-1], own(mei, order).status) == ("refunding", "pickup.expired", "expired")
    assert redeems(clerk.is_refused(409), code, seen).code == "pickup_changed"
    seen = previews(clerk, code)
    assert redeems(clerk.is_refused(409), code, seen).code == seen.refused.code == "pickup_expired"
    shop.transfers_back(order)
    order = shop.sees(order)
    assert (order.state, order.refunded, shelf(shop, "tea", "east-shelf")) == ("refunded", 2 * TEA, (10, 0))
    expired = next(row for row in shop.history(order, "order") if row.move == "pickup_expire")
    assert (expired.actor_kind, expired.remark) == ("clock", "not fetched in time")
    assert sums(shop) == ({}, 0)


def test_only_what_was_not_fetched_is_refunded(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = buys(shop, mei, {"tea": 3})
    scans(works_at(shop, "east"), own(mei, order).code, lines=units(order, tea=1))
    clock.passes(days=30)
    order = shop.sees(order)
    assert (order.state, order.refunds[0].amount, order.refund_axis) == ("awaiting_shipment", 2 * TEA, "applying")
    shop.transfers_back(order)
    order = shop.sees(order)
    assert (order.state, order.refunded, shelf(shop, "tea", "east-shelf")) == ("completed", 2 * TEA, (9, 0))
    assert sums(shop, first_day="2026-03-02")[1] == TEA


@pytest.mark.parametrize("fetched", [0, 1])
def test_a_shop_may_close_the_order_and_keep_the_money_instead(
    fetched: int, shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop.sets_plugin("pickup", on_expiry="close")
    order = buys(shop, mei, {"tea": 2})
    if fetched:
        scans(works_at(shop, "east"), own(mei, order).code, lines=units(order, tea=1))
    clock.passes(days=30)
    order = shop.sees(order)
    assert (order.state, order.refunded, order.refunds) == ("completed", 0, [])
    assert shelf(shop, "tea", "east-shelf") == (10 - fetched, 0)
    assert own(mei, order).status == "expired"
    order = shop.refunds(order, {"tea": 1}, reason="other")
    clock.settles()
    shop.transfers_back(order)
    assert (shop.sees(order).refunded, shelf(shop, "tea", "east-shelf")) == (TEA, (10 - fetched, 0))


def test_a_code_with_a_slot_is_good_from_its_end_on_and_one_without_days_for_ever(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    has_slots(shop)
    slot = slots(shop)[-1]
    order = buys(shop, mei, {"tea": 1}, slot=slot)
    mine = own(mei, order)
    assert (moment(mine.valid_until) - moment(mine.slot_ends_at)).days == 30
    shop.sets_plugin("pickup", valid_days=0)
    order = buys(shop, mei, {"tea": 1}, store="west")
    assert own(mei, order).valid_until is None
    clock.passes(days=400)
    assert shop.sees(order).state == "awaiting_shipment"


def test_staff_renew_a_code_for_a_buyer_who_comes_late(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    clerk = works_at(shop, "east")
    order = buys(shop, mei, {"tea": 1})
    code = own(mei, order).code
    clock.passes(days=29)
    clerk.asks("POST", f"pickup/orders/{order.number}/renewal", {})
    clock.passes(days=29)
    assert shop.sees(order).state == "awaiting_shipment"
    clock.passes(days=1)
    order = shop.sees(order)
    assert order.state == "refunding"
    clerk.is_refused(409).asks("POST", f"pickup/orders/{order.number}/renewal", {})
    shop.withdraws_refund(order)
    assert redeems(clerk.is_refused(409), code, previews(clerk, code)).code == "pickup_expired"
    clerk.asks("POST", f"pickup/orders/{order.number}/renewal", {})
    assert scans(clerk, code).left == 0
    assert clerk.is_refused(409).asks("POST", f"pickup/orders/{order.number}/renewal", {}).code == "pickup_over"


def test_what_waits_for_something_else_expires_once_that_has_ended(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    order = buys(shop, mei, {"tea": 1})
    shop.refunds(order, amounts={"tea": TEA}, reason="other")
    clock.passes(days=31)
    order = shop.sees(order)
    assert (order.state, own(mei, order).status) == ("refunding", "live")
    shop.withdraws_refund(order)
    clock.passes(minutes=11)
    assert (shop.sees(order).state, own(mei, order).status) == ("refunding", "expired")


def test_a_job_that_was_lost_is_done_by_the_sweep(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    from sqlalchemy import text

    from core.db import across_merchants

    order = buys(shop, mei, {"tea": 1})
    with shop.merchant.app.app_context(), across_merchants(), transaction() as session:
        session.execute(text("DELETE FROM jobs WHERE name IN ('pickup.expire', 'pickup.remind')"))
    clock.passes(days=28)
    assert inbox(mei) == ["pickup.ready", "pickup.expiring"]
    clock.passes(days=3)
    assert shop.sees(order).state == "refunding"
