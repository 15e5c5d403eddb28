"""Every code of Alipay's comes to one of the outcomes, by the tables; what a notice tells, by its state."""

from typing import Any

import pytest

from core.contracts.payment_channel import Nothing, Receipt, RefundReceipt
from core.errors import ChannelDown, ChannelUnsure, Distrusted
from plugins.alipay import notices, outcomes
from plugins.alipay.refusals import FAMILIES, MEANINGS, ApiError, is_trouble, meaning, sentence
from tests.plugins.alipay.vectors import account, named

STATES = ("TRADE_SUCCESS", "TRADE_FINISHED", "TRADE_CLOSED", "WAIT_BUYER_PAY")


def refusal(code: str, gateway: str = "40004") -> ApiError:
    return ApiError(code, "余额不足", gateway=gateway, signed=True, trace_id="t1")


# ---------------------------------------------------------------------------------------------- codes
@pytest.mark.parametrize("code", [*MEANINGS, *(f"{start}X" for start in FAMILIES), "ACQ.NEVER_HEARD_OF"])
def test_each_code_comes_to_one_outcome_for_a_payment_and_for_a_refund(code: str) -> None:
    error, meant = refusal(code), meaning(refusal(code))
    if meant.start == "ask":
        with pytest.raises(ChannelUnsure):
            outcomes.start_refused(error)
    elif meant.start == "later":
        with pytest.raises(ChannelDown):
            outcomes.start_refused(error)
    else:
        assert outcomes.start_refused(error).outcome == meant.start
    if meant.refund == "later":
        with pytest.raises(ChannelDown):
            outcomes.refund_refused(error, "R1")
    else:
        receipt = outcomes.refund_refused(error, "R1")
        assert receipt.outcome in ("failed", "rejected") and receipt.again in ("same_number", "by_hand")
        assert receipt.failure == sentence(error)


@pytest.mark.parametrize(
    ("code", "gateway", "start", "refund"),
    [
        ("ACQ.SELLER_BALANCE_NOT_ENOUGH", "40004", "failed", "same_number"),
        ("ACQ.TRADE_HAS_FINISHED", "40004", "failed", "by_hand"),
        ("ACQ.BUYER_BALANCE_NOT_ENOUGH", "40004", "failed", "by_hand"),
        ("ACQ.PAYMENT_AUTH_CODE_INVALID", "40004", "failed", "by_hand"),
        ("ACQ.SECONDARY_MERCHANT_STATUS_ERROR", "40004", "rejected", "by_hand"),
        ("aop.invalid-app-auth-token", "20001", "later", "later"),
        ("isv.insufficient-isv-permissions", "40006", "rejected", "by_hand"),
        ("isv.invalid-signature", "40002", "later", "later"),
        ("isv.invalid-format", "40002", "rejected", "ask"),
        ("ACQ.NEVER_HEARD_OF", "40004", "rejected", "ask"),
    ],
)
def test_a_code_means_what_the_manual_says(code: str, gateway: str, start: str, refund: str) -> None:
    meant = meaning(refusal(code, gateway))
    assert (meant.start, meant.refund) == (start, refund)


@pytest.mark.parametrize(
    ("code", "trouble"),
    [
        ("ACQ.SYSTEM_ERROR", True),
        ("aop.ACQ.SYSTEM_ERROR", True),
        ("AQC.SYSTEM_ERROR", True),
        ("SYSTEM_ERROR", True),
        ("UNKNOWN_ERROR", True),
        ("isp.unknow-error", True),
        ("ACQ.TRADE_STATUS_ERROR", False),
        ("ACQ.BUYER_ERROR", False),
    ],
)
def test_trouble_of_alipays_own_is_known_by_its_end(code: str, trouble: bool) -> None:
    assert is_trouble(code) == trouble


def test_a_sentence_says_ours_then_theirs_and_what_support_asks_for() -> None:
    told = sentence(refusal("ACQ.SELLER_BALANCE_NOT_ENOUGH"))
    assert told.startswith("The merchant's Alipay balance is too low") and "余额不足" in told and "trace t1" in told


# ---------------------------------------------------------------------------------------------- notices
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    ("more", "is_back"),
    [
        ({}, False),
        ({"refund_fee": "0.00"}, False),
        ({"refund_fee": "10.00", "gmt_refund": "2026-01-02 04:00:01.123", "out_biz_no": "R1"}, True),
        ({"refund_fee": "10.00"}, True),
        ({"gmt_refund": "2026-01-02 04:00:01", "out_biz_no": "R1"}, True),
    ],
    ids=["none", "zero", "refund", "only a sum", "only a moment"],
)
def test_whatever_tells_of_money_back_is_never_a_payment(state: str, more: dict[str, str], is_back: bool) -> None:
    params: dict[str, str] = {**named("notify_verification", "ntf-paid")["params"], "trade_status": state, **more}
    fact: Any = notices.fact(account(), params)
    assert notices.is_refund(params) == is_back
    pays = state in ("TRADE_SUCCESS", "TRADE_FINISHED") and not is_back
    names = state in ("TRADE_SUCCESS", "TRADE_CLOSED") and "out_biz_no" in more
    expected = Receipt if pays else RefundReceipt if is_back and names else Nothing
    assert isinstance(fact, expected)


def test_what_a_refund_gave_back_is_told_only_where_no_coupon_could_hide_in_it() -> None:
    params = {**named("notify_verification", "ntf-partial-refund")["params"], "send_back_fee": "10.00"}
    told = [{}, {"receipt_amount": "80.00"}, {"receipt_amount": "88.88"}]
    facts: list[Any] = [notices.fact(account(), {**params, **more}) for more in told]
    assert [fact.amount for fact in facts] == [0, 0, 1000]


@pytest.mark.parametrize("lacks", ["total_amount", "trade_no", "gmt_payment", "out_trade_no"])
def test_a_payment_without_its_facts_is_none(lacks: str) -> None:
    params = {**named("notify_verification", "ntf-paid")["params"], lacks: ""}
    with pytest.raises(Distrusted):
        notices.fact(account(), params)
