"""The daily bill over HTTP: from the simulator's own trades, whole or not at all, and wrong where it shall be."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from core import clock
from core.contracts.bill import BillRow, has_bills
from core.errors import ChannelRefused, ChannelUnsure
from plugins.alipay import bill_rows, texts
from plugins.alipay.bill_rows import Sheet, Torn
from plugins.alipay.channel import Alipay
from tests.plugins.alipay.shops import asked, back, shop
from tests.plugins.alipay.simulators import Sim

Passes = Callable[..., None]
DAY = date(2026, 3, 2)
SELLER = "2088101000000101"


@pytest.fixture
def traded(sim: Sim, channel: Alipay, passes: Passes) -> Sim:
    """A day with two payments and a refund of one of them, and the next morning, when its bill is written."""
    for number, amount in (("P1", 8888), ("P2", 29)):
        sim.pay(qr_code=channel.start(shop(sim), asked(number, amount=amount)).client["qr_code"])
        passes(minutes=1)
    channel.refund(shop(sim), back("P1", "R1", 1000))
    passes(days=1)
    return sim


def fetched(sim: Sim, channel: Alipay, day: date = DAY) -> list[BillRow]:
    return list(channel.fetch_bill(shop(sim), day))


def test_a_bill_tells_of_every_payment_and_refund_of_its_day_to_the_fen(traded: Sim, channel: Alipay) -> None:
    assert has_bills(channel)
    rows = fetched(traded, channel)
    told = [(row.kind, row.out_trade_no, row.out_refund_no, row.amount, row.fee, row.state) for row in rows]
    assert told == [
        ("payment", "P1", None, 8888, 53, "交易"),
        ("payment", "P2", None, 29, 0, "交易"),
        ("refund", "P1", "R1", 1000, -5, "退款"),
    ]
    trade_no = traded.trade("P1")["trade_no"]
    assert (rows[0].provider_ref, rows[2].refund_ref) == (trade_no, f"{trade_no}:R1")
    assert rows[0].payee == {"seller_id": SELLER} and rows[0].currency == "CNY"
    assert rows[0].at == clock.now() - timedelta(days=1, minutes=2)
    assert rows[2].refund_ref == channel.query_refund(shop(traded), "P1", "R1").provider_ref


def test_the_fee_of_a_refund_in_parts_comes_to_the_fee_of_the_payment(
    sim: Sim, channel: Alipay, passes: Passes
) -> None:
    sim.pay(qr_code=channel.start(shop(sim), asked("P1", amount=8888)).client["qr_code"])
    for number, amount in enumerate((1, 2962, 2962, 2963)):
        channel.refund(shop(sim), back("P1", f"R{number}", amount))
    passes(days=1)
    assert sum(row.fee for row in fetched(sim, channel)) == 0
    assert sum(row.amount if row.kind == "payment" else -row.amount for row in fetched(sim, channel)) == 0


def test_a_day_without_trades_is_an_empty_bill(traded: Sim, channel: Alipay) -> None:
    assert fetched(traded, channel, date(2026, 2, 27)) == []


def test_a_bill_that_is_not_written_yet_is_asked_for_again(traded: Sim, channel: Alipay) -> None:
    with pytest.raises(ChannelUnsure, match="about nine"):
        fetched(traded, channel, date(2026, 3, 3))


def test_a_bill_that_never_will_be_is_refused(traded: Sim, channel: Alipay) -> None:
    with pytest.raises(ChannelRefused, match="BILL_DATE_BEFORE_REGISTRATION"):
        fetched(traded, channel, date(2015, 1, 1))


def test_the_day_is_one_of_beijing(sim: Sim, channel: Alipay, passes: Passes) -> None:
    # 10:00 in Beijing: to 23:59:59, and to midnight
    for number, seconds in (("P1", 14 * 3600 - 1), ("P2", 1)):
        passes(seconds=seconds)
        sim.pay(qr_code=channel.start(shop(sim), asked(number)).client["qr_code"])
    passes(days=2)
    assert [[row.out_trade_no for row in fetched(sim, channel, day)] for day in (DAY, DAY + timedelta(days=1))] == [
        ["P1"],
        ["P2"],
    ]


@pytest.mark.parametrize("kind", ["torn", "expired", "unavailable_before", "cut_before"])
def test_a_bill_that_does_not_come_whole_gives_no_row(traded: Sim, channel: Alipay, kind: str) -> None:
    traded.fault("bill", kind)
    with pytest.raises(ChannelUnsure):
        channel.fetch_bill(shop(traded), DAY)
    assert len(fetched(traded, channel)) == 3, "the next time it does"


@pytest.mark.parametrize(
    ("change", "given", "told"),
    [
        ("drop", {"out_trade_no": "P2"}, [("P1", 8888), ("P1", 1000)]),
        ("duplicate", {"out_trade_no": "P2"}, [("P1", 8888), ("P2", 29), ("P2", 29), ("P1", 1000)]),
        ("alter", {"out_trade_no": "P2", "amount": 30}, [("P1", 8888), ("P2", 30), ("P1", 1000)]),
        (
            "alter",
            {"out_trade_no": "P1", "out_request_no": "R1", "amount": 999},
            [("P1", 8888), ("P2", 29), ("P1", 999)],
        ),
    ],
)
def test_a_day_can_be_spoilt_row_by_row(
    traded: Sim, channel: Alipay, change: str, given: dict, told: list[tuple[str, int]]
) -> None:
    traded.spoils_bill(SELLER, DAY.isoformat(), change, **given)
    assert [(row.out_trade_no, row.amount) for row in fetched(traded, channel)] == told


def test_a_row_of_nobody_can_be_added(traded: Sim, channel: Alipay) -> None:
    row = {"trade_no": "2026030222001", "out_trade_no": "PX", "kind": "交易", "name": "x, y", "store": ""}
    moments = {"created": "2026-03-02 11:00:00", "finished": "2026-03-02 11:00:01"}
    amounts = {"amount": 5, "received": 5, "coupon": 0, "request": "", "fee": 0}
    traded.spoils_bill(SELLER, DAY.isoformat(), "add", row={**row, **moments, **amounts})
    assert fetched(traded, channel)[-1].out_trade_no == "PX", "a comma in a name moves no column"


@pytest.mark.parametrize("role", ["certificate", "sealed"])
def test_every_kind_of_app_gets_its_own_bill(sim: Sim, channel: Alipay, passes: Passes, role: str) -> None:
    sim.pay(qr_code=channel.start(shop(sim, role), asked("P1")).client["qr_code"])
    passes(days=1)
    (row,) = channel.fetch_bill(shop(sim, role), DAY)
    assert row.payee == {"seller_id": sim.config(role)["seller_id"]}
    assert fetched(sim, channel) == []


def test_an_authorised_merchants_bill_is_its_own_and_nobody_elses(sim: Sim, channel: Alipay, passes: Passes) -> None:
    sim.pay(qr_code=channel.start(shop(sim, "isv"), asked("P1")).client["qr_code"])
    passes(days=1)
    (row,) = channel.fetch_bill(shop(sim, "isv"), DAY)
    assert row.payee == {"seller_id": "2088101000000201"}
    with pytest.raises(ChannelRefused, match="app_auth_token"):
        channel.fetch_bill(shop(sim, "isv", store={}), DAY)


# ---------------------------------------------------------------------------------------------- lines
HEADER = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,"
    "订单金额(元),商家实收(元),退款批次号/请求号,服务费(元),备注"
)
ROW = "1\t,P1\t,交易\t,茶,2026-03-02 10:00:00,2026-03-02 10:00:01,1.00,1.00,\t,-0.01,"
END = [
    "#交易合计：1笔，商家实收共1.00元，商家优惠共0.00元",
    "#退款合计：0笔，商家实收退款共0.00元，商家优惠退款共0.00元",
]


def read(*lines: str) -> list[BillRow]:
    sheet = Sheet()
    found = list(bill_rows.rows([f"{line}\r\n" for line in lines], sheet))
    sheet.agree()
    return found


def test_columns_are_found_by_name_in_either_kind_of_brackets() -> None:
    for header in (HEADER, HEADER.replace("(", "（").replace(")", "）")):
        (row,) = read(header, ROW, *END)
        assert (row.amount, row.fee) == (100, 1)
        assert row.at.astimezone(texts.BEIJING).hour == 10


def test_commas_in_a_name_and_in_a_remark_move_nothing() -> None:
    (row,) = read(HEADER, ROW.replace("茶", "茶,叶,罐") + "一,二", *END)
    assert (row.out_trade_no, row.amount) == ("P1", 100)


@pytest.mark.parametrize(
    "lines",
    [
        (HEADER, ROW),
        (HEADER, *END),
        (HEADER, ROW, ROW, *END),
        (HEADER, ROW.replace("1.00,1.00", "1.00,x"), *END),
        (HEADER.replace("服务费(元)", "费"), ROW, *END),
        (HEADER, ROW.replace(",交易\t", ""), *END),
    ],
    ids=["no end", "a row short", "a row more", "no amount", "no column", "a cell short"],
)
def test_a_bill_that_does_not_add_up_is_torn(lines: tuple[str, ...]) -> None:
    with pytest.raises(Torn):
        read(*lines)
