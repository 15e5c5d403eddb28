"""Many orders, one coupon; many buyers, the last of a budget: who comes first has it, and nobody has it twice."""

from collections import Counter
from functools import partial
from itertools import count
from typing import Any

import pytest

from plugins.coupons import first_orders, holding, issuing
from tests.plugins.coupons.desk import breaches_of
from tests.races.yard import Said, Stall, together, until_broken

pytestmark = [pytest.mark.on_postgres, pytest.mark.timeout(300)]

THREADS = 20
PRICE, OFF = 4900, 900
_numbers = count(1)
Counts = Counter[tuple[int, str]]


@pytest.fixture
def stall(stall: Stall) -> Stall:
    """It sells tea, and has a coupon desk."""
    stall.sells("tea", PRICE, north=5000)
    stall.staff("POST", "plugins/coupons/enable", {})
    return stall


def kind(stall: Stall, **terms: Any) -> Said:
    """A kind of coupon, 9.00 off."""
    title = {"zh": "券", "en": "Coupon"}
    return stall.staff("POST", "coupons/templates", {"title": title, "kind": "fixed", "amount": OFF, **terms})


def claimed(stall: Stall, buyer: str) -> str:
    """A coupon of the buyer's own."""
    template = kind(stall, issuing="issued", claimable=True)["id"]
    return str(stall.shop(buyer, "POST", "coupons/claims", {"template_id": template})["id"])


def orders(stall: Stall, buyers: list[str], **named: list[str]) -> tuple[list[Said], Counts]:
    """Each of *buyers* orders a tea at once, all with the same coupon or code."""
    body = stall.wish(("tea", 1), total=PRICE - OFF, options={"coupons": named})
    said: list[Said] = together([partial(stall.shop, token, "POST", "orders", body) for token in buyers])
    return said, Counter((one.status, one.body.get("code", "")) for one in said)


def claims(stall: Stall, buyers: list[str], template: str) -> Counts:
    """Each of *buyers* claims one at once."""
    body = {"template_id": template}
    said = together([partial(stall.shop, token, "POST", "coupons/claims", body) for token in buyers])
    return Counter((one.status, one.body.get("code", "")) for one in said)


def coupon_rows(stall: Stall) -> Counter[str]:
    """How all coupons and uses of codes stand."""
    rows = stall.staff("GET", "coupons/issued?limit=100")["data"]
    return Counter(row["status"] for row in rows)


def test_one_coupon_in_twenty_orders_at_once_is_held_by_one_and_comes_back_once(stall: Stall) -> None:
    (mei,) = stall.buyers(1)
    coupon = claimed(stall, mei)
    said, counts = orders(stall, [mei] * THREADS, ids=[coupon])
    assert counts == {(201, ""): 1, (409, "coupon_taken"): THREADS - 1}
    (order,) = (one for one in said if one.good)
    assert coupon_rows(stall) == {"locked": 1} and len(stall.orders()) == 1
    cancel = partial(stall.shop, mei, "POST", f"orders/{order['number']}/cancel", {"reason": "other"})
    assert sorted(one.status for one in together([cancel] * 4)) == [200, 409, 409, 409]
    assert coupon_rows(stall) == {"unused": 1}
    assert breaches_of(stall.app) == [] and stall.broken_laws() == []
    _, counts = orders(stall, [mei] * THREADS, ids=[coupon])
    assert counts[201, ""] == 1


def test_without_its_lock_one_coupon_is_held_by_several_orders(stall: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "_is_free", lambda at, again: ())
    (mei,) = stall.buyers(1)

    def held_twice() -> bool:
        return orders(stall, [mei] * 4, ids=[claimed(stall, mei)])[1][201, ""] > 1

    assert until_broken(held_twice)
    assert any("holds 0" in breach for breach in breaches_of(stall.app))


def test_the_last_of_a_budget_goes_to_as_many_as_it_has(stall: Stall) -> None:
    by_number = kind(stall, issuing="code", code="FIVE", budget_count=5)
    by_money = kind(stall, issuing="code", code="MONEY", budget_money=3 * OFF + OFF - 1)
    buyers = stall.buyers(THREADS)
    for code, left in (("FIVE", 5), ("MONEY", 3)):
        said, counts = orders(stall, buyers, codes=[code])
        assert counts == {(201, ""): left, (409, "coupon_sold_out"): THREADS - left}
        number = next(one["number"] for one in said if one.good)
        stall.staff("POST", f"orders/{number}/close", {"reason": "out_of_stock"})
        assert orders(stall, buyers, codes=[code])[1][201, ""] == 1, "what came back is there for one"
    assert [stall.staff("GET", f"coupons/templates/{one['id']}")["taken"] for one in (by_number, by_money)] == [5, 3]
    assert breaches_of(stall.app) == [] and stall.broken_laws() == []


def test_without_its_guard_more_is_given_than_a_budget_has(stall: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "_has_left", lambda uses, amount: ())
    stall.execute("ALTER TABLE coupon_templates DROP CONSTRAINT ck_coupon_templates_count")
    buyers, codes = stall.buyers(8), iter(range(8))

    def overspent() -> bool:
        code = f"ONE{next(codes)}"
        kind(stall, issuing="code", code=code, budget_count=1)
        return orders(stall, buyers, codes=[code])[1][201, ""] > 1

    assert until_broken(overspent)


def test_one_buyer_uses_a_code_no_more_often_than_it_allows(stall: Stall) -> None:
    kind(stall, issuing="code", code="TWICE", per_buyer=2)
    (mei,) = stall.buyers(1)
    assert orders(stall, [mei] * THREADS, codes=["TWICE"])[1] == {(201, ""): 2, (409, "coupon_used_up"): THREADS - 2}
    assert breaches_of(stall.app) == []


def test_of_many_first_orders_at_once_one_has_the_coupon_for_a_first_order(stall: Stall) -> None:
    kind(stall, issuing="code", code="HELLO", first_order=True)
    (mei,) = stall.buyers(1)
    assert orders(stall, [mei] * THREADS, codes=["HELLO"])[1] == {
        (201, ""): 1,
        (409, "coupon_first_order"): THREADS - 1,
    }
    assert breaches_of(stall.app) == []


def two_first_orders(stall: Stall) -> Counts:
    """Of a new buyer, each at the same moment with another coupon for a first order."""
    (mei,) = stall.buyers(1)
    number = next(_numbers)
    codes = [f"HELLO{number}", f"WELCOME{number}"]
    for code in codes:
        kind(stall, issuing="code", code=code, first_order=True)
    bodies = [stall.wish(("tea", 1), total=PRICE - OFF, options={"coupons": {"codes": [code]}}) for code in codes]
    said = together([partial(stall.shop, mei, "POST", "orders", body) for body in bodies * 4])
    return Counter((one.status, one.body.get("code", "")) for one in said)


def test_of_two_first_orders_with_two_coupons_one_has_its_own(stall: Stall) -> None:
    for _ in range(3):
        assert two_first_orders(stall) == {(201, ""): 1, (409, "coupon_first_order"): 7}
    assert breaches_of(stall.app) == [] and stall.broken_laws() == []


def test_without_its_claim_two_first_orders_have_a_coupon_each(stall: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_orders, "_is_free", lambda order: ())
    assert until_broken(lambda: two_first_orders(stall)[201, ""] > 1)
    assert any("no claim to it" in breach for breach in breaches_of(stall.app))


def test_a_coupon_taken_back_while_it_is_ordered_with_is_either(stall: Stall) -> None:
    (mei,) = stall.buyers(1)
    for _ in range(6):
        coupon = claimed(stall, mei)
        body = stall.wish(("tea", 1), total=PRICE - OFF, options={"coupons": {"ids": [coupon]}})
        order = partial(stall.shop, mei, "POST", "orders", body)
        back = partial(stall.admin, "POST", f"coupons/issued/{coupon}/withdraw", {"reason": "by mistake"})
        assert sorted(one.good for one in together([order, back])) == [False, True]
    assert breaches_of(stall.app) == [] and stall.broken_laws() == []


def test_without_its_count_a_buyer_uses_a_code_too_often(stall: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "_limit", lambda order, template, ref: None)
    (mei,) = stall.buyers(1)
    codes = iter(range(8))

    def used_twice() -> bool:
        code = f"ONCE{next(codes)}"
        kind(stall, issuing="code", code=code, per_buyer=1)
        return orders(stall, [mei] * 4, codes=[code])[1][201, ""] > 1

    assert until_broken(used_twice)


def test_claims_at_once_stay_within_budget_and_limit(stall: Stall) -> None:
    template = kind(stall, issuing="issued", claimable=True, budget_count=7)["id"]
    assert claims(stall, stall.buyers(THREADS), template) == {(201, ""): 7, (409, "coupon_sold_out"): THREADS - 7}
    template = kind(stall, issuing="issued", claimable=True, per_buyer=1)["id"]
    assert claims(stall, stall.buyers(1) * THREADS, template) == {(201, ""): 1, (409, "coupon_used_up"): THREADS - 1}
    assert breaches_of(stall.app) == []


def test_without_its_count_a_buyer_claims_too_many(stall: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuing, "_limit", lambda template, customer_ids, source: None)
    (mei,) = stall.buyers(1)
    template = kind(stall, issuing="issued", claimable=True, per_buyer=1)["id"]
    assert claims(stall, [mei] * 4, template)[201, ""] > 1


def test_orders_with_the_same_coupons_in_opposite_order_never_wait_for_each_other(stall: Stall) -> None:
    for code in ("ALPHA", "OMEGA"):
        kind(stall, issuing="code", code=code, stackable=True)
    ways = (["ALPHA", "OMEGA"], ["OMEGA", "ALPHA"])
    bodies = [stall.wish(("tea", 1), total=PRICE - 2 * OFF, options={"coupons": {"codes": way}}) for way in ways]
    works: list[Any] = [
        partial(stall.shop, token, "POST", "orders", bodies[n % 2]) for n, token in enumerate(stall.buyers(24))
    ]
    assert {one.status for one in together(works)} == {201}
    assert stall.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == 0
    assert breaches_of(stall.app) == []
