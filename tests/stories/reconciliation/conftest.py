"""Where stories of bills play: in one process with a frozen clock, over HTTP, with WeChat Pay's simulator."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask

from core import arming
from plugins.wechatpay.client import CLIENT
from tests.actors import Merchant
from tests.conftest import AppMaker, Clock
from tests.plugins.wechatpay.simulators import Wechat, simulator
from tests.server import serving
from tests.simulated import TellingClock
from tests.stories.reconciliation.accountant import Accountant
from tests.vocabulary import Shop
from tests.wechat import Payer, WechatPay

#: seconds until a call is given up that gets no answer
PATIENCE, SLOW = 0.3, 0.5


@pytest.fixture
def app(make_app: AppMaker) -> Flask:
    """The application; its jobs run in this process."""
    return make_app()


@pytest.fixture
def server(app: Flask, stage: ExitStack) -> str:
    """Where buyers, staff and WeChat Pay find us."""
    app.config["PUBLIC_URL"] = stage.enter_context(serving(app))
    return str(app.config["PUBLIC_URL"])


@pytest.fixture
def control(stage: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frozen_time: None) -> Wechat:
    """The simulator's control API."""
    monkeypatch.setattr(CLIENT, "_pause", lambda seconds: None)
    monkeypatch.setattr(CLIENT, "_patience", PATIENCE)
    stage.callback(CLIENT.close)
    return stage.enter_context(simulator(tmp_path / "wechatpay"))


@pytest.fixture
def clock(app: Flask, control: Wechat) -> Clock:
    """Frozen at ten in the morning in Shanghai."""
    return TellingClock(app, control)


@pytest.fixture
def wechat(control: Wechat, clock: Clock) -> WechatPay:
    """WeChat Pay on a good day."""
    return WechatPay(control, clock, slow=SLOW)


@pytest.fixture
def shop(shop: Shop, wechat: WechatPay, app: Flask) -> Shop:
    """The shop that sells tea, with an account at WeChat Pay, and compares its bills."""
    wechat.opens_account(shop)
    shop.turns_on("reconciliation", pool_days=1, fee_rates={"wechat": 60})
    with app.app_context():
        arming.arm_periodic({})
    return shop


@pytest.fixture
def mei(shop: Shop, merchant: Merchant) -> Payer:
    """A buyer who pays by WeChat."""
    return Payer(merchant.buyer("Mei"), shop)


@pytest.fixture
def accountant(shop: Shop, clock: Clock) -> Accountant:
    """Who looks at bills."""
    return Accountant(shop, clock)
