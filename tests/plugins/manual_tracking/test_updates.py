"""The door of news: who may tell, what is refused, and what a call answers."""

from datetime import timedelta
from typing import Any

import pytest

from tests.actors import Merchant
from tests.conftest import Clock
from tests.told import Told
from tests.vocabulary import Shop

DOOR = "manual_tracking/updates"


@pytest.fixture
def shop(merchant: Merchant, clock: Clock) -> Shop:
    """It sells tea and has drivers."""
    shop = Shop(merchant)
    shop.sells("tea", 4900)
    shop.turns_on("manual_tracking", carriers={"OWN": "Own driver", "bike": "Bicycle"})
    return shop


@pytest.fixture
def order(shop: Shop) -> Told:
    """One that a bicycle has taken."""
    order = shop.sees_money(shop.buyer().orders({"tea": 1}))
    return shop.sends(order, tracking_no="b-0001", carrier="Bike")


def update(number: str, clock: Clock, **more: Any) -> dict[str, Any]:
    """News of a parcel of the bicycle's."""
    point = {"at": clock.now.isoformat(), "text": "On the road"}
    return {"carrier": "bike", "tracking_no": number, "status": "on_the_way", "points": [point], **more}


def test_each_parcel_of_a_call_has_its_result(shop: Shop, order: Told, clock: Clock) -> None:
    body = {"updates": [update("B-0001", clock), update("b-0001", clock), update("B-0002", clock)]}
    answer = shop.asks("POST", DOOR, body)
    assert [(one.tracking_no, one.result) for one in answer.results] == [
        ("B-0001", "news"),
        ("B-0001", "known"),
        ("B-0002", "stranger"),
    ]


def test_a_call_about_nothing_of_ours_is_refused(shop: Shop, order: Told, clock: Clock) -> None:
    refused = shop.is_refused(422).asks("POST", DOOR, {"updates": [update("B-0002", clock)]})
    assert (refused.errors[0].code, refused.errors[0].pointer) == ("unknown_parcel", "/updates/0/tracking_no")


def test_what_has_not_happened_yet_is_refused_whole(shop: Shop, order: Told, clock: Clock) -> None:
    ahead = {"at": (clock.now + timedelta(hours=1)).isoformat(), "text": "Signed"}
    body = {"updates": [update("B-0001", clock), update("B-0001", clock, status="signed", points=[ahead])]}
    refused = shop.is_refused(422).asks("POST", DOOR, body)
    assert (refused.errors[0].code, refused.errors[0].pointer) == ("in_the_future", "/updates/1/points/0/at")
    assert shop.asks("GET", f"orders/{order.number}/tracks").told["data"][0]["points"] == []


def test_a_key_for_this_alone_may_tell_and_another_may_not(
    shop: Shop, merchant: Merchant, order: Told, clock: Clock
) -> None:
    body = {"updates": [update("B-0001", clock)]}
    merchant.api_key("stock.read").refused(403, "POST", DOOR, body)
    partner = merchant.api_key("manual_tracking.write")
    first = partner.post(DOOR, body, key="once")
    again = partner.post(DOOR, body, key="once")
    assert first.body == again.body and first["results"][0]["result"] == "news"
    partner.refused(403, "GET", f"orders/{order.number}")
