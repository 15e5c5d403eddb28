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


@pytest.mark.parametrize(
    ("change", "given", "found"),
    [
        ("drop", {}, ["REFUND_MISSING_AT_CHANNEL"]),
        ("alter", {"amount": 1001}, ["REFUND_CHANNEL_AMOUNT_HIGHER"]),
        ("alter", {"amount": 999}, ["REFUND_CHANNEL_AMOUNT_LOWER"]),
    ],
)
def test_each_error_about_a_refund_is_found_too(
    payment: Told, accountant: Accountant, control: Sim, change: str, given: dict[str, Any], found: list[str]
) -> None:
    control.switch(fee_returned=True)
    ((trade, refund),) = [(trade, one) for trade in control.trades() for one in trade["refunds"]]
    about = {"out_trade_no": trade["out_trade_no"], "out_request_no": refund["out_request_no"]}
    control.spoils_bill(trade["seller_id"], accountant.today, change, **about, **given)
    accountant.sleeps(2)
    assert accountant.findings() == found


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


def test_a_payment_that_nobody_has_made_is_found_by_asking_and_nothing_is_sent_on_it(
    mei: Payer, shop: Shop, alipay: AlipayActor, control: Sim, accountant: Accountant
) -> None:
    order = mei.orders({"tea": 1})
    payment = mei.chooses_alipay(order)
    alipay.is_opened(payment)
    # whoever has Alipay's own key can write such a notice
    assert alipay.somebody_forges("genuine", payment)[0] == 200
    assert shop.sees(order).state == "awaiting_shipment"
    day = accountant.today
    accountant.sleeps(2)
    (difference,) = accountant.differences()
    assert (difference.finding, difference.status, difference.holds) == ("LOCAL_PAID_CHANNEL_NOT", "open", True)
    assert (difference.local_says, difference.channel_says) == ("settled", "closed")
    (open_case,) = accountant.cases(status="open")
    assert open_case.data.finding == "LOCAL_PAID_CHANNEL_NOT"
    assert shop.is_refused(409).sends(shop.sees(order)).code == "reconciliation_doubt"
    accountant.runs(day)
    accountant.sleeps(2)
    assert accountant.findings() == ["LOCAL_PAID_CHANNEL_NOT"], "found once"


def test_money_that_no_bill_has_is_asked_about_and_waits_for_somebody_if_the_channel_has_it(
    payment: Told, shop: Shop, control: Sim, accountant: Accountant
) -> None:
    (seller,) = {trade["seller_id"] for trade in control.trades()}
    control.spoils_bill(seller, accountant.today, "drop", out_trade_no=payment.out_trade_no)
    accountant.sleeps(2)
    (difference,) = accountant.differences()
    assert (difference.finding, difference.status) == ("MISSING_AT_CHANNEL", "open")
    assert (difference.channel_says, difference.channel_amount, difference.local_amount) == ("paid", 4900, 4900)
