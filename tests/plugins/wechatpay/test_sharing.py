"""Profit sharing against the simulator: what is sent is taken, what is answered is understood, in both modes."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson
import pytest

from core import clock
from core.contracts.payment_channel import AccountView, PaymentRequest, RefundRequest
from core.contracts.splits import ReturnRequest, SplitReceiver, SplitRequest, SplittingChannel, can_split
from core.errors import ChannelDown, ChannelRefused, ChannelUnsure
from plugins.wechatpay.channel import WeChatPay
from plugins.wechatpay.settings import AccountSettings
from plugins.wechatpay.sharing import return_told, split_told
from tests.plugins.wechatpay.simulator.conftest import passes, sim
from tests.plugins.wechatpay.simulators import Wechat

__all__ = ["passes", "sim"]  # fixtures of the simulator's own tests

Passes = Callable[..., None]
PARTNER = SplitReceiver("merchant", "1900000777", "示例合作方有限公司", 900, "SO1")
PERSON = SplitReceiver("person", "oSIMpromoter", None, 100, "SO1")


class Till:
    """An account at the simulator, whose buyers pay at once."""

    def __init__(self, sim: Wechat, channel: WeChatPay, name: str) -> None:
        self.sim, self.channel, self.name = sim, channel, name
        settings = AccountSettings().load(sim.config(name))
        store = {"sub_mchid": sim.merchant(name)["sub_mchids"][0]} if settings["mode"] == "partner" else {}
        url = "http://127.0.0.1:9/v1/notify/nobody"
        self.account = AccountView(1, uuid4(), "wechatpay", name, settings, store, url)

    def pays(self, amount: int = 10_000, to_split: bool = True) -> tuple[str, str]:
        """Our number and WeChat Pay's of a payment."""
        number = f"T{secrets.token_hex(8)}"
        request = PaymentRequest(
            number, "SO1", amount, "CNY", "Tea", "native", None, {}, clock.now(), to_split=to_split
        )
        started = self.channel.start(self.account, request)
        self.sim.pay(code_url=started.client["code_url"])
        receipt = self.channel.query(self.account, number).receipt
        assert receipt is not None
        return number, receipt.provider_ref

    def request(self, paid: tuple[str, str], *receivers: SplitReceiver, number: str = "") -> SplitRequest:
        """A split of a payment that finishes it."""
        return SplitRequest(paid[0], paid[1], number or f"{paid[0]}S", receivers, True, "CNY", clock.now())

    def knows(self, *receivers: SplitReceiver) -> None:
        """They are made known."""
        for one in receivers:
            self.channel.add_receiver(self.account, one)

    def gives_back(self, number: str, amount: int) -> ReturnRequest:
        """The partner gives so much of a split back."""
        receiver = SplitReceiver("merchant", PARTNER.account, None, amount, "SO1")
        return ReturnRequest(number, f"{number}R1", receiver, clock.now())


@pytest.fixture(params=["public_key", "certificate", "provider"])
def till(sim: Wechat, channel: WeChatPay, request: pytest.FixtureRequest) -> Till:
    """Both ways of WeChat Pay's keys, both modes."""
    return Till(sim, channel, request.param)


@pytest.fixture
def shop(sim: Wechat, channel: WeChatPay) -> Till:
    """A direct merchant."""
    sim.switch(split_seconds=0)
    return Till(sim, channel, "public_key")


def test_the_channel_says_that_it_can_split(channel: WeChatPay) -> None:
    assert can_split(channel) and isinstance(channel, SplittingChannel)


def test_a_payment_is_split_looked_up_given_back_and_refunded(till: Till, sim: Wechat, passes: Passes) -> None:
    sim.switch(split_seconds=30)
    paid = till.pays()
    passes(minutes=2)
    till.knows(PARTNER, PERSON, PARTNER)
    request = till.request(paid, PARTNER, PERSON)
    asked = till.channel.split(till.account, request)
    assert (asked.state, [one.state for one in asked.results]) == ("pending", ["pending", "pending"])
    passes(minutes=1)
    done = till.channel.query_split(till.account, paid[1], request.out_split_no)
    assert done.state == "done"
    told = [(one.kind, one.account, one.amount, one.state) for one in done.results]
    assert told == [("merchant", PARTNER.account, 900, "done"), ("person", PERSON.account, 100, "done")]
    assert till.channel.split(till.account, request) == done, "the same number is the same split"
    assert sim.order(paid[0])["unfrozen"] is True

    refund = RefundRequest(paid[0], paid[1], f"{paid[0]}B", 10_000, 10_000, "CNY", "no", clock.now())
    refused = till.channel.refund(till.account, refund)
    assert refused.outcome == "failed" and "NOT_ENOUGH" in str(refused.failure)
    back = till.gives_back(request.out_split_no, 900)
    assert till.channel.return_split(till.account, back).state == "pending"
    passes(minutes=1)
    known = till.channel.query_return(till.account, request.out_split_no, back.out_return_no)
    assert (known.state, known.amount) == ("done", 900)
    assert till.channel.refund(till.account, refund).outcome == "pending"


def test_a_name_goes_encrypted_and_never_in_the_clear(till: Till) -> None:
    call = till.channel._receiver_call(till.account, PARTNER)
    body = orjson.loads(call.body)
    assert call.encrypted_with and PARTNER.name not in call.body.decode()
    assert len(body["name"]) > 300 and body["relation_type"] == "PARTNER"


def test_what_is_frozen_is_let_go_under_a_number_of_its_own(till: Till, sim: Wechat, passes: Passes) -> None:
    paid = till.pays()
    request = till.request(paid, number=f"{paid[0]}F")
    assert till.channel.finish_split(till.account, request).state == "pending"
    passes(minutes=1)
    assert till.channel.query_split(till.account, paid[1], request.out_split_no).state == "done"
    again = till.request(paid, number=f"{paid[0]}G")
    assert till.channel.finish_split(till.account, again).state == "failed"


def test_what_was_not_placed_to_be_shared_cannot_be(shop: Till, passes: Passes) -> None:
    paid = shop.pays(to_split=False)
    passes(minutes=2)
    shop.knows(PARTNER)
    refused = shop.channel.split(shop.account, shop.request(paid, PARTNER))
    assert refused.state == "failed" and "not placed to be shared" in str(refused.failure)


@pytest.mark.parametrize(
    ("receivers", "known", "minutes", "told"),
    [
        ([PARTNER], True, 0, "less than a minute"),
        ([PARTNER], False, 2, "not known"),
        ([SplitReceiver("merchant", "1900000777", None, 3000)], True, 2, "more than 3000 fen"),
        ([SplitReceiver("merchant", "1900000777", None, 9990)], True, 2, "more than what is frozen"),
        ([PARTNER, PARTNER], True, 2, "stands there twice"),
    ],
)
def test_wechat_pay_s_own_rules_of_splitting_are_kept(
    shop: Till, passes: Passes, receivers: list[SplitReceiver], known: bool, minutes: int, told: str
) -> None:
    paid = shop.pays()
    passes(minutes=minutes)
    if known:
        shop.knows(*receivers[:1] if receivers[0].name else (PARTNER,))
    refused = shop.channel.split(shop.account, shop.request(paid, *receivers))
    assert refused.state == "failed" and told in str(refused.failure)


def test_a_receiver_whose_account_is_closed_ends_as_failed_in_a_split_that_is_done(
    shop: Till, sim: Wechat, passes: Passes
) -> None:
    sim.switch(closed_receivers=[PERSON.account])
    paid = shop.pays()
    passes(minutes=2)
    shop.knows(PARTNER, PERSON)
    shop.channel.split(shop.account, shop.request(paid, PARTNER, PERSON))
    done = shop.channel.query_split(shop.account, paid[1], f"{paid[0]}S")
    assert [(one.state, one.failure) for one in done.results] == [("done", None), ("failed", "ACCOUNT_ABNORMAL")]
    assert done.state == "done"


def test_a_partner_without_balance_fails_and_gives_back_later_under_the_same_number(
    shop: Till, sim: Wechat, passes: Passes
) -> None:
    paid = shop.pays()
    passes(minutes=2)
    shop.knows(PARTNER)
    shop.channel.split(shop.account, shop.request(paid, PARTNER))
    sim.switch(poor_receivers=[PARTNER.account])
    back = shop.gives_back(f"{paid[0]}S", 900)
    failed = shop.channel.return_split(shop.account, back)
    assert (failed.state, failed.failure) == ("failed", "BALANCE_NOT_ENOUGH")
    sim.switch(poor_receivers=[])
    assert shop.channel.return_split(shop.account, back).state == "done"
    more = ReturnRequest(f"{paid[0]}S", f"{paid[0]}SR2", back.receiver, clock.now())
    assert shop.channel.return_split(shop.account, more).state == "failed", "never more than was given"


@pytest.mark.parametrize("kind", ["timeout_after", "cut_before", "error_after"])
def test_a_split_of_which_no_answer_came_is_unsure_until_it_is_looked_up(
    shop: Till, sim: Wechat, passes: Passes, kind: str
) -> None:
    paid = shop.pays()
    passes(minutes=2)
    shop.knows(PARTNER)
    sim.fault("split", kind, 3, 0)
    with pytest.raises(ChannelUnsure):
        shop.channel.split(shop.account, shop.request(paid, PARTNER))
    found = shop.channel.query_split(shop.account, paid[1], f"{paid[0]}S")
    assert found.state == ("failed" if kind.endswith("before") else "done")
    if found.state == "failed":
        assert "not heard" in str(found.failure)
        assert shop.channel.split(shop.account, shop.request(paid, PARTNER)).state == "pending"


def test_being_asked_to_slow_down_is_no_answer_and_a_wrong_receiver_is_one(shop: Till, sim: Wechat) -> None:
    sim.fault("receiver_add", "throttled", 3)
    with pytest.raises(ChannelDown):
        shop.knows(PARTNER)
    with pytest.raises(ChannelRefused, match="full name"):
        shop.knows(SplitReceiver("merchant", "1900000778"))


def test_persons_give_nothing_back_and_nobody_is_asked(shop: Till) -> None:
    request = ReturnRequest("S1", "S1R1", SplitReceiver("person", "oSIM", None, 1), datetime(2026, 3, 2, tzinfo=UTC))
    refused = shop.channel.return_split(shop.account, request)
    assert refused.state == "failed" and "merchants only" in str(refused.failure)


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ({"out_order_no": "S2", "state": "FINISHED", "receivers": []}, "unsure"),
        ({"out_order_no": "S1", "state": "ODD", "receivers": []}, "unsure"),
        ({"out_order_no": "S1", "state": "PROCESSING"}, "pending"),
        ({"out_order_no": "S1", "state": "FINISHED", "receivers": [{"type": "MERCHANT_ID", "result": "PENDING"}]},
         "pending"),
        ({"out_order_no": "S1", "state": "FINISHED"}, "done"),
    ],
)  # fmt: skip
def test_finished_is_believed_only_if_every_receiver_has_an_end(told: dict[str, Any], state: str) -> None:
    assert split_told(told, "S1").state == state


def test_a_return_of_another_number_or_an_odd_result_is_unsure() -> None:
    assert return_told({"out_return_no": "R2", "result": "SUCCESS"}, "R1").state == "unsure"
    assert return_told({"out_return_no": "R1", "result": "ODD"}, "R1").state == "unsure"
