"""The official client, alipay-sdk-python and unchanged but for its port, drives the simulator: `make opponents`.

It takes 439 MB, so nobody is made to have it: without it these tests are skipped.
"""

from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives import serialization

from plugins.alipay import pem
from plugins.alipay.signature import signed_text
from tests.plugins.alipay.ears import listening
from tests.plugins.alipay.opponents import Opponent, environment, playing
from tests.plugins.alipay.simulators import Sim, simulator


@pytest.fixture
def sim(tmp_path: Path, stage: ExitStack) -> Sim:
    """The simulator, in running time."""
    return stage.enter_context(simulator(tmp_path / "sim"))


@pytest.fixture
def client(sim: Sim, stage: ExitStack, tmp_path: Path) -> Opponent:
    """The client, with an account in key mode; it takes keys of PKCS#1 in one line only."""
    python = environment("alipay-sdk-python", "alipay-sdk-python==3.7.1411", make=False)
    settings = sim.config("key")
    key = pem.private_key(settings["private_key"])
    form = serialization.PrivateFormat.TraditionalOpenSSL
    told = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
    bare = {"bare_key": "".join(told.splitlines()[1:-1])}
    return stage.enter_context(playing(python, "official_driver.py", tmp_path, settings | bare, ""))


def test_the_official_sdk_takes_money_and_gives_it_back(sim: Sim, client: Opponent) -> None:
    number = uuid4().hex
    order = {"out_trade_no": number, "total_amount": "88.88", "subject": "订单 A+B"}
    with listening() as (url, ear):
        code = client.does("TradePrecreate", biz=order, notify_url=url)["qr_code"]
        sim.pay(qr_code=code)
        assert all(one["accepted"] for one in sim.flush())
        notice = ear.last()
    text = signed_text(notice, without=("sign", "sign_type"))
    key = sim.config("key")["alipay_public_key"]
    assert client.does("verify", key=key, text=text, sign=notice["sign"]) is True
    assert client.does("TradeQuery", biz={"out_trade_no": number})["trade_status"] == "TRADE_SUCCESS"
    refund = {"out_trade_no": number, "refund_amount": "0.29", "out_request_no": f"R{number}"}
    assert client.does("TradeRefund", biz=refund)["fund_change"] == "Y"
    asked = {"out_trade_no": number, "out_request_no": f"R{number}"}
    assert client.does("TradeFastpayRefundQuery", biz=asked)["refund_status"] == "REFUND_SUCCESS"
    assert client.does("TradeClose", biz={"out_trade_no": number})["sub_code"] == "ACQ.TRADE_STATUS_ERROR"


def test_a_link_of_the_official_sdks_opens_the_cashier(sim: Sim, client: Opponent) -> None:
    order = {"out_trade_no": uuid4().hex, "total_amount": "0.29", "subject": "茶"}
    biz = {**order, "product_code": "FAST_INSTANT_TRADE_PAY"}
    link = client.does("TradePagePay", biz=biz, page=True)
    sim.goes_to(f"{sim.url}/gateway.do?{urlsplit(link).query}")
    assert sim.trade(order["out_trade_no"])["amount"] == 29
