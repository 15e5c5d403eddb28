"""The daily bill: the layout of the vectors, the hash before the first row, and the simulator's own files."""

import gzip
import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from core.contracts.payment_channel import AccountView
from core.errors import ChannelRefused, ChannelUnsure
from plugins.wechatpay.bill_rows import fen, rows
from plugins.wechatpay.bills import Intake
from plugins.wechatpay.channel import WeChatPay
from plugins.wechatpay.settings import AccountSettings
from tests.plugins.wechatpay.callers import Caller
from tests.plugins.wechatpay.simulator.conftest import hire, passes, sim
from tests.plugins.wechatpay.simulators import Wechat
from tests.plugins.wechatpay.stand_in import Reply, StandIn
from tests.plugins.wechatpay.vectors import VECTORS, account, decoded

__all__ = ["hire", "passes", "sim"]  # fixtures of the simulator's own tests

VECTOR = VECTORS["trade_bill_ALL"]
CSV = decoded(VECTOR, "csv")
#: the simulator's clock stands on the second of March, ten in the morning in Beijing
TODAY, TOMORROW = date(2026, 3, 2), date(2026, 3, 3)


def read(text: bytes) -> list[Any]:
    """The rows of a file."""
    return list(rows(io.BytesIO(text)))


# ---------------------------------------------------------------------------------------------- the file
def test_the_bill_of_the_vectors_is_read_to_the_fen() -> None:
    payment, refund = read(CSV)
    assert (payment.kind, payment.out_trade_no, payment.amount, payment.fee) == (
        "payment",
        "T20260101000001",
        VECTOR["expected_totals_fen"]["orders"],
        74,
    )
    assert payment.at == datetime(2026, 1, 1, 2, 30, 7, tzinfo=UTC)
    assert payment.payee == {"mchid": "1900000109", "appid": "wx2421b1c4370ec43b"}
    assert (refund.kind, refund.out_refund_no, refund.amount, refund.fee, refund.state) == (
        "refund",
        "R20260101000001-1",
        VECTOR["expected_totals_fen"]["refunds"],
        -14,
        "SUCCESS",
    )


@pytest.mark.parametrize("change", [lambda text: b"\xef\xbb\xbf" + text, lambda text: text.replace(b"\r\n", b"\n")])
def test_a_mark_of_byte_order_and_bare_line_ends_change_nothing(change: Callable[[bytes], bytes]) -> None:
    assert read(change(CSV)) == read(CSV)


def test_columns_are_found_by_name_wherever_they_stand_and_commas_in_texts_are_texts() -> None:
    header, first, *rest = CSV.decode().split("\r\n")
    added = [f"新列,{header}", f"`x,y,{first}".replace("`测试商品", "`测试,商品"), f"`,{rest[0]}", *rest[1:]]
    assert read("\r\n".join(added).encode()) == read(CSV)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text.rpartition("总交易单数")[0], "without its totals"),
        (lambda text: text.replace("`123.45,`0.00,`\r\n", "`123.46,`0.00,`\r\n"), "12346 fen"),
        (lambda text: text.replace("\n`2,", "\n`3,"), "2 lines"),
        (lambda text: text.replace("`0.74000", "`free"), "'free'"),
        (lambda text: text.replace("`123.45", "`123.455"), "less than a fen"),
        (lambda text: text.replace(",`oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", ""), "fields"),
        (lambda text: text.replace("微信订单号", "另一列"), "no column"),
    ],
)
def test_a_bill_that_is_not_what_it_says_is_refused(change: Callable[[str], str], told: str) -> None:
    with pytest.raises(ChannelUnsure, match=told):
        read(change(CSV.decode()).encode())


def test_yuan_become_fen_exactly_and_only_fees_are_rounded() -> None:
    assert [fen("0.29"), fen("1"), fen("-0.1"), fen("90071992547409.93")] == [29, 100, -10, 9007199254740993]
    assert [fen(text, round_off=True) for text in ("0.00500", "0.00499", "-0.14500", "0.74000")] == [1, 0, -15, 74]


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_packed_file_is_unpacked_as_it_comes_and_hashed_plain(size: int) -> None:
    for file in (CSV, decoded(VECTOR, "gzip")):
        found = io.BytesIO()
        intake = Intake(found)
        for start in range(0, len(file), size):
            intake.write(file[start : start + size])
        assert (intake.finished(), found.getvalue()) == (VECTOR["hash_value"], CSV)


def test_a_packed_file_that_ends_in_its_middle_is_refused() -> None:
    intake = Intake(io.BytesIO())
    intake.write(gzip.compress(CSV)[:-20])
    with pytest.raises(ChannelUnsure, match="middle"):
        intake.finished()


# ---------------------------------------------------------------------------------------------- the calls
def told(url: str, **changes: Any) -> Reply:
    """What the stand-in says of the bill."""
    link = f"{url}/v3/billdownload/file?token=abc&tartype=gzip"
    return Reply(
        body={"hash_type": "SHA1", "hash_value": VECTOR["hash_value"], "download_url": link, **changes},
    )


def test_our_signature_goes_to_no_strange_host(wechat: StandIn, channel: WeChatPay) -> None:
    for strange in ("https://evil.example/v3/billdownload/file?token=a", f"{wechat.url}/v3/certificates?token=a"):
        wechat.says(told(wechat.url, download_url=strange))
        with pytest.raises(ChannelUnsure, match="not its own"):
            channel.fetch_bill(account(base_url=wechat.url), TODAY)
    assert len(wechat.asked) == 2, "nothing but the question itself was sent"


def test_a_bill_without_its_hash_is_refused(wechat: StandIn, channel: WeChatPay) -> None:
    wechat.says(told(wechat.url, hash_value=""))
    with pytest.raises(ChannelUnsure, match="SHA-1"):
        channel.fetch_bill(account(base_url=wechat.url), TODAY)


# ---------------------------------------------------------------------------------------------- the simulator's
Hire = Callable[[str], Caller]
Passes = Callable[..., None]


def opened(sim: Wechat, name: str) -> AccountView:
    """An account of that merchant of the simulator."""
    view = account()
    settings = AccountSettings().load(sim.config(name))
    return AccountView(view.merchant_id, view.id, "wechatpay", name, settings)


@pytest.mark.parametrize("name", ["public_key", "provider"])
def test_the_simulators_bill_of_a_day_holds_its_payments_and_refunds(
    sim: Wechat, hire: Hire, passes: Passes, channel: WeChatPay, name: str
) -> None:
    caller = hire(name)
    for number, total in (("BILL0001", 1290), ("BILL0002", 4900)):
        caller.prepay(number, total=total)
        sim.pay(out_trade_no=number)
    caller.refund("BILL0002", "BACK0001", 1000, 4900)
    passes(days=1)
    payments = {row.out_trade_no: row for row in channel.fetch_bill(opened(sim, name), TODAY) if row.kind == "payment"}
    assert {number: (row.amount, row.fee) for number, row in payments.items()} == {
        "BILL0001": (1290, 8),
        "BILL0002": (4900, 29),
    }
    (refund,) = [row for row in channel.fetch_bill(opened(sim, name), TODAY) if row.kind == "refund"]
    assert (refund.out_refund_no, refund.amount, refund.fee) == ("BACK0001", 1000, -6)
    assert payments["BILL0002"].provider_ref == sim.order("BILL0002")["transaction_id"]
    assert ("sub_mchid" in refund.payee) == (name == "provider")


def test_a_day_without_money_has_no_rows_and_a_day_that_is_not_over_has_no_bill_yet(
    sim: Wechat, passes: Passes, channel: WeChatPay
) -> None:
    view = opened(sim, "public_key")
    assert list(channel.fetch_bill(view, date(2026, 3, 1))) == []
    with pytest.raises(ChannelRefused):
        channel.fetch_bill(view, TODAY)
    passes(hours=15)
    with pytest.raises(ChannelUnsure, match="still writing"):
        channel.fetch_bill(view, TODAY)
    passes(hours=9)
    assert list(channel.fetch_bill(view, TODAY)) == []


def test_a_file_of_another_hash_gives_no_row_and_the_right_one_is_taken_at_the_next_try(
    sim: Wechat, hire: Hire, passes: Passes, channel: WeChatPay
) -> None:
    shop = hire("public_key")
    shop.prepay("BILL0001")
    sim.pay(out_trade_no="BILL0001")
    passes(days=1)
    sim.bill("wrong_hash")
    with pytest.raises(ChannelUnsure, match="SHA-1 differs"):
        channel.fetch_bill(opened(sim, "public_key"), TODAY)
    sim.fault("bill_file", "cut_before")
    with pytest.raises(ChannelUnsure, match="did not come"):
        channel.fetch_bill(opened(sim, "public_key"), TODAY)
    assert len(list(channel.fetch_bill(opened(sim, "public_key"), TODAY))) == 1


def test_each_way_to_spoil_a_bill_changes_what_it_says_and_keeps_its_totals(
    sim: Wechat, hire: Hire, passes: Passes, channel: WeChatPay
) -> None:
    shop = hire("public_key")
    for number in ("BILL0001", "BILL0002"):
        shop.prepay(number)
        sim.pay(out_trade_no=number)
    passes(days=2)
    view = opened(sim, "public_key")
    right = list(channel.fetch_bill(view, TODAY))

    def changed(kind: str, **given: Any) -> list[Any]:
        sim.bills_are_right()
        sim.bill(kind, **given)
        return list(channel.fetch_bill(view, TODAY))

    assert changed("drop", number="BILL0001") == right[1:]
    assert changed("late", number="BILL0001") == right[1:]
    assert list(channel.fetch_bill(view, TOMORROW)) == right[:1]
    assert changed("amount", number="BILL0001", by=100)[0].amount == right[0].amount + 100
    assert changed("fee", number="BILL0001", by=3)[0].fee == right[0].fee + 3
    assert changed("state", number="BILL0001", state="REVOKED")[0].state == "REVOKED"
    assert len({row.provider_ref for row in changed("duplicate", number="BILL0001")}) == 3
    assert len(changed("repeat", number="BILL0001")) == 3
    stranger = changed("unknown", day=str(TODAY), by=777)[-1]
    assert (stranger.amount, stranger.kind) == (777, "payment")
    assert changed("unknown", day=str(TODAY), by=777, state="REFUND")[-1].kind == "refund"
