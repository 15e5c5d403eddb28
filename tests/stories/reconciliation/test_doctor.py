"""Stories of the doctor: a fee that is booked otherwise than billed is found, and a decision without a word."""

from typing import Any

from sqlalchemy import update

from core.db import across_merchants, reading, transaction
from plugins.reconciliation import checks
from plugins.reconciliation.models import ReconciliationDifference, ReconciliationLine
from tests.plugins.wechatpay.simulators import Wechat
from tests.stories.reconciliation.accountant import Accountant, Trade
from tests.vocabulary import Shop
from tests.wechat import Payer, WechatPay


def writes_past_us(shop: Shop, table: Any, **values: Any) -> None:
    """Somebody writes into the database by hand."""
    with shop.merchant.app.app_context(), transaction() as session:
        session.execute(update(table).where(table.merchant_id == shop.merchant.id).values(**values))


def found(shop: Shop) -> list[str]:
    """What the doctor says."""
    with shop.merchant.app.app_context(), across_merchants(), reading():
        return [*checks.fees_not_booked(), *checks.handled_without_a_word()]


def test_the_doctor_compares_fees_with_the_lines_and_reads_decisions(
    mei: Payer, shop: Shop, wechat: WechatPay, accountant: Accountant, control: Wechat
) -> None:
    day = accountant.today
    Trade(mei, shop, wechat)
    control.bill("unknown", day=day, by=777)
    accountant.sleeps()
    accountant.handles(accountant.differences()[0])
    assert found(shop) == []

    writes_past_us(shop, ReconciliationDifference, remark=None)
    (sentence,) = found(shop)
    assert "STRANGER" in sentence and "without a remark" in sentence
    writes_past_us(shop, ReconciliationDifference, remark="asked")
    writes_past_us(shop, ReconciliationLine, fee=1)
    (sentence,) = found(shop)
    assert f"the books of {accountant.fees_taken()}" in sentence
