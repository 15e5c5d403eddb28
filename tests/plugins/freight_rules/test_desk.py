"""Staff write freight templates, and anybody asks what a cart would cost."""

from typing import Any

import pytest

from tests.plugins.freight_rules.scales import CUP, FLAT, freight, rule, writes
from tests.vocabulary import BuyerActor, Shop


def test_a_template_is_made_seen_changed_switched_off_and_forgotten(shop: Shop, mei: BuyerActor) -> None:
    told = writes(shop, rule("31", first=(1, 700)), rule(first=(1, 900)), counts="pieces")
    path = f"freight_rules/templates/{told.id}"
    assert [row["id"] for row in shop.lists("freight_rules/templates", enabled="true")] == [told.id]
    assert shop.asks("GET", path).regions[0].prefixes == ["31"]
    shop.asks("POST", path, {"name": "South", "position": 3})
    assert (shop.asks("GET", path).name, freight(mei, {"cup": 1})) == ("South", 700)
    shop.asks("POST", path, {"enabled": False})
    assert freight(mei, {"cup": 1}) == FLAT
    shop.asks("POST", path, {"enabled": True})
    assert freight(mei, {"cup": 1}) == 700
    shop.api.delete(path)
    assert freight(mei, {"cup": 1}) == FLAT
    shop.is_refused(404).asks("GET", path)
    shop.is_refused(404).asks("DELETE", path)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"regions": [rule("31"), rule("32", "31")]}, "/regions/1/prefixes"),
        ({"regions": [rule(), rule("31"), rule()]}, "/regions/2/prefixes"),
        ({"product_ids": ["0192f0c1-5b1e-7c3a-9f00-1234567890ab"]}, "/product_ids/0"),
        ({"store_id": "0192f0c1-5b1e-7c3a-9f00-1234567890ab"}, "/store_id"),
        ({"regions": [rule(first=(0, 100))]}, "/regions/0/first_units"),
        ({"regions": [rule(more=(0, 100))]}, "/regions/0/more_units"),
        ({"regions": []}, "/regions"),
    ],
)
@pytest.mark.both_databases
def test_a_template_that_contradicts_itself_is_refused_by_field(shop: Shop, body: dict[str, Any], pointer: str) -> None:
    told = writes(shop, rule("31", first=(1, 700)))
    whole = {"name": "Odd", "counts": "weight", "regions": [rule()]} | body
    for path, sent in (("templates", whole), (f"templates/{told.id}", body)):
        refused = shop.is_refused(422).asks("POST", f"freight_rules/{path}", sent)
        assert [row["pointer"] for row in refused.errors] == [pointer]
    assert [row["id"] for row in shop.lists("freight_rules/templates")] == [told.id]


def test_who_may_not_change_freight_is_told_so(shop: Shop) -> None:
    told = writes(shop, rule())
    clerk = shop.employs("clerk")
    for path in ("templates", f"templates/{told.id}"):
        clerk.is_refused(403).asks(
            "POST", f"freight_rules/{path}", {"name": "Mine", "counts": "weight", "regions": [rule()]}
        )


def test_a_preview_tells_what_each_template_charges_before_anybody_orders(shop: Shop, mei: BuyerActor) -> None:
    heavy = writes(shop, rule("31", first=(1000, 1000), more=(500, 300)), categories=["clay"])
    rest = writes(shop, rule(first=(1, 500), free_from=2 * CUP))
    lines = [{"variant_id": shop.variants[sku], "quantity": 2} for sku in ("pot", "cup", "song")]
    body = {"lines": lines, "region": "310000"}
    told = shop.asks("POST", "freight_rules/preview", body)
    assert told.told == mei.asks("POST", "freight_rules/preview", body).told
    assert (told.served, told.amount) == (True, 1000 + 4 * 300)
    assert [(part.template_id, part.units, part.amount, part.free) for part in told.parts] == [
        (heavy.id, 3000, 2200, False),
        (rest.id, 800, 0, True),
    ]
    assert freight(mei, {"pot": 2, "cup": 2}) == told.amount
    elsewhere = shop.asks("POST", "freight_rules/preview", body | {"region": "540000"})
    assert (elsewhere.served, elsewhere.amount) == (False, None)
    assert [part.served for part in elsewhere.parts] == [False, True]


def test_a_preview_without_templates_is_the_flat_freight_and_names_what_is_not_on_sale(shop: Shop) -> None:
    cup = {"variant_id": shop.variants["cup"], "quantity": 1}
    song = {"variant_id": shop.variants["song"], "quantity": 1}
    assert shop.asks("POST", "freight_rules/preview", {"lines": [cup]}).amount == FLAT
    assert shop.asks("POST", "freight_rules/preview", {"lines": [song]}).amount == 0
    gone = {"variant_id": "0192f0c1-5b1e-7c3a-9f00-1234567890ab", "quantity": 1}
    refused = shop.is_refused(422).asks("POST", "freight_rules/preview", {"lines": [cup, gone]})
    assert [row["pointer"] for row in refused.errors] == ["/lines/1/variant_id"]
