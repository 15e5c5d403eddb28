"""Products and variants: staff make and change them, buyers see what is on sale."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from core.db import add
from core.models import Stock, Variant, Warehouse
from core.services import catalog
from tests.core.market import TEA, Market, codes, open_market


@pytest.fixture
def market(app: Flask) -> Iterator[Market]:
    yield open_market(app)


def stocked(market: Market, sku: str, *units: tuple[int, int, bool]) -> None:
    """Put (on hand, reserved, open warehouse) for a variant into warehouses of their own."""
    with market.inside():
        variant = catalog.variant_called(sku)
        for number, (on_hand, reserved, enabled) in enumerate(units):
            place = add(
                Warehouse(merchant_id=1, code=f"{sku}-{number}", name="W", regions=[], position=0, enabled=enabled)
            )
            add(Stock(merchant_id=1, warehouse_id=place.id, variant_id=variant.id, on_hand=on_hand, reserved=reserved))


# ------------------------------------------------------------------------------------------------ staff
def test_staff_make_a_product_with_its_variants(market: Market) -> None:
    staff = market.staff()
    made = staff.post("/products", TEA)
    assert [variant["sku"] for variant in made["variants"]] == ["tea-50", "tea-100"]
    assert made["on_sale"] and made["version"] == 0
    assert staff.get("/products/tea") == made
    assert staff.get("/products")["data"] == [made]
    assert staff.get("/variants/tea-100") == made["variants"][1]


@pytest.mark.parametrize(
    ("change", "status", "wrong"),
    [
        ({"price": 1}, 422, "/price unknown_field"),
        ({"code": None}, 422, "/code null"),
        ({"code": "no spaces"}, 422, "/code bad_code"),
        ({"title": ""}, 422, "/title blank"),
        ({"title": "x" * 201}, 422, "/title too_long"),
        ({"pictures": ["ftp://x"]}, 422, "/pictures/0 bad_url"),
        ({"variants": [{"sku": "a", "price": 1.5}]}, 422, "/variants/0/price wrong_type"),
        ({"variants": [{"sku": "a", "price": -1}]}, 422, "/variants/0/price out_of_range"),
        ({"variants": [{"sku": "a", "price": 1}] * 2}, 422, "/variants/1/sku sku_twice"),
        ({"variants": [{"sku": f"s{n}", "price": 1} for n in range(101)]}, 422, "/variants too_long"),
    ],
)
def test_a_wrong_product_is_refused_by_field_and_nothing_is_written(
    market: Market, change: dict[str, Any], status: int, wrong: str
) -> None:
    staff = market.staff()
    assert wrong in codes(staff.post("/products", {**TEA, **change}, status))
    assert staff.get("/products")["data"] == []


def test_a_code_or_sku_that_is_taken_is_named(market: Market) -> None:
    staff = market.staff()
    staff.post("/products", TEA)
    again = staff.post("/products", TEA, 409)
    assert (again["code"], codes(again)) == ("code_taken", ["/code code_taken"])
    other = {"code": "mug", "title": "Mug", "variants": [{"sku": "mug", "price": 1}, {"sku": "tea-50", "price": 1}]}
    refused = staff.post("/products", other, 409)
    assert (refused["code"], codes(refused)) == ("sku_taken", ["/variants/1/sku sku_taken"])
    assert staff.post("/products/tea/variants", {"sku": "tea-50", "price": 1}, 409)["code"] == "sku_taken"
    market.staff("west").post("/products", TEA)


def test_an_edit_must_name_the_version_it_read(market: Market) -> None:
    staff = market.staff()
    staff.post("/products", TEA)
    assert staff("PATCH", "/products/tea", {"title": "Tea"}).status_code == 428
    assert staff.edit("/products/tea", {"title": "Tea"})["version"] == 1
    assert staff("PATCH", "/products/tea", {"title": "Chai"}, If_Match='"v0"').status_code == 412
    assert staff.get("/products/tea")["title"] == "Tea"


@pytest.mark.both_databases
def test_a_variant_is_added_and_changed_and_its_product_gets_a_new_version(market: Market) -> None:
    staff = market.staff()
    staff.post("/products", TEA)
    assert staff.post("/products/tea/variants", {"sku": "tea-200", "price": 15000})["position"] == 2
    assert staff.edit("/variants/tea-200", {"price": 14000, "sku": "tea-0200"})["price"] == 14000
    product = staff.get("/products/tea")
    assert product["version"] == 2
    assert [variant["sku"] for variant in product["variants"]] == ["tea-50", "tea-100", "tea-0200"]
    assert staff("PATCH", "/variants/tea-0200", {"price": 1}).status_code == 428
    assert staff.edit("/variants/tea-0200", {"sku": "tea-50"}, 409)["code"] == "sku_taken"


@pytest.mark.both_databases
def test_staff_filter_products(market: Market) -> None:
    staff = market.staff()
    staff.post("/products", TEA)
    staff.post("/products", {"code": "mug", "title": "Mug 100%", "on_sale": False})
    assert [row["code"] for row in staff.get("/products?category=drinks")["data"]] == ["tea"]
    assert [row["code"] for row in staff.get("/products?on_sale=false")["data"]] == ["mug"]
    assert [row["code"] for row in staff.get("/products?q=GREEN")["data"]] == ["tea"]
    # what LIKE would take for a wildcard is a character here
    assert [row["code"] for row in staff.get("/products?q=0%25")["data"]] == ["mug"]
    assert staff.get("/products?q=_")["data"] == []
    assert staff("GET", "/products?colour=red").status_code == 422


def test_permissions_are_asked(market: Market) -> None:
    reader = market.staff(scopes=("catalog.read",))
    assert reader("POST", "/products", TEA).status_code == 403
    assert market.staff(scopes=("stock.read",))("GET", "/products").status_code == 403
    assert market.staff("west")("GET", "/products").status_code == 200
    stranger = market.staff("west")
    stranger.root = "/v1/admin/east"
    assert stranger("GET", "/products").status_code == 401


@pytest.mark.parametrize(
    "path", ["/products/gone", "/products/%00", "/products/%F0%9F%8D%B5", "/variants/gone", "/products/%FF"]
)
@pytest.mark.both_databases
def test_what_is_not_there_is_not_found(market: Market, path: str) -> None:
    assert market.staff()("GET", path).status_code == 404


# ------------------------------------------------------------------------------------------------ buyers
@pytest.mark.both_databases
def test_a_buyer_sees_prices_and_what_can_be_promised(market: Market) -> None:
    market.staff().post("/products", TEA)
    stocked(market, "tea-50", (10, 3, True), (5, 0, True), (100, 0, False))
    stocked(market, "tea-100", (5000, 0, True))
    shop = market.passer_by()
    [card] = shop.get("/products")["data"]
    assert (card["price_from"], card["price_to"], card["currency"], card["available"]) == (4900, 8800, "CNY", 999)
    seen = shop.get("/products/tea")
    assert [(variant["sku"], variant["available"]) for variant in seen["variants"]] == [
        ("tea-50", 12),
        ("tea-100", 999),
    ]
    assert "version" not in seen


def test_what_is_off_sale_is_hidden_from_buyers(market: Market) -> None:
    staff, shop = market.staff(), market.passer_by()
    staff.post("/products", TEA)
    staff.edit("/variants/tea-100", {"enabled": False})
    assert [variant["sku"] for variant in shop.get("/products/tea")["variants"]] == ["tea-50"]
    staff.edit("/products/tea", {"on_sale": False})
    assert shop.get("/products")["data"] == []
    assert shop("GET", "/products/tea").status_code == 404
    assert staff.get("/products/tea")["on_sale"] is False


def test_a_virtual_variant_never_ends(market: Market) -> None:
    market.staff().post("/products", {**TEA, "variants": [{"sku": "card", "price": 100, "virtual": True}]})
    assert market.passer_by().get("/products/tea")["variants"][0]["available"] == 999


def test_one_merchant_does_not_see_the_products_of_another(market: Market) -> None:
    market.staff().post("/products", TEA)
    assert market.passer_by("west").get("/products")["data"] == []
    assert market.passer_by("west")("GET", "/products/tea").status_code == 404
    assert market.staff("west")("GET", "/variants/tea-50").status_code == 404


@pytest.mark.both_databases
def test_pages_go_through_everything_once_with_the_same_number_of_statements(market: Market) -> None:
    staff, shop = market.staff(), market.passer_by()
    for number in range(7):
        name = f"p{number}"
        staff.post("/products", {"code": name, "title": name, "variants": [{"sku": name, "price": number}]})
    seen, path, counts = [], "/products?limit=3", []
    while path:
        with market.counting() as statements:
            document = shop.get(path)
        counts.append(len(statements))
        seen += [card["code"] for card in document["data"]]
        following = document["page"]["next_cursor"]
        path = f"/products?limit=3&cursor={following}" if following else ""
    assert seen == [f"p{number}" for number in reversed(range(7))]
    assert len(set(counts)) == 1, counts
    with market.counting() as statements:
        staff.get("/products?limit=7")
    few = len(statements)
    with market.counting() as statements:
        staff.get("/products?limit=1")
    assert few == len(statements)


@pytest.mark.both_databases
def test_a_sku_taken_at_the_same_moment_is_a_refusal_not_a_crash(market: Market, monkeypatch: Any) -> None:
    staff = market.staff()
    staff.post("/products", TEA)
    # both requests looked before either wrote
    monkeypatch.setattr(catalog, "_refuse_taken_skus", lambda *_: None)
    monkeypatch.setattr(catalog, "_refuse_taken_code", lambda *_: None)
    # each takes one thing only: of two, the database names whichever it meets first
    same_code = TEA | {"variants": [{"sku": "fresh-50", "price": 1}]}
    assert staff.post("/products", same_code, 409)["code"] == "code_taken"
    assert staff.post("/products/tea/variants", {"sku": "tea-50", "price": 1}, 409)["code"] == "sku_taken"
    with market.inside():
        assert {row.sku for row in catalog.variants_by_sku(["tea-50", "tea-100"]).values()} == {"tea-50", "tea-100"}
        assert isinstance(catalog.variant_called("tea-50"), Variant)
