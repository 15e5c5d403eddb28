"""The channel, verb by verb, against the simulator: what each answer of Alipay's comes to."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from core import clock
from core.contracts.payment_channel import Receipt
from core.errors import ChannelDown, ChannelUnsure
from plugins.alipay import modes, yuan
from plugins.alipay.channel import Alipay
from tests.plugins.alipay.shops import asked, back, shop
from tests.plugins.alipay.simulators import Sim

Passes = Callable[..., None]
WAYS = ("precreate", "page", "wap", "app")


def paid(sim: Sim, channel: Alipay, number: str = "P1", amount: int = 4900) -> None:
    """An order that a buyer has paid by code."""
    sim.pay(qr_code=channel.start(shop(sim), asked(number, amount=amount)).client["qr_code"])


# ---------------------------------------------------------------------------------------------- amounts
@pytest.mark.parametrize(
    ("text", "fen"), [("0.29", 29), ("0.01", 1), ("88.88", 8888), ("5", 500), ("5.1", 510), ("100000000.00", 10**10)]
)
def test_yuan_become_fen_exactly(text: str, fen: int) -> None:
    assert yuan.read(text) == fen
    assert yuan.read(yuan.written(fen)) == fen


@pytest.mark.parametrize("text", ["", "1.005", "1e3", " 1.00", "1,00", "0x1", "１.00", "1.", ".5", "nan", 5, None])
def test_what_is_no_amount_is_none(text: object) -> None:
    assert yuan.read(text) is None


# ---------------------------------------------------------------------------------------------- start
@pytest.mark.parametrize("role", ["key", "certificate", "sealed", "isv", "platform"])
@pytest.mark.parametrize("way", WAYS)
def test_what_is_handed_out_opens_the_order_that_was_meant(sim: Sim, channel: Alipay, way: str, role: str) -> None:
    account, request = shop(sim, role), asked("P1", way, input={"return_url": "https://shop.example/r?o=1"})
    started = channel.start(account, request)
    assert started.outcome == "pending" and started.good_until is not None and started.good_until > clock.now()
    sim.open(**sim.opened(dict(started.client)))
    trade = sim.trade("P1")
    assert (trade["amount"], trade["product"], trade["trade_status"]) == (4900, way, "WAIT_BUYER_PAY")
    assert trade["seller_id"] == modes.payee(account)["seller_id"]
    assert channel.query(account, "P1").state == "waiting"
    sim.pay(out_trade_no="P1")
    told = channel.query(account, "P1")
    assert told.receipt == Receipt("P1", trade["trade_no"], 4900, "CNY", clock.now(), channel.payee(account, way))


def test_the_same_order_again_gives_the_same_code_and_another_amount_is_refused(sim: Sim, channel: Alipay) -> None:
    first, again = (channel.start(shop(sim), asked("P1")).client for _ in range(2))
    assert first == again
    other = channel.start(shop(sim), asked("P1", amount=5000))
    assert other.outcome == "failed" and "CONTEXT_INCONSISTENT" in str(other.failure)


def test_an_order_that_is_paid_or_closed_is_not_started_again(sim: Sim, channel: Alipay) -> None:
    paid(sim, channel)
    with pytest.raises(ChannelUnsure, match="paid already"):
        channel.start(shop(sim), asked("P1"))
    sim.open(qr_code=channel.start(shop(sim), asked("P2")).client["qr_code"])
    assert channel.close(shop(sim), "P2").state == "closed"
    assert channel.start(shop(sim), asked("P2")).outcome == "failed"


def test_a_link_is_signed_for_the_browser_and_goes_stale(sim: Sim, channel: Alipay, passes: Passes) -> None:
    request = asked("P1", "page", expires_at=clock.now() + timedelta(minutes=30))
    url = channel.start(shop(sim), request).client["url"]
    told = dict(parse_qsl(urlsplit(url).query))
    assert told["timestamp"] == "2026-03-02 10:00:00", "Beijing's wall, whatever the server's zone"
    assert '"time_expire":"2026-03-02 10:30:00"' in told["biz_content"]
    passes(minutes=11)
    assert "isv.invalid-timestamp" in sim.browser.get(url).text
    sim.goes_to(channel.start(shop(sim), asked("P1", "page")).client["url"])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"number": "P-1"}, "letters, digits and underscores"),
        ({"amount": 10**10 + 1}, "100,000,000.00"),
        ({"way": "page", "input": {"return_url": "https://shop.example/?method=x"}}, "parameter named method"),
    ],
)
def test_what_cannot_be_sent_is_refused_before_it_is(sim: Sim, channel: Alipay, changes: dict, says: str) -> None:
    made = asked(
        changes.get("number", "P1"),
        changes.get("way", "precreate"),
        changes.get("amount", 4900),
        input=changes.get("input", {}),
    )
    started = channel.start(shop(sim), made)
    assert started.outcome == "rejected" and says in str(started.failure)


@pytest.mark.parametrize(("role", "lacks"), [("isv", "app_auth_token"), ("platform", "smid")])
def test_a_store_that_nobody_has_named_is_paid_nothing(sim: Sim, channel: Alipay, role: str, lacks: str) -> None:
    started = channel.start(shop(sim, role, store={}), asked("P1"))
    assert started.outcome == "rejected" and lacks in str(started.failure) and sim.trades() == []


def test_a_withdrawn_authorisation_is_for_later_and_a_wrong_sub_merchant_is_final(sim: Sim, channel: Alipay) -> None:
    terms = {**next(iter(sim.merchant("isv")["stores"].values())), "app_auth_token": "gone"}
    with pytest.raises(ChannelDown, match="authorise"):
        sim.switch(sign_errors=True)
        channel.start(shop(sim, "isv", store=terms), asked("P1"))
    wrong = channel.start(shop(sim, "platform", store={"smid": "2088000000000000"}), asked("P1"))
    assert wrong.outcome == "rejected" and "SECONDARY_MERCHANT_ID_INVALID" in str(wrong.failure)


def test_a_store_of_a_platform_is_named_in_its_order(sim: Sim, channel: Alipay) -> None:
    channel.start(shop(sim, "platform"), asked("P1"))
    assert sim.trade("P1")["sub_merchant"] == "2088201000000301"


# ---------------------------------------------------------------------------------------------- query, close
def test_an_order_nobody_has_opened_waits_and_is_closed_for_us(sim: Sim, channel: Alipay) -> None:
    channel.start(shop(sim), asked("P1"))
    assert channel.query(shop(sim), "P1").state == channel.query(shop(sim), "P999").state == "waiting"
    assert channel.close(shop(sim), "P1").state == "closed"
    assert sim.trade("P1")["trade_status"] == "WAIT_BUYER_PAY", "at Alipay there was nothing to close"


def test_closing_a_paid_order_answers_with_its_money(sim: Sim, channel: Alipay) -> None:
    paid(sim, channel)
    closed = channel.close(shop(sim), "P1")
    assert closed.state == "paid" and closed.receipt is not None and closed.receipt.amount == 4900


def test_an_order_that_went_back_whole_was_paid_all_the_same(sim: Sim, channel: Alipay) -> None:
    paid(sim, channel)
    channel.refund(shop(sim), back("P1", "R1", 4900))
    assert sim.trade("P1")["trade_status"] == "TRADE_CLOSED"
    assert channel.query(shop(sim), "P1").state == "paid"


def test_a_coupon_of_the_merchants_pays_too(sim: Sim, channel: Alipay) -> None:
    sim.pay(qr_code=channel.start(shop(sim), asked("P1")).client["qr_code"], coupon=900)
    told = channel.query(shop(sim), "P1").receipt
    assert told is not None and told.amount == 4900


# ---------------------------------------------------------------------------------------------- refunds
def test_a_refund_is_done_when_funds_have_changed_and_a_repeat_is_done_too(sim: Sim, channel: Alipay) -> None:
    paid(sim, channel)
    first, again = (channel.refund(shop(sim), back("P1", "R1", 29)) for _ in range(2))
    assert (first.outcome, first.amount) == (again.outcome, again.amount) == ("done", 29)
    assert first.provider_ref == again.provider_ref == f"{sim.trade('P1')['trade_no']}:R1"
    assert sim.trade("P1")["refunded"] == 29, "a repeat changes no funds"
    assert channel.query_refund(shop(sim), "P1", "R1").outcome == "done"


def test_a_refund_under_way_is_pending_until_it_ends(sim: Sim, channel: Alipay) -> None:
    sim.switch(refund_seconds=-1)
    paid(sim, channel)
    assert channel.refund(shop(sim), back("P1", "R1", 29)).outcome == "pending"
    assert channel.query_refund(shop(sim), "P1", "R1").outcome == "pending"
    sim.refund_ends("R1")
    assert channel.query_refund(shop(sim), "P1", "R1").outcome == "done"


def test_a_refund_that_alipay_does_not_show_is_sent_again_under_its_number(sim: Sim, channel: Alipay) -> None:
    paid(sim, channel)
    told = channel.query_refund(shop(sim), "P1", "R1")
    assert (told.outcome, told.again) == ("failed", "same_number"), "never pending for ever"


@pytest.mark.parametrize(
    ("switch", "amount", "outcome", "again"),
    [
        ({"poor": ["key"]}, 100, "failed", "same_number"),
        ({"refund_days": 0}, 100, "failed", "by_hand"),
        ({}, 4901, "failed", "by_hand"),
    ],
    ids=["poor", "finished", "too much"],
)
def test_each_refusal_says_what_may_be_done_next(
    sim: Sim, channel: Alipay, switch: dict, amount: int, outcome: str, again: str
) -> None:
    paid(sim, channel)
    sim.switch(**switch)
    told = channel.refund(shop(sim), back("P1", "R1", amount))
    assert (told.outcome, told.again) == (outcome, again) and "ACQ." in str(told.failure)
    assert sim.trade("P1")["refunds"] == []


def test_a_number_used_for_another_amount_tells_what_it_was_used_for(sim: Sim, channel: Alipay) -> None:
    paid(sim, channel)
    channel.refund(shop(sim), back("P1", "R1", 29))
    told = channel.refund(shop(sim), back("P1", "R1", 30))
    assert (told.outcome, told.amount) == ("done", 29), "core finds that it is another amount"


def test_a_refund_of_an_order_alipay_does_not_know_is_for_people(sim: Sim, channel: Alipay) -> None:
    told = channel.refund(shop(sim), back("P1", "R1", 29))
    assert (told.outcome, told.again) == ("failed", "by_hand")


def test_a_busy_gateway_is_for_later(sim: Sim, channel: Alipay) -> None:
    paid(sim, channel)
    for verb, call in (
        ("query", lambda: channel.query(shop(sim), "P1")),
        ("refund", lambda: channel.refund(shop(sim), back("P1", "R1", 29))),
        ("refund_query", lambda: channel.query_refund(shop(sim), "P1", "R1")),
        ("close", lambda: channel.close(shop(sim), "P1")),
    ):
        sim.fault(verb, "throttled", 3)
        with pytest.raises(ChannelDown):
            call()
