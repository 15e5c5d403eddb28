"""Somebody else's client, python-alipay-sdk and unchanged, pays, asks, closes, refunds and hears notices here.

Its clock is the machine's, so time runs in these tests.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest

from tests.plugins.alipay.ears import Ear, listening
from tests.plugins.alipay.opponents import Opponent, environment, playing
from tests.plugins.alipay.simulators import Sim, simulator

Hire = Callable[[str], Opponent]
REFUND_QUERY = "api_alipay_trade_fastpay_refund_query"


@pytest.fixture(scope="module")
def python() -> Path:
    """The Python that has the client."""
    return environment("python-alipay-sdk", "python-alipay-sdk==3.4.0", make=True)


@pytest.fixture
def sim(tmp_path: Path, stage: ExitStack) -> Sim:
    """The simulator, in running time."""
    return stage.enter_context(simulator(tmp_path / "sim"))


@pytest.fixture
def ear() -> Iterator[tuple[str, Ear]]:
    """The door of the merchant."""
    with listening() as opened:
        yield opened


@pytest.fixture
def hire(python: Path, sim: Sim, ear: tuple[str, Ear], stage: ExitStack, tmp_path: Path) -> Hire:
    """``hire("certificate")``: the client with an account of that app."""

    def hired(role: str) -> Opponent:
        told = sim.merchant(role)
        store = next(iter(told["stores"].values()), {})
        # a line break behind each block: by blank lines this client tells certificates apart
        settings = {**told["settings"], **store}
        return stage.enter_context(playing(python, "sdk_driver.py", tmp_path, settings, ear[0]))

    return hired


@pytest.mark.parametrize("role", ["key", "certificate", "isv"])
def test_the_sdk_takes_money_and_gives_it_back(sim: Sim, hire: Hire, ear: tuple[str, Ear], role: str) -> None:
    client, number = hire(role), uuid4().hex
    order = {"subject": "订单 A+B 100%", "out_trade_no": number, "total_amount": "88.88"}
    code = client.does("api_alipay_trade_precreate", **order)["qr_code"]
    assert client.does("api_alipay_trade_query", out_trade_no=number)["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    sim.open(qr_code=code)
    assert client.does("api_alipay_trade_query", out_trade_no=number)["trade_status"] == "WAIT_BUYER_PAY"
    sim.pay(qr_code=code)
    assert all(one["accepted"] for one in sim.flush())
    notice = ear[1].last()
    notice.pop("alipay_cert_sn", None)
    assert (notice["trade_status"], notice["total_amount"]) == ("TRADE_SUCCESS", "88.88")
    assert client.does("verify", params=notice) is True
    assert client.does("verify", params={**notice, "total_amount": "0.01"}) is False

    asked = client.does("api_alipay_trade_query", trade_no=notice["trade_no"])
    assert (asked["trade_status"], asked["total_amount"]) == ("TRADE_SUCCESS", "88.88")
    assert client.does("api_alipay_trade_close", out_trade_no=number)["sub_code"] == "ACQ.TRADE_STATUS_ERROR"
    part = {"refund_amount": "10.00", "out_trade_no": number, "out_request_no": f"R{number}"}
    first, again = (client.does("api_alipay_trade_refund", **part) for _ in range(2))
    assert (first["fund_change"], again["fund_change"], again["refund_fee"]) == ("Y", "N", "10.00")
    back = client.does(REFUND_QUERY, out_request_no=f"R{number}", out_trade_no=number)
    assert (back["refund_status"], back["refund_amount"]) == ("REFUND_SUCCESS", "10.00")
    nothing = client.does(REFUND_QUERY, out_request_no="R0", out_trade_no=number)
    assert nothing == {"code": "10000", "msg": "Success"}
    sim.flush()
    refund = ear[1].last()
    refund.pop("alipay_cert_sn", None)
    assert client.does("verify", params=refund) is True
    assert (refund["trade_status"], refund["refund_fee"], refund["out_biz_no"]) == (
        "TRADE_SUCCESS",
        "10.00",
        f"R{number}",
    )
    rest = {"refund_amount": "78.88", "out_trade_no": number, "out_request_no": f"S{number}"}
    assert client.does("api_alipay_trade_refund", **rest)["refund_fee"] == "88.88"
    assert sim.trade(number)["trade_status"] == "TRADE_CLOSED"


@pytest.mark.parametrize("way", ["page", "wap"])
def test_a_link_of_the_sdks_opens_the_cashier(sim: Sim, hire: Hire, way: str) -> None:
    client, number = hire("key"), uuid4().hex
    order = {"subject": "茶", "out_trade_no": number, "total_amount": "0.29"}
    query = client.does(f"api_alipay_trade_{way}_pay", **order, return_url="https://shop.example/r?o=1")
    cashier = sim.goes_to(f"{sim.url}/gateway.do?{query}")
    back = sim.browser.post(cashier, data={"do": "pay"})
    assert f"out_trade_no={number}" in back.headers["Location"]
    assert sim.trade(number)["amount"] == 29


def test_an_order_string_of_the_sdks_is_paid_in_the_app(sim: Sim, hire: Hire) -> None:
    client, number = hire("key"), uuid4().hex
    order = {"subject": "茶", "out_trade_no": number, "total_amount": "0.29"}
    text = client.does("api_alipay_trade_app_pay", **order)
    assert sim.pay(order_string=text)["trade_status"] == "TRADE_SUCCESS"


def test_the_sdk_closes_and_cancels(sim: Sim, hire: Hire) -> None:
    client, number = hire("key"), uuid4().hex
    for deed in ("close", "cancel"):
        order = {"subject": "茶", "out_trade_no": f"{deed}{number}", "total_amount": "1.00"}
        sim.open(qr_code=client.does("api_alipay_trade_precreate", **order)["qr_code"])
        assert client.does(f"api_alipay_trade_{deed}", out_trade_no=f"{deed}{number}")["code"] == "10000"
        assert sim.trade(f"{deed}{number}")["trade_status"] == "TRADE_CLOSED"


@pytest.mark.parametrize("kind", ["bad_signature", "wrong_key", "altered", "unsigned", "sha1"])
def test_the_sdk_sees_that_an_answer_is_not_alipays(sim: Sim, hire: Hire, kind: str) -> None:
    client = hire("key")
    order = {"subject": "茶", "out_trade_no": uuid4().hex, "total_amount": "1.00"}
    sim.fault("precreate", kind)
    assert client.tries("api_alipay_trade_precreate", **order)["raised"] in ("AliPayValidationError", "AliPayException")
    assert "qr_code" in client.does("api_alipay_trade_precreate", **order)
