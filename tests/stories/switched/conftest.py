"""Where both gateways play: one process and a frozen clock, every call and notice over real HTTP."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask

from plugins.alipay.client import CLIENT as ALIPAY
from plugins.wechatpay.client import CLIENT as WECHAT
from tests import invariants
from tests.actors import Merchant
from tests.alipay import AlipayActor
from tests.conftest import AppMaker, Clock
from tests.plugins.alipay.simulators import Sim
from tests.plugins.alipay.simulators import simulator as alipay_simulator
from tests.plugins.wechatpay.simulators import Wechat
from tests.plugins.wechatpay.simulators import simulator as wechat_simulator
from tests.server import serving
from tests.simulated import TellingClock
from tests.vocabulary import Shop
from tests.wechat import WechatPay

PATIENCE, SLOW = 0.3, 0.5


@pytest.fixture
def app(frozen_time: None, make_app: AppMaker) -> Flask:
    """The application; time stands still before anything happens in it."""
    return make_app()


@pytest.fixture
def server(app: Flask, stage: ExitStack) -> str:
    """Where buyers, staff and gateways find us."""
    app.config["PUBLIC_URL"] = stage.enter_context(serving(app))
    return str(app.config["PUBLIC_URL"])


@pytest.fixture
def controls(
    frozen_time: None, stage: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Wechat, Sim]:
    """Both simulators; our clients wait for nobody here."""
    for client in (ALIPAY, WECHAT):
        monkeypatch.setattr(client, "_pause", lambda seconds: None)
        monkeypatch.setattr(client, "_patience", PATIENCE)
        stage.callback(client.close)
    wechat = stage.enter_context(wechat_simulator(tmp_path / "wechatpay"))
    return wechat, stage.enter_context(alipay_simulator(tmp_path / "alipay"))


@pytest.fixture
def clock(app: Flask, controls: tuple[Wechat, Sim]) -> Clock:
    """The story's clock."""
    return TellingClock(app, *controls)


@pytest.fixture
def wechat(controls: tuple[Wechat, Sim], clock: Clock) -> WechatPay:
    """WeChat Pay on a good day."""
    return WechatPay(controls[0], clock, slow=SLOW)


@pytest.fixture
def alipay(controls: tuple[Wechat, Sim], clock: Clock) -> AlipayActor:
    """Alipay on a good day."""
    return AlipayActor(controls[1], clock, slow=SLOW)


@pytest.fixture
def shop(merchant: Merchant, clock: Clock, wechat: WechatPay, alipay: AlipayActor) -> Shop:
    """The shop that sells tea, with an account at each gateway, and balances."""
    shop = Shop(merchant)
    shop.sells("tea", 4900, stock=10)
    wechat.opens_account(shop)
    alipay.opens_account(shop)
    shop.turns_on("balance_points", password_required=False)
    return shop


@pytest.fixture(autouse=True)
def _everything_adds_up(app: Flask, clock: Clock) -> Iterator[None]:
    yield
    with app.app_context():
        assert invariants.broken(failed_jobs=True) == []
