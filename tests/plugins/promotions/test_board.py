"""Promotions are made and changed by staff, read by buyers, and stay behind their merchant's wall."""

from typing import Any

import pytest

from plugins.promotions import rules
from tests.actors import Merchant
from tests.plugins.promotions.board import admits, off, opens, step, writes
from tests.vocabulary import BuyerActor, Shop


@pytest.mark.parametrize(
    ("kind", "terms", "pointer"),
    [
        ("steps", {}, "/steps"),
        ("steps", {"steps": []}, "/steps"),
        ("steps", {"steps": [step(100, 101)]}, "/steps/0/threshold"),
        ("steps", {"steps": [step(100, 1), step(100, 2)]}, "/steps/1/threshold"),
        ("steps", {"steps": [step(100, 1)], "basis_points": 5}, "/basis_points"),
        ("percentage", {}, "/basis_points"),
        ("percentage", {"basis_points": 10_001}, "/basis_points"),
        ("percentage", {"basis_points": 1, "prices": {"cup": 1}}, "/prices"),
        ("member_percentage", {"basis_points": 100}, "/level"),
        ("member_prices", {"level": "gold"}, "/prices"),
        ("member_prices", {"level": "gold", "prices": {"cup": 1.5}}, "/prices/cup"),
        ("free_freight", {"scope": "skus"}, "/scope_values"),
        ("free_freight", {"ends_at": "2020-01-01T00:00:00Z"}, "/ends_at"),
        ("free_freight", {"steps": [step(100, 1)]}, "/steps"),
        ("half_price", {}, "/kind"),
    ],
)
def test_values_that_do_not_go_together_are_refused_by_name(
    kind: str, terms: dict[str, Any], pointer: str, shop: Shop
) -> None:
    problem = writes(shop.is_refused(422), kind, **terms)
    assert any(error.pointer.startswith(pointer) for error in problem.errors), problem.told


def test_a_change_is_checked_as_a_whole(shop: Shop, mei: BuyerActor) -> None:
    path = f"promotions/rules/{writes(shop, steps=[step(3000, 100)]).id}"
    assert shop.is_refused(422).asks("POST", path, {"steps": []}).errors[0].pointer == "/steps"
    assert shop.is_refused(422).asks("POST", path, {"kind": "percentage"}).errors[0].pointer == "/kind"
    told = shop.asks("POST", path, {"steps": [step(2000, 50), step(3000, 200)]})
    assert [row.threshold for row in told.steps] == [3000, 2000]
    assert off(mei.is_quoted({"cup": 1})) == [("promotion", -200)]
    shop.asks("POST", path, {"enabled": False})
    assert off(mei.is_quoted({"cup": 1})) == []


def test_buyers_see_what_runs_for_them(shop: Shop, mei: BuyerActor) -> None:
    everybody = writes(shop, steps=[step(3000, 100)])
    gold = writes(shop, "member_percentage", level="gold", basis_points=100)
    writes(shop, "free_freight", enabled=False)
    visitor = shop.merchant.visitor
    assert [row["id"] for row in visitor.everything("promotions/running")] == [everybody.id]
    assert [row["id"] for row in mei.lists("promotions/running")] == [everybody.id]
    admits(shop, mei, "gold")
    assert [row["id"] for row in mei.lists("promotions/running")] == [gold.id, everybody.id]
    assert [row["level"] for row in shop.lists("promotions/members")] == ["gold"]
    assert [row["id"] for row in shop.lists("promotions/rules", kind="member_percentage")] == [gold.id]


def test_as_many_are_enabled_as_a_quote_may_read(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_ENABLED", 2)
    writes(shop, "free_freight")
    rule = writes(shop, "free_freight")
    assert writes(shop.is_refused(409), "free_freight").code == "too_many_promotions"
    third = writes(shop, "free_freight", enabled=False)
    path = f"promotions/rules/{third.id}"
    assert shop.is_refused(409).asks("POST", path, {"enabled": True}).code == "too_many_promotions"
    shop.asks("DELETE", f"promotions/rules/{rule.id}")
    assert shop.asks("POST", path, {"enabled": True}).enabled
    assert shop.is_refused(404).asks("DELETE", f"promotions/rules/{rule.id}").code == "not_found"


def test_another_merchants_promotions_and_customers_are_not_there(
    shop: Shop, mei: BuyerActor, other_merchant: Merchant
) -> None:
    there = opens(Shop(other_merchant))
    rule, theirs = writes(there, steps=[step(1, 1)]), there.buyer()
    admits(there, theirs, "gold")
    writes(shop, "member_percentage", level="gold", basis_points=100)
    assert off(mei.is_quoted({"cup": 1})) == []
    path = f"promotions/rules/{rule.id}"
    for method, body in (("GET", None), ("POST", {"enabled": False}), ("DELETE", None)):
        assert shop.is_refused(404).asks(method, path, body).code == "not_found"
    path = f"promotions/customers/{theirs.id}/level"
    assert shop.is_refused(404).asks("POST", path, {"level": "gold"}).code == "not_found"
    assert shop.is_refused(404).asks("DELETE", path).code == "not_found"
    assert shop.lists("promotions/members") == []


def test_who_may_do_what(shop: Shop) -> None:
    assert writes(shop.employs("clerk").is_refused(403), "free_freight").code == "forbidden"
    assert writes(shop.employs("operator"), "free_freight").kind == "free_freight"
