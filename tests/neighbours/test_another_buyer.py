"""A buyer finds nothing of another buyer of the same shop: what is not theirs is not there."""

from typing import Any

import pytest

from core.api.auth import access_of
from tests.calls import CALLS, fill, names_a_thing
from tests.village import Village


def test_every_address_with_a_thing_of_another_buyer_is_404(village: Village) -> None:
    house, tried = village.acme, 0
    before = house.rows()
    with village.nothing_written():
        for rule in village.app.url_map.iter_rules():
            access = access_of(village.app.view_functions[rule.endpoint])
            if access is None or access.who != "buyer" or not names_a_thing(rule.rule):
                continue
            for method in sorted(set(rule.methods or ()) - {"OPTIONS", "HEAD"}):
                call = CALLS.get(f"{method} {rule.rule}")
                url = fill(rule.rule, house, order=call.order if call else "shipped")
                answer = house.stranger(method, url, call.body(house) if call else None)
                assert answer.status_code == 404, f"{method} {url}: {answer.get_json()}"
                assert "Mei" not in answer.get_data(as_text=True)
                tried += 1
    assert tried >= 11
    assert house.rows() == before


@pytest.mark.parametrize("state", ["opened", "to_ship", "shipped", "received", "refunding", "held", "closed"])
def test_another_buyers_order_is_not_there_whatever_its_state(village: Village, state: str) -> None:
    house = village.acme
    number, bodies = house.orders[state].number, {"cancel": {"reason": "changed_mind"}}
    with village.nothing_written():
        assert house.stranger("GET", f"/v1/shop/acme/orders/{number}").status_code == 404
        for word in ("cancel", "receive", "extend", "hide"):
            answer = house.stranger("POST", f"/v1/shop/acme/orders/{number}/{word}", bodies.get(word, {}))
            assert answer.status_code == 404, word


def test_lists_hold_ones_own_things_only(village: Village) -> None:
    house = village.acme

    def list_of(path: str, who: Any) -> Any:
        return who("GET", f"/v1/shop/acme/{path}?limit=100").get_json()["data"]

    mine = house.orders["of_wang"]
    assert [row["number"] for row in list_of("orders", house.stranger)] == [mine.number]
    assert len(list_of("orders", house.buyer)) == len({o.number for o in house.orders.values() if "number" in o}) - 1
    assert {row["order_id"] for row in list_of("messages", house.stranger)} == {mine.id}
    assert house.stranger("GET", "/v1/shop/acme/cart").get_json()["lines"] == []
    assert house.stranger("GET", "/v1/shop/acme/me").get_json()["id"] == house.wang.id


def test_a_cursor_of_another_buyer_leads_nowhere(village: Village) -> None:
    house = village.acme
    theirs = house.buyer("GET", "/v1/shop/acme/orders?limit=1").get_json()["page"]["next_cursor"]
    answer = house.stranger("GET", f"/v1/shop/acme/orders?limit=1&cursor={theirs}")
    assert (answer.status_code, answer.get_json()["code"]) == (400, "invalid_cursor")


def test_a_mail_address_or_telephone_of_another_buyer_cannot_be_taken(village: Village) -> None:
    house = village.acme
    with village.nothing_written():
        answer = house.stranger("PATCH", "/v1/shop/acme/me", {"email": house.mei.email})
        assert answer.status_code == 409
        twin = {"email": house.mei.email.upper(), "password": "a long password"}
        assert house.visitor("POST", "/v1/shop/acme/customers", twin).status_code == 409


def test_the_same_idempotency_key_is_another_buyers_own(village: Village) -> None:
    house, key = village.acme, {"Idempotency-Key": "pay-1"}
    body = {"tenders": [{"channel": "bank_transfer"}]}
    url = "/v1/shop/acme/orders/{}/payments".format
    mine = house.buyer("POST", url(house.orders["unpaid"].number), body, headers=key)
    other = house.stranger("POST", url(house.orders["of_wang"].number), body, headers=key)
    assert (mine.status_code, other.status_code) == (201, 201)
    assert mine.get_json()["out_trade_no"] != other.get_json()["out_trade_no"]
    assert "Idempotent-Replayed" not in other.headers


def test_staff_doors_and_shop_doors_take_each_their_own_tokens(village: Village) -> None:
    house = village.acme
    with village.nothing_written():
        for path in ("orders", "me", "customers", "settings", "keys"):
            assert house.buyer("GET", f"/v1/admin/acme/{path}").status_code == 401
        for caller in (house.owner, house.key):
            for path in ("orders", "me", "cart"):
                assert caller("GET", f"/v1/shop/acme/{path}").status_code == 401
