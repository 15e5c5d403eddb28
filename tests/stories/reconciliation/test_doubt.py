"""Stories of orders in doubt: nothing leaves on money that the bill denies, until somebody has decided."""

import pytest

from tests.plugins.wechatpay.simulators import Wechat
from tests.stories.reconciliation.accountant import Accountant
from tests.told import Told
from tests.vocabulary import Shop
from tests.wechat import Payer, WechatPay

DOUBTS = (
    ("drop", {}, "MISSING_AT_CHANNEL"),
    ("state", {"state": "REVOKED"}, "LOCAL_PAID_CHANNEL_NOT"),
    ("amount", {"by": -100}, "CHANNEL_AMOUNT_LOWER"),
)


def pays(mei: Payer, wechat: WechatPay, control: Wechat, kind: str, **given: object) -> Told:
    """Mei pays, and the bill will say otherwise; the order."""
    order = mei.orders({"tea": 1})
    payment = mei.chooses_wechat(order)
    wechat.says_paid(payment)
    control.bill(kind, number=payment.out_trade_no, **given)
    return order


@pytest.mark.parametrize(("kind", "given", "finding"), DOUBTS)
def test_an_order_in_doubt_is_not_sent_before_the_difference_is_handled(
    mei: Payer,
    shop: Shop,
    wechat: WechatPay,
    accountant: Accountant,
    control: Wechat,
    kind: str,
    given: dict[str, object],
    finding: str,
) -> None:
    order = pays(mei, wechat, control, kind, **given)
    accountant.sleeps(2)
    (difference,) = accountant.differences(order_id=order.id)
    assert (difference.finding, difference.holds) == (finding, True)
    refused = shop.is_refused(409).sends(shop.sees(order))
    assert (refused.code, finding in refused.detail) == ("reconciliation_doubt", True)

    handled = accountant.handles(difference, "platform", "the bank has it")
    assert (handled.status, handled.basis, handled.remark) == ("handled", "platform", "the bank has it")
    assert (handled.handled_by, handled.holds) == (shop.api.name, False)
    assert accountant.cases(status="open") == []
    assert shop.sends(shop.sees(order)).state == "shipped"
    assert (
        accountant.shop.is_refused(409)
        .asks("POST", f"reconciliation/differences/{difference.id}/handle", {"basis": "channel", "remark": "no"})
        .code
        == "difference_handled"
    )


def test_an_order_that_waits_in_paid_goes_on_when_its_last_difference_is_handled(
    mei: Payer, shop: Shop, wechat: WechatPay, accountant: Accountant, control: Wechat
) -> None:
    shop.sets(risk_hold_amount=1000)
    order = pays(mei, wechat, control, "amount", by=-1)
    accountant.sleeps()
    assert shop.sees(order).state == "paid"
    shop.does(order, "free", remark="a known buyer")
    assert shop.sees(order).state == "paid", "the bill holds it back"
    accountant.handles(accountant.differences()[0])
    assert shop.sees(order).state == "awaiting_shipment"


def test_an_order_that_was_missing_and_came_in_a_later_bill_goes_on_by_itself(
    mei: Payer, shop: Shop, wechat: WechatPay, accountant: Accountant, control: Wechat
) -> None:
    shop.sets(risk_hold_amount=1000)
    order = pays(mei, wechat, control, "late")
    control.bill("late", number=shop.sees(order).payments[0].out_trade_no)
    accountant.sleeps(2)
    assert accountant.findings(status="open") == ["MISSING_AT_CHANNEL"]
    shop.does(order, "free", remark="a known buyer")
    assert shop.sees(order).state == "paid"
    accountant.sleeps()
    assert (accountant.findings(status="open"), shop.sees(order).state) == ([], "awaiting_shipment")


def test_too_much_money_holds_nothing_back(
    mei: Payer, shop: Shop, wechat: WechatPay, accountant: Accountant, control: Wechat
) -> None:
    order = pays(mei, wechat, control, "amount", by=100)
    accountant.sleeps()
    assert accountant.findings(status="open") == ["CHANNEL_AMOUNT_HIGHER"]
    assert shop.sends(shop.sees(order)).state == "shipped"
