"""The last fen, the same bank line, the same request, the same number: each counts once."""

from collections import Counter
from functools import partial
from itertools import count
from typing import Any

import httpx
import pytest
from sqlalchemy import bindparam, update

from core.api import checkout
from core.models import Payment
from core.services import numbers, refunds
from tests.races.unguarded import take_the_order_lock_out
from tests.races.yard import Said, Stall, together, until_broken
from tests.server import serving

pytestmark = [pytest.mark.on_postgres, pytest.mark.timeout(300)]

_payments: Any = Payment.__table__
#: as core's own, without its condition
UNGUARDED = (
    update(_payments)
    .where(_payments.c.merchant_id == bindparam("merchant"), _payments.c.id == bindparam("payment"))
    .values(refund_pending=_payments.c.refund_pending + bindparam("new"))
)


def last_fen_twice(stall: Stall) -> tuple[str, list[Said]]:
    """All but one fen of an order is on its way back; eight members of staff give the last one back at once."""
    (token,) = stall.buyers(1)
    order = stall.paid(token, ("tea", 1), total=4900)
    path, line = f"orders/{order['number']}/refunds", order["lines"][0]["id"]

    def ask(amount: int) -> Said:
        return stall.admin("POST", path, {"reason": "damaged", "lines": [{"line_id": line, "amount": amount}]})

    assert ask(4899).good
    return order["number"], together([partial(ask, 1)] * 8)


def promised(stall: Stall) -> int:
    """The most that is given back, or promised, of any payment; each was paid 4900."""
    return int(stall.execute("SELECT max(refunded + refund_pending) FROM payments"))


def test_of_many_refunds_of_the_last_fen_one_is_accepted(stall: Stall) -> None:
    stall.sells("tea", 4900, north=100)
    for _ in range(3):
        _, answers = last_fen_twice(stall)
        assert sorted(one.good for one in answers) == [False] * 7 + [True]
        assert {one.status for one in answers if not one.good} <= {409, 422}
    assert promised(stall) == 4900
    assert stall.broken_laws() == []


def test_even_without_the_lock_on_the_order_no_more_is_promised_than_was_paid(
    stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_the_order_lock_out(stall, monkeypatch)
    stall.sells("tea", 4900, north=100)
    for _ in range(3):
        last_fen_twice(stall)
    assert promised(stall) == 4900


def test_without_lock_condition_and_constraint_more_is_promised_than_was_paid(
    stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_the_order_lock_out(stall, monkeypatch)
    monkeypatch.setattr(refunds, "PROMISE", UNGUARDED)
    stall.execute("ALTER TABLE payments DROP CONSTRAINT ck_payments_ceiling")
    stall.sells("tea", 4900, north=100)

    def over_promised() -> bool:
        last_fen_twice(stall)
        return promised(stall) > 4900

    assert until_broken(over_promised)


def test_one_bank_line_named_for_many_orders_at_once_pays_one(stall: Stall) -> None:
    stall.sells("tea", 4900, north=100)
    for n in range(3):
        paths = [
            f"orders/{stall.placed(token, ('tea', 1), total=4900)['number']}/confirm-offline"
            for token in stall.buyers(8)
        ]
        body = {"amount": 4900, "reference": f"line {n}", "note": "seen"}
        answers: list[Said] = together([partial(stall.admin, "POST", path, body) for path in paths])
        refusals = Counter((one.status, one.body.get("code")) for one in answers if not one.good)
        assert refusals == {(409, "line_used"): 7} or set(refusals) == {(409, "line_used"), (409, "line_differs")}
        assert sum(refusals.values()) == 7
    assert sum(order["state"] != "pending_payment" for order in stall.orders()) == 3
    assert stall.broken_laws() == []


def test_without_the_constraint_one_bank_line_pays_several_orders(stall: Stall) -> None:
    stall.execute("ALTER TABLE bank_transfer_lines DROP CONSTRAINT uq_bank_transfer_lines_reference")
    stall.execute("ALTER TABLE payments DROP CONSTRAINT uq_payments_merchant_id_account_id_provider_ref")
    stall.sells("tea", 4900, north=100)
    names = count()

    def paid_twice() -> bool:
        paths = [
            f"orders/{stall.placed(token, ('tea', 1), total=4900)['number']}/confirm-offline"
            for token in stall.buyers(8)
        ]
        body = {"amount": 4900, "reference": f"line {next(names)}", "note": "seen"}
        return sum(one.good for one in together([partial(stall.admin, "POST", path, body) for path in paths])) > 1

    assert until_broken(paid_twice)


def post_orders(stall: Stall, token: str, keys: list[str | None]) -> list[httpx.Response]:
    """The same order, posted at once by as many as there are keys, over real sockets."""
    body = stall.wish(("tea", 1), total=4900)

    with serving(stall.app) as base:

        def post(key: str | None) -> httpx.Response:
            headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
            with httpx.Client(base_url=base, headers=headers, timeout=60, trust_env=False) as client:
                while True:
                    answer = client.post(f"/v1/shop/{stall.code}/orders", json=body)
                    if not (answer.status_code == 409 and answer.json()["code"] == "idempotency_in_progress"):
                        return answer

        answers: list[httpx.Response] = together([partial(post, key) for key in keys])
        return answers


def test_twenty_equal_requests_with_one_key_make_one_order_and_twenty_equal_answers(stall: Stall) -> None:
    stall.sells("tea", 4900, north=100)
    (token,) = stall.buyers(1)
    answers = post_orders(stall, token, ["one-key"] * 20)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer.headers for answer in answers) == 19
    assert len(stall.orders()) == 1
    assert stall.broken_laws() == []


def test_without_a_key_twenty_equal_requests_make_twenty_orders(stall: Stall) -> None:
    stall.sells("tea", 4900, north=100)
    (token,) = stall.buyers(1)
    answers = post_orders(stall, token, [None] * 20)
    assert {answer.status_code for answer in answers} == {201}
    assert len(stall.orders()) == 20


def order_of_each(stall: Stall, buyers: int) -> list[Said]:
    """One order of each buyer, at once."""
    body = stall.wish(("tea", 1), total=4900)
    return together([partial(stall.shop, token, "POST", "orders", body) for token in stall.buyers(buyers)])


def same_number_at_first(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """The first *times* order numbers that are drawn are one and the same."""
    drawn, honest = count(), numbers.digits
    monkeypatch.setattr(numbers, "digits", lambda n: "0" * n if n == 9 and next(drawn) < times else honest(n))


def test_orders_that_draw_the_same_number_at_once_all_get_one_of_their_own(
    stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    stall.sells("tea", 4900, north=100)
    same_number_at_first(monkeypatch, 10)
    answers = order_of_each(stall, 10)
    assert {one.status for one in answers} == {201}
    assert len({one["number"] for one in answers}) == 10 == len(stall.orders())
    assert sum(one["number"].endswith("0" * 9) for one in answers) == 1
    assert stall.broken_laws() == []


def test_without_a_second_draw_a_taken_number_loses_the_order(stall: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    stall.sells("tea", 4900, north=100)
    monkeypatch.setattr(checkout, "DRAWS", 1)
    same_number_at_first(monkeypatch, 10)
    assert Counter(one.status for one in order_of_each(stall, 10)) == {201: 1, 500: 9}


@pytest.mark.slow
def test_a_thousand_orders_placed_in_parallel_have_a_thousand_numbers(stall: Stall) -> None:
    stall.sells("tea", 4900, north=1000)
    found = [one["number"] for _ in range(10) for one in order_of_each(stall, 100)]
    assert len(set(found)) == 1000 == len(stall.orders())
