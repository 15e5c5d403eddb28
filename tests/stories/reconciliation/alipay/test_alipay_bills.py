"""Stories of Alipay's bills, right and wrong: the same classes, by the same plugin."""

from typing import Any

import pytest

from tests.alipay import AlipayActor, Payer
from tests.conftest import Clock
from tests.plugins.alipay.simulators import Sim
from tests.stories.reconciliation.accountant import Accountant
from tests.told import Told
from tests.vocabulary import Shop

STRANGER = {
    "trade_no": "2026030222001400000000000009", "out_trade_no": "STRANGER0001", "kind": "交易", "name": "Tea",
    "created": "2026-03-02 10:00:00", "finished": "2026-03-02 10:00:01", "store": "", "amount": 4900,
    "received": 4900, "coupon": 0, "request": "", "fee": 29,
}  # fmt: skip
#: what is done to the bill, and what must be found; an altered row keeps its fee
ERRORS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("drop", {}, ["MISSING_AT_CHANNEL"]),
    ("alter", {"amount": 5000}, ["CHANNEL_AMOUNT_HIGHER", "FEE_MISMATCH"]),
    ("alter", {"amount": 4800}, ["CHANNEL_AMOUNT_LOWER"]),
    ("add", {"row": STRANGER}, ["MISSING_LOCALLY"]),
    ("duplicate", {}, []),
]


@pytest.fixture
def payment(mei: Payer, shop: Shop, alipay: AlipayActor, clock: Clock) -> Told:
    """One order is paid, another is paid and a part of it has gone back; the first one's payment."""
    first = mei.chooses_alipay(mei.orders({"tea": 1}))
    alipay.says_paid(first)
    other = mei.orders({"tea": 1})
    alipay.says_paid(mei.chooses_alipay(other))
    shop.refunds(shop.sees(other), amounts={"tea": 1000})
    clock.settles()
    assert shop.sees(other).refunds[0].parts[0].state == "done"
    return first


@pytest.mark.parametrize("returned", [0, 5])
def test_alipays_bill_agrees_with_our_books_payment_and_refund(
    payment: Told, accountant: Accountant, control: Sim, returned: int
) -> None:
    control.switch(fee_returned=bool(returned))
    day = accountant.today
    accountant.sleeps()
    batch = accountant.batch(day)
    assert (batch.state, batch.payments, batch.paid, batch.refunds, batch.refunded) == ("success", 2, 9800, 1, 1000)
    assert accountant.differences() == []
    assert accountant.fees_taken() == batch.fees == 29 + 29 - returned
    accountant.sleeps(2)
    assert accountant.differences() == []


@pytest.mark.parametrize(("change", "given", "found"), ERRORS, ids=lambda value: str(value))
def test_each_error_of_alipays_bill_is_found_and_nothing_else(
    payment: Told, accountant: Accountant, control: Sim, change: str, given: dict[str, Any], found: list[str]
) -> None:
    control.switch(fee_returned=True)
    (seller,) = {trade["seller_id"] for trade in control.trades()}
    control.spoils_bill(seller, accountant.today, change, out_trade_no=payment.out_trade_no, **given)
    accountant.sleeps(2)
    assert accountant.findings() == found


def test_a_lost_notice_of_alipays_is_found_by_the_daily_run_and_the_order_is_paid(
    mei: Payer, shop: Shop, alipay: AlipayActor, control: Sim, clock: Clock, accountant: Accountant
) -> None:
    shop.sets(unpaid_minutes=3 * 24 * 60)
    order = mei.orders({"tea": 1})
    payment = mei.chooses_alipay(order)
    clock.passes(minutes=20)
    control.hold()
    alipay.is_paid(payment)
    accountant.sleeps()
    (difference,) = accountant.differences()
    assert (difference.finding, difference.status) == ("CHANNEL_PAID_LOCAL_NOT", "handled")
    assert shop.sees(order).state == "awaiting_shipment"
