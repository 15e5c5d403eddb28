"""The channel against the simulator over HTTP: both modes, every way to pay, all three ways to trust, and bad days."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from core import clock
from core.contracts.payment_channel import (
    AccountView,
    Notice,
    NotifyingChannel,
    PaymentRequest,
    Receipt,
    RefundReceipt,
    RefundRequest,
)
from core.errors import ChannelDown, ChannelUnsure, Distrusted
from plugins.wechatpay import modes
from plugins.wechatpay.channel import WeChatPay
from plugins.wechatpay.client import Client
from plugins.wechatpay.settings import AccountSettings
from tests.plugins.wechatpay.simulators import Wechat, simulator
from tests.plugins.wechatpay.stand_in import Reply, StandIn

NUMBER = "P20260302000001"
TRUST = ("public_key", "certificate", "mixed")


@pytest.fixture
def sim(tmp_path: Path) -> Iterator[Wechat]:
    """The simulator."""
    with simulator(tmp_path) as wechat:
        yield wechat


def shop(sim: Wechat, role: str = "public_key", **changes: Any) -> AccountView:
    """An account of *role*; each call is another account."""
    told = sim.merchant(role)
    subs = list(told["sub_appids"].items())
    return AccountView(
        merchant_id=1,
        id=uuid4(),
        plugin="wechatpay",
        name=role,
        settings=AccountSettings().load(told["settings"] | changes.pop("settings", {})),
        store=changes.pop("store", {"sub_mchid": subs[0][0], "sub_appid": subs[0][1]} if subs else {}),
        notify_url=changes.pop("notify_url", "http://127.0.0.1:9/v1/notify/x"),
        **changes,
    )


def wish(product: str = "native", **changes: Any) -> PaymentRequest:
    """A buyer's wish to pay 12.90."""
    moment = clock.now()
    request = PaymentRequest(
        out_trade_no=NUMBER, order_number="SO1", amount=1290, currency="CNY", description="Acme 茶 SO1",
        product=product, expires_at=moment + timedelta(minutes=30), input={"openid": "oBuyer1"}, now=moment,
        client_ip="203.0.113.7",
    )  # fmt: skip
    return replace(request, **changes)


def refund(amount: int = 200, number: str = "R1") -> RefundRequest:
    """A wish to give some back."""
    return RefundRequest(NUMBER, None, number, amount, 1290, "CNY", "damaged", clock.now())


def paid(sim: Wechat, channel: WeChatPay, account: AccountView) -> AccountView:
    """*account*, with one paid order."""
    channel.start(account, wish())
    sim.pay(out_trade_no=NUMBER)
    return account


# ---------------------------------------------------------------------------------------------- good days
def test_it_is_a_channel_that_notifies(channel: WeChatPay) -> None:
    assert isinstance(channel, NotifyingChannel)


@pytest.mark.parametrize("role", [*TRUST, "provider"])
@pytest.mark.parametrize("product", ["jsapi", "mini", "native", "h5", "app"])
def test_every_way_to_pay_brings_money(sim: Wechat, channel: WeChatPay, role: str, product: str) -> None:
    account, request = shop(sim, role), wish(product)
    started = channel.start(account, request)
    assert started.outcome == "pending", started.failure
    life = timedelta(minutes=5) if product == "h5" else timedelta(hours=2)
    assert started.good_until == request.now + life
    token = {"native": "code_url", "h5": "h5_url"}.get(product)
    payer = "" if product not in ("jsapi", "mini") else "oBuyer1"
    given = {token: started.client[token]} if token else {"out_trade_no": NUMBER}
    assert channel.query(account, NUMBER).state == "waiting"
    sim.pay(**given, openid=payer)
    found = channel.query(account, NUMBER)
    assert found.state == "paid" and found.receipt is not None
    assert (found.receipt.amount, found.receipt.currency) == (1290, "CNY")
    assert found.receipt.payee == channel.payee(account, product)


def test_who_asks_again_is_given_a_fresh_token_under_the_same_number(sim: Wechat, channel: WeChatPay) -> None:
    account, request = shop(sim), wish()
    first, second = channel.start(account, request), channel.start(account, request)
    assert first.client["code_url"] != second.client["code_url"]
    assert len(sim.orders()) == 1


def test_a_page_to_come_back_to_is_added_to_the_h5_address(sim: Wechat, channel: WeChatPay) -> None:
    back = "https://shop.example/done?a=1&b=2"
    url = channel.start(shop(sim), wish("h5", input={"return_url": back})).client["h5_url"]
    assert url.endswith("&redirect_url=https%3A%2F%2Fshop.example%2Fdone%3Fa%3D1%26b%3D2")


def test_coupons_do_not_make_the_money_less(sim: Wechat, channel: WeChatPay) -> None:
    account = shop(sim)
    channel.start(account, wish())
    sim.pay(out_trade_no=NUMBER, coupon=90)
    found = channel.query(account, NUMBER).receipt
    assert found is not None and found.amount == 1290


def test_closing_closes_again_and_again_and_gives_way_to_money(sim: Wechat, channel: WeChatPay) -> None:
    account = shop(sim)
    channel.start(account, wish())
    assert channel.close(account, NUMBER).state == channel.close(account, NUMBER).state == "closed"
    assert channel.query(account, NUMBER).state == "closed"
    started = channel.start(account, wish())
    assert started.outcome == "failed" and "start a new payment" in str(started.failure)
    other = wish(out_trade_no="P20260302000002")
    channel.start(account, other)
    sim.pay(out_trade_no=other.out_trade_no)
    found = channel.close(account, other.out_trade_no)
    assert found.state == "paid" and found.receipt is not None


def test_an_order_nobody_heard_of(sim: Wechat, channel: WeChatPay) -> None:
    account = shop(sim)
    assert channel.query(account, "P20260302000009").state == "unsure", "nobody has signed that it is not there"
    assert channel.close(account, "P20260302000009").state == "closed"
    sim.switch(unknown_close_is_404=True)
    assert channel.close(account, "P20260302000009").state == "unsure"
    sim.switch(sign_errors=True)
    assert channel.query(account, "P20260302000009").state == "unknown"
    assert channel.close(account, "P20260302000009").state == "unknown"


def test_an_order_that_is_paid_is_asked_about_and_not_placed_again(sim: Wechat, channel: WeChatPay) -> None:
    account = paid(sim, channel, shop(sim))
    with pytest.raises(ChannelUnsure, match="paid already"):
        channel.start(account, wish())


def test_a_number_with_other_data_fails(sim: Wechat, channel: WeChatPay) -> None:
    account = shop(sim)
    channel.start(account, wish())
    for changed in (wish("h5"), wish(amount=1)):
        assert channel.start(account, changed).outcome == "failed"


# ---------------------------------------------------------------------------------------------- refunds
@pytest.mark.parametrize("role", [*TRUST, "provider"])
def test_money_goes_back_in_parts_until_none_is_left(sim: Wechat, channel: WeChatPay, role: str) -> None:
    account = paid(sim, channel, shop(sim, role))
    for number, amount in (("R1", 200), ("R2", 1090)):
        asked = channel.refund(account, refund(amount, number))
        assert (asked.outcome, asked.amount) == ("pending", amount)
        sim.refund_ends(number, "SUCCESS")
        done = channel.query_refund(account, NUMBER, number)
        assert (done.outcome, done.amount) == ("done", amount) and done.provider_ref and done.at
        assert channel.refund(account, refund(amount, number)).outcome == "done", "the same number is the same refund"
    refused = channel.refund(account, refund(1, "R3"))
    assert (refused.outcome, refused.again) == ("rejected", "by_hand")
    found = channel.query(account, NUMBER)
    assert found.state == "paid", "a refund does not undo that money came"
    assert len(sim.refunds()) == 2


@pytest.mark.parametrize(("status", "again"), [("ABNORMAL", "by_hand"), ("CLOSED", "new_number")])
def test_a_refund_that_fails_says_what_may_be_done_again(
    sim: Wechat, channel: WeChatPay, status: str, again: str
) -> None:
    account = paid(sim, channel, shop(sim))
    channel.refund(account, refund())
    sim.refund_ends("R1", status)
    found = channel.query_refund(account, NUMBER, "R1")
    assert (found.outcome, found.again) == ("failed", again) and found.failure


def test_a_balance_that_is_short_lets_the_same_number_try_again(sim: Wechat, channel: WeChatPay) -> None:
    account = paid(sim, channel, shop(sim))
    sim.switch(poor=["public_key"])
    found = channel.refund(account, refund())
    assert (found.outcome, found.again) == ("failed", "same_number")
    sim.switch(poor=[])
    assert channel.refund(account, refund()).outcome == "pending"


def test_refunds_that_come_too_fast_are_told_to_come_later(sim: Wechat, channel: WeChatPay) -> None:
    account = paid(sim, channel, shop(sim))
    sim.switch(refund_spacing=True)
    channel.refund(account, refund())
    with pytest.raises(ChannelDown):
        channel.refund(account, refund(100, "R2"))


def test_a_refund_nobody_heard_of_is_sent_again_under_its_number(sim: Wechat, channel: WeChatPay) -> None:
    account = paid(sim, channel, shop(sim))
    found = channel.query_refund(account, NUMBER, "R1")
    assert (found.outcome, found.again) == ("failed", "same_number")


# ---------------------------------------------------------------------------------------------- bad days
AFTER = ("error_after", "timeout_after", "cut_after", "bad_signature", "signtest", "unsigned", "stale")
BEFORE = ("error_before", "unavailable_before", "throttled", "timeout_before", "cut_before")


@pytest.mark.parametrize("kind", [*AFTER, *BEFORE, "unknown_serial", "bad_serial"])
def test_one_bad_answer_is_got_over_without_doing_anything_twice(sim: Wechat, channel: WeChatPay, kind: str) -> None:
    account = shop(sim)
    seconds = 30 if kind.startswith("timeout") else 0
    for verb in ("prepay", "query", "close", "refund", "refund_query"):
        sim.fault(verb, kind, seconds=seconds)
    assert channel.start(account, wish()).client["code_url"]
    assert channel.query(account, NUMBER).state == "waiting"
    sim.pay(out_trade_no=NUMBER)
    assert channel.refund(account, refund()).outcome == "pending"
    assert channel.query_refund(account, NUMBER, "R1").outcome == "pending"
    other = wish(out_trade_no="P20260302000002")
    channel.start(account, other)
    assert channel.close(account, other.out_trade_no).state == "closed"
    assert len(sim.orders()) == 2 and len(sim.refunds()) == 1


@pytest.mark.parametrize("kind", [kind for kind in AFTER if kind != "timeout_after"])
def test_a_day_of_bad_answers_is_doubt_and_the_truth_is_learnt_later(
    sim: Wechat, channel: WeChatPay, kind: str
) -> None:
    account = shop(sim)
    for verb in ("prepay", "query", "refund", "refund_query"):
        sim.fault(verb, kind, count=3)
    with pytest.raises(ChannelUnsure):
        channel.start(account, wish())
    assert channel.query(account, NUMBER).state == "unsure"
    assert channel.query(account, NUMBER).state == "waiting"
    sim.pay(out_trade_no=NUMBER)
    with pytest.raises(ChannelUnsure):
        channel.refund(account, refund())
    assert channel.query_refund(account, NUMBER, "R1").outcome == "unsure"
    assert channel.query_refund(account, NUMBER, "R1").outcome == "pending"
    assert channel.close(account, NUMBER).state == "paid"
    other = wish(out_trade_no="P20260302000002")
    channel.start(account, other)
    sim.fault("close", kind, count=3)
    assert channel.close(account, other.out_trade_no).state == "unsure"
    assert channel.close(account, other.out_trade_no).state == "closed"
    assert len(sim.refunds()) == 1


def test_the_buyer_pays_in_the_moment_we_close(sim: Wechat, channel: WeChatPay) -> None:
    account = shop(sim)
    channel.start(account, wish())
    sim.fault("close", "paid_before")
    assert channel.close(account, NUMBER).state == "paid"


def test_nobody_is_there(channel: WeChatPay, sim: Wechat) -> None:
    account = shop(sim, settings={"base_url": "http://127.0.0.1:9"})
    for ask in (
        lambda: channel.start(account, wish()),
        lambda: channel.query(account, NUMBER),
        lambda: channel.close(account, NUMBER),
        lambda: channel.refund(account, refund()),
        lambda: channel.query_refund(account, NUMBER, "R1"),
    ):
        with pytest.raises(ChannelDown, match="not reached"):
            ask()


def test_a_wrong_key_of_ours_is_found_at_once(sim: Wechat, channel: WeChatPay) -> None:
    other = sim.config("mixed")["private_key"]
    with pytest.raises(ChannelDown, match="private_key"):
        channel.start(shop(sim, settings={"private_key": other}), wish())
    assert not sim.orders()


# ---------------------------------------------------------------------------------------------- notices
def heard(
    sim: Wechat, channel: WeChatPay, receiver: StandIn, account: AccountView, ask: Any
) -> tuple[Notice, dict[str, str], bytes]:
    """What the account is told of when *ask* has happened."""
    receiver.asked.clear()
    receiver.says(Reply(204, signed=False))
    ask()
    sim.flush()
    came = receiver.asked[-1]
    return channel.read_notice(account, came.headers, came.body, clock.now()), came.headers, came.body


@pytest.mark.parametrize("role", [*TRUST, "provider"])
def test_notices_tell_of_money_and_of_refunds(sim: Wechat, channel: WeChatPay, wechat: StandIn, role: str) -> None:
    account = shop(sim, role, notify_url=wechat.url + "/v1/notify/x")
    at_the_door = replace(account, store={})
    channel.start(account, wish())
    notice, headers, body = heard(sim, channel, wechat, at_the_door, lambda: sim.pay(out_trade_no=NUMBER))
    (fact,) = notice.facts
    assert isinstance(fact, Receipt) and fact == channel.query(account, NUMBER).receipt
    assert fact.payee == channel.payee(account, "native")
    for forged in (body.replace(b"SUCCESS", b"SUCCESs"), body + b"\n"):
        with pytest.raises(Distrusted):
            channel.read_notice(at_the_door, headers, forged, clock.now())
    with pytest.raises(Distrusted, match="away from our clock"):
        channel.read_notice(at_the_door, headers, body, clock.now() + timedelta(seconds=302))
    channel.refund(account, refund())
    told, _, _ = heard(sim, channel, wechat, at_the_door, lambda: sim.refund_ends("R1", "ABNORMAL"))
    (gone,) = told.facts
    assert isinstance(gone, RefundReceipt)
    assert (gone.out_refund_no, gone.outcome, gone.again, gone.amount) == ("R1", "failed", "by_hand", 200)
    assert gone.payee is not None and gone.payee.items() <= dict(channel.payee(account, "native")).items()
    assert told.event_id != notice.event_id


def test_another_merchants_notice_is_not_ours(sim: Wechat, channel: WeChatPay, wechat: StandIn) -> None:
    account = shop(sim, notify_url=wechat.url + "/v1/notify/x")
    channel.start(account, wish())
    _, headers, body = heard(sim, channel, wechat, account, lambda: sim.pay(out_trade_no=NUMBER))
    for other in ("certificate", "mixed", "provider"):
        with pytest.raises(Distrusted):
            channel.read_notice(shop(sim, other), headers, body, clock.now())
    moved = shop(sim, settings={"apiv3_key": "n" * 32})
    with pytest.raises(Distrusted, match="compare apiv3_key") as told:
        channel.read_notice(moved, headers, body, clock.now())
    assert told.value.code == "decrypt_failed"


def test_a_certificate_nobody_knows_yet_is_fetched_while_the_notice_waits(
    sim: Wechat, client: Client, channel: WeChatPay, wechat: StandIn
) -> None:
    account = shop(sim, "certificate", notify_url=wechat.url + "/v1/notify/x")
    channel.start(account, wish())
    _, headers, body = heard(sim, channel, wechat, account, lambda: sim.pay(out_trade_no=NUMBER))
    elsewhere = replace(account, id=uuid4())
    sim.fault("certificates", "unavailable_before", count=3)
    with pytest.raises(ChannelDown, match="could not be downloaded"):
        channel.read_notice(elsewhere, headers, body, clock.now())
    with pytest.raises(ChannelDown, match="moment ago"):
        channel.read_notice(elsewhere, headers, body, clock.now())
    later = replace(account, id=uuid4())
    assert channel.read_notice(later, headers, body, clock.now()).facts
    learned = {"certificates": [dict(entry) for entry in client.certificates(account).entries]}
    offline = replace(
        account, id=uuid4(), learned=learned, settings={**account.settings, "base_url": "http://127.0.0.1:9"}
    )
    assert channel.read_notice(offline, headers, body, clock.now()).facts, "what was written down is enough"


def test_both_certificates_of_a_rotation_are_believed(sim: Wechat, channel: WeChatPay) -> None:
    account = shop(sim, "certificate")
    channel.start(account, wish())
    sim.rotate("certificate")
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        for _ in range(4):
            assert channel.query(account, NUMBER).state == "waiting"


def test_the_answer_to_a_notice_is_204_or_the_reason(channel: WeChatPay) -> None:
    assert (channel.acknowledge(True).status, channel.acknowledge(True).body) == (204, b"")
    refused = channel.acknowledge(False, "wrong amount")
    assert refused.status == 400 and refused.body == b'{"code":"FAIL","message":"wrong amount"}'


def test_partners_are_paid_for_their_sub_merchants_alone(sim: Wechat, channel: WeChatPay) -> None:
    provider = shop(sim, "provider")
    other = replace(provider, store={"sub_mchid": sim.merchant("provider")["sub_mchids"][1]})
    channel.start(provider, wish())
    assert channel.query(other, NUMBER).state == "unsure"
    assert modes.payee(provider, "native") != modes.payee(other, "native")
