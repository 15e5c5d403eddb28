"""Stories of a provider's app: each merchant whom it acts for has a bill, and all of them are compared."""

import pytest
from flask import Flask

from core import arming
from tests.actors import Merchant
from tests.alipay import AlipayActor, Payer
from tests.conftest import Clock
from tests.plugins.alipay.simulators import Sim
from tests.stories.reconciliation.accountant import Accountant
from tests.told import Told
from tests.vocabulary import Shop

PROVIDER = "isv"


@pytest.fixture
def shop(merchant: Merchant, clock: Clock, alipay: AlipayActor, control: Sim, app: Flask) -> Shop:
    """Three stores of two merchants, one provider's app, and bills that are compared."""
    shop = Shop(merchant)
    shop.sells("tea", 4900, stock=20)
    known = control.merchant(PROVIDER)["stores"]
    for code in ("bund", "lane", "lane-two"):
        shop.api.post("stores", {"code": code, "name": code})
    alipay.opens_account(shop, PROVIDER, stores={**known, "lane-two": known["lane"]})
    shop.turns_on("reconciliation", pool_days=1, fee_rates={"alipay": 60})
    with app.app_context():
        arming.arm_periodic({})
    return shop


def pays(mei: Payer, alipay: AlipayActor, store: str) -> Told:
    """Mei orders a tea of that store and pays; the payment."""
    payment = mei.chooses_alipay(mei.orders({"tea": 1}, store=store))
    alipay.says_paid(payment)
    return payment


def says(shop: Shop, accountant: Accountant, stores: dict[str, dict[str, str]]) -> None:
    """The account's map of stores is written anew."""
    path = f"accounts/{accountant.account_id}"
    shop.api.patch(path, {"stores": stores}, shop.api.get(path).etag)


def test_the_bills_of_all_stores_are_compared_and_each_merchant_has_one(
    mei: Payer, shop: Shop, alipay: AlipayActor, accountant: Accountant
) -> None:
    for store in ("bund", "lane", "lane-two"):
        pays(mei, alipay, store)
    day = accountant.today
    batch = accountant.runs_after_a_night(day)
    assert (batch.state, batch.payments, batch.paid, batch.fees) == ("success", 3, 3 * 4900, 3 * 29)
    assert accountant.differences() == [] and accountant.fees_taken() == 3 * 29


def test_money_that_is_missing_in_one_stores_bill_is_found(
    mei: Payer, shop: Shop, alipay: AlipayActor, accountant: Accountant, control: Sim
) -> None:
    pays(mei, alipay, "bund")
    missing = pays(mei, alipay, "lane")
    day = accountant.today
    control.spoils_bill(
        control.trade(missing.out_trade_no)["seller_id"], day, "drop", out_trade_no=missing.out_trade_no
    )
    accountant.sleeps(2)
    (difference,) = accountant.differences()
    assert (difference.finding, difference.number) == ("MISSING_AT_CHANNEL", missing.out_trade_no)


@pytest.mark.parametrize(
    ("token", "state"), [({"app_auth_token": "202603BBsim0000000000000000000000Gone"}, "error"), ({}, "fail")]
)
def test_a_merchant_who_withdrew_its_authorisation_keeps_nobody_elses_bill_back(
    mei: Payer, shop: Shop, alipay: AlipayActor, accountant: Accountant, control: Sim, token: dict[str, str], state: str
) -> None:
    for store in ("bund", "lane"):
        pays(mei, alipay, store)
    day, stores = accountant.today, control.merchant(PROVIDER)["stores"]
    known = {name: value for name, value in stores["bund"].items() if name != "app_auth_token"}
    says(shop, accountant, {**stores, "bund": {**known, **token}})
    batch = accountant.runs_after_a_night(day)
    assert (batch.state, batch.rows, batch.paid) == (state, 1, 4900), "the other one's was compared"
    cases = shop.cases(kind="reconciliation_bill", status="open")
    assert [("app_auth_token" in batch.reason, day in case.title) for case in cases] == [(True, True)] * (not token)

    says(shop, accountant, stores)
    batch = accountant.runs(day)
    assert (batch.state, batch.rows, batch.paid) == ("success", 2, 9800)
    assert accountant.fees_taken() == 2 * 29 and accountant.differences() == []
    assert shop.cases(kind="reconciliation_bill", status="open") == []
