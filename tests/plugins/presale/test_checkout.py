"""What an order of a presale may be: in its window, within quota and limit, with what it goes together."""

from datetime import timedelta

import pytest

from tests.conftest import MORNING, Clock
from tests.plugins.presale.stand import EVENING, NOON, Stand, orders, waits_until, wire
from tests.vocabulary import BuyerActor, Shop

TITLE = {"zh": "立减", "en": "Off"}


def refused(buyer: BuyerActor, status: int, units: dict[str, int] | None = None, **more: object) -> str:
    wish = buyer.wishes(units or {"lamp": 1}, **{"entry": "presale", **more})
    return str(buyer.is_refused(status).asks("POST", "quotes", wish).code)


def test_only_what_is_presold_now_is_bought_by_the_entry(
    stand: Stand, shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    shop.sells("shade", 20_000)
    stand.presells(deposit_starts_at=wire(MORNING + timedelta(hours=1)))
    assert refused(mei, 422) == "not_presold", "not yet"
    clock.passes(hours=1)
    assert orders(mei).payable == 50_000
    assert refused(mei, 422, {"shade": 1}) == "not_presold"
    assert mei.is_refused(422).asks("POST", "quotes", mei.wishes({}, entry="presale")).code == "not_presold"
    twice = mei.wishes({"lamp": 1}, entry="presale")
    twice["lines"] *= 2
    assert mei.is_refused(422).asks("POST", "quotes", twice).errors[0]["pointer"] == "/lines/1/variant_id"
    waits_until(clock, EVENING)
    assert refused(mei, 422) == "not_presold", "too late"


def test_skus_of_two_activities_are_two_orders(stand: Stand, shop: Shop, mei: BuyerActor) -> None:
    shop.sells("shade", 20_000)
    stand.presells()
    stand.presells({"shade": {"price": 20_000, "deposit": 2_000}})
    assert refused(mei, 409, {"lamp": 1, "shade": 1}) == "presale_mixed"


def test_quota_and_limit_are_counted_by_units_and_open_again_with_what_closes(
    stand: Stand, shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    stand.presells({"lamp": {"quota": 5}}, per_buyer=3)
    first = orders(mei, {"lamp": 2})
    assert refused(mei, 409, {"lamp": 2}) == "presale_limit"
    tom = shop.buyer("Tom")
    orders(tom, {"lamp": 3})
    assert refused(mei, 409) == "presale_sold_out"
    mei.cancels(first)
    assert orders(mei, {"lamp": 2}).state == "pending_payment"


@pytest.mark.parametrize("allowed", [False, True])
def test_a_presold_sku_is_sold_at_its_list_price_only_where_allowed(
    stand: Stand, mei: BuyerActor, clock: Clock, allowed: bool
) -> None:
    stand.presells(list_price_too=allowed)
    if allowed:
        assert mei.orders({"lamp": 1}).payable == 60_000
        return
    told = mei.is_refused(409).asks("POST", "quotes", mei.wishes({"lamp": 1}))
    assert (told.code, told.errors[0]["pointer"]) == ("presale_only", "/lines/0/variant_id")
    waits_until(clock, NOON + timedelta(hours=12))
    assert mei.orders({"lamp": 1}).payable == 60_000


def test_coupons_and_member_prices_stay_out_unless_the_activity_lets_them_in(
    stand: Stand, shop: Shop, mei: BuyerActor
) -> None:
    for plugin in ("coupons", "promotions"):
        shop.turns_on(plugin)
    code = {"title": TITLE, "issuing": "code", "code": "OFF", "kind": "fixed", "amount": 3000}
    shop.asks("POST", "coupons/templates", code)
    shop.asks("POST", f"promotions/customers/{mei.id}/level", {"level": "gold"})
    member = {"title": TITLE, "kind": "member_percentage", "basis_points": 1000, "level": "gold"}
    shop.asks("POST", "promotions/rules", member)
    off = {"coupons": {"codes": ["OFF"]}}
    activity = stand.presells()
    assert mei.is_quoted({"lamp": 1}, entry="presale").payable == 50_000
    assert refused(mei, 409, options=off) == "not_stackable"
    stand.changes(activity, enabled=False)
    stand.presells(stack_coupons=True, stack_member=True)
    assert mei.is_quoted({"lamp": 1}, entry="presale", options=off).payable == 42_000


def test_something_is_always_left_for_the_final(stand: Stand, shop: Shop, mei: BuyerActor) -> None:
    shop.turns_on("coupons")
    code = {"title": TITLE, "issuing": "code", "code": "ALL", "kind": "fixed", "amount": 45_000}
    shop.asks("POST", "coupons/templates", code)
    stand.presells(stack_coupons=True)
    assert refused(mei, 409, options={"coupons": {"codes": ["ALL"]}}) == "presale_no_final"


def test_a_full_presale_is_paid_at_once_and_waits_for_its_day(
    stand: Stand, shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    activity = stand.presells_whole(ship_at=None, ship_days=3)
    order = orders(mei)
    assert [row["amount"] for row in order.told["instalments"]] == [50_000]
    assert shop.is_refused(409).asks("POST", "plugins/presale/disable", {}).in_use[0]["order"] == order.number
    order = shop.sees_money(order)
    assert (order.state, stand.counts(activity)) == ("paid", (1, 1, 1))
    clock.passes(days=3, seconds=-1)
    assert mei.sees(order).state == "paid"
    clock.passes(seconds=1)
    assert mei.sees(order).state == "awaiting_shipment"
