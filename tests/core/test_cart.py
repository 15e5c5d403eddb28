"""The cart: lines are added, changed, removed; nobody sees another's."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from core.services import cart
from tests.core.market import TEA, Caller, Market, codes, open_market


@pytest.fixture
def market(app: Flask) -> Iterator[Market]:
    found = open_market(app)
    found.staff().post("/products", TEA)
    yield found


@pytest.fixture
def mei(market: Market) -> Caller:
    return market.buyer("mei")


def quantities(document: Any) -> dict[str, int]:
    return {line["sku"]: line["quantity"] for line in document["lines"]}


@pytest.mark.both_databases
def test_lines_are_added_changed_and_removed(mei: Caller) -> None:
    assert mei.get("/cart") == {"currency": "CNY", "goods_amount": 0, "lines": []}
    mei.post("/cart/lines", {"sku": "tea-50"})
    document = mei.post("/cart/lines", {"sku": "tea-100", "quantity": 2})
    assert quantities(document) == {"tea-50": 1, "tea-100": 2}
    assert document["goods_amount"] == 4900 + 2 * 8800
    first = document["lines"][0]
    assert (first["unit_price"], first["amount"], first["product"], first["buyable"]) == (4900, 4900, "tea", True)
    again = mei.post("/cart/lines", {"variant_id": first["variant_id"], "quantity": 3})
    assert quantities(again) == {"tea-50": 4, "tea-100": 2}
    changed = mei("PATCH", f"/cart/lines/{first['id']}", {"quantity": 7}).get_json()
    assert quantities(changed) == {"tea-50": 7, "tea-100": 2}
    assert quantities(mei("DELETE", f"/cart/lines/{first['id']}").get_json()) == {"tea-100": 2}
    assert mei("DELETE", "/cart").status_code == 204
    assert mei.get("/cart")["lines"] == []


@pytest.mark.parametrize(
    ("wish", "wrong"),
    [
        ({"sku": "gone"}, "/sku not_on_sale"),
        ({"sku": "mug"}, "/sku not_on_sale"),
        ({"sku": "tea-off"}, "/sku not_on_sale"),
        ({"variant_id": str(uuid4())}, "/variant_id not_on_sale"),
        ({"variant_id": "7"}, "/variant_id wrong_type"),
        ({}, "/sku one_of_two"),
        ({"sku": "tea-50", "variant_id": str(uuid4())}, "/sku one_of_two"),
        ({"sku": "tea-50", "quantity": 0}, "/quantity out_of_range"),
        ({"sku": "tea-50", "quantity": 10_000}, "/quantity out_of_range"),
        ({"sku": "tea-50", "quantity": 1.0}, "/quantity wrong_type"),
        ({"sku": "tea-50", "price": 1}, "/price unknown_field"),
    ],
)
def test_a_wrong_wish_is_refused_by_field(market: Market, mei: Caller, wish: dict[str, Any], wrong: str) -> None:
    staff = market.staff()
    mug = {"code": "mug", "title": "Mug", "on_sale": False, "variants": [{"sku": "mug", "price": 1}]}
    staff.post("/products", mug)
    staff.post("/products/tea/variants", {"sku": "tea-off", "price": 1, "enabled": False})
    assert wrong in codes(mei.post("/cart/lines", wish, 422))
    assert mei.get("/cart")["lines"] == []


def test_one_variant_stays_below_ten_thousand(mei: Caller) -> None:
    mei.post("/cart/lines", {"sku": "tea-50", "quantity": 9_999})
    assert codes(mei.post("/cart/lines", {"sku": "tea-50"}, 422)) == ["/quantity out_of_range"]
    assert quantities(mei.get("/cart")) == {"tea-50": 9_999}


def test_a_cart_holds_a_hundred_lines(market: Market, mei: Caller) -> None:
    staff = market.staff()
    variants = [{"sku": f"leaf-{number}", "price": 1} for number in range(100)]
    staff.post("/products", {"code": "leaf", "title": "Leaf", "variants": variants})
    with market.inside():
        buyer = market.customer("mei")
        for number in range(100):
            cart.add_line(buyer.id, {"sku": f"leaf-{number}", "quantity": 1})
    assert mei.post("/cart/lines", {"sku": "tea-50"}, 409)["code"] == "cart_full"
    assert quantities(mei.post("/cart/lines", {"sku": "leaf-99"}))["leaf-99"] == 2
    with market.counting() as many:
        mei.get("/cart")
    tom = market.buyer("tom")
    tom.post("/cart/lines", {"sku": "tea-50"})
    with market.counting() as few:
        tom.get("/cart")
    assert len(many) == len(few)


@pytest.mark.both_databases
def test_what_goes_off_sale_stays_in_the_cart_and_counts_for_nothing(market: Market, mei: Caller) -> None:
    mei.post("/cart/lines", {"sku": "tea-50"})
    mei.post("/cart/lines", {"sku": "tea-100"})
    market.staff().edit("/variants/tea-50", {"enabled": False})
    document = mei.get("/cart")
    assert [line["buyable"] for line in document["lines"]] == [False, True]
    assert document["goods_amount"] == 8800


def test_a_buyer_sees_and_changes_their_own_cart_only(market: Market, mei: Caller) -> None:
    line = mei.post("/cart/lines", {"sku": "tea-50"})["lines"][0]
    tom = market.buyer("tom")
    assert tom.get("/cart")["lines"] == []
    assert tom("PATCH", f"/cart/lines/{line['id']}", {"quantity": 9}).status_code == 404
    assert tom("DELETE", f"/cart/lines/{line['id']}").status_code == 404
    tom.post("/cart/lines", {"sku": "tea-50", "quantity": 5})
    assert tom("DELETE", "/cart").status_code == 204
    assert quantities(mei.get("/cart")) == {"tea-50": 1}
    assert market.passer_by()("GET", "/cart").status_code == 401
    mei.root = "/v1/shop/west"
    assert mei("GET", "/cart").status_code == 401


@pytest.mark.both_databases
def test_checkout_takes_lines_and_removes_what_was_bought(market: Market, mei: Caller) -> None:
    mei.post("/cart/lines", {"sku": "tea-50"})
    mei.post("/cart/lines", {"sku": "tea-100"})
    with market.inside():
        buyer = market.customer("mei")
        lines = cart.lines_of(buyer.id)
        assert [line.quantity for line in lines] == [1, 1]
        cart.remove_lines(buyer.id, [lines[0].variant_id, uuid4()])
        cart.remove_lines(buyer.id, [])
    assert quantities(mei.get("/cart")) == {"tea-100": 1}


@pytest.mark.on_postgres
def test_the_same_variant_put_in_at_the_same_moment_is_one_line(mei: Caller) -> None:
    def put(_: int) -> int:
        return mei("POST", "/cart/lines", {"sku": "tea-50"}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(put, range(24))) == {201}
    assert quantities(mei.get("/cart")) == {"tea-50": 24}
