"""Where stories of Alipay's bills play: as the other stories of Alipay, with an accountant."""

import pytest
from flask import Flask

from core import arming
from tests.actors import Merchant
from tests.alipay import AlipayActor, Payer
from tests.conftest import Clock
from tests.stories.alipay.conftest import alipay, app, clock, control, server
from tests.stories.reconciliation.accountant import Accountant
from tests.vocabulary import Shop

__all__ = ["alipay", "app", "clock", "control", "server"]


@pytest.fixture
def shop(merchant: Merchant, clock: Clock, alipay: AlipayActor, app: Flask) -> Shop:
    """The shop that sells tea, with an account at Alipay, and compares its bills."""
    shop = Shop(merchant)
    shop.sells("tea", 4900, stock=10)
    alipay.opens_account(shop)
    shop.turns_on("reconciliation", pool_days=1, fee_rates={"alipay": 60})
    with app.app_context():
        arming.arm_periodic({})
    return shop


@pytest.fixture
def mei(shop: Shop, merchant: Merchant) -> Payer:
    """A buyer who pays by Alipay."""
    return Payer(merchant.buyer("Mei"), shop)


@pytest.fixture
def accountant(shop: Shop, clock: Clock) -> Accountant:
    """Who looks at bills."""
    return Accountant(shop, clock, "alipay")
