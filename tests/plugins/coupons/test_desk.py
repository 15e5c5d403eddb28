"""The desk: kinds are made and changed, coupons given and claimed, within budgets and limits, and behind walls."""

from datetime import timedelta
from typing import Any

import pytest

from tests.actors import Merchant
from tests.conftest import Clock
from tests.plugins.coupons.desk import (
    breaches,
    counts_of,
    gives,
    keeps_hours,
    kept_status,
    makes,
    opens,
    status_of,
    using,
)
from tests.vocabulary import BuyerActor, Shop


@pytest.mark.parametrize(
    ("terms", "pointer"),
    [
        ({"kind": "fixed", "amount": None}, "/amount"),
        ({"kind": "percentage"}, "/basis_points"),
        ({"kind": "percentage", "basis_points": 10_001}, "/basis_points"),
        ({"kind": "percentage", "basis_points": 500, "amount": 3}, "/amount"),
        ({"kind": "threshold", "amount": 3}, "/threshold"),
        ({"cap": 5}, "/cap"),
        ({"scope": "skus"}, "/scope_values"),
        ({"scope_values": ["a"]}, "/scope_values"),
        ({"issuing": "code", "valid_days": 3}, "/valid_days"),
        ({"issuing": "code", "claimable": True}, "/claimable"),
        ({"issuing": "issued", "code": "X"}, "/code"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "/ends_at"),
        ({"budget_count": 0}, "/budget_count"),
        ({"amount": 29.5}, "/amount"),
    ],
)
def test_a_kind_whose_terms_do_not_go_together_is_refused_by_name(
    terms: dict[str, Any], pointer: str, shop: Shop
) -> None:
    assert pointer in [error.pointer for error in makes(shop.is_refused(422), **terms).errors]


def test_a_code_is_one_coupon_only(shop: Shop) -> None:
    makes(shop, code="SPRING")
    assert makes(shop.is_refused(409), code="spring").code == "code_taken"


def test_staff_give_coupons_to_customers_who_then_see_them(shop: Shop, mei: BuyerActor) -> None:
    wang = shop.buyer("Wang")
    kind = makes(shop, issuing="issued", valid_days=7)
    coupon = gives(shop, kind, mei, wang)
    (mine,) = mei.lists("coupons/mine")
    assert (mine["id"], mine["status"], mine["template"]["title"]["en"]) == (coupon.id, "unused", kind.title.en)
    assert mei.is_quoted({"a": 1}, **using(coupon)).payable == 16900
    assert wang.is_refused(422).is_quoted({"a": 1}, **using(coupon)).code == "coupon_unknown"
    rows = shop.lists("coupons/issued", template_id=kind.id)
    assert {row["customer_id"] for row in rows} == {mei.id, wang.id} and counts_of(shop, kind) == (2, 0)
    assert len(shop.lists("coupons/issued", customer_id=mei.id, status="unused")) == 1


def test_all_or_none_are_given(shop: Shop, mei: BuyerActor) -> None:
    kind = makes(shop, issuing="issued", per_buyer=1, budget_count=3)
    body = {"customer_ids": [mei.id, kind.id]}
    problem = shop.is_refused(422).asks("POST", f"coupons/templates/{kind.id}/issue", body)
    assert problem.errors[0].pointer == "/customer_ids/1"
    gives(shop, kind, mei)
    assert gives_code(shop, kind, shop.buyer(), mei) == "coupon_used_up"
    assert gives_code(shop, kind, shop.buyer(), shop.buyer(), shop.buyer()) == "coupon_sold_out"
    assert counts_of(shop, kind) == (1, 0)


def gives_code(shop: Shop, kind: Any, *buyers: BuyerActor) -> str:
    """The code of the refusal to give."""
    body = {"customer_ids": [one.id for one in buyers]}
    return str(shop.is_refused(409).asks("POST", f"coupons/templates/{kind.id}/issue", body).code)


def test_buyers_claim_what_is_to_be_claimed_within_its_limits(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    end = (clock.now + timedelta(days=1)).isoformat()
    kind = makes(shop, issuing="issued", claimable=True, per_buyer=1, budget_count=2, ends_at=end)
    hidden = makes(shop, issuing="issued")
    assert [row["id"] for row in mei.lists("coupons/claimable")] == [kind.id]
    body = {"template_id": kind.id}
    coupon = mei.asks("POST", "coupons/claims", body)
    assert coupon.status == "unused" and coupon.ends_at == end.replace("+00:00", "Z")
    assert mei.is_refused(409).asks("POST", "coupons/claims", body).code == "coupon_used_up"
    assert mei.is_refused(404).asks("POST", "coupons/claims", {"template_id": hidden.id})
    shop.buyer().asks("POST", "coupons/claims", body)
    assert shop.buyer().is_refused(409).asks("POST", "coupons/claims", body).code == "coupon_sold_out"
    clock.passes(days=1)
    assert mei.lists("coupons/claimable") == []
    assert shop.buyer().is_refused(404).asks("POST", "coupons/claims", body)


def test_a_claim_sent_twice_under_one_key_is_one_coupon(shop: Shop, mei: BuyerActor) -> None:
    body = {"template_id": makes(shop, issuing="issued", claimable=True).id}
    first = mei.asks("POST", "coupons/claims", body, Idempotency_Key="k")
    assert mei.asks("POST", "coupons/claims", body, Idempotency_Key="k").id == first.id
    assert len(mei.lists("coupons/mine")) == 1


def test_a_coupon_expires_by_itself_and_the_hourly_job_writes_it_down(
    shop: Shop, mei: BuyerActor, clock: Clock
) -> None:
    coupon = gives(shop, makes(shop, issuing="issued", valid_days=1), mei)
    keeps_hours(shop.merchant)
    clock.passes(hours=23, minutes=59)
    assert status_of(mei, coupon) == "unused"
    clock.passes(minutes=1)
    assert status_of(mei, coupon) == "expired"
    assert [row["id"] for row in mei.lists("coupons/mine", status="expired")] == [coupon.id]
    assert mei.lists("coupons/mine", status="unused") == []
    clock.passes(hours=1)
    assert kept_status(shop.merchant) == ["expired"]
    assert mei.is_refused(409).is_quoted({"a": 1}, **using(coupon)).code == "coupon_expired"


def test_what_a_coupon_is_worth_cannot_be_changed_and_no_budget_falls_below_what_is_gone(
    shop: Shop, mei: BuyerActor
) -> None:
    kind = makes(shop, budget_money=10_000)
    mei.orders({"a": 1}, **using(kind))
    path = f"coupons/templates/{kind.id}"
    assert shop.is_refused(422).asks("POST", path, {"amount": 1}).errors[0].pointer == "/amount"
    assert shop.is_refused(422).asks("POST", path, {"budget_money": 2999}).errors[0].code == "too_low"
    assert shop.asks("POST", path, {"budget_money": 3000}).budget_money == 3000
    assert shop.is_refused(422).asks("POST", path, {"ends_at": "2020-01-01T00:00:00Z"}).errors[0].pointer == "/ends_at"


def test_another_merchants_coupons_are_not_there(shop: Shop, mei: BuyerActor, other_merchant: Merchant) -> None:
    there = opens(Shop(other_merchant))
    code, kind = makes(there, code="BOLT"), makes(there, issuing="issued", claimable=True)
    theirs = gives(there, kind, there.buyer())
    assert mei.is_refused(422).is_quoted({"a": 1}, **using(code)).code == "coupon_unknown"
    assert mei.is_refused(422).is_quoted({"a": 1}, **using(theirs)).code == "coupon_unknown"
    assert mei.is_refused(404).asks("POST", "coupons/claims", {"template_id": kind.id})
    for method, body in (("GET", None), ("POST", {"enabled": False})):
        assert shop.is_refused(404).asks(method, f"coupons/templates/{kind.id}", body).code == "not_found"
    assert shop.is_refused(404).asks("POST", f"coupons/templates/{kind.id}/issue", {"customer_ids": [mei.id]})
    makes(shop, code="BOLT")
    assert mei.is_quoted({"a": 1}, **using(code)).payable == 16900, "the same code is each merchant's own"


def test_who_may_do_what(shop: Shop, mei: BuyerActor) -> None:
    clerk = shop.employs("clerk")
    assert clerk.is_refused(403).asks("GET", "coupons/templates").code == "forbidden"
    operator = shop.employs("operator")
    assert makes(operator).kind == "fixed"


def test_lists_come_by_the_page_and_cost_the_same_for_many(shop: Shop, mei: BuyerActor, count_statements: Any) -> None:
    kinds = [makes(shop, issuing="issued") for _ in range(3)]
    gives(shop, kinds[0], mei)
    with count_statements() as few:
        mei.asks("GET", "coupons/mine")
    for kind in kinds:
        gives(shop, kind, mei)
    with count_statements() as many:
        mei.asks("GET", "coupons/mine")
    assert len(few) == len(many)
    assert len(mei.lists("coupons/mine", limit=1)) == 4


def test_a_quote_asks_once_for_any_number_of_coupons_and_not_at_all_for_none(
    shop: Shop, mei: BuyerActor, count_statements: Any
) -> None:
    coupons = [gives(shop, makes(shop, issuing="issued", stackable=True, amount=10), mei) for _ in range(3)]
    named = [*coupons, makes(shop, stackable=True)]
    with count_statements() as without:
        mei.is_quoted({"a": 1})
    with count_statements() as with_them:
        mei.is_quoted({"a": 1}, **using(*named))
    assert len(with_them) == len(without) + 1


def test_staff_take_back_a_coupon_and_its_owner_is_told(shop: Shop, mei: BuyerActor, clock: Clock) -> None:
    kind = makes(shop, issuing="issued", per_buyer=1, budget_count=1, claimable=True)
    coupon = gives(shop, kind, mei)
    assert gives_code(shop, kind, mei) == "coupon_sold_out"
    taken = shop.asks("POST", f"coupons/issued/{coupon.id}/withdraw", {"reason": "给错了人"})
    assert (taken.status, taken.withdrawn_because) == ("withdrawn", "给错了人")
    (row,) = shop.lists("coupons/issued", status="withdrawn")
    assert row["withdrawn_by"] == shop.asks("GET", "me").name and row["withdrawn_at"]
    assert status_of(mei, coupon) == "withdrawn" and counts_of(shop, kind) == (0, 0)
    clock.settles()
    (message,) = [row for row in mei.lists("messages") if row["name"] == "coupons.withdrawn"]
    assert "给错了人" in message["texts"]["zh"] and kind.title.zh in message["texts"]["zh"]
    assert shop.buyer().lists("messages") == []
    assert mei.is_refused(409).is_quoted({"a": 1}, **using(coupon)).code == "coupon_off"
    assert mei.is_refused(409).asks("POST", "coupons/claims", {"template_id": kind.id}).code == "coupon_used_up"
    gives(shop, kind, mei)
    assert counts_of(shop, kind) == (1, 0) and breaches(shop.merchant) == []


def test_a_coupon_that_an_order_holds_or_used_is_not_taken_back(shop: Shop, mei: BuyerActor) -> None:
    coupon = gives(shop, makes(shop, issuing="issued"), mei)
    path, body = f"coupons/issued/{coupon.id}/withdraw", {"reason": "stolen"}
    order = mei.orders({"a": 1}, **using(coupon))
    assert shop.is_refused(409).asks("POST", path, body).code == "coupon_taken"
    assert status_of(mei, coupon) == "locked"
    mei.cancels(order)
    shop.asks("POST", path, body)
    assert shop.is_refused(409).asks("POST", path, body).code == "coupon_over"
    used = gives(shop, makes(shop, issuing="issued"), mei)
    shop.sees_money(mei.orders({"a": 1}, **using(used)))
    assert shop.is_refused(409).asks("POST", f"coupons/issued/{used.id}/withdraw", body).code == "coupon_over"
    code = makes(shop)
    mei.orders({"a": 1}, **using(code))
    (use,) = shop.lists("coupons/issued", template_id=code.id)
    assert shop.is_refused(409).asks("POST", f"coupons/issued/{use['id']}/withdraw", body).code == "coupon_taken"
    assert breaches(shop.merchant) == []


def test_a_first_order_that_was_cancelled_leaves_its_coupon_to_the_next(shop: Shop, mei: BuyerActor) -> None:
    hello, welcome = makes(shop, first_order=True), makes(shop, first_order=True, stackable=True)
    mei.cancels(mei.orders({"a": 1}, **using(hello)))
    mei.orders({"a": 1}, **using(hello, welcome))
    assert breaches(shop.merchant) == []
