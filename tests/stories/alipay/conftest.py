"""Where stories of Alipay play: one process and a frozen clock, every call and notice over real HTTP."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from plugins.alipay.client import CLIENT
from tests.actors import Merchant
from tests.alipay import AlipayActor, Payer
from tests.conftest import AppMaker, Clock
from tests.plugins.alipay.simulators import Sim, simulator
from tests.server import serving
from tests.simulated import TellingClock
from tests.vocabulary import Shop

#: seconds our client waits for an answer here, and that one takes which does not come
PATIENCE, SLOW = 0.3, 0.5


@pytest.fixture
def app(frozen_time: None, make_app: AppMaker) -> Flask:
    """The application; time stands still before anything happens in it."""
    return make_app()


@pytest.fixture
def server(app: Flask, stage: ExitStack) -> str:
    """Where buyers, staff and Alipay find us."""
    app.config["PUBLIC_URL"] = stage.enter_context(serving(app))
    return str(app.config["PUBLIC_URL"])


@pytest.fixture
def control(frozen_time: None, stage: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sim:
    """The simulator's control API."""
    # the process's own client; here it waits for nobody
    monkeypatch.setattr(CLIENT, "_pause", lambda seconds: None)
    monkeypatch.setattr(CLIENT, "_patience", PATIENCE)
    stage.callback(CLIENT.close)
    return stage.enter_context(simulator(tmp_path / "alipay"))


@pytest.fixture
def clock(app: Flask, control: Sim) -> Clock:
    """The story's clock."""
    return TellingClock(app, control)


@pytest.fixture
def alipay(control: Sim, clock: Clock) -> AlipayActor:
    """Alipay on a good day."""
    return AlipayActor(control, clock, slow=SLOW)


@pytest.fixture
def shop(merchant: Merchant, clock: Clock, alipay: AlipayActor) -> Shop:
    """The shop that sells tea, with an account at Alipay."""
    shop = Shop(merchant)
    shop.sells("tea", 4900, stock=10)
    alipay.opens_account(shop)
    return shop


@pytest.fixture
def mei(shop: Shop) -> Payer:
    """A buyer who pays by Alipay."""
    buyer: Any = shop.merchant.buyer("Mei")
    return Payer(buyer, shop)
