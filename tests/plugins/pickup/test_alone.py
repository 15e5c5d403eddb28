"""The plugin beside others and over time: switched off with orders in flight, keys rotated, odd wishes, own numbers."""

import pytest
from cryptography.fernet import Fernet

from core import arming
from tests.actors import Merchant
from tests.conftest import TEST_KEY, AppMaker, Clock
from tests.plugins.pickup.counter import at, buys, own, previews, scans, sums, works_at
from tests.server import serving
from tests.vocabulary import BuyerActor, Shop


def test_it_is_not_switched_off_while_something_is_to_be_fetched(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    paid, unpaid = buys(shop, mei, {"tea": 1}), mei.orders({"tea": 1}, **at())
    told = shop.is_refused(409).asks("POST", "plugins/pickup/disable", {})
    assert told.code == "in_use" and {row["order"] for row in told.told["in_use"]} == {paid.number, unpaid.number}
    assert {row["what"] for row in told.told["in_use"]} == {"delivery method pickup"}
    code = own(mei, paid).code
    scans(shop, code)
    mei.cancels(unpaid)
    shop.asks("POST", "plugins/pickup/disable", {})
    shop.is_refused(404).asks("POST", "pickup/preview", {"code": code})
    assert mei.is_refused(422).is_quoted({"tea": 1}, by="pickup", to=None).code == "not_offered"
    shop.asks("POST", "plugins/pickup/enable", {})
    assert sums(shop)[1] == 4900


def test_what_one_process_previewed_another_hands_over_and_a_third_answers_the_same(
    shop: Shop, mei: BuyerActor, clock: Clock, make_app: AppMaker
) -> None:
    code = own(mei, buys(shop, mei, {"tea": 1})).code
    body = {"code": code, "version": previews(shop, code).version, "nonce": "one-scan"}
    answers = []
    for _ in range(2):
        with serving(make_app()) as url:
            staff = shop.merchant.signs_in("owner")
            staff.http.base_url = url
            answers.append(staff.post("pickup/redemptions", body).body)
    assert answers[0] == answers[1] and sums(shop)[1] == 4900


def test_codes_and_tokens_of_an_older_key_still_open(
    shop: Shop, mei: BuyerActor, clock: Clock, make_app: AppMaker
) -> None:
    mine = own(mei, buys(shop, mei, {"tea": 1}))
    fresh = make_app(SECRET_KEYS=[Fernet.generate_key().decode(), TEST_KEY])
    with serving(fresh) as url:
        staff = shop.merchant.signs_in("owner")
        staff.http.base_url = url
        for shown in (mine.code, mine.token):
            assert staff.post("pickup/preview", {"code": shown})["lines"][0]["left"] == 1
    without = make_app(SECRET_KEYS=[Fernet.generate_key().decode()])
    with serving(without) as url:
        staff.http.base_url = url
        for shown in (mine.code, mine.token):
            staff.refused(404, "POST", "pickup/preview", {"code": shown})


@pytest.mark.parametrize(
    "wish", [{"slot": "tomorrow"}, {"slot": 5}, {"store": ["east"]}, {"store": "a b"}, {"shelf": 1}, {"store": None}]
)
def test_options_that_cannot_be_read_are_refused_by_name(wish: dict[str, object], shop: Shop, mei: BuyerActor) -> None:
    told = mei.is_refused(422).is_quoted({"tea": 1}, by="pickup", to=None, options={"pickup": wish})
    (field,) = wish
    assert [error.pointer for error in told.errors] == [f"/options/pickup/{field}"]


def test_people_of_a_store_see_its_sums_and_the_head_office_sees_all(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    for store, many in (("east", 1), ("west", 2)):
        scans(shop, own(mei, buys(shop, mei, {"tea": many}, store=store)).code)
    assert sums(shop) == ({"east": 4900, "west": 9800}, 14700)
    assert sums(shop, store="west") == ({"west": 9800}, 9800)
    east = works_at(shop, "east")
    assert sums(east) == ({"east": 4900}, 4900) and sums(east, store="west") == ({}, 0)
    assert [row["store"] for row in east.lists("pickup/redemptions")] == ["east"]
    # it is the third in Shanghai already, eight hours before London's midnight
    clock.passes(hours=15)
    scans(shop, own(mei, buys(shop, mei, {"cup": 1})).code)
    assert sums(shop) == ({"east": 1234}, 1234)
    assert sums(shop, first_day="2026-03-02", last_day="2026-03-03") == ({"east": 6134, "west": 9800}, 15934)


def test_a_token_made_for_one_shop_opens_nothing_in_another(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    mine = own(mei, buys(shop, mei, {"tea": 1}))
    with Merchant(shop.merchant.app, shop.merchant.base_url, "bolt") as other, shop.merchant.app.app_context():
        arming.arm_periodic({})
        neighbour = Shop(other)
        neighbour.turns_on("pickup")
        for shown in (mine.code, mine.token):
            previews(neighbour.is_refused(404), shown)
