"""What the shop's own rules refuse on an order's way: each with its field and code, and nothing is written."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.bad_input.test_every_field import check
from tests.calls import CALLS
from tests.village import DEAR, PRICE, House, Village

Change = Callable[[House, dict[str, Any]], Any]
NOBODY = "00000000-0000-7000-8000-000000000000"


def refused(village: Village, call: str, order: str, body: Any) -> tuple[int, str, list[tuple[str, str]], Any]:
    """Status, code, the fields at fault with their codes, and the whole problem."""
    house, right = village.acme, CALLS[call]
    url = right.url(house).replace(house.orders[right.order].number, house.orders[order].number)
    with village.nothing_written():
        answer = getattr(house, right.who)(right.method, url, body)
    told = check(answer, f"{call} {body}")
    return answer.status_code, told["code"], [(one["pointer"], one["code"]) for one in told["errors"]], told


# ---------------------------------------------------------------------------------------------- quotes and orders
def with_line(**changes: Any) -> Change:
    def change(house: House, body: dict[str, Any]) -> None:
        body["lines"][0] |= changes

    return change


def with_delivery(**changes: Any) -> Change:
    def change(house: House, body: dict[str, Any]) -> None:
        body["delivery"] |= changes

    return change


def with_lines(many: int) -> Change:
    def change(house: House, body: dict[str, Any]) -> None:
        body["lines"] = body["lines"] * many

    return change


def with_field(**changes: Any) -> Change:
    def change(house: House, body: dict[str, Any]) -> None:
        body |= changes

    return change


WISHES: list[tuple[str, Change, str, str]] = [
    ("no units", with_line(quantity=0), "/lines/0/quantity", "out_of_range"),
    ("too many units", with_line(quantity=10_000), "/lines/0/quantity", "out_of_range"),
    ("101 lines", with_lines(101), "/lines", "too_long"),
    ("no lines", with_lines(0), "/lines", "required"),
    ("a variant that is not there", with_line(variant_id=NOBODY), "/lines/0/variant_id", "not_on_sale"),
    ("an unknown entry", with_field(entry="auction"), "/entry", "not_offered"),
    ("an unknown delivery method", with_delivery(method="pigeon"), "/delivery/method", "not_offered"),
    ("no receiver", with_delivery(receiver=None), "/delivery/receiver", "required"),
    ("no delivery for goods", with_delivery(method="none"), "/lines/0", "needs_delivery"),
    ("an unknown store", with_field(store="nowhere"), "/store", "unknown_store"),
    ("an unknown store to fetch from", with_delivery(store="nowhere"), "/delivery/store", "unknown_store"),
    ("options of a plugin that is not there", with_field(options={"gold": {}}), "/options/gold", "unknown_field"),
    ("options a plugin does not have", with_field(options={"good": {"x": 1}}), "/options/good/x", "invalid"),
    ("options of the wrong kind", with_field(options={"good": {"member": 1}}), "/options/good/member", "invalid"),
]
PLACES = ["POST /v1/shop/<merchant>/quotes", "POST /v1/shop/<merchant>/orders", "POST /v1/admin/<merchant>/orders"]


@pytest.mark.parametrize("call", PLACES)
@pytest.mark.parametrize(("why", "change", "pointer", "code"), WISHES, ids=[row[0] for row in WISHES])
def test_a_wish_that_cannot_be_is_refused(
    village: Village, call: str, why: str, change: Change, pointer: str, code: str
) -> None:
    body = CALLS[call].body(village.acme)
    change(village.acme, body)
    status, _, fields, told = refused(village, call, "unpaid", body)
    assert status == 422 and (pointer, code) in fields, told


def test_several_wrong_lines_are_named_together(village: Village) -> None:
    body = CALLS[PLACES[1]].body(village.acme)
    body["lines"] = [{"variant_id": NOBODY, "quantity": 1}, body["lines"][0], {"variant_id": NOBODY[:-1] + "1"}]
    _, code, fields, _ = refused(village, PLACES[1], "unpaid", body)
    assert code == "lines_refused"
    assert fields == [("/lines/0/variant_id", "not_on_sale"), ("/lines/2/variant_id", "not_on_sale")]


@pytest.mark.parametrize("call", PLACES[1:])
@pytest.mark.parametrize("total", [0, 1, 2 * PRICE - 1, 2 * PRICE + 1, 10**12])
def test_another_total_than_the_price_is_refused_with_the_new_quote(village: Village, call: str, total: int) -> None:
    body = CALLS[call].body(village.acme) | {"expected_total": total}
    status, code, fields, told = refused(village, call, "unpaid", body)
    assert (status, code, fields) == (422, "price_changed", [("/expected_total", "price_changed")])
    assert told["quote"]["payable"] == 2 * PRICE and told["quote"]["lines"][0]["quantity"] == 2


def test_more_than_there_is_is_refused(village: Village) -> None:
    body = CALLS[PLACES[1]].body(village.acme)
    body["lines"][0]["quantity"] = 1001
    status, code, fields, _ = refused(village, PLACES[1], "unpaid", body | {"expected_total": 1001 * PRICE})
    assert (status, code, fields) == (409, "out_of_stock", [("/lines/0/quantity", "out_of_stock")])


def test_an_order_dearer_than_any_is_refused(village: Village) -> None:
    house = village.acme
    house.owner("PATCH", "/v1/admin/acme/variants/acme-tea", {"price": 10**12})
    body = CALLS[PLACES[1]].body(house)
    status, code, _, told = refused(village, PLACES[0], "unpaid", {k: body[k] for k in ("lines", "delivery")})
    assert (status, code) == (422, "too_expensive"), told


def test_an_order_for_nobody_is_refused(village: Village) -> None:
    body = CALLS[PLACES[2]].body(village.acme) | {"customer_id": NOBODY}
    assert refused(village, PLACES[2], "unpaid", body)[:2] == (404, "not_found")


def test_an_empty_cart_and_what_is_not_in_it_are_refused(village: Village) -> None:
    house = village.acme
    wish = CALLS[PLACES[0]].body(house) | {"entry": "cart", "lines": [{"variant_id": house.shop.variants["acme-ring"]}]}
    _, code, fields, _ = refused(village, PLACES[0], "unpaid", wish)
    assert (code, fields) == ("not_in_cart", [("/lines/0/variant_id", "not_in_cart")])
    house.buyer("DELETE", "/v1/shop/acme/cart")
    assert refused(village, PLACES[0], "unpaid", wish | {"lines": []})[1] == "cart_empty"


# ---------------------------------------------------------------------------------------------- money
REPRICE = "POST /v1/admin/<merchant>/orders/<number>/reprice"
OFFLINE = "POST /v1/admin/<merchant>/orders/<number>/confirm-offline"
PAY = "POST /v1/shop/<merchant>/orders/<number>/payments"


@pytest.mark.parametrize("order", ["unpaid", "opened"])
@pytest.mark.parametrize(
    ("goods", "freight", "pointer"),
    [(-3 * PRICE, 0, "/goods_delta"), (-3 * PRICE - 1, 0, "/goods_delta"), (0, -1, "/freight_delta"),
     (10**12, 0, "/goods_delta"), (-3 * PRICE - 5, 5, "/goods_delta")],
)  # fmt: skip
def test_a_price_that_cannot_be_is_refused_and_running_payments_run_on(
    village: Village, order: str, goods: int, freight: int, pointer: str
) -> None:
    body = {"goods_delta": goods, "freight_delta": freight, "remark": "no"}
    status, _, fields, told = refused(village, REPRICE, order, body)
    assert (status, fields) == (422, [(pointer, "too_low")]), told


def test_a_paid_order_is_not_repriced(village: Village) -> None:
    body = CALLS[REPRICE].body(village.acme)
    status, code, _, told = refused(village, REPRICE, "to_ship", body)
    assert (status, code) == (409, "move_refused") and "reprice" not in told["allowed_actions"]


@pytest.mark.parametrize("amount", [1, 3 * PRICE - 1, 3 * PRICE + 1, 10**12])
def test_another_amount_than_is_due_is_not_booked(village: Village, amount: int) -> None:
    body = CALLS[OFFLINE].body(village.acme) | {"amount": amount}
    status, _, fields, _ = refused(village, OFFLINE, "opened", body)
    assert (status, fields) == (422, [("/amount", "amount")])


def test_a_channel_nobody_brings_confirms_nothing_and_leaves_running_payments_alone(village: Village) -> None:
    body = CALLS[OFFLINE].body(village.acme) | {"channel": "shells"}
    status, _, fields, _ = refused(village, OFFLINE, "opened", body)
    assert (status, fields) == (422, [("/channel", "unknown_channel")])


def test_one_line_of_the_statement_pays_once(village: Village) -> None:
    body = {"amount": 3 * PRICE, "reference": "Kanari-acme-line-shipped", "note": "again"}
    status, code, _, told = refused(village, OFFLINE, "unpaid", body)
    assert (status, code) == (409, "line_used"), told


@pytest.mark.parametrize(
    ("tender", "pointer"),
    [({"channel": "shells"}, "/tenders/0/channel"), ({"product": "native"}, "/tenders/0/product"),
     ({"input": {"openid": "x"}}, "/tenders/0/input/openid")],
)  # fmt: skip
def test_a_way_to_pay_that_is_not_offered_is_refused(village: Village, tender: dict[str, Any], pointer: str) -> None:
    body = {"tenders": [{"channel": "bank_transfer"} | tender]}
    status, _, fields, told = refused(village, PAY, "unpaid", body)
    assert status == 422 and [one for one, _ in fields] == [pointer], told


# ---------------------------------------------------------------------------------------------- refunds
REFUND = "POST /v1/admin/<merchant>/orders/<number>/refunds"


def part(house: House, order: str, **more: Any) -> dict[str, Any]:
    """One line of a refund or a parcel."""
    return {"line_id": house.orders[order].lines[0].id, **more}


@pytest.mark.parametrize(
    ("line", "pointer", "code"),
    [({"quantity": 4}, "/lines/0/quantity", "too_many"), ({"amount": 3 * PRICE + 1}, "/lines/0/amount", "too_much"),
     ({"quantity": 1, "amount": 10**12}, "/lines/0/amount", "too_much"),
     ({"quantity": 0}, "/lines/0/amount", "too_much"),
     ({"quantity": 1, "line_id": NOBODY}, "/lines/0/line_id", "line")],
)  # fmt: skip
def test_more_than_is_left_is_not_given_back(village: Village, line: dict[str, Any], pointer: str, code: str) -> None:
    body = {"reason": "damaged", "lines": [part(village.acme, "shipped") | line]}
    status, said, fields, told = refused(village, REFUND, "shipped", body)
    assert (status, said, fields) == (422, "refund_refused", [(pointer, code)]), told


def test_what_was_asked_back_once_is_not_given_back_twice(village: Village) -> None:
    house = village.acme
    lines = [part(house, "part_refund", quantity=3)]
    assert refused(village, REFUND, "part_refund", {"reason": "damaged", "lines": lines})[1] == "refund_refused"
    lines = [part(house, "part_refund", amount=2 * PRICE + 1)]
    assert refused(village, REFUND, "part_refund", {"reason": "damaged", "lines": lines})[1] == "refund_refused"


def test_a_line_named_twice_freight_that_was_not_charged_and_an_unpaid_order_give_nothing_back(
    village: Village,
) -> None:
    house = village.acme
    twice = {"reason": "damaged", "lines": [part(house, "shipped", quantity=1)] * 2}
    assert refused(village, REFUND, "shipped", twice)[2] == [("/lines/1/line_id", "line")]
    freight = {"reason": "damaged", "lines": [part(house, "shipped", quantity=1)], "freight": 1}
    assert refused(village, REFUND, "shipped", freight)[2] == [("/freight", "too_much")]
    other = {"reason": "damaged", "lines": [part(house, "received", quantity=1)]}
    assert refused(village, REFUND, "shipped", other)[2] == [("/lines/0/line_id", "line")]
    assert refused(village, REFUND, "unpaid", {"reason": "damaged"})[0] in (409, 422)
    assert refused(village, REFUND, "refunding", {"reason": "damaged"})[0] in (409, 422)
    assert refused(village, REFUND, "shipped", {"reason": "damaged", "lines": []})[0] == 422


# ---------------------------------------------------------------------------------------------- sending
SHIP = "POST /v1/admin/<merchant>/orders/<number>/shipments"


def test_what_cannot_be_sent_is_refused(village: Village) -> None:
    house = village.acme
    parcel = {"carrier": "SF", "tracking_no": "SF1"}

    def ship(order: str = "to_ship", **changes: Any) -> tuple[int, str, list[tuple[str, str]]]:
        return refused(village, SHIP, order, parcel | changes)[:3]

    too_many = [part(house, "to_ship", quantity=4)]
    assert ship(lines=too_many) == (422, "units_refused", [("/lines/0/quantity", "too_many")])
    assert ship(lines=[part(house, "shipped", quantity=1)]) == (
        422,
        "units_refused",
        [("/lines/0/quantity", "too_many")],
    )
    assert ship(lines=[part(house, "to_ship", quantity=1)] * 2) == (422, "units_refused", [("/lines", "line")])
    assert ship(lines=[])[0] == 422
    assert ship(carrier=None)[2] == [("", "together")]
    assert ship(tracking_no=None)[2] == [("", "together")]
    assert ship(shipment_id=NOBODY)[:2] == (404, "not_found")
    assert ship(shipment_id=house.things["shipments/shipment_id"])[:2] == (404, "not_found")
    for order in ("unpaid", "held", "shipped", "refunding", "closed"):
        assert ship(order)[:2] == (409, "move_refused"), order


def test_nothing_is_received_before_it_is_sent(village: Village) -> None:
    shop, admin = "POST /v1/shop/<merchant>/orders/<number>", "POST /v1/admin/<merchant>/orders/<number>"
    for order in ("unpaid", "to_ship", "held", "refunding", "closed"):
        for call in (f"{shop}/receive", f"{admin}/receive", f"{shop}/extend", f"{admin}/extend", f"{admin}/remind"):
            status, code, _, told = refused(village, call, order, {})
            assert (status, code) == (409, "move_refused") and isinstance(told["allowed_actions"], list), call
    waiting = village.acme.orders["to_ship"].shipments[0].id
    with village.nothing_written():
        for who, door in ((village.acme.buyer, "shop"), (village.acme.owner, "admin")):
            answer = who("POST", f"/v1/{door}/acme/shipments/{waiting}/receive", {})
            assert (answer.status_code, answer.get_json()["code"]) == (409, "move_refused")


def test_dear_orders_wait_and_cheap_ones_are_not_freed(village: Village) -> None:
    assert village.acme.orders["held"].payable == DEAR
    free = "POST /v1/admin/<merchant>/orders/<number>/free"
    assert refused(village, free, "to_ship", {})[:2] == (409, "move_refused")
