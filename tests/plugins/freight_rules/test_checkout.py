"""Freight at checkout, over HTTP: quoted before the order, kept by it, refused where nobody goes."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.plugins.freight_rules.scales import CUP, FLAT, POT, freight, rule, writes
from tests.vocabulary import RECEIVER, BuyerActor, Shop
from tests.walls import Counted

LHASA = {**RECEIVER, "region": "540100"}


@pytest.mark.both_databases
def test_a_quote_shows_the_freight_and_the_order_keeps_it_when_the_template_changes(
    shop: Shop, mei: BuyerActor
) -> None:
    told = writes(shop, rule(first=(1000, 1000), more=(500, 300)))
    quote = mei.is_quoted({"cup": 3})
    assert (quote.freight_amount, quote.payable) == (1300, 3 * CUP + 1300)
    order = mei.orders({"cup": 3}, expecting=quote.payable)
    shop.asks("POST", f"freight_rules/templates/{told.id}", {"regions": [rule(first=(1, 5000))]})
    assert (shop.sees(order).freight_amount, freight(mei, {"cup": 3})) == (1300, 5000)
    refused = mei.is_refused(422).orders({"cup": 3}, expecting=quote.payable)
    assert (refused.code, refused.quote["freight_amount"]) == ("price_changed", 5000)


def test_a_region_that_is_not_served_is_refused_with_the_lines_it_is_about(shop: Shop, mei: BuyerActor) -> None:
    writes(shop, rule("31", first=(1, 700)), categories=["clay"])
    writes(shop, rule(first=(1, 500)))
    assert freight(mei, {"cup": 1, "pot": 1}) == 1200
    for word in ("quotes", "orders"):
        total = {"expected_total": CUP + POT + 500} if word == "orders" else {}
        refused = mei.is_refused(409).asks("POST", word, mei.wishes({"cup": 1, "pot": 1}, to=LHASA) | total)
        assert refused.code == "region_not_served" and "540100" in refused.detail
        assert [row["pointer"] for row in refused.errors] == ["/lines/1"]
    assert freight(mei, {"cup": 1}, "540100") == 500
    assert mei.own_orders() == []


def test_an_address_without_a_region_goes_by_the_rule_for_everywhere_else(shop: Shop, mei: BuyerActor) -> None:
    told = writes(shop, rule("31", first=(1, 700)), rule(first=(1, 1900)))
    assert freight(mei, {"cup": 1}, None) == 1900
    shop.asks("POST", f"freight_rules/templates/{told.id}", {"regions": [rule("31", first=(1, 700))]})
    refused = mei.is_refused(409).is_quoted({"cup": 1}, to={**RECEIVER, "region": None})
    assert "without a region code" in refused.detail


def test_without_templates_the_flat_freight_stands_and_virtual_goods_travel_free(shop: Shop, mei: BuyerActor) -> None:
    assert freight(mei, {"cup": 1}) == FLAT
    writes(shop, rule(first=(1, 100)), categories=["clay"])
    assert freight(mei, {"cup": 1}) == FLAT
    assert freight(mei, {"cup": 1, "pot": 1}) == FLAT + 100
    assert mei.is_quoted({"song": 1}, by="none").freight_amount == 0


def test_the_setting_says_how_several_templates_work_together(shop: Shop, mei: BuyerActor) -> None:
    writes(shop, rule(first=(1, 900), more=(1, 200)), counts="pieces", categories=["clay"])
    writes(shop, rule(first=(1, 500), more=(1, 100)), counts="pieces")
    assert freight(mei, {"cup": 2, "pot": 2}) == 1100 + 600
    shop.sets_plugin("freight_rules", several_templates="dearest_first_unit")
    assert freight(mei, {"cup": 2, "pot": 2}) == 1100 + 200


def test_a_delivery_method_that_the_templates_are_not_for_costs_the_flat_freight_and_goes_anywhere(
    shop: Shop, mei: BuyerActor
) -> None:
    writes(shop, rule("31", first=(1, 700)))
    shop.sets_plugin("freight_rules", methods=["courier"])
    assert freight(mei, {"cup": 1}) == 700
    assert freight(mei, {"cup": 1}, "540100", by="ordinary_mail") == FLAT


def test_a_store_has_templates_of_its_own(shop: Shop, mei: BuyerActor) -> None:
    store = shop.asks("POST", "stores", {"code": "bund", "name": "Bund"})
    writes(shop, rule(first=(1, 700)))
    writes(shop, rule(first=(1, 300)), store_id=store.id)
    assert (freight(mei, {"cup": 1}), freight(mei, {"cup": 1}, store="bund")) == (700, 300)


def test_promotions_may_lower_the_freight_of_a_template(shop: Shop, mei: BuyerActor) -> None:
    shop.turns_on("promotions")
    title = {"zh": "包邮", "en": "Free"}
    shop.asks("POST", "promotions/rules", {"title": title, "kind": "free_freight", "cap": 400})
    writes(shop, rule(first=(1, 1000)))
    quote = mei.is_quoted({"cup": 1})
    assert (quote.freight_amount, quote.payable) == (1000, CUP + 600)


def test_what_is_quoted_reads_the_templates_once_however_many_there_are(
    shop: Shop, mei: BuyerActor, count_statements: Callable[[], AbstractContextManager[Counted]]
) -> None:
    writes(shop, rule(first=(1, 100)))
    mei.is_quoted({"cup": 1})
    with count_statements() as few:
        mei.is_quoted({"cup": 1, "pot": 1})
    for number in range(20):
        writes(shop, rule(first=(1, number)), categories=[f"c{number}"])
    with count_statements() as many:
        mei.is_quoted({"cup": 1, "pot": 1})
    assert len(many) == len(few)
    assert sum("FROM freight_templates" in one for one in many.statements) == 1
